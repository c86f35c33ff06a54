/* SPDX-License-Identifier: Apache-2.0 */
/* One function judges at the door and in a block (decision D16). Cheap questions come first, the
 * signatures before the rule, and nothing is written before everything is known to be right: a
 * forged message burns neither a transaction id nor a key. */

#include "ledger/exec/judge.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/num.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/crypto/sign.h"
#include "ledger/governance/id.h"
#include "ledger/governance/view.h"
#include "ledger/mutant.h"
#include "ledger/proto/tx.pb-c.h"

#define DAY_MS UINT64_C(86400000)
#define HOUR_MS UINT64_C(3600000)
#define RECENT_DAYS_MAX 64 /* the window is at most 60 days, see governance/fields.c */

/* What is looked up on the way and needed again at the end. */
struct judge {
    const struct exec_tx *tx;
    struct rule_context context;
    struct rule_signer signers[LIMIT_TX_SIGNATURES];
    const uint8_t *public_keys[LIMIT_TX_SIGNATURES];
    const Seam__ChainState *chain;
    Seam__RecentCount recent;
    uint32_t recent_days[RECENT_DAYS_MAX];
    struct err_detail *detail;
};

static enum judgement refuse(const struct judge *judge, enum judgement judgement, enum err err,
                             const char *rule, const char *field, const char *hint)
{
    (void)err_set(judge->detail, err, field, NULL, NULL, hint);
    if (judge->detail != NULL) {
        (void)snprintf(judge->detail->rule, sizeof judge->detail->rule, "%s", rule);
    }
    return judgement;
}

/* The world's trouble: never an answer about the transaction. ABSENT here means that something the
 * chain itself wrote is gone. */
static enum judgement unable(const struct judge *judge, enum err err)
{
    return refuse(judge, JUDGE_UNABLE, err == ERR_ABSENT ? ERR_CORRUPT : err, "D10", NULL, NULL);
}

/* --- replay (decision D5) -------------------------------------------------------------------- */

static void idempotency_key(struct state_key *key, const struct exec_tx *tx)
{
    struct hasher hasher;
    struct hash organisation;
    struct hash name;
    id_hash(&organisation, KEY_ORGANISATION, tx->organisation);
    hash_begin(&hasher, TAG_IDEMPOTENCY);
    hash_add_u8(&hasher, 0);
    hash_add(&hasher, hash_bytes(&organisation));
    hash_add(&hasher, bytes_text(tx->idempotency_key));
    hash_end(&hasher, &name);
    *key = state_key_of(KEY_IDEMPOTENCY);
    state_key_hash(key, &name);
}

/* What must be the same for "the same again": type and payload, not the time until it is valid. */
static enum err content_hash(struct hash *out, const struct exec_tx *tx, struct arena *arena)
{
    struct bytes payload;
    const enum err err = message_pack(&payload, tx->payload, arena);
    if (err != OK) {
        return err;
    }
    struct hasher hasher;
    hash_begin(&hasher, TAG_IDEMPOTENCY);
    hash_add_u8(&hasher, 1);
    hash_add_u64(&hasher, tx->row->type);
    hash_add(&hasher, payload);
    hash_end(&hasher, out);
    return OK;
}

static void recent_key(uint8_t key[OVERLAY_RECENT_KEY_SIZE], const struct exec_tx *tx)
{
    overlay_recent_key(key, tx->valid_until_ms, &tx->tx_id);
}

