/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The jobs that begin, stop and end a domain, and the one that looks at it.
 *
 * Every job can be done twice: what is so already is left alone. That makes a lost connection harmless: the job is
 * begun anew once there is one. A domain of lparsim's own is known by the owner written into it, so that one left
 * by a console that was killed is cleared away, and one of a console that lives, or of somebody else, is not.
 */
#include "hv/guest-libvirt-job.h"

#include "hv/error.h"

#include <string.h>

#define TRIES          3
#define EVENT_GRACE_US (50 * 1000)

bool hv_guest_persist(HvGuestJob *job, HvGuestWork work, GError **error)
{
    GError *problem = NULL;

    for (unsigned i = 0; i < TRIES; i++) {
        g_clear_error(&problem);
        if (work(job, &problem))
            return true;
        if (!g_error_matches(problem, HV_ERROR, HV_ERROR_HOST))
            break;
        hv_guest_job_say(job, 0, "the connection to libvirt was lost while %s", job->what);
    }
    g_propagate_error(error, problem);
    return false;
}

bool hv_guest_job_view(HvGuestJob *job, GError **error)
{
    HvDomainView *view = hv_libvirt_domain_view(job->domain, /* inactive= */ false, error);

    if (!view)
        return false;
    hv_domain_view_free(job->view);
    job->view = view;
    return true;
}

void hv_guest_job_tune(HvGuestJob *job)
{
    const HvGuestWant *want = job->want;
    g_autoptr(GError) pins = NULL, shares = NULL;
    bool pinned = true;

    for (unsigned i = 0; i < want->n_cpus && pinned; i++)
        if (*want->host_cpus[i])
            pinned = hv_libvirt_domain_pin(job->domain, i, want->host_cpus[i], &pins);
    if (!pinned)
        hv_guest_job_say(job, 0, "vCPUs are not pinned: %s", pins->message);
    if (want->cpu_shares > 0 &&
        !hv_libvirt_domain_schedule(job->domain, want->cpu_shares, want->quota_us, &shares))
        hv_guest_job_say(job, 0, "shares are not in force on the host: %s", shares->message);
}

/* A console that somebody else has, or that does not exist, is nothing to fail for. */
void hv_guest_job_open_console(HvGuestJob *job)
{
    hv_libvirt_console_discard(job->stream);
    job->stream = hv_libvirt_console_connect(job->domain, NULL);
    job->has_stream = true;
}

/* --- Boot: lparsim's own -------------------------------------------------------------------------------- */

/* The process that the owner "PID@HOST" names lives here, is a console, and not this one. */
bool hv_guest_job_owner_lives(const char *owner, const char *mine)
{
    g_auto(GStrv) parts = g_strsplit(owner, "@", 2);
    g_autofree char *path = g_strdup_printf("/proc/%s/comm", parts[0]);
    g_autofree char *name = NULL;

    if (strcmp(owner, mine) == 0 || g_strcmp0(parts[1], g_get_host_name()) != 0)
        return false;
    return g_file_get_contents(path, &name, NULL, NULL) && g_str_has_prefix(name, "lparsim");
}

/* The name is free afterwards. */
bool hv_guest_job_clear_name(HvGuestJob *job, GError **error)
{
    const char *name = hv_libvirt_domain_name(job->domain);
    g_autoptr(HvDomainView) there = hv_libvirt_domain_view(job->domain, false, NULL);
    g_autofree char *owner = there ? hv_libvirt_domain_owner(job->domain) : NULL;

    if (!there)
        return true;
    if (!owner) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "A domain %s is there already and is not lparsim's\nRename the machine or the LPAR, or remove "
            "the "
            "domain: virsh undefine %s",
            name, name);
        return false;
    }
    if (hv_guest_job_owner_lives(owner, job->origin->owner)) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "Domain %s belongs to another lparsim console, process %s\nEnd that console, or give the machine "
            "another name",
            name, owner);
        return false;
    }
    return hv_libvirt_domain_destroy(job->domain, error);
}

/* QEMU locks files, but not every kind of disk. */
bool hv_guest_job_disks_are_free(const HvGuestJob *job, GError **error)
{
    for (unsigned i = 0; i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);
        g_autofree char *file = hv_guest_job_file(job, device);
        g_autofree char *user = file ? hv_libvirt_domain_other_user(job->domain, file, NULL) : NULL;

        if (!user)
            continue;
        g_set_error(
            error, HV_ERROR, HV_ERROR_DOMAIN,
            "Disk %s is in use: domain %s has it\nEnd that domain first: virsh shutdown %s", file, user,
            user);
        return false;
    }
    return true;
}

static const char *domain_xml(const HvGuestJob *job)
{
    const HvGuestOrigin *origin = job->origin;
    bool kvm = origin->xml_kvm &&
               (!origin->xml_qemu ||
                hv_libvirt_host_has_kvm(hv_libvirt_domain_host(job->domain), hv_arch_name(origin->arch)));

    return kvm ? origin->xml_kvm : origin->xml_qemu;
}

