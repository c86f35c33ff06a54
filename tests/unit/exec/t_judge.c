/* SPDX-License-Identifier: Apache-2.0 */
/* The door: who may send what, signed by whom, until when, once. */

#include "ledger/proto/registry.pb-c.h"
#include "tests/unit/exec/chain.h"

static void a_good_one_passes(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &tx)));
}

static void judging_leaves_nothing_but_what_is_ok(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.a"); /* exists */
    struct exec_tx decoded;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms, &decoded,
                                &chain->world->arena, NULL, &chain->world->detail),
                     JUDGE_NEVER);
    assert_int_equal(overlay_mark(overlay), 0);
    overlay_drop(overlay);
}

static void receipt_says_what_happened(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    struct exec_tx decoded;
    struct bytes bytes = {0};
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms, &decoded,
                                &chain->world->arena, &bytes, &chain->world->detail),
                     JUDGE_OK);
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__receipt__descriptor, bytes, 4096,
                                    &chain->world->arena, NULL),
                     OK);
    const Seam__Receipt *receipt = (const Seam__Receipt *)message;
    assert_memory_equal(receipt->tx_id.data, decoded.tx_id.bytes, HASH_SIZE);
    assert_int_equal(receipt->position, 1);
    assert_int_equal(receipt->n_created, 2); /* the person and the key */
    const struct state_key key = state_key_named(KEY_PERSON, "mine.c");
    assert_memory_equal(receipt->created[0].data, key.data, key.size);
    overlay_drop(overlay);
}

static void one_person_is_not_two(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.signers[1] = NULL;
    assert_judged(JUDGE_NEVER, ERR_SECOND_PERSON, chain_judge(chain, chain_make(chain, &tx)));
    tx.signers[0] = NULL;
    assert_judged(JUDGE_NEVER, ERR_SIGNATURE, chain_judge(chain, chain_make(chain, &tx)));
    /* A second key of the same natural person is not a second person. */
    Seam__KeyAdd add = SEAM__KEY_ADD__INIT;
    add.person = (char *)"mine.a";
    add.public_key = world_public(chain->world, "mine.a second");
    add.usages = world_list(chain->world, "approve officer", &add.n_usages);
    const struct chain_tx add_tx = {.type = 3,
                                    .organisation = "mine",
                                    .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
                                    .payload = &add.base,
                                    .signers = {"mine.a", "mine.b"}};
    const struct bytes raw = chain_make(chain, &add_tx);
    chain_commit(chain, &raw, 1);
    tx = chain_person(chain, "mine.c");
    tx.signers[1] = "mine.a second";
    assert_judged(JUDGE_NEVER, ERR_SECOND_PERSON, chain_judge(chain, chain_make(chain, &tx)));
    tx.signers[0] = "mine.b";
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &tx)));
}

static void an_extra_signature_is_refused(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.signers[2] = "group.a";
    assert_judged(JUDGE_NEVER, ERR_SIGNATURE, chain_judge(chain, chain_make(chain, &tx)));
}

static void unsorted_and_repeated_signatures_are_refused(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    const struct hash a = world_key_id("mine.a");
    const struct hash b = world_key_id("mine.b");
    const bool a_first = memcmp(a.bytes, b.bytes, HASH_SIZE) < 0;
    tx.signers[0] = a_first ? "mine.b" : "mine.a";
    tx.signers[1] = a_first ? "mine.a" : "mine.b";
    assert_judged(JUDGE_NEVER, ERR_NOT_CANONICAL,
                  chain_judge(chain, chain_make_as(chain, &tx, true)));
    tx.signers[1] = tx.signers[0];
    assert_judged(JUDGE_NEVER, ERR_NOT_CANONICAL,
                  chain_judge(chain, chain_make_as(chain, &tx, true)));
}

