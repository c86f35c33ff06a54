/* SPDX-License-Identifier: Apache-2.0 */
/* A queue is a list in two lanes under a mutex with a condition; urgent jobs go first. Finished
 * jobs gather in one list, and an async handle wakes the loop, which takes the whole list at once:
 * wake-ups coalesce, list entries do not. */
#include "node/shell/jobs.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define VERIFY_THREADS_MAX 64
#define THREADS_MAX (VERIFY_THREADS_MAX + ENV_EXECUTORS)

struct lane {
    struct env_job *first;
    struct env_job *last;
};

struct job_queue {
    uv_mutex_t lock;
    uv_cond_t wake;
    struct lane urgent;
    struct lane normal;
    uint32_t waiting;
    bool stopping;
};

struct worker {
    struct jobs *jobs;
    enum env_executor executor;
    uv_thread_t thread;
};

struct jobs {
    struct job_queue queues[ENV_EXECUTORS];
    struct worker workers[THREADS_MAX];
    size_t worker_count;
    uv_mutex_t finished_lock;
    struct lane finished;
    uv_async_t wake_loop;
    jobs_done_fn done;
    void *context;
    bool realtime;
    bool stopped;
};

static void lane_put(struct lane *lane, struct env_job *job)
{
    job->next = NULL;
    if (lane->last == NULL) {
        lane->first = job;
    } else {
        lane->last->next = job;
    }
    lane->last = job;
}

static struct env_job *lane_take(struct lane *lane)
{
    struct env_job *job = lane->first;
    if (job != NULL) {
        lane->first = job->next;
        if (lane->first == NULL) {
            lane->last = NULL;
        }
        job->next = NULL;
    }
    return job;
}

/* Waits for a job; NULL when the queue stops. */
static struct env_job *queue_take(struct job_queue *queue)
{
    uv_mutex_lock(&queue->lock);
    while (queue->waiting == 0 && !queue->stopping) {
        uv_cond_wait(&queue->wake, &queue->lock);
    }
    struct env_job *job = NULL;
    if (!queue->stopping) {
        job = lane_take(&queue->urgent);
        if (job == NULL) {
            job = lane_take(&queue->normal);
        }
        assert(job != NULL);
        queue->waiting--;
    }
    uv_mutex_unlock(&queue->lock);
    return job;
}

static void work(void *argument)
{
    const struct worker *worker = argument;
    struct jobs *jobs = worker->jobs;
    struct job_queue *queue = &jobs->queues[worker->executor];
    for (struct env_job *job = queue_take(queue); job != NULL; job = queue_take(queue)) {
        job->run(job);
        uv_mutex_lock(&jobs->finished_lock);
        lane_put(&jobs->finished, job);
        uv_mutex_unlock(&jobs->finished_lock);
        uv_async_send(&jobs->wake_loop);
    }
}

static void deliver(uv_async_t *handle)
{
    struct jobs *jobs = handle->data;
    uv_mutex_lock(&jobs->finished_lock);
    struct lane all = jobs->finished;
    jobs->finished = (struct lane){NULL, NULL};
    uv_mutex_unlock(&jobs->finished_lock);
    for (struct env_job *job = lane_take(&all); job != NULL; job = lane_take(&all)) {
        jobs->done(jobs->context, job);
    }
}

/* A thread that wakes from a sync while both cores are busy waits for the next tick of the kernel,
 * 4 ms, unless it has a real-time place. Refused without the right to it, which is no error. */
static bool make_realtime(uv_thread_t thread)
{
    struct sched_param param = {.sched_priority = 1};
    return pthread_setschedparam(thread, SCHED_RR, &param) == 0;
}

static bool start_worker(struct jobs *jobs, enum env_executor executor)
{
    struct worker *worker = &jobs->workers[jobs->worker_count];
    *worker = (struct worker){.jobs = jobs, .executor = executor};
    if (uv_thread_create(&worker->thread, work, worker) != 0) {
        return false;
    }
    jobs->worker_count++;
    if (executor == ENV_SIGNER) {
        jobs->realtime = make_realtime(worker->thread);
    }
    return true;
}

enum err jobs_new(struct jobs **out, uv_loop_t *loop, uint32_t verify_threads, jobs_done_fn done,
                  void *context, bool *realtime)
{
    assert(verify_threads >= 1);
    assert(verify_threads <= VERIFY_THREADS_MAX);
    struct jobs *jobs = calloc(1, sizeof(*jobs));
    if (jobs == NULL) {
        return ERR_MEMORY;
    }
    jobs->done = done;
    jobs->context = context;
    if (uv_async_init(loop, &jobs->wake_loop, deliver) != 0) {
        free(jobs);
        return ERR_INTERNAL;
    }
    jobs->wake_loop.data = jobs;
    bool good = uv_mutex_init(&jobs->finished_lock) == 0;
    for (size_t i = 0; good && i < ENV_EXECUTORS; i++) {
        good =
            uv_mutex_init(&jobs->queues[i].lock) == 0 && uv_cond_init(&jobs->queues[i].wake) == 0;
    }
    assert(good); /* they fail only for want of memory, before anything was promised */
    for (uint32_t i = 0; good && i < ENV_EXECUTORS - 1 + verify_threads; i++) {
        good = start_worker(jobs, i < ENV_VERIFY ? (enum env_executor)i : ENV_VERIFY);
    }
    if (realtime != NULL) {
        *realtime = jobs->realtime;
    }
    if (!good) {
        jobs_stop(jobs); /* the caller runs the loop once more and frees */
    }
    *out = jobs;
    return good ? OK : ERR_INTERNAL;
}

bool jobs_start(struct jobs *jobs, enum env_executor executor, struct env_job *job)
{
    assert(executor < ENV_EXECUTORS);
    assert(job->run != NULL);
    struct job_queue *queue = &jobs->queues[executor];
    uv_mutex_lock(&queue->lock);
    const bool full =
        queue->stopping || (executor == ENV_VERIFY && queue->waiting >= JOBS_VERIFY_MAX);
    if (!full) {
        lane_put(job->urgent ? &queue->urgent : &queue->normal, job);
        queue->waiting++;
        uv_cond_signal(&queue->wake);
    }
    uv_mutex_unlock(&queue->lock);
    return !full;
}

static void drop_lane(struct lane *lane)
{
    for (struct env_job *job = lane_take(lane); job != NULL; job = lane_take(lane)) {
        job->drop(job);
    }
}

void jobs_stop(struct jobs *jobs)
{
    assert(!jobs->stopped);
    jobs->stopped = true;
    for (size_t i = 0; i < ENV_EXECUTORS; i++) {
        uv_mutex_lock(&jobs->queues[i].lock);
        jobs->queues[i].stopping = true;
        uv_cond_broadcast(&jobs->queues[i].wake);
        uv_mutex_unlock(&jobs->queues[i].lock);
    }
    for (size_t i = 0; i < jobs->worker_count; i++) {
        uv_thread_join(&jobs->workers[i].thread);
    }
    for (size_t i = 0; i < ENV_EXECUTORS; i++) {
        drop_lane(&jobs->queues[i].urgent);
        drop_lane(&jobs->queues[i].normal);
        uv_cond_destroy(&jobs->queues[i].wake);
        uv_mutex_destroy(&jobs->queues[i].lock);
    }
    drop_lane(&jobs->finished);
    uv_mutex_destroy(&jobs->finished_lock);
    uv_close((uv_handle_t *)&jobs->wake_loop, NULL);
}

void jobs_free(struct jobs *jobs)
{
    if (jobs != NULL) {
        assert(jobs->stopped);
        free(jobs);
    }
}
