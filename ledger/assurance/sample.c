/* SPDX-License-Identifier: Apache-2.0 */
/* The i-th draw takes the number H(seed, i, attempt) modulo the weight that is left; numbers from
 * the incomplete last round of the modulus are thrown away, so no item is favoured. With 64 bits
 * and weights below 2^53 an attempt fails less than once in 2,048, and 64 in a row never happen. */
#include "ledger/assurance/sample.h"

#include <assert.h>
#include <string.h>

#define WEIGHT_MAX ((UINT64_C(1) << 53) - 1)
#define ATTEMPTS 64

enum err sample_population_of(struct sample_population *out, const struct sample_item *items,
                              size_t count)
{
    uint64_t sum = 0;
    if (count == 0 || count > SAMPLE_POPULATION_MAX) {
        return ERR_LENGTH;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && memcmp(items[i - 1].id.bytes, items[i].id.bytes, HASH_SIZE) >= 0) {
            return ERR_NOT_CANONICAL;
        }
        if (items[i].weight == 0 || items[i].weight > WEIGHT_MAX - sum) {
            return ERR_RANGE;
        }
        sum += items[i].weight;
    }
    *out = (struct sample_population){.items = items, .count = count, .weight = sum};
    return OK;
}

void sample_population_hash(struct hash *out, struct bytes salt,
                            const struct sample_population *population)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_POPULATION);
    hash_add(&hasher, salt);
    hash_add_u64(&hasher, population->count);
    for (size_t i = 0; i < population->count; i++) {
        hash_add(&hasher, hash_bytes(&population->items[i].id));
        hash_add_u64(&hasher, population->items[i].weight);
    }
    hash_end(&hasher, out);
}

void sample_commitment(struct hash *out, const struct hash *opening)
{
    hash_tagged(out, TAG_SAMPLE_COMMIT, hash_bytes(opening));
}

void sample_seed(struct hash *out, const struct hash *opening, const struct hash *block_id)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_SAMPLE_SEED);
    hash_add(&hasher, hash_bytes(opening));
    hash_add(&hasher, hash_bytes(block_id));
    hash_end(&hasher, out);
}

uint32_t sample_size(uint32_t count, uint32_t reliability_centi, uint32_t materiality_bp)
{
    assert(materiality_bp > 0);
    const uint64_t most = count < SAMPLE_SIZE_MAX ? count : SAMPLE_SIZE_MAX;
    const uint64_t size = (UINT64_C(100) * reliability_centi + materiality_bp - 1) / materiality_bp;
    return (uint32_t)(size < most ? size : most);
}

/* A number below limit that follows from seed and round. */
static uint64_t roll(const struct hash *seed, uint32_t round, uint64_t limit)
{
    const uint64_t whole = UINT64_MAX - UINT64_MAX % limit;
    uint64_t value = 0;
    for (uint32_t attempt = 0; attempt < ATTEMPTS; attempt++) {
        struct hasher hasher;
        struct hash digest;
        hash_begin(&hasher, TAG_SAMPLE_ROLL);
        hash_add(&hasher, hash_bytes(seed));
        hash_add_u64(&hasher, round);
        hash_add_u64(&hasher, attempt);
        hash_end(&hasher, &digest);
        value = 0;
        for (unsigned i = 0; i < 8; i++) {
            value |= (uint64_t)digest.bytes[i] << (8 * i);
        }
        if (value < whole) {
            break;
        }
    }
    return value % limit;
}

enum err assurance_sample(uint32_t *picked, const struct hash *seed,
                          const struct sample_population *population, uint32_t size,
                          struct arena *arena)
{
    assert(size <= population->count);
    bool *taken = arena_alloc(arena, population->count * sizeof *taken);
    uint64_t left = population->weight;
    if (taken == NULL) {
        return ERR_MEMORY;
    }
    for (uint32_t round = 0; round < size; round++) {
        uint64_t at = roll(seed, round, left);
        uint32_t i = 0;
        while (taken[i] || at >= population->items[i].weight) {
            at -= taken[i] ? 0 : population->items[i].weight;
            i++;
            assert(i < population->count);
        }
        taken[i] = true;
        left -= population->items[i].weight;
        picked[round] = i;
    }
    return OK;
}

void sample_list_hash(struct hash *out, const struct sample_population *population,
                      const uint32_t *picked, uint32_t size)
{
    struct hasher hasher;
    hash_begin(&hasher, TAG_SAMPLE_LIST);
    hash_add_u64(&hasher, size);
    for (uint32_t i = 0; i < size; i++) {
        hash_add(&hasher, hash_bytes(&population->items[picked[i]].id));
    }
    hash_end(&hasher, out);
}
