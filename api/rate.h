/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_RATE_H
#define API_RATE_H

/* How often one address may call one interface [KSSJ 9.2.2d]: a bucket of tokens each, in a table
 * of fixed size. Where the table is full the bucket that is fullest gives way, so a flood of
 * addresses costs memory of nobody and forgives only those who were quiet. */

#include "ledger/base/bytes.h"

struct rate;

/* rate_new: per_second calls a second, in bursts of as many. NULL when memory ends. */
struct rate *rate_new(uint32_t per_second);
void rate_free(struct rate *rate);

/* rate_take takes one call; false: too many. Any thread. */
bool NODISCARD rate_take(struct rate *rate, const uint8_t address[16], const char *interface,
                         uint64_t now_ms);

#endif
