/* SPDX-License-Identifier: Apache-2.0 */
/* The load generator before a server that answers as each case wants: nothing waits in front of an
 * open loop, and each transaction is counted once, as what it was told. */

#include "tools/bench_load.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CONNECTIONS 128
#define REQUESTS 60
#define BATCH 2
#define FINALS                                                                                     \
    "{\"code\":\"000000\",\"data\":{\"results\":[{\"state\":\"FINAL\"},{\"state\":\"FINAL\"}]}}"
#define HALF                                                                                       \
    "{\"code\":\"000000\",\"data\":{\"results\":[{\"state\":\"FINAL\",\"note\":\"\\\"state\\\":"   \
    "\"},"                                                                                         \
    "{\"state\":\"REFUSED\",\"code\":\"302004\"}]}}"
#define BUSY "{\"code\":\"100004\",\"message\":\"busy\",\"data\":null}"
#define WRONG                                                                                      \
    "{\"code\":\"000000\",\"data\":{\"results\":[{\"state\":\"REFUSED\",\"code\":\"200015\"},"     \
    "{\"state\":\"FINAL\"}]}}"

struct server {
    int listener;
    uint16_t port;
    pthread_t thread;
    const char *answer; /* NULL: the connection is closed instead */
    unsigned hold; /* nothing is answered before so many calls are there */
    bool closes; /* each connection after its answer, without saying so */
    unsigned seen;
    unsigned connections;
    struct pollfd fds[CONNECTIONS + 1];
    bool asked[CONNECTIONS + 1];
    char text[CONNECTIONS + 1][1024];
    size_t size[CONNECTIONS + 1];
    nfds_t count;
};

static void answer_one(struct server *server, nfds_t i)
{
    char text[1024];
    server->asked[i] = false;
    server->size[i] = 0;
    if (server->answer != NULL) {
        const int size =
            snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s",
                     strlen(server->answer), server->answer);
        assert_int_equal(send(server->fds[i].fd, text, (size_t)size, MSG_NOSIGNAL), size);
    }
    if (server->answer == NULL || server->closes) {
        close(server->fds[i].fd);
        server->fds[i].fd = -1;
    }
}

/* A call is whole when its body, "{}", is there. */
static void read_one(struct server *server, nfds_t i)
{
    char *text = server->text[i];
    const ssize_t got = recv(server->fds[i].fd, text + server->size[i],
                             sizeof server->text[i] - 1 - server->size[i], 0);
    if (got <= 0) {
        close(server->fds[i].fd);
        server->fds[i].fd = -1;
        return;
    }
    server->size[i] += (size_t)got;
    text[server->size[i]] = '\0';
    if (strstr(text, "\r\n\r\n{}") != NULL) {
        server->seen++;
        server->asked[i] = true;
    }
}

static void *serve(void *context)
{
    struct server *server = context;
    server->fds[0] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    server->count = 1;
    for (;;) {
        (void)poll(server->fds, server->count, -1);
        if (server->fds[0].revents != 0) {
            const int fd = accept(server->listener, NULL, NULL);
            if (fd < 0) {
                return NULL; /* shut down: the case is over */
            }
            assert_true(server->count <= CONNECTIONS);
            server->fds[server->count++] = (struct pollfd){.fd = fd, .events = POLLIN};
            server->connections++;
        }
        for (nfds_t i = 1; i < server->count; i++) {
            if (server->fds[i].fd >= 0 && server->fds[i].revents != 0) {
                read_one(server, i);
            }
        }
        for (nfds_t i = 1; i < server->count && server->seen >= server->hold; i++) {
            if (server->asked[i]) {
                answer_one(server, i);
            }
        }
    }
}

/* The first third of the seconds does not count. */
static void the_rate_is_that_of_the_settled_part(void **state)
{
    (void)state;
    uint64_t final_in[10] = {1000, 2000, 4, 8, 16, 32, 64, 128, 256, 512};
    struct bench_load load = {.final_in = final_in};
    const uint64_t expected[11] = {0,
                                   1000,
                                   1500,
                                   (2000 + 4) / 2,
                                   (2000 + 4 + 8) / 3,
                                   (2000 + 4 + 8 + 16) / 4,
                                   60 / 4,
                                   124 / 5,
                                   252 / 6,
                                   504 / 6,
                                   1016 / 7};
    for (load.seconds = 0; load.seconds <= 10; load.seconds++) {
        assert_int_equal(bench_load_goodput(&load), expected[load.seconds]);
    }
}

