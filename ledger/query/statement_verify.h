/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_STATEMENT_VERIFY_H
#define LEDGER_QUERY_STATEMENT_VERIFY_H

/* A statement without the node [KSSJ 8c]: after every proof of its bundle holds, the lines are read
 * again from the proven journal records, each held against the signed transaction that made it, and
 * the balances are made again from them. No series of the account and no line between the first and
 * the last of a series can be left out. */

#include "ledger/chain/bundle.h"
#include "ledger/query/statement.h"

#define STATEMENT_VERIFY_ROWS(X)                                                                   \
    X(STATEMENT_VERIFY_OK, "OK", "every line is proven, and the balances follow from the lines")   \
    X(STATEMENT_VERIFY_BUNDLE, "BUNDLE", "a proof of the bundle does not hold")                    \
    X(STATEMENT_VERIFY_MEMORY, "MEMORY", "there was not enough memory to check it")                \
    X(STATEMENT_VERIFY_KIND, "STATEMENT_KIND", "the bundle is not a statement of account")         \
    X(STATEMENT_VERIFY_RECORD, "STATEMENT_RECORD",                                                 \
      "a record of the account is missing or cannot be read")                                      \
    X(STATEMENT_VERIFY_GAP, "STATEMENT_GAP", "a line between two others is missing")               \
    X(STATEMENT_VERIFY_EXTRA, "STATEMENT_EXTRA",                                                   \
      "it holds records that are not of this statement")                                           \
    X(STATEMENT_VERIFY_LINE, "STATEMENT_LINE",                                                     \
      "a line has no signed transaction, or not that of its height and time")                      \
    X(STATEMENT_VERIFY_BALANCE, "STATEMENT_BALANCE", "the balances do not follow from the lines")

#define STATEMENT_VERIFY_ENUM_MEMBER(id, name, sentence) id,
enum statement_verify_failure {
    STATEMENT_VERIFY_ROWS(STATEMENT_VERIFY_ENUM_MEMBER) STATEMENT_VERIFY_FAILURE_COUNT
};
#undef STATEMENT_VERIFY_ENUM_MEMBER

/* A proven line; tx is the transaction that made it. */
struct statement_proven {
    struct statement_line line;
    const struct bundle_tx *tx;
};

/* Which lines of a journal are here: first up to, not including, end, of entries at the anchor. */
struct statement_extent {
    uint32_t first;
    uint32_t end;
    uint32_t entries;
};

struct statement_verify_result {
    enum statement_verify_failure failure;
    const char *about; /* the series or transaction (hex) that failed; empty where none */
    struct bundle_result bundle;
    const Seam__HoldingRecord *holding; /* at the anchor */
    struct statement_position *positions; /* closing: at the anchor */
    bool *current; /* of each: its lines go up to the anchor, so that its opening is proven, too */
    struct statement_extent *extents; /* of each: what is before and after its lines is not here */
    size_t position_count;
    struct statement_proven *lines; /* by height, then in the order of positions and journals */
    size_t line_count;
};

/* statement_verify checks the canonical bytes of a Bundle of kind STATEMENT. arena:
 * BUNDLE_ARENA_SIZE. */
enum statement_verify_failure statement_verify(struct statement_verify_result *result,
                                               struct bytes genesis, struct bytes bundle,
                                               struct arena *arena);

/* statement_verify_name gives "STATEMENT_GAP" or, of a bundle, the name of what failed in it. */
const char *statement_verify_name(const struct statement_verify_result *result);
const char *statement_verify_sentence(const struct statement_verify_result *result);

#endif
