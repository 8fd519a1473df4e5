/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest's own side: what its operator says to it, and what it says of itself.
 *
 * Three ways, in this order: its console, if it has sent a heartbeat there (nothing is ever typed on a console that has
 * not); the guest agent; nothing, and then hotplug events are all it gets. A LIP that was added is online when the
 * guest has said that its CPU is; where the guest cannot say anything, from the notification on.
 */
#include "hv/error.h"
#include "hv/guest-libvirt-private.h"

#include <string.h>

/* How exact a balloon is. */
#define BALLOON_SLACK_BYTES (4 * HV_MIB)

/* --- LIPs ----------------------------------------------------------------------------------------------- */

/* The guest's number of the LIP's CPU; UINT_MAX if it has none. */
static unsigned cpu_of(const HvGuestLibvirt *self, unsigned lip)
{
    for (unsigned i = 0; i < self->lips->len; i++)
        if (g_array_index(self->lips, unsigned, i) == lip)
            return i;
    return UINT_MAX;
}

static void enter_lip(HvGuestLibvirt *self, unsigned lip, bool online)
{
    const HvGuestHostOps *host = self->config.host_ops;

    if (self->lips_online[lip] == online)
        return;
    if (online ? host->lip_start(self->config.host, lip, NULL) : host->lip_stop(self->config.host, lip, NULL))
        self->lips_online[lip] = online;
}

static void enter_new_lips(HvGuestLibvirt *self)
{
    for (unsigned i = 0; i < self->new_lips->len; i++)
        enter_lip(self, g_array_index(self->new_lips, unsigned, i), true);
    g_array_set_size(self->new_lips, 0);
    self->unacknowledged = false;
    self->notified++;
}

/* --- The console ---------------------------------------------------------------------------------------- */

static bool type(HvGuestLibvirt *self, const HvGuestTyped *command, const char *text)
{
    HvGuestTyped typed = *command;

    typed.id = ++self->last_id;
    if (!hv_libvirt_console_command(self->console, typed.id, text))
        return false;
    g_array_append_val(self->typed, typed);
    hv_guest_libvirt_begin(self, "waiting for an answer of");
    return true;
}

/* The next heartbeat will say so; until then we know better than the last one. */
static void enter_cpus(HvGuestLibvirt *self)
{
    HvHeartbeat *beat = hv_libvirt_console_heartbeat(self->console);

    beat->cpus = 0;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        beat->cpus += self->lips_online[lip];
}

static void obeyed(HvGuestLibvirt *self, const HvGuestTyped *typed)
{
    if (typed->notify)
        enter_new_lips(self);
    else if (typed->lip != 0)
        enter_lip(self, typed->lip, typed->online);
    if (typed->notify || typed->lip != 0)
        enter_cpus(self);
}

void hv_guest_libvirt_answered(const HvGuestAnswer *answer, void *data)
{
    HvGuestLibvirt *self = data;

    for (unsigned i = 0; i < self->typed->len; i++) {
        const HvGuestTyped typed = g_array_index(self->typed, HvGuestTyped, i);
        g_autoptr(GError) error = NULL;
        g_autofree char *said = NULL;

        if (typed.id != answer->id)
            continue;
        g_array_remove_index(self->typed, i);
        if (answer->ok) {
            obeyed(self, &typed);
            if (typed.notify || typed.told)
                said = g_strdup(typed.told ? answer->text : "the guest has acknowledged");
        } else {
            error = g_error_new(
                HV_ERROR, HV_ERROR_GUEST, "The guest of %s refuses: %s\nGUEST lpar,DISPLAY shows what it has",
                hv_libvirt_domain_name(self->domain), answer->text);
        }
        hv_guest_libvirt_finish(self, said, error);
        return;
    }
}

/* --- The agent ------------------------------------------------------------------------------------------ */

static bool agent_answers(const HvGuestLibvirt *self)
{
    return self->view && self->view->agent_answers;
}

static void agent_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    if (!error && job->want)
        enter_new_lips(self);
    else if (!error && !job->storage)
        enter_lip(self, g_array_index(self->lips, unsigned, job->cpu), job->online);
    else if (error && job->want)
        self->unacknowledged = true;
    hv_guest_libvirt_learn(self, job);
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps agent_ops = {hv_guest_work_agent, agent_done, hv_guest_job_free};

/* --- Commands ------------------------------------------------------------------------------------------- */

void hv_guest_libvirt_resources_changed(
    HvGuest *guest, G_GNUC_UNUSED const unsigned *lips, G_GNUC_UNUSED unsigned n_lips)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    const HvGuestTyped notify = {.notify = true};
    g_autofree char *command = g_strdup_printf("NOTIFY %u", self->lips->len);

    if (hv_libvirt_console_obeys(self->console) && type(self, &notify, command))
        return;
    if (agent_answers(self)) {
        HvGuestJob *job = hv_guest_libvirt_job(self, "notifying");

        job->want = hv_guest_want_copy(self->want);
        job->storage = true;
        hv_guest_libvirt_push(self, &agent_ops, job);
        return;
    }
    enter_new_lips(self);
    hv_guest_libvirt_begin(self, "notifying");
    hv_guest_libvirt_finish(
        self, "neither its console nor an agent answers: it hears of what was added by hotplug events only",
        NULL);
}

