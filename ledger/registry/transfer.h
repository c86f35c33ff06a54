/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_TRANSFER_H
#define LEDGER_REGISTRY_TRANSFER_H

/* States of a transfer. To a trusted account, or between accounts of one holder, it is done at
 * once. Otherwise it is an offer: the units are reserved, the other side accepts, and they go after
 * the scheme's delay. An offer that was not accepted in time is over: whoever is a party may give
 * the units back. */

#include "ledger/base/sm.h"
#include "ledger/proto/registry.pb-c.h"

/* Stored: the numbers are for ever. */
enum transfer_state {
    TRANSFER_PROPOSED,
    TRANSFER_DELAYED,
    TRANSFER_EXECUTED,
    TRANSFER_CANCELLED,
    TRANSFER_STATES
};
extern const struct sm_table transfer_machine;

/* transfer_status is derived from the record and a block's time [decision D11]: PROPOSED, EXPIRED,
 * DELAYED, DUE, EXECUTED, CANCELLED. */
const char *transfer_status(const Seam__TransferRecord *record, uint64_t time_ms);

#endif
