/* SPDX-License-Identifier: Apache-2.0 */
/* An event opened in part says of what a walk asks exactly what the whole record says; any cut or
 * changed byte gives an error or a record, never a fault. */
#include "ledger/query/lot_brief.h"

#include "ledger/codec/message.h"
#include "ledger/proto/lot.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x5eed;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint8_t id[32];

static Seam__LotEventPart *part_new(struct arena *arena)
{
    Seam__LotEventPart *part = arena_alloc(arena, sizeof *part);
    seam__lot_event_part__init(part);
    part->lot = arena_text(arena, "06901234567892.LOT-12345678", 15 + draw() % 12);
    part->qty_kg = (int64_t)(draw() >> (draw() % 60)) * (draw() % 4 == 0 ? -1 : 1);
    part->moisture_e4 = (uint32_t)(draw() % 10000);
    part->after_kg = (int64_t)(draw() % 100000);
    part->edge = (uint32_t)(draw() % 300);
    if (draw() % 2 == 0) {
        part->created_event = (ProtobufCBinaryData){sizeof id, id};
    }
    return part;
}

static Seam__LotEventPart **parts_new(size_t count, struct arena *arena)
{
    Seam__LotEventPart **list = arena_alloc(arena, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        list[i] = part_new(arena);
    }
    return list;
}

static struct bytes record_bytes(struct arena *arena)
{
    Seam__LotEventRecord event = SEAM__LOT_EVENT_RECORD__INIT;
    Seam__LotErrorMark mark = SEAM__LOT_ERROR_MARK__INIT;
    struct bytes stored;
    event.event_id = (ProtobufCBinaryData){sizeof id, id};
    event.type = (uint32_t)(48 + draw() % 16);
    event.organisation = (char *)"mine";
    event.note = (char *)"a note";
    event.n_inputs = draw() % 5;
    event.inputs = parts_new(event.n_inputs, arena);
    event.n_outputs = draw() % 4;
    event.outputs = parts_new(event.n_outputs, arena);
    event.n_losses = draw() % 2;
    event.losses = parts_new(event.n_losses, arena);
    if (draw() % 3 == 0) {
        mark.undone = draw() % 2 == 0;
        mark.reason = (char *)"DID_NOT_OCCUR";
        event.error = &mark;
    }
    event.height = draw() >> 20;
    assert_int_equal(message_pack(&stored, &event.base, arena), OK);
    return stored;
}

static void same_parts(const struct lot_brief_part *brief, Seam__LotEventPart *const *whole,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(brief[i].lot, whole[i]->lot);
        assert_int_equal(brief[i].qty_kg, whole[i]->qty_kg);
        assert_int_equal(brief[i].edge, whole[i]->edge);
        assert_int_equal(brief[i].has_created, whole[i]->created_event.len == HASH_SIZE);
        if (brief[i].has_created) {
            assert_memory_equal(brief[i].created_event.bytes, whole[i]->created_event.data,
                                HASH_SIZE);
        }
    }
}

static void it_says_what_the_record_says(void **state)
{
    (void)state;
    for (size_t run = 0; run < 2000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct bytes stored = record_bytes(&arena);
        const struct lot_brief *brief = NULL;
        ProtobufCMessage *message = NULL;
        assert_int_equal(lot_brief_event(&brief, stored, &arena), OK);
        assert_int_equal(
            message_open(&message, &seam__lot_event_record__descriptor, stored, &arena), OK);
        const Seam__LotEventRecord *whole = (const Seam__LotEventRecord *)message;
        assert_int_equal(brief->type, whole->type);
        assert_int_equal(brief->input_count, whole->n_inputs);
        assert_int_equal(brief->output_count, whole->n_outputs);
        same_parts(brief->inputs, whole->inputs, whole->n_inputs);
        same_parts(brief->outputs, whole->outputs, whole->n_outputs);
        assert_int_equal(brief->undone, whole->error != NULL && whole->error->undone);
        arena_free(&arena);
    }
}

