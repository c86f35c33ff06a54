/* SPDX-License-Identifier: Apache-2.0 */
#include "api/draft.h"

#include "ledger/base/limits.h"
#include "ledger/codec/message.h"
#include "ledger/proto/tx.pb-c.h"
#include "ledger/store/storage_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000

struct fixture {
    struct arena arena;
    struct kv *kv;
    struct draft_box *box;
};

static int start(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    arena_init(&f->arena, 4 * 1024 * 1024);
    assert_int_equal(kv_open_mem(&f->kv, storage_local_plan(), NULL), OK);
    f->box = draft_box_new(f->kv);
    assert_non_null(f->box);
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    draft_box_free(f->box);
    kv_close(f->kv);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static Seam__Draft draft_of(uint8_t *id, uint32_t number)
{
    Seam__Draft draft = SEAM__DRAFT__INIT;
    memset(id, 0, DRAFT_ID_SIZE);
    memcpy(id, &number, sizeof number);
    draft.id = (ProtobufCBinaryData){DRAFT_ID_SIZE, id};
    draft.state = (char *)"AWAITING_SECOND_PERSON";
    draft.organisation = (char *)"mine";
    draft.valid_until_ms = NOW;
    return draft;
}

static void the_same_content_has_one_id(void **state)
{
    (void)state;
    uint8_t ids[5][DRAFT_ID_SIZE];
    draft_id(ids[0], "mine", 32, bytes_text("payload"));
    draft_id(ids[1], "mine", 32, bytes_text("payload"));
    draft_id(ids[2], "minep", 32, bytes_text("ayload"));
    draft_id(ids[3], "mine", 33, bytes_text("payload"));
    draft_id(ids[4], "mine", 32, bytes_text("payloae"));
    assert_memory_equal(ids[0], ids[1], DRAFT_ID_SIZE);
    for (size_t i = 2; i < 5; i++) {
        assert_memory_not_equal(ids[0], ids[i], DRAFT_ID_SIZE);
    }
}

static void is_kept_until_its_time(void **state)
{
    struct fixture *f = *state;
    uint8_t id[DRAFT_ID_SIZE];
    Seam__Draft draft = draft_of(id, 1);
    Seam__Draft *read = NULL;
    const struct bytes key = bytes_of(id, sizeof id);
    assert_int_equal(draft_get(&read, f->box, key, NOW, &f->arena), ERR_ABSENT);
    assert_int_equal(draft_put(f->box, &draft), OK);
    assert_int_equal(draft_get(&read, f->box, key, NOW, &f->arena), OK);
    assert_string_equal(read->organisation, "mine");
    assert_int_equal(draft_get(&read, f->box, key, NOW + 1, &f->arena), ERR_ABSENT);
    assert_int_equal(draft_get(&read, f->box, bytes_of(id, 15), NOW, &f->arena), ERR_ABSENT);
    assert_int_equal(draft_drop(f->box, key), OK);
    assert_int_equal(draft_get(&read, f->box, key, NOW, &f->arena), ERR_ABSENT);
}

static void signatures_stand_in_their_order(void **state)
{
    struct fixture *f = *state;
    uint8_t id[DRAFT_ID_SIZE];
    uint8_t signature[64] = {1};
    Seam__Draft draft = draft_of(id, 1);
    static const uint8_t order[] = {5, 2, 9};
    static const char *const persons[] = {"a", "b", "c"};
    for (size_t i = 0; i < 3; i++) {
        const struct hash key = {.bytes = {order[i]}};
        assert_int_equal(draft_sign(&draft, persons[i], &key, signature, &f->arena), OK);
    }
    const struct hash five = {.bytes = {5}};
    const struct hash seven = {.bytes = {7}};
    assert_int_equal(draft_sign(&draft, "a", &seven, signature, &f->arena), ERR_SECOND_PERSON);
    assert_int_equal(draft_sign(&draft, "d", &five, signature, &f->arena), ERR_CONFLICT);
    assert_int_equal(draft.n_signatures, 3);
    assert_int_equal(draft.signatures[0]->key_id.data[0], 2);
    assert_int_equal(draft.signatures[1]->key_id.data[0], 5);
    assert_int_equal(draft.signatures[2]->key_id.data[0], 9);
    for (uint8_t i = 0; i < LIMIT_TX_SIGNATURES - 3; i++) {
        const struct hash key = {.bytes = {(uint8_t)(20 + i)}};
        const char person[2] = {(char)('f' + i), '\0'};
        assert_int_equal(draft_sign(&draft, person, &key, signature, &f->arena), OK);
    }
    assert_int_equal(draft_sign(&draft, "z", &seven, signature, &f->arena), ERR_TOO_LARGE);
    struct bytes raw;
    ProtobufCMessage *message = NULL;
    assert_int_equal(draft_raw(&raw, &draft, &f->arena), OK);
    assert_int_equal(
        message_unpack(&message, &seam__transaction__descriptor, raw, LIMIT_TX, &f->arena, NULL),
        OK);
    assert_int_equal(((Seam__Transaction *)message)->n_signatures, LIMIT_TX_SIGNATURES);
}

static bool count(void *context, const Seam__Draft *draft)
{
    size_t *seen = context;
    assert_string_equal(draft->organisation, "mine");
    (*seen)++;
    return true;
}

static void there_are_never_too_many(void **state)
{
    struct fixture *f = *state;
    uint8_t id[DRAFT_ID_SIZE];
    for (uint32_t i = 0; i < DRAFTS_MAX; i++) {
        Seam__Draft draft = draft_of(id, i);
        assert_int_equal(draft_put(f->box, &draft), OK);
    }
    Seam__Draft next = draft_of(id, DRAFTS_MAX);
    assert_int_equal(draft_put(f->box, &next), ERR_BUSY);
    Seam__Draft known = draft_of(id, 7);
    assert_int_equal(draft_put(f->box, &known), OK); /* a change is no more */
    /* the count survives a restart */
    draft_box_free(f->box);
    f->box = draft_box_new(f->kv);
    next = draft_of(id, DRAFTS_MAX);
    assert_int_equal(draft_put(f->box, &next), ERR_BUSY);
    size_t seen = 0;
    assert_int_equal(draft_each(f->box, count, &seen), OK);
    assert_int_equal(seen, DRAFTS_MAX);
    known = draft_of(id, 7);
    assert_int_equal(draft_drop(f->box, bytes_of(id, sizeof id)), OK);
    assert_int_equal(draft_drop(f->box, bytes_of(id, sizeof id)), OK);
    next = draft_of(id, DRAFTS_MAX);
    assert_int_equal(draft_put(f->box, &next), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_content_has_one_id, start, end),
        cmocka_unit_test_setup_teardown(is_kept_until_its_time, start, end),
        cmocka_unit_test_setup_teardown(signatures_stand_in_their_order, start, end),
        cmocka_unit_test_setup_teardown(there_are_never_too_many, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
