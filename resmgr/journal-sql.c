/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The statements of a journal: what is in machine.db, and how rows become entries and an assignment. The only file of the resource manager
 * with SQL.
 *
 * Nothing is decided here: which rows are written when, and together, is journal.c's. Times are nanoseconds of simulated time; HV_TIME_NEVER
 * is -1 in a column. The tables of the assignment are rewritten as a whole: they are small beside what one sync of the disk costs.
 */
#include "resmgr/journal-private.h"

static const char *const journal_upgrades[] = {
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
    "CREATE TABLE lpar (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, assignment TEXT NOT NULL,"
    " cap_kind INTEGER NOT NULL, cap_ips_hundredths INTEGER NOT NULL) STRICT;"
    "CREATE TABLE area (lpar INTEGER REFERENCES lpar (number), kind TEXT CHECK (kind IN ('MS', 'ES')),"
    " origin_bytes INTEGER NOT NULL, size_bytes INTEGER NOT NULL, reserved_bytes INTEGER NOT NULL,"
    " reserved_limits INTEGER NOT NULL, reserved_next_bytes INTEGER, PRIMARY KEY (lpar, kind)) STRICT;"
    "CREATE TABLE lip (lpar INTEGER REFERENCES lpar (number), number INTEGER, ip INTEGER NOT NULL,"
    " share_bp INTEGER NOT NULL, type TEXT NOT NULL, PRIMARY KEY (lpar, number)) STRICT;"
    "CREATE TABLE weight (lpar INTEGER REFERENCES lpar (number), type TEXT, weight INTEGER NOT NULL,"
    " PRIMARY KEY (lpar, type)) STRICT;"
    "CREATE TABLE chp (chpid INTEGER PRIMARY KEY, owner INTEGER NOT NULL, online INTEGER NOT NULL,"
    " reserved_for INTEGER NOT NULL) STRICT;"
    "CREATE TABLE chp_user (chpid INTEGER REFERENCES chp (chpid), lpar INTEGER REFERENCES lpar (number),"
    " PRIMARY KEY (chpid, lpar)) STRICT;"
    "CREATE TABLE chp_claim (chpid INTEGER REFERENCES chp (chpid), lpar INTEGER REFERENCES lpar (number),"
    " PRIMARY KEY (chpid, lpar)) STRICT;"
    "CREATE TABLE commit_record (sequence INTEGER PRIMARY KEY, at_ns INTEGER NOT NULL,"
    " retired INTEGER NOT NULL, survivor INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, status INTEGER NOT NULL,"
    " at_ns INTEGER NOT NULL, ended_ns INTEGER NOT NULL, due_ns INTEGER NOT NULL, text TEXT, source TEXT,"
    " reason TEXT, commit_refused INTEGER NOT NULL, log_sequence INTEGER NOT NULL) STRICT;"
    "CREATE TABLE integ_step (sequence INTEGER PRIMARY KEY, entry INTEGER REFERENCES entry (id),"
    " step TEXT NOT NULL, at_ns INTEGER NOT NULL, lpar INTEGER NOT NULL, text TEXT NOT NULL) STRICT",
    "CREATE TABLE checkpoint (id INTEGER PRIMARY KEY, entry INTEGER NOT NULL, at_ns INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL) STRICT;"
    "CREATE INDEX integ_step_of_entry ON integ_step (entry)",
};

const char *const *resmgr_journal_upgrades(unsigned *ret_n)
{
    *ret_n = G_N_ELEMENTS(journal_upgrades);
    return journal_upgrades;
}

/* --- Single values -------------------------------------------------------------------------------------- */

static bool take_int(const HvDatabaseRow *row, void *data)
{
    *(int64_t *)data = hv_database_row_int(row, 0);
    return false;
}

static bool take_text(const HvDatabaseRow *row, void *data)
{
    *(char **)data = g_strdup(hv_database_row_text(row, 0));
    return false;
}

bool resmgr_journal_last_id(HvDatabase *db, int64_t *ret_id, GError **error)
{
    return hv_database_query(
        db, take_int, ret_id, error,
        "SELECT max((SELECT coalesce(max(id), 0) FROM entry), (SELECT coalesce(max(entry), 0) FROM "
        "checkpoint))",
        "");
}