/* The entry of the idempotency key, if it is taken at time_ms. */
static enum err named_entry(const Seam__RecentEntry **out, struct overlay *state, uint64_t time_ms,
                            const struct exec_tx *tx, struct arena *arena)
{
    struct state_key key;
    idempotency_key(&key, tx);
    ProtobufCMessage *message = NULL;
    const enum err err =
        view_record(&message, &seam__recent_entry__descriptor, state, state_key_bytes(&key), arena);
    if (err != OK) {
        return err;
    }
    const Seam__RecentEntry *entry = (const Seam__RecentEntry *)message;
    if (entry->tx_id.len != HASH_SIZE || entry->content.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    if (entry->valid_until_ms < time_ms) {
        return ERR_ABSENT; /* forgotten, as the transaction itself is */
    }
    *out = entry;
    return OK;
}

/* What the recent set remembers: the transaction itself, or its idempotency key. */
static enum err recent_duplicate(struct hash *first, bool *same_content, struct overlay *state,
                                 uint64_t time_ms, const struct exec_tx *tx, struct arena *arena)
{
    uint8_t key[OVERLAY_RECENT_KEY_SIZE];
    recent_key(key, tx);
    bool exists = false;
    enum err err = OK;
    if (tx->valid_until_ms >= time_ms) {
        err = view_exists(&exists, state, bytes_of(key, sizeof key));
    }
    if (err != OK) {
        return err;
    }
    if (exists) {
        *first = tx->tx_id;
        *same_content = true;
        return OK;
    }
    if (tx->idempotency_key[0] == '\0') {
        return ERR_ABSENT;
    }
    const Seam__RecentEntry *entry = NULL;
    struct hash content;
    err = named_entry(&entry, state, time_ms, tx, arena);
    if (err == OK) {
        err = content_hash(&content, tx, arena);
    }
    if (err != OK) {
        return err;
    }
    memcpy(first->bytes, entry->tx_id.data, HASH_SIZE);
    *same_content = memcmp(entry->content.data, content.bytes, HASH_SIZE) == 0;
    return OK;
}

enum err exec_duplicate(struct hash *first, bool *same_content, struct overlay *state,
                        uint64_t time_ms, const struct exec_tx *tx, struct arena *arena)
{
    enum err err = recent_duplicate(first, same_content, state, time_ms, tx, arena);
    if (err != ERR_ABSENT || tx->row->duplicate == NULL) {
        return err;
    }
    struct rule_context context = {
        .state = state, .arena = arena, .time_ms = time_ms, .organisation_id = tx->organisation};
    struct hash before;
    err = tx->row->duplicate(&context, tx->payload, &before);
    if (err == OK) {
        *first = before;
        *same_content = true;
    }
    return err;
}

/* Reads the counts by day and lets the days that are over go. */
static enum err recent_read(struct judge *judge)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = state_key_of(KEY_RECENT_COUNT);
    const enum err err =
        view_record(&message, &seam__recent_count__descriptor, judge->context.state,
                    state_key_bytes(&key), judge->context.arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    const uint64_t today = judge->context.time_ms / DAY_MS;
    seam__recent_count__init(&judge->recent);
    judge->recent.first_day = today;
    judge->recent.entries = judge->recent_days;
    if (err == ERR_ABSENT) {
        return OK;
    }
    const Seam__RecentCount *old = (const Seam__RecentCount *)message;
    if (old->first_day > today) {
        return ERR_CORRUPT; /* time never goes back */
    }
    size_t count = 0;
    for (size_t i = 0; i < old->n_entries; i++) {
        if (old->first_day + i >= today) {
            if (count == RECENT_DAYS_MAX) {
                return ERR_CORRUPT;
            }
            judge->recent_days[count++] = old->entries[i];
        }
    }
    judge->recent.n_entries = count;
    return OK;
}

static enum err recent_write(struct judge *judge)
{
    const uint64_t day = judge->tx->valid_until_ms / DAY_MS - judge->recent.first_day;
    assert(day < RECENT_DAYS_MAX);
    while (judge->recent.n_entries <= day) {
        judge->recent_days[judge->recent.n_entries++] = 0;
    }
    judge->recent_days[day]++;
    struct state_key key = state_key_of(KEY_RECENT_COUNT);
    enum err err = view_put(judge->context.state, state_key_bytes(&key), &judge->recent.base,
                            judge->context.arena);
    uint8_t recent[OVERLAY_RECENT_KEY_SIZE];
    recent_key(recent, judge->tx);
    if (err == OK) {
        err = overlay_put(judge->context.state, bytes_of(recent, sizeof recent), bytes_text(""));
    }
    if (err != OK || judge->tx->idempotency_key[0] == '\0') {
        return err;
    }
    struct hash content;
    err = content_hash(&content, judge->tx, judge->context.arena);
    if (err != OK) {
        return err;
    }
    struct hash tx_id = judge->tx->tx_id;
    Seam__RecentEntry entry = SEAM__RECENT_ENTRY__INIT;
    entry.valid_until_ms = judge->tx->valid_until_ms;
    entry.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = tx_id.bytes};
    entry.content = (ProtobufCBinaryData){.len = HASH_SIZE, .data = content.bytes};
    idempotency_key(&key, judge->tx);
    return view_put(judge->context.state, state_key_bytes(&key), &entry.base, judge->context.arena);
}

