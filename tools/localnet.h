/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCALNET_H
#define TOOLS_LOCALNET_H

/* A network on this machine, in one directory made by `seam genesis demo` and completed here:
 *
 *   DIR/node-N/node.yaml        configuration of node N (from 1)
 *   DIR/node-N/access.json      who may use its interface
 *   DIR/node-N/platforms.json   the same platforms with their secrets, for the person at the keys
 *   DIR/node-N/pid, node.log    of its process
 *
 * Peers listen on base, base + 1, ...; interfaces on base + 1000, base + 1001, ... */

#include "ledger/base/err.h"
#include "ledger/base/limits.h"

#include <sys/types.h>

#define LOCALNET_PATH_MAX 1024
#define LOCALNET_HTTP_OFFSET 1000
/* Below the range from which a system takes ports by itself (from 32768 here), with room for the
 * interfaces of all nodes. */
#define LOCALNET_BASE_PORT "31000"

struct localnet {
    char dir[LOCALNET_PATH_MAX]; /* absolute */
    uint32_t nodes;
};

/* localnet_open finds the network of a directory. ERR_ABSENT: none there. */
enum err NODISCARD localnet_open(struct localnet *net, const char *dir, struct err_detail *detail);

struct localnet_plan {
    const char *dir;
    const char *boundaries; /* facilities: see genesis_demo.h; may be NULL */
    uint32_t nodes;
    uint16_t base_port;
};

/* localnet_make creates directory, genesis, keys, configurations and platforms. ERR_CONFLICT where
 * a network is there already. */
enum err NODISCARD localnet_make(struct localnet *net, const struct localnet_plan *plan,
                                 struct err_detail *detail);

enum localnet_state { LOCALNET_STOPPED, LOCALNET_STARTING, LOCALNET_READY };

struct localnet_node {
    uint32_t number;
    pid_t pid; /* 0: no process */
    uint16_t http_port;
    uint16_t peer_port;
    enum localnet_state state;
    char why[200]; /* what /readyz says when not ready */
};

/* localnet_look asks one node; number from 1. */
enum err NODISCARD localnet_look(struct localnet_node *out, const struct localnet *net,
                                 uint32_t number, struct err_detail *detail);

/* localnet_start starts the process of a node; does nothing where it runs. seamd is the program's
 * path. */
enum err NODISCARD localnet_start(const struct localnet *net, uint32_t number, const char *seamd,
                                  struct err_detail *detail);
/* localnet_wait waits until a node is ready, at most wait_ms. ERR_BUSY: not in that time;
 * ERR_CLOSED: its process has ended. */
enum err NODISCARD localnet_wait(const struct localnet *net, uint32_t number, uint32_t wait_ms,
                                 struct err_detail *detail);
/* localnet_stop sends SIGTERM and waits for the end. ERR_BUSY: it does not end in minutes. */
enum err NODISCARD localnet_stop(const struct localnet *net, uint32_t number,
                                 struct err_detail *detail);

/* localnet_seamd gives the path of the node program: given, or where this is NULL the one beside
 * this program. */
void localnet_seamd(char out[LOCALNET_PATH_MAX], const char *given);

/* localnet_path gives "DIR/node-N/NAME". ERR_LENGTH. */
enum err NODISCARD localnet_path(char out[LOCALNET_PATH_MAX], const struct localnet *net,
                                 uint32_t number, const char *name);

#endif
