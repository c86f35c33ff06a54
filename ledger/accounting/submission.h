/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ACCOUNTING_SUBMISSION_H
#define LEDGER_ACCOUNTING_SUBMISSION_H

/* One account being judged: what it refers to, read once, and the questions asked of it. Inside
 * accounting/ only; rules.c is what others see. */

#include "ledger/accounting/account.h"
#include "ledger/governance/id.h"
#include "ledger/governance/view.h"

/* Bits of Receipt.flags. */
#define RECEIPT_LATE 1u
#define RECEIPT_SUPERSEDES 2u
#define RECEIPT_HISTORIC 4u

/* One submission being judged. */
struct submission {
    struct rule_context *context;
    struct err_detail *detail;
    const Seam__Account *account;
    const Seam__AccountLines *lines; /* NULL for NIL and SUSPENDED */
    struct period period;
    struct hash hash; /* of the account */
    struct bytes bytes;
    const Seam__FacilityRecord *facility;
    const Seam__JurisdictionRecord *jurisdiction;
    const Seam__BoundaryRecord *boundary;
    const Seam__AccountHead *head; /* of this period, NULL where none */
    const Seam__FacilityHead *chain; /* NULL before the first account */
    uint64_t deadline;
    uint32_t extension_days;
    bool historic;
};

/* submission_start packs and hashes the account. */
enum judgement submission_start(struct submission *in, struct rule_context *context,
                                const ProtobufCMessage *payload, struct err_detail *detail);
/* submission_judge asks everything and, where the answer is yes, remembers it. nil: the account
 * must be NIL or SUSPENDED, else VALUE. */
enum judgement submission_judge(struct submission *in, bool nil);
/* submission_refuse notes an error with its rule and returns judgement. */
enum judgement submission_refuse(const struct submission *in, enum judgement judgement,
                                 enum err err, const char *field, const char *rule,
                                 const char *limit, const char *hint);
/* submission_missing refuses for a record that could not be read: an absent one is something to
 * wait for, any other failure is the world's. */
enum judgement submission_missing(const struct submission *in, enum err err, enum err says,
                                  const char *field, const char *what);

/* submission_calculate asks for the set that the account names, whether every total follows from
 * the lines under it, and whether the boundary is complete. The lines are calculated once: where
 * the same account, lines, set and boundary were found good before, the context knows it. */
enum judgement submission_calculate(const struct submission *in);

/* submission_claim takes what the account claims off the state's record of it, the claims of the
 * version it replaces given back first: E_M_CUM over the periods of a face, E_AREA_DUP over all
 * accounts [methodology 3.1, D29]. Nothing is written unless every claim holds. */
enum judgement submission_claim(const struct submission *in);

/* submission_remember writes version, head and end of the chain; of the body alone (D3). */
enum judgement submission_remember(const struct submission *in);

/* Keys of a facility's end of chain, of a period's head and of one version. */
struct state_key submission_chain_key(const char *facility);
struct state_key submission_period_key(enum key_table table, const char *facility,
                                       struct period period);
struct state_key submission_version_key(const char *facility, struct period period,
                                        uint32_t version);

#endif
