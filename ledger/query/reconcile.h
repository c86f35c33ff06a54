/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_RECONCILE_H
#define LEDGER_QUERY_RECONCILE_H

/* Another registry's list of units against this one, serial number by serial number, as ranges. The
 * file is CSV with the columns registry, asset, project, vintage, start, end, account, state.
 * Compared is everything of the registries that the file names: a series that it leaves out
 * altogether is absent there. A file without rows is compared with all there is. */

#include "ledger/codec/errors.h"
#include "ledger/query/query.h"
#include "ledger/registry/view.h"

#define RECONCILE_TEXT_MAX (2u << 20)
#define RECONCILE_DIFFERENCES_MAX 5000

enum reconcile_kind {
    RECONCILE_ABSENT_HERE, /* the file has it, we do not */
    RECONCILE_ABSENT_THERE, /* we have it, the file does not */
    RECONCILE_ACCOUNT, /* another account */
    RECONCILE_STATE, /* the same account, another state */
    RECONCILE_TWICE /* the file names it twice */
};
const char *reconcile_kind_name(enum reconcile_kind kind); /* "ABSENT_HERE" */

struct reconcile_difference {
    enum reconcile_kind kind;
    const char *series;
    uint64_t start;
    uint64_t end; /* included */
    uint32_t row; /* of the file; 0 where it has none */
    const char *account_here; /* "" where absent */
    const char *state_here;
    const char *account_there;
    const char *state_there;
};

struct reconcile {
    uint32_t rows;
    uint64_t units_there;
    uint64_t units_equal;
    struct reconcile_difference *differences; /* by series, then serial */
    size_t count;
    bool more; /* there are more differences than fit */
};

/* reconcile_csv compares. States are our names; HELD stands for any that is held, RETIRED for
 * SURRENDERED or CANCELLED. Wrong rows are added to errors and compared with nothing. ERR_PARSE and
 * others of csv.h, ERR_PARAM: a column is missing. */
enum err NODISCARD reconcile_csv(struct reconcile *out, struct query *query, struct bytes text,
                                 struct arena *arena, struct errors *errors);

#endif
