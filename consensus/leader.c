/* SPDX-License-Identifier: Apache-2.0 */
/* Leader schedule (consensus.md 2.6): one validator of each organisation in turn, so that
 * consecutive leaders fail independently. */

#include "consensus/state.h"

#include <string.h>

/* How many validators of the same organisation come before this one in key order. */
static uint32_t round_of(const struct valset *set, uint16_t index)
{
    uint32_t before = 0;
    for (uint16_t i = 0; i < index; i++) {
        before += hash_equal(&set->validators[i].organisation, &set->validators[index].organisation)
                      ? 1u
                      : 0u;
    }
    return before;
}

/* Order of two validators: running count in the organisation, organisation, key (= index). */
static bool comes_before(const struct valset *set, uint16_t a, uint16_t b)
{
    const uint32_t round_a = round_of(set, a);
    const uint32_t round_b = round_of(set, b);
    if (round_a != round_b) {
        return round_a < round_b;
    }
    const int order = memcmp(set->validators[a].organisation.bytes,
                             set->validators[b].organisation.bytes, HASH_SIZE);
    return order != 0 ? order < 0 : a < b;
}

void cons_leader_order(const struct valset *validators, uint16_t order[LIMIT_VALIDATORS])
{
    const uint16_t count = validators->count;
    assert(count >= 1);
    assert(count <= LIMIT_VALIDATORS);
    for (uint16_t i = 0; i < count; i++) {
        uint16_t rank = 0;
        for (uint16_t j = 0; j < count; j++) {
            rank = (uint16_t)(rank + (j != i && comes_before(validators, j, i) ? 1 : 0));
        }
        const uint16_t start = (uint16_t)(validators->epoch % count);
        order[(rank + count - start) % count] = i;
    }
}

uint16_t cons_leader(const struct cons *cons, uint64_t view)
{
    assert(view >= 1);
    return cons->order[(view - 1) % cons->count];
}