char *resmgr_journal_read_meta(HvDatabase *db, const char *key)
{
    char *value = NULL;

    hv_database_query(db, take_text, &value, NULL, "SELECT value FROM meta WHERE key = ?", "s", key);
    return value;
}

bool resmgr_journal_write_meta(HvDatabase *db, const char *key, const char *value, GError **error)
{
    return hv_database_run(
        db, error, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", "ss", key, value);
}

/* --- The tables of the assignment ------------------------------------------------------------------------ */

static bool write_lpar(HvDatabase *db, const ResmgrLpar *lpar, GError **error)
{
    return hv_database_run(
        db, error,
        "INSERT INTO lpar (number, name, assignment, cap_kind, cap_ips_hundredths) VALUES (?, ?, ?, ?, ?)",
        "issii", (int64_t)lpar->number, lpar->name, resmgr_assignment_name(lpar->assignment),
        (int64_t)lpar->cap.kind, (int64_t)lpar->cap.ips_hundredths);
}

static bool write_area(HvDatabase *db, const ResmgrLpar *lpar, ResmgrStorageKind kind, GError **error)
{
    const ResmgrArea *area = &lpar->areas[kind];

    return hv_database_run(
        db, error,
        "INSERT INTO area (lpar, kind, origin_bytes, size_bytes, reserved_bytes, reserved_limits,"
        " reserved_next_bytes) VALUES (?, ?, ?, ?, ?, ?, iif(?, ?, NULL))",
        "isiiiiii", (int64_t)lpar->number, resmgr_storage_kind_name(kind), (int64_t)area->origin_bytes,
        (int64_t)area->size_bytes, (int64_t)area->reserved_bytes, (int64_t)area->reserved_limits,
        (int64_t)area->reserved_next_given, (int64_t)area->reserved_next_bytes);
}

static bool write_processors(HvDatabase *db, const ResmgrLpar *lpar, GError **error)
{
    bool ok = true;

    for (unsigned i = 0; ok && i < lpar->lips->len; i++) {
        const ResmgrLip *lip = &g_array_index(lpar->lips, ResmgrLip, i);

        ok = hv_database_run(
            db, error, "INSERT INTO lip (lpar, number, ip, share_bp, type) VALUES (?, ?, ?, ?, ?)", "iiiis",
            (int64_t)lpar->number, (int64_t)lip->number, (int64_t)lip->ip, (int64_t)lip->share_bp,
            hv_ip_type_name(lip->type));
    }
    for (HvIpType type = 0; ok && type < HV_IP_TYPES; type++)
        ok = lpar->weights[type] == 0 ||
             hv_database_run(
                 db, error, "INSERT INTO weight (lpar, type, weight) VALUES (?, ?, ?)", "isi",
                 (int64_t)lpar->number, hv_ip_type_name(type), (int64_t)lpar->weights[type]);
    return ok;
}

static bool write_chp(HvDatabase *db, const ResmgrState *state, unsigned chpid, GError **error)
{
    const ResmgrChp *chp = &state->chps[chpid];
    bool ok = !chp->installed ||
              hv_database_run(
                  db, error, "INSERT INTO chp (chpid, owner, online, reserved_for) VALUES (?, ?, ?, ?)",
                  "iiii", (int64_t)chpid, (int64_t)chp->owner, (int64_t)chp->online,
                  (int64_t)chp->reserved_for);

    for (unsigned lpar = 1; ok && chp->installed && lpar <= RESMGR_MAX_LPARS; lpar++)
        ok = (!resmgr_lpar_map_has(chp->users, lpar) ||
              hv_database_run(
                  db, error, "INSERT INTO chp_user (chpid, lpar) VALUES (?, ?)", "ii", (int64_t)chpid,
                  (int64_t)lpar)) &&
             (!resmgr_lpar_map_has(state->chp_claims[chpid], lpar) ||
              hv_database_run(
                  db, error, "INSERT INTO chp_claim (chpid, lpar) VALUES (?, ?)", "ii", (int64_t)chpid,
                  (int64_t)lpar));
    return ok;
}

static bool write_commits(HvDatabase *db, const ResmgrState *state, GError **error)
{
    bool ok = true;

    for (unsigned i = 0; ok && i < state->commits->len; i++) {
        const ResmgrCommit *commit = &g_array_index(state->commits, ResmgrCommit, i);

        ok = hv_database_run(
            db, error, "INSERT INTO commit_record (sequence, at_ns, retired, survivor) VALUES (?, ?, ?, ?)",
            "iiii", (int64_t)i + 1, (int64_t)commit->at_ns, (int64_t)commit->retired,
            (int64_t)commit->survivor);
    }
    return ok;
}

static bool clear_tables(HvDatabase *db, GError **error)
{
    static const char *const tables[] = {
        "DELETE FROM chp_claim", "DELETE FROM chp_user", "DELETE FROM chp",  "DELETE FROM weight",
        "DELETE FROM lip",       "DELETE FROM area",     "DELETE FROM lpar", "DELETE FROM commit_record"};
    bool ok = true;

    for (unsigned i = 0; ok && i < G_N_ELEMENTS(tables); i++)
        ok = hv_database_run(db, error, tables[i], "");
    return ok;
}

bool resmgr_journal_write_tables(HvDatabase *db, const ResmgrState *state, GError **error)
{
    bool ok = clear_tables(db, error);

    for (unsigned i = 0; ok && i < state->lpars->len; i++) {
        const ResmgrLpar *lpar = g_ptr_array_index(state->lpars, i);

        ok = write_lpar(db, lpar, error) && write_area(db, lpar, RESMGR_MS, error) &&
             write_area(db, lpar, RESMGR_ES, error) && write_processors(db, lpar, error);
    }
    for (unsigned chpid = 0; ok && chpid < HV_MAX_CHPS; chpid++)
        ok = write_chp(db, state, chpid, error);
    return ok && write_commits(db, state, error);
}

static const struct {
    const char *sql;
    bool (*visit)(const HvDatabaseRow *row, void *record);
} record_tables[] = {
    {"SELECT number, name, assignment, cap_kind, cap_ips_hundredths FROM lpar", resmgr_record_lpar},
    {"SELECT lpar, kind, origin_bytes, size_bytes, reserved_bytes, reserved_limits, reserved_next_bytes"
     " FROM area",
     resmgr_record_area},
    {"SELECT lpar, number, ip, share_bp, type FROM lip ORDER BY lpar, number", resmgr_record_lip},
    {"SELECT lpar, type, weight FROM weight", resmgr_record_weight},
    {"SELECT chpid, owner, online, reserved_for FROM chp", resmgr_record_chp},
    {"SELECT chpid, lpar FROM chp_user", resmgr_record_chp_user},
    {"SELECT chpid, lpar FROM chp_claim", resmgr_record_chp_claim},
    {"SELECT at_ns, retired, survivor FROM commit_record ORDER BY sequence", resmgr_record_commit},
};

bool resmgr_journal_read_tables(HvDatabase *db, ResmgrRecord *record, GError **error)
{
    bool ok = true;

    g_array_set_size(record->state->commits, 0);
    for (unsigned i = 0; ok && i < G_N_ELEMENTS(record_tables); i++)
        ok = hv_database_query(db, record_tables[i].visit, record, error, record_tables[i].sql, "");
    return ok;
}

/* --- Entries -------------------------------------------------------------------------------------------- */

bool resmgr_journal_insert_entry(HvDatabase *db, const ResmgrEntry *entry, GError **error)
{
    return hv_database_run(
        db, error,
        "INSERT INTO entry (id, kind, status, at_ns, ended_ns, due_ns, text, source, commit_refused,"
        " log_sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?)",
        "iiiiiissi", entry->id, (int64_t)entry->kind, (int64_t)entry->status, (int64_t)entry->at_ns,
        (int64_t)entry->at_ns, (int64_t)entry->due_ns, entry->text, entry->source,
        (int64_t)entry->log_sequence);
}

bool resmgr_journal_update_entry(HvDatabase *db, const ResmgrEntry *entry, GError **error)
{
    return hv_database_run(
        db, error, "UPDATE entry SET status = ?, ended_ns = ?, reason = ?, commit_refused = ? WHERE id = ?",
        "iisii", (int64_t)entry->status, (int64_t)entry->ended_ns, entry->reason,
        (int64_t)entry->commit_refused, entry->id);
}

bool resmgr_journal_move_advance(HvDatabase *db, int64_t id, HvTime at_ns, GError **error)
{
    return hv_database_run(
        db, error, "UPDATE entry SET at_ns = ?, ended_ns = ? WHERE id = ?", "iii", (int64_t)at_ns,
        (int64_t)at_ns, id);
}

bool resmgr_journal_insert_step(
    HvDatabase *db, int64_t entry, const char *step, HvTime at_ns, unsigned lpar, const char *text,
    GError **error)
{
    return hv_database_run(
        db, error, "INSERT INTO integ_step (entry, step, at_ns, lpar, text) VALUES (?, ?, ?, ?, ?)", "isiis",
        entry, step, (int64_t)at_ns, (int64_t)lpar, text);
}

static bool add_entry(const HvDatabaseRow *row, void *data)
{
    ResmgrEntry *entry = g_new0(ResmgrEntry, 1);

    entry->id = hv_database_row_int(row, 0);
    entry->kind = (ResmgrEntryKind)hv_database_row_int(row, 1);
    entry->status = (ResmgrEntryStatus)hv_database_row_int(row, 2);
    entry->at_ns = (HvTime)hv_database_row_int(row, 3);
    entry->ended_ns = (HvTime)hv_database_row_int(row, 4);
    entry->due_ns = (HvTime)hv_database_row_int(row, 5);
    entry->text = g_strdup(hv_database_row_text(row, 6));
    entry->source = g_strdup(hv_database_row_text(row, 7));
    entry->reason = g_strdup(hv_database_row_text(row, 8));
    entry->commit_refused = hv_database_row_int(row, 9) != 0;
    entry->log_sequence = (uint64_t)hv_database_row_int(row, 10);
    entry->step = g_strdup(hv_database_row_text(row, 11));
    g_ptr_array_add(data, entry);
    return true;
}

bool resmgr_journal_read_entries(HvDatabase *db, const char *relation, GPtrArray *ret_entries, GError **error)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT id, kind, status, at_ns, ended_ns, due_ns, text, source, reason, commit_refused, "
        "log_sequence,"
        " (SELECT step FROM integ_step WHERE integ_step.entry = id ORDER BY sequence DESC LIMIT 1)"
        " FROM entry WHERE id %s (SELECT coalesce(max(entry), 0) FROM checkpoint) ORDER BY id",
        relation);

    return hv_database_query(db, add_entry, ret_entries, error, sql, "");
}

