/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of eight buckets chosen by a keyed hash; inside a set the search is linear. The key is drawn
 * at start, so nobody can aim addresses at one set. */

#include "api/rate.h"

#include "ledger/crypto/credential.h"
#include "ledger/crypto/seal.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024
#define WAYS 8
#define SCALE 1000 /* parts of a call in a bucket: one refills in 1,000 / per_second ms */

struct bucket {
    uint64_t owner; /* hash of address and interface; 0: free */
    uint64_t time_ms;
    uint64_t level; /* in parts of a call */
};

struct rate {
    pthread_mutex_t mutex;
    uint8_t key[32];
    uint32_t per_second;
    struct bucket buckets[SETS][WAYS];
};

struct rate *rate_new(uint32_t per_second)
{
    assert(per_second > 0);
    struct rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL || pthread_mutex_init(&rate->mutex, NULL) != 0) {
        free(rate);
        return NULL;
    }
    rate->per_second = per_second;
    seal_random(rate->key, sizeof rate->key);
    return rate;
}

void rate_free(struct rate *rate)
{
    if (rate != NULL) {
        pthread_mutex_destroy(&rate->mutex);
        free(rate);
    }
}

static uint64_t owner_of(const struct rate *rate, const uint8_t address[16], const char *interface)
{
    uint8_t text[16 + 64] = {0};
    const size_t size = strlen(interface);
    memcpy(text, address, 16);
    memcpy(text + 16, interface, size < 64 ? size : 64);
    struct hash mac;
    credential_mac(&mac, rate->key, bytes_of(text, sizeof text));
    uint64_t owner = 0;
    memcpy(&owner, mac.bytes, sizeof owner);
    return owner | 1;
}

/* What a bucket holds now. */
static uint64_t level_at(const struct rate *rate, const struct bucket *bucket, uint64_t now_ms)
{
    const uint64_t full = (uint64_t)rate->per_second * SCALE;
    const uint64_t passed = now_ms > bucket->time_ms ? now_ms - bucket->time_ms : 0;
    if (bucket->owner == 0 || passed >= 1000) {
        return full;
    }
    const uint64_t level = bucket->level + passed * rate->per_second * SCALE / 1000;
    return level < full ? level : full;
}

/* The owner's bucket, or the fullest one, made the owner's. */
static struct bucket *bucket_of(struct rate *rate, uint64_t owner, uint64_t now_ms)
{
    struct bucket *set = rate->buckets[owner >> 32 & (SETS - 1)];
    struct bucket *fullest = &set[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].owner == owner) {
            return &set[i];
        }
        if (level_at(rate, &set[i], now_ms) > level_at(rate, fullest, now_ms)) {
            fullest = &set[i];
        }
    }
    *fullest = (struct bucket){
        .owner = owner, .time_ms = now_ms, .level = (uint64_t)rate->per_second * SCALE};
    return fullest;
}

bool rate_take(struct rate *rate, const uint8_t address[16], const char *interface, uint64_t now_ms)
{
    const uint64_t owner = owner_of(rate, address, interface);
    pthread_mutex_lock(&rate->mutex);
    struct bucket *bucket = bucket_of(rate, owner, now_ms);
    bucket->level = level_at(rate, bucket, now_ms);
    bucket->time_ms = now_ms;
    const bool taken = bucket->level >= SCALE;
    if (taken) {
        bucket->level -= SCALE;
    }
    pthread_mutex_unlock(&rate->mutex);
    return taken;
}
