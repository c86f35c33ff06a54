/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_yardstick.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "ledger/chain/types.h"
#include "ledger/crypto/sign.h"
#include "tools/bench.h"

#define EVERY_NS 100000000L
#define AT_ONCE 3 /* the first finds cold caches, as does a node between two transactions */
#define MESSAGE 300
#define TIMES_MAX 65536 /* almost two hours */

struct bench_yardstick {
    pthread_t thread;
    atomic_bool stopping;
    struct sign_key key;
    uint8_t message[MESSAGE];
    uint8_t signature[SIGNATURE_SIZE];
    uint32_t count; /* of times, which are the thread's until it has ended */
    uint64_t times_ns[TIMES_MAX]; /* of AT_ONCE each */
};

static void verify_some(struct bench_yardstick *yardstick)
{
    const struct bytes message = bytes_of(yardstick->message, sizeof yardstick->message);
    const uint64_t start = bench_thread_ns();
    for (unsigned i = 0; i < AT_ONCE; i++) {
        if (!sign_verify(yardstick->key.public_key, message, yardstick->signature)) {
            abort();
        }
    }
    if (yardstick->count < TIMES_MAX) {
        yardstick->times_ns[yardstick->count++] = bench_thread_ns() - start;
    }
}

static void *yardstick_main(void *context)
{
    static const struct timespec pause = {.tv_nsec = EVERY_NS};
    struct bench_yardstick *yardstick = context;
    do {
        verify_some(yardstick);
        (void)nanosleep(&pause, NULL);
    } while (!atomic_load(&yardstick->stopping));
    return NULL;
}

enum err bench_yardstick_start(struct bench_yardstick **out)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = {0x59};
    struct bench_yardstick *yardstick = calloc(1, sizeof *yardstick);
    if (yardstick == NULL) {
        return ERR_MEMORY;
    }
    sign_key_from_seed(&yardstick->key, seed);
    sign_message(yardstick->signature, &yardstick->key,
                 bytes_of(yardstick->message, sizeof yardstick->message));
    if (pthread_create(&yardstick->thread, NULL, yardstick_main, yardstick) != 0) {
        free(yardstick);
        return ERR_MEMORY;
    }
    *out = yardstick;
    return OK;
}

static int ascending(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a;
    const uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

uint64_t bench_yardstick_stop(struct bench_yardstick *yardstick)
{
    if (yardstick == NULL) {
        return 0;
    }
    atomic_store(&yardstick->stopping, true);
    (void)pthread_join(yardstick->thread, NULL);
    qsort(yardstick->times_ns, yardstick->count, sizeof yardstick->times_ns[0], ascending);
    const uint64_t median = yardstick->times_ns[yardstick->count / 2] / AT_ONCE;
    free(yardstick);
    return median;
}
