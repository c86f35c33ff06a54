/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_http.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define PIECE 16384
#define ANSWER_MAX ((size_t)16 << 20)

enum err bench_http_open(struct bench_http *http, uint16_t port, uint32_t source)
{
    const int yes = 1;
    struct sockaddr_in from = {.sin_family = AF_INET};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    from.sin_addr.s_addr = htonl(0x7f010001u + source);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return ERR_STORAGE;
    }
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&from, sizeof from) != 0 ||
        (connect(fd, (const struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS)) {
        close(fd);
        return ERR_STORAGE;
    }
    *http = (struct bench_http){.fd = fd};
    return OK;
}

void bench_http_close(struct bench_http *http)
{
    if (http->fd >= 0) {
        close(http->fd);
    }
    free(http->answer);
    *http = (struct bench_http){.fd = -1, .state = BENCH_HTTP_BROKEN};
}

void bench_http_ask(struct bench_http *http, const char *operation, const char *token,
                    struct bytes body)
{
    assert(http->state == BENCH_HTTP_IDLE);
    const int size = snprintf(http->head, sizeof http->head,
                              "POST /api/v1/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                              "Authorization: Bearer %s\r\nContent-Type: application/json\r\n"
                              "Content-Length: %zu\r\n\r\n",
                              operation, token, body.size);
    assert(size > 0 && (size_t)size < sizeof http->head);
    http->head_size = (size_t)size;
    http->body = body;
    http->sent = 0;
    http->state = BENCH_HTTP_BUSY;
}

const char *bench_http_body(const struct bench_http *http)
{
    assert(http->state == BENCH_HTTP_DONE);
    return http->answer + http->body_at;
}

void bench_http_next(struct bench_http *http)
{
    assert(http->state == BENCH_HTTP_DONE);
    http->size = 0;
    http->body_at = 0;
    http->whole = 0;
    http->again = true;
    http->state = BENCH_HTTP_IDLE;
}

/* False: the connection is gone. A connection not yet made answers as a full one. */
static bool send_rest(struct bench_http *http)
{
    const size_t whole = http->head_size + http->body.size;
    while (http->sent < whole) {
        const size_t of_head = http->sent < http->head_size ? http->head_size - http->sent : 0;
        const size_t of_body = http->sent + of_head - http->head_size;
        struct iovec parts[2] = {
            {.iov_base = http->head + http->head_size - of_head, .iov_len = of_head},
            {.iov_base = (uint8_t *)(uintptr_t)http->body.data + of_body,
             .iov_len = http->body.size - of_body}};
        const struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        const ssize_t sent = sendmsg(http->fd, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
        }
        http->sent += (size_t)sent;
    }
    return true;
}

static bool make_room(struct bench_http *http)
{
    if (http->room - http->size > PIECE) {
        return true;
    }
    const size_t room = http->room == 0 ? 2 * PIECE : 2 * http->room;
    char *grown = room > ANSWER_MAX ? NULL : realloc(http->answer, room);
    if (grown == NULL) {
        return false;
    }
    http->answer = grown;
    http->room = room;
    return true;
}

/* The value behind a header's name, which a node writes in one spelling. */
static const char *header(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    return at == NULL ? NULL : at + strlen(name);
}

/* False: an answer that is not a node's. */
static bool read_head(struct bench_http *http)
{
    http->answer[http->size] = '\0';
    char *end = strstr(http->answer, "\r\n\r\n");
    if (end == NULL) {
        return true;
    }
    *end = '\0';
    const char *length = header(http->answer, "\r\nContent-Length: ");
    const char *connection = header(http->answer, "\r\nConnection: ");
    if (length == NULL) {
        return false;
    }
    http->last = connection != NULL && strncasecmp(connection, "close", 5) == 0;
    http->body_at = (size_t)(end - http->answer) + 4;
    http->whole = http->body_at + strtoul(length, NULL, 10);
    return http->whole <= ANSWER_MAX;
}

static enum bench_http_state receive(struct bench_http *http)
{
    for (;;) {
        if (!make_room(http)) {
            return BENCH_HTTP_BROKEN;
        }
        const ssize_t got = recv(http->fd, http->answer + http->size, PIECE, 0);
        if (got < 0 && (errno == EAGAIN || errno == ENOTCONN)) {
            return http->state;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || http->state == BENCH_HTTP_IDLE) {
            return BENCH_HTTP_BROKEN;
        }
        http->size += (size_t)got;
        if (http->body_at == 0 && !read_head(http)) {
            return BENCH_HTTP_BROKEN;
        }
        if (http->body_at > 0 && http->size >= http->whole) {
            http->answer[http->whole] = '\0';
            return BENCH_HTTP_DONE;
        }
    }
}

enum bench_http_state bench_http_step(struct bench_http *http)
{
    if (http->state == BENCH_HTTP_BUSY && !send_rest(http)) {
        http->state = BENCH_HTTP_BROKEN;
    }
    if (http->state == BENCH_HTTP_BUSY || http->state == BENCH_HTTP_IDLE) {
        http->state = receive(http);
    }
    return http->state;
}