static bool boot_own(HvGuestJob *job, GError **error)
{
    gint64 begun_us = g_get_monotonic_time();

    bool divided;
    g_autofree char *xml = hv_guest_job_with_overlays(job, domain_xml(job), &divided, error);

    if (!xml || !hv_guest_job_clear_name(job, error) || !hv_guest_job_disks_are_free(job, error) ||
        !hv_libvirt_domain_create(job->domain, xml, /* suspended= */ true, error) ||
        (divided && !hv_guest_job_merge_overlays(job, error)))
        return false;
    hv_guest_job_open_console(job);
    hv_guest_job_tune(job);
    if (!hv_libvirt_domain_resume(job->domain, error))
        return false;
    hv_guest_job_say(job, begun_us, "domain %s started", hv_libvirt_domain_name(job->domain));
    return hv_guest_job_view(job, error);
}

/* --- Boot: adopted -------------------------------------------------------------------------------------- */

static bool
refuse_adoption(const HvGuestJob *job, GError **error, const char *key, const char *has, const char *says)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_DOMAIN,
        "Domain %s has %s, and its LPAR has %s\nLet %s of the machine file say what "
        "the domain has, or change the domain",
        hv_libvirt_domain_name(job->domain), has, says, key);
    return false;
}

/* The LPAR must be what the domain is: adopting changes nothing. */
static bool fits(HvGuestJob *job, GError **error)
{
    const HvGuestWant *want = job->want;
    const HvDomainView *view = job->view;
    g_autofree char *has_ms = hv_quantity_format_size(view->current_bytes);
    g_autofree char *says_ms = hv_quantity_format_size(want->ms_bytes);
    g_autofree char *has_cpus = g_strdup_printf("%u vCPUs", view->vcpus);
    g_autofree char *says_cpus = g_strdup_printf("%u LIPs", want->n_cpus);

    if (view->current_bytes != want->ms_bytes)
        return refuse_adoption(job, error, "ms", has_ms, says_ms);
    if (view->vcpus != want->n_cpus)
        return refuse_adoption(job, error, "ip-shares", has_cpus, says_cpus);
    for (unsigned i = 0; i < want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(want->devices, i);
        g_autofree char *file = device->disk ? g_canonicalize_filename(device->disk, job->origin->directory)
                                             : NULL;

        if (file && !hv_domain_view_find(view, NULL, file))
            return refuse_adoption(job, error, "disk", "no such disk", file);
    }
    return true;
}

static bool begin_adopted(HvGuestJob *job, GError **error)
{
    if (job->origin->saved_xml)
        return hv_libvirt_domain_create(job->domain, job->origin->saved_xml, /* suspended= */ false, error);
    if (hv_libvirt_domain_start(job->domain, error))
        return true;
    if (error && g_error_matches(*error, HV_ERROR, HV_ERROR_GONE))
        g_prefix_error(error, "It is not there, or was transient and has ended: ");
    return false;
}

static bool boot_adopted(HvGuestJob *job, GError **error)
{
    const char *name = hv_libvirt_domain_name(job->domain);
    HvDomainRun run;

    if (job->again && !hv_libvirt_domain_destroy(job->domain, error))
        return false;
    if (!hv_libvirt_domain_run(job->domain, &run, error) ||
        (run == HV_DOMAIN_OFF && !begin_adopted(job, error)) || !hv_guest_job_view(job, error))
        return false;
    if (!job->again && !fits(job, error))
        return false;
    job->found = run;
    job->tuning = job->again ? NULL : hv_libvirt_domain_tuning(job->domain);
    if (!job->again)
        job->origin->saved_xml = hv_libvirt_domain_save_xml(job->domain, NULL);
    hv_guest_job_open_console(job);
    hv_guest_job_tune(job);
    hv_guest_job_say(job, 0, "domain %s %s", name, run == HV_DOMAIN_OFF ? "started" : "adopted as it runs");
    return run != HV_DOMAIN_PAUSED || hv_libvirt_domain_resume(job->domain, error);
}

bool hv_guest_job_boot(HvGuestJob *job, GError **error)
{
    return job->origin->adopted ? boot_adopted(job, error) : boot_own(job, error);
}

bool hv_guest_work_boot(void *job, GError **error)
{
    return hv_guest_persist(job, hv_guest_job_boot, error);
}

/* --- Stop and go ---------------------------------------------------------------------------------------- */

static bool suspend(HvGuestJob *job, GError **error)
{
    gint64 begun_us = g_get_monotonic_time();
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    job->off = run == HV_DOMAIN_OFF;
    if (job->off)
        return true;
    if (!hv_libvirt_domain_suspend(job->domain, error))
        return false;
    hv_guest_job_say(job, begun_us, "domain %s suspended", hv_libvirt_domain_name(job->domain));
    return true;
}

