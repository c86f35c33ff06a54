/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_HTTP_LISTENER_H
#define API_HTTP_LISTENER_H

/* A listening socket of our own, so that the port is known and the reasons to fail are told apart.
 */

#include "ledger/base/err.h"

struct http_listener {
    int fd;
    uint16_t port;
};

/* http_listener_open listens at a literal host; port 0 takes any. Gives *out, whose fd the caller
 * closes. ERR_PARAM (host), ERR_BUSY (address taken), ERR_MEMORY. */
enum err NODISCARD http_listener_open(struct http_listener *out, const char *host, uint16_t port);

#endif
