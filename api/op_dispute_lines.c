/* SPDX-License-Identifier: Apache-2.0 */
/* What people need not type: the amounts that a claim contests are those of the account and its
 * findings, what a decision changes follows from its values. The rule computes all of it again. */

#include "api/op_dispute.h"

#include "ledger/assurance/dispute_settle.h"
#include "ledger/base/num.h"

#include <stdio.h>
#include <string.h>

/* Did the request say it? */
static bool said(const struct call *call, const char *list, size_t index, const char *key)
{
    return json_node_get(json_node_at(json_node_get(call->root, list), index), key) != NULL;
}

static enum err fail_at(struct call *call, enum err err, const char *list, size_t index,
                        const char *key, const char *hint)
{
    char field[64];
    (void)snprintf(field, sizeof field, "%s[%zu].%s", list, index, key);
    return call_fail(call, err, field, NULL, hint);
}

/* --- claims ----------------------------------------------------------------------------------- */

/* The lines that the account was anchored with, as this node holds them. */
static enum err account_lines(struct call *call, struct query *query,
                              const Seam__DisputeRecord *record, ProtobufCBinaryData *out)
{
    const Seam__AccountRecord *account = NULL;
    struct query_tx tx;
    struct hash id;
    enum err err = view_account_version(&account, query_state(query), record->facility,
                                        record->period, record->version, &call->arena);
    if (err == OK && account->tx_id.len != HASH_SIZE) {
        err = ERR_CORRUPT;
    }
    if (err == OK) {
        memcpy(id.bytes, account->tx_id.data, HASH_SIZE);
        err = query_tx(&tx, query, &id, &call->arena);
    }
    if (err == OK && tx.message->detached.len == 0) {
        err = ERR_ABSENT;
    }
    if (err != OK) {
        return call_fail(call, err, "claims", NULL,
                         "the account's lines are not on this node; contest a total");
    }
    *out = tx.message->detached;
    return OK;
}

static bool names_line(ProtobufCMessage *const *claims, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (((const Seam__DisputeClaim *)claims[i])->code[0] != '\0') {
            return true;
        }
    }
    return false;
}

static enum err fill_claim(struct call *call, const struct dispute_subject *subject,
                           Seam__DisputeClaim *claim, size_t index)
{
    static const char *const names[] = {"SCOPE1", "SCOPE2", "SINK", "INFORMATION"};
    struct dispute_amount amount;
    const enum err err = dispute_subject_amount(&amount, subject, claim);
    if (err == ERR_ENUM) {
        return fail_at(call, claim->category[0] == '\0' ? ERR_MISSING : err, "claims", index,
                       "category", "SCOPE1, SCOPE2, SINK or INFORMATION of a claim without code");
    }
    if (err != OK) {
        return fail_at(call, err, "claims", index, "code",
                       "no line of the account, nor of a finding that counts");
    }
    if (!said(call, "claims", index, "category")) {
        claim->category = (char *)(uintptr_t)names[amount.category];
    }
    if (!said(call, "claims", index, "reported_g")) {
        claim->reported_g = amount.reported_g;
    }
    if (!said(call, "claims", index, "stated_g")) {
        claim->stated_g = amount.stated_g;
    }
    return OK;
}

enum err dispute_claims_fill(struct call *call, struct query *query,
                             const Seam__DisputeRecord *record, ProtobufCMessage *const *claims,
                             size_t count, ProtobufCBinaryData *account)
{
    struct dispute_subject subject;
    bool allowed = false;
    enum err err = dispute_may_see(call, query, record, &allowed);
    if (err == OK && !allowed) {
        return call_fail(call, ERR_ROLE, "facility", record->jurisdiction,
                         "the regulator of its jurisdiction, its owner, or the verifier");
    }
    if (err == OK && names_line(claims, count)) {
        err = account_lines(call, query, record, account);
    }
    if (err != OK) {
        return err;
    }
    err = dispute_subject_open(&subject, query_state(query), record, *account, &call->arena,
                               &call->detail);
    for (size_t i = 0; err == OK && i < count; i++) {
        err = fill_claim(call, &subject, (Seam__DisputeClaim *)claims[i], i);
    }
    return err;
}

/* --- decided lines ---------------------------------------------------------------------------- */

struct decided {
    struct call *call;
    Seam__DisputeDecide *decide;
    ProtobufCMessage *const *lines;
    size_t count;
    const Seam__DisputeClaim *claims[DISPUTE_LINES_MAX];
    int64_t values[DISPUTE_LINES_MAX];
};

