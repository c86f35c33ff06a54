/* SPDX-License-Identifier: Apache-2.0 */
/* What case_verify needs: every record of the case and the transaction behind each. */

#include "ledger/query/case_verify.h"

#include <string.h>

#include "ledger/assurance/record.h"
#include "ledger/assurance/view.h"
#include "ledger/governance/id.h"

#define CASE_TXS_MAX 2000

struct gather {
    struct query *query;
    struct arena *arena;
    struct hash *tx_ids;
    size_t tx_count;
    struct bytes *keys;
    size_t key_count;
};

static enum err add_key(struct gather *gather, struct state_key key)
{
    if (gather->key_count == LIMIT_BUNDLE_STATES) {
        return ERR_TOO_LARGE;
    }
    if (!arena_copy(gather->arena, state_key_bytes(&key), &gather->keys[gather->key_count])) {
        return ERR_MEMORY;
    }
    gather->key_count++;
    return OK;
}

static enum err add_numbered(struct gather *gather, enum key_table table, enum key_table kind,
                             const char *id, uint32_t number)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, kind, id);
    state_key_u32(&key, number);
    return add_key(gather, key);
}

/* An empty id is of something that has not happened. */
static enum err add_tx(struct gather *gather, ProtobufCBinaryData id)
{
    if (id.len == 0) {
        return OK;
    }
    if (id.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    if (gather->tx_count == CASE_TXS_MAX) {
        return ERR_TOO_LARGE;
    }
    memcpy(gather->tx_ids[gather->tx_count++].bytes, id.data, HASH_SIZE);
    return OK;
}

static enum err add_account(struct gather *gather, const Seam__DisputeRecord *record)
{
    const Seam__AccountRecord *account = NULL;
    struct state_key key;
    if (!view_account_key(&key, record->facility, record->period)) {
        return ERR_CORRUPT;
    }
    enum err err = add_key(gather, key);
    if (err == OK &&
        !view_account_version_key(&key, record->facility, record->period, record->version)) {
        err = ERR_CORRUPT;
    }
    if (err == OK) {
        err = add_key(gather, key);
    }
    if (err == OK) {
        err = view_account_version(&account, query_state(gather->query), record->facility,
                                   record->period, record->version, gather->arena);
    }
    return err == OK ? add_tx(gather, account->tx_id) : err;
}

static enum err add_findings(struct gather *gather, const char *engagement)
{
    const Seam__EngagementRecord *record = NULL;
    enum err err = view_engagement(&record, query_state(gather->query), engagement, gather->arena);
    if (err == OK) {
        err = add_key(gather, state_key_named(KEY_ENGAGEMENT, engagement));
    }
    for (uint32_t i = 1; err == OK && i <= record->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        err = view_finding(&finding, query_state(gather->query), engagement, i, gather->arena);
        if (err == OK) {
            err = add_numbered(gather, KEY_FINDING, KEY_ENGAGEMENT, engagement, i);
        }
        const ProtobufCBinaryData ids[] = {
            err == OK ? finding->tx_id : (ProtobufCBinaryData){0},
            err == OK ? finding->answer_tx : (ProtobufCBinaryData){0},
            err == OK ? finding->verdict_tx : (ProtobufCBinaryData){0},
        };
        for (size_t k = 0; err == OK && k < sizeof ids / sizeof ids[0]; k++) {
            err = add_tx(gather, ids[k]);
        }
    }
    return err;
}

/* [KSSJ 6.1c] no opinion without it. */
static enum err add_recompute(struct gather *gather, const char *engagement,
                              const Seam__DisputeRecord *record)
{
    const Seam__RecomputeRecord *made = NULL;
    struct state_key key;
    if (!record_key_recompute(&key, engagement, record->facility, record->period)) {
        return ERR_CORRUPT;
    }
    enum err err = add_key(gather, key);
    if (err == OK) {
        err = view_recompute(&made, query_state(gather->query), engagement, record->facility,
                             record->period, gather->arena);
    }
    return err == OK ? add_tx(gather, made->tx_id) : err;
}

static enum err add_opinion(struct gather *gather, const Seam__DisputeRecord *record)
{
    const Seam__OpinionRecord *opinion = NULL;
    if (record->opinion[0] == '\0') {
        return OK;
    }
    enum err err =
        view_opinion(&opinion, query_state(gather->query), record->opinion, gather->arena);
    if (err == OK) {
        err = add_key(gather, state_key_named(KEY_OPINION, record->opinion));
    }
    if (err == OK) {
        err = add_tx(gather, opinion->tx_id);
    }
    if (err == OK) {
        err = add_recompute(gather, opinion->issue->engagement, record);
    }
    return err == OK ? add_findings(gather, opinion->issue->engagement) : err;
}

static enum err add_statements(struct gather *gather, const Seam__DisputeRecord *record)
{
    enum err err = OK;
    for (uint32_t i = 1; err == OK && i <= record->statements; i++) {
        const Seam__StatementRecord *statement = NULL;
        err = view_statement(&statement, query_state(gather->query), record->dispute, i,
                             gather->arena);
        if (err == OK) {
            err = add_numbered(gather, KEY_STATEMENT, KEY_DISPUTE, record->dispute, i);
        }
        if (err == OK) {
            err = add_tx(gather, statement->tx_id);
        }
    }
    for (uint32_t i = 1; err == OK && i <= record->effects; i++) {
        struct assurance_effect effect;
        err = add_numbered(gather, KEY_EFFECT, KEY_DISPUTE, record->dispute, i);
        if (err == OK) {
            err = assurance_effect(&effect, query_state(gather->query), record->dispute, i,
                                   query_time(gather->query), gather->arena);
        }
        if (err == OK) {
            err = add_tx(gather, effect.record->consumed_tx);
        }
    }
    return err;
}

static enum err add_course(struct gather *gather, const Seam__DisputeRecord *record)
{
    enum err err = OK;
    for (size_t i = 0; err == OK && i < record->n_claimants; i++) {
        err = add_tx(gather, record->claimants[i]->tx_id);
    }
    for (size_t i = 0; err == OK && i < record->n_extensions; i++) {
        err = add_tx(gather, record->extensions[i]->tx_id);
    }
    for (size_t i = 0; err == OK && i < record->n_decisions; i++) {
        err = add_tx(gather, record->decisions[i]->tx_id);
    }
    if (err == OK && record->appeal != NULL) {
        err = add_tx(gather, record->appeal->tx_id);
    }
    if (err == OK && record->publication != NULL) {
        err = add_tx(gather, record->publication->tx_id);
    }
    return err;
}

static enum err gather_all(struct gather *gather, const Seam__DisputeRecord *record)
{
    enum err err = add_key(gather, state_key_named(KEY_DISPUTE, record->dispute));
    if (err == OK) {
        err = add_account(gather, record);
    }
    if (err == OK) {
        err = add_opinion(gather, record);
    }
    if (err == OK) {
        err = add_statements(gather, record);
    }
    return err == OK ? add_course(gather, record) : err;
}

enum err case_bundle_build(struct bytes *bundle, struct query *query, const char *dispute,
                           struct arena *arena, struct err_detail *detail)
{
    const Seam__DisputeRecord *record = NULL;
    struct gather gather = {.query = query, .arena = arena};
    enum err err = view_dispute(&record, query_state(query), dispute, arena);
    if (err != OK) {
        return err_set(detail, err, "dispute", NULL, NULL, NULL);
    }
    gather.tx_ids = arena_alloc(arena, CASE_TXS_MAX * sizeof *gather.tx_ids);
    gather.keys = arena_alloc(arena, LIMIT_BUNDLE_STATES * sizeof *gather.keys);
    err = gather.tx_ids == NULL || gather.keys == NULL ? ERR_MEMORY : gather_all(&gather, record);
    if (err != OK) {
        return err_set(detail, err, "dispute", NULL, NULL, "what belongs to the case");
    }
    const struct bundle_request request = {.kind = "CASE",
                                           .subject = dispute,
                                           .tx_ids = gather.tx_ids,
                                           .tx_count = gather.tx_count,
                                           .states = gather.keys,
                                           .state_count = gather.key_count};
    return bundle_build(bundle, query, &request, arena, detail);
}