static enum judgement judge_time(struct judge *judge)
{
    const uint64_t now = judge->context.time_ms;
    const uint64_t until = judge->tx->valid_until_ms;
    if (until < now) {
        return refuse(judge, JUDGE_NEVER, ERR_EXPIRED, "D5", "valid_until_ms",
                      "the transaction has expired");
    }
    if (until - now > judge->chain->window_ms) {
        return refuse(judge, JUDGE_NOT_YET, ERR_EXPIRED, "D5", "valid_until_ms",
                      "further ahead than this chain allows");
    }
    const enum err err = recent_read(judge);
    if (err != OK) {
        return unable(judge, err);
    }
    uint64_t count = 0;
    for (size_t i = 0; i < judge->recent.n_entries; i++) {
        count += judge->recent_days[i];
    }
    if (count >= judge->chain->recent_max && until - now > HOUR_MS) {
        return refuse(judge, JUDGE_NOT_YET, ERR_EXPIRED, "D5", "valid_until_ms",
                      "the chain is busy: at most one hour ahead");
    }
    return JUDGE_OK;
}

static enum judgement judge_replay(struct judge *judge)
{
    if (judge->tx->row->moves_units && judge->tx->idempotency_key[0] == '\0') {
        return refuse(judge, JUDGE_NEVER, ERR_MISSING, "D5", "idempotency_key",
                      "what moves units needs one");
    }
    struct hash first;
    bool same = false;
    const enum err err = recent_duplicate(&first, &same, judge->context.state,
                                          judge->context.time_ms, judge->tx, judge->context.arena);
    if (err == ERR_ABSENT) {
        return JUDGE_OK;
    }
    if (err != OK) {
        return unable(judge, err);
    }
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hex, hash_bytes(&first));
    return refuse(judge, JUDGE_NEVER, same ? ERR_DUPLICATE : ERR_CONFLICT, "D5",
                  same ? NULL : "idempotency_key", hex);
}

/* --- who sends it ---------------------------------------------------------------------------- */

static enum judgement judge_sender(struct judge *judge)
{
    struct rule_context *context = &judge->context;
    const Seam__OrganisationRecord *record = NULL;
    const enum err err =
        view_organisation(&record, context->state, judge->tx->organisation, context->arena);
    if (err == ERR_ABSENT) {
        return refuse(judge, JUDGE_NOT_YET, ERR_ABSENT, "D16", "organisation",
                      judge->tx->organisation);
    }
    if (err != OK) {
        return unable(judge, err);
    }
    if ((record->roles & judge->tx->row->roles) == 0) {
        return refuse(judge, JUDGE_NEVER, ERR_ROLE, "V01", "organisation",
                      "this organisation has no role that may send this");
    }
    context->organisation_id = judge->tx->organisation;
    id_hash(&context->organisation, KEY_ORGANISATION, judge->tx->organisation);
    context->roles = record->roles;
    return JUDGE_OK;
}

static enum judgement judge_rules_version(struct judge *judge)
{
    const struct rule_row *row = judge->tx->row;
    const uint16_t version = judge->context.rules_version;
    if (version > EXEC_RULES_VERSION) {
        return refuse(judge, JUDGE_UNABLE, ERR_VERSION, "D7", NULL,
                      "this program cannot execute the rules in force");
    }
    if (version < row->since) {
        return refuse(judge, JUDGE_NOT_YET, ERR_VERSION, "D7", "type", "not in force yet");
    }
    if (row->until != 0 && version > row->until) {
        return refuse(judge, JUDGE_NEVER, ERR_VERSION, "D7", "type", "not in force any more");
    }
    return JUDGE_OK;
}

