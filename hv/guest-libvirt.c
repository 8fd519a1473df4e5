/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The real guest: a domain of libvirt behind the guest contract.
 *
 * Everything that is asked of it becomes a job (guest-libvirt-job.h) of its own queue, so a domain has one job at a
 * time and the engine never waits for a host. What comes back is entered here, in the engine's thread: what the domain
 * is now, what was done, what failed. settle() tells whoever asked when nothing is under way any more.
 *
 *     off --boot--> on --halt--> on, suspended --resume--> on
 *     on --power_off, let_go--> off          on --it ends by itself--> off, and LPAR control is told
 */
#include "hv/guest-libvirt.h"

#include "hv/error.h"
#include "hv/guest-libvirt-private.h"

#include <string.h>
#include <unistd.h>

/* A job that hangs when the guest goes away is left to itself after this. */
#define LEAVE_MS 2000

/* --- Settling ------------------------------------------------------------------------------------------- */

static void tell_settled(HvGuestLibvirt *self)
{
    HvGuestSettled func = self->settled;
    g_autofree char *did = g_string_free(self->did, FALSE);
    g_autoptr(GError) problem = g_steal_pointer(&self->problem);

    self->did = g_string_new(NULL);
    self->settled = NULL;
    hv_engine_cancel(self->config.engine, &self->patience);
    func(did, problem, self->settled_data);
}

static void check_settled(HvGuestLibvirt *self)
{
    if (self->under_way == 0)
        self->allowance_ns = 0;
    if (self->under_way == 0 && self->settled)
        tell_settled(self);
}

static void note(HvGuestLibvirt *self, const char *did, const GError *error)
{
    if (did && *did)
        g_string_append_printf(self->did, "%s%s", self->did->len ? "\n" : "", did);
    if (error && !self->problem)
        self->problem = g_error_copy(error);
}

static void out_of_patience(G_GNUC_UNUSED HvEvent *event, void *data)
{
    HvGuestLibvirt *self = data;
    g_autoptr(GError) error = g_error_new(
        HV_ERROR, HV_ERROR_DOMAIN, "%s %s takes too long; it may still be done",
        self->what ? self->what : "waiting for", hv_libvirt_domain_name(self->domain));

    /* The guest did not answer: whatever it says later answers nothing that is waited for. */
    self->under_way -= self->typed->len;
    for (unsigned i = 0; i < self->typed->len; i++)
        self->unacknowledged = self->unacknowledged || g_array_index(self->typed, HvGuestTyped, i).notify;
    g_array_set_size(self->typed, 0);
    note(self, NULL, error);
    tell_settled(self);
}

static void settle(HvGuest *guest, HvTime patience_ns, HvGuestSettled func, void *data)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);

    g_assert(!self->settled);
    self->settled = func;
    self->settled_data = data;
    if (self->under_way > 0)
        hv_engine_after(self->config.engine, &self->patience, patience_ns + self->allowance_ns);
    check_settled(self);
}

void hv_guest_libvirt_finish(HvGuestLibvirt *self, const char *did, const GError *error)
{
    g_assert(self->under_way > 0);
    self->under_way--;
    note(self, did, error);
    check_settled(self);
}

/* --- Jobs ----------------------------------------------------------------------------------------------- */

HvGuestJob *hv_guest_libvirt_job(HvGuestLibvirt *self, const char *what)
{
    return hv_guest_job_new(self, what, self->domain, self->origin);
}

void hv_guest_libvirt_begin(HvGuestLibvirt *self, const char *what)
{
    if (self->under_way == 0 && !self->settled) {
        /* What went on by itself, or came too late, is no result of what is asked now. */
        g_string_truncate(self->did, 0);
        g_clear_error(&self->problem);
    }
    self->under_way++;
    self->what = what;
}

void hv_guest_libvirt_push(HvGuestLibvirt *self, const HvJobOps *ops, HvGuestJob *job)
{
    hv_guest_libvirt_begin(self, job->what);
    self->allowance_ns += job->limit_ns;
    hv_job_queue_push(self->jobs, ops, job);
}

/* What a job has seen of the domain. */
void hv_guest_libvirt_learn(HvGuestLibvirt *self, HvGuestJob *job)
{
    if (job->view) {
        hv_domain_view_free(self->view);
        self->view = g_steal_pointer(&job->view);
    }
    if (job->has_figures)
        self->figures = job->figures;
    if (job->agent_cpus > 0)
        self->agent_cpus = job->agent_cpus;
    if (job->has_stream)
        hv_libvirt_console_attach(self->console, g_steal_pointer(&job->stream));
}

