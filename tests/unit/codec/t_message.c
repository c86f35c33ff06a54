/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/message.h"

#include "ledger/base/limits.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"
#include "ledger/proto/tx.pb-c.h"

#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 1024 * 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum err unpack(const ProtobufCMessageDescriptor *type, const void *data, size_t size,
                       struct err_detail *detail)
{
    /* A heap copy of exactly this size: a read past the end is seen by the sanitizer. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, data, size);
    ProtobufCMessage *message = NULL;
    const enum err err =
        message_unpack(&message, type, bytes_of(copy, size), LIMIT_TX, &arena, detail);
    assert_true((err == OK) == (message != NULL));
    free(copy);
    return err;
}

#define BODY(bytes) unpack(&seam__body__descriptor, bytes, sizeof(bytes) - 1, NULL)

static struct bytes some_transaction(void)
{
    static uint8_t key_id[32] = {1, 2, 3};
    static uint8_t sig[64] = {9};
    static uint8_t body[5] = {8, 1, 18, 1, 'a'};
    Seam__Signature first = SEAM__SIGNATURE__INIT;
    first.key_id = (ProtobufCBinaryData){sizeof key_id, key_id};
    first.sig = (ProtobufCBinaryData){sizeof sig, sig};
    Seam__Signature *signatures[2] = {&first, &first};
    Seam__Transaction transaction = SEAM__TRANSACTION__INIT;
    transaction.body = (ProtobufCBinaryData){sizeof body, body};
    transaction.n_signatures = 2;
    transaction.signatures = signatures;
    struct bytes packed = {NULL, 0};
    assert_int_equal(message_pack(&packed, &transaction.base, &arena), OK);
    return packed;
}

static void accepts_canonical_bytes(void **state)
{
    (void)state;
    const struct bytes packed = some_transaction();
    ProtobufCMessage *message = NULL;
    assert_int_equal(
        message_unpack(&message, &seam__transaction__descriptor, packed, LIMIT_TX, &arena, NULL),
        OK);
    const Seam__Transaction *transaction = (const Seam__Transaction *)message;
    assert_int_equal(transaction->n_signatures, 2);
    assert_int_equal(transaction->signatures[1]->key_id.data[2], 3);
    assert_int_equal(unpack(&seam__transaction__descriptor, "", 0, NULL), OK);
}

static void refuses_every_truncation(void **state)
{
    (void)state;
    const struct bytes packed = some_transaction();
    size_t accepted = 0;
    for (size_t size = 0; size < packed.size; size++) {
        accepted += unpack(&seam__transaction__descriptor, packed.data, size, NULL) == OK;
    }
    /* Nothing, body alone, body and one signature are messages of their own. */
    assert_int_equal(accepted, 3);
}