/* Looks one signer up: who stands behind the key, and may it still sign? */
static enum judgement judge_signer(struct judge *judge, size_t index)
{
    const struct hash *key_id = &judge->tx->signatures[index].key_id;
    const Seam__KeyRecord *record = NULL;
    const enum err err = view_key(&record, judge->context.state, key_id, judge->context.arena);
    if (err == ERR_ABSENT) {
        return refuse(judge, JUDGE_NOT_YET, ERR_KEY, "D4", "signatures",
                      "a signing key is not registered");
    }
    if (err != OK) {
        return unable(judge, err);
    }
    if (record->public_key.len != SIGN_PUBLIC_SIZE) {
        return unable(judge, ERR_CORRUPT);
    }
    if (strcmp(record->organisation, judge->tx->organisation) != 0) {
        return refuse(judge, JUDGE_NEVER, ERR_KEY, "V01", "signatures",
                      "a signing key belongs to another organisation");
    }
    if (record->valid_to != 0) {
        return refuse(judge, JUDGE_NEVER, ERR_KEY, "V01", "signatures",
                      "a signing key was revoked");
    }
    struct rule_signer *signer = &judge->signers[index];
    signer->key_id = *key_id;
    id_hash(&signer->person, KEY_PERSON, record->person);
    signer->usage = record->usages;
    judge->public_keys[index] = record->public_key.data;
    return JUDGE_OK;
}

static bool persons_distinct(const struct judge *judge)
{
    for (size_t i = 0; i < judge->tx->signature_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (hash_equal(&judge->signers[i].person, &judge->signers[k].person)) {
                return false;
            }
        }
    }
    return true;
}

/* Does some assignment of signers to the row's usages fit? At most four signers, so every mapping
 * is tried: digit i of code, in base count, is the usage that signer i stands for. */
static bool usages_fit(const struct judge *judge)
{
    const uint32_t count = judge->tx->row->signatures;
    uint32_t codes = 1;
    for (uint32_t i = 0; i < count; i++) {
        codes *= count;
    }
    for (uint32_t code = 0; code < codes; code++) {
        uint32_t taken = 0;
        uint32_t rest = code;
        bool fits = true;
        for (uint32_t i = 0; i < count && fits; i++) {
            const uint32_t slot = rest % count;
            const uint32_t needed = judge->tx->row->usages[slot];
            rest /= count;
            fits = (taken & 1u << slot) == 0 && (judge->signers[i].usage & needed) == needed;
            taken |= 1u << slot;
        }
        if (fits) {
            return true;
        }
    }
    return false;
}

static enum judgement judge_signatures(struct judge *judge, const struct exec_env *env)
{
    struct bytes message;
    const enum err err =
        exec_signed_message(&message, &env->chain_id, judge->tx->body_bytes, judge->context.arena);
    if (err != OK) {
        return unable(judge, err);
    }
    for (size_t i = 0; i < judge->tx->signature_count; i++) {
        const uint8_t *signature = judge->tx->signatures[i].signature;
        const bool authentic = env->verifier.verify != NULL
                                   ? env->verifier.verify(env->verifier.context,
                                                          judge->public_keys[i], message, signature)
                                   : sign_verify(judge->public_keys[i], message, signature);
        if (!authentic) {
            return refuse(judge, JUDGE_NEVER, ERR_SIGNATURE, "D4", "signatures",
                          "a signature does not fit its key and this body");
        }
    }
    return JUDGE_OK;
}

