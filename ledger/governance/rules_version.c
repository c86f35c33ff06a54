/* SPDX-License-Identifier: Apache-2.0 */
/* Changing the rules (decision D7): the validators' organisations say which version their programs
 * can execute, and once a quorum does, a height is set from which it counts. The notice is in
 * blocks and in time, both, so that neither a busy nor an idle chain surprises an operator. */

#include "ledger/governance/registry.h"

#include <string.h>

#include "ledger/governance/validators.h"

static struct state_key support_key(uint16_t version, const char *organisation)
{
    struct state_key key = state_key_of(KEY_SUPPORT);
    state_key_u16(&key, version);
    state_key_id(&key, KEY_ORGANISATION, organisation);
    return key;
}

/* The chain's state and validators, and that the sender has one of these. */
static enum judgement validator_only(struct rule_context *context, const Seam__ChainState **chain,
                                     const Seam__ValidatorSetRecord **set,
                                     struct err_detail *detail)
{
    enum err err = view_chain(chain, context->state, context->arena);
    if (err == OK) {
        err = view_validators(set, context->state, context->arena);
    }
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (!validators_has(*set, context->organisation_id)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ROLE, "organisation", NULL,
                               "only organisations with a validator");
    }
    return JUDGE_OK;
}

enum judgement support(struct rule_context *context, const ProtobufCMessage *payload,
                       const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Support *in = (const Seam__Support *)payload;
    const Seam__ChainState *chain = NULL;
    const Seam__ValidatorSetRecord *set = NULL;
    enum judgement judgement = validator_only(context, &chain, &set, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (in->rules_version <= chain->rules_version || in->rules_version > UINT16_MAX) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "rules_version", NULL,
                               "a version after the one in force");
    }
    const struct state_key key = support_key((uint16_t)in->rules_version, context->organisation_id);
    judgement = registry_new(context, state_key_bytes(&key), "rules_version", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__SupportRecord record = SEAM__SUPPORT_RECORD__INIT;
    record.organisation = (char *)context->organisation_id;
    record.rules_version = in->rules_version;
    record.height = context->height;
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

void support_links(struct rule_context *context, const ProtobufCMessage *payload,
                   struct bytes *creates, struct bytes *needs)
{
    const Seam__Support *in = (const Seam__Support *)payload;
    const struct state_key key = support_key((uint16_t)in->rules_version, context->organisation_id);
    *creates = registry_link(context, &key);
    (void)needs;
}

/* How many validators belong to organisations that support a version. */
static enum err supporters(uint32_t *out, struct rule_context *context,
                           const Seam__ValidatorSetRecord *set, uint16_t version)
{
    uint32_t count = 0;
    for (size_t i = 0; i < set->n_validators; i++) {
        const struct state_key key = support_key(version, set->validators[i]->organisation);
        bool exists = false;
        const enum err err = view_exists(&exists, context->state, state_key_bytes(&key));
        if (err != OK) {
            return err;
        }
        count += exists ? 1 : 0;
    }
    *out = count;
    return OK;
}

static enum judgement activation_due(struct rule_context *context, const Seam__ChainState *chain,
                                     const Seam__Activate *in, struct err_detail *detail)
{
    const uint32_t current = view_rules_version(chain, context->height, context->time_ms);
    if (chain->next_rules_version > current) {
        return registry_refuse(detail, JUDGE_NOT_YET, ERR_STATE_MACHINE, "rules_version", NULL,
                               "another activation is pending");
    }
    if (in->rules_version > UINT16_MAX || in->rules_version <= current) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "rules_version", NULL,
                               "a version after the one in force");
    }
    const uint64_t notice = chain->activation_notice_blocks;
    if (in->height < context->height || in->height - context->height < notice) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "height", NULL,
                               "too soon: the notice in blocks is not kept");
    }
    return JUDGE_OK;
}

enum judgement activate(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__Activate *in = (const Seam__Activate *)payload;
    const Seam__ChainState *chain = NULL;
    const Seam__ValidatorSetRecord *set = NULL;
    enum judgement judgement = validator_only(context, &chain, &set, detail);
    if (judgement == JUDGE_OK) {
        judgement = activation_due(context, chain, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint32_t count = 0;
    const enum err err = supporters(&count, context, set, (uint16_t)in->rules_version);
    if (err != OK) {
        return registry_world(detail, err);
    }
    if (count < quorum_size((uint32_t)set->n_validators)) {
        return registry_refuse(detail, JUDGE_NOT_YET, ERR_STATE_MACHINE, "rules_version", NULL,
                               "a quorum of validators must support this version first");
    }
    Seam__ChainState record = *chain;
    record.rules_version = view_rules_version(chain, context->height, context->time_ms);
    record.next_rules_version = in->rules_version;
    record.next_height = in->height;
    record.next_time_ms = context->time_ms + chain->activation_notice_ms;
    const struct state_key key = state_key_of(KEY_CHAIN);
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

void activate_links(struct rule_context *context, const ProtobufCMessage *payload,
                    struct bytes *creates, struct bytes *needs)
{
    (void)context;
    (void)payload;
    (void)creates;
    (void)needs;
}
