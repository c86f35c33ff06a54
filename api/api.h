/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_API_H
#define API_API_H

/* The HTTP interface of a node (docs: interface, part 4; KSSJ 9.2). It knows the node by struct
 * api_node and nothing else. */

#include "api/node.h"

#define API_ALLOW_MAX 64

/* An address block that may call; IPv4 as ::ffff:a.b.c.d. */
struct api_network {
    uint8_t address[16];
    uint8_t prefix; /* 0..128 */
};

struct api_config {
    const char *host; /* IPv4 or IPv6 literal */
    uint16_t port; /* 0: any free one, see api_port */
    /* Who may ask for tokens: the text of the access file (access.h); borrowed until api_start
     * returns. Empty: nobody, only GET /healthz, /readyz, /metrics, /openapi.json answer. */
    struct bytes access;
    uint8_t token_key[32]; /* of this node, constant over restarts (decision D40) */
    size_t allow_count; /* 0: everybody [KSSJ 9.2.2c] */
    struct api_network allow[API_ALLOW_MAX];
    /* Zero means the default. */
    uint32_t threads; /* 2 */
    uint32_t connections; /* 1,000 */
    uint32_t connections_per_address; /* 64 */
    uint32_t calls_per_second; /* 10, per interface and address [KSSJ 9.2.2d] */
    uint32_t first_request_ms; /* 6,000: a connection must have sent its first request */
    uint32_t wait_ms; /* 60,000: how long a write waits to be final */
    uint64_t token_ms; /* 7,200,000: lifetime of a token */
    bool proxy; /* the client's address is the last of X-Forwarded-For, see http.h */
    bool metrics_public; /* false: /metrics answers on loopback only */
};

struct api;

/* api_start listens and answers. node and what it points to outlive api_stop. Gives *out.
 * ERR_PARAM (host, access file; see detail), ERR_BUSY (the address is taken), ERR_MEMORY,
 * ERR_STORAGE. */
enum err NODISCARD api_start(struct api **out, const struct api_config *config,
                             const struct api_node *node, struct err_detail *detail);

/* api_stop takes api: no new call, waiting ones are answered busy, the listener closes. Answers of
 * the node that come later are dropped. */
void api_stop(struct api *api);

/* api_port is where it listens. */
uint16_t api_port(const struct api *api);

#endif
