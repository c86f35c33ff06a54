/* SPDX-License-Identifier: Apache-2.0 */
/* The update is measured as a node does it for a vote: the block's writes are there, the tree above
 * them is computed once, from the nodes of the database and what its cache holds of them. */

#include <inttypes.h>
#include <stdio.h>

#include "tools/bench.h"
#include "tools/bench_chain.h"
#include "tools/bench_parts.h"

#define PATH_BYTES 128

struct tree_part {
    struct bench_chain *chain;
    uint64_t keys; /* in the state */
    uint64_t writes; /* of a block */
    uint64_t turn;
    uint64_t made; /* nodes, over all updates */
    uint64_t replaced;
    uint64_t updates;
};

static enum err update_once(struct tree_part *part, uint64_t *ns)
{
    struct chain_state *state = NULL;
    struct hash root;
    const uint64_t step = part->keys / part->writes;
    part->turn++;
    enum err err = chain_state_next(&state, bench_chain_tip(part->chain));
    if (err == OK) {
        err = bench_chain_write(state, part->turn % step, step, part->writes,
                                (uint8_t)(1 + part->turn % 255));
    }
    if (err == OK) {
        const uint64_t start = bench_thread_ns();
        err = chain_state_root_of(state, chain_state_overlay(state), &root);
        *ns += bench_thread_ns() - start;
    }
    if (err == OK) {
        part->made += tree_node_count(chain_state_tree(state));
        part->replaced += tree_stale_count(chain_state_tree(state));
        part->updates++;
    }
    chain_state_drop(state);
    return err;
}

static enum err update(void *context, uint64_t times, uint64_t *ns)
{
    enum err err = OK;
    *ns = 0;
    for (uint64_t i = 0; i < times && err == OK; i++) {
        err = update_once(context, ns);
    }
    return err;
}

static enum err measure(struct bench_parts *parts, struct bench_chain *chain, uint64_t keys,
                        uint64_t writes)
{
    struct tree_part part = {.chain = chain, .keys = keys, .writes = writes};
    const enum err err = bench_part_time(parts, "tree", BENCH_US, update, &part,
                                         "update of %" PRIu64 " of %" PRIu64 " keys", writes, keys);
    if (err == OK) {
        bench_part_count(parts, "tree", "nodes", (part.made + part.replaced) / part.updates,
                         "the same: nodes made and replaced");
    }
    return err;
}

enum err bench_parts_tree(struct bench_parts *parts)
{
    static const uint64_t writes[] = {1, 10, 100, 1000};
    const uint64_t sizes[] = {parts->settings.keys / 10, parts->settings.keys};
    char path[PATH_BYTES];
    struct bench_chain *chain = NULL;
    uint64_t filled = 0;
    (void)snprintf(path, sizeof path, "%s/tree", parts->world.dir);
    enum err err = bench_chain_open(&chain, path, parts->world.genesis, NULL, 0, &parts->detail);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0] && err == OK; i++) {
        err = bench_chain_fill(chain, filled, sizes[i] - filled);
        filled = sizes[i];
        for (size_t k = 0; k < sizeof writes / sizeof writes[0] && err == OK; k++) {
            if (writes[k] * 10 <= sizes[i]) {
                err = measure(parts, chain, sizes[i], writes[k]);
            }
        }
    }
    bench_chain_close(chain);
    bench_directory_remove(path);
    return err;
}
