/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LPARSIM_HV_DEMAND_PRIVATE_H
#define LPARSIM_HV_DEMAND_PRIVATE_H

#include "hv/demand-lines.h"
#include "hv/demand.h"

#define HV_DEMAND_MAX_IPS             256
#define HV_DEMAND_MAX_INTERVAL_NS     (366 * 86400 * HV_NS_PER_S)
#define HV_DEMAND_DEFAULT_INTERVAL_NS (300 * HV_NS_PER_S)

/* Words of a definition, as bits; all but `key` and `repeat` depend on the format. */
typedef enum {
    HV_DEMAND_COLUMN = 1 << 0,
    HV_DEMAND_OF = 1 << 1,
    HV_DEMAND_INTERVAL = 1 << 2,
    HV_DEMAND_KEY = 1 << 3,
    HV_DEMAND_REPEAT = 1 << 4,
} HvDemandWord;

struct HvDemandDef {
    gatomicrefcount references;
    unsigned words; /* HvDemandWord that are given and differ from the default */
    char *file;     /* as in the text */
    char *column;   /* NULL: not given; so with key */
    char *key;      /* of a row, or the name of a file in the folder */
    unsigned of_hundredths;
    HvTime interval_ns;
    char *name; /* of the file that is read, for messages: `file`, or `file`/`key` */
    char *path;
    bool in_folder;  /* `key` is used up for the name */
    GBytes *content; /* read instead of the file; NULL: the file */
};

typedef struct HvDemandFormat HvDemandFormat;

/* What a row says; `value` is in the unit of its column. */
typedef enum {
    HV_DEMAND_MICRO_PERCENT, /* of `of` IPs */
    HV_DEMAND_IPS,           /* 10^-8 IPs */
    HV_DEMAND_CPU_NS,        /* processor time in the interval */
} HvDemandUnit;

/* Columns of a table, up to HV_DEMAND_FIELDS that are wanted, each with a slot of its own. */
#define HV_DEMAND_FIELDS    4
#define HV_DEMAND_NO_COLUMN UINT_MAX

typedef struct {
    char separator;
    bool quotes;
    uint8_t *slots; /* of each column; HV_DEMAND_FIELDS: not wanted */
    unsigned n_columns;
    bool open_ended; /* rows may have more fields than the header */
} HvDemandTable;

/* A row that was read before the end of its interval is known. */
typedef struct {
    bool any, measured; /* measured: its value is not empty */
    HvTime at_ns, length_ns;
    uint64_t value;
    uint64_t line;
} HvDemandHeld;

struct HvDemand {
    HvDemandDef *def;
    const HvDemandFormat *format;
    HvDemandLines lines;
    HvDemandTable table;
    HvDemandUnit unit;
    bool has_times, has_key; /* columns of a CSV */
    uint64_t rows;           /* that `key` lets through, of all repetitions */
    bool zero_known;
    int64_t zero_ns; /* by the file's own clock: the beginning of its first row */
    /* All from here on begins anew with each repetition. */
    HvTime clock_ns;       /* since then: end of the last interval */
    HvTime last_length_ns; /* 0: there was none yet */
    HvDemandHeld held;
    bool any_sample;
    HvTime end_ns;    /* of the last sample */
    uint64_t samples; /* given */
    /* And this never does. */
    HvTime repeated_ns; /* end of the last sample of the repetition before */
    bool ended;
};

struct HvDemandFormat {
    const char *name; /* for messages */
    unsigned words;   /* HvDemandWord that it takes */
    /* By the first line, and what the definition says. */
    bool (*recognize)(const HvDemandDef *def, HvDemandText first);
    /* Reads what is before the rows; NULL: nothing is. */
    bool (*begin)(HvDemand *demand, GError **error);
    /* The next sample of this repetition, with times since the beginning of the first row. False: end, or a problem. */
    bool (*next)(HvDemand *demand, HvDemandSample *ret_sample);
};

extern const HvDemandFormat hv_demand_numbers, hv_demand_csv, hv_demand_sadf, hv_demand_smf70;

/* Reads the words alone; the format is not known yet. */
HvDemandDef *hv_demand_def_read(const char *text, GError **error);

/* --- For the formats (demand.c) ------------------------------------------------------------------------- */

/* A percentage, number of IPs or processor time, in the unit; says what is wrong with it. */
bool hv_demand_read_value(HvDemand *demand, HvDemandText text, HvDemandUnit unit, uint64_t *ret_value);
/* A time by the file's own clock, and the length of an interval in seconds; 0 is one. They say what is wrong. */
bool hv_demand_read_time(HvDemand *demand, HvDemandText text, int64_t *ret_ns);
bool hv_demand_read_length(HvDemand *demand, HvDemandText text, HvTime *ret_ns);
/* Sets the problem: the text, quoted, and `why` behind it. Always false. */
bool hv_demand_fail_text(HvDemand *demand, HvDemandText text, const char *why);
/* The processor time of a value over an interval; false if it is more than HV_DEMAND_MAX_IPS in it. */
bool hv_demand_work(
    HvDemand *demand, HvDemandUnit unit, uint64_t value, HvTime length_ns, uint64_t *ret_work_ns);
/* The file's own clock says this at the beginning of its first row, unless that is known already. */
void hv_demand_set_zero(HvDemand *demand, int64_t zero_ns);
/* An interval of a file without times: the next one on the clock. False: simulated time has no more. */
bool hv_demand_tick(HvDemand *demand, HvDemandSample *ret_sample);
/*
 * An interval of a file that says when each one ended, by its own clock, and how long it was. If it begins up to `tolerance_ns` before
 * the last one ended, which comes from rounding, it begins where that one ended. False, with a problem: it overlaps.
 */
bool hv_demand_place(
    HvDemand *demand, int64_t end_ns, HvTime length_ns, HvTime tolerance_ns, HvDemandSample *ret_sample);

/* --- Tables (demand-table.c) ---------------------------------------------------------------------------- */

/* The names in a header; free with g_ptr_array_unref(). */
GPtrArray *hv_demand_table_names(HvDemandText header, char separator, bool quotes);
/* `wanted[i]` is the column of slot i, or HV_DEMAND_NO_COLUMN. */
void hv_demand_table_set(
    HvDemandTable *table, char separator, bool quotes, unsigned n_columns, const unsigned *wanted,
    unsigned n_wanted);
void hv_demand_table_clear(HvDemandTable *table);
/*
 * The wanted fields of a row; a quoted one without its outer quotation marks. Behind the slots is room for those that are not wanted.
 * False, with a problem: it is no row of this table.
 */
bool hv_demand_table_split(HvDemand *demand, HvDemandText line, HvDemandText fields[HV_DEMAND_FIELDS + 1]);
/* Whether a field says that, blanks around it apart. */
bool hv_demand_table_says(HvDemandText field, const char *text, bool any_case);
/* The column of that name: as it is written, or else in any case. HV_DEMAND_NO_COLUMN: there is none. */
unsigned hv_demand_table_find(const GPtrArray *names, const char *name);
/* False, with HV_ERROR_WORKLOAD that names the nearest, and what there is. */
bool hv_demand_table_missing(
    const HvDemand *demand, const GPtrArray *names, const char *name, GError **error);
/* "a, b, c", shortened if there are many; free with g_free(). */
char *hv_demand_table_list(const GPtrArray *names);

#endif
