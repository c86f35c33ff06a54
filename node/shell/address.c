/* SPDX-License-Identifier: Apache-2.0 */
/* Names are not resolved anywhere, so an address is read by what the C library has for literals. */
#include "node/shell/address.h"

#include <arpa/inet.h>
#include <string.h>
#include <uv.h>

#include "ledger/base/num.h"

static bool numeric_host(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    return inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1;
}

enum err address_parse(struct address *out, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text) {
        return ERR_PARAM;
    }
    const char *host = text;
    size_t size = (size_t)(colon - text);
    const bool bracketed = text[0] == '[' && colon[-1] == ']';
    if (bracketed) {
        host++;
        size -= 2;
    }
    struct address address = {0};
    if (size == 0 || size >= sizeof(address.host)) {
        return ERR_PARAM;
    }
    memcpy(address.host, host, size);
    /* Exactly the IPv6 literals carry brackets. */
    if (!numeric_host(address.host) || bracketed != (strchr(address.host, ':') != NULL)) {
        return ERR_PARAM;
    }
    uint64_t port = 0;
    if (!num_parse_u64(&port, bytes_text(colon + 1), 65535) || port == 0) {
        return ERR_PARAM;
    }
    address.port = (uint16_t)port;
    *out = address;
    return OK;
}

enum err address_block_parse(struct address_block *out, const char *text)
{
    char host[64];
    const char *slash = strchr(text, '/');
    const size_t size = slash == NULL ? strlen(text) : (size_t)(slash - text);
    if (size == 0 || size >= sizeof(host)) {
        return ERR_PARAM;
    }
    memcpy(host, text, size);
    host[size] = '\0';
    struct address_block block = {0};
    const bool v4 = inet_pton(AF_INET, host, block.address + 12) == 1;
    if (v4) {
        block.address[10] = 0xff;
        block.address[11] = 0xff;
    } else if (inet_pton(AF_INET6, host, block.address) != 1) {
        return ERR_PARAM;
    }
    uint64_t prefix = v4 ? 32 : 128;
    if (slash != NULL && !num_parse_u64(&prefix, bytes_text(slash + 1), prefix)) {
        return ERR_PARAM;
    }
    block.prefix = (uint8_t)(v4 ? prefix + 96 : prefix);
    *out = block;
    return OK;
}

bool address_block_has(const struct address_block *block, const uint8_t address[16])
{
    for (uint32_t bit = 0; bit < block->prefix; bit++) {
        const uint32_t mask = 0x80u >> (bit % 8);
        if ((block->address[bit / 8] & mask) != (address[bit / 8] & mask)) {
            return false;
        }
    }
    return true;
}

bool address_is_loopback(const char *host)
{
    static const uint8_t mapped[13] = {[10] = 0xff, 0xff, 127};
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1) {
        return ntohl(v4.s_addr) >> 24 == 127;
    }
    return inet_pton(AF_INET6, host, &v6) == 1 &&
           (IN6_IS_ADDR_LOOPBACK(&v6) || memcmp(&v6, mapped, sizeof mapped) == 0);
}

bool address_to_socket(struct sockaddr_storage *out, const char *host, uint16_t port)
{
    memset(out, 0, sizeof(*out));
    return uv_ip4_addr(host, port, (struct sockaddr_in *)out) == 0 ||
           uv_ip6_addr(host, port, (struct sockaddr_in6 *)out) == 0;
}

uint16_t address_port(const struct sockaddr_storage *address)
{
    return address->ss_family == AF_INET6 ? ntohs(((const struct sockaddr_in6 *)address)->sin6_port)
                                          : ntohs(((const struct sockaddr_in *)address)->sin_port);
}