bool hv_guest_work_suspend(void *job, GError **error)
{
    return hv_guest_persist(job, suspend, error);
}

static bool resume(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    job->again = run == HV_DOMAIN_OFF;
    if (!job->again)
        return hv_libvirt_domain_resume(job->domain, error);
    return hv_guest_job_boot(job, error);
}

bool hv_guest_work_resume(void *job, GError **error)
{
    return hv_guest_persist(job, resume, error);
}

static bool request_shutdown(HvGuestJob *job, GError **error)
{
    const char *name = hv_libvirt_domain_name(job->domain);
    gint64 begun_us = g_get_monotonic_time();
    g_autoptr(GError) refused = NULL;
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    if (run == HV_DOMAIN_PAUSED && !hv_libvirt_domain_resume(job->domain, error))
        return false;
    if (!hv_libvirt_domain_shutdown(job->domain, job->limit_ns, &job->off, &refused)) {
        if (g_error_matches(refused, HV_ERROR, HV_ERROR_HOST)) {
            g_propagate_error(error, g_steal_pointer(&refused));
            return false;
        }
        hv_guest_job_say(job, 0, "domain %s could not be asked to shut down: %s", name, refused->message);
        return true;
    }
    /* The event that says how it has ended is on its way. */
    g_usleep(EVENT_GRACE_US);
    hv_guest_job_say(
        job, begun_us, job->off ? "domain %s has shut down" : "domain %s has not shut down", name);
    return true;
}

bool hv_guest_work_shutdown(void *job, GError **error)
{
    return hv_guest_persist(job, request_shutdown, error);
}

static bool power_off(HvGuestJob *job, GError **error)
{
    gint64 begun_us = g_get_monotonic_time();
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    job->off = true;
    if (run == HV_DOMAIN_OFF)
        return true;
    if (!hv_libvirt_domain_destroy(job->domain, error))
        return false;
    hv_guest_job_say(job, begun_us, "domain %s ended", hv_libvirt_domain_name(job->domain));
    return true;
}

bool hv_guest_work_power_off(void *job, GError **error)
{
    return hv_guest_persist(job, power_off, error);
}

static bool end_gently(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (job->limit_ns > 0 && hv_libvirt_domain_run(job->domain, &run, NULL) && run == HV_DOMAIN_RUNNING &&
        !request_shutdown(job, error))
        return false;
    return power_off(job, error);
}

/* An adopted one goes on as it was found; what INTEG gave it stays its own. */
static bool let_go(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!job->origin->adopted && job->keep) {
        hv_guest_job_say(job, 0, "domain %s is left as it is", hv_libvirt_domain_name(job->domain));
        return true;
    }
    if (!job->origin->adopted)
        return end_gently(job, error);
    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    if (run == HV_DOMAIN_OFF)
        return true;
    if (job->as_found == HV_DOMAIN_OFF)
        return end_gently(job, error);
    if (job->tuning)
        hv_libvirt_domain_tune(job->domain, job->tuning);
    return job->as_found == HV_DOMAIN_PAUSED ? hv_libvirt_domain_suspend(job->domain, error)
                                             : hv_libvirt_domain_resume(job->domain, error);
}

bool hv_guest_work_let_go(void *job, GError **error)
{
    return hv_guest_persist(job, let_go, error);
}

/* --- Looking -------------------------------------------------------------------------------------------- */

static bool look(HvGuestJob *job, GError **error)
{
    HvDomainRun run;

    if (!hv_libvirt_domain_run(job->domain, &run, error))
        return false;
    job->off = run == HV_DOMAIN_OFF;
    job->found = run;
    if (job->off)
        return true;
    if (!hv_guest_job_view(job, error))
        return false;
    job->has_figures = hv_libvirt_domain_figures(job->domain, &job->figures, NULL);
    if (job->view->agent_answers)
        hv_libvirt_domain_agent_cpus(job->domain, &job->agent_cpus, NULL);
    if (job->has_stream)
        hv_guest_job_open_console(job);
    return true;
}

bool hv_guest_work_look(void *job, GError **error)
{
    return hv_guest_persist(job, look, error);
}

/* --- The agent in the guest ----------------------------------------------------------------------------- */

static bool agent(HvGuestJob *job, GError **error)
{
    if (job->storage && !hv_libvirt_domain_agent_storage_online(job->domain, error))
        return false;
    if (job->want) {
        for (unsigned i = 1; i < job->want->n_cpus; i++)
            if (!hv_libvirt_domain_agent_config_cpu(job->domain, i, true, error))
                return false;
    } else if (
        !job->storage && !hv_libvirt_domain_agent_config_cpu(job->domain, job->cpu, job->online, error)) {
        return false;
    }
    return look(job, error);
}

bool hv_guest_work_agent(void *job, GError **error)
{
    return hv_guest_persist(job, agent, error);
}
