/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_HTTP_H
#define API_HTTP_H

/* HTTP/1.1 and nothing of its meaning: connections, request hygiene, limits, and one callback for
 * each whole request. The handler answers from any thread, at once or later; while it takes its
 * time no thread is blocked. The only file that includes the HTTP library is http.c. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"

#define HTTP_ADDRESS_TEXT 48

struct http;
struct http_call; /* one request that waits for its answer */

struct http_request {
    const char *method;
    const char *path; /* as sent, not unescaped, without query: routes are compared */
    const char *content_type; /* "" where there is none */
    const char *authorization;
    const char *language; /* Accept-Language */
    struct bytes body;
    uint8_t address[16]; /* of the client; IPv4 as ::ffff:a.b.c.d */
    char address_text[HTTP_ADDRESS_TEXT];
    /* OK, or why the request cannot be served whatever it asks: ERR_PARSE (ambiguous length),
     * ERR_TOO_LARGE, ERR_MEMORY. The body is then empty. */
    enum err refused;
};

/* Called on a thread of the server for each request; it must lead to exactly one http_answer.
 * request lives until then. */
typedef void (*http_handler)(void *context, struct http_call *call,
                             const struct http_request *request);

struct http_options {
    const char *host; /* literal */
    uint16_t port;
    uint32_t threads;
    uint32_t connections;
    uint32_t connections_per_address;
    uint32_t first_request_ms; /* from the connection to the end of the headers */
    uint32_t body_ms; /* from there to the end of the body */
    uint32_t idle_ms; /* between two requests of one connection */
    size_t body_limit;
    /* A proxy on this machine stands in front: what it adds last to X-Forwarded-For is the client's
     * address, and connections are not counted by address, since all are the proxy's. */
    bool proxy;
    http_handler handler;
    void *context;
};

/* http_start listens. Gives *out. ERR_PARAM (host), ERR_BUSY (address taken), ERR_MEMORY. */
enum err NODISCARD http_start(struct http **out, const struct http_options *options);
uint16_t http_port(const struct http *http);

/* http_quiesce: new connections are closed at once, open ones go on. http_stop takes http; every
 * call must have been answered before. */
void http_quiesce(struct http *http);
void http_stop(struct http *http);

struct http_response {
    int status;
    const char *type; /* "application/json; charset=utf-8" */
    struct bytes body; /* copied */
    const char *allow; /* for 405, or NULL */
    uint32_t retry_after; /* seconds; 0 = none */
    bool close; /* end the connection after it */
};

/* http_answer ends a call; call is gone afterwards. Any thread. */
void http_answer(struct http_call *call, const struct http_response *response);

#endif
