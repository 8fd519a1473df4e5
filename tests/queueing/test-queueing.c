/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Whole machines beside queueing theory: the simulated response times and throughputs are those of the closed forms.
 *
 * Every case is a machine file, run in independent replications (seeds 1, 2, ...) from an empty machine, of which the first part is
 * left out. The exact value must lie in the 99 % confidence interval of the replications, and the mean be within 1 % of it. Unit of
 * time: a mean service of 10 ms. Sources: M/M/c by Erlang's formula, M/G/1 by Pollaczek and Khinchine, processor sharing by Kleinrock,
 * the machine repairman by birth and death, closed networks by Reiser and Lavenberg's mean value analysis.
 */
#include "monitor/system.h"
#include "svp/machine-file.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define REPLICATIONS 20
#define T_99_PERCENT 2.8609 /* Student's t with 19 degrees of freedom, two-sided */
#define UNIT_NS      (10 * HV_NS_PER_MS)

typedef enum { RESPONSE, THROUGHPUT, P95, P99, BUSY } Measure;

typedef struct {
    const char *name, *machine, *lpar, *jobs; /* keys */
    Measure measure;
    double exact;       /* in units */
    unsigned run_units; /* in 10^4 */
    double within;      /* of the mean; 0: 1 % */
} Case;

#define ONE_IP "ips = 1\n"
#define LIP    "ip-shares = 1:100\ndispatching = fcfs\n"
#define PS     "ip-shares = 1:100\ndispatching = sharing\n"

static const Case cases[] = {
    {"M/M/1 rho .5", ONE_IP, LIP, "arrivals = poisson 50/s\nservice = exponential 10ms\n", RESPONSE, 2.0, 10,
     0},
    {"M/M/1 rho .7", ONE_IP, LIP, "arrivals = poisson 70/s\nservice = exponential 10ms\n", RESPONSE, 1 / .3,
     30, 0},
    {"M/M/1 rho .8", ONE_IP, LIP, "arrivals = poisson 80/s\nservice = exponential 10ms\n", RESPONSE, 5.0, 50,
     0},
    {"M/M/1 rho .9", ONE_IP, LIP, "arrivals = poisson 90/s\nservice = exponential 10ms\n", RESPONSE, 10.0,
     150, 0},
    {"M/M/1 rho .7, p95", ONE_IP, LIP, "arrivals = poisson 70/s\nservice = exponential 10ms\n", P95, 9.9858,
     30, 0},
    {"M/M/1 rho .9, p99", ONE_IP, LIP, "arrivals = poisson 90/s\nservice = exponential 10ms\n", P99, 46.0517,
     150, .02},
    {"M/M/2 rho .7", "ips = 2\n", "weight = 100\nlips = 2\ndispatching = fcfs\n",
     "arrivals = poisson 140/s\nservice = exponential 10ms\n", RESPONSE, 1.960784, 20, 0},
    {"M/M/4 rho .8", "ips = 4\n", "weight = 100\nlips = 4\n",
     "arrivals = poisson 320/s\nservice = exponential 10ms\n", RESPONSE, 1.745541, 20, 0},
    {"M/M/16 rho .9", "ips = 16\n", "weight = 100\nlips = 16\ndispatching = fcfs\n",
     "arrivals = poisson 1440/s\nservice = exponential 10ms\n", RESPONSE, 1.369590, 1, 0},
    {"M/D/1 rho .7", ONE_IP, LIP, "arrivals = poisson 70/s\nservice = 10ms\n", RESPONSE, 2.1667, 20, 0},
    {"M/G/1 rho .7, cs2 4", ONE_IP, LIP, "arrivals = poisson 70/s\nservice = hyperexponential 10ms 4\n",
     RESPONSE, 6.8333, 100, 0},
    {"M/G/1 rho .7, lognormal", ONE_IP, LIP, "arrivals = poisson 70/s\nservice = lognormal 10ms 1\n",
     RESPONSE, 3.3333, 50, 0},
    {"M/D/1 PS rho .7", ONE_IP, PS, "arrivals = poisson 70/s\nservice = 10ms\n", RESPONSE, 1 / .3, 30, 0},
    {"M/G/1 PS rho .7, cs2 4", ONE_IP, PS, "arrivals = poisson 70/s\nservice = hyperexponential 10ms 4\n",
     RESPONSE, 1 / .3, 50, 0},
    {"repairman 10, 9, 1, 1", ONE_IP, LIP,
     "users = 10\nthink = exponential 90ms\nservice = exponential 10ms\n", THROUGHPUT, .832037, 10, 0},
    {"repairman 10, 9, 1, 1, response", ONE_IP, LIP,
     "users = 10\nthink = exponential 90ms\nservice = exponential 10ms\n", RESPONSE, 3.018700, 10, 0},
    {"repairman 20, 9, 1, 1, response", ONE_IP, PS,
     "users = 20\nthink = exponential 90ms\nservice = exponential 10ms\n", RESPONSE, 11.012347, 10, 0},
    {"repairman 50, 10, 1, 4", "ips = 4\n", "weight = 100\nlips = 4\n",
     "users = 50\nthink = exponential 100ms\nservice = exponential 10ms\n", THROUGHPUT, 3.884982, 10, 0},
    {"repairman 50, 10, 1, 4, response", "ips = 4\n", "weight = 100\nlips = 4\n",
     "users = 50\nthink = exponential 100ms\nservice = exponential 10ms\n", RESPONSE, 2.870071, 10, 0},
    {"MVA 5 users", ONE_IP, PS "channels = 00;01\n",
     "users = 5\nthink = exponential 50ms\nservice = exponential 2ms\nios = 2\ndevices = 0A00;0A01\n",
     RESPONSE, .393087, 20, 0},
    {"MVA 20 users", ONE_IP, PS "channels = 00;01\n",
     "users = 20\nthink = exponential 50ms\nservice = exponential 2ms\nios = 2\ndevices = 0A00;0A01\n",
     THROUGHPUT, 3.486067, 20, 0},
    {"MVA 20 users, response", ONE_IP, PS "channels = 00;01\n",
     "users = 20\nthink = exponential 50ms\nservice = exponential 2ms\nios = 2\ndevices = 0A00;0A01\n",
     RESPONSE, .737124, 20, 0},
    /* Under a cap of f: an M/M/1 with the service rate f. Slices of 1 ms are short beside a service of 1 s. */
    {"M/M/1 under a cap of 50 %", "ips = 1\ntime-slice = 1ms\n",
     "ip-shares = 1:50\ncap = hard\ndispatching = fcfs\n",
     "arrivals = poisson 25/s\nservice = exponential 10ms\n", RESPONSE, 4.0, 30, .02},
    {"demand under a cap", "ips = 1\n", "ip-shares = 1:30\ncap = hard\n",
     "arrivals = poisson 70/s\nservice = exponential 10ms\n", BUSY, .30, 10, 0},
    {"demand below a cap", "ips = 1\n", "ip-shares = 1:80\ncap = hard\n",
     "arrivals = poisson 70/s\nservice = exponential 10ms\n", BUSY, .70, 10, 0},
};

