/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle cut from a real database with real finalizations: verified with the genesis bytes alone,
 * and every way to spoil it has its own name [KSSJ 7.2.1b]. */

#include "ledger/query/bundle.h"

#include "ledger/crypto/hash.h"
#include "tests/unit/exec/chain_send.h"

#define BLOCKS 6

static struct hash ids[2 * BLOCKS];
static struct bundle_result result;

/* Six blocks of two persons each. */
static void blocks(struct chain *chain)
{
    char person[32];
    for (size_t i = 0; i < BLOCKS; i++) {
        struct bytes raws[2];
        for (size_t j = 0; j < 2; j++) {
            snprintf(person, sizeof person, "mine.p%zu%zu", i, j);
            const struct chain_tx tx = chain_person(chain, person);
            raws[j] = chain_make(chain, &tx);
        }
        chain_commit(chain, raws, 2);
        for (size_t j = 0; j < 2; j++) {
            struct exec_tx tx;
            assert_int_equal(
                exec_decode(&tx, &chain->env.chain_id, raws[j], &chain->world->arena, NULL), OK);
            ids[2 * i + j] = tx.tx_id;
        }
    }
}

static struct hash document_hash(struct bytes content)
{
    struct hasher hasher;
    struct hash hash;
    hash_begin_raw(&hasher);
    hash_add(&hasher, content);
    hash_end(&hasher, &hash);
    return hash;
}

static struct bytes build_at(struct chain *chain, uint64_t height)
{
    struct bytes bundle = {NULL, 0};
    struct query *query = NULL;
    static struct state_key keys[2];
    keys[0] = state_key_named(KEY_PERSON, "mine.p00");
    keys[1] = state_key_named(KEY_PERSON, "nobody");
    const struct bytes states[3] = {state_key_bytes(&keys[1]), state_key_bytes(&keys[0]),
                                    state_key_bytes(&keys[1])};
    const struct bytes report = bytes_text("the report");
    const struct bundle_document documents[2] = {
        {.sha256 = document_hash(report), .name = "report.txt", .content = report},
        {.sha256 = {{7}}, .name = "photograph.jpg"}};
    /* Out of order, one of them twice. */
    const struct hash wanted[5] = {ids[7], ids[0], ids[6], ids[0], ids[1]};
    const struct bundle_request request = {.kind = "CASE",
                                           .subject = "case-1",
                                           .tx_ids = wanted,
                                           .tx_count = 5,
                                           .states = states,
                                           .state_count = 3,
                                           .documents = documents,
                                           .document_count = 2};
    assert_int_equal(query_open(&query, chain->db, height), OK);
    const enum err err =
        bundle_build(&bundle, query, &request, &chain_arena, &chain->world->detail);
    assert_int_equal(err, OK);
    query_close(query);
    return bundle;
}

static Seam__Bundle *decoded(struct bytes bundle)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &chain_arena, NULL),
                     OK);
    return (Seam__Bundle *)message;
}

static enum bundle_failure verify(struct chain *chain, struct bytes bundle)
{
    return bundle_verify(&result, chain->world->genesis, bundle, &chain_arena);
}

static void it_proves_what_was_asked_for(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    const struct bytes bundle = build_at(chain, QUERY_NEWEST);
    assert_int_equal(verify(chain, bundle), BUNDLE_OK);
    assert_string_equal(bundle_failure_name(&result), "OK");
    assert_int_equal(result.anchor.height, BLOCKS);
    assert_int_equal(result.anchor_signers, 4);
    assert_int_equal(result.tx_count, 4);
    assert_int_equal(result.bundle->n_blocks, 2);
    assert_true(hash_equal(&result.txs[0].tx_id, &ids[0]));
    assert_true(hash_equal(&result.txs[3].tx_id, &ids[7]));
    assert_int_equal(result.txs[3].block->height, 4);
    assert_int_equal(result.txs[3].signer_count, 2);
    assert_int_equal(result.bundle->n_keys, 2);
    struct state_key key = state_key_named(KEY_PERSON, "mine.p00");
    const Seam__ProofState *record = bundle_state(&result, state_key_bytes(&key));
    assert_non_null(record);
    assert_false(record->absent);
    key = state_key_named(KEY_PERSON, "nobody");
    assert_true(bundle_state(&result, state_key_bytes(&key))->absent);
    key = state_key_named(KEY_PERSON, "mine.p01");
    assert_null(bundle_state(&result, state_key_bytes(&key)));
}

/* Asked at an older height, the anchor is that block, and its transactions stand in it. */
static void the_anchor_can_be_a_block_of_its_own(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    const struct bytes bundle = build_at(chain, 4);
    assert_int_equal(verify(chain, bundle), BUNDLE_OK);
    assert_int_equal(result.anchor.height, 4);
    assert_int_equal(result.bundle->blocks[1]->header.len, 0);
    assert_int_equal(result.txs[3].block->height, 4);
}

