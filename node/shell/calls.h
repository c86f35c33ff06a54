/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_CALLS_H
#define NODE_SHELL_CALLS_H

/* How other threads reach the loop: a bounded queue of calls and one wake-up handle. HTTP threads
 * use it to ask the node, which lives on the loop alone. */

#include <uv.h>

#include "ledger/base/err.h"

#define CALLS_MAX 4096

/* Embedded in what the caller wants done. */
struct call {
    struct call *next;
    void (*run)(struct call *call); /* on the loop */
    void (*drop)(struct call *call); /* instead of run, when the node stops; on the loop */
};

struct calls;

enum err NODISCARD calls_new(struct calls **out, uv_loop_t *loop);
/* calls_post takes call, from any thread. ERR_BUSY: full or closed, nothing was taken. */
enum err NODISCARD calls_post(struct calls *calls, struct call *call);
/* calls_wait posts and waits until it has run (OK) or was dropped (ERR_BUSY). Not from the loop. */
enum err NODISCARD calls_wait(struct calls *calls, void (*run)(void *context), void *context);

/* calls_close drops what waits and refuses what comes. calls_free after the loop has run, and after
 * the last thread that may post has ended. */
void calls_close(struct calls *calls);
void calls_free(struct calls *calls);

#endif
