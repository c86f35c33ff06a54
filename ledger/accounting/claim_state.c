/* SPDX-License-Identifier: Apache-2.0 */
/* The claims of accounts in force, by face and by piece of land. Everything comes from the body of
 * this account and of the version it replaces (decision D3). */
#include "ledger/accounting/submission.h"
#include "ledger/codec/message.h"

#include <stdio.h>
#include <string.h>

#define USES_MAX 64 /* intervals of one piece of land */

/* One record, changed in memory. */
struct change {
    struct state_key key;
    Seam__ClaimRecord record;
    Seam__ClaimUse *uses[USES_MAX];
    bool existed;
};

static struct state_key key_of(const Seam__Claim *claim)
{
    struct hash hash;
    struct state_key key = state_key_of(KEY_CLAIM);
    memcpy(hash.bytes, claim->key.data, HASH_SIZE);
    state_key_hash(&key, &hash);
    return key;
}

static bool is_face(const Seam__Claim *claim)
{
    return strcmp(claim->kind, "FACE") == 0;
}

static enum err load(struct change *out, const struct submission *in, const Seam__Claim *claim)
{
    ProtobufCMessage *message = NULL;
    seam__claim_record__init(&out->record);
    out->key = key_of(claim);
    out->record.kind = claim->kind;
    out->record.uses = out->uses;
    out->existed = false;
    const enum err err = view_record(&message, &seam__claim_record__descriptor, in->context->state,
                                     state_key_bytes(&out->key), in->context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    const Seam__ClaimRecord *stored = (const Seam__ClaimRecord *)message;
    if (stored->n_uses > USES_MAX || strcmp(stored->kind, claim->kind) != 0) {
        return ERR_CORRUPT;
    }
    for (size_t i = 0; i < stored->n_uses; i++) {
        out->uses[i] = stored->uses[i];
    }
    out->record.n_uses = stored->n_uses;
    out->existed = true;
    return OK;
}

static size_t find(const struct change *change, const Seam__Claim *claim)
{
    size_t i = 0;
    while (i < change->record.n_uses && (strcmp(change->uses[i]->from, claim->from) != 0 ||
                                         strcmp(change->uses[i]->to, claim->to) != 0)) {
        i++;
    }
    return i;
}

/* Gives back what a replaced version claimed; an interval nobody claims any more is forgotten. */
static enum err give_back(struct change *change, const Seam__Claim *claim)
{
    const size_t at = find(change, claim);
    if (at == change->record.n_uses || change->uses[at]->used < claim->amount) {
        return ERR_CORRUPT;
    }
    change->uses[at]->used -= claim->amount;
    if (change->uses[at]->used == 0) {
        for (size_t i = at; i + 1 < change->record.n_uses; i++) {
            change->uses[i] = change->uses[i + 1];
        }
        change->record.n_uses--;
    }
    return OK;
}

static enum judgement refuse_claim(const struct submission *in, const Seam__Claim *claim,
                                   uint64_t left)
{
    char limit[64];
    char text[DEC_TEXT_SIZE];
    dec_text(text, dec_of((int64_t)left, is_face(claim) ? 6 : 4));
    snprintf(limit, sizeof limit, is_face(claim) ? "m of at most %s" : "at most %s months", text);
    return is_face(claim)
               ? submission_refuse(in, JUDGE_NEVER, ERR_M_CUM, "m", "methodology 3.1", limit,
                                   "the rest of this face was oxidised in other periods")
               : submission_refuse(in, JUDGE_NEVER, ERR_AREA_DUP, "months", "D29", limit,
                                   "the rest of the months between the campaigns was credited");
}

/* A new interval in its place; intervals of one piece of land may touch, not overlap. */
static enum judgement begin_use(struct change *change, const struct submission *in,
                                const Seam__Claim *claim)
{
    size_t at = 0;
    for (size_t i = 0; i < change->record.n_uses; i++) {
        const Seam__ClaimUse *use = change->uses[i];
        if (strcmp(use->from, claim->to) < 0 && strcmp(claim->from, use->to) < 0) {
            char limit[64];
            snprintf(limit, sizeof limit, "%.10s to %.10s", use->from, use->to);
            return submission_refuse(in, JUDGE_NEVER, ERR_AREA_DUP, "measured_start", "D29", limit,
                                     "this land is credited between other campaigns");
        }
        at += strcmp(use->from, claim->from) < 0 ? 1 : 0;
    }
    if (change->record.n_uses == USES_MAX) {
        return submission_refuse(in, JUDGE_NEVER, ERR_RANGE, "measured_start", "D29",
                                 "64 intervals", NULL);
    }
    Seam__ClaimUse *use = arena_alloc(in->context->arena, sizeof *use);
    if (use == NULL) {
        err_set(in->detail, ERR_MEMORY, "claims", NULL, NULL, NULL);
        return JUDGE_UNABLE;
    }
    seam__claim_use__init(use);
    use->from = claim->from;
    use->to = claim->to;
    use->limit = claim->limit;
    for (size_t i = change->record.n_uses; i > at; i--) {
        change->uses[i] = change->uses[i - 1];
    }
    change->uses[at] = use;
    change->record.n_uses++;
    return JUDGE_OK;
}

static enum judgement take(struct change *change, const struct submission *in,
                           const Seam__Claim *claim)
{
    if (claim->amount == 0) {
        return JUDGE_OK;
    }
    if (find(change, claim) == change->record.n_uses) {
        const enum judgement judgement = begin_use(change, in, claim);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    Seam__ClaimUse *use = change->uses[find(change, claim)];
    const uint64_t whole = use->limit < claim->limit ? use->limit : claim->limit;
    const uint64_t left = use->used < whole ? whole - use->used : 0;
    if (claim->amount > left) {
        return refuse_claim(in, claim, left);
    }
    use->used += claim->amount;
    use->limit = whole;
    return JUDGE_OK;
}

/* The version that this one replaces, NULL where it is the first. */
static enum err read_replaced(const Seam__Account **out, const struct submission *in)
{
    struct rule_context *context = in->context;
    ProtobufCMessage *message = NULL;
    *out = NULL;
    if (in->head == NULL) {
        return OK;
    }
    const struct state_key key =
        submission_version_key(in->account->facility, in->period, in->head->version);
    enum err err = view_record(&message, &seam__account_record__descriptor, context->state,
                               state_key_bytes(&key), context->arena);
    if (err == OK) {
        const Seam__AccountRecord *record = (const Seam__AccountRecord *)message;
        err = message_unpack(&message, &seam__account__descriptor,
                             bytes_of(record->account.data, record->account.len),
                             record->account.len, context->arena, NULL);
    }
    if (err != OK) {
        return err == ERR_MEMORY || err == ERR_STORAGE ? err : ERR_CORRUPT;
    }
    *out = (const Seam__Account *)message;
    return OK;
}

static const Seam__Claim *claim_with_key(const Seam__Account *account, const Seam__Claim *like)
{
    for (size_t i = 0; account != NULL && i < account->n_claims; i++) {
        if (memcmp(account->claims[i]->key.data, like->key.data, HASH_SIZE) == 0) {
            return account->claims[i];
        }
    }
    return NULL;
}

static enum judgement unable(const struct submission *in, enum err err)
{
    err_set(in->detail, err, "claims", NULL, NULL, NULL);
    return JUDGE_UNABLE;
}

/* old given back, new taken; either may be NULL, not both. */
static enum judgement settle(struct change *change, const struct submission *in,
                             const Seam__Claim *old, const Seam__Claim *new)
{
    enum err err = load(change, in, new != NULL ? new : old);
    if (err == OK && old != NULL && old->amount > 0) {
        err = give_back(change, old);
    }
    if (err != OK) {
        return unable(in, err);
    }
    return new != NULL ? take(change, in, new) : JUDGE_OK;
}

enum judgement submission_claim(const struct submission *in)
{
    const Seam__Account *account = in->account;
    const Seam__Account *replaced = NULL;
    enum err err = read_replaced(&replaced, in);
    if (err != OK) {
        return unable(in, err);
    }
    const size_t most = account->n_claims + (replaced != NULL ? replaced->n_claims : 0);
    struct change *changes = arena_alloc(in->context->arena, (most + 1) * sizeof *changes);
    size_t count = 0;
    enum judgement judgement = changes != NULL ? JUDGE_OK : unable(in, ERR_MEMORY);
    for (size_t i = 0; i < account->n_claims && judgement == JUDGE_OK; i++) {
        const Seam__Claim *claim = account->claims[i];
        judgement = settle(&changes[count++], in, claim_with_key(replaced, claim), claim);
    }
    for (size_t i = 0; replaced != NULL && i < replaced->n_claims && judgement == JUDGE_OK; i++) {
        if (claim_with_key(account, replaced->claims[i]) == NULL) {
            judgement = settle(&changes[count++], in, replaced->claims[i], NULL);
        }
    }
    for (size_t i = 0; i < count && judgement == JUDGE_OK; i++) {
        err = view_put(in->context->state, state_key_bytes(&changes[i].key),
                       &changes[i].record.base, in->context->arena);
        if (err == OK && !changes[i].existed) {
            err = rule_created(in->context, state_key_bytes(&changes[i].key));
        }
        judgement = err == OK ? JUDGE_OK : unable(in, err);
    }
    return judgement;
}
