/* SPDX-License-Identifier: Apache-2.0 */
/* Calls from other threads: each runs or is dropped, exactly once; nobody waits for ever. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "node/shell/calls.h"

#define THREADS 4
#define CALLS_EACH 2000

struct world {
    uv_loop_t loop;
    struct calls *calls;
    uv_thread_t threads[THREADS];
    size_t ran; /* on the loop */
    size_t dropped;
    atomic_size_t refused;
    atomic_size_t waited;
    atomic_size_t gone;
    size_t stop_after;
};

struct test_call {
    struct call call; /* first */
    struct world *world;
};

static void run(struct call *call)
{
    struct world *world = ((struct test_call *)call)->world;
    free(call);
    world->ran++;
    if (world->ran == world->stop_after) {
        uv_stop(&world->loop);
    }
}

static void drop(struct call *call)
{
    struct world *world = ((struct test_call *)call)->world;
    free(call);
    world->dropped++;
}

static void post_many(void *argument)
{
    struct world *world = argument;
    for (size_t i = 0; i < CALLS_EACH; i++) {
        struct test_call *call = calloc(1, sizeof(*call));
        assert_non_null(call);
        call->call.run = run;
        call->call.drop = drop;
        call->world = world;
        if (calls_post(world->calls, &call->call) != OK) {
            free(call);
            atomic_fetch_add(&world->refused, 1);
        }
    }
}

static void count(void *context)
{
    struct world *world = context;
    world->ran++;
}

static void wait_many(void *argument)
{
    struct world *world = argument;
    enum err err = OK;
    while (err == OK) {
        err = calls_wait(world->calls, count, world);
        atomic_fetch_add(&world->waited, err == OK ? 1 : 0);
    }
    assert_int_equal(err, ERR_BUSY);
    atomic_fetch_add(&world->gone, 1);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    assert_int_equal(uv_loop_init(&world->loop), 0);
    assert_int_equal(calls_new(&world->calls, &world->loop), OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    calls_free(world->calls);
    free(world);
    return 0;
}

static void start_threads(struct world *world, void (*work)(void *))
{
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(uv_thread_create(&world->threads[i], work, world), 0);
    }
}

static void join_threads(struct world *world)
{
    for (size_t i = 0; i < THREADS; i++) {
        uv_thread_join(&world->threads[i]);
    }
}

/* Nobody runs the loop: the queue fills to its limit and not further; closing drops all of it. */
static void test_full_and_close(void **state)
{
    struct world *world = *state;
    start_threads(world, post_many);
    join_threads(world);
    assert_int_equal(world->refused, THREADS * CALLS_EACH - CALLS_MAX);
    calls_close(world->calls);
    assert_int_equal(world->dropped, CALLS_MAX);
    assert_int_equal(world->ran, 0);
    struct test_call *late = calloc(1, sizeof(*late));
    assert_non_null(late);
    late->call.run = run;
    late->call.drop = drop;
    assert_int_equal(calls_post(world->calls, &late->call), ERR_BUSY);
    free(late);
}

/* One wake-up may stand for many calls. */
static void test_all_run(void **state)
{
    struct world *world = *state;
    world->stop_after = 500;
    for (size_t i = 0; i < 500; i++) {
        struct test_call *call = calloc(1, sizeof(*call));
        assert_non_null(call);
        call->call.run = run;
        call->call.drop = drop;
        call->world = world;
        assert_int_equal(calls_post(world->calls, &call->call), OK);
    }
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(world->ran, 500);
    calls_close(world->calls);
}

/* Threads that ask in a circle all get away when the node stops. */
static void test_waiters(void **state)
{
    struct world *world = *state;
    start_threads(world, wait_many);
    while (world->ran < 1000) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    calls_close(world->calls);
    join_threads(world);
    assert_int_equal(world->gone, THREADS);
    assert_int_equal(world->waited, world->ran);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_full_and_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_run, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waiters, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
