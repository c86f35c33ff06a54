/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_ROOT_H
#define LEDGER_BASE_ROOT_H

/* Integer square root [methodology 10.6]: the same digits on every machine. */

#include "ledger/base/bytes.h"

typedef unsigned __int128 root_wide;

/* root_floor is the largest r with r * r <= value. */
uint64_t root_floor(root_wide value);

#endif
