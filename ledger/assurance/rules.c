/* SPDX-License-Identifier: Apache-2.0 */
/* The transactions of verification as the rest of the ledger sees them. What an organisation says
 * about another one, or about the end of something, needs two persons; the opinion needs four. */
#include "ledger/assurance/rules.h"

#include "ledger/assurance/assurance.h"
#include "ledger/proto/assurance.pb-c.h"

#define PARTIES (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER | ROLE_VERIFIER)
#define OPERATORS (ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER)

/* A row whose rule is called `stem` and whose payload is Seam__ of the same stem. */
#define ROW(type_, NAME, Operation, stem, roles_, count_, cost_, clause_, help_, ...)              \
    {                                                                                              \
        .type = type_##_TYPE, .name = NAME, .operation = Operation,                                \
        .payload = &seam__##stem##__descriptor, .roles = roles_, .signatures = count_,             \
        .usages = {__VA_ARGS__}, .apply = stem, .links = stem##_links, .cost = cost_,              \
        .clause = clause_, .since = 1, .help_en = help_                                            \
    }

/* With a detached part. */
#define ROW_DETACHED(type_, NAME, Operation, stem, detached_, roles_, cost_, clause_, help_)       \
    {                                                                                              \
        .type = type_##_TYPE, .name = NAME, .operation = Operation,                                \
        .payload = &seam__##stem##__descriptor, .detached = &seam__##detached_##__descriptor,      \
        .roles = roles_, .signatures = 1, .usages = {USAGE_SUBMIT}, .apply = stem,                 \
        .links = stem##_links, .cost = cost_, .clause = clause_, .since = 1, .help_en = help_      \
    }

#define TWO USAGE_SUBMIT, USAGE_APPROVE
#define OFFICERS USAGE_OFFICER, USAGE_OFFICER
#define FOUR USAGE_SUBMIT, USAGE_SUBMIT, USAGE_APPROVE, USAGE_APPROVE

