/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIM_RNG_H
#define TOOLS_SIM_RNG_H

/* The one source of chance in a simulation: everything random follows from its first state. */

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

uint64_t rng_next(struct rng *rng);
/* rng_below is in [0, limit); limit > 0. */
uint64_t rng_below(struct rng *rng, uint64_t limit);
/* rng_between is in [low, high]. */
uint64_t rng_between(struct rng *rng, uint64_t low, uint64_t high);
bool rng_percent(struct rng *rng, uint32_t percent);
/* rng_decay halves in probability every `half` microseconds. */
uint64_t rng_decay(struct rng *rng, uint64_t half);

#endif
