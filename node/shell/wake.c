/* SPDX-License-Identifier: Apache-2.0 */
#include "node/shell/wake.h"

#include <assert.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void on_readable(uv_poll_t *handle, int status, int events)
{
    struct wake *wake = handle->data;
    uint64_t count;
    (void)status;
    (void)events;
    /* First the mark, then the list: what is put later wakes again. */
    const ssize_t got = read(wake->fd, &count, sizeof(count));
    if (got == (ssize_t)sizeof(count)) {
        wake->run(wake->context);
    }
}

enum err wake_open(struct wake *wake, uv_loop_t *loop, wake_fn run, void *context)
{
    wake->run = run;
    wake->context = context;
    wake->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wake->fd < 0) {
        return ERR_INTERNAL;
    }
    if (uv_poll_init(loop, &wake->poll, wake->fd) != 0) {
        close(wake->fd);
        return ERR_INTERNAL;
    }
    wake->poll.data = wake;
    const int started = uv_poll_start(&wake->poll, UV_READABLE, on_readable);
    assert(started == 0); /* the handle is open and new */
    (void)started;
    return OK;
}

void wake_send(struct wake *wake)
{
    const uint64_t one = 1;
    /* It fails only when 2^64 - 2 wait, and then the loop is awake. */
    const ssize_t written = write(wake->fd, &one, sizeof(one));
    (void)written;
}

static void on_close(uv_handle_t *handle)
{
    const struct wake *wake = handle->data;
    close(wake->fd);
}

void wake_close(struct wake *wake)
{
    uv_close((uv_handle_t *)&wake->poll, on_close);
}
