/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_API_CLIENT_H
#define TESTS_UNIT_API_CLIENT_H

/* A loopback client that sends exactly the bytes it is given: a library would not send the requests
 * that have to be refused. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CLIENT_ROOM (4 * 1024 * 1024)
#define CLIENT_PATIENCE_MS 600000

struct reply {
    int status; /* 0: the connection ended without an answer */
    char headers[4096];
    char *body; /* NUL-terminated; in client_text */
    size_t size;
};

__attribute__((unused)) static char client_text[CLIENT_ROOM];

__attribute__((unused)) static int client_connect(uint16_t port)
{
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* False when the peer has closed. */
__attribute__((unused)) static bool client_send(int fd, const void *data, size_t size)
{
    size_t sent = 0;
    while (sent < size) {
        const ssize_t n = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}

/* Reads one answer by its Content-Length. */
__attribute__((unused)) static struct reply client_receive(int fd)
{
    struct reply reply = {0};
    size_t size = 0;
    char *end = NULL;
    size_t want = SIZE_MAX;
    while (size < want && size + 1 < sizeof client_text) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&wait, 1, CLIENT_PATIENCE_MS), 1);
        const ssize_t n = recv(fd, client_text + size, sizeof client_text - size - 1, 0);
        if (n <= 0) {
            break;
        }
        size += (size_t)n;
        client_text[size] = '\0';
        if (end == NULL) {
            end = strstr(client_text, "\r\n\r\n");
            if (end != NULL) {
                const char *length = strcasestr(client_text, "\r\nContent-Length: ");
                assert_non_null(length);
                want = (size_t)(end + 4 - client_text) + strtoul(length + 18, NULL, 10);
            }
        }
    }
    if (end == NULL) {
        return reply;
    }
    reply.status = atoi(client_text + 9);
    const size_t head = (size_t)(end - client_text);
    snprintf(reply.headers, sizeof reply.headers, "%.*s\r\n", (int)head, client_text);
    reply.body = end + 4;
    reply.size = size - head - 4;
    return reply;
}

__attribute__((unused)) static struct reply client_raw(uint16_t port, const char *text, size_t size)
{
    const int fd = client_connect(port);
    client_send(fd, text, size);
    const struct reply reply = client_receive(fd);
    close(fd);
    return reply;
}

/* A POST of JSON with an optional token and one more header line (with its CRLF), or "". */
__attribute__((unused)) static struct reply
client_post(uint16_t port, const char *path, const char *token, const char *extra, const char *json)
{
    static char request[CLIENT_ROOM];
    char bearer[128] = "";
    if (token != NULL) {
        snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", token);
    }
    const int size = snprintf(
        request, sizeof request,
        "POST %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s"
        "Content-Length: %zu\r\n\r\n%s",
        path, strstr(extra, "Content-Type") != NULL ? "" : "Content-Type: application/json\r\n",
        bearer, extra, strlen(json), json);
    assert_true(size > 0 && (size_t)size < sizeof request);
    return client_raw(port, request, (size_t)size);
}

#endif
