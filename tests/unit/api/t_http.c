/* SPDX-License-Identifier: Apache-2.0 */
#include "api/http.h"

#include "tests/unit/api/client.h"

#include <pthread.h>
#include <time.h>

#define LIMIT 1000

#define PATIENCE_MS 600000
#define HASTY_MS 400
#define THREADS 2

struct server {
    struct http *http;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool later; /* answer from another thread */
    bool hold; /* the library's thread, until it is taken back */
    struct http_call *waiting;
    unsigned calls;
    char address[HTTP_ADDRESS_TEXT]; /* of the newest call */
    uint8_t bytes[16];
};

static struct server server;

static void answer(struct http_call *call, enum err refused, size_t size)
{
    char text[64];
    snprintf(text, sizeof text, "%s %zu", err_name(refused), size);
    const struct http_response response = {.status = refused == OK ? 200 : err_http(refused),
                                           .type = "text/plain",
                                           .body = bytes_text(text),
                                           .close = refused != OK};
    http_answer(call, &response);
}

static void handler(void *context, struct http_call *call, const struct http_request *request)
{
    struct server *mine = context;
    pthread_mutex_lock(&mine->mutex);
    mine->calls++;
    pthread_cond_broadcast(&mine->wake);
    snprintf(mine->address, sizeof mine->address, "%s", request->address_text);
    memcpy(mine->bytes, request->address, sizeof mine->bytes);
    const bool later = mine->later;
    if (later) {
        mine->waiting = call;
    }
    while (mine->hold) {
        pthread_cond_wait(&mine->wake, &mine->mutex);
    }
    pthread_mutex_unlock(&mine->mutex);
    if (!later) {
        answer(call, request->refused, request->body.size);
    }
}

/* within_ms: how long a request may take to come. A machine may stand still for seconds. */
static int start_as(bool proxy, uint32_t within_ms)
{
    server = (struct server){.later = false};
    pthread_mutex_init(&server.mutex, NULL);
    pthread_cond_init(&server.wake, NULL);
    const struct http_options options = {.host = "127.0.0.1",
                                         .threads = THREADS,
                                         .connections = 64,
                                         .connections_per_address = 8,
                                         .first_request_ms = within_ms,
                                         .body_ms = within_ms,
                                         .idle_ms = PATIENCE_MS,
                                         .body_limit = LIMIT,
                                         .proxy = proxy,
                                         .handler = handler,
                                         .context = &server};
    return http_start(&server.http, &options) == OK ? 0 : 1;
}

static int start(void **state)
{
    (void)state;
    return start_as(false, PATIENCE_MS);
}

static int start_behind_proxy(void **state)
{
    (void)state;
    return start_as(true, PATIENCE_MS);
}

static int start_hasty(void **state)
{
    (void)state;
    return start_as(false, HASTY_MS);
}

static int end(void **state)
{
    (void)state;
    http_stop(server.http);
    pthread_mutex_destroy(&server.mutex);
    pthread_cond_destroy(&server.wake);
    return 0;
}

static struct reply raw(const char *text)
{
    return client_raw(http_port(server.http), text, strlen(text));
}

static void takes_bodies_up_to_the_limit(void **state)
{
    (void)state;
    static char request[2 * LIMIT];
    for (size_t size = LIMIT - 1; size <= LIMIT + 1; size++) {
        const int head =
            snprintf(request, sizeof request,
                     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", size);
        memset(request + head, 'x', size);
        const struct reply reply = client_raw(http_port(server.http), request, (size_t)head + size);
        assert_int_equal(reply.status, size <= LIMIT ? 200 : 413);
        if (size <= LIMIT) {
            char want[32];
            snprintf(want, sizeof want, "OK %zu", size);
            assert_string_equal(reply.body, want);
        }
    }
}

static void counts_chunked_bodies(void **state)
{
    (void)state;
    static char request[4 * LIMIT];
    size_t size =
        (size_t)snprintf(request, sizeof request,
                         "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const size_t head = size;
    for (int i = 0; i < 10; i++) {
        size += (size_t)snprintf(request + size, sizeof request - size, "64\r\n%0100d\r\n", 0);
    }
    const size_t full = size;
    size += (size_t)snprintf(request + size, sizeof request - size, "0\r\n\r\n");
    struct reply reply = client_raw(http_port(server.http), request, size);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "OK 1000");
    size = full + (size_t)snprintf(request + full, sizeof request - full, "1\r\nx\r\n0\r\n\r\n");
    reply = client_raw(http_port(server.http), request, size);
    assert_int_equal(reply.status, 413);
    assert_true(head < full);
}

static void refuses_ambiguous_lengths(void **state)
{
    (void)state;
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
        "\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", /* no Host */
        /* what another server reads as a length and we do not, or the other way round */
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX Y: z\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n"
        "Content-Length: 0\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const struct reply reply = raw(requests[i]);
        /* Refused by us with 400 or cut off by the library; never served. */
        assert_true(reply.status == 400 || reply.status == 0);
    }
}

