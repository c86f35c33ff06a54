/* SPDX-License-Identifier: Apache-2.0 */
/* Passport and bundle of a lot from a real chain: signed events, real blocks, real proofs. The
 * bundle verifies with the founding document alone, and one that leaves something out or says
 * something else is refused by name [KSSJ 7.2.1b]. */

#include "ledger/accounting/set.h"
#include "ledger/query/lot_passport.h"
#include "ledger/query/lot_verify.h"
#include "tests/unit/exec/chain_send.h"

#define GTIN "06901234567892"

static struct hash set_digest;
static struct hash last; /* transaction */

static void send(struct chain *chain, uint32_t type, const ProtobufCMessage *payload,
                 const char *persons)
{
    last = chain_send(chain,
                      (struct chain_tx){.type = type, .organisation = "mine", .payload = payload},
                      persons);
}

static Seam__LotHead *head(struct chain *chain)
{
    Seam__LotHead *out = world_alloc(chain->world, sizeof *out);
    seam__lot_head__init(out);
    out->event_time_ms = chain->header.time_ms;
    out->place = (char *)"mine-a";
    out->parameter_set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = set_digest.bytes};
    return out;
}

static void hash_plain(struct hash *out, struct bytes bytes)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes);
    hash_end(&hasher, out);
}

static struct bytes paper; /* what mine() names as its evidence; empty: nothing */

static void mine(struct chain *chain, const char *lot, const char *qty)
{
    Seam__LotMine in = SEAM__LOT_MINE__INIT;
    struct hash sha256;
    ProtobufCBinaryData named = {.len = HASH_SIZE, .data = sha256.bytes};
    Seam__LotQuality quality = SEAM__LOT_QUALITY__INIT;
    quality.moisture = (char *)"0.08";
    quality.ash = (char *)"0.28";
    quality.ncv = (char *)"24";
    in.event = head(chain);
    if (paper.size > 0) {
        hash_plain(&sha256, paper);
        in.event->documents = &named;
        in.event->n_documents = 1;
    }
    in.lot = (char *)lot;
    in.qty = (char *)qty;
    in.quality = &quality;
    in.facility = (char *)"mine-a";
    in.month = (char *)"2026-09";
    send(chain, LOT_MINE_TYPE, &in.base, "a");
}

static Seam__LotAmount *amount(struct chain *chain, const char *lot, const char *qty)
{
    Seam__LotAmount *out = world_alloc(chain->world, sizeof *out);
    seam__lot_amount__init(out);
    out->lot = world_text(chain->world, lot);
    out->qty = world_text(chain->world, qty);
    return out;
}

static void blend(struct chain *chain, const char *a, const char *qty_a, const char *b,
                  const char *qty_b, const char *to)
{
    Seam__LotBlend in = SEAM__LOT_BLEND__INIT;
    Seam__LotAmount *inputs[2] = {amount(chain, a, qty_a), amount(chain, b, qty_b)};
    in.event = head(chain);
    in.inputs = inputs;
    in.n_inputs = 2;
    in.lot = (char *)to;
    send(chain, LOT_BLEND_TYPE, &in.base, "a");
}

static void split(struct chain *chain, const char *lot, const char *to, const char *qty)
{
    Seam__LotSplit in = SEAM__LOT_SPLIT__INIT;
    Seam__LotAmount *outputs[1] = {amount(chain, to, qty)};
    in.event = head(chain);
    in.lot = (char *)lot;
    in.outputs = outputs;
    in.n_outputs = 1;
    send(chain, LOT_SPLIT_TYPE, &in.base, "a");
}

static void lose(struct chain *chain, const char *lot, const char *qty)
{
    Seam__LotLoss in = SEAM__LOT_LOSS__INIT;
    in.event = head(chain);
    in.lot = (char *)lot;
    in.qty = (char *)qty;
    in.cause = (char *)"DUST";
    in.reason = (char *)"wind";
    send(chain, LOT_LOSS_TYPE, &in.base, "a");
}

static void declare_error(struct chain *chain, const struct hash *event)
{
    Seam__LotError in = SEAM__LOT_ERROR__INIT;
    struct hash id = *event;
    in.event_id = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id.bytes};
    in.reason = (char *)"DID_NOT_OCCUR";
    send(chain, LOT_ERROR_TYPE, &in.base, "ab");
}

