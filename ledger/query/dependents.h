/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_DEPENDENTS_H
#define LEDGER_QUERY_DEPENDENTS_H

/* What was built on an opinion. Nobody keeps a list: it follows from what the opinion speaks of, so
 * a withdrawal deletes nothing and forgets nothing [domain 3.2]. */

#include "ledger/proto/assurance.pb-c.h"
#include "ledger/query/query.h"

#define DEPENDENTS_MAX 2000

enum dependent_kind {
    DEPENDENT_CERTIFICATE, /* of a version: each one that was issued; id is the account's hash */
    DEPENDENT_LOT, /* mined or washed in the month: passports of it and of what it became */
    DEPENDENT_OBLIGATION, /* of a holding account and year */
    DEPENDENT_SURRENDER, /* proposed or approved while the opinion stood */
    DEPENDENT_DISPUTE /* about the value that it gave */
};
const char *dependent_kind_text(enum dependent_kind kind); /* "LOT" */

struct dependent {
    enum dependent_kind kind;
    const char *id; /* of a lot, holding account, surrender, dispute; hex of an account's hash */
    const char *facility;
    const char *period; /* that the opinion speaks of */
    uint32_t year; /* of OBLIGATION and SURRENDER, else 0 */
};

struct dependents {
    const struct dependent *items; /* by period, then kind */
    size_t count;
    bool more; /* there are others beyond DEPENDENTS_MAX */
    size_t by_kind[DEPENDENT_DISPUTE + 1];
};

/* dependents_of: everything in arena; the world's errors. */
enum err NODISCARD dependents_of(struct dependents *out, struct query *query,
                                 const Seam__OpinionRecord *opinion, struct arena *arena);

#endif