static ResmgrDefinition *definition_of(const Case *row)
{
    g_autofree char *text = g_strdup_printf(
        "[machine]\n%sms = 64M\nchannels = 00-01\n[lpar A]\nms = 32M\n%s[class C]\nlpar = A\n%s"
        "[device 0A00]\nchannels = 00\nservice-time = exponential 1ms\n"
        "[device 0A01]\nchannels = 01\nservice-time = exponential 500us\n",
        row->machine, row->lpar, row->jobs);
    g_autoptr(GPtrArray) problems = NULL;
    ResmgrDefinition *definition = svp_machine_file_parse(text, strlen(text), &problems);

    for (unsigned i = 0; problems && i < problems->len; i++)
        fprintf(stderr, "%s: %s\n", row->name, (const char *)g_ptr_array_index(problems, i));
    ck_assert_ptr_nonnull(definition);
    return definition;
}

static double measure(
    const Case *row, MonitorSystem *system, const HvClassStats *before, HvHistogram *seen, double busy_before)
{
    HvClassStats stats = hv_guest_class_stats(lpar_guest(monitor_system_lpar(system, 1)), 0);
    g_autoptr(HvHistogram) responses = hv_histogram_copy(stats.responses);
    double run_ns = (double)row->run_units * 1e4 * (double)UNIT_NS * .9;

    hv_histogram_subtract(responses, seen);
    switch (row->measure) {
    case RESPONSE:
        return hv_histogram_mean_ns(responses) / (double)UNIT_NS;
    case THROUGHPUT:
        return (double)(stats.done - before->done) / run_ns * (double)UNIT_NS;
    case P95:
        return (double)hv_histogram_quantile_ns(responses, 95) / (double)UNIT_NS;
    case P99:
        return (double)hv_histogram_quantile_ns(responses, 99) / (double)UNIT_NS;
    case BUSY:
        return ((double)monitor_dispatch_ip_account(monitor_system_dispatch(system), 1).busy_ns -
                busy_before) /
               run_ns;
    }
    g_assert_not_reached();
}

/* The first tenth is left out: from an empty machine to the long run. */
static double replicate(const Case *row, const ResmgrDefinition *definition, uint64_t seed)
{
    g_autoptr(MonitorSystem) system = monitor_system_new(definition, seed);
    HvTime run_ns = (HvTime)row->run_units * 10000 * UNIT_NS;

    monitor_system_power_on(system, NULL);
    monitor_system_run(system, run_ns / 10, NULL);
    double busy = (double)monitor_dispatch_ip_account(monitor_system_dispatch(system), 1).busy_ns;
    HvClassStats before = hv_guest_class_stats(lpar_guest(monitor_system_lpar(system, 1)), 0);
    g_autoptr(HvHistogram) seen = hv_histogram_copy(before.responses);

    monitor_system_run(system, run_ns - run_ns / 10, NULL);
    monitor_system_check(system);
    return measure(row, system, &before, seen, busy);
}

START_TEST(the_closed_form_is_met)
{
    const Case *row = &cases[_i];
    g_autoptr(ResmgrDefinition) definition = definition_of(row);
    double sum = 0, squares = 0;

    for (unsigned r = 0; r < REPLICATIONS; r++) {
        double value = replicate(row, definition, r + 1);

        sum += value;
        squares += value * value;
    }
    double mean = sum / REPLICATIONS;
    double variance = (squares - sum * mean) / (REPLICATIONS - 1);
    double half_width = T_99_PERCENT * sqrt(MAX(variance, 0) / REPLICATIONS);

    printf("%-32s exact %9.5f  simulated %9.5f +- %.5f\n", row->name, row->exact, mean, half_width);
    ck_assert_msg(
        fabs(mean - row->exact) <= half_width + 1e-4 * row->exact, "%s: %g +- %g, exact %g", row->name, mean,
        half_width, row->exact);
    ck_assert_msg(
        fabs(mean - row->exact) <= (row->within > 0 ? row->within : .01) * row->exact, "%s: %g, exact %g",
        row->name, mean, row->exact);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queueing");
    TCase *tests = tcase_create("queueing");
    SRunner *runner = srunner_create(suite);

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, the_closed_form_is_met, 0, G_N_ELEMENTS(cases));
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
