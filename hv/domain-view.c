/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading a domain's XML.
 *
 * libvirt has no calls for most of what its XML says, so the XML is read, by libxml2, with a path for each thing
 * that is wanted. Sizes are in the unit of the element, KiB where none is given, as libvirt writes them.
 */
#include "hv/domain-view.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <string.h>

/* --- Paths ---------------------------------------------------------------------------------------------- */

/* The text of the first node that the path leads to from `node`; NULL if there is none. Free with g_free(). */
static char *text_at(xmlXPathContextPtr context, xmlNodePtr node, const char *path)
{
    char *text = NULL;

    context->node = node;
    xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)path, context);

    if (found && found->type == XPATH_NODESET && !xmlXPathNodeSetIsEmpty(found->nodesetval)) {
        xmlChar *content = xmlNodeGetContent(found->nodesetval->nodeTab[0]);

        text = g_strdup((const char *)content);
        xmlFree(content);
    }
    xmlXPathFreeObject(found);
    return text;
}

/* The first node itself, as text. */
static char *element_at(xmlXPathContextPtr context, xmlNodePtr node, const char *path)
{
    char *text = NULL;

    context->node = node;
    xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)path, context);

    if (found && found->type == XPATH_NODESET && !xmlXPathNodeSetIsEmpty(found->nodesetval)) {
        xmlBufferPtr buffer = xmlBufferCreate();

        xmlNodeDump(buffer, context->doc, found->nodesetval->nodeTab[0], 0, 0);
        text = g_strdup((const char *)xmlBufferContent(buffer));
        xmlBufferFree(buffer);
    }
    xmlXPathFreeObject(found);
    return text;
}

static bool is_there(xmlXPathContextPtr context, xmlNodePtr node, const char *path)
{
    g_autofree char *text = text_at(context, node, path);

    return text != NULL;
}

static bool text_is(xmlXPathContextPtr context, xmlNodePtr node, const char *path, const char *wanted)
{
    g_autofree char *text = text_at(context, node, path);

    return g_strcmp0(text, wanted) == 0;
}

static uint64_t number_at(xmlXPathContextPtr context, xmlNodePtr node, const char *path)
{
    g_autofree char *text = text_at(context, node, path);

    return text ? g_ascii_strtoull(text, NULL, 0) : 0;
}

static uint64_t bytes_at(xmlXPathContextPtr context, xmlNodePtr node, const char *path)
{
    static const struct {
        const char *unit;
        uint64_t bytes;
    } units[] = {{"KiB", 1024}, {"b", 1}, {"bytes", 1}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}};
    g_autofree char *unit_path = g_strdup_printf("%s/@unit", path);
    g_autofree char *unit = text_at(context, node, unit_path);
    uint64_t number = number_at(context, node, path);

    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++)
        if (!unit || strcmp(units[i].unit, unit) == 0)
            return number * units[i].bytes;
    return 0;
}

/* Calls func for each node of the path. */
static void for_each(
    xmlXPathContextPtr context, const char *path, HvDomainView *view,
    void (*func)(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view))
{
    context->node = xmlDocGetRootElement(context->doc);
    xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)path, context);
    int n = found && found->nodesetval ? found->nodesetval->nodeNr : 0;

    for (int i = 0; i < n; i++)
        func(context, found->nodesetval->nodeTab[i], view);
    xmlXPathFreeObject(found);
}

/* --- Devices -------------------------------------------------------------------------------------------- */

static void device_free(void *data)
{
    HvDomainViewDevice *device = data;

    g_free(device->source);
    g_free(device->target);
    g_free(device->alias);
    g_free(device);
}

static HvDomainViewDevice *add_device(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view)
{
    HvDomainViewDevice *device = g_new0(HvDomainViewDevice, 1);

    device->target = text_at(context, node, "target/@dev");
    device->alias = text_at(context, node, "alias/@name");
    device->has_devno = is_there(context, node, "address[@type='ccw']/@devno");
    device->devno = (uint16_t)number_at(context, node, "address[@type='ccw']/@devno");
    g_ptr_array_add(view->devices, device);
    return device;
}

static void read_disk(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view)
{
    HvDomainViewDevice *device = add_device(context, node, view);

    device->is_disk = true;
    device->source = text_at(context, node, "source/@file");
    if (!device->source)
        device->source = text_at(context, node, "source/@dev");
    device->qcow2 = text_is(context, node, "driver/@type", "qcow2");
}

static void read_nic(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view)
{
    HvDomainViewDevice *device = add_device(context, node, view);
    g_autofree char *type = text_at(context, node, "@type");
    g_autofree char *network = text_at(context, node, "source/@network");
    g_autofree char *bridge = text_at(context, node, "source/@bridge");

    if (network)
        device->source = g_strdup_printf("network:%s", network);
    else if (bridge)
        device->source = g_strdup_printf("bridge:%s", bridge);
    else if (g_strcmp0(type, "user") == 0)
        device->source = g_strdup("user");
}

/* --- Storage and the rest ------------------------------------------------------------------------------- */

static void read_memory_device(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view)
{
    /* An alias is given once; what says otherwise is not of libvirt, and the first one counts. */
    if (!view->has_virtio_mem && text_is(context, node, "alias/@name", HV_DOMAIN_VIRTIO_MEM_ALIAS)) {
        view->has_virtio_mem = true;
        view->virtio_mem_bytes = bytes_at(context, node, "target/size");
        view->virtio_mem_requested_bytes = bytes_at(context, node, "target/requested");
        view->virtio_mem_current_bytes = bytes_at(context, node, "target/current");
        view->virtio_mem_address = element_at(context, node, "address");
    }
    view->dimm_slots_used += text_is(context, node, "@model", "dimm");
}

