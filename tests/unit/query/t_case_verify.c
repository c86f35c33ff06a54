/* SPDX-License-Identifier: Apache-2.0 */
/* A whole case as one file [KSSJ 7.2.2b]: it verifies with the founding document alone; no byte of
 * it can be changed, nothing left out, and a ledger whose records say something else than what was
 * signed is found out, part by part, by name. */

#include "ledger/query/case_verify.h"

#include "ledger/assurance/assurance.h"
#include "ledger/assurance/dispute.h"
#include "ledger/assurance/record.h"
#include "tests/unit/query/case_story.h"

static struct story story;

static int setup(void **state)
{
    assert_int_equal(chain_setup(state), 0);
    story_tell(&story, *state);
    return 0;
}

static int teardown(void **state)
{
    arena_free(&story.arena);
    return chain_teardown(state);
}

static struct bytes cut(void)
{
    struct bytes bundle = {NULL, 0};
    struct query *query = NULL;
    struct chain *chain = story.chain;
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    const enum err err =
        case_bundle_build(&bundle, query, "d-1", &story.arena, &chain->world->detail);
    if (err != OK) {
        fail_msg("%s %s %s", err_name(err), chain->world->detail.field, chain->world->detail.hint);
    }
    query_close(query);
    return bundle;
}

static struct case_verify_result verify(struct bytes bundle)
{
    struct case_verify_result result;
    (void)case_verify(&result, story.chain->world->genesis, bundle, &story.arena);
    return result;
}

static void a_case_verifies_without_a_node(void **state)
{
    (void)state;
    const struct case_verify_result result = verify(cut());
    if (result.failure != CASE_VERIFY_OK) {
        fail_msg("%s: %s", case_verify_name(&result), result.about);
    }
    assert_string_equal(result.status, "PUBLISHED");
    assert_string_equal(result.recomputed, "DIFFERENT");
    assert_int_equal(result.statements, 2);
    assert_int_equal(result.findings, 1);
    assert_int_equal(result.effects, 1);
    assert_int_equal(result.shown, 1);
    assert_int_equal(result.dispute->n_decisions, 2);
    assert_int_equal(result.dispute->decisions[1]->totals->net_g, 0);
}

/* --- bytes ------------------------------------------------------------------------------------ */

static void no_byte_can_be_changed(void **state)
{
    (void)state;
    const struct bytes bundle = cut();
    uint8_t *copy = malloc(bundle.size);
    assert_non_null(copy);
    /* A prime step and a turning bit: every part of the file is hit many times. */
    for (size_t at = 0; at < bundle.size; at += 37) {
        struct case_verify_result result;
        memcpy(copy, bundle.data, bundle.size);
        copy[at] ^= (uint8_t)(1U << (at / 37 % 8));
        struct arena arena;
        arena_init(&arena, BUNDLE_ARENA_SIZE);
        (void)case_verify(&result, story.chain->world->genesis, bytes_of(copy, bundle.size),
                          &arena);
        if (result.failure == CASE_VERIFY_OK) {
            fail_msg("byte %zu of %zu", at, bundle.size);
        }
        assert_true(strlen(case_verify_name(&result)) > 0);
        arena_free(&arena);
    }
    free(copy);
}

/* --- leaving out ------------------------------------------------------------------------------ */

static Seam__Bundle *decoded(struct bytes bundle)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &story.arena, NULL),
                     OK);
    return (Seam__Bundle *)message;
}

static const char *spoilt(const Seam__Bundle *bundle)
{
    const struct case_verify_result result = verify(world_pack(story.chain->world, &bundle->base));
    assert_true(strlen(case_verify_sentence(&result)) > 0);
    return case_verify_name(&result);
}

static void no_record_can_be_left_out(void **state)
{
    (void)state;
    const struct bytes good = cut();
    const size_t count = decoded(good)->n_states;
    size_t named = 0;
    for (size_t i = 0; i < count; i++) {
        Seam__Bundle *bundle = decoded(good);
        const uint8_t table = bundle->states[i]->key.data[0];
        memmove(&bundle->states[i], &bundle->states[i + 1],
                (count - i - 1) * sizeof bundle->states[0]);
        bundle->n_states--;
        const char *name = spoilt(bundle);
        if (table == KEY_ACCOUNT_VERSION || table == KEY_ACCOUNT) {
            assert_string_equal(name, "CASE_ACCOUNT");
        } else {
            assert_string_equal(name, "CASE_RECORD");
        }
        named++;
    }
    assert_true(named >= 9);
}

