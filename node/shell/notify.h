/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_NOTIFY_H
#define NODE_SHELL_NOTIFY_H

/* What a service manager is told: one datagram to the socket that NOTIFY_SOCKET names, nothing
 * where it is not set. ("READY=1", "STOPPING=1", "STATUS=...", "WATCHDOG=1") */

/* notify_manager sends one state; failure is of no consequence to the node. */
void notify_manager(const char *state);

#endif