static struct bench_load run(struct server *server, uint64_t rate)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    struct bytes requests[REQUESTS];
    struct bench_load load;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, CONNECTIONS), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        requests[i] = bytes_text("{}");
    }
    const struct bench_target target = {.port = ntohs(address.sin_port), .token = "t"};
    const struct bench_load_plan plan = {.targets = &target,
                                         .target_count = 1,
                                         .clients = 4,
                                         .requests = requests,
                                         .request_count = REQUESTS,
                                         .batch = BATCH,
                                         .rate = rate};
    assert_int_equal(bench_load_run(&load, &plan), OK);
    shutdown(server->listener, SHUT_RDWR);
    assert_int_equal(pthread_join(server->thread, NULL), 0);
    for (nfds_t i = 1; i < server->count; i++) {
        if (server->fds[i].fd >= 0) {
            close(server->fds[i].fd);
        }
    }
    close(server->listener);
    bench_load_free(&load);
    assert_int_equal(load.sent, REQUESTS * BATCH);
    assert_int_equal(load.final + load.busy + load.refused + load.lost, load.sent);
    return load;
}

/* The server answers nobody before it has heard everybody: whoever waits for an answer before the
 * next batch is sent, on few connections, would wait for ever. */
static void an_open_loop_waits_for_no_answer(void **state)
{
    (void)state;
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->answer = FINALS;
    server->hold = REQUESTS;
    const struct bench_load load = run(server, 100000);
    assert_int_equal(load.final, REQUESTS * BATCH);
    assert_int_equal(load.flying_max, REQUESTS);
    assert_int_equal(server->connections, REQUESTS);
    assert_int_equal(load.latencies, REQUESTS);
    free(server);
}

static void a_closed_loop_has_one_batch_a_client(void **state)
{
    (void)state;
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->answer = FINALS;
    const struct bench_load load = run(server, 0);
    assert_int_equal(load.final, REQUESTS * BATCH);
    assert_true(load.flying_max <= 4);
    assert_int_equal(server->connections, 4);
    assert_true(load.exhausted);
    free(server);
}

static void answers_are_counted_as_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        unsigned final;
        unsigned busy;
        unsigned refused;
        unsigned lost;
    } cases[] = {{FINALS, 2, 0, 0, 0}, {HALF, 1, 1, 0, 0}, {BUSY, 0, 2, 0, 0},
                 {WRONG, 1, 0, 1, 0},  {"{}", 0, 0, 2, 0}, {NULL, 0, 0, 0, 2}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct server *server = calloc(1, sizeof *server);
        assert_non_null(server);
        server->answer = cases[i].answer;
        const struct bench_load load = run(server, 100000);
        assert_int_equal(load.final, REQUESTS * cases[i].final);
        assert_int_equal(load.busy, REQUESTS * cases[i].busy);
        assert_int_equal(load.refused, REQUESTS * cases[i].refused);
        assert_int_equal(load.lost, REQUESTS * cases[i].lost);
        const bool told = cases[i].answer != NULL && strcmp(cases[i].answer, WRONG) == 0;
        assert_int_equal(load.why[0] != '\0', told);
        free(server);
    }
}

/* What a node closes behind an answer is not a lost batch. */
static void a_connection_closed_while_idle_costs_nothing(void **state)
{
    (void)state;
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    server->answer = FINALS;
    server->closes = true;
    const struct bench_load load = run(server, 0);
    assert_int_equal(load.final, REQUESTS * BATCH);
    assert_int_equal(load.lost, 0);
    free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rate_is_that_of_the_settled_part),
        cmocka_unit_test(an_open_loop_waits_for_no_answer),
        cmocka_unit_test(a_closed_loop_has_one_batch_a_client),
        cmocka_unit_test(answers_are_counted_as_what_they_say),
        cmocka_unit_test(a_connection_closed_while_idle_costs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
