/* SPDX-License-Identifier: Apache-2.0 */
/* What came of each item that was drawn. An audit in name only [F10] leaves nothing here: every
 * item of the list has its outcome, what was looked at, and a finding where it does not agree. A
 * record that was refused is a scope limitation; nothing is drawn in its place [domain 3.2]. */
#include "ledger/assurance/engagement.h"
#include "ledger/assurance/rules.h"
#include "ledger/assurance/sample.h"

#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"

#include <stdio.h>
#include <string.h>

#define SALT_SIZE 16
#define EVIDENCE_MAX 8

struct examining {
    struct engaging engaging;
    const Seam__AuditSampleExamine *examine;
    const Seam__AuditSampleResults *results;
    Seam__AuditSampleRecord *record;
};

static enum judgement wrong(const struct examining *in, enum err err, const char *field,
                            const char *limit, const char *hint)
{
    return refusal_never(in->engaging.detail, (struct refusal){err, field, "3.2", limit, hint});
}

static enum judgement sample_read(struct examining *in)
{
    struct rule_context *context = in->engaging.context;
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, in->examine->engagement, in->examine->number);
    ProtobufCMessage *message = NULL;
    const enum err err = record_get(&message, &seam__audit_sample_record__descriptor,
                                    context->state, &key, context->arena);
    if (err != OK) {
        return refusal_of_view(in->engaging.detail, err, "number", in->examine->engagement);
    }
    in->record = (Seam__AuditSampleRecord *)message;
    return in->record->drawn
               ? JUDGE_OK
               : refusal_not_yet(in->engaging.detail,
                                 (struct refusal){ERR_GAP, "number", "3.2", NULL,
                                                  "what is not drawn cannot be examined"});
}

/* The items are those of the list, in the order drawn. */
static enum judgement list_fits(const struct examining *in)
{
    const Seam__AuditSampleResults *results = in->results;
    struct hasher hasher;
    struct hash hash;
    if (results == NULL || results->salt.len != SALT_SIZE) {
        return wrong(in, ERR_MISSING, "detached", NULL, "what came of each item, and a salt");
    }
    hash_begin(&hasher, TAG_SAMPLE_LIST);
    hash_add_u64(&hasher, results->n_items);
    for (size_t i = 0; i < results->n_items; i++) {
        hash_add(&hasher, bytes_of(results->items[i]->id.data, results->items[i]->id.len));
    }
    hash_end(&hasher, &hash);
    if (!record_data_equal(in->record->list_hash, record_data(&hash))) {
        return wrong(in, ERR_TOTAL, "detached.items", NULL,
                     "every item of the list, in the order drawn, and no other");
    }
    return JUDGE_OK;
}

static enum judgement results_named(const struct examining *in)
{
    struct bytes bytes;
    struct hash hash;
    const enum err err = message_pack(&bytes, &in->results->base, in->engaging.context->arena);
    if (err != OK) {
        return refusal_of_world(in->engaging.detail, err);
    }
    hash_tagged(&hash, TAG_SAMPLE_RESULTS, bytes);
    return record_data_equal(in->examine->results_hash, record_data(&hash))
               ? JUDGE_OK
               : wrong(in, ERR_TOTAL, "results_hash", NULL, "not the hash of the results");
}

static bool named(const struct examining *in, uint32_t finding)
{
    for (size_t i = 0; i < in->examine->n_findings; i++) {
        if (in->examine->findings[i] == finding) {
            return true;
        }
    }
    return false;
}

static enum judgement item_valid(const struct examining *in, const Seam__SampleItemResult *item)
{
    const bool agrees = record_same(item->outcome, "AGREES");
    const bool refused = record_same(item->outcome, "REFUSED");
    if (item->n_evidence > EVIDENCE_MAX || (!refused && item->n_evidence == 0)) {
        return wrong(in, ERR_MISSING, "detached.items.evidence", "1..8",
                     "what was looked at; a refused record has none");
    }
    if (agrees ? item->finding != 0 : !named(in, item->finding)) {
        return wrong(in, ERR_MISSING, "detached.items.finding", NULL,
                     "a finding of the list for what does not agree, none for what does");
    }
    return JUDGE_OK;
}