/* All claims as they were made, claimant after claimant. */
static enum err gather_claims(struct decided *in, struct query *query,
                              const Seam__DisputeRecord *record, Seam__DisputeLines *out)
{
    struct call *call = in->call;
    enum err err = OK;
    out->claims = arena_alloc(&call->arena, DISPUTE_LINES_MAX * sizeof *out->claims);
    if (out->claims == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    for (size_t i = 0; err == OK && i < record->n_claimants; i++) {
        const Seam__DisputeLines *made = NULL;
        err = dispute_lines_of(call, query, record->claimants[i]->tx_id, &made);
        for (size_t k = 0; err == OK && k < made->n_lines && out->n_claims < DISPUTE_LINES_MAX;
             k++) {
            ProtobufCMessage *message = NULL;
            Seam__DisputeLeaf *leaf = made->lines[k];
            err = message_unpack(&message, &seam__dispute_claim__descriptor,
                                 bytes_of(leaf->content.data, leaf->content.len), LIMIT_TX_BODY,
                                 &call->arena, &call->detail);
            in->claims[out->n_claims] = (const Seam__DisputeClaim *)message;
            out->claims[out->n_claims++] = leaf;
        }
    }
    return err;
}

/* A confirmed side has its amount; any other value must be said. */
static enum err fill_value(struct decided *in, size_t index)
{
    Seam__DecisionLine *line = (Seam__DecisionLine *)in->lines[index];
    line->claim = line->claim == 0 ? (uint32_t)index + 1 : line->claim;
    if (!said(in->call, "decided_lines", index, "value_g")) {
        const bool verified = strcmp(line->outcome, "CONFIRM_VERIFIED") == 0;
        if (!verified && strcmp(line->outcome, "CONFIRM_REPORTED") != 0) {
            return fail_at(in->call, ERR_MISSING, "decided_lines", index, "value_g",
                           "the decided amount, where no side is confirmed");
        }
        line->value_g = verified ? in->claims[index]->stated_g : in->claims[index]->reported_g;
    }
    in->values[index] = line->value_g;
    return OK;
}

/* An effect is about its claim: decided amount and tonnes follow. */
static enum err fill_effect(struct decided *in, size_t index)
{
    Seam__EffectOrder *effect = in->decide->effects[index];
    const bool moves = strcmp(effect->kind, "TOP_UP") == 0 || strcmp(effect->kind, "RECOVER") == 0;
    struct tonnes tonnes;
    if (!moves || effect->claim == 0 || effect->claim > in->count) {
        return OK;
    }
    if (!said(in->call, "effects", index, "decided_g")) {
        effect->decided_g = in->values[effect->claim - 1];
    }
    if (effect->tonnes != 0) {
        return OK;
    }
    const enum err err =
        effect_tonnes(&tonnes, grams_of(effect->decided_g), grams_of(effect->used_g), effect->rate);
    if (err != OK || tonnes_value(tonnes) < 0) {
        return call_fail(in->call, err != OK ? err : ERR_RANGE, "effects", NULL,
                         "used_g, decided_g and rate give the tonnes");
    }
    effect->tonnes = (uint64_t)tonnes_value(tonnes);
    return OK;
}

static enum err fill_sums(struct decided *in, const Seam__DisputeRecord *record)
{
    const Seam__CategoryTotals *in_force =
        record->verified != NULL ? record->verified : record->reported;
    Seam__CategoryTotals *totals = arena_alloc(&in->call->arena, sizeof *totals);
    struct dispute_settled *settled = arena_alloc(&in->call->arena, sizeof *settled);
    size_t at = 0;
    if (totals == NULL || settled == NULL) {
        return call_fail(in->call, ERR_MEMORY, NULL, NULL, NULL);
    }
    if (!dispute_settle(settled, &at, in->claims, in->values, in->count)) {
        return fail_at(in->call, ERR_TOTAL, "decided_lines", at, "value_g",
                       "one value for what two parties claim");
    }
    if (!dispute_settled_totals(totals, in_force, settled)) {
        return call_fail(in->call, ERR_RANGE, "decided_lines", NULL, NULL);
    }
    for (size_t i = 0; i < in->count; i++) {
        if (!said(in->call, "decided_lines", i, "change_g")) {
            ((Seam__DecisionLine *)in->lines[i])->change_g = settled->change_g[i];
        }
    }
    if (in->decide->decided == NULL) {
        in->decide->decided = totals;
    }
    return OK;
}

enum err dispute_decided_fill(struct call *call, struct query *query,
                              const Seam__DisputeRecord *record, Seam__DisputeDecide *decide,
                              ProtobufCMessage *const *lines, size_t count, Seam__DisputeLines *out)
{
    struct decided *in = arena_alloc(&call->arena, sizeof *in);
    bool allowed = false;
    enum err err = dispute_may_see(call, query, record, &allowed);
    if (err == OK && !allowed) {
        return call_fail(call, ERR_ROLE, "dispute", record->jurisdiction,
                         "the regulator of the facility's jurisdiction decides");
    }
    if (err == OK && in == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    if (err != OK) {
        return err;
    }
    *in = (struct decided){.call = call, .decide = decide, .lines = lines, .count = count};
    err = gather_claims(in, query, record, out);
    if (err == OK && out->n_claims != count) {
        return call_fail(call, ERR_INCOMPLETE, "decided_lines", NULL, "a line for each claim");
    }
    for (size_t i = 0; err == OK && i < count; i++) {
        err = fill_value(in, i);
    }
    if (err == OK) {
        err = fill_sums(in, record);
    }
    for (size_t i = 0; err == OK && i < decide->n_effects; i++) {
        err = fill_effect(in, i);
    }
    return err;
}
