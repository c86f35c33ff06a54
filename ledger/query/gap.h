/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_GAP_H
#define LEDGER_QUERY_GAP_H

/* Where reported and verified amounts part, and where independent observations speak against both
 * [KSSJ 7.2.2b, domain B4, B9]. All numbers are integers: grams, basis points half away from zero,
 * z-scores in thousandths. Statuses are those at the query's time. */

#include "ledger/accounting/calc.h"
#include "ledger/assurance/split.h"
#include "ledger/proto/dispute.pb-c.h"
#include "ledger/query/query.h"

enum gap_colour { GAP_NONE, GAP_GREEN, GAP_YELLOW, GAP_ORANGE, GAP_RED };
const char *gap_colour_name(enum gap_colour colour); /* "GREEN"; GAP_NONE: "NONE" */

/* From these on a colour begins: |gap| in bp, |z| in thousandths. account_bp is the half-width of
 * the 95 % interval of a reported amount where none is known. */
struct gap_rules {
    uint32_t yellow_bp;
    uint32_t orange_bp;
    uint32_t red_bp;
    uint32_t yellow_z;
    uint32_t orange_z;
    uint32_t red_z;
    uint32_t account_bp;
    uint32_t material_bp; /* methodology (30) */
};

/* gap_rules_of reads gap.yellow_bp, ... of a set of verification rules. ERR_PARAM names the first
 * that is absent or no such number. */
enum err NODISCARD gap_rules_of(struct gap_rules *out, const Seam__ParameterSet *set,
                                struct err_detail *detail);

/* One estimate that stands beside an account, or beside the sum of several. */
struct gap_estimate {
    const Seam__ObservationRecord *observation;
    bool compared; /* there is an amount to hold it against; else what follows is 0, GAP_NONE */
    struct grams account; /* the reported amount of the same quantity */
    struct grams difference; /* account - observation */
    int64_t gap_bp; /* of the observation; 0 where that is 0 */
    int64_t z; /* (account - observation) / sigma, thousandths */
    enum gap_colour colour;
};

#define GAP_ESTIMATES_MAX 64

struct gap_row {
    const char *facility;
    const char *period;
    bool anchored; /* there is an account, or (periods > 0) a sum of all that there should be */
    uint32_t periods; /* of a quarter or year with observations: accounts added up here, 0 else */
    uint32_t periods_due; /* how many there should be */
    uint32_t version;
    uint32_t days_late;
    const char *grade; /* REPORTED, VERIFIED, DISPUTED, SETTLED, LOCKED; MISSING; SUM */
    struct grams reported; /* net grams of the current version */
    struct grams in_force;
    bool verified; /* an opinion stands */
    struct grams verified_value;
    struct grams difference; /* reported - verified */
    int64_t gap_bp; /* difference of verified; 0 where that is 0, and red if they differ */
    bool material; /* [methodology (30)] */
    const char *dispute; /* NULL where there is none */
    struct gap_estimate *estimates;
    size_t estimate_count;
    int64_t z; /* of the estimate that is farthest off */
    enum gap_colour colour; /* the worst of all */
};

struct gap_list {
    struct gap_row *rows; /* facilities in order of registration, periods ascending */
    size_t count;
    uint32_t facilities; /* of the jurisdiction */
    uint32_t by_colour[GAP_RED + 1];
};

/* gap_list_make walks the facilities of a jurisdiction: one row for each of their periods of the
 * year that has an account or should have one by now, and one for each other period (a quarter or
 * the year above the months, a month below the year) that somebody observed. A quarter or year is
 * held against the sum of its months, once all of them are there. ERR_ABSENT: no such jurisdiction.
 */
enum err NODISCARD gap_list_make(struct gap_list *out, struct query *query,
                                 const char *jurisdiction, uint32_t year,
                                 const struct gap_rules *rules, struct arena *arena);

/* gap_estimate_of compares one observation with an amount; interval the half-width of the 95 %
 * interval of the amount in bp. Pure. */
void gap_estimate_of(struct gap_estimate *out, const Seam__ObservationRecord *observation,
                     struct grams account, uint32_t interval_bp, const struct gap_rules *rules);

/* --- why ------------------------------------------------------------------------------------- */

enum gap_cause {
    GAP_ACTIVITY,
    GAP_CARBON, /* carbon content, heat value, emission factor */
    GAP_OXIDATION,
    GAP_MISSING_SOURCE, /* a line that only the verifier has */
    GAP_CORRECTION, /* the rest: lines struck out, corrections of a result */
    GAP_CAUSES
};
const char *gap_cause_name(enum gap_cause cause); /* "ACTIVITY" */

struct gap_line {
    const char *code;
    const char *source;
    const char *detail;
    bool sink; /* counts with the other sign */
    struct grams reported;
    struct grams verified;
    struct grams part[GAP_CAUSES]; /* sum to verified - reported exactly */
    enum split_method method;
};

struct gap_explained {
    struct gap_line *lines; /* ascending by (code, source, detail); only those that differ */
    size_t count;
    struct grams reported; /* net */
    struct grams verified;
    struct grams part[GAP_CAUSES]; /* sum to verified - reported exactly */
};

/* gap_explain matches the lines of two files by (code, source, fuel or face) and divides each
 * difference over its causes. Both are calculated under set; what calc_run refuses is in errors. */
enum err NODISCARD gap_explain(struct gap_explained *out, const Seam__CalculationFile *reported,
                               const Seam__CalculationFile *verified, const struct set *set,
                               struct arena *arena, struct errors *errors);

#endif
