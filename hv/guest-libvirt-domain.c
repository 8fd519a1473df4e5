/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is done to the domain of a real guest, and what becomes of it.
 *
 * Each operation makes a job; the function at the job's end enters the result. A domain that we end ourselves, or have
 * asked to shut down, is expected to go off; any other end is told to LPAR control, once.
 */
#include "hv/domain-xml.h"
#include "hv/error.h"
#include "hv/guest-libvirt-private.h"

#include <string.h>

static HvTime guest_now(const HvGuestLibvirt *self)
{
    return hv_engine_now(self->config.engine);
}

/* --- Boot ----------------------------------------------------------------------------------------------- */

static void set_want(HvGuestLibvirt *self, const HvGuestResources *resources)
{
    hv_guest_want_free(self->want);
    self->want = hv_guest_want_new(resources, self->real.machine, hv_libvirt_host_cpus(self->real.host));
    g_array_set_size(self->lips, 0);
    for (unsigned i = 0; i < resources->n_cpus; i++)
        g_array_append_val(self->lips, resources->cpus[i].lip);
}

static char *own_xml(const HvGuestLibvirt *self, bool kvm)
{
    const HvGuestWant *want = self->want;
    const HvDomainShape shape = {
        .name = hv_libvirt_domain_name(self->domain),
        .def = self->real.domain,
        .directory = self->origin->directory,
        .owner = self->origin->owner,
        .kvm = kvm,
        .ms_bytes = want->ms_bytes,
        .ms_max_bytes = want->ms_max_bytes,
        .vcpus = want->n_cpus,
        .vcpus_max = want->max_cpus,
        .devices = want->devices,
    };

    return hv_domain_xml(&shape);
}

static void write_xml(HvGuestLibvirt *self)
{
    HvGuestOrigin *origin = self->origin;
    HvVirt virt = self->real.domain->virt;

    if (origin->adopted)
        return;
    g_clear_pointer(&origin->xml_kvm, g_free);
    g_clear_pointer(&origin->xml_qemu, g_free);
    if (virt != HV_VIRT_QEMU)
        origin->xml_kvm = own_xml(self, /* kvm= */ true);
    if (virt != HV_VIRT_KVM)
        origin->xml_qemu = own_xml(self, /* kvm= */ false);
}

/* The first adoption says how it is to be left. */
static void learn_adopted(HvGuestLibvirt *self, HvGuestJob *job)
{
    if (!self->origin->adopted || self->boots > 0)
        return;
    self->found = job->found;
    for (unsigned i = 0; i < job->want->devices->len; i++) {
        const HvDeviceDef *device = g_ptr_array_index(job->want->devices, i);

        g_array_append_val(self->origin->found, device->number);
    }
    self->tuning = g_steal_pointer(&job->tuning);
}

static void clear_left(HvGuestLibvirt *self)
{
    for (unsigned part = 0; part < HV_GUEST_PARTS; part++)
        g_ptr_array_set_size(self->left[part], 0);
    g_array_set_size(self->new_lips, 0);
    self->unacknowledged = false;
}

void hv_guest_libvirt_boot_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    self->off_expected = false;
    if (error) {
        hv_guest_libvirt_went_off(self);
        hv_guest_libvirt_finish(self, job->did->str, error);
        return;
    }
    learn_adopted(self, job);
    if (job->origin->saved_xml && !self->origin->saved_xml)
        self->origin->saved_xml = g_strdup(job->origin->saved_xml);
    self->boots++;
    g_clear_pointer(&self->ended, g_free);
    self->on = true;
    self->suspended = false;
    self->notified = 0;
    self->loaded_ns = guest_now(self);
    clear_left(self);
    hv_heartbeat_clear(hv_libvirt_console_heartbeat(self->console));
    hv_guest_libvirt_learn(self, job);
    hv_guest_libvirt_watch(self);
    /* It may have ended again before we listened. */
    hv_guest_libvirt_look(&self->base);
    hv_guest_libvirt_finish(self, job->did->str, NULL);
}

static const HvJobOps boot_ops = {hv_guest_work_boot, hv_guest_libvirt_boot_done, hv_guest_job_free};

void hv_guest_libvirt_boot(HvGuest *guest, const HvGuestBoot *boot)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);

    set_want(self, boot->resources);
    write_xml(self);
    memset(self->lips_online, 0, sizeof(self->lips_online));
    for (unsigned i = 0; i < boot->n_lips_online; i++)
        self->lips_online[boot->lips_online[i]] = true;
    HvGuestJob *job = hv_guest_libvirt_job(
        self, boot->saved     ? "restoring"
              : boot->take_up ? "taking up"
                              : "starting");

    job->want = hv_guest_want_copy(self->want);
    job->again = self->boots > 0;
    job->limit_ns = boot->saved ? HV_GUEST_SAVE_LIMIT_NS : 0;
    job->saved = boot->saved ? hv_guest_saved_copy(boot->saved) : NULL;
    self->off_expected = true;
    hv_guest_libvirt_push(
        self,
        boot->saved     ? &hv_guest_libvirt_restore_ops
        : boot->take_up ? &hv_guest_libvirt_take_up_ops
                        : &boot_ops,
        job);
}