static void roles_are_checked(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = {
        .type = 1,
        .organisation = "mine",
        .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
        .payload = &world_organisation(chain->world, "other", "mine")->base,
        .signers = {"mine.a", "mine.b"},
    };
    assert_judged(JUDGE_NEVER, ERR_ROLE, chain_judge(chain, chain_make(chain, &tx)));
    tx.organisation = "regulator";
    tx.signers[0] = "regulator.a";
    tx.signers[1] = "regulator.b";
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &tx)));
    tx.organisation = "nobody";
    assert_judged(JUDGE_NOT_YET, ERR_ABSENT, chain_judge(chain, chain_make(chain, &tx)));
}

static void keys_of_others_and_unknown_keys_are_refused(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.signers[1] = "group.b";
    assert_judged(JUDGE_NEVER, ERR_KEY, chain_judge(chain, chain_make(chain, &tx)));
    tx.signers[1] = "stranger";
    assert_judged(JUDGE_NOT_YET, ERR_KEY, chain_judge(chain, chain_make(chain, &tx)));
}

static void usages_are_needed(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx add = chain_person(chain, "mine.c"); /* submit only */
    const struct bytes raw = chain_make(chain, &add);
    chain_commit(chain, &raw, 1);
    struct chain_tx tx = chain_person(chain, "mine.d");
    tx.signers[1] = "mine.c";
    assert_judged(JUDGE_NEVER, ERR_KEY, chain_judge(chain, chain_make(chain, &tx)));
}

static void wrong_signatures_are_refused(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    uint8_t *changed = world_alloc(chain->world, raw.size);
    memcpy(changed, raw.data, raw.size);
    changed[raw.size - 1] ^= 1; /* the last byte of the last signature */
    assert_judged(JUDGE_NEVER, ERR_SIGNATURE, chain_judge(chain, bytes_of(changed, raw.size)));
    /* Signed for another chain: the ids differ and so do the signed bytes. */
    struct chain other = *chain;
    other.env.chain_id.bytes[0] ^= 1;
    assert_judged(JUDGE_NEVER, ERR_SIGNATURE, chain_judge(chain, chain_make(&other, &tx)));
}

static bool never_authentic(void *context, const uint8_t *public_key, struct bytes message,
                            const uint8_t *signature)
{
    (void)public_key;
    (void)message;
    (void)signature;
    *(unsigned *)context += 1;
    return false;
}

static void the_given_verifier_decides(void **state)
{
    struct chain *chain = *state;
    const struct chain_tx tx = chain_person(chain, "mine.c");
    unsigned asked = 0;
    chain->env.verifier = (struct exec_verifier){.context = &asked, .verify = never_authentic};
    assert_judged(JUDGE_NEVER, ERR_SIGNATURE, chain_judge(chain, chain_make(chain, &tx)));
    assert_int_equal(asked, 1);
}

static void revoked_keys_sign_no_more(void **state)
{
    struct chain *chain = *state;
    struct chain_tx person = {
        .type = 2,
        .organisation = "mine",
        .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
        .payload = &world_person(chain->world, "mine.c", "officer")->base,
        .signers = {"mine.a", "mine.b"},
    };
    Seam__KeyRevoke revoke = SEAM__KEY_REVOKE__INIT;
    const struct hash key_id = world_key_id("mine.b");
    revoke.key_id = world_bytes(chain->world, key_id.bytes, HASH_SIZE);
    revoke.reason = (char *)"LOST";
    struct chain_tx revoke_tx = {.type = 4,
                                 .organisation = "mine",
                                 .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
                                 .payload = &revoke.base,
                                 .signers = {"mine.a", "mine.b"}};
    /* With two officers left the key must stay: give another officer a key first. */
    assert_judged(JUDGE_NOT_YET, ERR_SECOND_PERSON,
                  chain_judge(chain, chain_make(chain, &revoke_tx)));
    const struct bytes raw[] = {chain_make(chain, &person), chain_make(chain, &revoke_tx)};
    chain_commit(chain, raw, 2);
    const struct chain_tx tx = chain_person(chain, "mine.d");
    assert_judged(JUDGE_NEVER, ERR_KEY, chain_judge(chain, chain_make(chain, &tx)));
    struct chain_tx other = chain_person(chain, "mine.d");
    other.signers[1] = "mine.c";
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &other)));
    const Seam__KeyRecord *record = NULL;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_int_equal(view_key(&record, overlay, &key_id, &chain->world->arena), OK);
    assert_int_equal(record->valid_from, 0);
    assert_int_equal(record->valid_to, 1);
    overlay_drop(overlay);
}

