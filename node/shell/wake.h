/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_WAKE_H
#define NODE_SHELL_WAKE_H

/* Waking the loop from other threads: what is to be done stands in a list of the caller's. Not
 * libuv's own handle for it: there the loop spins while the sending thread is still between its
 * write and its last mark, which on a busy machine took a twentieth of the processor. */

#include <uv.h>

#include "ledger/base/err.h"

typedef void (*wake_fn)(void *context);

struct wake {
    uv_poll_t poll;
    int fd; /* an eventfd */
    wake_fn run;
    void *context;
};

/* wake_open lets the loop call run, on its thread, after each wake_send; many of them may be one
 * call. ERR_INTERNAL: no handle left, nothing to close. */
enum err NODISCARD wake_open(struct wake *wake, uv_loop_t *loop, wake_fn run, void *context);
void wake_send(struct wake *wake); /* from any thread */
/* wake_close: no wake_send may follow; *wake must stay until the loop has run once more. */
void wake_close(struct wake *wake);

#endif
