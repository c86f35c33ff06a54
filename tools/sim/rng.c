/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64: small, good enough for faults, and the same everywhere. Integers only, so a seed
 * means the same on every machine. */

#include "tools/sim/rng.h"

#include <assert.h>

uint64_t rng_next(struct rng *rng)
{
    rng->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = rng->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t rng_below(struct rng *rng, uint64_t limit)
{
    assert(limit > 0);
    return rng_next(rng) % limit;
}

uint64_t rng_between(struct rng *rng, uint64_t low, uint64_t high)
{
    assert(low <= high);
    return low + rng_below(rng, high - low + 1);
}

bool rng_percent(struct rng *rng, uint32_t percent)
{
    return rng_below(rng, 100) < percent;
}

uint64_t rng_decay(struct rng *rng, uint64_t half)
{
    uint64_t delay = rng_below(rng, half);
    for (int i = 0; i < 12 && (rng_next(rng) & 1) != 0; i++) {
        delay += half;
    }
    return delay;
}