static bool refuse_mute(const HvGuestLibvirt *self, GError **error)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_GUEST,
        "The guest of %s obeys neither on its console nor by an agent\nGuests of scripts/guest-image obey on "
        "their console; others need qemu-guest-agent, and agent = yes",
        hv_libvirt_domain_name(self->domain));
    return false;
}

bool hv_guest_libvirt_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    const HvGuestTyped typed = {.lip = lip, .online = online};
    unsigned cpu = cpu_of(self, lip);
    g_autofree char *text = g_strdup_printf("CF CPU(%u),%s", cpu, online ? "ONLINE" : "OFFLINE");

    if (cpu == UINT_MAX) {
        g_set_error(
            error, HV_ERROR, HV_ERROR_GUEST, "LIP %u does not exist in %s\nDISPLAY LPAR shows its LIPs", lip,
            self->real.lpar_name);
        return false;
    }
    if (hv_libvirt_console_obeys(self->console) && type(self, &typed, text))
        return true;
    if (!agent_answers(self))
        return refuse_mute(self, error);
    HvGuestJob *job = hv_guest_libvirt_job(self, "configuring a CPU of");

    job->cpu = cpu;
    job->online = online;
    hv_guest_libvirt_push(self, &agent_ops, job);
    return true;
}

bool hv_guest_libvirt_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    const HvGuestTyped typed = {.online = true};

    *ret_changed_bytes = 0;
    if (!online) {
        g_set_error_literal(
            error, HV_ERROR, HV_ERROR_GUEST,
            "Storage of a real guest is not taken offline\nOnly CF STOR(ALL),ONLINE is there");
        return false;
    }
    if (hv_libvirt_console_obeys(self->console) && type(self, &typed, "CF STOR(ALL),ONLINE"))
        return true;
    if (!agent_answers(self))
        return refuse_mute(self, error);
    HvGuestJob *job = hv_guest_libvirt_job(self, "configuring storage of");

    job->storage = true;
    hv_guest_libvirt_push(self, &agent_ops, job);
    return true;
}

bool hv_guest_libvirt_tell(HvGuest *guest, const char *command, GError **error)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    const HvGuestTyped typed = {.told = true};

    if (hv_libvirt_console_obeys(self->console) && type(self, &typed, command))
        return true;
    g_set_error(
        error, HV_ERROR, HV_ERROR_GUEST,
        "The guest of %s does not obey on its console\nGuests of scripts/guest-image do; use virsh console "
        "for others",
        hv_libvirt_domain_name(self->domain));
    return false;
}

/* --- What is seen --------------------------------------------------------------------------------------- */

static bool beats(const HvGuestLibvirt *self)
{
    return hv_libvirt_console_heartbeat(self->console)->beats > 0;
}

/* What the guest uses: as it says, as its balloon driver says, as libvirt says. */
static uint64_t memory_in_use(const HvGuestLibvirt *self)
{
    if (!self->on)
        return 0;
    if (beats(self))
        return hv_libvirt_console_heartbeat(self->console)->mem_bytes;
    if (self->figures.usable_bytes > 0)
        return self->figures.usable_bytes;
    return self->view ? self->view->current_bytes : 0;
}

static unsigned cpus_in_use(const HvGuestLibvirt *self)
{
    unsigned count = 0;

    if (!self->on)
        return 0;
    if (beats(self))
        return hv_libvirt_console_heartbeat(self->console)->cpus;
    if (self->agent_cpus > 0)
        return self->agent_cpus;
    for (unsigned lip = 1; lip <= HV_MAX_LIPS; lip++)
        count += self->lips_online[lip];
    return count;
}

HvGuestStatus hv_guest_libvirt_status(const HvGuest *guest)
{
    const HvGuestLibvirt *self = hv_guest_libvirt_peek(guest);
    const HvDomainFigures *figures = &self->figures;
    uint64_t io = figures->disk_reads + figures->disk_writes;

    return (HvGuestStatus){
        .boots = self->boots,
        .uptime_ns = self->on ? hv_engine_now(self->config.engine) - self->loaded_ns : 0,
        .ms_online_bytes = memory_in_use(self),
        .ms_least_bytes = memory_in_use(self),
        .ms_assigned_bytes = self->config.ms->size_bytes,
        .es_assigned_bytes = self->config.es->size_bytes,
        .cpus_online = cpus_in_use(self),
        .written_bytes = figures->disk_written_bytes,
        .io_started = io,
        .io_done = io,
        .notified = self->notified,
    };
}

