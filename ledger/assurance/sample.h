/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_SAMPLE_H
#define LEDGER_ASSURANCE_SAMPLE_H

/* Sampling that nobody can steer. Before: population and size are fixed and an opening is committed
 * to. Then a block is made by somebody who is neither party. The seed is made of both, so neither
 * the verifier, who knows the opening, nor whoever makes the block, who does not, can choose what
 * is drawn; and everybody who sees opening, block and population draws the same list. Pure
 * functions: no state, no clock. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/crypto/hash.h"

#define SAMPLE_POPULATION_MAX 5000
#define SAMPLE_SIZE_MAX 1000

struct sample_item {
    struct hash id;
    uint64_t weight; /* tonnes, kilograms or grams: one unit for all */
};

/* What is drawn from, ascending by id, each once, weights above 0. */
struct sample_population {
    const struct sample_item *items; /* borrowed */
    size_t count;
    uint64_t weight; /* sum; at most 2^53 - 1 */
};

/* sample_population_of checks order, weights and sum. ERR_LENGTH (none or more than
 * SAMPLE_POPULATION_MAX), ERR_NOT_CANONICAL (order), ERR_RANGE (a weight or the sum). */
enum err NODISCARD sample_population_of(struct sample_population *out,
                                        const struct sample_item *items, size_t count);

/* sample_population_hash is H(TAG_POPULATION, salt, count u64, then id and weight u64 of each). */
void sample_population_hash(struct hash *out, struct bytes salt,
                            const struct sample_population *population);

/* sample_commitment is H(TAG_SAMPLE_COMMIT, opening); sample_seed is H(TAG_SAMPLE_SEED, opening, id
 * of the seed block). */
void sample_commitment(struct hash *out, const struct hash *opening);
void sample_seed(struct hash *out, const struct hash *opening, const struct hash *block_id);

/* sample_size is how many of a population of count items are drawn: ceil(R x total / material
 * amount), where the material amount is materiality_bp of the total, so that the total falls out:
 * ceil(R x 10,000 / materiality_bp), at most count and SAMPLE_SIZE_MAX. reliability_centi is R
 * times 100: 300 and 500 bp give 60. materiality_bp above 0. */
uint32_t sample_size(uint32_t count, uint32_t reliability_centi, uint32_t materiality_bp);

/* assurance_sample draws size items without replacement, each time with probability proportional to
 * weight among those that are left: picked[i] is the index of the i-th, in the order drawn. size at
 * most population->count; picked has room for size. ERR_MEMORY. */
enum err NODISCARD assurance_sample(uint32_t *picked, const struct hash *seed,
                                    const struct sample_population *population, uint32_t size,
                                    struct arena *arena);

/* sample_list_hash is H(TAG_SAMPLE_LIST, count u64, ids in the order drawn). */
void sample_list_hash(struct hash *out, const struct sample_population *population,
                      const uint32_t *picked, uint32_t size);

#endif
