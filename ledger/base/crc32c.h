/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_BASE_CRC32C_H
#define LEDGER_BASE_CRC32C_H

/* CRC-32C (Castagnoli), reflected, as in RFC 3720: guards the node's own files against torn and
 * damaged writes. It is no defence against anybody. */

#include "ledger/base/bytes.h"

/* crc32c_more continues a checksum; the first call passes 0. */
uint32_t crc32c_more(uint32_t crc, struct bytes in);

#endif
