/* SPDX-License-Identifier: Apache-2.0 */
/* A queue is a list in two lanes under a mutex with a condition. Of the pool that verifies, one
 * thread takes urgent jobs and nothing else; the others help it when it is busy and they are not,
 * or many wait. Finished jobs gather in one list, and the first of them wakes the loop, which takes
 * the whole list at once. */
#include "node/shell/jobs.h"

#include "node/shell/wake.h"

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
    uv_cond_t wake_urgent;
    struct lane urgent;
    struct lane normal;
    uint32_t waiting_urgent;
    uint32_t waiting_normal;
    bool urgent_busy; /* the thread for them has one */
    bool stopping;
};

struct worker {
    struct jobs *jobs;
    enum env_executor executor;
    bool urgent_only; /* one thread of the verification pool, which alone has urgent jobs */
    uv_thread_t thread;
};

struct jobs {
    struct job_queue queues[ENV_EXECUTORS];
    struct worker workers[THREADS_MAX];
    size_t worker_count;
    uv_mutex_t finished_lock;
    struct lane finished;
    struct wake wake;
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

/* Which lane this worker takes its next job from; NULL: there is nothing for it. */
static struct lane *lane_for(const struct worker *worker, struct job_queue *queue)
{
    const bool many = queue->waiting_urgent > (worker->urgent_only ? 0 : JOBS_URGENT_MANY);
    if (!many && queue->waiting_normal > 0 && !worker->urgent_only) {
        return &queue->normal;
    }
    const bool left = queue->waiting_urgent > 0 && queue->urgent_busy; /* and nothing else to do */
    return many || left ? &queue->urgent : NULL;
}

/* Waits for a job; NULL when the queue stops. */
static struct env_job *queue_take(const struct worker *worker, struct job_queue *queue)
{
    uv_cond_t *wake = worker->urgent_only ? &queue->wake_urgent : &queue->wake;
    struct env_job *job = NULL;
    uv_mutex_lock(&queue->lock);
    queue->urgent_busy = queue->urgent_busy && !worker->urgent_only;
    struct lane *lane = lane_for(worker, queue);
    while (lane == NULL && !queue->stopping) {
        uv_cond_wait(wake, &queue->lock);
        lane = lane_for(worker, queue);
    }
    if (!queue->stopping) {
        job = lane_take(lane);
        assert(job != NULL);
        *(lane == &queue->urgent ? &queue->waiting_urgent : &queue->waiting_normal) -= 1;
        queue->urgent_busy = queue->urgent_busy || worker->urgent_only;
        if (lane == &queue->urgent && queue->waiting_urgent > 0) {
            uv_cond_signal(&queue->wake); /* they came before this thread was awake */
        }
    }
    uv_mutex_unlock(&queue->lock);
    return job;
}

static const char *name_of(const struct worker *worker)
{
    static const char *const names[ENV_EXECUTORS] = {[ENV_SIGNER] = "signer",
                                                     [ENV_EXECUTOR] = "executor",
                                                     [ENV_COMMITTER] = "committer",
                                                     [ENV_VERIFY] = "verify"};
    return worker->urgent_only ? "verify votes" : names[worker->executor];
}

static void work(void *argument)
{
    const struct worker *worker = argument;
    struct jobs *jobs = worker->jobs;
    struct job_queue *queue = &jobs->queues[worker->executor];
    (void)pthread_setname_np(pthread_self(), name_of(worker)); /* for who looks at a busy node */
    for (struct env_job *job = queue_take(worker, queue); job != NULL;
         job = queue_take(worker, queue)) {
        job->run(job);
        uv_mutex_lock(&jobs->finished_lock);
        const bool empty = jobs->finished.last == NULL;
        lane_put(&jobs->finished, job);
        uv_mutex_unlock(&jobs->finished_lock);
        if (empty) {
            wake_send(&jobs->wake);
        }
    }
}

static void deliver(void *context)
{
    struct jobs *jobs = context;
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

static bool start_worker(struct jobs *jobs, enum env_executor executor, bool urgent_only)
{
    struct worker *worker = &jobs->workers[jobs->worker_count];
    *worker = (struct worker){.jobs = jobs, .executor = executor, .urgent_only = urgent_only};
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
    if (wake_open(&jobs->wake, loop, deliver, jobs) != OK) {
        free(jobs);
        return ERR_INTERNAL;
    }
    bool good = uv_mutex_init(&jobs->finished_lock) == 0;
    for (size_t i = 0; good && i < ENV_EXECUTORS; i++) {
        good = uv_mutex_init(&jobs->queues[i].lock) == 0 &&
               uv_cond_init(&jobs->queues[i].wake) == 0 &&
               uv_cond_init(&jobs->queues[i].wake_urgent) == 0;
    }
    assert(good); /* they fail only for want of memory, before anything was promised */
    for (uint32_t i = 0; good && i < ENV_EXECUTORS + verify_threads; i++) {
        good =
            start_worker(jobs, i < ENV_VERIFY ? (enum env_executor)i : ENV_VERIFY, i == ENV_VERIFY);
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
    const bool urgent = executor == ENV_VERIFY && job->urgent;
    const bool full =
        queue->stopping || (executor == ENV_VERIFY &&
                            queue->waiting_urgent + queue->waiting_normal >= JOBS_VERIFY_MAX);
    if (!full && urgent) {
        lane_put(&queue->urgent, job);
        queue->waiting_urgent++;
        uv_cond_signal(&queue->wake_urgent);
    }
    if (!full && !urgent) {
        lane_put(&queue->normal, job);
        queue->waiting_normal++;
    }
    if (!full && (!urgent || queue->urgent_busy)) {
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
        uv_cond_broadcast(&jobs->queues[i].wake_urgent);
        uv_mutex_unlock(&jobs->queues[i].lock);
    }
    for (size_t i = 0; i < jobs->worker_count; i++) {
        uv_thread_join(&jobs->workers[i].thread);
    }
    for (size_t i = 0; i < ENV_EXECUTORS; i++) {
        drop_lane(&jobs->queues[i].urgent);
        drop_lane(&jobs->queues[i].normal);
        uv_cond_destroy(&jobs->queues[i].wake);
        uv_cond_destroy(&jobs->queues[i].wake_urgent);
        uv_mutex_destroy(&jobs->queues[i].lock);
    }
    drop_lane(&jobs->finished);
    uv_mutex_destroy(&jobs->finished_lock);
    wake_close(&jobs->wake);
}

void jobs_free(struct jobs *jobs)
{
    if (jobs != NULL) {
        assert(jobs->stopped);
        free(jobs);
    }
}
