/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_ENGAGEMENT_H
#define LEDGER_ASSURANCE_ENGAGEMENT_H

/* One engagement while a transaction works on it, and what the rules of verification ask of sender
 * and signers. Inside this folder only. */

#include "ledger/assurance/assurance.h"
#include "ledger/assurance/parameter.h"
#include "ledger/assurance/record.h"

#define ENGAGEMENT_SCOPE_MAX 120 /* periods of all facilities together */
#define ENGAGEMENT_TEAM_MAX 20
#define ENGAGEMENT_FINDINGS_MAX 500
#define ENGAGEMENT_SAMPLES_MAX 50
#define ENGAGEMENT_SECTIONS 6
#define ENGAGEMENT_EVIDENCE_MAX 100
#define ENGAGEMENT_DECLARATIONS_MAX 16

/* Functions of a team, as bits. */
enum team_function {
    TEAM_LEAD = 1 << 0,
    TEAM_MEMBER = 1 << 1,
    TEAM_TECHNICAL_REVIEWER = 1 << 2,
    TEAM_APPROVER = 1 << 3,
    TEAM_VERIFIERS = TEAM_LEAD | TEAM_MEMBER, /* who do the verification */
    TEAM_ANY = 15
};

struct engaging {
    struct rule_context *context;
    struct err_detail *detail;
    Seam__EngagementRecord *record; /* in the context's arena; may be changed and put */
    const Seam__OpinionIssue *replaced; /* by the opinion that is being issued, or NULL */
};

/* engaging_load reads an engagement. NOT_YET where there is none. */
enum judgement engaging_load(struct engaging *out, struct rule_context *context,
                             const char *engagement, struct err_detail *detail);
/* engaging_by_client and engaging_by_verifier: is the sender that party? ERR_ROLE. */
enum judgement engaging_by_client(const struct engaging *in);
/* functions: each signer must have one of them in the team. */
enum judgement engaging_by_verifier(const struct engaging *in, uint32_t functions);
/* engaging_by_regulator: is the sender the regulator of the facilities' jurisdiction: of all of
 * them, or (any) of one at least? ERR_ROLE. */
enum judgement engaging_by_regulator(const struct engaging *in, bool any);
/* engaging_open: is the work going on, so that evidence, findings and recomputations may come?
 * DOC_REVIEW, SITE, REPORT_DRAFT; early admits ACCEPTED and PLANNED, too. ERR_STATE_MACHINE. */
enum judgement engaging_open(const struct engaging *in, bool early);
enum judgement engaging_move(struct engaging *in, enum engagement_state next);
/* engaging_worked notes the signers as persons who did verification. */
enum judgement engaging_worked(struct engaging *in);
bool engaging_has_worked(const struct engaging *in, const struct hash *person);
/* engaging_covers: is this period of a facility in the scope? ERR_RANGE. */
enum judgement engaging_covers(const struct engaging *in, const char *facility, const char *period);
enum judgement engaging_put(const struct engaging *in);

/* team_valid: persons of the verifier, ascending, one function each; one lead, a member, a
 * technical reviewer and an approver at least. */
enum judgement team_valid(struct rule_context *context, const char *verifier,
                          Seam__TeamMember *const *team, size_t count, struct err_detail *detail);
/* team_function is what a person does in a team, 0 for strangers. */
uint32_t team_function(const Seam__EngagementRecord *record, const struct hash *person);

/* conflict_check is the gate of conflicts of interest: JUDGE_OK, or ERR_CONFLICT_OF_INTEREST with
 * the rule that refuses ("COI.SAME_GROUP"). The declarations of both must stand in the record. It
 * is asked at the answer and again at the opinion: what came in between counts, too. */
enum judgement conflict_check(const struct engaging *in, const struct parameters *rules);
/* conflict_waivable: may a regulator override this rule of the set? */
bool conflict_waivable(const struct parameters *rules, const char *rule);
/* conflict_replaces: did the replaced opinion speak of this facility, so that the one that takes
 * its place is no further one in the row? */
bool conflict_replaces(const struct engaging *in, const char *facility);

/* accreditation_valid: is organisation accredited as kind for scope in a jurisdiction at time_ms?
 * *reason says why not, in English. */
enum err NODISCARD accreditation_valid(bool *out, const char **reason, struct overlay *state,
                                       const char *organisation, const char *kind,
                                       const char *scope, const char *jurisdiction,
                                       uint64_t time_ms, struct arena *arena);

#endif
