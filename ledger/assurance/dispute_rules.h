/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_DISPUTE_RULES_H
#define LEDGER_ASSURANCE_DISPUTE_RULES_H

/* The rules themselves, for the table of dispute.c and their tests. Inside this folder only. */

#include "ledger/governance/rule.h"

#define DISPUTE_RULE(name)                                                                         \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail)

DISPUTE_RULE(observation_add);
DISPUTE_RULE(observation_withdraw);
DISPUTE_RULE(dispute_begin); /* DISPUTE_OPEN */
DISPUTE_RULE(dispute_join);
DISPUTE_RULE(statement_file);
DISPUTE_RULE(dispute_extend);
DISPUTE_RULE(dispute_panel);
DISPUTE_RULE(dispute_decide);
DISPUTE_RULE(dispute_appeal);
DISPUTE_RULE(dispute_close);
DISPUTE_RULE(dispute_publish);
DISPUTE_RULE(dispute_withdraw);

#undef DISPUTE_RULE

/* The state each waits for and creates, for the pool. */
void observation_add_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs);
void dispute_begin_links(struct rule_context *context, const ProtobufCMessage *payload,
                         struct bytes *creates, struct bytes *needs);

#endif
