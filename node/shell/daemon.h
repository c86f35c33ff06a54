/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_DAEMON_H
#define NODE_SHELL_DAEMON_H

/* The running node: brings its parts up in the order of decision D23, serves until it is told to
 * stop or must, and takes them down in reverse. */

#include "node/shell/config.h"

/* How seamd ends (decision D24). */
enum daemon_exit {
    DAEMON_OK = 0,
    DAEMON_USAGE = 2, /* wrong use or configuration */
    DAEMON_START = 3, /* a port or lock is taken */
    DAEMON_STORAGE = 4, /* disk or database */
    DAEMON_GENESIS = 5, /* genesis, keys and slots do not belong together */
    DAEMON_DIVERGED = 6, /* divergence, double-vote guard, or a rules version this program cannot
                            execute: do not restart automatically */
    DAEMON_AGAIN = 100 /* no end: the process starts itself anew, with what is on the disk */
};

/* daemon_run runs a node until the end and says how. */
enum daemon_exit daemon_run(const struct config *config, const char *version);

#endif
