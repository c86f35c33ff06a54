/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_CASE_H
#define LEDGER_ASSURANCE_DISPUTE_CASE_H

/* What every rule about a dispute begins with: the record, where it stands at the block's time, and
 * in which capacity the sender speaks. Inside this folder only. */

#include "ledger/assurance/dispute.h"
#include "ledger/assurance/dispute_state.h"
#include "ledger/assurance/record.h"
#include "ledger/assurance/refusal.h"

/* Who somebody is in a dispute, a bit set: an organisation may be several. */
enum dispute_capacity {
    DISPUTE_NOBODY = 0,
    DISPUTE_REGULATOR = 1 << 0, /* of the facility's jurisdiction */
    DISPUTE_OWNER = 1 << 1, /* answers for the facility */
    DISPUTE_VERIFIER = 1 << 2 /* issued the opinion */
};

struct dispute_case {
    struct rule_context *context;
    struct err_detail *detail;
    Seam__DisputeRecord *record; /* may be changed and put again */
    const Seam__JurisdictionRecord *place;
    enum dispute_status status;
    unsigned capacity;
};

/* dispute_case_read loads a dispute for a rule. NOT_YET where there is none. */
enum judgement dispute_case_read(struct dispute_case *out, struct rule_context *context,
                                 const char *dispute, struct err_detail *detail);
/* dispute_case_put writes the record back. */
enum judgement dispute_case_put(const struct dispute_case *in);

/* dispute_case_state refuses (303012, naming where it stands) unless `allowed`. */
enum judgement dispute_case_state(const struct dispute_case *in, bool allowed, const char *hint);
/* dispute_case_regulator: only the regulator of the facility's jurisdiction. */
enum judgement dispute_case_regulator(const struct dispute_case *in);

/* dispute_capacity_of: regulators of the jurisdiction, the owner, the verifier (may be ""). */
enum err NODISCARD dispute_capacity_of(unsigned *out, struct rule_context *context,
                                       const char *jurisdiction, const char *owner,
                                       const char *verifier);

/* dispute_deadline counts working days of the dispute's jurisdiction and notes where the calendar
 * was assumed. */
enum judgement dispute_deadline(uint64_t *out, const struct dispute_case *in, uint64_t from_ms,
                                uint32_t working_days);

/* Records. ERR_ABSENT where there is none, ERR_TYPE when period is none. */
enum err NODISCARD dispute_record_read(Seam__DisputeRecord **out, struct overlay *state,
                                       const char *dispute, struct arena *arena);
enum err NODISCARD dispute_head_read(const Seam__DisputeHead **out, struct overlay *state,
                                     const char *facility, const char *period, struct arena *arena);
struct state_key dispute_key_numbered(enum key_table table, const char *dispute, uint32_t number);

/* dispute_append gives a copy of a list of count pointers with one more; NULL when memory ends. */
void *dispute_append(struct arena *arena, void *list, size_t count, void *entry);

#endif