static void read_storage(xmlXPathContextPtr context, xmlNodePtr root, HvDomainView *view)
{
    view->memory_bytes = bytes_at(context, root, "memory");
    view->current_bytes = bytes_at(context, root, "currentMemory");
    if (view->current_bytes == 0)
        view->current_bytes = view->memory_bytes;
    view->max_bytes = bytes_at(context, root, "maxMemory");
    view->dimm_slots = (unsigned)number_at(context, root, "maxMemory/@slots");
    view->has_balloon = is_there(context, root, "devices/memballoon[@model!='none']");
    for_each(context, "devices/memory", view, read_memory_device);
}

static void read_processors(xmlXPathContextPtr context, xmlNodePtr root, HvDomainView *view)
{
    view->vcpus_max = (unsigned)number_at(context, root, "vcpu");
    view->vcpus = (unsigned)number_at(context, root, "vcpu/@current");
    if (view->vcpus == 0)
        view->vcpus = view->vcpus_max;
}

static void count_port(xmlXPathContextPtr context, xmlNodePtr node, HvDomainView *view)
{
    unsigned bus = (unsigned)number_at(context, node, "@index");
    g_autofree char *plugged = g_strdup_printf("../*/address[@type='pci' and @bus='0x%02x']", bus);

    view->has_ports = true;
    view->free_ports += !is_there(context, node, plugged);
}

static void read_channels(xmlXPathContextPtr context, xmlNodePtr root, HvDomainView *view)
{
    static const char agent[] = "devices/channel/target[@name='org.qemu.guest_agent.0']";

    view->has_agent = is_there(context, root, agent);
    g_autofree char *state_path = g_strdup_printf("%s/@state", agent);

    view->agent_answers = text_is(context, root, state_path, "connected");
    view->console_log = text_at(context, root, "devices/console/log/@file");
    if (!view->console_log)
        view->console_log = text_at(context, root, "devices/serial/log/@file");
}

static HvDomainView *read_domain(xmlXPathContextPtr context, xmlNodePtr root)
{
    HvDomainView *view = g_new0(HvDomainView, 1);
    g_autofree char *arch = text_at(context, root, "os/type/@arch");

    view->devices = g_ptr_array_new_with_free_func(device_free);
    view->name = text_at(context, root, "name");
    view->uuid = text_at(context, root, "uuid");
    view->arch_known = arch && hv_arch_parse(arch, &view->arch);
    view->kvm = text_is(context, root, "@type", "kvm");
    read_storage(context, root, view);
    read_processors(context, root, view);
    read_channels(context, root, view);
    for_each(context, "devices/disk[not(@device) or @device='disk' or @device='lun']", view, read_disk);
    for_each(context, "devices/interface", view, read_nic);
    for_each(context, "devices/controller[@type='pci' and @model='pcie-root-port']", view, count_port);
    return view;
}

HvDomainView *hv_domain_view_parse(const char *xml, GError **error)
{
    xmlDocPtr document = xmlReadMemory(
        xml, (int)strlen(xml), "domain.xml", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = document ? xmlDocGetRootElement(document) : NULL;
    HvDomainView *view = NULL;

    if (root && strcmp((const char *)root->name, "domain") == 0) {
        xmlXPathContextPtr context = xmlXPathNewContext(document);

        view = read_domain(context, root);
        xmlXPathFreeContext(context);
    } else {
        g_set_error_literal(error, HV_ERROR, HV_ERROR_DOMAIN, "What libvirt says of a domain cannot be read");
    }
    xmlFreeDoc(document);
    return view;
}

void hv_domain_view_free(HvDomainView *view)
{
    if (!view)
        return;
    g_free(view->name);
    g_free(view->uuid);
    g_free(view->console_log);
    g_free(view->virtio_mem_address);
    g_ptr_array_unref(view->devices);
    g_free(view);
}

/* --- Questions ------------------------------------------------------------------------------------------ */

const HvDomainViewDevice *
hv_domain_view_find(const HvDomainView *view, const char *alias, const char *disk_source)
{
    for (unsigned i = 0; i < view->devices->len; i++) {
        const HvDomainViewDevice *device = g_ptr_array_index(view->devices, i);

        if (alias && g_strcmp0(device->alias, alias) == 0)
            return device;
        if (disk_source && device->is_disk && g_strcmp0(device->source, disk_source) == 0)
            return device;
    }
    return NULL;
}

HvGrow hv_domain_view_grow(const HvDomainView *view)
{
    if (view->has_virtio_mem)
        return HV_GROW_VIRTIO_MEM;
    return view->max_bytes > view->memory_bytes && view->dimm_slots > 0 ? HV_GROW_DIMM : HV_GROW_BALLOON;
}

uint64_t hv_domain_view_limit_bytes(const HvDomainView *view, HvGrow grow)
{
    switch (grow) {
    case HV_GROW_DIMM:
        return MAX(view->max_bytes, view->memory_bytes);
    case HV_GROW_VIRTIO_MEM:
        return view->memory_bytes;
    default:
        return view->has_balloon ? view->memory_bytes : view->current_bytes;
    }
}