/* --- Stop and go ---------------------------------------------------------------------------------------- */

static void halt_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    if (!error && job->off)
        hv_guest_libvirt_went_off(self);
    self->suspended = !error && !job->off;
    hv_heartbeat_pause(hv_libvirt_console_heartbeat(self->console));
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps halt_ops = {hv_guest_work_suspend, halt_done, hv_guest_job_free};

void hv_guest_libvirt_halt(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);

    hv_guest_libvirt_push(self, &halt_ops, hv_guest_libvirt_job(self, "suspending"));
}

static void resume_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    hv_heartbeat_pause(hv_libvirt_console_heartbeat(self->console));
    if (!error && job->again) {
        hv_guest_libvirt_boot_done(data, NULL);
        return;
    }
    self->off_expected = false;
    self->suspended = self->suspended && error;
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps resume_ops = {hv_guest_work_resume, resume_done, hv_guest_job_free};

void hv_guest_libvirt_resume(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "resuming");

    job->want = hv_guest_want_copy(self->want);
    hv_guest_libvirt_push(self, &resume_ops, job);
}

static void off_done(void *data, const GError *error)
{
    HvGuestJob *job = data;

    if (!error && job->off)
        hv_guest_libvirt_went_off(job->guest);
    hv_guest_libvirt_finish(job->guest, job->did->str, error);
}

static const HvJobOps shutdown_ops = {hv_guest_work_shutdown, off_done, hv_guest_job_free};
static const HvJobOps power_off_ops = {hv_guest_work_power_off, off_done, hv_guest_job_free};
static const HvJobOps let_go_ops = {hv_guest_work_let_go, off_done, hv_guest_job_free};

void hv_guest_libvirt_shutdown(HvGuest *guest, HvTime limit_ns)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "shutting down");

    job->limit_ns = limit_ns;
    self->off_expected = true;
    hv_guest_libvirt_push(self, &shutdown_ops, job);
}

void hv_guest_libvirt_power_off(HvGuest *guest)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);

    self->off_expected = true;
    hv_guest_libvirt_push(self, &power_off_ops, hv_guest_libvirt_job(self, "ending"));
}

void hv_guest_libvirt_let_go(HvGuest *guest, HvTime limit_ns, bool keep)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "letting go of");

    job->limit_ns = limit_ns;
    job->keep = keep;
    job->as_found = self->found;
    job->tuning = g_steal_pointer(&self->tuning);
    self->off_expected = true;
    hv_guest_libvirt_push(self, &let_go_ops, job);
}

/* --- Resources ------------------------------------------------------------------------------------------ */

static void assign_done(void *data, const GError *error)
{
    HvGuestJob *job = data;
    HvGuestLibvirt *self = job->guest;

    for (unsigned part = 0; part < HV_GUEST_PARTS; part++) {
        if (!(job->parts & (1U << part)))
            continue;
        g_ptr_array_set_size(self->left[part], 0);
    }
    /* All parts together are one list: it stands under the first of them. */
    unsigned first = 0;

    while (!(job->parts & (1U << first)))
        first++;
    for (unsigned i = 0; i < job->left->len; i++)
        g_ptr_array_add(self->left[first], g_strdup(g_ptr_array_index(job->left, i)));
    if (error && job->left->len == 0 && error->code != HV_ERROR_GONE)
        g_ptr_array_add(self->left[first], g_strdup(error->message));
    hv_guest_libvirt_learn(self, job);
    hv_guest_libvirt_finish(self, job->did->str, error);
}

static const HvJobOps assign_ops = {hv_guest_work_assign, assign_done, hv_guest_job_free};

static bool has_lip(const GArray *lips, unsigned lip)
{
    for (unsigned i = 0; i < lips->len; i++)
        if (g_array_index(lips, unsigned, i) == lip)
            return true;
    return false;
}

void hv_guest_libvirt_assign(HvGuest *guest, const HvGuestResources *resources, HvAssignParts parts)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "adding resources to");

    set_want(self, resources);
    for (unsigned i = 0; (parts & HV_ASSIGN_PROCESSORS) && i < resources->n_cpus; i++) {
        unsigned lip = resources->cpus[i].lip;

        if (!self->lips_online[lip] && !has_lip(self->new_lips, lip))
            g_array_append_val(self->new_lips, lip);
    }
    job->want = hv_guest_want_copy(self->want);
    job->parts = parts;
    hv_guest_libvirt_push(self, &assign_ops, job);
}

static void plain_done(void *data, const GError *error)
{
    HvGuestJob *job = data;

    hv_guest_libvirt_finish(job->guest, job->did->str, error);
}

static const HvJobOps probe_ops = {hv_guest_work_probe, plain_done, hv_guest_job_free};

void hv_guest_libvirt_probe(HvGuest *guest, const HvGuestResources *resources)
{
    HvGuestLibvirt *self = hv_guest_libvirt(guest);
    HvGuestJob *job = hv_guest_libvirt_job(self, "looking at");

    if (resources)
        job->want = hv_guest_want_new(resources, self->real.machine, hv_libvirt_host_cpus(self->real.host));
    hv_guest_libvirt_push(self, &probe_ops, job);
}
