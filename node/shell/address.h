/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_ADDRESS_H
#define NODE_SHELL_ADDRESS_H

/* Numeric addresses: as a configuration writes them, as a socket takes them, and the blocks they
 * lie in. */

#include <sys/socket.h>

#include "ledger/base/err.h"

/* A numeric address; names are not resolved, because a peer's identity is its key and a resolver
 * would be one more thing that must work while the network is in trouble. */
struct address {
    char host[64]; /* IPv4 or IPv6 literal; empty = not set */
    uint16_t port;
};

/* A block of addresses that may use the HTTP interface. */
struct address_block {
    uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
    uint8_t prefix; /* 0..128 */
};

/* address_parse reads "127.0.0.1:31000" or "[::1]:31000". ERR_PARAM. */
enum err NODISCARD address_parse(struct address *out, const char *text);

/* address_block_parse reads "10.0.0.0/8", "::1", "fd00::/8". ERR_PARAM. */
enum err NODISCARD address_block_parse(struct address_block *out, const char *text);

/* address_block_has says whether an address (as in struct address_block) lies in block. */
bool address_block_has(const struct address_block *block, const uint8_t address[16]);

/* address_is_loopback says whether what goes to a numeric host stays on this machine. */
bool address_is_loopback(const char *host);

/* address_to_socket makes what a socket takes; false where host is no numeric one. */
bool address_to_socket(struct sockaddr_storage *out, const char *host, uint16_t port);

/* address_port is the port of what a socket gave. */
uint16_t address_port(const struct sockaddr_storage *address);

#endif
