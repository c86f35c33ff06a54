/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_SPIN_H
#define LEDGER_STORE_SPIN_H

/* A lock for a few instructions: swapping a pointer, counting a reference. The ledger knows no
 * threads and so cannot sleep in a lock; whoever holds this one never blocks and never calls out.
 * A zeroed struct is an open lock. */

#include <stdatomic.h>
#include <stdbool.h>

struct spin {
    atomic_bool held;
};

static inline void spin_lock(struct spin *spin)
{
    while (atomic_exchange_explicit(&spin->held, true, memory_order_acquire)) {
        while (atomic_load_explicit(&spin->held, memory_order_relaxed)) {
        }
    }
}

static inline void spin_unlock(struct spin *spin)
{
    atomic_store_explicit(&spin->held, false, memory_order_release);
}

#endif
