/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_NUM_H
#define LEDGER_BASE_NUM_H

/* Checked integer arithmetic: the result is written only when it fits. In ledger/ and consensus/
 * sums, products and narrowings of values that come from outside go through here. */

#include "ledger/base/bytes.h"

/* num_add, num_sub and num_mul: False when the exact result does not fit; out is then untouched. */
bool NODISCARD num_add_u64(uint64_t *out, uint64_t a, uint64_t b);
bool NODISCARD num_sub_u64(uint64_t *out, uint64_t a, uint64_t b);
bool NODISCARD num_mul_u64(uint64_t *out, uint64_t a, uint64_t b);
bool NODISCARD num_add_i64(int64_t *out, int64_t a, int64_t b);
bool NODISCARD num_sub_i64(int64_t *out, int64_t a, int64_t b);
bool NODISCARD num_mul_i64(int64_t *out, int64_t a, int64_t b);
bool NODISCARD num_add_size(size_t *out, size_t a, size_t b);
bool NODISCARD num_mul_size(size_t *out, size_t a, size_t b);

/* num_narrow_*: False when value does not fit the smaller type. */
bool NODISCARD num_narrow_u8(uint8_t *out, uint64_t value);
bool NODISCARD num_narrow_u16(uint16_t *out, uint64_t value);
bool NODISCARD num_narrow_u32(uint32_t *out, uint64_t value);
bool NODISCARD num_narrow_i64(int64_t *out, uint64_t value);

/* num_parse_u64 reads a decimal number without sign, leading zeros or anything else around it,
 * not above max. */
bool NODISCARD num_parse_u64(uint64_t *out, struct bytes text, uint64_t max);

/* num_print_u64 writes decimal digits and a NUL; out holds at least 21 bytes. Returns the length.
 */
size_t num_print_u64(char *out, uint64_t value);

#endif