static void what_is_not_there_is_not_cut(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    struct query *query = NULL;
    struct bytes bundle = {NULL, 0};
    struct bundle_request request = {
        .kind = "LOT", .subject = "x", .tx_ids = &ids[11], .tx_count = 1};
    assert_int_equal(query_open(&query, chain->db, 3), OK);
    assert_int_equal(bundle_build(&bundle, query, &request, &chain_arena, NULL), ERR_ABSENT);
    request.tx_count = LIMIT_BUNDLE_TX + 1;
    assert_int_equal(bundle_build(&bundle, query, &request, &chain_arena, NULL), ERR_TOO_LARGE);
    const struct bundle_document bad[2] = {{.name = "../etc"},
                                           {.name = "a", .content = bytes_text("b")}};
    for (size_t i = 0; i < 2; i++) {
        request = (struct bundle_request){
            .kind = "LOT", .subject = "x", .documents = &bad[i], .document_count = 1};
        assert_int_equal(bundle_build(&bundle, query, &request, &chain_arena, NULL), ERR_PARAM);
    }
    query_close(query);
    assert_int_equal(query_of_overlay(&query, chain->world->genesis_state, 1, 1), OK);
    assert_int_equal(bundle_build(&bundle, query, &request, &chain_arena, NULL), ERR_ABSENT);
    query_close(query);
}

static void swap(void *a, void *b)
{
    void *const left = *(void **)a;
    *(void **)a = *(void **)b;
    *(void **)b = left;
}

/* What a forger does to a good bundle, and the name it must be refused by. */
static void spoil(Seam__Bundle *bundle, size_t how)
{
    static Seam__BundleDocument extra;
    switch (how) {
    case 0:
        bundle->manifest->kind = (char *)"RUMOUR";
        break;
    case 1:
        swap(&bundle->blocks[0], &bundle->blocks[1]);
        break;
    case 2:
        bundle->transactions[3]->block = 9;
        break;
    case 3:
        swap(&bundle->transactions[0], &bundle->transactions[1]);
        break;
    case 4:
        bundle->n_transactions = 2;
        break;
    case 5:
        swap(&bundle->keys[0], &bundle->keys[1]);
        break;
    case 6:
        bundle->n_keys = 1;
        break;
    case 7:
        swap(&bundle->states[0], &bundle->states[1]);
        break;
    case 8:
        bundle->states[0]->absent = !bundle->states[0]->absent;
        bundle->states[0]->value.len = 0;
        break;
    case 9:
        swap(&bundle->documents[0], &bundle->documents[1]);
        break;
    case 10:
        bundle->documents[0]->name = (char *)"../report";
        bundle->documents[1]->name = (char *)"../report";
        break;
    case 11:
        for (size_t i = 0; i < bundle->n_documents; i++) {
            if (bundle->documents[i]->content.len > 0) {
                bundle->documents[i]->content.data[0] ^= 1;
            }
        }
        break;
    case 12:
        bundle->anchor_finalization.data[bundle->anchor_finalization.len - 1] ^= 1;
        break;
    case 13:
        bundle->blocks[0]->path[0].data[0] ^= 1;
        break;
    case 14:
        bundle->transactions[0]->transaction->body.data[4] ^= 1;
        break;
    case 15:
        bundle->transactions[0]->transaction->signatures[0]->sig.data[3] ^= 1;
        break;
    case 16:
        bundle->anchor_header.data[200] ^= 1;
        break;
    case 17:
        bundle->states[0]->siblings[0].data[0] ^= 1;
        break;
    case 18:
        bundle->blocks[0]->header.len = 5;
        break;
    case 19:
        bundle->transactions[1]->transaction = NULL;
        break;
    case 20:
        seam__bundle_document__init(&extra);
        bundle->documents[0] = &extra;
        break;
    default:
        fail();
    }
}

static void each_forgery_has_its_name(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    static const char *const names[] = {"BUNDLE_MANIFEST",
                                        "BLOCK_ORDER",
                                        "TX_BLOCK",
                                        "TX_ORDER",
                                        "BLOCK_UNUSED",
                                        "KEY_ORDER",
                                        "KEY_MISSING",
                                        "STATE_ORDER",
                                        "STATE_FORM",
                                        "DOCUMENT_ORDER",
                                        "DOCUMENT_NAME",
                                        "DOCUMENT_HASH",
                                        "ANCHOR_FINAL",
                                        "SUBJECT_PATH",
                                        "",
                                        "TX_PATH",
                                        "",
                                        "STATE_PATH",
                                        "SUBJECT_HEADER",
                                        "BUNDLE_FORM",
                                        "BUNDLE_FORM"};
    const struct bytes good = build_at(chain, QUERY_NEWEST);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Seam__Bundle *bundle = decoded(good);
        spoil(bundle, i);
        const enum bundle_failure failure = verify(chain, world_pack(chain->world, &bundle->base));
        assert_int_not_equal(failure, BUNDLE_OK);
        assert_true(strlen(bundle_failure_sentence(&result)) > 0);
        if (names[i][0] != '\0' && strcmp(bundle_failure_name(&result), names[i]) != 0) {
            fail_msg("%zu: %s instead of %s", i, bundle_failure_name(&result), names[i]);
        }
    }
}

