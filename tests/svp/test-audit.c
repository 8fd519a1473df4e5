/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The audit: whatever is changed, removed or added behind the program's back is seen, each single bit of an entry among it. The chain
 * is computed once more here, with GLib's checksums.
 */
#include "svp/error.h"
#include "svp/operations/audit.h"
#include "tests/svp/console-room.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define PATENT  "examples/patent.ini"
#define ENTRIES 9u

static SvpStore *store_with_entries(void)
{
    SvpStore *store = svp_store_open(NULL, NULL);

    for (unsigned i = 1; i <= ENTRIES; i++) {
        json_t *entry = json_pack(
            "{s:I, s:s, s:o, s:b}", "at_ns", (json_int_t)i * 1000000000, "by", "operator", "command",
            json_sprintf("INTEG LPAR%u,LPAR1 \"quoted\\%u\"", i, i), "ok", (int)(i % 2));

        ck_assert(svp_audit_append(store, entry, NULL));
        json_decref(entry);
    }
    return store;
}

static char *key_of(unsigned number)
{
    return g_strdup_printf("%012u", number);
}

static bool is_whole(SvpStore *store, const char *noted)
{
    SvpAuditState state;
    g_autoptr(GError) error = NULL;
    bool whole = svp_audit_check(store, noted, &state, &error);

    ck_assert(whole == !error);
    ck_assert(whole || g_error_matches(error, SVP_ERROR, SVP_ERROR_AUDIT));
    return whole;
}

/* A record that somebody has written instead. False: the text is no record at all. */
static bool forge(SvpStore *store, const char *collection, const char *key, const char *text)
{
    json_t *record = json_loads(text, 0, NULL);
    bool usable = json_is_object(record);

    if (usable)
        ck_assert(svp_store_put(store, collection, key, record, NULL));
    json_decref(record);
    return usable;
}

static unsigned flip_all(SvpStore *store, const char *collection, const char *key)
{
    json_t *record = svp_store_get(store, collection, key);
    char *text = json_dumps(record, JSON_COMPACT);
    unsigned n_usable = 0;

    for (size_t bit = 0; bit < 8 * strlen(text); bit++) {
        g_autofree char *flipped = g_strdup(text);

        flipped[bit / 8] = (char)(flipped[bit / 8] ^ (1 << bit % 8));
        if (!forge(store, collection, key, flipped))
            continue;
        n_usable++;
        ck_assert_msg(!is_whole(store, NULL), "not seen: %s", flipped);
    }
    ck_assert(svp_store_put(store, collection, key, record, NULL));
    ck_assert(is_whole(store, NULL));
    free(text);
    json_decref(record);
    return n_usable;
}

START_TEST(every_flipped_bit_is_seen)
{
    g_autoptr(SvpStore) store = store_with_entries();
    unsigned n_usable = 0;

    ck_assert(is_whole(store, NULL));
    for (unsigned i = 1; i <= ENTRIES; i++) {
        g_autofree char *key = key_of(i);

        n_usable += flip_all(store, SVP_AUDIT_COLLECTION, key);
    }
    n_usable += flip_all(store, SVP_AUDIT_HEAD_COLLECTION, "head");
    ck_assert_uint_gt(n_usable, 1000); /* the others the database does not take for JSON */
}
END_TEST

START_TEST(the_chain_is_what_the_header_says)
{
    g_autoptr(SvpStore) store = store_with_entries();
    g_autofree char *previous = g_strnfill(64, '0');

    for (unsigned i = 1; i <= ENTRIES; i++) {
        g_autofree char *key = key_of(i);
        json_t *record = svp_store_get(store, SVP_AUDIT_COLLECTION, key);
        char *text = json_dumps(json_object_get(record, "entry"), JSON_COMPACT | JSON_SORT_KEYS);
        g_autofree char *chained = g_strconcat(previous, "\n", text, NULL);

        g_free(previous);
        previous = g_compute_checksum_for_string(G_CHECKSUM_SHA256, chained, -1);
        ck_assert_str_eq(previous, json_string_value(json_object_get(record, "hash")));
        free(text);
        json_decref(record);
    }
}
END_TEST

START_TEST(entries_cannot_go_missing)
{
    for (unsigned i = 1; i <= ENTRIES; i++) {
        g_autoptr(SvpStore) store = store_with_entries();
        g_autofree char *key = key_of(i);

        ck_assert(svp_store_delete(store, SVP_AUDIT_COLLECTION, key, NULL));
        ck_assert_msg(!is_whole(store, NULL), "entry %u", i);
        /* Nor can the rest move up. */
        for (unsigned k = i; k < ENTRIES; k++) {
            g_autofree char *from = key_of(k + 1), *to = key_of(k);
            json_t *record = svp_store_get(store, SVP_AUDIT_COLLECTION, from);

            svp_store_put(store, SVP_AUDIT_COLLECTION, to, record, NULL);
            svp_store_delete(store, SVP_AUDIT_COLLECTION, from, NULL);
            json_decref(record);
        }
        ck_assert_msg(!is_whole(store, NULL), "entry %u", i);
    }
}
END_TEST