static enum judgement counts_fit(const struct examining *in)
{
    uint32_t agrees = 0;
    uint32_t differs = 0;
    uint32_t refused = 0;
    for (size_t i = 0; i < in->results->n_items; i++) {
        const Seam__SampleItemResult *item = in->results->items[i];
        const enum judgement judgement = item_valid(in, item);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        agrees += record_same(item->outcome, "AGREES") ? 1 : 0;
        differs += record_same(item->outcome, "DIFFERS") ? 1 : 0;
        refused += record_same(item->outcome, "REFUSED") ? 1 : 0;
    }
    const Seam__AuditSampleExamine *examine = in->examine;
    return agrees == examine->agreeing && differs == examine->differing &&
                   refused == examine->refused
               ? JUDGE_OK
               : wrong(in, ERR_TOTAL, "agreeing", NULL, "how many of each outcome");
}

/* Findings of this engagement, each of them cited by an item; a refused item by a scope limitation.
 */
static enum judgement finding_valid(const struct examining *in, uint32_t number)
{
    const Seam__FindingRecord *finding = NULL;
    char limit[16];
    bool cited = false;
    bool refused = false;
    const enum err err = view_finding(&finding, in->engaging.context->state,
                                      in->examine->engagement, number, in->engaging.context->arena);
    (void)snprintf(limit, sizeof limit, "%u", (unsigned)number);
    if (err != OK) {
        return refusal_of_view(in->engaging.detail, err, "findings", limit);
    }
    for (size_t i = 0; i < in->results->n_items; i++) {
        const bool of = in->results->items[i]->finding == number;
        cited = cited || of;
        refused = refused || (of && record_same(in->results->items[i]->outcome, "REFUSED"));
    }
    const bool limitation = record_same(finding->raise->kind, "SCOPE_LIMITATION");
    if (!cited || refused != limitation || record_same(finding->raise->kind, "COMMENT")) {
        return wrong(in, ERR_CONFLICT, "findings", limit,
                     "SCOPE_LIMITATION of what was refused, another finding of what differs");
    }
    return JUDGE_OK;
}

static enum judgement findings_fit(const struct examining *in)
{
    const Seam__AuditSampleExamine *examine = in->examine;
    for (size_t i = 0; i < examine->n_findings; i++) {
        if (examine->n_findings > ENGAGEMENT_FINDINGS_MAX ||
            (i > 0 && examine->findings[i - 1] >= examine->findings[i])) {
            return wrong(in, ERR_NOT_CANONICAL, "findings", NULL, "ascending");
        }
        const enum judgement judgement = finding_valid(in, examine->findings[i]);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static enum judgement remember(struct examining *in)
{
    struct rule_context *context = in->engaging.context;
    const Seam__AuditSampleExamine *examine = in->examine;
    Seam__AuditSampleRecord *record = in->record;
    record->examine_height = context->height;
    record->agreeing = examine->agreeing;
    record->differing = examine->differing;
    record->refused = examine->refused;
    record->results_hash = examine->results_hash;
    record->findings = examine->findings;
    record->n_findings = examine->n_findings;
    const struct state_key key =
        record_key_numbered(KEY_AUDIT_SAMPLE, examine->engagement, examine->number);
    const enum err err = record_put(context, &key, &record->base);
    return err == OK ? engaging_put(&in->engaging) : refusal_of_world(in->engaging.detail, err);
}

enum judgement audit_sample_examine(struct rule_context *context, const ProtobufCMessage *payload,
                                    const ProtobufCMessage *detached, struct err_detail *detail)
{
    struct examining in = {.examine = (const Seam__AuditSampleExamine *)payload,
                           .results = (const Seam__AuditSampleResults *)detached};
    enum judgement judgement = engaging_load(&in.engaging, context, in.examine->engagement, detail);
    if (judgement == JUDGE_OK) {
        judgement = engaging_by_verifier(&in.engaging, TEAM_VERIFIERS);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_open(&in.engaging, false);
    }
    if (judgement == JUDGE_OK) {
        judgement = sample_read(&in);
    }
    enum judgement (*const checks[])(const struct examining *) = {list_fits, results_named,
                                                                  counts_fit, findings_fit};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0] && judgement == JUDGE_OK; i++) {
        judgement = checks[i](&in);
    }
    if (judgement == JUDGE_OK) {
        judgement = engaging_worked(&in.engaging);
    }
    return judgement == JUDGE_OK ? remember(&in) : judgement;
}

void audit_sample_examine_links(struct rule_context *context, const ProtobufCMessage *payload,
                                struct bytes *creates, struct bytes *needs)
{
    const Seam__AuditSampleExamine *in = (const Seam__AuditSampleExamine *)payload;
    const struct state_key key = record_key_numbered(KEY_AUDIT_SAMPLE, in->engagement, in->number);
    (void)creates;
    *needs = record_link(context, &key);
}