static void an_unused_key_is_refused(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    struct query *query = NULL;
    struct bytes other = {NULL, 0};
    struct state_key key = state_key_of(KEY_KEY);
    const struct hash id = world_key_id("mine.p00");
    state_key_hash(&key, &id);
    const struct bytes states[1] = {state_key_bytes(&key)};
    const struct bundle_request request = {
        .kind = "LOT", .subject = "x", .states = states, .state_count = 1};
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    assert_int_equal(bundle_build(&other, query, &request, &chain_arena, NULL), OK);
    query_close(query);
    assert_int_equal(verify(chain, other), BUNDLE_OK);
    Seam__Bundle *bundle = decoded(other);
    bundle->keys = bundle->states;
    bundle->n_keys = 1;
    bundle->n_states = 0;
    assert_int_equal(verify(chain, world_pack(chain->world, &bundle->base)), BUNDLE_KEY_UNUSED);
}

/* What nobody can prove: the manifest, and the names and mentions of documents. */
static bool unproven(struct bytes bundle, size_t at)
{
    const uint8_t *documents = memmem(bundle.data, bundle.size, "photograph.jpg", 14);
    const uint8_t *report = memmem(bundle.data, bundle.size, "report.txt", 10);
    assert_non_null(documents);
    assert_non_null(report);
    const uint8_t *byte = bundle.data + at;
    return at < 16 || (byte >= documents - 34 && byte < documents + 14) ||
           (byte >= report && byte < report + 10);
}

/* Whatever byte is changed, it is refused; so is every shorter piece. */
static void no_byte_can_be_changed(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    const struct bytes good = build_at(chain, QUERY_NEWEST);
    uint8_t *copy = world_alloc(chain->world, good.size);
    for (size_t i = 0; i < good.size; i += 7) {
        struct arena own;
        arena_init(&own, BUNDLE_ARENA_SIZE);
        memcpy(copy, good.data, good.size);
        copy[i] ^= 0x10;
        const enum bundle_failure failure =
            bundle_verify(&result, chain->world->genesis, bytes_of(copy, good.size), &own);
        if (failure == BUNDLE_OK && !unproven(good, i)) {
            fail_msg("byte %zu of %zu", i, good.size);
        }
        arena_free(&own);
    }
    for (size_t size = 0; size < good.size; size += 41) {
        struct arena own;
        arena_init(&own, BUNDLE_ARENA_SIZE);
        if (bundle_verify(&result, chain->world->genesis, bytes_of(good.data, size), &own) ==
            BUNDLE_OK) {
            /* It ends between two parts: a bundle of less, of which all is proven. */
            assert_true(result.tx_count == 4 || result.tx_count == 0);
            assert_true(result.bundle->n_documents < 2);
        }
        arena_free(&own);
    }
}

static void the_text_form_is_exact(void **state)
{
    struct chain *chain = *state;
    blocks(chain);
    const struct bytes bundle = build_at(chain, QUERY_NEWEST);
    struct bytes text = {NULL, 0};
    struct bytes again = {NULL, 0};
    assert_int_equal(document_write(&text, &bundle_form, bundle, &chain_arena, NULL), OK);
    assert_int_equal(document_read(&again, &bundle_form, text, &chain_arena, NULL), OK);
    assert_true(bytes_equal(again, bundle));
    uint8_t *copy = world_alloc(chain->world, text.size + 1);
    for (size_t i = 0; i < text.size; i += 101) {
        memcpy(copy, text.data, text.size);
        copy[i] ^= 1;
        struct arena own;
        arena_init(&own, BUNDLE_ARENA_SIZE);
        const enum err err =
            document_read(&again, &bundle_form, bytes_of(copy, text.size), &own, NULL);
        assert_true(err != OK ||
                    bundle_verify(&result, chain->world->genesis, again, &own) != BUNDLE_OK);
        arena_free(&own);
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_arena_setup, chain_arena_teardown)
    const struct CMUnitTest tests[] = {
        T(it_proves_what_was_asked_for), T(the_anchor_can_be_a_block_of_its_own),
        T(what_is_not_there_is_not_cut), T(each_forgery_has_its_name),
        T(an_unused_key_is_refused),     T(no_byte_can_be_changed),
        T(the_text_form_is_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
