/* SPDX-License-Identifier: Apache-2.0 */
#include "api/detached.h"

#include "ledger/assurance/assurance.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/box.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/assurance.pb-c.h"

#include <assert.h>
#include <string.h>

#define SALT_SIZE 16

static enum err salt_fill(ProtobufCBinaryData *salt, struct arena *arena)
{
    uint8_t random[BOX_KEY_SIZE];
    struct bytes kept;
    if (salt->len > 0) {
        return OK;
    }
    box_key_random(random);
    if (!arena_copy(arena, bytes_of(random, SALT_SIZE), &kept)) {
        return ERR_MEMORY;
    }
    *salt = (ProtobufCBinaryData){kept.size, (uint8_t *)(uintptr_t)kept.data};
    return OK;
}

static enum err hash_fill(ProtobufCBinaryData *hash, const char tag[TAG_SIZE + 1],
                          struct bytes packed, struct arena *arena)
{
    struct hash made;
    struct bytes kept;
    if (hash->len > 0) {
        return OK;
    }
    hash_tagged(&made, tag, packed);
    if (!arena_copy(arena, hash_bytes(&made), &kept)) {
        return ERR_MEMORY;
    }
    *hash = (ProtobufCBinaryData){kept.size, (uint8_t *)(uintptr_t)kept.data};
    return OK;
}

/* [V14] the parameters of a report are those of its values, which are ascending. */
static enum err lab_fill(Seam__LabReport *report, const Seam__LabValues *values,
                         struct arena *arena)
{
    if (report->n_parameters > 0) {
        return OK;
    }
    report->parameters = arena_alloc(arena, (values->n_values + 1) * sizeof *report->parameters);
    if (report->parameters == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < values->n_values; i++) {
        char *parameter = values->values[i]->parameter;
        const size_t count = report->n_parameters;
        if (count == 0 || strcmp(report->parameters[count - 1], parameter) != 0) {
            report->parameters[report->n_parameters++] = parameter;
        }
    }
    return OK;
}

static void finding_insert(Seam__AuditSampleExamine *examine, uint32_t finding)
{
    size_t at = 0;
    while (at < examine->n_findings && examine->findings[at] < finding) {
        at++;
    }
    if (at < examine->n_findings && examine->findings[at] == finding) {
        return;
    }
    memmove(&examine->findings[at + 1], &examine->findings[at],
            (examine->n_findings - at) * sizeof *examine->findings);
    examine->findings[at] = finding;
    examine->n_findings++;
}

/* Counts and findings of the items. */
static enum err examine_fill(Seam__AuditSampleExamine *examine,
                             const Seam__AuditSampleResults *results, struct arena *arena)
{
    if (examine->agreeing + examine->differing + examine->refused > 0) {
        return OK;
    }
    examine->findings = arena_alloc(arena, (results->n_items + 1) * sizeof *examine->findings);
    if (examine->findings == NULL) {
        return ERR_MEMORY;
    }
    examine->n_findings = 0;
    for (size_t i = 0; i < results->n_items; i++) {
        const Seam__SampleItemResult *item = results->items[i];
        examine->agreeing += strcmp(item->outcome, "AGREES") == 0 ? 1 : 0;
        examine->differing += strcmp(item->outcome, "DIFFERS") == 0 ? 1 : 0;
        examine->refused += strcmp(item->outcome, "REFUSED") == 0 ? 1 : 0;
        if (item->finding != 0) {
            finding_insert(examine, item->finding);
        }
    }
    return OK;
}

static enum err fill(ProtobufCMessage *payload, ProtobufCMessage *detached, struct bytes *packed,
                     const struct rule_row *row, struct arena *arena)
{
    const bool lab = row->type == LAB_REPORT_TYPE;
    assert(lab || row->type == AUDIT_SAMPLE_EXAMINE_TYPE);
    Seam__LabReport *report = (Seam__LabReport *)payload;
    Seam__LabValues *values = (Seam__LabValues *)detached;
    Seam__AuditSampleExamine *examine = (Seam__AuditSampleExamine *)payload;
    Seam__AuditSampleResults *results = (Seam__AuditSampleResults *)detached;
    enum err err = salt_fill(lab ? &values->salt : &results->salt, arena);
    if (err == OK) {
        err = lab ? lab_fill(report, values, arena) : examine_fill(examine, results, arena);
    }
    if (err == OK) {
        err = message_pack(packed, detached, arena);
    }
    return err == OK ? hash_fill(lab ? &report->values_hash : &examine->results_hash,
                                 lab ? TAG_LABORATORY : TAG_SAMPLE_RESULTS, *packed, arena)
                     : err;
}

enum err detached_fill(ProtobufCMessage **payload, ProtobufCMessage **detached,
                       struct bytes *packed, const struct rule_row *row,
                       const struct json_node *root, const char *const *ignored,
                       const struct field_table *fields, struct arena *arena, struct errors *errors)
{
    const struct json_node *node = json_node_get(root, "detached");
    enum err err = json_in_message(payload, row->payload, fields, root, ignored, arena, errors);
    if (err != OK) {
        return err;
    }
    if (json_node_kind(node) != JSON_KIND_OBJECT) {
        errors_add(errors, ERR_MISSING, "detached", "D3", NULL, "what the hash is of");
        return ERR_MISSING;
    }
    err = json_in_message(detached, row->detached, fields, node, NULL, arena, errors);
    if (err == OK) {
        err = fill(*payload, *detached, packed, row, arena);
    }
    if (err == OK) {
        err = field_check(*detached, fields, arena, errors);
    }
    return err == OK ? field_check(*payload, fields, arena, errors) : err;
}
