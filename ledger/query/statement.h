/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_STATEMENT_H
#define LEDGER_QUERY_STATEMENT_H

/* What happened on an account in a span of time, line by line from the journals of its positions,
 * each line with what is needed to prove it; where a serial number has been; and what was used up,
 * for everybody to see. At the query's height. */

#include "ledger/query/bundle.h"
#include "ledger/registry/view.h"

#define STATEMENT_LINES_MAX 5000
#define STATEMENT_POSITIONS_MAX 512
#define STATEMENT_STOPS_MAX 256 /* of one serial number */
#define STATEMENT_REPORT_MAX 10000

struct statement_line {
    uint32_t position; /* index of its position below */
    uint32_t index; /* in that position's journal */
    const Seam__EntryRecord *entry;
    int64_t held; /* change of what the account holds: TRADE to PENDING */
};

struct statement_position {
    const char *series; /* CN:CEA:CN:2025 */
    uint64_t opening[UNIT_STATES]; /* frozen units with the others of their state */
    uint64_t closing[UNIT_STATES];
};

struct statement {
    const Seam__HoldingRecord *holding;
    uint64_t from_ms;
    uint64_t to_ms; /* not included */
    struct statement_position *positions;
    size_t position_count;
    struct statement_line *lines; /* by height, then in the order of positions and journals */
    size_t line_count;
};

/* statement_make: opening + lines = closing for each state, or ERR_CORRUPT. ERR_ABSENT: no such
 * account. ERR_RANGE: from after to. ERR_TOO_LARGE: more lines or positions than above: ask for
 * less time. */
enum err NODISCARD statement_make(struct statement *out, struct query *query, const char *holding,
                                  uint64_t from_ms, uint64_t to_ms, struct arena *arena);

/* For whoever makes a statement again: statement_held is what a line changes of what the account
 * holds; statement_undo takes a line back from a balance, false where it does not fit;
 * statement_line_order is that of a statement's lines, as of qsort. */
int64_t statement_held(const Seam__EntryRecord *entry);
bool NODISCARD statement_undo(uint64_t balance[UNIT_STATES], const Seam__EntryRecord *entry);
int statement_line_order(const struct statement_line *left, const struct statement_line *right);

/* statement_bundle cuts the proof of every line: its transaction, its journal record and the
 * position that says how long the journal is; and of the account, the list of its series. For
 * statement_verify. Errors as bundle_build. */
enum err NODISCARD statement_bundle(struct bytes *bundle, struct query *query,
                                    const struct statement *statement, struct arena *arena,
                                    struct err_detail *detail);

/* Where a unit has been, newest first. */
struct statement_stop {
    const char *holding;
    const Seam__EntryRecord *entry;
};

struct statement_serial {
    const char *series;
    uint64_t serial;
    const Seam__BlockRecord *block; /* that holds it now */
    struct statement_stop *stops;
    size_t stop_count;
    bool more; /* the oldest were left off */
};

/* statement_serial: ERR_ABSENT: there is no such unit. */
enum err NODISCARD statement_serial(struct statement_serial *out, struct query *query,
                                    const struct series *series, uint64_t serial,
                                    struct arena *arena);

/* A surrender that was approved and not reversed, or a cancellation. */
struct statement_end {
    bool surrender; /* else a cancellation */
    const char *id;
    const char *holding;
    uint32_t year; /* of a surrender */
    Seam__Units *const *units;
    size_t unit_count;
    uint64_t quantity;
    const char *beneficiary;
    const char *purpose;
    uint64_t time_ms;
    bool final; /* a surrender outside its window, any cancellation */
};

/* statement_public lists what was used up from from_ms on and before to_ms, surrenders first, in
 * the order of their transactions. ERR_TOO_LARGE. */
enum err NODISCARD statement_public(struct statement_end **out, size_t *count, struct query *query,
                                    uint64_t from_ms, uint64_t to_ms, struct arena *arena);

#endif