static void refuses_every_flipped_bit_or_keeps_the_bytes(void **state)
{
    (void)state;
    const struct bytes packed = some_transaction();
    uint8_t *copy = malloc(packed.size);
    for (size_t bit = 0; bit < packed.size * 8; bit++) {
        memcpy(copy, packed.data, packed.size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct arena scratch;
        arena_init(&scratch, 64 * 1024);
        ProtobufCMessage *message = NULL;
        if (message_unpack(&message, &seam__transaction__descriptor, bytes_of(copy, packed.size),
                           LIMIT_TX, &scratch, NULL) == OK) {
            struct bytes again;
            assert_int_equal(message_pack(&again, message, &scratch), OK);
            assert_true(bytes_equal(again, bytes_of(copy, packed.size)));
        }
        arena_free(&scratch);
    }
    free(copy);
}

static void refuses_other_forms_of_the_same_value(void **state)
{
    (void)state;
    assert_int_equal(BODY("\x08\x01\x12\x01\x61"), OK);
    assert_int_equal(BODY("\x08\x81\x00"), ERR_NOT_CANONICAL); /* non-minimal varint */
    assert_int_equal(BODY("\x88\x00\x01"), ERR_NOT_CANONICAL); /* non-minimal tag */
    assert_int_equal(BODY("\x12\x81\x00\x61"), ERR_NOT_CANONICAL); /* non-minimal length */
    assert_int_equal(BODY("\x08\x00"), ERR_NOT_CANONICAL); /* explicit default */
    assert_int_equal(BODY("\x08\x01\x08\x02"), ERR_NOT_CANONICAL); /* duplicate */
    assert_int_equal(BODY("\x12\x01\x61\x08\x01"), ERR_NOT_CANONICAL); /* order */
    assert_int_equal(BODY("\x08\xff\xff\xff\xff\x1f"), ERR_NOT_CANONICAL); /* uint32 overflow */
    assert_int_equal(BODY("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), OK);
    assert_int_equal(BODY("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), ERR_NOT_CANONICAL);
    assert_int_equal(BODY("\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), ERR_NOT_CANONICAL);
    assert_int_equal(BODY("\x0a\x01\x61"), ERR_PARSE); /* wire type of another kind */
    assert_int_equal(BODY("\x0b\x0c"), ERR_PARSE); /* group */
    assert_int_equal(BODY("\x12\x05\x61"), ERR_PARSE); /* length beyond the end */
    assert_int_equal(BODY("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), ERR_PARSE);
    assert_int_equal(BODY("\x08"), ERR_PARSE);
    assert_int_equal(BODY("\x08\xff"), ERR_PARSE);
}

static void refuses_bool_two_and_empty_packed(void **state)
{
    (void)state;
    /* ParameterSet.partial = 10; RecentCount.entries = 2, packed. */
    assert_int_equal(unpack(&seam__parameter_set__descriptor, "\x50\x01", 2, NULL), OK);
    assert_int_equal(unpack(&seam__parameter_set__descriptor, "\x50\x02", 2, NULL),
                     ERR_NOT_CANONICAL);
    assert_int_equal(unpack(&seam__recent_count__descriptor, "\x12\x02\x01\x02", 4, NULL), OK);
    assert_int_equal(unpack(&seam__recent_count__descriptor, "\x12\x00", 2, NULL),
                     ERR_NOT_CANONICAL);
    assert_int_equal(unpack(&seam__recent_count__descriptor, "\x10\x01", 2, NULL),
                     ERR_NOT_CANONICAL); /* unpacked */
    assert_int_equal(unpack(&seam__recent_count__descriptor, "\x12\x01\x01\x12\x01\x02", 6, NULL),
                     ERR_NOT_CANONICAL); /* packed twice */
}

static void refuses_unknown_fields_at_every_level(void **state)
{
    (void)state;
    struct err_detail detail = {0};
    assert_int_equal(BODY("\x08\x01\xf8\x01\x01"), ERR_UNKNOWN_FIELD);
    assert_int_equal(BODY("\x80\x00\x05"), ERR_NOT_CANONICAL);
    /* OrganisationRegister.name (2) with field 9 inside */
    assert_int_equal(
        unpack(&seam__organisation_register__descriptor, "\x12\x02\x48\x01", 4, &detail),
        ERR_UNKNOWN_FIELD);
    assert_string_equal(detail.field, "name");
    /* persons (7): the second has an unknown field 15 */
    assert_int_equal(unpack(&seam__organisation_register__descriptor,
                            "\x3a\x03\x0a\x01\x61\x3a\x02\x78\x01", 9, &detail),
                     ERR_UNKNOWN_FIELD);
    assert_string_equal(detail.field, "persons[1]");
}

static void refuses_texts_that_are_none(void **state)
{
    (void)state;
    struct err_detail detail = {0};
    assert_int_equal(BODY("\x12\x02\xc3\x28"), ERR_TEXT);
    assert_int_equal(BODY("\x12\x03\x61\x00\x62"), ERR_TEXT);
    assert_int_equal(unpack(&seam__body__descriptor, "\x12\x02\xed\xa0", 4, &detail), ERR_TEXT);
    assert_string_equal(detail.field, "organisation");
    Seam__Body body = SEAM__BODY__INIT;
    body.organisation = (char *)"\xff";
    struct bytes out = {NULL, 5};
    assert_int_equal(message_pack(&out, &body.base, &arena), ERR_TEXT);
    assert_int_equal(out.size, 5);
}

/* No schema of ours recurses; this descriptor does, to show that depth is counted before the
 * library, which recurses without a bound, sees the bytes. */
static const ProtobufCMessageDescriptor nested_type;
struct nested {
    ProtobufCMessage base;
    ProtobufCMessage *inner;
};
static const ProtobufCFieldDescriptor nested_fields[1] = {
    {"inner", 1, PROTOBUF_C_LABEL_NONE, PROTOBUF_C_TYPE_MESSAGE, 0, offsetof(struct nested, inner),
     &nested_type, NULL, 0, 0, NULL, NULL},
};
static const unsigned nested_by_name[] = {0};
static const ProtobufCIntRange nested_ranges[] = {{1, 0}, {0, 1}};
static void nested_init(ProtobufCMessage *message)
{
    *(struct nested *)(void *)message = (struct nested){.base = {.descriptor = &nested_type}};
}
static const ProtobufCMessageDescriptor nested_type = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "nested",
    .short_name = "nested",
    .c_name = "nested",
    .package_name = "",
    .sizeof_message = sizeof(struct nested),
    .n_fields = 1,
    .fields = nested_fields,
    .fields_sorted_by_name = nested_by_name,
    .n_field_ranges = 1,
    .field_ranges = nested_ranges,
    .message_init = nested_init,
};

/* depth messages inside one another, the root included. */
static size_t nest(uint8_t *out, size_t room, size_t depth)
{
    size_t at = room;
    for (size_t i = 1; i < depth; i++) {
        size_t length = room - at;
        uint8_t varint[4];
        size_t count = 0;
        do {
            varint[count++] = (uint8_t)((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
            length >>= 7;
        } while (length > 0);
        at -= count;
        memcpy(out + at, varint, count);
        out[--at] = 0x0a;
    }
    memmove(out, out + at, room - at);
    return room - at;
}

static void refuses_deep_nesting(void **state)
{
    (void)state;
    static uint8_t data[64 * 1024];
    size_t size = nest(data, sizeof data, LIMIT_MESSAGE_DEPTH - 1);
    assert_int_equal(unpack(&nested_type, data, size, NULL), OK);
    size = nest(data, sizeof data, LIMIT_MESSAGE_DEPTH);
    assert_int_equal(unpack(&nested_type, data, size, NULL), OK);
    size = nest(data, sizeof data, LIMIT_MESSAGE_DEPTH + 1);
    assert_int_equal(unpack(&nested_type, data, size, NULL), ERR_TOO_LARGE);
    size = nest(data, sizeof data, 12000);
    assert_true(size > 34 * 1024);
    assert_int_equal(unpack(&nested_type, data, size, NULL), ERR_TOO_LARGE);
}

static void checks_the_size_first(void **state)
{
    (void)state;
    static uint8_t zeros[11];
    ProtobufCMessage *message = NULL;
    assert_int_equal(
        message_unpack(&message, &seam__body__descriptor, bytes_of(zeros, 11), 10, &arena, NULL),
        ERR_TOO_LARGE);
    assert_int_equal(message_unpack(&message, &seam__body__descriptor,
                                    bytes_of("\x12\x08mine-abc", 10), 10, &arena, NULL),
                     OK);
}

static void lives_within_the_budget(void **state)
{
    (void)state;
    const struct bytes packed = some_transaction();
    bool reached = false;
    for (size_t budget = 0; budget < 4096 && !reached; budget += 16) {
        struct arena small;
        arena_init(&small, budget);
        ProtobufCMessage *message = NULL;
        const enum err err = message_unpack(&message, &seam__transaction__descriptor, packed,
                                            LIMIT_TX, &small, NULL);
        assert_true(err == OK || err == ERR_MEMORY);
        reached = err == OK;
        arena_free(&small);
    }
    assert_true(reached);
    /* A flood of empty submessages ends with the budget, not with the machine. */
    uint8_t *flood = malloc(LIMIT_TX);
    for (size_t i = 0; i < LIMIT_TX; i += 2) {
        flood[i] = 0x12;
        flood[i + 1] = 0;
    }
    struct arena small;
    arena_init(&small, 256 * 1024);
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__transaction__descriptor,
                                    bytes_of(flood, LIMIT_TX), LIMIT_TX, &small, NULL),
                     ERR_MEMORY);
    arena_free(&small);
    free(flood);
}

static void reflects(void **state)
{
    (void)state;
    ProtobufCMessage *message = message_new(&seam__jurisdiction_set__descriptor, &arena);
    assert_non_null(message);
    Seam__JurisdictionSet *set = (Seam__JurisdictionSet *)message;
    set->utc_offset_minutes = -5;
    const ProtobufCFieldDescriptor *offset =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "utc_offset_minutes");
    const ProtobufCFieldDescriptor *name =
        protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "jurisdiction");
    int64_t value = 0;
    assert_true(message_integer(&value, message, offset, 0));
    assert_int_equal(value, -5);
    assert_int_equal(message_count(message, offset), 1);
    assert_int_equal(message_count(message, name), 0);
    assert_false(message_integer(&value, message, name, 0));
}

/* What the ledger wrote is opened without asking again; what cannot be decoded was damaged. */
static void opens_what_was_stored(void **state)
{
    (void)state;
    const struct bytes stored = some_transaction();
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_open(&message, &seam__transaction__descriptor, stored, &arena), OK);
    assert_int_equal(((Seam__Transaction *)message)->n_signatures, 2);
    const struct bytes cut = bytes_of(stored.data, stored.size - 1);
    assert_int_equal(message_open(&message, &seam__transaction__descriptor, cut, &arena),
                     ERR_CORRUPT);
    struct arena small;
    arena_init(&small, 64);
    assert_int_equal(message_open(&message, &seam__transaction__descriptor, stored, &small),
                     ERR_MEMORY);
    arena_free(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_what_was_stored, start, end),
        cmocka_unit_test_setup_teardown(accepts_canonical_bytes, start, end),
        cmocka_unit_test_setup_teardown(refuses_every_truncation, start, end),
        cmocka_unit_test_setup_teardown(refuses_every_flipped_bit_or_keeps_the_bytes, start, end),
        cmocka_unit_test_setup_teardown(refuses_other_forms_of_the_same_value, start, end),
        cmocka_unit_test_setup_teardown(refuses_bool_two_and_empty_packed, start, end),
        cmocka_unit_test_setup_teardown(refuses_unknown_fields_at_every_level, start, end),
        cmocka_unit_test_setup_teardown(refuses_texts_that_are_none, start, end),
        cmocka_unit_test_setup_teardown(refuses_deep_nesting, start, end),
        cmocka_unit_test_setup_teardown(checks_the_size_first, start, end),
        cmocka_unit_test_setup_teardown(lives_within_the_budget, start, end),
        cmocka_unit_test_setup_teardown(reflects, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
