/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_WORLD_H
#define TOOLS_BENCH_WORLD_H

/* Where the benchmarks live: a demonstration consortium in a new directory on the machine's disk,
 * its genesis, and people who sign. With nodes that run, or without. */

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

#include "tools/bench_load.h"
#include "tools/load/sign.h"
#include "tools/localnet.h"
#include "tools/localnet_token.h"

/* Four organisations of each kind of load, so that they fill the whole of a pool, of which one may
 * have a quarter. */
#define BENCH_SENDERS 4
#define BENCH_TARGETS 4 /* nodes that are called */

struct bench_world {
    char dir[64];
    struct localnet net;
    struct arena arena; /* of texts below */
    struct bytes genesis; /* canonical */
    struct load_sender anchors[BENCH_SENDERS]; /* of any kind of organisation */
    struct load_sender mines[BENCH_SENDERS]; /* who operate mines */
    struct bench_target targets[BENCH_TARGETS];
    char tokens[BENCH_TARGETS][LOCALNET_TOKEN_MAX];
    pthread_t watcher; /* waits for SIGINT, SIGTERM, SIGHUP */
    bool watched;
    sigset_t before; /* the mask of the caller */
    pthread_mutex_t starting; /* held while a node starts, and by the watcher for ever */
};

/* bench_world_make makes directory, keys and genesis; nothing runs. The caller calls
 * bench_world_end in any case; if the process is told to end before, nodes and directory go, too.
 * It is called before other threads begin, since those signals are blocked from here on. */
enum err NODISCARD bench_world_make(struct bench_world *world, uint32_t nodes, uint16_t base_port,
                                    struct err_detail *detail);
/* bench_world_start starts the nodes, waits until they are ready and gets tokens. */
enum err NODISCARD bench_world_start(struct bench_world *world, struct err_detail *detail);
/* bench_world_settle waits until the nodes that are called stand at one height with empty pools:
 * what a load left behind is then done and paid for. ERR_BUSY: not in wait_ms. */
enum err NODISCARD bench_world_settle(const struct bench_world *world, uint32_t wait_ms,
                                      struct err_detail *detail);
/* bench_world_end stops what runs and removes the directory. */
void bench_world_end(struct bench_world *world);

/* bench_world_validators loads the first count consensus keys, ascending by public key. */
enum err NODISCARD bench_world_validators(struct sign_key *keys, size_t count,
                                          const struct bench_world *world,
                                          struct err_detail *detail);

#endif
