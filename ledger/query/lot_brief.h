/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_BRIEF_H
#define LEDGER_QUERY_LOT_BRIEF_H

/* An event's record opened as far as a walk needs it. Inside query/ only. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/proto/lot.pb-c.h"

/* lot_brief_open fills of a stored LotEventRecord: type, whether it is undone, and of its inputs
 * and outputs lot, quantity, edge and created_event; everything else stays at its default. The
 * record lives in arena and borrows from stored, which message_pack wrote. ERR_CORRUPT for bytes
 * that are no such record, ERR_MEMORY. */
enum err NODISCARD lot_brief_open(Seam__LotEventRecord **out, struct bytes stored,
                                  struct arena *arena);

#endif
