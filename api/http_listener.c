/* SPDX-License-Identifier: Apache-2.0 */
/* The socket never blocks and is bound before the server's threads exist. */
#include "api/http_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum err address_of(struct sockaddr_storage *out, socklen_t *size, const char *host,
                           uint16_t port)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, host, &in.sin_addr) == 1) {
        memcpy(out, &in, sizeof in);
        *size = sizeof in;
        return OK;
    }
    if (inet_pton(AF_INET6, host, &in6.sin6_addr) == 1) {
        memcpy(out, &in6, sizeof in6);
        *size = sizeof in6;
        return OK;
    }
    return ERR_PARAM;
}

enum err http_listener_open(struct http_listener *out, const char *host, uint16_t port)
{
    struct sockaddr_storage address;
    socklen_t size = 0;
    const enum err err = address_of(&address, &size, host, port);
    if (err != OK) {
        return err;
    }
    const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int yes = 1;
    if (fd < 0) {
        return ERR_MEMORY;
    }
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (const struct sockaddr *)&address, size) != 0 || listen(fd, 512) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        const bool taken = errno == EADDRINUSE || errno == EACCES;
        close(fd);
        return taken ? ERR_BUSY : ERR_PARAM;
    }
    out->port = ntohs(address.ss_family == AF_INET
                          ? ((const struct sockaddr_in *)(const void *)&address)->sin_port
                          : ((const struct sockaddr_in6 *)(const void *)&address)->sin6_port);
    out->fd = fd;
    return OK;
}