static void life_has_an_end_and_a_bound(void **state)
{
    struct chain *chain = *state;
    const uint64_t now = chain->header.time_ms;
    const uint64_t window = UINT64_C(35) * 86400000;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.valid_until_ms = now;
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &tx)));
    tx.valid_until_ms = now - 1;
    assert_judged(JUDGE_NEVER, ERR_EXPIRED, chain_judge(chain, chain_make(chain, &tx)));
    tx.valid_until_ms = now + window;
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &tx)));
    tx.valid_until_ms = now + window + 1;
    assert_judged(JUDGE_NOT_YET, ERR_EXPIRED, chain_judge(chain, chain_make(chain, &tx)));
}

static void the_same_twice_is_refused(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    const struct bytes raw = chain_make(chain, &tx);
    chain_commit(chain, &raw, 1);
    assert_judged(JUDGE_NEVER, ERR_DUPLICATE, chain_judge(chain, raw));
    struct exec_tx decoded;
    struct hash first;
    bool same = false;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, raw, &chain->world->arena, NULL),
                     OK);
    assert_int_equal(exec_duplicate(&first, &same, overlay, chain->header.time_ms, &decoded,
                                    &chain->world->arena),
                     OK);
    assert_true(same);
    assert_true(hash_equal(&first, &decoded.tx_id));
    overlay_drop(overlay);
    /* Another body that says the same is another transaction; its content decides. */
    tx.valid_until_ms += 1;
    assert_judged(JUDGE_NEVER, ERR_CONFLICT, chain_judge(chain, chain_make(chain, &tx)));
    /* After its end nobody remembers it, but it cannot come back: it has expired. */
    assert_judged(JUDGE_NEVER, ERR_EXPIRED,
                  chain_judge_at(chain, raw, chain->header.time_ms + 2 * CHAIN_HOUR));
}

static void idempotency_keys(void **state)
{
    struct chain *chain = *state;
    struct chain_tx tx = chain_person(chain, "mine.c");
    tx.idempotency_key = "order-1";
    const struct bytes raw = chain_make(chain, &tx);
    chain_commit(chain, &raw, 1);
    tx.valid_until_ms += 5; /* another id, same content */
    assert_judged(JUDGE_NEVER, ERR_DUPLICATE, chain_judge(chain, chain_make(chain, &tx)));
    struct chain_tx other = chain_person(chain, "mine.d");
    other.idempotency_key = "order-1";
    assert_judged(JUDGE_NEVER, ERR_CONFLICT, chain_judge(chain, chain_make(chain, &other)));
    other.idempotency_key = "order-2";
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &other)));
    /* The key of another organisation is another key. */
    struct chain_tx group = {.type = 2,
                             .organisation = "group",
                             .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
                             .idempotency_key = "order-1",
                             .payload = &world_person(chain->world, "group.c", "submit")->base,
                             .signers = {"group.a", "group.b"}};
    assert_judged(JUDGE_OK, OK, chain_judge(chain, chain_make(chain, &group)));
    /* When the transaction is forgotten, so is its key. */
    other.idempotency_key = "order-1";
    other.valid_until_ms = chain->header.time_ms + 3 * CHAIN_HOUR;
    assert_judged(
        JUDGE_OK, OK,
        chain_judge_at(chain, chain_make(chain, &other), chain->header.time_ms + 2 * CHAIN_HOUR));
}