/* --- Checkpoints ---------------------------------------------------------------------------------------- */

static bool take_checkpoint(const HvDatabaseRow *row, void *data)
{
    *(ResmgrCheckpoint *)data = (ResmgrCheckpoint){
        .id = hv_database_row_int(row, 0),
        .entry_id = hv_database_row_int(row, 1),
        .at_ns = (HvTime)hv_database_row_int(row, 2),
        .sha256 = g_strdup(hv_database_row_text(row, 3)),
    };
    return false;
}

bool resmgr_journal_read_checkpoint(HvDatabase *db, ResmgrCheckpoint *ret_checkpoint, GError **error)
{
    return hv_database_query(
        db, take_checkpoint, ret_checkpoint, error,
        "SELECT id, entry, at_ns, sha256 FROM checkpoint ORDER BY id DESC LIMIT 1", "");
}

/* A command that counts from its checkpoint on is done now. Its entry stays: it may not be in the operator log yet. */
bool resmgr_journal_replace_checkpoint(HvDatabase *db, const ResmgrCheckpoint *checkpoint, GError **error)
{
    return hv_database_run(db, error, "DELETE FROM integ_step", "") &&
           hv_database_run(db, error, "DELETE FROM entry WHERE id <> ?", "i", checkpoint->entry_id) &&
           hv_database_run(
               db, error, "UPDATE entry SET status = ?, ended_ns = ? WHERE status = ?", "iii",
               (int64_t)RESMGR_ENTRY_DONE, (int64_t)checkpoint->at_ns, (int64_t)RESMGR_ENTRY_BEGUN) &&
           hv_database_run(db, error, "DELETE FROM checkpoint", "") &&
           hv_database_run(
               db, error, "INSERT INTO checkpoint (id, entry, at_ns, sha256) VALUES (?, ?, ?, ?)", "iiis",
               checkpoint->id, checkpoint->entry_id, (int64_t)checkpoint->at_ns, checkpoint->sha256);
}
