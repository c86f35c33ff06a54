/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_RULES_H
#define LEDGER_ASSURANCE_RULES_H

/* The rules of verification and of the custody of samples, for the tables: each checks a payload
 * against the state and writes its records. Who may send it and with which signatures was settled
 * before. Inside this folder only. */

#include "ledger/governance/rule.h"

#define ASSURANCE_RULE(name)                                                                       \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail);              \
    void name##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)

ASSURANCE_RULE(engage_open);
ASSURANCE_RULE(engage_accept);
ASSURANCE_RULE(engage_override);
ASSURANCE_RULE(engage_advance);
ASSURANCE_RULE(engage_review);
ASSURANCE_RULE(engage_withdraw);
ASSURANCE_RULE(accreditation_set);
ASSURANCE_RULE(audit_sample_commit);
ASSURANCE_RULE(audit_sample_draw);
ASSURANCE_RULE(audit_sample_examine);
ASSURANCE_RULE(evidence_grant);
ASSURANCE_RULE(evidence_revoke);
ASSURANCE_RULE(evidence_disclose);
ASSURANCE_RULE(line_reveal);
ASSURANCE_RULE(recompute);
ASSURANCE_RULE(finding_raise);
ASSURANCE_RULE(finding_answer);
ASSURANCE_RULE(finding_close);
ASSURANCE_RULE(opinion_issue);
ASSURANCE_RULE(opinion_withdraw);
ASSURANCE_RULE(opinion_revoke);
ASSURANCE_RULE(sample_take);
ASSURANCE_RULE(sample_seal);
ASSURANCE_RULE(sample_receive);
ASSURANCE_RULE(lab_report);
ASSURANCE_RULE(lab_withdraw);

#undef ASSURANCE_RULE

#endif