START_TEST(nor_can_all_of_it_or_its_head)
{
    g_autoptr(SvpStore) store = store_with_entries();

    ck_assert(svp_store_delete(store, SVP_AUDIT_HEAD_COLLECTION, "head", NULL));
    ck_assert(!is_whole(store, NULL));
    g_autoptr(SvpStore) empty = store_with_entries();

    for (unsigned i = 1; i <= ENTRIES; i++) {
        g_autofree char *key = key_of(i);

        svp_store_delete(empty, SVP_AUDIT_COLLECTION, key, NULL);
    }
    ck_assert(!is_whole(empty, NULL));
}
END_TEST

/* Who can write the database can make a chain that is whole; the noted hash tells. */
START_TEST(a_noted_head_tells_of_a_new_chain)
{
    g_autoptr(SvpStore) store = store_with_entries(), fake = svp_store_open(NULL, NULL);
    SvpAuditState state;
    json_t *entry = json_pack("{s:s}", "command", "DISPLAY MS");

    ck_assert(svp_audit_check(store, NULL, &state, NULL));
    ck_assert_uint_eq(state.n_entries, ENTRIES);
    g_autofree char *noted = g_strndup(state.head, 16);

    ck_assert(svp_audit_append(store, entry, NULL));
    ck_assert(svp_audit_check(store, noted, &state, NULL));
    ck_assert_uint_eq(state.noted_at, ENTRIES);
    for (unsigned i = 0; i <= ENTRIES; i++)
        ck_assert(svp_audit_append(fake, entry, NULL));
    json_decref(entry);
    ck_assert(is_whole(fake, NULL));
    ck_assert(!is_whole(fake, noted));
    ck_assert(!is_whole(store, "12345"));
    ck_assert(!is_whole(store, "this is no hash"));
}
END_TEST

/* --- At the console --------------------------------------------------------------------------------------- */

START_TEST(every_command_is_in_it)
{
    g_autoptr(SvpStore) store = svp_store_open(NULL, NULL);
    const SvpConsoleConfig config = {.json = true, .store = store, .operator_name = "opeibm09"};
    ConsoleRoom *room = console_room_new(PATENT, &config);

    console_room_give(room, (const char *[]){"# nothing", "AT 1s STOP LPAR3", "RUN 2s", NULL});
    svp_console_line(room->console, "FOO", "test");
    svp_console_line(room->console, "LOAD LPAR9", "test");
    json_t *object = console_room_json(room, "DISPLAY AUDIT 4");
    json_t *audit = console_room_at(object, "result.audit");

    ck_assert_int_eq(json_integer_value(console_room_at(object, "result.entries")), 5);
    ck_assert_uint_eq(json_array_size(audit), 4);
    ck_assert_str_eq(json_string_value(console_room_at(audit, "0.command")), "STOP LPAR3");
    ck_assert(json_real_value(console_room_at(audit, "0.at_s")) == 1.0);
    ck_assert_str_eq(json_string_value(console_room_at(audit, "1.command")), "RUN 2s");
    ck_assert_str_eq(json_string_value(console_room_at(audit, "2.id")), "LPS501E");
    ck_assert_str_eq(json_string_value(console_room_at(audit, "3.by")), "opeibm09");
    json_decref(object);
    object = console_room_json(room, "VERIFY AUDIT");
    ck_assert_int_eq(json_integer_value(console_room_at(object, "result.entries")), 6);
    json_decref(object);
    ck_assert(svp_store_delete(store, SVP_AUDIT_COLLECTION, "000000000007", NULL));
    g_autofree char *refusal = console_room_refusal(room, "VERIFY AUDIT");

    ck_assert_str_eq(refusal, "LPS582E");
    console_room_free(room);
    /* And the next console says so by itself. */
    room = console_room_new(PATENT, &config);
    svp_console_begin(room->console);
    ck_assert_ptr_nonnull(strstr(console_room_err(room), "LPS070W"));
    ck_assert_ptr_nonnull(strstr(console_room_err(room), "entry 7 is missing"));
    console_room_free(room);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("svp/audit");
    TCase *cases = tcase_create("audit");

    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, every_flipped_bit_is_seen);
    tcase_add_test(cases, the_chain_is_what_the_header_says);
    tcase_add_test(cases, entries_cannot_go_missing);
    tcase_add_test(cases, nor_can_all_of_it_or_its_head);
    tcase_add_test(cases, a_noted_head_tells_of_a_new_chain);
    tcase_add_test(cases, every_command_is_in_it);
    suite_add_tcase(suite, cases);

    SRunner *runner = srunner_create(suite);

    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);

    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