void hv_guest_libvirt_went_off(HvGuestLibvirt *self)
{
    self->on = self->suspended = false;
    hv_libvirt_console_attach(self->console, NULL);
    g_clear_pointer(&self->view, hv_domain_view_free);
    self->figures = (HvDomainFigures){0};
    self->agent_cpus = 0;
}

void hv_guest_libvirt_ended(HvGuestLibvirt *self, const char *why)
{
    if (!self->on)
        return;
    hv_guest_libvirt_went_off(self);
    g_free(self->ended);
    self->ended = g_strdup(why);
    self->config.host_ops->guest_ended(self->config.host, why);
}

static void look_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    hv_guest_libvirt_learn(self, job);
    if (!error && !job->off)
        self->suspended = job->found == HV_DOMAIN_PAUSED;
    if (!error && job->off)
        hv_guest_libvirt_ended(self, self->suspected ? self->suspected : "it has ended");
    g_clear_pointer(&self->suspected, g_free);
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps look_ops = {hv_guest_work_look, look_done, hv_guest_job_free};

void hv_guest_libvirt_look(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "looking at");

    job->has_stream = self->on && !hv_libvirt_console_is_connected(self->console);
    hv_guest_libvirt_push(self, &look_ops, job);
}

/* What is heard may be of an end that we have made ourselves a moment ago, and have begun it again since. */
static void suspect_end(HvGuestLibvirt *self, const char *why)
{
    g_free(self->suspected);
    self->suspected = g_strdup(why);
    hv_guest_libvirt_look(&self->base);
}

/* Ends that we make ourselves. */
static bool is_as_asked(const char *why)
{
    return g_str_equal(why, "it has shut down") || g_str_equal(why, "it was destroyed") ||
           g_str_equal(why, "it was saved");
}

static void domain_event(HvDomainEvent event, const char *why, void *data)
{
    HvGuestLibvirt *self = data;

    switch (event) {
    case HV_DOMAIN_EVENT_ENDED:
        if (!self->off_expected)
            suspect_end(self, why);
        else if (!is_as_asked(why)) {
            g_autoptr(GError) error = g_error_new(
                HV_ERROR, HV_ERROR_GONE, "domain %s: %s", hv_libvirt_domain_name(self->domain), why);

            note(self, NULL, error);
        }
        break;
    case HV_DOMAIN_EVENT_SUSPENDED:
    case HV_DOMAIN_EVENT_RESUMED:
        if (self->suspended != (event == HV_DOMAIN_EVENT_SUSPENDED))
            hv_guest_libvirt_look(&self->base);
        hv_heartbeat_pause(hv_libvirt_console_heartbeat(self->console));
        break;
    case HV_DOMAIN_EVENT_LOOK:
        hv_libvirt_console_attach(self->console, NULL);
        hv_guest_libvirt_look(&self->base);
        break;
    }
}

void hv_guest_libvirt_watch(HvGuestLibvirt *self)
{
    const char *uuid = hv_libvirt_domain_uuid(self->domain);

    hv_libvirt_host_unwatch(self->real.host, self);
    if (uuid)
        hv_libvirt_host_watch(self->real.host, uuid, domain_event, self);
}

/* --- Nothing that a real guest needs -------------------------------------------------------------------- */

/* Holds do not reach a real guest: all that an INTEG adds is added while it runs. */
static void ignore(G_GNUC_UNUSED HvGuest *guest)
{
}

static HvTime lip_burst(G_GNUC_UNUSED HvGuest *guest, G_GNUC_UNUSED unsigned lip)
{
    return 0;
}

static void lip_ran(G_GNUC_UNUSED HvGuest *guest, G_GNUC_UNUSED unsigned lip, G_GNUC_UNUSED HvTime ran_ns)
{
}

static bool verify(HvGuest *guest, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_GUEST,
        "What is in the storage of %s is its own affair\nGUEST lpar,DISPLAY shows its boot id",
        hv_libvirt_domain_name(hv_guest_libvirt(guest)->domain));
    return false;
}

static char *digest(G_GNUC_UNUSED HvGuest *guest)
{
    return NULL;
}

static bool lip_is_online(const HvGuest *guest, unsigned lip)
{
    return hv_guest_libvirt_peek(guest)->lips_online[lip];
}

/* --- Making and ending ---------------------------------------------------------------------------------- */

