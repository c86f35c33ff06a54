/* SPDX-License-Identifier: Apache-2.0 */
/* The wire form of protobuf, read twice: once to count the parts, once to take them. What is not
 * asked for is stepped over without an allocation; that is most of an event's record. */
#include "ledger/query/lot_brief.h"

#include <string.h>

/* Field numbers of ledger/proto/lot.proto; tests/unit/query/t_lot_brief.c holds them against it. */
enum { EVENT_TYPE = 2, EVENT_INPUTS = 14, EVENT_OUTPUTS = 15, EVENT_ERROR = 19 };
enum { PART_LOT = 1, PART_QTY = 2, PART_EDGE = 11, PART_CREATED = 12 };
enum { MARK_UNDONE = 3 };
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct wire {
    const uint8_t *at;
    const uint8_t *end;
};

struct field {
    uint32_t number;
    uint32_t type;
    uint64_t value; /* of WIRE_VARINT */
    struct bytes bytes; /* of WIRE_BYTES */
};

static bool varint(struct wire *wire, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && wire->at < wire->end; shift += 7) {
        const uint8_t byte = *wire->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool skip(struct wire *wire, uint64_t size)
{
    if (size > (uint64_t)(wire->end - wire->at)) {
        return false;
    }
    wire->at += size;
    return true;
}

/* The next field; false where the bytes are no field. Call it while at < end. */
static bool next(struct wire *wire, struct field *field)
{
    uint64_t tag = 0;
    uint64_t size = 0;
    *field = (struct field){.number = 0};
    if (!varint(wire, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX) {
        return false;
    }
    field->number = (uint32_t)(tag >> 3);
    field->type = (uint32_t)(tag & 7);
    switch (field->type) {
    case WIRE_VARINT:
        return varint(wire, &field->value);
    case WIRE_64:
        return skip(wire, 8);
    case WIRE_32:
        return skip(wire, 4);
    case WIRE_BYTES:
        if (!varint(wire, &size)) {
            return false;
        }
        field->bytes = bytes_of(wire->at, (size_t)size);
        return skip(wire, size);
    default:
        return false;
    }
}

static struct wire wire_of(struct bytes bytes)
{
    return (struct wire){bytes.data, bytes.data + bytes.size};
}

static bool is(const struct field *field, uint32_t number, uint32_t type)
{
    return field->number == number && field->type == type;
}

static enum err part_open(Seam__LotEventPart *part, struct bytes bytes, struct arena *arena)
{
    struct wire wire = wire_of(bytes);
    seam__lot_event_part__init(part);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, PART_LOT, WIRE_BYTES)) {
            part->lot = arena_text(arena, (const char *)field.bytes.data, field.bytes.size);
            if (part->lot == NULL) {
                return ERR_MEMORY;
            }
        } else if (is(&field, PART_QTY, WIRE_VARINT)) {
            part->qty_kg = (int64_t)(field.value >> 1) ^ -(int64_t)(field.value & 1);
        } else if (is(&field, PART_EDGE, WIRE_VARINT)) {
            part->edge = (uint32_t)field.value;
        } else if (is(&field, PART_CREATED, WIRE_BYTES)) {
            part->created_event = (ProtobufCBinaryData){
                .len = field.bytes.size, .data = (uint8_t *)(uintptr_t)field.bytes.data};
        }
    }
    return OK;
}

static enum err mark_open(Seam__LotErrorMark **out, struct bytes bytes, struct arena *arena)
{
    struct wire wire = wire_of(bytes);
    Seam__LotErrorMark *mark = arena_alloc(arena, sizeof *mark);
    if (mark == NULL) {
        return ERR_MEMORY;
    }
    seam__lot_error_mark__init(mark);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, MARK_UNDONE, WIRE_VARINT)) {
            mark->undone = field.value != 0;
        }
    }
    *out = mark;
    return OK;
}

/* How many inputs and outputs there are. */
static enum err count(size_t *inputs, size_t *outputs, struct bytes stored)
{
    struct wire wire = wire_of(stored);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        *inputs += is(&field, EVENT_INPUTS, WIRE_BYTES) ? 1 : 0;
        *outputs += is(&field, EVENT_OUTPUTS, WIRE_BYTES) ? 1 : 0;
    }
    return OK;
}

/* Both lists and their parts in one piece of memory. */
static enum err room(Seam__LotEventRecord *event, Seam__LotEventPart **parts, size_t inputs,
                     size_t outputs, struct arena *arena)
{
    Seam__LotEventPart **list = arena_alloc(arena, (inputs + outputs + 1) * sizeof *list);
    *parts = arena_alloc(arena, (inputs + outputs + 1) * sizeof **parts);
    if (list == NULL || *parts == NULL) {
        return ERR_MEMORY;
    }
    event->inputs = list;
    event->outputs = list + inputs;
    return OK;
}

enum err lot_brief_open(Seam__LotEventRecord **out, struct bytes stored, struct arena *arena)
{
    size_t inputs = 0;
    size_t outputs = 0;
    Seam__LotEventPart *parts = NULL;
    Seam__LotEventRecord *event = arena_alloc(arena, sizeof *event);
    enum err err = event == NULL ? ERR_MEMORY : count(&inputs, &outputs, stored);
    if (err == OK) {
        seam__lot_event_record__init(event);
        err = room(event, &parts, inputs, outputs, arena);
    }
    struct wire wire = wire_of(stored);
    while (err == OK && wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, EVENT_TYPE, WIRE_VARINT)) {
            event->type = (uint32_t)field.value;
        } else if (is(&field, EVENT_ERROR, WIRE_BYTES)) {
            err = mark_open(&event->error, field.bytes, arena);
        } else if (is(&field, EVENT_INPUTS, WIRE_BYTES)) {
            event->inputs[event->n_inputs++] = parts;
            err = part_open(parts++, field.bytes, arena);
        } else if (is(&field, EVENT_OUTPUTS, WIRE_BYTES)) {
            event->outputs[event->n_outputs++] = parts;
            err = part_open(parts++, field.bytes, arena);
        }
    }
    if (err == OK) {
        *out = event;
    }
    return err;
}