/* Two lots, a blend of parts of them, a loss that did not occur, one that did, and the lot L. */
static void history(struct chain *chain)
{
    set_digest = chain_adopt(chain, "LOT-RULES-1.json", "2026-01");
    chain_product(chain, GTIN, "raw", "raw coal");
    mine(chain, GTIN ".A", "1000");
    mine(chain, GTIN ".B", "2000.5");
    blend(chain, GTIN ".A", "600", GTIN ".B", "1500.25", GTIN ".C");
    lose(chain, GTIN ".B", "100");
    const struct hash wrong = last;
    declare_error(chain, &wrong);
    lose(chain, GTIN ".B", "0.5");
    split(chain, GTIN ".C", GTIN ".L", "700");
    split(chain, GTIN ".A", GTIN ".M", "50");
}

static struct bytes bundle_of(struct chain *chain, const char *lot)
{
    struct bytes bundle = {NULL, 0};
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    const enum err err =
        lot_bundle_build(&bundle, query, lot, NULL, 0, &chain_arena, &chain->world->detail);
    if (err != OK) {
        fail_msg("%s %s %s", err_name(err), chain->world->detail.field, chain->world->detail.hint);
    }
    query_close(query);
    return bundle;
}

static struct lot_verify_result verify(struct chain *chain, struct bytes bundle)
{
    struct lot_verify_result result;
    (void)lot_verify(&result, chain->world->genesis, bundle, &chain_arena);
    return result;
}

static void a_bundle_is_enough(void **state)
{
    struct chain *chain = *state;
    history(chain);
    const struct bytes bundle = bundle_of(chain, GTIN ".L");
    const struct lot_verify_result result = verify(chain, bundle);
    if (result.failure != LOT_VERIFY_OK) {
        fail_msg("%s: %s", lot_verify_name(&result), result.about);
    }
    assert_int_equal(result.lots, 4);
    assert_int_equal(result.events, 8);
    assert_int_equal(result.trace.count, 4);
    assert_string_equal(result.trace.nodes[0].lot->lot, GTIN ".L");
    assert_int_equal(result.trace.nodes[0].lot->qty_kg, 700000);
    struct bytes text = {NULL, 0};
    struct bytes again = {NULL, 0};
    assert_int_equal(document_write(&text, &bundle_form, bundle, &chain_arena, NULL), OK);
    assert_int_equal(document_read(&again, &bundle_form, text, &chain_arena, NULL), OK);
    assert_true(bytes_equal(bundle, again));
}

static void a_passport_tells_the_story(void **state)
{
    struct chain *chain = *state;
    struct lot_passport passport;
    struct query *query = NULL;
    history(chain);
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    assert_int_equal(lot_passport_make(&passport, query, GTIN ".L", &chain_arena), OK);
    assert_string_equal(passport.model, "IDENTITY_PRESERVED");
    assert_int_equal(passport.origin_count, 2);
    assert_int_equal(passport.event_count, 8);
    assert_int_equal(passport.footprint.grade, LOT_GRADE_NONE);
    assert_false(passport.footprint.corrected);
    assert_true(passport.balance_count > 1);
    const struct lot_balance_line *life = &passport.balances[passport.balance_count - 1];
    assert_string_equal(life->lot, GTIN ".L");
    assert_int_equal(life->inputs_kg, 700000);
    assert_int_equal(life->residual_kg, 0);
    assert_true(life->within);
    for (size_t i = 0; i < passport.balance_count; i++) {
        const struct lot_balance_line *line = &passport.balances[i];
        assert_true(line->inputs_kg - line->outputs_kg - line->losses_kg == line->residual_kg);
        assert_true(line->within);
    }
    size_t own = 0;
    for (size_t i = 0; i < passport.event_count; i++) {
        own += passport.events[i].own ? 1 : 0;
    }
    assert_int_equal(own, 1);
    assert_int_equal(lot_passport_make(&passport, query, GTIN ".Z", &chain_arena), ERR_ABSENT);
    query_close(query);
}

/* --- what a bundle leaves out ----------------------------------------------------------------- */

static Seam__Bundle *decoded(struct bytes bundle)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__bundle__descriptor, bundle, LIMIT_BUNDLE,
                                    &chain_arena, NULL),
                     OK);
    return (Seam__Bundle *)message;
}

static void drop_state(Seam__Bundle *bundle, struct state_key key)
{
    size_t kept = 0;
    for (size_t i = 0; i < bundle->n_states; i++) {
        const ProtobufCBinaryData *data = &bundle->states[i]->key;
        if (!bytes_equal(bytes_of(data->data, data->len), state_key_bytes(&key))) {
            bundle->states[kept++] = bundle->states[i];
        }
    }
    assert_int_equal(kept + 1, bundle->n_states);
    bundle->n_states = kept;
}

