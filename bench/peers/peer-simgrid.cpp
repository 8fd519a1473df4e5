/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The work of our benchmarks by the means of SimGrid (S4U), as small as it can be written.
 *
 *     peer-simgrid jobs N JOBS KIND      bench-jobs: an actor for each guest, one host with N/5 cores; a core is shared
 *                                        fairly and continuously, so there are no slices
 *     peer-simgrid slices IPS LIPS N     bench-dispatch: an actor for each IP, which gives a slice of 12.5 ms to the LIP
 *                                        that is furthest behind, N times altogether; no caps, no accounts but one sum
 *     peer-simgrid samples               bench-samples: an actor for each guest, 800 hosts with two cores
 *
 * Prints a rate per second, or the seconds that it took, of processor time.
 */
#include <simgrid/s4u.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <random>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

static constexpr double speed_hz = 1e9, slice_s = 0.0125, mean_job_s = 0.01, load = 0.7;

/* Processor time, so that it matters less what else the machine does. */
static double now_s()
{
    timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

static sg4::Host *make_host(sg4::NetZone *zone, unsigned nth, unsigned n_cores)
{
    return zone->create_host("host" + std::to_string(nth), speed_hz)->set_core_count(static_cast<int>(n_cores));
}

/* --- Jobs ----------------------------------------------------------------------------------------------- */

static long jobs_done, jobs_wanted;

static void guest_with_jobs(unsigned number, double mean_gap_s, bool exponential)
{
    std::mt19937_64 random(number);
    std::exponential_distribution<double> gap(1 / mean_gap_s), job(1 / mean_job_s);

    for (double arrives_s = gap(random); jobs_done < jobs_wanted; arrives_s += gap(random)) {
        if (arrives_s > sg4::Engine::get_clock())
            sg4::this_actor::sleep_until(arrives_s);
        sg4::this_actor::execute(speed_hz * (exponential ? job(random) : mean_job_s));
        jobs_done++;
    }
}

static void jobs(sg4::Engine &engine, unsigned n_guests, long n_jobs, bool exponential)
{
    sg4::NetZone *zone = sg4::create_full_zone("machine");
    unsigned n_ips = std::min(n_guests / 5, 200u);
    sg4::Host *host = make_host(zone, 0, n_ips);

    zone->seal();
    jobs_wanted = n_jobs;
    for (unsigned number = 1; number <= n_guests; number++)
        sg4::Actor::create(
            "guest" + std::to_string(number), host, guest_with_jobs, number, mean_job_s * n_guests / (load * n_ips),
            exponential);
    double begin_s = now_s();

    engine.run();
    std::printf("%.0f\n", static_cast<double>(jobs_done) / (now_s() - begin_s));
}

/* --- Slices --------------------------------------------------------------------------------------------- */

struct Lip {
    double pass, stride, ran_s;
};

struct FurtherBehind {
    bool operator()(const Lip *a, const Lip *b) const
    {
        return a->pass > b->pass;
    }
};

static std::priority_queue<Lip *, std::vector<Lip *>, FurtherBehind> ready;
static long slices_left;

static void ip_with_slices()
{
    for (; slices_left > 0; slices_left--) {
        Lip *lip = ready.top();

        ready.pop();
        sg4::this_actor::sleep_for(slice_s);
        lip->ran_s += slice_s;
        lip->pass += lip->stride;
        ready.push(lip);
    }
}

static void slices(sg4::Engine &engine, unsigned n_ips, unsigned n_lips, long n_slices)
{
    sg4::NetZone *zone = sg4::create_full_zone("machine");
    sg4::Host *host = make_host(zone, 0, n_ips);
    std::vector<Lip> lips(n_lips);

    zone->seal();
    slices_left = n_slices;
    for (unsigned i = 0; i < n_lips; i++) {
        lips[i] = Lip{0, 1e6 / (10 + (1 + i / 4) * 367 % 981), 0};
        ready.push(&lips[i]);
    }
    for (unsigned ip = 0; ip < n_ips; ip++)
        sg4::Actor::create("ip" + std::to_string(ip), host, ip_with_slices);
    double begin_s = now_s();

    engine.run();
    std::printf("%.0f\n", static_cast<double>(n_slices) / (now_s() - begin_s));
}

/* --- Samples -------------------------------------------------------------------------------------------- */

static constexpr unsigned n_guests = 1052, n_machines = 800, n_samples = 288;
static constexpr double interval_s = 300;

static void guest_with_samples(unsigned number)
{
    std::mt19937_64 random(number);
    unsigned root = static_cast<unsigned>(random() % 8), mean = root * root;

    for (unsigned k = 0; k < n_samples; k++) {
        unsigned percent = std::min(static_cast<unsigned>(random() % (2 * mean + 1)), 100u);

        if (percent > 0)
            sg4::this_actor::execute(speed_hz * interval_s * percent / 100);
        if (sg4::Engine::get_clock() < (k + 1) * interval_s)
            sg4::this_actor::sleep_until((k + 1) * interval_s);
    }
}

static void samples(sg4::Engine &engine)
{
    double begin_s = now_s();
    sg4::NetZone *zone = sg4::create_full_zone("centre");
    std::vector<sg4::Host *> hosts;

    for (unsigned i = 0; i < n_machines; i++)
        hosts.push_back(make_host(zone, i, 2));
    zone->seal();
    for (unsigned i = 0; i < n_guests; i++)
        sg4::Actor::create("guest" + std::to_string(i), hosts[i % n_machines], guest_with_samples, i);
    engine.run();
    std::printf("%.4f\n", now_s() - begin_s);
}

int main(int argc, char **argv)
{
    std::vector<std::string> words(argv, argv + argc);
    std::string factory = "--cfg=contexts/factory:raw", stack = "--cfg=contexts/stack-size:64", log = "--log=root.thres:error";
    char *options[] = {argv[0], factory.data(), stack.data(), log.data(), nullptr};
    int n_options = 4;
    sg4::Engine engine(&n_options, options);

    if (argc == 5 && words[1] == "jobs")
        jobs(engine, static_cast<unsigned>(std::stoul(words[2])), std::stol(words[3]), words[4] == "exponential");
    else if (argc == 5 && words[1] == "slices")
        slices(
            engine, static_cast<unsigned>(std::stoul(words[2])), static_cast<unsigned>(std::stoul(words[3])),
            std::stol(words[4]));
    else if (argc == 2 && words[1] == "samples")
        samples(engine);
    else
        return 2;
    return 0;
}