static void no_transaction_can_be_left_out(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        const char *name;
    } rows[] = {
        {RECOMPUTE_TYPE, "CASE_RECOMPUTE"},      {FINDING_RAISE_TYPE, "CASE_FINDING"},
        {FINDING_ANSWER_TYPE, "CASE_FINDING"},   {FINDING_CLOSE_TYPE, "CASE_FINDING"},
        {OPINION_ISSUE_TYPE, "CASE_OPINION"},    {DISPUTE_OPEN_TYPE, "CASE_CLAIM"},
        {DISPUTE_JOIN_TYPE, "CASE_CLAIM"},       {STATEMENT_FILE_TYPE, "CASE_STATEMENT"},
        {DISPUTE_EXTEND_TYPE, "CASE_EXTENSION"}, {DISPUTE_DECIDE_TYPE, "CASE_DECISION"},
        {DISPUTE_APPEAL_TYPE, "CASE_APPEAL"},    {DISPUTE_PUBLISH_TYPE, "CASE_PUBLICATION"},
    };
    const struct bytes good = cut();
    const struct case_verify_result whole = verify(good);
    size_t hit = 0;
    size_t exact = 0;
    for (size_t i = 0; i < whole.bundle.tx_count; i++) {
        Seam__Bundle *bundle = decoded(good);
        const char *want = "CASE_ACCOUNT";
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++) {
            want = whole.bundle.txs[i].body->type == rows[k].type ? rows[k].name : want;
        }
        hit += strcmp(want, "CASE_ACCOUNT") != 0 ? 1 : 0;
        assert_int_equal(bundle->n_blocks, bundle->n_transactions);
        for (size_t k = i; k + 1 < bundle->n_blocks; k++) {
            bundle->blocks[k] = bundle->blocks[k + 1];
            bundle->transactions[k] = bundle->transactions[k + 1];
            bundle->transactions[k]->block = (uint32_t)k;
        }
        bundle->n_blocks--;
        bundle->n_transactions--;
        const char *name = spoilt(bundle);
        if (i + 1 == whole.bundle.tx_count) {
            continue; /* the last block is the anchor */
        }
        /* Of who signed nothing else, the key is left over: that is found first. */
        if (strcmp(name, "KEY_UNUSED") != 0) {
            assert_string_equal(name, want);
            exact++;
        }
    }
    assert_true(hit >= 14 && exact >= hit - 3);
}

static void only_of_a_case(void **state)
{
    (void)state;
    const struct bytes good = cut();
    Seam__Bundle *bundle = decoded(good);
    bundle->manifest->kind = (char *)"LOT";
    assert_string_equal(spoilt(bundle), "CASE_KIND");
    bundle = decoded(good);
    bundle->manifest->subject = (char *)"d-2";
    assert_string_equal(spoilt(bundle), "CASE_RECORD");
}

/* --- a ledger that lies ----------------------------------------------------------------------- */

static ProtobufCMessage *read_record(const struct state_key *key,
                                     const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(view_record(&message, type, chain_state_overlay(story.chain->tip),
                                 state_key_bytes(key), &story.arena),
                     OK);
    return message;
}

static ProtobufCBinaryData known_tx; /* of the opening: is in the bundle, and is something else */

#define FORGE(name_, Record_, expression_)                                                         \
    static void name_(ProtobufCMessage *message)                                                   \
    {                                                                                              \
        Record_ *record = (Record_ *)message;                                                      \
        expression_;                                                                               \
    }

FORGE(reported, Seam__DisputeRecord, record->reported->net_g++)
FORGE(verified, Seam__DisputeRecord, record->verified->net_g++)
FORGE(claimed, Seam__DisputeRecord, record->claimants[0]->disputed_g--)
FORGE(claimant, Seam__DisputeRecord, record->claimants[0]->tx_id = record->claimants[1]->tx_id)
FORGE(joined, Seam__DisputeRecord, record->claimants[1]->reason = (char *)"less was burnt")
FORGE(claims_root, Seam__DisputeRecord, record->claimants[1]->claims_root.data[7] ^= 1)
FORGE(extension, Seam__DisputeRecord, record->extensions[0]->working_days = 5)
FORGE(decision, Seam__DisputeRecord, record->decisions[0]->totals->net_g--)
FORGE(second, Seam__DisputeRecord, record->decisions[1]->reason = (char *)"as it pleased")
FORGE(by_default, Seam__DisputeRecord, record->decisions[1]->kind = (char *)"DEFAULT")
FORGE(appeal, Seam__DisputeRecord, record->appeal->grounds = (char *)"none")
FORGE(summary, Seam__DisputeRecord, record->publication->summary = (char *)"Nothing happened.")
FORGE(other_account, Seam__DisputeRecord, record->account_hash.data[0] ^= 1)
FORGE(statement, Seam__StatementRecord, record->text = (char *)"We burnt it all.")
FORGE(evidence, Seam__StatementRecord, record->evidence[0].data[0] ^= 1)
FORGE(ciphertext, Seam__StatementRecord, record->ciphertext_hash.data[0] ^= 1)
FORGE(tonnes, Seam__EffectRecord, record->tonnes = 4)
FORGE(used, Seam__EffectRecord, record->consumed_tx = known_tx)
FORGE(effect, Seam__FindingRecord, record->raise->effect_g--)
FORGE(resolution, Seam__FindingRecord, record->resolution = (char *)"NO_EFFECT")
FORGE(agreed, Seam__FindingRecord, record->agrees = false)
FORGE(outcome, Seam__RecomputeRecord, record->outcome = (char *)"EQUAL")
FORGE(result_hash, Seam__RecomputeRecord, record->result_hash.data[0] ^= 1)
FORGE(type, Seam__OpinionRecord, record->issue->type = (char *)"UNMODIFIED")
FORGE(account, Seam__AccountRecord, record->account_hash.data[0] ^= 1)

