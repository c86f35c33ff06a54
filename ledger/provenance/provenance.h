/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_PROVENANCE_H
#define LEDGER_PROVENANCE_PROVENANCE_H

/* The transactions of coal lots: types, table and bounds of fields. Everything else in this folder
 * serves them; what other folders read stands in view.h and identifier.h. */

#include "ledger/governance/rule.h"

enum lot_type {
    PRODUCT_REGISTER_TYPE = 48,
    LOT_MINE_TYPE = 49,
    LOT_WASH_TYPE = 50,
    LOT_BLEND_TYPE = 51,
    LOT_SPLIT_TYPE = 52,
    LOT_LOAD_TYPE = 53,
    LOT_UNLOAD_TYPE = 54,
    LOT_DEPART_TYPE = 55,
    LOT_ARRIVE_TYPE = 56,
    LOT_OFFER_TYPE = 57,
    LOT_ANSWER_TYPE = 58,
    LOT_USE_TYPE = 59,
    LOT_LOSS_TYPE = 60,
    LOT_STOCKTAKE_TYPE = 61,
    LOT_ERROR_TYPE = 62,
    LOT_STOCKTAKE_CONFIRM_TYPE = 63
};

/* Bit of Receipt.flags: the event was admitted with a finding. */
#define RECEIPT_FINDING 8u

extern const struct rule_table provenance_rules;
extern const struct field_table provenance_fields;

#endif
