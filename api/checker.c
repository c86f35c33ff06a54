/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue in the order of arrival. */

#include "api/checker.h"

#include <stdlib.h>
#include <string.h>

struct checker {
    void (*run)(struct call *call);
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct call *queue[CHECKER_QUEUE];
    size_t count;
    bool stopping;
    pthread_t thread;
};

/* With the mutex held. */
static struct call *take_first(struct checker *checker)
{
    struct call *call = checker->queue[0];
    checker->count--;
    memmove(checker->queue, checker->queue + 1, checker->count * sizeof checker->queue[0]);
    return call;
}

static void *checker_main(void *context)
{
    struct checker *checker = context;
    pthread_mutex_lock(&checker->mutex);
    while (!checker->stopping || checker->count > 0) {
        if (checker->count == 0) {
            pthread_cond_wait(&checker->wake, &checker->mutex);
            continue;
        }
        struct call *call = take_first(checker);
        const bool stopping = checker->stopping;
        pthread_mutex_unlock(&checker->mutex);
        if (stopping) {
            call_finish(call, call_fail(call, ERR_BUSY, NULL, NULL, NULL));
        } else {
            checker->run(call);
        }
        pthread_mutex_lock(&checker->mutex);
    }
    pthread_mutex_unlock(&checker->mutex);
    return NULL;
}

struct checker *checker_new(void (*run)(struct call *call))
{
    struct checker *checker = calloc(1, sizeof *checker);
    if (checker == NULL || pthread_mutex_init(&checker->mutex, NULL) != 0) {
        free(checker);
        return NULL;
    }
    checker->run = run;
    if (pthread_cond_init(&checker->wake, NULL) != 0) {
        goto destroy_mutex;
    }
    if (pthread_create(&checker->thread, NULL, checker_main, checker) == 0) {
        return checker;
    }
    pthread_cond_destroy(&checker->wake);
destroy_mutex:
    pthread_mutex_destroy(&checker->mutex);
    free(checker);
    return NULL;
}

bool checker_take(struct checker *checker, struct call *call)
{
    pthread_mutex_lock(&checker->mutex);
    const bool taken = !checker->stopping && checker->count < CHECKER_QUEUE;
    if (taken) {
        *call->later = true;
        checker->queue[checker->count++] = call;
        pthread_cond_signal(&checker->wake);
    }
    pthread_mutex_unlock(&checker->mutex);
    return taken;
}

void checker_stop(struct checker *checker)
{
    pthread_mutex_lock(&checker->mutex);
    checker->stopping = true;
    pthread_cond_signal(&checker->wake);
    pthread_mutex_unlock(&checker->mutex);
    pthread_join(checker->thread, NULL);
}

void checker_free(struct checker *checker)
{
    if (checker != NULL) {
        pthread_cond_destroy(&checker->wake);
        pthread_mutex_destroy(&checker->mutex);
        free(checker);
    }
}