static struct bytes lot_bytes(struct arena *arena)
{
    Seam__LotRecord lot = SEAM__LOT_RECORD__INIT;
    struct bytes stored;
    lot.lot = (char *)"06901234567892.LOT-1";
    lot.owner = (char *)"mine";
    lot.qty_kg = (int64_t)(draw() >> 30);
    lot.edges = (uint32_t)(draw() % 3 == 0 ? 0 : draw());
    lot.events = (uint32_t)draw();
    if (draw() % 4 > 0) {
        lot.created_event = (ProtobufCBinaryData){draw() % 5 == 0 ? 31 : sizeof id, id};
    }
    assert_int_equal(message_pack(&stored, &lot.base, arena), OK);
    return stored;
}

static void of_a_lot_too(void **state)
{
    (void)state;
    for (size_t run = 0; run < 2000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct bytes stored = lot_bytes(&arena);
        struct lot_brief_lot brief;
        ProtobufCMessage *message = NULL;
        assert_int_equal(lot_brief_record(&brief, stored), OK);
        assert_int_equal(message_open(&message, &seam__lot_record__descriptor, stored, &arena), OK);
        const Seam__LotRecord *whole = (const Seam__LotRecord *)message;
        assert_int_equal(brief.edges, whole->edges);
        assert_int_equal(brief.has_created, whole->created_event.len == HASH_SIZE);
        arena_free(&arena);
    }
}

static struct bytes edge_bytes(struct arena *arena)
{
    Seam__LotEdge edge = SEAM__LOT_EDGE__INIT;
    char *children[5];
    struct bytes stored;
    edge.event_id = (ProtobufCBinaryData){sizeof id, id};
    edge.type = (uint32_t)(48 + draw() % 16);
    edge.qty_kg = (int64_t)(draw() >> 40) * (draw() % 4 == 0 ? -1 : 1);
    edge.undone = draw() % 4 == 0;
    edge.n_children = draw() % 5;
    edge.children = children;
    for (size_t i = 0; i < edge.n_children; i++) {
        children[i] = arena_text(arena, "06901234567892.LOT-12345678", 15 + draw() % 12);
    }
    assert_int_equal(message_pack(&stored, &edge.base, arena), OK);
    return stored;
}

static void and_of_an_edge(void **state)
{
    (void)state;
    for (size_t run = 0; run < 2000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct bytes stored = edge_bytes(&arena);
        struct lot_brief_edge brief;
        ProtobufCMessage *message = NULL;
        assert_int_equal(lot_brief_edge(&brief, stored, &arena), OK);
        assert_int_equal(message_open(&message, &seam__lot_edge__descriptor, stored, &arena), OK);
        const Seam__LotEdge *whole = (const Seam__LotEdge *)message;
        assert_int_equal(brief.qty_kg, whole->qty_kg);
        assert_int_equal(brief.undone, whole->undone);
        assert_int_equal(brief.child_count, whole->n_children);
        for (size_t i = 0; i < whole->n_children; i++) {
            assert_string_equal(brief.children[i], whole->children[i]);
        }
        arena_free(&arena);
    }
}

static void any_bytes_end_well(void **state)
{
    (void)state;
    for (size_t run = 0; run < 2000; run++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        const struct bytes stored = run % 3 == 0   ? record_bytes(&arena)
                                    : run % 3 == 1 ? lot_bytes(&arena)
                                                   : edge_bytes(&arena);
        const size_t size = draw() % (stored.size + 1);
        uint8_t *copy = malloc(size + 1); /* of its own, so that a read beyond it is noticed */
        memcpy(copy, stored.data, size);
        for (size_t i = 0; size > 0 && i < 3; i++) {
            copy[draw() % size] ^= (uint8_t)draw();
        }
        const struct lot_brief *brief = NULL;
        struct lot_brief_lot lot;
        enum err err = lot_brief_event(&brief, bytes_of(copy, size), &arena);
        assert_true(err == OK || err == ERR_CORRUPT || err == ERR_MEMORY);
        err = lot_brief_record(&lot, bytes_of(copy, size));
        assert_true(err == OK || err == ERR_CORRUPT);
        struct lot_brief_edge edge;
        err = lot_brief_edge(&edge, bytes_of(copy, size), &arena);
        assert_true(err == OK || err == ERR_CORRUPT || err == ERR_MEMORY);
        free(copy);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_says_what_the_record_says),
        cmocka_unit_test(of_a_lot_too),
        cmocka_unit_test(and_of_an_edge),
        cmocka_unit_test(any_bytes_end_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
