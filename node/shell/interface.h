/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_INTERFACE_H
#define NODE_SHELL_INTERFACE_H

/* The start of the HTTP interface over a node that stands. */

#include "node/shell/daemon_impl.h"

/* interface_start brings it up, with the keys of persons that lie in the key directory; nothing to
 * do where no address is configured. A failure is logged. */
enum daemon_exit interface_start(struct daemon *daemon);

#endif
