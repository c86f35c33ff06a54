/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_CRC32C_H
#define LEDGER_BASE_CRC32C_H

/* CRC-32C (Castagnoli), reflected, as in RFC 3720: guards the node's own files against torn and
 * damaged writes. It is no defence against anybody. */

#include "ledger/base/bytes.h"

/* crc32c_more continues a checksum; the first call passes 0. */
uint32_t crc32c_more(uint32_t crc, struct bytes in);

/* Checksums as polynomials: that of A and then B is crc32c_times(crc(A), x^(8 * size of B)) ^
 * crc(B). So the checksum of any part follows from those of the beginnings of the whole. */
#define CRC32C_ONE UINT32_C(0x80000000) /* x^0 */
#define CRC32C_BYTE UINT32_C(0x00800000) /* x^8 */
uint32_t crc32c_times(uint32_t a, uint32_t b);

#endif
