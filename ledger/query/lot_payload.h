/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_LOT_PAYLOAD_H
#define LEDGER_QUERY_LOT_PAYLOAD_H

/* What somebody signed of an event, held against the record that the ledger kept of it: lots,
 * masses, place and time. Inside query/ only. */

#include "ledger/provenance/view.h"
#include "ledger/proto/tx.pb-c.h"

/* lot_payload_agrees: every lot and mass of the signed payload stands in the record, and so do
 * place and time. False also where the payload cannot be read. */
bool NODISCARD lot_payload_agrees(const Seam__Body *body, const Seam__LotEventRecord *event,
                                  struct arena *arena);

/* lot_payload_wrong_event gives the event that a LOT_ERROR speaks of; false where it cannot be
 * read. */
bool NODISCARD lot_payload_wrong_event(struct hash *out, const Seam__Body *body,
                                       struct arena *arena);

#endif