/* Takes out the transaction that stands alone in block i. */
static void drop_tx(Seam__Bundle *bundle, size_t i)
{
    assert_int_equal(bundle->n_blocks, bundle->n_transactions);
    for (size_t j = i; j + 1 < bundle->n_blocks; j++) {
        bundle->blocks[j] = bundle->blocks[j + 1];
        bundle->transactions[j] = bundle->transactions[j + 1];
        bundle->transactions[j]->block = (uint32_t)j;
    }
    bundle->n_blocks--;
    bundle->n_transactions--;
}

static void check_spoilt(struct chain *chain, const Seam__Bundle *bundle, const char *name)
{
    const struct lot_verify_result result = verify(chain, world_pack(chain->world, &bundle->base));
    assert_string_equal(lot_verify_name(&result), name);
    assert_true(strlen(lot_verify_sentence(&result)) > 0);
}

static void nothing_can_be_left_out(void **state)
{
    struct chain *chain = *state;
    history(chain);
    const struct bytes good = bundle_of(chain, GTIN ".L");
    Seam__Bundle *bundle = decoded(good);
    drop_state(bundle, view_lot_key(GTIN ".L"));
    check_spoilt(chain, bundle, "LOT_SUBJECT");
    bundle = decoded(good);
    drop_state(bundle, view_lot_key(GTIN ".B"));
    check_spoilt(chain, bundle, "LOT_PARENT");
    /* the loss of half a tonne: the sixth event of the eight */
    bundle = decoded(good);
    drop_tx(bundle, 5);
    check_spoilt(chain, bundle, "LOT_HISTORY");
    bundle = decoded(good);
    drop_tx(bundle, 0);
    check_spoilt(chain, bundle, "LOT_EVENT");
    bundle = decoded(good);
    bundle->manifest->kind = (char *)"CASE";
    check_spoilt(chain, bundle, "LOT_KIND");
    bundle = decoded(good);
    bundle->manifest->subject = (char *)GTIN ".X";
    check_spoilt(chain, bundle, "LOT_SUBJECT");
    bundle = decoded(good);
    bundle->states[0]->value.data[3] ^= 1;
    check_spoilt(chain, bundle, "STATE_PATH");
    bundle = decoded(good);
    const struct hash id = last; /* of another lot: not in the bundle */
    (void)id;
    struct hash first;
    struct hasher hasher;
    hash_begin(&hasher, TAG_TX);
    hash_add(&hasher, hash_bytes(&chain->env.chain_id));
    hash_add(&hasher, bytes_of(bundle->transactions[3]->transaction->body.data,
                               bundle->transactions[3]->transaction->body.len));
    hash_end(&hasher, &first);
    drop_state(bundle, view_lot_event_key(&first));
    check_spoilt(chain, bundle, "LOT_RECORD");
}

/* A lot of another bundle's subject is proven by it as well: the manifest only says what is meant.
 */
static void an_ancestor_is_proven_too(void **state)
{
    struct chain *chain = *state;
    history(chain);
    Seam__Bundle *bundle = decoded(bundle_of(chain, GTIN ".L"));
    bundle->manifest->subject = (char *)GTIN ".C";
    check_spoilt(chain, bundle, "OK");
}

/* --- documents -------------------------------------------------------------------------------- */

static struct bundle_document document_of(const char *name, const char *text)
{
    struct bundle_document out = {.name = name, .content = bytes_text(text)};
    hash_plain(&out.sha256, out.content);
    return out;
}

static Seam__BundleDocument *attached(const struct bundle_document *document)
{
    Seam__BundleDocument *out = arena_alloc(&chain_arena, sizeof *out);
    assert_non_null(out);
    seam__bundle_document__init(out);
    out->name = (char *)(uintptr_t)document->name;
    uint8_t *hash = arena_alloc(&chain_arena, HASH_SIZE);
    memcpy(hash, document->sha256.bytes, HASH_SIZE);
    out->sha256 = (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash};
    out->content = (ProtobufCBinaryData){.len = document->content.size,
                                         .data = (uint8_t *)(uintptr_t)document->content.data};
    return out;
}

static enum err build_with(struct chain *chain, struct bytes *bundle,
                           const struct bundle_document *documents, size_t count)
{
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    const enum err err = lot_bundle_build(bundle, query, GTIN ".L", documents, count, &chain_arena,
                                          &chain->world->detail);
    query_close(query);
    return err;
}

