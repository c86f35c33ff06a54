/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_EFFECT_H
#define LEDGER_ASSURANCE_EFFECT_H

/* What disputes mean for the registry: typed effects that it consumes once, amounts that are held
 * while a dispute is open, and years that are locked once they were surrendered. For other folders
 * this is part of ledger/assurance/view.h. */

#include "ledger/base/qty.h"
#include "ledger/governance/view.h"
#include "ledger/proto/dispute.pb-c.h"

enum effect_status {
    EFFECT_READY, /* decided, no appeal pending, not yet used */
    EFFECT_SUSPENDED, /* an appeal is being decided */
    EFFECT_CONSUMED,
    EFFECT_VOID /* reversed on appeal before anybody used it */
};

struct assurance_effect {
    const Seam__EffectRecord *record; /* kind TOP_UP, RECOVER (tonnes), CUT_NEXT_YEAR,
                                         RESTORE_NEXT_YEAR (cut_bp); facility, year */
    enum effect_status status;
    bool final; /* no appeal can change it any more */
};

/* assurance_effect reads effect `number` (from 1) of a dispute. ERR_ABSENT, the world's errors. */
enum err NODISCARD assurance_effect(struct assurance_effect *out, struct overlay *state,
                                    const char *dispute, uint32_t number, uint64_t time_ms,
                                    struct arena *arena);

/* An effect may be used as soon as it is ready. Where it was used and the decision is then
 * reversed, the second decision has an effect that compensates it; nothing is rewritten.
 *
 * assurance_effect_consume marks an effect as used by the running transaction, for a rule of the
 * registry that applies it. NOT_YET where there is none or an appeal is pending
 * (ERR_STATE_MACHINE), NEVER where it is void (ERR_CLOSED) or was used before (ERR_DUPLICATE, the
 * transaction is the limit). */
enum judgement assurance_effect_consume(struct rule_context *context, const char *dispute,
                                        uint32_t number, struct err_detail *detail);

/* assurance_held is the quantity under dispute: the sum over the open disputes of a facility's
 * accounts of one year. Decided, defaulted and withdrawn disputes hold nothing. */
enum err NODISCARD assurance_held(struct grams *out, struct overlay *state, const char *facility,
                                  uint32_t year, uint64_t time_ms, struct arena *arena);

/* assurance_lock_year writes that a facility's year was surrendered: no correction and no new
 * dispute of its accounts from now on. A dispute that is under way goes to its end, appeal
 * included; its account is LOCKED once it is there, by time alone (D11), so that no dispute keeps a
 * year open for ever. Refused with ERR_DUPLICATE when it is locked already, ERR_ABSENT (NOT_YET)
 * without any account. assurance_unlock_year takes the lock away, for a surrender that was
 * reversed; where there is none it does nothing. */
enum judgement assurance_lock_year(struct rule_context *context, const char *facility,
                                   uint32_t year, struct err_detail *detail);
enum judgement assurance_unlock_year(struct rule_context *context, const char *facility,
                                     uint32_t year, struct err_detail *detail);
/* assurance_lock gives the lock of a year. ERR_ABSENT: not locked. */
enum err NODISCARD assurance_lock(const Seam__AccountLock **out, struct overlay *state,
                                  const char *facility, uint32_t year, struct arena *arena);

/* effect_tonnes is |decided - used| x rate in whole tonnes, half away from zero [D42]; rate is a
 * decimal text, 0 to 10. ERR_DEC, ERR_RANGE. */
enum err NODISCARD effect_tonnes(struct tonnes *out, struct grams decided, struct grams used,
                                 const char *rate);

/* Records, for other folders and for queries. ERR_ABSENT where there is none. Where a dispute
 * stands says dispute_status of dispute_state.h. All disputes: view_list of KEY_DISPUTE, owner
 * NULL, their number view_assurance_count. */
enum err NODISCARD view_dispute(const Seam__DisputeRecord **out, struct overlay *state,
                                const char *dispute, struct arena *arena);
enum err NODISCARD view_statement(const Seam__StatementRecord **out, struct overlay *state,
                                  const char *dispute, uint32_t number, struct arena *arena);

/* view_disputes names those about one period of a facility, in order. ERR_TYPE: period is none. */
enum err NODISCARD view_disputes(const Seam__DisputeHead **out, struct overlay *state,
                                 const char *facility, const char *period, struct arena *arena);

#endif
