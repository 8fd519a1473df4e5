/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The description in libvirt's save files, read and replaced; and what a restore changes in it.
 *
 * The files are made here byte by byte as libvirt 9.0 was seen to make them; that libvirt restores what was changed is proved by tests/libvirt.
 */
#include "hv/save-image.h"

#include "hv/domain-edit.h"
#include "hv/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM 512

static const char xml[] =
    "<domain type='qemu'><name>m-A</name><uuid>59353e9e-5631-4715-937f-a8ed7f369c4a</uuid>"
    "<metadata><owner xmlns='urn:lparsim'>12@host</owner></metadata>"
    "<devices><disk type='file' device='disk'><source file='/a.img'/><target dev='vda'/></disk>"
    "<disk type='block' device='disk'><source dev='/dev/sdb'/><target dev='vdb'/></disk>"
    "<serial type='pty'><log file='/log' append='off'/></serial>"
    "<console type='pty'><log file='/log' append='off'/></console></devices></domain>";
static const char cookie[] = "<cookie>cpu</cookie>";
static const char state[] = "QEVM and the rest of the machine's state";

static char *image;

typedef struct {
    const char *magic;
    uint32_t version, data_length, cookie_offset;
} Head;

static void put_word(GByteArray *bytes, uint32_t word)
{
    g_byte_array_append(bytes, (const guint8 *)&word, sizeof(word));
}

static void write_image(Head head, gsize length)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 data[ROOM + sizeof(xml)] = {0};

    g_byte_array_append(bytes, (const guint8 *)head.magic, 16);
    put_word(bytes, head.version);
    put_word(bytes, head.data_length);
    put_word(bytes, 1);
    put_word(bytes, 0);
    put_word(bytes, head.cookie_offset);
    for (unsigned i = 0; i < 14; i++)
        put_word(bytes, 0);
    memcpy(data, xml, sizeof(xml));
    memcpy(data + sizeof(xml), cookie, sizeof(cookie));
    g_byte_array_append(bytes, data, sizeof(data));
    g_byte_array_append(bytes, (const guint8 *)state, sizeof(state));
    ck_assert(g_file_set_contents(image, (const char *)bytes->data, (gssize)MIN(bytes->len, length), NULL));
}

static const Head good = {"LibvirtQemudSave", 2, ROOM + sizeof(xml), sizeof(xml)};

static void setup(void)
{
    image = g_build_filename(g_get_tmp_dir(), "lparsim-image-XXXXXX", NULL);
    g_close(g_mkstemp(image), NULL);
    write_image(good, G_MAXSIZE);
}

static void teardown(void)
{
    g_unlink(image);
    g_clear_pointer(&image, g_free);
}

START_TEST(the_description_is_replaced_and_nothing_else)
{
    static const char other[] = "<domain><name>a longer name than before</name></domain>";
    g_autofree char *before = hv_save_image_xml(image, NULL);
    g_autofree char *bytes = NULL;
    gsize length;

    ck_assert_str_eq(before, xml);
    ck_assert(hv_save_image_set_xml(image, other, NULL));
    g_autofree char *after = hv_save_image_xml(image, NULL);

    ck_assert_str_eq(after, other);
    ck_assert(g_file_get_contents(image, &bytes, &length, NULL));
    uint32_t offset;

    memcpy(&offset, bytes + 32, sizeof(offset));
    ck_assert_str_eq(bytes + 92 + offset, cookie);
    ck_assert_str_eq(bytes + 92 + ROOM + sizeof(xml), state);
    ck_assert_uint_eq(length, 92 + ROOM + sizeof(xml) + sizeof(state));
}
END_TEST

START_TEST(a_description_without_room_is_refused)
{
    g_autofree char *longer = g_strnfill(sizeof(xml) + ROOM - sizeof(cookie) - 1, 'x');
    g_autofree char *too_long = g_strconcat(longer, "x", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(!hv_save_image_set_xml(image, too_long, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    g_autofree char *before = hv_save_image_xml(image, NULL);

    ck_assert_str_eq(before, xml);
    ck_assert(hv_save_image_set_xml(image, longer, NULL));
}
END_TEST

static const struct {
    Head head;
    gsize length;
} damaged[] = {
    {{"LibvirtQemudPart", 2, ROOM + sizeof(xml), sizeof(xml)}, G_MAXSIZE},
    {{"SomethingElse...", 2, ROOM + sizeof(xml), sizeof(xml)}, G_MAXSIZE},
    {{"LibvirtQemudSave", 3, ROOM + sizeof(xml), sizeof(xml)}, G_MAXSIZE},
    {{"LibvirtQemudSave", 2, 0, 0}, G_MAXSIZE},
    {{"LibvirtQemudSave", 2, UINT32_MAX, sizeof(xml)}, G_MAXSIZE},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), ROOM + sizeof(xml)}, G_MAXSIZE},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), UINT32_MAX}, G_MAXSIZE},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), sizeof(xml)}, 0},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), sizeof(xml)}, 91},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), sizeof(xml)}, 92},
    {{"LibvirtQemudSave", 2, ROOM + sizeof(xml), sizeof(xml)}, 92 + ROOM},
};