static void list_devices(HvGuestLibvirt *self)
{
    g_ptr_array_set_size(self->devices_seen, 0);
    for (unsigned i = 0; self->view && i < self->view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(self->view->devices, i);

        g_ptr_array_add(
            self->devices_seen,
            g_strdup_printf(
                "%s %s", device->target ? device->target : "-", device->source ? device->source : "-"));
    }
}

/* A guest that is booted with a balloon has all of its storage until its driver acts. */
static void check_balloon(HvGuestLibvirt *self)
{
    bool by_balloon = self->origin->grow == HV_GROW_BALLOON && !self->origin->adopted;

    if (!by_balloon || !self->view || self->view->current_bytes <= self->want->ms_bytes + BALLOON_SLACK_BYTES)
        return;
    g_autofree char *has = hv_quantity_format_size(self->view->current_bytes);
    g_autofree char *wanted = hv_quantity_format_size(self->want->ms_bytes);

    g_ptr_array_add(
        self->pending,
        g_strdup_printf("the guest has %s instead of %s: its balloon driver has not acted", has, wanted));
}

static void list_pending(HvGuestLibvirt *self)
{
    g_ptr_array_set_size(self->pending, 0);
    check_balloon(self);
    if (hv_job_queue_pending(self->jobs) > 0)
        g_ptr_array_add(
            self->pending, g_strdup_printf("libvirt has not answered yet: %s the domain", self->what));
    for (unsigned part = 0; part < HV_GUEST_PARTS; part++)
        for (unsigned i = 0; i < self->left[part]->len; i++)
            g_ptr_array_add(self->pending, g_strdup(g_ptr_array_index(self->left[part], i)));
    if (self->unacknowledged)
        g_ptr_array_add(self->pending, g_strdup("the guest has not acknowledged what was added"));
}

static void see_heartbeat(HvGuestLibvirt *self, HvGuestSight *sight)
{
    const HvHeartbeat *beat = hv_libvirt_console_heartbeat(self->console);

    sight->beats = beat->beats;
    sight->beat_age_ns = beat->at_us > 0 ? (HvTime)(g_get_monotonic_time() - beat->at_us) * HV_NS_PER_US : 0;
    sight->longest_gap_ns = beat->longest_gap_ns;
    sight->boot_id = beat->boot_id;
    sight->disks_seen = beat->disks;
    sight->uptime_s = beat->uptime_s;
    sight->mem_bytes = beat->mem_bytes;
    sight->cpus_online = beat->cpus;
    sight->cpus_present = beat->cpus_present;
    sight->css_devices = beat->css;
    sight->nics = beat->nics;
}

static void see_figures(const HvDomainFigures *figures, HvGuestSight *sight)
{
    sight->usable_bytes = figures->usable_bytes;
    sight->n_vcpus = figures->n_vcpus;
    sight->vcpu_ns = figures->vcpu_ns;
    sight->wait_ns = figures->wait_ns;
    sight->disk_reads = figures->disk_reads;
    sight->disk_read_bytes = figures->disk_read_bytes;
    sight->disk_writes = figures->disk_writes;
    sight->disk_written_bytes = figures->disk_written_bytes;
}

HvGuestSight hv_guest_libvirt_sight(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    const HvDomainView *view = self->view;
    HvGuestSight sight = {
        .domain = hv_libvirt_domain_name(self->domain),
        .uuid = self->on ? hv_libvirt_domain_uuid(self->domain) : NULL,
        .run = !self->on         ? "off"
               : self->suspended ? "paused"
                                 : "running",
        .ended = self->on ? NULL : self->ended,
        .adopted = self->origin->adopted,
        .memory_bytes = view ? view->current_bytes : 0,
        .vcpus = view ? view->vcpus : 0,
        .agent = !view || !view->has_agent ? "none"
                 : view->agent_answers     ? "answers"
                                           : "does not answer",
        .devices = self->devices_seen,
        .pending = self->pending,
    };

    list_devices(self);
    list_pending(self);
    see_heartbeat(self, &sight);
    see_figures(&self->figures, &sight);
    return sight;
}

/* What has come since; all of it if the counter has begun anew with a new domain. */
static HvTime since(uint64_t now_ns, uint64_t *taken_ns)
{
    HvTime since_ns = now_ns >= *taken_ns ? now_ns - *taken_ns : now_ns;

    *taken_ns = now_ns;
    return since_ns;
}

void hv_guest_libvirt_take_usage(HvGuest *guest, unsigned lip, HvTime *ret_ran_ns, HvTime *ret_ready_ns)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    unsigned cpu = cpu_of(self, lip);
    bool known = cpu < self->figures.n_vcpus;

    *ret_ran_ns = known ? since(self->figures.vcpu_ns[cpu], &self->taken.vcpu_ns[cpu]) : 0;
    *ret_ready_ns = known ? since(self->figures.wait_ns[cpu], &self->taken.wait_ns[cpu]) : 0;
}