static enum judgement judge_signers(struct judge *judge, const struct exec_env *env)
{
    assert(judge->tx->signature_count == judge->tx->row->signatures);
    for (size_t i = 0; i < judge->tx->signature_count; i++) {
        const enum judgement judgement = judge_signer(judge, i);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (!persons_distinct(judge)) {
        return refuse(judge, JUDGE_NEVER, ERR_SECOND_PERSON, "V22", "signatures",
                      "two different persons must sign");
    }
    if (!usages_fit(judge)) {
        return refuse(judge, JUDGE_NEVER, ERR_KEY, "V01", "signatures",
                      "the signing keys may not be used for this");
    }
    judge->context.signers = judge->signers;
    judge->context.signer_count = judge->tx->signature_count;
    return judge_signatures(judge, env);
}

/* --- the whole ------------------------------------------------------------------------------- */

static enum err position_write(struct judge *judge, uint64_t *position)
{
    struct rule_context *context = &judge->context;
    uint64_t before = 0;
    enum err err = view_position(&before, context->state, &context->organisation);
    if (err != OK) {
        return err;
    }
    if (!num_add_u64(position, before, 1)) {
        return ERR_CORRUPT;
    }
    struct state_key key = state_key_of(KEY_ORGANISATION_POSITION);
    state_key_hash(&key, &context->organisation);
    struct state_key value = {.size = 0};
    state_key_u64(&value, *position);
    return overlay_put(context->state, state_key_bytes(&key), state_key_bytes(&value));
}

static enum err receipt_pack(struct judge *judge, uint64_t position, uint32_t index,
                             struct bytes *out)
{
    struct rule_context *context = &judge->context;
    ProtobufCBinaryData created[RULE_CREATED_MAX];
    for (size_t i = 0; i < context->created_count; i++) {
        created[i].len = context->created[i].size;
        created[i].data = (uint8_t *)context->created[i].data;
    }
    Seam__Receipt receipt = SEAM__RECEIPT__INIT;
    receipt.tx_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = context->tx_id.bytes};
    receipt.index = index;
    receipt.flags = context->receipt_flags;
    receipt.days_late = context->days_late;
    receipt.n_created = context->created_count;
    receipt.created = created;
    receipt.position = position;
    return message_pack(out, &receipt.base, context->arena);
}

static enum judgement judge_apply(struct judge *judge, uint32_t index, struct bytes *receipt)
{
    const enum judgement judgement = judge->tx->row->apply(&judge->context, judge->tx->payload,
                                                           judge->tx->detached, judge->detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    uint64_t position = 0;
    enum err err = position_write(judge, &position);
    if (err == OK) {
        err = recent_write(judge);
    }
    if (err == OK && receipt != NULL) {
        err = receipt_pack(judge, position, index, receipt);
    }
    return err == OK ? JUDGE_OK : unable(judge, err);
}

static enum judgement judge_steps(struct judge *judge, const struct exec_env *env, uint32_t index,
                                  struct bytes *receipt)
{
    const enum err err = view_chain(&judge->chain, judge->context.state, judge->context.arena);
    if (err != OK) {
        return unable(judge, err);
    }
    judge->context.rules_version =
        view_rules_version(judge->chain, judge->context.height, judge->context.time_ms);
    enum judgement judgement = judge_rules_version(judge);
    if (judgement == JUDGE_OK) {
        judgement = judge_time(judge);
    }
    if (judgement == JUDGE_OK) {
        judgement = judge_replay(judge);
    }
    if (judgement == JUDGE_OK) {
        judgement = judge_sender(judge);
    }
    if (judgement == JUDGE_OK) {
        judgement = judge_signers(judge, env);
    }
    if (judgement == JUDGE_OK) {
        judgement = judge_apply(judge, index, receipt);
    }
    return judgement;
}

enum judgement judge_tx(const struct exec_env *env, struct overlay *state,
                        const struct judge_place *place, const struct exec_tx *tx,
                        struct arena *arena, struct bytes *receipt, struct err_detail *detail)
{
    assert(tx->row != NULL && tx->payload != NULL);
    struct judge judge = {
        .tx = tx,
        .context = {.state = state,
                    .arena = arena,
                    .height = place->height,
                    .time_ms = place->time_ms,
                    .chain_id = env->chain_id,
                    .tx_id = tx->tx_id,
                    .known = &env->known,
                    .detached = tx->detached_bytes},
        .detail = detail,
    };
    struct bytes made = {0};
    const size_t mark = overlay_mark(state);
    const enum judgement judgement =
        judge_steps(&judge, env, place->index, receipt != NULL ? &made : NULL);
    if (judgement != JUDGE_OK) {
        if (!LEDGER_MUTANT(LEDGER_MUTANT_REFUSED_KEPT)) {
            overlay_rollback(state, mark);
        }
        return judgement;
    }
    if (receipt != NULL) {
        *receipt = made;
    }
    return JUDGE_OK;
}

enum judgement exec_judge(const struct exec_env *env, struct overlay *state, uint64_t height,
                          uint64_t time_ms, const struct exec_tx *tx, struct arena *arena,
                          struct bytes *receipt_out, struct err_detail *detail)
{
    const struct judge_place place = {.height = height, .time_ms = time_ms, .index = 0};
    return judge_tx(env, state, &place, tx, arena, receipt_out, detail);
}
