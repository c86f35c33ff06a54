/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_STORE_ROCKS_LOG_H
#define LEDGER_STORE_ROCKS_LOG_H

/* The form of RocksDB's log files (its MANIFEST and its write-ahead logs), to see what the library
 * does not: a record whose length or type is damaged looks to it like the torn end of a crash, it
 * forgets all that follows, and deletes the tables that only the forgotten records name.
 *
 *     file   = blocks of 32 KiB; a record never crosses a block, less than 7 bytes at a block's end
 *              are zero
 *     record = u32 masked CRC-32C of type and payload, u16 size of payload, u8 type, payload */

#include "ledger/base/err.h"

/* rocks_log_whole: false when the file is damaged at *at where the library would see its end: a
 * good record follows, or the rest of the file is one good record but for its size or type. A torn
 * end, and what the library refuses by itself, are true. */
bool NODISCARD rocks_log_whole(struct bytes file, size_t *at);

#endif
