/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and the way back: every job returns once, in order where order is promised, urgent first,
 * and none is lost when many finish between two turns of the loop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/shell/jobs.h"

#define POOL 2 /* threads */

struct world {
    uv_loop_t loop;
    struct jobs *jobs;
    size_t done;
    size_t dropped;
    size_t order[8192];
    size_t expected;
    uv_sem_t entered; /* by jobs that wait */
    uv_sem_t gate;
    uv_sem_t urgent_gate;
};

struct test_job {
    struct env_job job; /* first */
    struct world *world;
    size_t number;
    bool waits;
    uv_thread_t ran_on;
};

static void run(struct env_job *job)
{
    struct test_job *mine = (struct test_job *)job;
    mine->ran_on = uv_thread_self();
    if (mine->waits) {
        uv_sem_post(&mine->world->entered);
        uv_sem_wait(mine->job.urgent ? &mine->world->urgent_gate : &mine->world->gate);
    }
}

static void drop(struct env_job *job)
{
    struct test_job *mine = (struct test_job *)job;
    mine->world->dropped++;
    free(mine);
}

static void on_done(void *context, struct env_job *job)
{
    struct world *world = context;
    struct test_job *mine = (struct test_job *)job;
    uv_thread_t loop_thread = uv_thread_self();
    assert_false(uv_thread_equal(&mine->ran_on, &loop_thread));
    world->order[world->done++] = mine->number;
    free(mine);
    if (world->done == world->expected) {
        uv_stop(&world->loop);
    }
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(uv_sem_init(&world->entered, 0), 0);
    assert_int_equal(uv_sem_init(&world->gate, 0), 0);
    assert_int_equal(uv_sem_init(&world->urgent_gate, 0), 0);
    bool realtime = false;
    assert_int_equal(jobs_new(&world->jobs, &world->loop, POOL, on_done, world, &realtime), OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    jobs_stop(world->jobs);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    jobs_free(world->jobs);
    uv_sem_destroy(&world->entered);
    uv_sem_destroy(&world->gate);
    uv_sem_destroy(&world->urgent_gate);
    free(world);
    return 0;
}

static bool start(struct world *world, enum env_executor executor, size_t number, bool urgent,
                  bool waits)
{
    struct test_job *job = calloc(1, sizeof(*job));
    assert_non_null(job);
    job->job.run = run;
    job->job.drop = drop;
    job->job.urgent = urgent;
    job->world = world;
    job->number = number;
    job->waits = waits;
    const bool taken = jobs_start(world->jobs, executor, &job->job);
    if (!taken) {
        free(job);
    }
    return taken;
}

static void test_order(void **state)
{
    struct world *world = *state;
    world->expected = 5000;
    for (size_t i = 0; i < world->expected; i++) {
        assert_true(start(world, ENV_SIGNER, i, false, false));
    }
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, world->expected);
    for (size_t i = 0; i < world->expected; i++) {
        assert_int_equal(world->order[i], i);
    }
}

static void run_until(struct world *world, size_t done)
{
    world->expected = done;
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, done);
}

/* Urgent jobs pass whatever holds the pool. */
static void test_urgent_first(void **state)
{
    static const size_t order[] = {9, 0, 1, 2, 3, 4};
    struct world *world = *state;
    for (int i = 0; i < POOL; i++) {
        assert_true(start(world, ENV_VERIFY, 0, false, true));
        uv_sem_wait(&world->entered);
    }
    for (size_t i = 1; i <= 4; i++) {
        assert_true(start(world, ENV_VERIFY, i, false, false));
    }
    assert_true(start(world, ENV_VERIFY, 9, true, false));
    run_until(world, 1);
    /* One thread of the pool goes on alone. */
    uv_sem_post(&world->gate);
    run_until(world, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(world->order[i], order[i]);
    }
    uv_sem_post(&world->gate);
    run_until(world, 7);
}

/* While their thread is busy, who has nothing else to do takes urgent ones. */
static void test_urgent_helped(void **state)
{
    const size_t count = 100;
    struct world *world = *state;
    assert_true(start(world, ENV_VERIFY, 0, true, true));
    uv_sem_wait(&world->entered);
    for (size_t i = 0; i < count; i++) {
        assert_true(start(world, ENV_VERIFY, 1, true, false));
    }
    run_until(world, count);
    uv_sem_post(&world->urgent_gate);
    run_until(world, count + 1);
}

/* Where many are urgent they go first, the others next, and the last urgent ones because nothing
 * else is left. */
static void test_many_urgent(void **state)
{
    const size_t more = 8;
    const size_t count = JOBS_URGENT_MANY + more;
    struct world *world = *state;
    for (int i = 0; i < POOL + 1; i++) { /* all threads, that of urgent ones first */
        assert_true(start(world, ENV_VERIFY, 0, i == 0, true));
        uv_sem_wait(&world->entered);
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(start(world, ENV_VERIFY, 2, false, false));
        assert_true(start(world, ENV_VERIFY, 1, true, false));
    }
    uv_sem_post(&world->gate); /* one thread of the pool goes on alone */
    run_until(world, 1 + 2 * count);
    for (size_t i = 0; i < 2 * count; i++) {
        const bool urgent = i < more || i >= more + count;
        assert_int_equal(world->order[1 + i], urgent ? 1 : 2);
    }
    uv_sem_post(&world->gate);
    uv_sem_post(&world->urgent_gate);
    run_until(world, 1 + 2 * count + POOL);
}

static void test_verify_limit(void **state)
{
    struct world *world = *state;
    assert_true(start(world, ENV_VERIFY, 0, false, true));
    assert_true(start(world, ENV_VERIFY, 0, false, true));
    size_t taken = 2;
    while (start(world, ENV_VERIFY, 1, false, false)) {
        taken++;
        assert_true(taken <= JOBS_VERIFY_MAX + 2);
    }
    assert_true(taken >= JOBS_VERIFY_MAX);
    world->expected = taken;
    uv_sem_post(&world->gate);
    uv_sem_post(&world->gate);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done, taken);
}

/* Stopping: what runs ends, what waits is dropped, nothing is lost. */
static void test_stop(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < 1000; i++) {
        assert_true(start(world, ENV_COMMITTER, i, false, false));
    }
    jobs_stop(world->jobs);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->done + world->dropped, 1000);
    jobs_free(world->jobs);
    bool realtime;
    assert_int_equal(jobs_new(&world->jobs, &world->loop, 1, on_done, world, &realtime), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_urgent_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_urgent_helped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_urgent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_verify_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stop, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
