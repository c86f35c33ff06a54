/* SPDX-License-Identifier: Apache-2.0 */
/* The head of a log that is kept beside the ledger [KSSJ 9.4.2.3-j]. Anchors of one log follow each
 * other without a gap, so that leaving entries out between two of them is seen. */

#include "ledger/governance/registry.h"

#include <inttypes.h>
#include <stdio.h>

static struct state_key anchor_key(const char *organisation, const char *log)
{
    struct state_key key = state_key_of(KEY_AUDIT_ANCHOR);
    state_key_id(&key, KEY_ORGANISATION, organisation);
    state_key_id(&key, KEY_AUDIT_ANCHOR, log);
    return key;
}

enum judgement audit_anchor(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__AuditAnchor *in = (const Seam__AuditAnchor *)payload;
    const struct state_key key = anchor_key(context->organisation_id, in->log);
    ProtobufCMessage *found = NULL;
    const enum err err = view_record(&found, &seam__audit_anchor_record__descriptor, context->state,
                                     state_key_bytes(&key), context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return registry_world(detail, err);
    }
    const Seam__AuditAnchorRecord *last = (const Seam__AuditAnchorRecord *)found;
    const uint64_t next = last == NULL ? 1 : last->last + 1;
    if (in->first != next) {
        char limit[24];
        (void)snprintf(limit, sizeof limit, "%" PRIu64, next);
        const enum judgement judgement = in->first < next ? JUDGE_NEVER : JUDGE_NOT_YET;
        return registry_refuse(detail, judgement, ERR_STATE_MACHINE, "first", limit,
                               "an anchor begins where the last one of its log ended");
    }
    if (in->last < in->first || in->last == UINT64_MAX) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "last", NULL,
                               "the last entry does not stand before the first");
    }
    Seam__AuditAnchorRecord record = SEAM__AUDIT_ANCHOR_RECORD__INIT;
    record.organisation = (char *)context->organisation_id;
    record.log = in->log;
    record.first = in->first;
    record.last = in->last;
    record.head = in->head;
    record.anchors = last == NULL ? 1 : last->anchors + 1;
    record.height = context->height;
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

void audit_anchor_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    (void)context;
    (void)payload;
    (void)creates;
    (void)needs;
}