START_TEST(damage_is_found)
{
    g_autoptr(GError) error = NULL;

    write_image(damaged[_i].head, damaged[_i].length);
    ck_assert_ptr_null(hv_save_image_xml(image, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_IMAGE));
    ck_assert_ptr_nonnull(strstr(error->message, image));
    ck_assert(!hv_save_image_set_xml(image, xml, NULL));
}
END_TEST

START_TEST(no_file_is_an_error_of_the_file)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(hv_save_image_xml("/no/such/file", &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_FILE));
    ck_assert(!hv_save_image_set_xml("/no/such/file", xml, NULL));
}
END_TEST

/* --- What a restore changes ----------------------------------------------------------------------------- */

START_TEST(a_clone_is_described)
{
    const HvDomainEditDisk disks[] = {
        {.target = "vda", .file = "/dev/sdc"}, {.target = "vdb", .file = "/b & <c>.img"}};
    const HvDomainEdit edit = {
        .name = "m-C<&",
        .uuid = "new",
        .owner = "13@host",
        .console_log = "/other",
        .disks = disks,
        .n_disks = 2};
    g_autofree char *text = hv_domain_edit(xml, &edit, NULL);

    ck_assert_ptr_nonnull(strstr(text, "<name>m-C&lt;&amp;</name>"));
    ck_assert_ptr_nonnull(strstr(text, "<uuid>new</uuid>"));
    ck_assert_ptr_nonnull(strstr(text, ">13@host</owner>"));
    ck_assert_ptr_nonnull(
        strstr(text, "type=\"block\" device=\"disk\"><source dev=\"/dev/sdc\"/><target dev=\"vda\""));
    ck_assert_ptr_nonnull(
        strstr(text, "type=\"file\" device=\"disk\"><source file=\"/b &amp; &lt;c&gt;.img\"/>"));
    ck_assert_ptr_null(strstr(text, "\"/log\""));
    ck_assert_ptr_null(strstr(text, "a.img"));
}
END_TEST

START_TEST(what_is_not_given_stays)
{
    const HvDomainEdit nothing = {0};
    g_autofree char *text = hv_domain_edit(xml, &nothing, NULL);
    g_autofree char *again = hv_domain_edit(text, &nothing, NULL);

    ck_assert_str_eq(text, again);
    ck_assert_ptr_nonnull(strstr(text, "<name>m-A</name>"));
    ck_assert_ptr_nonnull(strstr(text, "12@host"));
    ck_assert_ptr_nonnull(strstr(text, "/a.img"));
}
END_TEST

START_TEST(what_is_no_domain_or_lacks_a_disk_is_refused)
{
    const HvDomainEditDisk disks[] = {{.target = "vdz", .file = "/x"}};
    const HvDomainEdit edit = {.disks = disks, .n_disks = 1}, nothing = {0};
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(hv_domain_edit(xml, &edit, &error));
    ck_assert(g_error_matches(error, HV_ERROR, HV_ERROR_DOMAIN));
    ck_assert_ptr_nonnull(strstr(error->message, "vdz"));
    ck_assert_ptr_null(hv_domain_edit("", &nothing, NULL));
    ck_assert_ptr_null(hv_domain_edit("<domain>", &nothing, NULL));
    ck_assert_ptr_null(hv_domain_edit("<network/>", &nothing, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("save-image");
    TCase *tcase = tcase_create("image");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, the_description_is_replaced_and_nothing_else);
    tcase_add_test(tcase, a_description_without_room_is_refused);
    tcase_add_loop_test(tcase, damage_is_found, 0, G_N_ELEMENTS(damaged));
    tcase_add_test(tcase, no_file_is_an_error_of_the_file);
    tcase_add_test(tcase, a_clone_is_described);
    tcase_add_test(tcase, what_is_not_given_stays);
    tcase_add_test(tcase, what_is_no_domain_or_lacks_a_disk_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
