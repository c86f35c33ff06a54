/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_ENV_UV_H
#define NODE_SHELL_ENV_UV_H

/* struct env of node/core on libuv: clocks, timers, frames through peers, files, jobs on threads,
 * random bytes, log lines, metrics. One node belongs to it. */

#include <uv.h>

#include "node/core/node.h"
#include "node/shell/files.h"
#include "node/shell/logger.h"
#include "node/shell/metrics.h"
#include "node/shell/mesh.h"

struct env_uv;

struct env_uv_setup {
    uv_loop_t *loop; /* all borrowed */
    struct files *files;
    struct logger *logger;
    struct metrics *metrics;
    uint32_t verify_threads;
    /* After each event that reached the node: it may have stopped, or be ready for more. */
    void (*after)(void *context);
    void *context;
};

/* env_uv_new starts the threads. Gives *out. ERR_MEMORY, ERR_INTERNAL. */
enum err NODISCARD env_uv_new(struct env_uv **out, const struct env_uv_setup *setup);
const struct env *env_uv_env(const struct env_uv *env);
/* env_uv_attach says whom timers and finished jobs go to, and through whom frames leave; before
 * node_start. */
void env_uv_attach(struct env_uv *env, struct node *node, struct mesh *mesh);
/* env_uv_realtime: does the signer's thread have a real-time place? */
bool env_uv_realtime(const struct env_uv *env);

/* env_uv_stop ends threads and timers; the node must have stopped. env_uv_free when the loop has
 * run the close callbacks. */
void env_uv_stop(struct env_uv *env);
void env_uv_free(struct env_uv *env);

#endif
