/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_TRADE_STATE_H
#define LEDGER_REGISTRY_TRADE_STATE_H

/* What the rules of a trade share: its records and its locks. Inside this folder only. */

#include "ledger/registry/trade.h"

/* trade_open: can it still be accepted or locked? */
bool trade_open(const Seam__TradeRecord *record, uint64_t time_ms);

/* trade_find: NOT_YET when there is no such trade. trade_still_open refuses what trade_open denies.
 */
enum judgement trade_find(struct rule_context *context, const Seam__TradeRecord **out,
                          const char *trade, struct err_detail *detail);
enum judgement trade_still_open(struct rule_context *context, const Seam__TradeRecord *record,
                                struct err_detail *detail);
enum judgement trade_put(struct rule_context *context, const Seam__TradeRecord *record,
                         struct err_detail *detail);

/* trade_neutral: whoever confirms the payment is neither the party nor of its group. */
enum judgement trade_neutral(struct rule_context *context, const char *settlement,
                             const char *party, struct err_detail *detail);

struct state_key trade_fill_key(const char *trade, uint32_t fill);
enum judgement trade_fill_put(struct rule_context *context, const Seam__FillRecord *fill,
                              struct err_detail *detail);
/* trade_fill_move changes the state of a fill as the machine allows. */
enum judgement trade_fill_move(Seam__FillRecord *fill, enum fill_state next,
                               struct err_detail *detail);

/* trade_lock_add enters a locked fill into its position's list; *index is for the fill's record.
 * trade_lock_end takes it out. */
enum judgement trade_lock_add(struct rule_context *context, const Seam__FillRecord *fill,
                              const struct series *series, uint32_t *index,
                              struct err_detail *detail);
enum judgement trade_lock_end(struct rule_context *context, const Seam__FillRecord *fill,
                              const struct series *series, struct err_detail *detail);
/* trade_release gives the units of a locked fill back to the seller, frozen or not, and moves it to
 * next. fill is written. */
enum judgement trade_release(struct rule_context *context, Seam__FillRecord *fill,
                             enum fill_state next, struct err_detail *detail);

#endif
