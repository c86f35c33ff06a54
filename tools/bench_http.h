/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_HTTP_H
#define TOOLS_BENCH_HTTP_H

/* One connection of a load generator to a node on this machine: one call after the other, never
 * blocking, as little work a call as there can be. It reads answers as a node writes them and is no
 * client for anything else. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ledger/base/bytes.h"
#include "ledger/base/err.h"

enum bench_http_state {
    BENCH_HTTP_IDLE, /* connected or connecting, nothing asked */
    BENCH_HTTP_BUSY, /* asked, no whole answer yet */
    BENCH_HTTP_DONE, /* the answer is there */
    BENCH_HTTP_BROKEN /* no answer will come */
};

struct bench_http {
    int fd; /* for epoll, edge-triggered; -1: closed */
    enum bench_http_state state;
    char head[320];
    size_t head_size;
    struct bytes body; /* borrowed */
    size_t sent; /* of head and body */
    char *answer; /* NUL-terminated; head and body */
    size_t size;
    size_t room;
    size_t body_at; /* 0: the head is not whole */
    size_t whole; /* bytes of head and body */
    bool again; /* it has answered before */
    bool last; /* the node closes it after this answer */
};

/* bench_http_open connects to a port of 127.0.0.1 from the source-th address of 127/8: a node
 * counts connections and calls by address. ERR_STORAGE: no descriptor, no port. */
enum err NODISCARD bench_http_open(struct bench_http *http, uint16_t port, uint32_t source);
void bench_http_close(struct bench_http *http);

/* bench_http_ask begins a call; the connection must be idle. */
void bench_http_ask(struct bench_http *http, const char *operation, const char *token,
                    struct bytes body);
/* bench_http_step does what can be done now and gives the state. */
enum bench_http_state bench_http_step(struct bench_http *http);
/* bench_http_body is the body of the answer, with a NUL behind it; only when DONE.
 * bench_http_next makes a DONE connection idle. */
const char *bench_http_body(const struct bench_http *http);
void bench_http_next(struct bench_http *http);

#endif
