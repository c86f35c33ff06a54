/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_HOLDING_H
#define LEDGER_REGISTRY_HOLDING_H

/* Holding accounts: whose they are, in which state, and what that state allows. Inside this folder
 * only; others read through view.h. */

#include "ledger/base/sm.h"
#include "ledger/registry/refuse.h"

/* Stored: the numbers are for ever. */
enum holding_state {
    HOLDING_OPENING, /* asked for by the holder; a registrar opens it */
    HOLDING_OPEN,
    HOLDING_SOME_RESTRICTED, /* receives, surrenders, gives back */
    HOLDING_ALL_RESTRICTED,
    HOLDING_SUSPENDED_PARTLY, /* receives */
    HOLDING_SUSPENDED,
    HOLDING_TRANSFER_PENDING, /* goes to another holder */
    HOLDING_CLOSURE_PENDING, /* may be emptied */
    HOLDING_CLOSED,
    HOLDING_STATES
};
extern const struct sm_table holding_machine;

enum holding_right {
    HOLDING_SEND, /* transfer, trade, pledge, cancel, export */
    HOLDING_RECEIVE,
    HOLDING_SURRENDER /* surrender, carry-over, positions, giving back; not stopped by debts */
};

/* holding_rights is a pure function of the state, for tables and tests: bits 1 << right. */
uint32_t holding_rights(enum holding_state state);

/* holding_find reads an account; NOT_YET when there is none. */
enum judgement holding_find(struct rule_context *context, const Seam__HoldingRecord **out,
                            const char *holding, const char *field, struct err_detail *detail);
/* holding_own also checks that the sender holds it and that every signer is a representative. */
enum judgement holding_own(struct rule_context *context, const Seam__HoldingRecord **out,
                           const char *holding, const char *field, struct err_detail *detail);
/* holding_may: does the state, a freeze of the account (303015) or a debt forbid right? */
enum judgement holding_may(struct rule_context *context, const Seam__HoldingRecord *record,
                           enum holding_right right, const char *field, struct err_detail *detail);
/* holding_due is the debt that blocks now: those without a future vintage. */
uint64_t holding_due(const Seam__HoldingRecord *record);
enum judgement holding_put(struct rule_context *context, const Seam__HoldingRecord *record,
                           struct err_detail *detail);

/* trust_active: may units go from holding to trusted without a delay at this time? */
enum err NODISCARD trust_active(bool *out, struct overlay *state, const char *holding,
                                const char *trusted, uint64_t time_ms, struct arena *arena);

#endif
