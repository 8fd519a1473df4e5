/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Changing the few things in a domain's XML that a restore changes.
 *
 * All else stays as libvirt wrote it, since the state of the machine fits only a domain with the same devices at the same addresses. What a
 * running domain says of its files (backing chain, index, alias of the block device) is of that run, and libvirt leaves it out of what it saves.
 */
#include "hv/domain-edit.h"

#include "hv/domain-xml.h"
#include "hv/error.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

/* Calls func for each node of the path; how many there were. */
static int for_each(
    xmlXPathContextPtr context, const char *path, void (*func)(xmlNodePtr node, const void *data),
    const void *data)
{
    xmlXPathObjectPtr found = xmlXPathEval((const xmlChar *)path, context);
    int n = found && found->nodesetval ? found->nodesetval->nodeNr : 0;

    for (int i = 0; i < n; i++)
        func(found->nodesetval->nodeTab[i], data);
    xmlXPathFreeObject(found);
    return n;
}

/* Text that comes from a machine file is escaped. */
static void set_text(xmlNodePtr node, const void *text)
{
    xmlNodeSetContent(node, NULL);
    xmlNodeAddContent(node, (const xmlChar *)text);
}

static void set_file(xmlNodePtr node, const void *file)
{
    xmlSetProp(node, (const xmlChar *)"file", (const xmlChar *)file);
}

/* A block device may become a file and the other way round. */
static void set_source(xmlNodePtr node, const void *file)
{
    bool is_block = g_str_has_prefix(file, "/dev/");

    xmlSetProp(node->parent, (const xmlChar *)"type", (const xmlChar *)(is_block ? "block" : "file"));
    xmlUnsetProp(node, (const xmlChar *)"file");
    xmlUnsetProp(node, (const xmlChar *)"dev");
    xmlSetProp(node, (const xmlChar *)(is_block ? "dev" : "file"), (const xmlChar *)file);
}

static void set_qcow2(xmlNodePtr node, G_GNUC_UNUSED const void *data)
{
    xmlSetProp(node, (const xmlChar *)"type", (const xmlChar *)"qcow2");
}

static bool edit_disks(xmlXPathContextPtr context, const HvDomainEdit *edit, GError **error)
{
    for (unsigned i = 0; i < edit->n_disks; i++) {
        const HvDomainEditDisk *disk = &edit->disks[i];
        g_autofree char *path =
            g_strdup_printf("/domain/devices/disk[target/@dev='%s']/source", disk->target);

        g_autofree char *driver =
            g_strdup_printf("/domain/devices/disk[target/@dev='%s']/driver", disk->target);

        if (disk->as_qcow2)
            for_each(context, driver, set_qcow2, NULL);
        if (for_each(context, path, set_source, disk->file) == 1)
            continue;
        g_set_error(error, HV_ERROR, HV_ERROR_DOMAIN, "The saved domain has no disk %s", disk->target);
        return false;
    }
    return true;
}

static bool apply(xmlXPathContextPtr context, const HvDomainEdit *edit, GError **error)
{
    if (edit->name)
        for_each(context, "/domain/name", set_text, edit->name);
    if (edit->uuid) {
        for_each(context, "/domain/uuid", set_text, edit->uuid);
        for_each(context, "/domain/sysinfo/system/entry[@name='uuid']", set_text, edit->uuid);
    }
    if (edit->owner) {
        xmlXPathRegisterNs(context, (const xmlChar *)"l", (const xmlChar *)HV_DOMAIN_OWNER_NAMESPACE);
        for_each(context, "/domain/metadata/l:owner", set_text, edit->owner);
    }
    if (edit->console_log)
        for_each(
            context, "/domain/devices/*[self::console or self::serial]/log", set_file, edit->console_log);
    return edit_disks(context, edit, error);
}

static char *print(xmlDocPtr document)
{
    xmlBufferPtr buffer = xmlBufferCreate();

    xmlNodeDump(buffer, document, xmlDocGetRootElement(document), 0, 0);
    char *text = g_strconcat((const char *)xmlBufferContent(buffer), "\n", NULL);

    xmlBufferFree(buffer);
    return text;
}

char *hv_domain_edit(const char *xml, const HvDomainEdit *edit, GError **error)
{
    xmlDocPtr document = xmlReadMemory(
        xml, (int)strlen(xml), "domain", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    xmlNodePtr root = document ? xmlDocGetRootElement(document) : NULL;
    char *text = NULL;

    if (!root || strcmp((const char *)root->name, "domain") != 0) {
        g_set_error_literal(error, HV_ERROR, HV_ERROR_DOMAIN, "What was saved of the domain is not its XML");
    } else {
        xmlXPathContextPtr context = xmlXPathNewContext(document);

        if (apply(context, edit, error))
            text = print(document);
        xmlXPathFreeContext(context);
    }
    xmlFreeDoc(document);
    return text;
}