/* What moves units must carry a key of its own [decision D5]. */
static void what_moves_units_is_named(void **state)
{
    struct chain *chain = *state;
    Seam__TransferCancel cancel = SEAM__TRANSFER_CANCEL__INIT;
    cancel.transfer = (char *)"t-1";
    struct chain_tx tx = {.type = 112,
                          .organisation = "mine",
                          .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
                          .payload = &cancel.base,
                          .signers = {"mine.a"}};
    assert_judged(JUDGE_NEVER, ERR_MISSING, chain_judge(chain, chain_make(chain, &tx)));
    assert_string_equal(chain->world->detail.field, "idempotency_key");
    tx.idempotency_key = "cancel-1";
    assert_judged(JUDGE_NOT_YET, ERR_ABSENT, chain_judge(chain, chain_make(chain, &tx)));
    assert_string_equal(chain->world->detail.field, "transfer");
}

static void a_full_recent_set_shortens_life(void **state)
{
    struct chain *chain = *state;
    struct overlay *overlay = overlay_new(chain_state_overlay(chain->tip), NULL);
    Seam__RecentCount count = SEAM__RECENT_COUNT__INIT;
    uint32_t entries[] = {999, 1}; /* recent_max is 1,000 */
    count.first_day = chain->header.time_ms / 86400000;
    count.n_entries = 2;
    count.entries = entries;
    struct state_key key = state_key_of(KEY_RECENT_COUNT);
    assert_int_equal(view_put(overlay, state_key_bytes(&key), &count.base, &chain->world->arena),
                     OK);
    struct exec_tx decoded;
    struct chain_tx tx = chain_person(chain, "mine.c");
    struct err_detail *detail = &chain->world->detail;
    tx.valid_until_ms = chain->header.time_ms + CHAIN_HOUR + 1;
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms, &decoded,
                                &chain->world->arena, NULL, detail),
                     JUDGE_NOT_YET);
    assert_int_equal(detail->err, ERR_EXPIRED);
    tx.valid_until_ms = chain->header.time_ms + CHAIN_HOUR;
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms, &decoded,
                                &chain->world->arena, NULL, detail),
                     JUDGE_OK);
    /* The next day the 999 are gone. */
    tx.valid_until_ms = chain->header.time_ms + 86400000 + 2 * CHAIN_HOUR;
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    overlay_rollback(overlay, 1);
    assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms + 86400000, &decoded,
                                &chain->world->arena, NULL, detail),
                     JUDGE_OK);
    overlay_drop(overlay);
}

/* --- the world fails ------------------------------------------------------------------------- */

static enum err failing_get(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    (void)key;
    (void)arena;
    (void)out;
    return *(const enum err *)context;
}

static void trouble_is_never_an_answer(void **state)
{
    struct chain *chain = *state;
    static const enum err troubles[] = {ERR_STORAGE, ERR_CORRUPT, ERR_MEMORY, ERR_ABSENT};
    const struct chain_tx tx = chain_person(chain, "mine.c");
    struct exec_tx decoded;
    assert_int_equal(exec_decode(&decoded, &chain->env.chain_id, chain_make(chain, &tx),
                                 &chain->world->arena, NULL),
                     OK);
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        enum err trouble = troubles[i];
        const struct state_base base = {.context = &trouble, .get = failing_get};
        struct overlay *overlay = overlay_new(NULL, &base);
        assert_int_equal(exec_judge(&chain->env, overlay, 1, chain->header.time_ms, &decoded,
                                    &chain->world->arena, NULL, &chain->world->detail),
                         JUDGE_UNABLE);
        overlay_drop(overlay);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_setup, chain_teardown)
    const struct CMUnitTest tests[] = {
        T(a_good_one_passes),
        T(judging_leaves_nothing_but_what_is_ok),
        T(receipt_says_what_happened),
        T(one_person_is_not_two),
        T(an_extra_signature_is_refused),
        T(unsorted_and_repeated_signatures_are_refused),
        T(roles_are_checked),
        T(keys_of_others_and_unknown_keys_are_refused),
        T(usages_are_needed),
        T(wrong_signatures_are_refused),
        T(the_given_verifier_decides),
        T(revoked_keys_sign_no_more),
        T(life_has_an_end_and_a_bound),
        T(the_same_twice_is_refused),
        T(idempotency_keys),
        T(what_moves_units_is_named),
        T(a_full_recent_set_shortens_life),
        T(trouble_is_never_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
