/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_SHELL_HANDLES_H
#define NODE_SHELL_HANDLES_H

/* File handles of the process. A database that is refused one cannot write, and a node that cannot
 * write does not vote: clients must not be able to use them up. */

#include <stdint.h>

#define HANDLES_GOOD 4096 /* with less, an operator is told */

/* handles_want raises the soft limit to the hard one and gives it; nothing here uses select(). */
uint64_t handles_want(void);

/* handles_connections: how many of so many handles clients may hold. */
uint32_t handles_connections(uint64_t handles);

#endif
