/* SPDX-License-Identifier: Apache-2.0 */
/* An entry is 256 bits in four words and a sequence number. A writer that finds the number odd goes
 * away, a reader that saw it change answers no: both cost the work once more and nothing else. */
#include "node/core/cache.h"

#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define WORDS 4

struct entry {
    _Atomic uint64_t sequence;
    _Atomic uint64_t words[WORDS];
};

struct cache {
    uint64_t mask;
    struct entry *entries;
};

struct cache *cache_new(uint32_t entries)
{
    uint64_t size = 64;
    while (size < entries) {
        size *= 2;
    }
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        return NULL;
    }
    cache->mask = size - 1;
    cache->entries = calloc(size, sizeof *cache->entries);
    if (cache->entries == NULL) {
        free(cache);
        return NULL;
    }
    return cache;
}

void cache_free(struct cache *cache)
{
    if (cache != NULL) {
        free(cache->entries);
        free(cache);
    }
}

static void split(uint64_t words[WORDS], const struct hash *question)
{
    static_assert(WORDS * sizeof(uint64_t) == HASH_SIZE, "the whole hash is kept");
    memcpy(words, question->bytes, HASH_SIZE);
}

bool cache_known(struct cache *cache, const struct hash *question)
{
    uint64_t words[WORDS];
    split(words, question);
    struct entry *entry = &cache->entries[words[0] & cache->mask];
    const uint64_t before = atomic_load_explicit(&entry->sequence, memory_order_acquire);
    if (before == 0 || (before & 1) != 0) {
        return false;
    }
    bool same = true;
    for (int i = 0; i < WORDS; i++) {
        same &= atomic_load_explicit(&entry->words[i], memory_order_acquire) == words[i];
    }
    return same && atomic_load_explicit(&entry->sequence, memory_order_relaxed) == before;
}

void cache_learn(struct cache *cache, const struct hash *question)
{
    uint64_t words[WORDS];
    split(words, question);
    struct entry *entry = &cache->entries[words[0] & cache->mask];
    uint64_t before = atomic_load_explicit(&entry->sequence, memory_order_relaxed);
    if ((before & 1) != 0 ||
        !atomic_compare_exchange_strong(&entry->sequence, &before, before + 1)) {
        return;
    }
    for (int i = 0; i < WORDS; i++) {
        atomic_store_explicit(&entry->words[i], words[i], memory_order_release);
    }
    atomic_store_explicit(&entry->sequence, before + 2, memory_order_release);
}

static bool has(void *context, const struct hash *question)
{
    return cache_known(context, question);
}

static void add(void *context, const struct hash *question)
{
    cache_learn(context, question);
}

struct known cache_as_known(struct cache *cache)
{
    return (struct known){.context = cache, .has = has, .add = add};
}

static bool verify(void *context, const uint8_t *public_key, struct bytes message,
                   const uint8_t *signature)
{
    struct hasher hasher;
    struct hash question;
    hash_begin(&hasher, TAG_VERIFIED);
    hash_add(&hasher, bytes_of(public_key, SIGN_PUBLIC_SIZE));
    hash_add(&hasher, message);
    hash_add(&hasher, bytes_of(signature, SIGNATURE_SIZE));
    hash_end(&hasher, &question);
    if (cache_known(context, &question)) {
        return true;
    }
    if (!sign_verify(public_key, message, signature)) {
        return false;
    }
    cache_learn(context, &question);
    return true;
}

struct exec_verifier cache_for_transactions(struct cache *cache)
{
    return (struct exec_verifier){.context = cache, .verify = verify};
}