static void never_serves_a_smuggled_request(void **state)
{
    (void)state;
#define SMUGGLED "POST /smuggled HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    static const char *const requests[] = {
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n" SMUGGLED,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 58\r\n\r\n" SMUGGLED,
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 58\r\n\r\n" SMUGGLED,
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        const int fd = client_connect(http_port(server.http));
        assert_true(client_send(fd, requests[i], strlen(requests[i])));
        assert_int_equal(client_receive(fd).status, 400);
        assert_int_equal(client_receive(fd).status, 0); /* closed: there is no second answer */
        close(fd);
        assert_int_equal(server.calls, i + 1);
    }
}

/* Whitelist and limits are by address [KSSJ 9.2.2c, 9.2.2d]; behind a proxy that is the one the
 * proxy saw, never one the client claims, and without a proxy no header changes it. */
static void knows_who_is_behind_a_proxy(void **state)
{
    (void)state;
#define FORWARDED(lines) "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" lines "\r\n"
    static const struct {
        const char *text;
        const char *address; /* NULL: refused */
    } rows[] = {
        {FORWARDED(""), "127.0.0.1"},
        {FORWARDED("X-Forwarded-For: 10.1.2.3\r\n"), "10.1.2.3"},
        {FORWARDED("X-Forwarded-For: 127.0.0.1, 10.1.2.3 \r\n"), "10.1.2.3"},
        {FORWARDED("X-Forwarded-For: 127.0.0.1\r\nx-forwarded-for: 10.1.2.4\r\n"), "10.1.2.4"},
        {FORWARDED("X-Forwarded-For: fd00::7\r\n"), "fd00::7"},
        {FORWARDED("X-Forwarded-For: unknown\r\n"), NULL},
        {FORWARDED("X-Forwarded-For: 10.1.2.3,\r\n"), NULL},
        {FORWARDED("X-Forwarded-For: 10.1.2.3:80\r\n"), NULL},
        {FORWARDED("X-Forwarded-For:\r\n"), NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct reply reply = raw(rows[i].text);
        assert_int_equal(reply.status, rows[i].address != NULL ? 200 : 400);
        if (rows[i].address != NULL) {
            assert_string_equal(server.address, rows[i].address);
        }
    }
    static const uint8_t four[16] = {[10] = 0xff, [11] = 0xff, 10, 1, 2, 3};
    assert_int_equal(raw(rows[1].text).status, 200);
    assert_memory_equal(server.bytes, four, 16);
    int fds[20]; /* more than one address may have */
    for (size_t i = 0; i < 20; i++) {
        fds[i] = client_connect(http_port(server.http));
    }
    assert_int_equal(raw(rows[0].text).status, 200);
    for (size_t i = 0; i < 20; i++) {
        close(fds[i]);
    }
}

static void ignores_forwarding_without_a_proxy(void **state)
{
    (void)state;
    assert_int_equal(raw(FORWARDED("X-Forwarded-For: 10.1.2.3\r\n")).status, 200);
    assert_string_equal(server.address, "127.0.0.1");
}

static void refuses_huge_headers(void **state)
{
    (void)state;
    static char request[64 * 1024];
    const int head = snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: a\r\nX: ");
    memset(request + head, 'x', 40000);
    memcpy(request + head + 40000, "\r\n\r\n", 4);
    const struct reply reply = client_raw(http_port(server.http), request, (size_t)head + 40004);
    assert_true(reply.status == 431 || reply.status == 413 || reply.status == 0);
    assert_int_equal(server.calls, 0);
}

static void keeps_escapes_in_the_path(void **state)
{
    (void)state;
    const struct reply reply =
        raw("POST /a%00b%2fc HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_int_equal(reply.status, 200);
}

static void cuts_off_who_drips(void **state)
{
    (void)state;
    /* No request at all, and a body that never comes: both are closed within the deadline, while
     * the connection is not idle in the library's sense. */
    const int silent = client_connect(http_port(server.http));
    const int body = client_connect(http_port(server.http));
    const char *text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc";
    assert_true(client_send(body, text, strlen(text)));
    assert_true(client_send(silent, "POST /", 6));
    assert_int_equal(client_receive(silent).status, 0);
    assert_int_equal(client_receive(body).status, 0);
    close(silent);
    close(body);
    assert_int_equal(server.calls, 0);
}

static void set_hold(bool hold)
{
    pthread_mutex_lock(&server.mutex);
    server.hold = hold;
    pthread_cond_broadcast(&server.wake);
    pthread_mutex_unlock(&server.mutex);
}

static uint64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static const char empty[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

/* hold_one sends a request and waits until the handler holds the thread that took it. */
static int hold_one(void)
{
    const int fd = client_connect(http_port(server.http));
    pthread_mutex_lock(&server.mutex);
    const unsigned before = server.calls;
    assert_true(client_send(fd, empty, strlen(empty)));
    while (server.calls == before) {
        pthread_cond_wait(&server.wake, &server.mutex);
    }
    pthread_mutex_unlock(&server.mutex);
    return fd;
}

/* A request that came in time and was not read for long, since all threads were held up. True if
 * this process stood still meanwhile, so that it did not come in time. */
static bool is_unread_for_long(void)
{
    int holders[THREADS];
    const uint64_t begin_ms = clock_ms();
    const int unread = client_connect(http_port(server.http));
    set_hold(true);
    for (int i = 0; i < THREADS; i++) {
        holders[i] = hold_one();
    }
    assert_true(client_send(unread, empty, strlen(empty)));
    const bool late = clock_ms() - begin_ms >= HASTY_MS / 2;
    struct pollfd wait = {.fd = unread, .events = POLLIN};
    const int cut = late ? 0 : poll(&wait, 1, 3 * HASTY_MS);
    set_hold(false);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(client_receive(holders[i]).status, 200);
        close(holders[i]);
    }
    assert_int_equal(cut, 0);
    if (!late) {
        assert_int_equal(client_receive(unread).status, 200);
    }
    close(unread);
    return late;
}

static void reads_what_came_in_time(void **state)
{
    (void)state;
    for (int i = 0; is_unread_for_long(); i++) {
        assert_true(i < 300);
    }
}

static void limits_connections_of_one_address(void **state)
{
    (void)state;
    int fds[12];
    int served = 0;
    const char *text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    for (int i = 0; i < 12; i++) {
        fds[i] = client_connect(http_port(server.http));
        if (client_send(fds[i], text, strlen(text)) && client_receive(fds[i]).status == 200) {
            served++;
        }
    }
    for (int i = 0; i < 12; i++) {
        close(fds[i]);
    }
    assert_int_equal(served, 8);
}

static void answers_from_another_thread(void **state)
{
    (void)state;
    server.later = true;
    const char *text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
    const int fd = client_connect(http_port(server.http));
    assert_true(client_send(fd, text, strlen(text)));
    pthread_mutex_lock(&server.mutex);
    while (server.waiting == NULL) {
        pthread_cond_wait(&server.wake, &server.mutex);
    }
    struct http_call *call = server.waiting;
    server.waiting = NULL;
    server.later = false;
    pthread_mutex_unlock(&server.mutex);
    answer(call, OK, 77);
    assert_string_equal(client_receive(fd).body, "OK 77");
    /* The same connection goes on. */
    assert_true(client_send(fd, text, strlen(text)));
    assert_string_equal(client_receive(fd).body, "OK 2");
    close(fd);
}

static void says_why_it_cannot_listen(void **state)
{
    (void)state;
    struct http_options options = {.host = "localhost", .threads = 2, .handler = handler};
    struct http *http = NULL;
    assert_int_equal(http_start(&http, &options), ERR_PARAM);
    options.host = "127.0.0.1";
    options.port = http_port(server.http);
    assert_int_equal(http_start(&http, &options), ERR_BUSY);
    assert_null(http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(takes_bodies_up_to_the_limit, start, end),
        cmocka_unit_test_setup_teardown(counts_chunked_bodies, start, end),
        cmocka_unit_test_setup_teardown(refuses_ambiguous_lengths, start, end),
        cmocka_unit_test_setup_teardown(never_serves_a_smuggled_request, start, end),
        cmocka_unit_test_setup_teardown(knows_who_is_behind_a_proxy, start_behind_proxy, end),
        cmocka_unit_test_setup_teardown(ignores_forwarding_without_a_proxy, start, end),
        cmocka_unit_test_setup_teardown(refuses_huge_headers, start, end),
        cmocka_unit_test_setup_teardown(keeps_escapes_in_the_path, start, end),
        cmocka_unit_test_setup_teardown(cuts_off_who_drips, start_hasty, end),
        cmocka_unit_test_setup_teardown(reads_what_came_in_time, start_hasty, end),
        cmocka_unit_test_setup_teardown(limits_connections_of_one_address, start, end),
        cmocka_unit_test_setup_teardown(answers_from_another_thread, start, end),
        cmocka_unit_test_setup_teardown(says_why_it_cannot_listen, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
