/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_RULES_H
#define LEDGER_PROVENANCE_RULES_H

/* The rules of lots as the table names them: each judges one payload and writes what follows.
 * Inside provenance/ only. */

#include "ledger/provenance/provenance.h"

#define LOT_RULE(name)                                                                             \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail)

LOT_RULE(product_register); /* mine.c */
LOT_RULE(lot_mine);
LOT_RULE(lot_wash); /* wash.c */
LOT_RULE(lot_blend); /* blend.c */
LOT_RULE(lot_split);
LOT_RULE(lot_load); /* load.c */
LOT_RULE(lot_unload);
LOT_RULE(lot_depart); /* transport.c */
LOT_RULE(lot_arrive);
LOT_RULE(lot_offer); /* offer.c */
LOT_RULE(lot_answer); /* answer.c */
LOT_RULE(lot_use); /* use.c */
LOT_RULE(lot_loss);
LOT_RULE(lot_stocktake); /* stocktake.c */
LOT_RULE(lot_stocktake_confirm);
LOT_RULE(lot_error); /* correction.c */

#undef LOT_RULE

#endif