/* What an event names may be attached; any other paper, however true, is not the lot's. */
static void documents_belong_to_events(void **state)
{
    struct chain *chain = *state;
    const struct bundle_document good = document_of("weighing.pdf", "1000 t");
    const struct bundle_document other = document_of("award.pdf", "the best mine of the year");
    struct bytes bytes = {NULL, 0};
    paper = good.content;
    history(chain);
    paper = (struct bytes){NULL, 0};
    assert_int_equal(build_with(chain, &bytes, &other, 1), ERR_PARAM);
    assert_string_equal(chain->world->detail.field, "documents");
    assert_int_equal(build_with(chain, &bytes, &good, 1), OK);
    struct lot_verify_result result = verify(chain, bytes);
    assert_string_equal(lot_verify_name(&result), "OK");
    /* put in by somebody else: form and hash are right */
    Seam__Bundle *bundle = decoded(bytes);
    Seam__BundleDocument *list[2] = {bundle->documents[0], attached(&other)};
    if (memcmp(list[0]->sha256.data, list[1]->sha256.data, HASH_SIZE) > 0) {
        Seam__BundleDocument *first = list[0];
        list[0] = list[1];
        list[1] = first;
    }
    bundle->documents = list;
    bundle->n_documents = 2;
    result = verify(chain, world_pack(chain->world, &bundle->base));
    assert_string_equal(lot_verify_name(&result), "LOT_DOCUMENT");
    assert_string_equal(result.about, "award.pdf");
    /* only named, not attached: as little */
    list[0]->content.len = 0;
    list[1]->content.len = 0;
    check_spoilt(chain, bundle, "LOT_DOCUMENT");
}

/* --- parts of two bundles --------------------------------------------------------------------- */

/* The sections of a bundle, one after the other. */
static void take_section(Seam__Bundle *to, const Seam__Bundle *from, size_t section)
{
    switch (section) {
    case 0:
        to->manifest = from->manifest;
        break;
    case 1:
        to->epochs = from->epochs;
        to->n_epochs = from->n_epochs;
        break;
    case 2:
        to->anchor_header = from->anchor_header;
        break;
    case 3:
        to->anchor_finalization = from->anchor_finalization;
        break;
    case 4:
        to->blocks = from->blocks;
        to->n_blocks = from->n_blocks;
        break;
    case 5:
        to->transactions = from->transactions;
        to->n_transactions = from->n_transactions;
        break;
    case 6:
        to->keys = from->keys;
        to->n_keys = from->n_keys;
        break;
    default:
        to->states = from->states;
        to->n_states = from->n_states;
        break;
    }
}

#define SECTIONS 8

/* Every choice of sections of two good bundles of one chain, about two lots and two heights, is
 * refused, but for the two themselves and what is the same in both. */
static void two_bundles_do_not_mix(void **state)
{
    struct chain *chain = *state;
    history(chain);
    const struct bytes first = bundle_of(chain, GTIN ".L");
    split(chain, GTIN ".C", GTIN ".N", "25");
    lose(chain, GTIN ".C", "1");
    const struct bytes second = bundle_of(chain, GTIN ".N");
    size_t refused = 0;
    for (unsigned choice = 1; choice < (1u << SECTIONS) - 1; choice++) {
        Seam__Bundle *mixed = decoded(first);
        const Seam__Bundle *other = decoded(second);
        for (size_t i = 0; i < SECTIONS; i++) {
            if ((choice >> i & 1) != 0) {
                take_section(mixed, other, i);
            }
        }
        const struct bytes bytes = world_pack(chain->world, &mixed->base);
        const struct lot_verify_result result = verify(chain, bytes);
        if (bytes_equal(bytes, first) || bytes_equal(bytes, second)) {
            assert_int_equal(result.failure, LOT_VERIFY_OK);
            continue;
        }
        if (result.failure == LOT_VERIFY_OK) {
            fail_msg("a bundle of the sections %02x of another is believed", choice);
        }
        refused++;
    }
    assert_true(refused >= 126);
}

/* An event of one bundle under the anchor of the other is not in its history. */
static void an_event_has_its_anchor(void **state)
{
    struct chain *chain = *state;
    history(chain);
    Seam__Bundle *early = decoded(bundle_of(chain, GTIN ".L"));
    split(chain, GTIN ".C", GTIN ".N", "25");
    Seam__Bundle *late = decoded(bundle_of(chain, GTIN ".N"));
    early->blocks[early->n_blocks - 1] = late->blocks[late->n_blocks - 1];
    early->transactions[early->n_transactions - 1] = late->transactions[late->n_transactions - 1];
    early->transactions[early->n_transactions - 1]->block = (uint32_t)early->n_blocks - 1;
    const struct lot_verify_result result = verify(chain, world_pack(chain->world, &early->base));
    assert_int_equal(result.failure, LOT_VERIFY_BUNDLE);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_arena_setup, chain_arena_teardown)
    const struct CMUnitTest tests[] = {
        T(a_bundle_is_enough),        T(a_passport_tells_the_story), T(nothing_can_be_left_out),
        T(an_ancestor_is_proven_too), T(documents_belong_to_events), T(two_bundles_do_not_mix),
        T(an_event_has_its_anchor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
