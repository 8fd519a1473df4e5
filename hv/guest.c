/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The guest contract: the list of kinds, and wrappers that hold both sides to it.
 *
 * A kind is found by the name it has in machine files. The wrappers assert what the contract says about
 * arguments, so a kind need not, and nobody calls the table directly.
 */
#include "hv/guest.h"

#include "hv/error.h"
#include "hv/guest-libvirt.h"
#include "hv/guest-model.h"

/* "trace": a model guest whose demand is that of a file. */
static const struct {
    const char *name;
    const HvGuestOps *ops;
} guest_kinds[] = {
    {"model", &hv_guest_model_ops}, {"trace", &hv_guest_model_ops}, {"libvirt", &hv_guest_libvirt_ops}};

const HvGuestOps *hv_guest_kind(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(guest_kinds); i++)
        if (g_ascii_strcasecmp(guest_kinds[i].name, name) == 0)
            return guest_kinds[i].ops;
    return NULL;
}

const char *hv_guest_kind_names(void)
{
    return "model, trace, libvirt";
}

HvGuest *hv_guest_create(const HvGuestOps *kind, const HvGuestConfig *config, const HvWorkload *workload)
{
    g_assert(kind && config->engine && config->trace && config->ms && config->es && config->host_ops);
    HvGuest *guest = kind->create(config, workload);

    g_assert(guest->ops == kind);
    return guest;
}

void hv_guest_destroy(HvGuest *guest)
{
    if (guest)
        guest->ops->destroy(guest);
}

void hv_guest_boot(HvGuest *guest, const HvGuestBoot *boot)
{
    g_assert(boot->n_lips_online > 0);
    guest->ops->boot(guest, boot);
}

void hv_guest_halt(HvGuest *guest)
{
    guest->ops->halt(guest);
}

void hv_guest_resume(HvGuest *guest)
{
    guest->ops->resume(guest);
}

void hv_guest_hold(HvGuest *guest)
{
    guest->ops->hold(guest);
}

void hv_guest_release(HvGuest *guest)
{
    guest->ops->release(guest);
}

void hv_guest_catch_up(HvGuest *guest)
{
    guest->ops->catch_up(guest);
}

HvTime hv_guest_lip_burst(HvGuest *guest, unsigned lip)
{
    g_assert(lip >= 1 && lip <= HV_MAX_LIPS);
    return guest->ops->lip_burst(guest, lip);
}

void hv_guest_lip_ran(HvGuest *guest, unsigned lip, HvTime ran_ns)
{
    g_assert(lip >= 1 && lip <= HV_MAX_LIPS);
    guest->ops->lip_ran(guest, lip, ran_ns);
}

void hv_guest_resources_changed(HvGuest *guest, const unsigned *lips, unsigned n_lips)
{
    guest->ops->resources_changed(guest, lips, n_lips);
}

bool hv_guest_config_storage(HvGuest *guest, bool online, uint64_t *ret_changed_bytes, GError **error)
{
    return guest->ops->config_storage(guest, online, ret_changed_bytes, error);
}

bool hv_guest_set_storage(HvGuest *guest, const uint64_t online_bytes[2], GError **error)
{
    if (guest->ops->set_storage)
        return guest->ops->set_storage(guest, online_bytes, error);
    g_set_error_literal(
        error, HV_ERROR, HV_ERROR_GUEST,
        "A guest of this kind gives no storage back while it runs\nDEACTIVATE its LPAR instead");
    return false;
}

bool hv_guest_config_cpu(HvGuest *guest, unsigned lip, bool online, GError **error)
{
    return guest->ops->config_cpu(guest, lip, online, error);
}

HvGuestStatus hv_guest_status(const HvGuest *guest)
{
    return guest->ops->status(guest);
}

bool hv_guest_verify(HvGuest *guest, GError **error)
{
    return guest->ops->verify(guest, error);
}

char *hv_guest_digest(HvGuest *guest)
{
    return guest->ops->digest(guest);
}

bool hv_guest_lip_is_online(const HvGuest *guest, unsigned lip)
{
    return guest->ops->lip_is_online(guest, lip);
}

/* --- Real guests ---------------------------------------------------------------------------------------- */

unsigned hv_guest_n_classes(const HvGuest *guest)
{
    return guest->ops->n_classes ? guest->ops->n_classes(guest) : 0;
}

HvClassStats hv_guest_class_stats(HvGuest *guest, unsigned nth)
{
    g_assert(nth < hv_guest_n_classes(guest));
    return guest->ops->class_stats(guest, nth);
}

const char *hv_guest_problem(const HvGuest *guest)
{
    return guest->ops->problem ? guest->ops->problem(guest) : NULL;
}

bool hv_guest_can_be_written(const HvGuest *guest)
{
    return guest->ops->codec != NULL;
}

void hv_guest_codec(HvGuest *guest, HvCodec *codec)
{
    g_assert(hv_guest_can_be_written(guest));
    guest->ops->codec(guest, codec);
}

bool hv_guest_is_real(const HvGuest *guest)
{
    return guest->ops->real;
}

void hv_guest_assign(HvGuest *guest, const HvGuestResources *resources, HvAssignParts parts)
{
    if (guest->ops->real)
        guest->ops->assign(guest, resources, parts);
}

void hv_guest_probe(HvGuest *guest, const HvGuestResources *resources)
{
    if (guest->ops->real)
        guest->ops->probe(guest, resources);
}

void hv_guest_shutdown(HvGuest *guest, HvTime limit_ns)
{
    if (guest->ops->real)
        guest->ops->shutdown(guest, limit_ns);
}

void hv_guest_power_off(HvGuest *guest)
{
    if (guest->ops->real)
        guest->ops->power_off(guest);
}

void hv_guest_let_go(HvGuest *guest, HvTime limit_ns, bool keep)
{
    if (guest->ops->real)
        guest->ops->let_go(guest, limit_ns, keep);
}

void hv_guest_save(HvGuest *guest, const HvSaveOrder *order)
{
    if (guest->ops->real)
        guest->ops->save(guest, order);
}

HvGuestSaved *hv_guest_take_saved(HvGuest *guest)
{
    return guest->ops->real ? guest->ops->take_saved(guest) : NULL;
}

bool hv_guest_tell(HvGuest *guest, const char *command, GError **error)
{
    if (guest->ops->real)
        return guest->ops->tell(guest, command, error);
    g_set_error_literal(
        error, HV_ERROR, HV_ERROR_GUEST,
        "A simulated guest has no console\nGUEST lpar,CF is what it understands");
    return false;
}

void hv_guest_look(HvGuest *guest)
{
    if (guest->ops->real)
        guest->ops->look(guest);
}

void hv_guest_settle(HvGuest *guest, HvTime patience_ns, HvGuestSettled func, void *data)
{
    if (guest->ops->real)
        guest->ops->settle(guest, patience_ns, func, data);
    else
        func("", NULL, data);
}

HvGuestSight hv_guest_sight(HvGuest *guest)
{
    g_assert(guest->ops->real);
    return guest->ops->sight(guest);
}

void hv_guest_take_usage(HvGuest *guest, unsigned lip, HvTime *ret_ran_ns, HvTime *ret_ready_ns)
{
    g_assert(guest->ops->real);
    guest->ops->take_usage(guest, lip, ret_ran_ns, ret_ready_ns);
}
