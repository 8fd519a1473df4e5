/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The header of libvirt's save files, version 2, as libvirt 0.9 to 9 write it, in the byte order of the host:
 *
 *      0  16 bytes  "LibvirtQemudSave"; "LibvirtQemudPart" while it is written
 *     16   5 words  version, length of the data, was running, compression, offset of the cookie in the data (0: none)
 *     36  14 words  0
 *     92  data      XML, NUL, cookie, NUL, zeros up to the length: room for a longer XML
 *         then      the state of the machine, as QEMU writes it when it migrates
 *
 * libvirt restores a domain only under its own name and UUID, so that a clone would need its original gone. The state of the machine does
 * not contain either, so it is enough to write another XML into the data.
 */
#include "hv/save-image.h"

#include "hv/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_MAGIC      "LibvirtQemudSave"
#define IMAGE_PARTIAL    "LibvirtQemudPart"
#define IMAGE_MAGIC_SIZE 16
#define IMAGE_VERSION    2
/* What no domain's XML comes near; a length beyond it is damage. */
#define IMAGE_DATA_MAX (16 << 20)

typedef struct {
    char magic[IMAGE_MAGIC_SIZE];
    uint32_t version, data_length, was_running, compressed, cookie_offset;
    uint32_t unused[14];
} ImageHeader;

G_STATIC_ASSERT(sizeof(ImageHeader) == 92);

static bool refuse(GError **error, const char *path, const char *why)
{
    g_set_error(
        error, HV_ERROR, HV_ERROR_IMAGE, "%s is no saved domain: %s\nRestore another copy", path, why);
    return false;
}

static bool is_sound(const ImageHeader *header, const char *path, GError **error)
{
    if (memcmp(header->magic, IMAGE_PARTIAL, IMAGE_MAGIC_SIZE) == 0)
        return refuse(error, path, "its save has not ended");
    if (memcmp(header->magic, IMAGE_MAGIC, IMAGE_MAGIC_SIZE) != 0)
        return refuse(error, path, "it does not begin as libvirt's do");
    if (header->version != IMAGE_VERSION)
        return refuse(error, path, "its version is not 2");
    if (header->data_length == 0 || header->data_length > IMAGE_DATA_MAX ||
        header->cookie_offset >= header->data_length)
        return refuse(error, path, "its lengths are damaged");
    return true;
}

/* The data, with a NUL behind them; NULL with *error. */
static char *read_data(int file, const char *path, ImageHeader *header, GError **error)
{
    if (pread(file, header, sizeof(*header), 0) != (ssize_t)sizeof(*header)) {
        refuse(error, path, "it is too short");
        return NULL;
    }
    if (!is_sound(header, path, error))
        return NULL;
    g_autofree char *data = g_malloc0(header->data_length + 1);

    if (pread(file, data, header->data_length, sizeof(*header)) != (ssize_t)header->data_length) {
        refuse(error, path, "it is too short");
        return NULL;
    }
    return g_steal_pointer(&data);
}

static int open_image(const char *path, int flags, GError **error)
{
    int file = open(path, flags | O_CLOEXEC);

    if (file < 0)
        g_set_error(
            error, HV_ERROR, HV_ERROR_FILE,
            "%s cannot be opened: %s\nSee who may use the file and its folder", path, g_strerror(errno));
    return file;
}

char *hv_save_image_xml(const char *path, GError **error)
{
    ImageHeader header;
    int file = open_image(path, O_RDONLY, error);

    if (file < 0)
        return NULL;
    g_autofree char *data = read_data(file, path, &header, error);

    close(file);
    return data ? g_strdup(data) : NULL;
}

/* XML and cookie in the room that the data have; NULL if it is too small. */
static char *arrange(ImageHeader *header, const char *data, const char *xml)
{
    const char *cookie = header->cookie_offset > 0 ? data + header->cookie_offset : NULL;
    size_t xml_size = strlen(xml) + 1, cookie_size = cookie ? strlen(cookie) + 1 : 0;

    if (xml_size + cookie_size > header->data_length)
        return NULL;
    char *fresh = g_malloc0(header->data_length);

    memcpy(fresh, xml, xml_size);
    if (cookie)
        memcpy(fresh + xml_size, cookie, cookie_size);
    header->cookie_offset = cookie ? (uint32_t)xml_size : 0;
    return fresh;
}

static bool write_all(int file, const ImageHeader *header, const char *data)
{
    return pwrite(file, data, header->data_length, sizeof(*header)) == (ssize_t)header->data_length &&
           pwrite(file, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) && fsync(file) == 0;
}

bool hv_save_image_set_xml(const char *path, const char *xml, GError **error)
{
    ImageHeader header;
    int file = open_image(path, O_RDWR, error);

    if (file < 0)
        return false;
    g_autofree char *data = read_data(file, path, &header, error);
    g_autofree char *fresh = data ? arrange(&header, data, xml) : NULL;
    bool ok = fresh && write_all(file, &header, fresh);

    if (data && !fresh)
        refuse(error, path, "the description of the domain has no room in it");
    else if (fresh && !ok)
        g_set_error(
            error, HV_ERROR, HV_ERROR_FILE, "%s cannot be written: %s\nFree some space", path,
            g_strerror(errno));
    close(file);
    return ok;
}