static const struct rule_row rows[] = {
    ROW(ENGAGE_OPEN, "ENGAGE_OPEN", "OpenEngagement", engage_open, PARTIES, 2, 20, "KSSJ 6.1",
        "Offers an engagement: parties, scope, level, materiality, guide, declarations.", TWO),
    ROW(ENGAGE_ACCEPT, "ENGAGE_ACCEPT", "AcceptEngagement", engage_accept, PARTIES, 2, 20,
        "KSSJ 6.1a", "Accepts an engagement, through the gate of conflicts of interest.", TWO),
    ROW(ENGAGE_OVERRIDE, "ENGAGE_OVERRIDE", "OverrideConflict", engage_override, ROLE_REGULATOR, 2,
        10, "KSSJ 6.1a", "Sets one rule of the gate aside for an engagement, with a reason.",
        OFFICERS),
    ROW(ENGAGE_ADVANCE, "ENGAGE_ADVANCE", "AdvanceEngagement", engage_advance, ROLE_VERIFIER, 1, 10,
        "KSSJ 6.2c", "Takes the next step of an engagement, with its evidence.", USAGE_SUBMIT),
    ROW(ENGAGE_REVIEW, "ENGAGE_REVIEW", "ReviewEngagement", engage_review, ROLE_VERIFIER, 1, 10,
        "KSSJ 6.2c", "Passes or returns the report, by a person who did not verify.",
        USAGE_APPROVE),
    ROW(ENGAGE_WITHDRAW, "ENGAGE_WITHDRAW", "WithdrawEngagement", engage_withdraw, PARTIES, 2, 6,
        "KSSJ 6.1", "Ends an engagement before its opinion.", TWO),
    ROW(ACCREDITATION_SET, "ACCREDITATION_SET", "SetAccreditation", accreditation_set,
        ROLE_REGULATOR, 2, 10, "KSSJ 6.1a",
        "Records what a verifier or laboratory is accredited for, where and until when.", OFFICERS),
    ROW(AUDIT_SAMPLE_COMMIT, "AUDIT_SAMPLE_COMMIT", "CommitSample", audit_sample_commit,
        ROLE_VERIFIER, 1, 10, "KSSJ 6.2c",
        "Fixes population and size of a sample and commits to its opening.", USAGE_SUBMIT),
    ROW_DETACHED(AUDIT_SAMPLE_DRAW, "AUDIT_SAMPLE_DRAW", "DrawSample", audit_sample_draw,
                 audit_population, ROLE_VERIFIER, 100, "KSSJ 6.2c",
                 "Draws the sample from opening and seed block; everybody draws the same."),
    ROW(EVIDENCE_GRANT, "EVIDENCE_GRANT", "GrantEvidence", evidence_grant, ROLE_ANY, 1, 6,
        "KSSJ 6.1b", "Lets an organisation read a file, by a sealed key.", USAGE_SUBMIT),
    ROW(EVIDENCE_REVOKE, "EVIDENCE_REVOKE", "RevokeEvidence", evidence_revoke, ROLE_ANY, 1, 6,
        "KSSJ 6.1b", "Ends a grant; what was read stays read.", USAGE_SUBMIT),
    ROW(EVIDENCE_DISCLOSE, "EVIDENCE_DISCLOSE", "RecordDisclosure", evidence_disclose, ROLE_ANY, 1,
        6, "KSSJ 6.1b", "Records that a file was served or read, and what came of it.",
        USAGE_SUBMIT),
    ROW(LINE_REVEAL, "LINE_REVEAL", "RevealEvidence", line_reveal,
        ROLE_MINE | ROLE_GROUP | ROLE_CARRIER | ROLE_USER, 1, 6, "KSSJ 6.1b",
        "Records that one line of an account was shown to a reader.", USAGE_SUBMIT),
    ROW(RECOMPUTE, "RECOMPUTE", "RecordRecomputation", recompute, ROLE_VERIFIER, 1, 8, "KSSJ 6.1c",
        "Records the recomputation of an account and its differences.", USAGE_SUBMIT),
    ROW_DETACHED(FINDING_RAISE, "FINDING_RAISE", "RaiseFinding", finding_raise, finding_text,
                 ROLE_VERIFIER, 8, "KSSJ 6.1c", "Raises a finding, or comments on a field."),
    ROW_DETACHED(FINDING_ANSWER, "FINDING_ANSWER", "AnswerFinding", finding_answer, finding_text,
                 OPERATORS, 8, "KSSJ 6.1b", "Answers a finding with cause and correction."),
    {.type = FINDING_CLOSE_TYPE,
     .name = "FINDING_CLOSE",
     .operation = "CloseFinding",
     .payload = &seam__finding_close__descriptor,
     .detached = &seam__finding_text__descriptor,
     .detached_optional = true, /* only a rejection must say why */
     .roles = ROLE_VERIFIER,
     .signatures = 1,
     .usages = {USAGE_SUBMIT},
     .apply = finding_close,
     .links = finding_close_links,
     .cost = 8,
     .clause = "KSSJ 6.1c",
     .since = 1,
     .help_en = "Accepts or rejects an answer, closes a finding or leaves it unresolved."},
    ROW(OPINION_ISSUE, "OPINION_ISSUE", "IssueOpinion", opinion_issue, ROLE_VERIFIER, 4, 60,
        "KSSJ 6.1", "Issues the opinion on a scope, with verified totals that follow.", FOUR),
    ROW(OPINION_WITHDRAW, "OPINION_WITHDRAW", "WithdrawOpinion", opinion_withdraw, ROLE_VERIFIER, 2,
        20, "KSSJ 6.1", "Withdraws an opinion; nothing is deleted.", TWO),
    ROW(OPINION_REVOKE, "OPINION_REVOKE", "RevokeOpinion", opinion_revoke, ROLE_REGULATOR, 2, 20,
        "KSSJ 6.1a", "Revokes an opinion that should not have been issued.", OFFICERS),
};

const struct rule_table assurance_rules = {rows, sizeof rows / sizeof rows[0]};

static const struct rule_row examine_rows[] = {
    ROW_DETACHED(AUDIT_SAMPLE_EXAMINE, "AUDIT_SAMPLE_EXAMINE", "ExamineSample",
                 audit_sample_examine, audit_sample_results, ROLE_VERIFIER, 20, "KSSJ 6.2c",
                 "Records what came of each item that was drawn."),
};

const struct rule_table examine_rules = {examine_rows,
                                         sizeof examine_rows / sizeof examine_rows[0]};