enum place { DISPUTE, STATEMENT_1, STATEMENT_2, EFFECT_1, FINDING_1, RECOMPUTED, OPINION, ACCOUNT };

static struct state_key key_of(enum place place)
{
    struct state_key key = state_key_of(KEY_DISPUTE);
    switch (place) {
    case DISPUTE:
        return state_key_named(KEY_DISPUTE, "d-1");
    case STATEMENT_1:
    case STATEMENT_2:
        key = state_key_of(KEY_STATEMENT);
        state_key_id(&key, KEY_DISPUTE, "d-1");
        state_key_u32(&key, place == STATEMENT_1 ? 1 : 2);
        return key;
    case EFFECT_1:
        key = state_key_of(KEY_EFFECT);
        state_key_id(&key, KEY_DISPUTE, "d-1");
        state_key_u32(&key, 1);
        return key;
    case FINDING_1:
        key = state_key_of(KEY_FINDING);
        state_key_id(&key, KEY_ENGAGEMENT, "eng-1");
        state_key_u32(&key, 1);
        return key;
    case RECOMPUTED:
        assert_true(record_key_recompute(&key, "eng-1", "mine-a", "2026-01"));
        return key;
    case OPINION:
        return state_key_named(KEY_OPINION, "op-1");
    case ACCOUNT:
        break;
    }
    assert_true(view_account_version_key(&key, "mine-a", "2026-01", 1));
    return key;
}

static const ProtobufCMessageDescriptor *type_of(enum place place)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &seam__dispute_record__descriptor,   &seam__statement_record__descriptor,
        &seam__statement_record__descriptor, &seam__effect_record__descriptor,
        &seam__finding_record__descriptor,   &seam__recompute_record__descriptor,
        &seam__opinion_record__descriptor,   &seam__account_record__descriptor};
    return types[place];
}

static void records_say_what_was_signed(void **state)
{
    static const struct {
        enum place place;
        void (*change)(ProtobufCMessage *record);
        const char *name;
    } rows[] = {
        {DISPUTE, reported, "CASE_ACCOUNT"},
        {DISPUTE, other_account, "CASE_ACCOUNT"},
        {ACCOUNT, account, "CASE_ACCOUNT"},
        {DISPUTE, verified, "CASE_OPINION"},
        {OPINION, type, "CASE_OPINION"},
        {RECOMPUTED, outcome, "CASE_RECOMPUTE"},
        {RECOMPUTED, result_hash, "CASE_RECOMPUTE"},
        {FINDING_1, effect, "CASE_FINDING"},
        {FINDING_1, resolution, "CASE_FINDING"},
        {FINDING_1, agreed, "CASE_FINDING"},
        {DISPUTE, claimed, "CASE_CLAIM"},
        {DISPUTE, claimant, "CASE_CLAIM"},
        {DISPUTE, joined, "CASE_CLAIM"},
        {DISPUTE, claims_root, "CASE_CLAIM"},
        {STATEMENT_1, statement, "CASE_STATEMENT"},
        {STATEMENT_1, evidence, "CASE_STATEMENT"},
        {STATEMENT_2, ciphertext, "CASE_STATEMENT"},
        {DISPUTE, extension, "CASE_EXTENSION"},
        {DISPUTE, decision, "CASE_DECISION"},
        {DISPUTE, second, "CASE_DECISION"},
        {DISPUTE, by_default, "CASE_DECISION"},
        {DISPUTE, appeal, "CASE_APPEAL"},
        {DISPUTE, summary, "CASE_PUBLICATION"},
        {EFFECT_1, tonnes, "CASE_EFFECT"},
        {EFFECT_1, used, "CASE_EFFECT"},
    };
    (void)state;
    const struct state_key dispute = key_of(DISPUTE);
    known_tx =
        ((Seam__DisputeRecord *)read_record(&dispute, type_of(DISPUTE)))->claimants[0]->tx_id;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct state_key key = key_of(rows[i].place);
        const ProtobufCMessage *right = read_record(&key, type_of(rows[i].place));
        ProtobufCMessage *wrong = read_record(&key, type_of(rows[i].place));
        rows[i].change(wrong);
        chain_put(story.chain, &key, wrong);
        const struct case_verify_result result = verify(cut());
        if (strcmp(case_verify_name(&result), rows[i].name) != 0) {
            fail_msg("row %zu: %s instead of %s", i, case_verify_name(&result), rows[i].name);
        }
        chain_put(story.chain, &key, right);
    }
    assert_int_equal(verify(cut()).failure, CASE_VERIFY_OK);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_case_verifies_without_a_node),
        T(no_byte_can_be_changed),
        T(no_record_can_be_left_out),
        T(no_transaction_can_be_left_out),
        T(only_of_a_case),
        T(records_say_what_was_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
