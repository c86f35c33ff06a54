/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHECK_CHECK_H
#define LEDGER_CHECK_CHECK_H

/* Named invariants over a whole state: what must be true after every block, whatever the
 * transactions were. Tests and the simulator run them after each block; an operator can run them on
 * a stopped node. Slow on purpose: everything is read again. */

#include "ledger/governance/view.h"

typedef enum err (*check_invariant)(struct overlay *state, struct arena *arena,
                                    struct err_detail *detail);

struct check_row {
    const char *name; /* lists-are-dense */
    check_invariant holds;
    const char *says; /* one sentence */
};

extern const struct check_row check_rows[];
extern const size_t check_count;

/* check_state runs all invariants. ERR_CORRUPT: detail->rule is the name of the one that fails,
 * field and hint say where; ERR_STORAGE, ERR_MEMORY: nothing can be said. */
enum err NODISCARD check_state(struct overlay *state, struct err_detail *detail);

#endif