/* Names of domains become names of files, so what could be a path does not go into them. */
static char *domain_name(const HvGuestRealConfig *real)
{
    if (real->domain->domain)
        return g_strdup(real->domain->domain);
    g_autofree char *machine = g_strdup(real->machine->name ? real->machine->name : "lparsim");

    return g_strdup_printf(
        "%s-%s", g_strcanon(machine, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.", '_'), real->lpar_name);
}

static HvGuestOrigin *make_origin(const HvGuestRealConfig *real)
{
    HvGuestOrigin *origin = g_new(HvGuestOrigin, 1);

    *origin = (HvGuestOrigin){
        .adopted = real->domain->domain != NULL,
        .owner = g_strdup_printf("%d@%s", (int)getpid(), g_get_host_name()),
        .arch = real->domain->arch,
        .grow = real->domain->domain ? real->domain->grow
                                     : hv_grow_resolve(real->domain->grow, real->domain->arch),
        .console_log = real->domain->console_log
                           ? g_canonicalize_filename(real->domain->console_log, real->machine->directory)
                           : NULL,
        .directory = g_strdup(real->machine->directory),
        .found = g_array_new(FALSE, FALSE, sizeof(uint16_t)),
    };
    return origin;
}

static HvGuest *create(const HvGuestConfig *config, G_GNUC_UNUSED const HvWorkload *workload)
{
    HvGuestLibvirt *self = g_new0(HvGuestLibvirt, 1);
    g_autofree char *name = domain_name(config->real);

    self->base.ops = &hv_guest_libvirt_ops;
    self->config = *config;
    self->real = *config->real;
    self->origin = make_origin(&self->real);
    self->domain = hv_libvirt_domain_new(self->real.host, name);
    self->jobs = hv_job_queue_new(config->engine);
    self->console = hv_libvirt_console_new(config->engine, hv_guest_libvirt_answered, self);
    self->did = g_string_new(NULL);
    self->lips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    self->new_lips = g_array_new(FALSE, FALSE, sizeof(unsigned));
    self->typed = g_array_new(FALSE, FALSE, sizeof(HvGuestTyped));
    self->devices_seen = g_ptr_array_new_with_free_func(g_free);
    self->pending = g_ptr_array_new_with_free_func(g_free);
    for (unsigned part = 0; part < HV_GUEST_PARTS; part++)
        self->left[part] = g_ptr_array_new_with_free_func(g_free);
    hv_event_init(&self->patience, HV_PRIORITY_GUEST, out_of_patience, self);
    return &self->base;
}

static void destroy(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);

    hv_engine_cancel(self->config.engine, &self->patience);
    hv_libvirt_host_unwatch(self->real.host, self);
    hv_job_queue_free(self->jobs, LEAVE_MS);
    hv_libvirt_console_free(self->console);
    hv_libvirt_domain_unref(self->domain);
    hv_guest_origin_free(self->origin);
    hv_guest_want_free(self->want);
    hv_libvirt_tuning_free(self->tuning);
    hv_domain_view_free(self->view);
    hv_guest_saved_free(self->saved);
    g_clear_error(&self->problem);
    g_free(self->ended);
    g_free(self->suspected);
    g_string_free(self->did, TRUE);
    g_array_unref(self->lips);
    g_array_unref(self->new_lips);
    g_array_unref(self->typed);
    g_ptr_array_unref(self->devices_seen);
    g_ptr_array_unref(self->pending);
    for (unsigned part = 0; part < HV_GUEST_PARTS; part++)
        g_ptr_array_unref(self->left[part]);
    g_free(self);
}

const HvGuestOps hv_guest_libvirt_ops = {
    .kind = "libvirt",
    .real = true,
    .create = create,
    .destroy = destroy,
    .boot = hv_guest_libvirt_boot,
    .halt = hv_guest_libvirt_halt,
    .resume = hv_guest_libvirt_resume,
    .hold = ignore,
    .release = ignore,
    .catch_up = ignore,
    .lip_burst = lip_burst,
    .lip_ran = lip_ran,
    .resources_changed = hv_guest_libvirt_resources_changed,
    .config_storage = hv_guest_libvirt_config_storage,
    .config_cpu = hv_guest_libvirt_config_cpu,
    .status = hv_guest_libvirt_status,
    .verify = verify,
    .digest = digest,
    .lip_is_online = lip_is_online,
    .assign = hv_guest_libvirt_assign,
    .probe = hv_guest_libvirt_probe,
    .shutdown = hv_guest_libvirt_shutdown,
    .power_off = hv_guest_libvirt_power_off,
    .let_go = hv_guest_libvirt_let_go,
    .save = hv_guest_libvirt_save,
    .take_saved = hv_guest_libvirt_take_saved,
    .tell = hv_guest_libvirt_tell,
    .look = hv_guest_libvirt_look,
    .settle = settle,
    .sight = hv_guest_libvirt_sight,
    .take_usage = hv_guest_libvirt_take_usage,
};
