/* SPDX-License-Identifier: Apache-2.0 */
#include "node/shell/calls.h"

#include "node/shell/wake.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

struct calls {
    uv_mutex_t lock;
    struct wake wake;
    struct call *first;
    struct call *last;
    size_t count;
    bool closed;
};

static struct call *take_all(struct calls *calls)
{
    uv_mutex_lock(&calls->lock);
    struct call *first = calls->first;
    calls->first = NULL;
    calls->last = NULL;
    calls->count = 0;
    uv_mutex_unlock(&calls->lock);
    return first;
}

static void on_wake(void *context)
{
    struct calls *calls = context;
    struct call *next = NULL;
    for (struct call *call = take_all(calls); call != NULL; call = next) {
        next = call->next; /* run may free it */
        call->run(call);
    }
}

enum err calls_new(struct calls **out, uv_loop_t *loop)
{
    struct calls *calls = calloc(1, sizeof(*calls));
    if (calls == NULL) {
        return ERR_MEMORY;
    }
    if (uv_mutex_init(&calls->lock) != 0) {
        free(calls);
        return ERR_MEMORY;
    }
    if (wake_open(&calls->wake, loop, on_wake, calls) != OK) {
        uv_mutex_destroy(&calls->lock);
        free(calls);
        return ERR_INTERNAL;
    }
    *out = calls;
    return OK;
}

enum err calls_post(struct calls *calls, struct call *call)
{
    assert(call->run != NULL);
    assert(call->drop != NULL);
    call->next = NULL;
    uv_mutex_lock(&calls->lock);
    const bool refused = calls->closed || calls->count >= CALLS_MAX;
    if (!refused) {
        const bool empty = calls->last == NULL;
        if (empty) {
            calls->first = call;
        } else {
            calls->last->next = call;
        }
        calls->last = call;
        calls->count++;
        /* Under the lock: calls_close may not close the handle between. */
        if (empty) {
            wake_send(&calls->wake);
        }
    }
    uv_mutex_unlock(&calls->lock);
    return refused ? ERR_BUSY : OK;
}

struct waiting {
    struct call call; /* first */
    void (*run)(void *context);
    void *context;
    uv_sem_t done;
    bool ran;
};

static void waiting_run(struct call *call)
{
    struct waiting *waiting = (struct waiting *)call;
    waiting->run(waiting->context);
    waiting->ran = true;
    uv_sem_post(&waiting->done);
}

static void waiting_drop(struct call *call)
{
    struct waiting *waiting = (struct waiting *)call;
    uv_sem_post(&waiting->done);
}

enum err calls_wait(struct calls *calls, void (*run)(void *context), void *context)
{
    struct waiting waiting = {
        .call = {.run = waiting_run, .drop = waiting_drop}, .run = run, .context = context};
    if (uv_sem_init(&waiting.done, 0) != 0) {
        return ERR_MEMORY;
    }
    enum err err = calls_post(calls, &waiting.call);
    if (err == OK) {
        uv_sem_wait(&waiting.done);
        err = waiting.ran ? OK : ERR_BUSY;
    }
    uv_sem_destroy(&waiting.done);
    return err;
}

void calls_close(struct calls *calls)
{
    uv_mutex_lock(&calls->lock);
    assert(!calls->closed);
    calls->closed = true;
    uv_mutex_unlock(&calls->lock);
    struct call *next = NULL;
    for (struct call *call = take_all(calls); call != NULL; call = next) {
        next = call->next;
        call->drop(call);
    }
    wake_close(&calls->wake);
}

void calls_free(struct calls *calls)
{
    if (calls != NULL) {
        assert(calls->closed);
        uv_mutex_destroy(&calls->lock);
        free(calls);
    }
}
