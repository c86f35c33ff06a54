/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_BINARY32_H
#define LEDGER_BASE_BINARY32_H

/* Readings of devices that arrive as FLOAT [KSSJ table 5, KSSJ table 6] become decimals before
 * anything is computed with them: the shortest decimal that reads back to the same four bytes, by
 * integer arithmetic, so that 48 e1 7a 3f is 0.98 on every machine [methodology 10.5]. The caller
 * keeps the four bytes beside it. */

#include "ledger/base/dec.h"

#define BINARY32_SIZE 4

/* binary32_dec reads four little-endian bytes. ERR_FLOAT for NaN, infinities, minus zero and
 * subnormal numbers; ERR_DEC where the decimal has more than 18 digits or 9 places, as a typed one
 * would be refused. out is then untouched. */
enum err NODISCARD binary32_dec(struct dec *out, const uint8_t bytes[BINARY32_SIZE]);

#endif
