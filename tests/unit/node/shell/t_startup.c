/* SPDX-License-Identifier: Apache-2.0 */
/* Two nodes with one key would sign twice, and two on one directory would write over each other:
 * the second is refused at once and told why, and may start when the first has ended. A lock
 * belongs to an opening of its file, so one process can play both. */
#include "node/shell/startup.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/shell/daemon_impl.h"

struct world {
    char dir[64];
    struct config configs[2];
    struct daemon daemons[2];
    int log[2]; /* the reading and the writing end */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    snprintf(world->dir, sizeof world->dir, "/tmp/seam-startup-XXXXXX");
    assert_non_null(mkdtemp(world->dir));
    assert_int_equal(pipe(world->log), 0);
    assert_int_equal(fcntl(world->log[0], F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < 2; i++) {
        world->daemons[i].config = &world->configs[i];
        world->daemons[i].logger =
            logger_new(world->log[1], CONFIG_LOG_ERROR, CONFIG_LOG_LOGFMT, "");
        world->daemons[i].data_lock = -1;
        world->daemons[i].key_lock = -1;
    }
    *state = world;
    return 0;
}

/* place gives daemon `at` its directories; that of the keys is there before a start. */
static void place(struct world *world, int at, const char *data, const char *keys)
{
    struct config *config = &world->configs[at];
    snprintf(config->data_dir, sizeof config->data_dir, "%s/%s", world->dir, data);
    snprintf(config->key_dir, sizeof config->key_dir, "%s/%s", world->dir, keys);
    (void)mkdir(config->key_dir, 0700);
}

static void release(struct world *world, int at)
{
    for (int i = 0; i < 2; i++) {
        int *lock = i == 0 ? &world->daemons[at].data_lock : &world->daemons[at].key_lock;
        if (*lock >= 0) {
            close(*lock);
        }
        *lock = -1;
    }
}

static int teardown(void **state)
{
    struct world *world = *state;
    char command[128];
    for (int i = 0; i < 2; i++) {
        release(world, i);
        logger_free(world->daemons[i].logger);
        close(world->log[i]);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", world->dir);
    assert_int_equal(system(command), 0);
    free(world);
    return 0;
}

static void assert_said(struct world *world, const char *what)
{
    char text[LOGGER_LINE_MAX];
    const ssize_t got = read(world->log[0], text, sizeof text - 1);
    assert_true(got > 0);
    text[got] = '\0';
    assert_non_null(strstr(text, what));
    assert_non_null(strstr(text, "E_BUSY"));
}

static void one_process_has_the_data(void **state)
{
    struct world *world = *state;
    place(world, 0, "data", "keys");
    place(world, 1, "data", "other-keys");
    assert_int_equal(startup_locks(&world->daemons[0]), DAEMON_OK);
    assert_int_equal(startup_locks(&world->daemons[1]), DAEMON_START);
    assert_said(world, "another seamd uses this data directory");
    release(world, 0);
    assert_int_equal(startup_locks(&world->daemons[1]), DAEMON_OK);
}

static void one_process_has_the_keys(void **state)
{
    struct world *world = *state;
    place(world, 0, "data", "keys");
    place(world, 1, "other-data", "keys");
    assert_int_equal(startup_locks(&world->daemons[0]), DAEMON_OK);
    assert_int_equal(startup_locks(&world->daemons[1]), DAEMON_START);
    assert_said(world, "another seamd uses these keys");
    release(world, 0);
    release(world, 1); /* what a refused process had taken ends with it */
    assert_int_equal(startup_locks(&world->daemons[1]), DAEMON_OK);
}

static void strangers_do_not_meet(void **state)
{
    struct world *world = *state;
    place(world, 0, "data", "keys");
    place(world, 1, "other-data", "other-keys");
    assert_int_equal(startup_locks(&world->daemons[0]), DAEMON_OK);
    assert_int_equal(startup_locks(&world->daemons[1]), DAEMON_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_process_has_the_data, setup, teardown),
        cmocka_unit_test_setup_teardown(one_process_has_the_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(strangers_do_not_meet, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
