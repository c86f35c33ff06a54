/* SPDX-License-Identifier: Apache-2.0 */
/* The wire form of protobuf, read twice: once to count the parts, once to take them. What is not
 * asked for is stepped over; that is most of a record. Thousands of records are opened for one
 * answer, so numbers of one byte, which nearly all are, have a short way. */
#include "ledger/query/lot_brief.h"

#include <string.h>

/* Field numbers of ledger/proto/lot.proto; tests/unit/query/t_lot_brief.c holds them against it. */
enum { EVENT_TYPE = 2, EVENT_INPUTS = 14, EVENT_OUTPUTS = 15, EVENT_ERROR = 19 };
enum { PART_LOT = 1, PART_QTY = 2, PART_EDGE = 11, PART_CREATED = 12 };
enum { MARK_UNDONE = 3 };
enum { LOT_CREATED = 29, LOT_EDGES = 37 };
enum { EDGE_QTY = 3, EDGE_CHILDREN = 4, EDGE_UNDONE = 5 };
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
    if (wire->at < wire->end && *wire->at < 0x80) {
        *out = *wire->at++;
        return true;
    }
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

/* A number with a sign. */
static int64_t signed_of(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* An id of an event; one of another length is none. */
static bool take_hash(struct hash *out, struct bytes bytes)
{
    if (bytes.size != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, bytes.data, HASH_SIZE);
    return true;
}

static enum err part_open(struct lot_brief_part *part, struct bytes bytes, struct arena *arena)
{
    struct wire wire = wire_of(bytes);
    part->lot = "";
    while (wire.at < wire.end) {
        struct field field = {.number = 0};
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, PART_LOT, WIRE_BYTES)) {
            part->lot = arena_text(arena, (const char *)field.bytes.data, field.bytes.size);
            if (part->lot == NULL) {
                return ERR_MEMORY;
            }
        } else if (is(&field, PART_QTY, WIRE_VARINT)) {
            part->qty_kg = signed_of(field.value);
        } else if (is(&field, PART_EDGE, WIRE_VARINT)) {
            part->edge = (uint32_t)field.value;
        } else if (is(&field, PART_CREATED, WIRE_BYTES)) {
            part->has_created = take_hash(&part->created_event, field.bytes);
        }
    }
    return OK;
}

static enum err mark_open(bool *undone, struct bytes bytes)
{
    struct wire wire = wire_of(bytes);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, MARK_UNDONE, WIRE_VARINT)) {
            *undone = field.value != 0;
        }
    }
    return OK;
}

/* How many inputs and outputs there are, and type and mark, on the way through all fields. parts is
 * left where the first part stands. */
static enum err look_over(struct lot_brief *event, struct wire *parts, struct bytes stored)
{
    struct wire wire = wire_of(stored);
    *parts = (struct wire){wire.end, wire.end};
    while (wire.at < wire.end) {
        struct field field;
        const uint8_t *start = wire.at;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        const bool input = is(&field, EVENT_INPUTS, WIRE_BYTES);
        const bool output = is(&field, EVENT_OUTPUTS, WIRE_BYTES);
        if (input || output) {
            parts->at = parts->at == parts->end ? start : parts->at;
            event->input_count += input ? 1 : 0;
            event->output_count += output ? 1 : 0;
        } else if (is(&field, EVENT_TYPE, WIRE_VARINT)) {
            event->type = (uint32_t)field.value;
        } else if (is(&field, EVENT_ERROR, WIRE_BYTES) &&
                   mark_open(&event->undone, field.bytes) != OK) {
            return ERR_CORRUPT;
        }
    }
    return OK;
}

/* The event and all its parts in one piece of memory. */
struct room {
    struct lot_brief event;
    struct lot_brief_part parts[];
};

enum err lot_brief_event(const struct lot_brief **out, struct bytes stored, struct arena *arena)
{
    struct lot_brief event = {.type = 0};
    struct wire wire;
    enum err err = look_over(&event, &wire, stored);
    if (err != OK) {
        return err;
    }
    size_t left = (size_t)event.input_count + event.output_count;
    struct room *room = arena_alloc(arena, sizeof *room + left * sizeof room->parts[0]);
    if (room == NULL) {
        return ERR_MEMORY;
    }
    struct lot_brief_part *input = room->parts;
    struct lot_brief_part *output = room->parts + event.input_count;
    event.inputs = input;
    event.outputs = output;
    room->event = event;
    while (err == OK && left > 0) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, EVENT_INPUTS, WIRE_BYTES)) {
            err = part_open(input++, field.bytes, arena);
            left--;
        } else if (is(&field, EVENT_OUTPUTS, WIRE_BYTES)) {
            err = part_open(output++, field.bytes, arena);
            left--;
        }
    }
    if (err == OK) {
        *out = &room->event;
    }
    return err;
}

enum err lot_brief_record(struct lot_brief_lot *out, struct bytes stored)
{
    struct lot_brief_lot lot = {.edges = 0};
    struct wire wire = wire_of(stored);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, LOT_EDGES, WIRE_VARINT)) {
            lot.edges = (uint32_t)field.value;
        } else if (is(&field, LOT_CREATED, WIRE_BYTES)) {
            lot.has_created = take_hash(&lot.created_event, field.bytes);
        }
    }
    *out = lot;
    return OK;
}

static enum err count_children(uint32_t *out, struct bytes stored)
{
    struct wire wire = wire_of(stored);
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        *out += is(&field, EDGE_CHILDREN, WIRE_BYTES) ? 1 : 0;
    }
    return OK;
}

enum err lot_brief_edge(struct lot_brief_edge *out, struct bytes stored, struct arena *arena)
{
    struct lot_brief_edge edge = {.qty_kg = 0};
    struct wire wire = wire_of(stored);
    uint32_t count = 0;
    const enum err err = count_children(&count, stored);
    if (err != OK) {
        return err;
    }
    edge.children = arena_alloc(arena, ((size_t)count + 1) * sizeof *edge.children);
    if (edge.children == NULL) {
        return ERR_MEMORY;
    }
    while (wire.at < wire.end) {
        struct field field;
        if (!next(&wire, &field)) {
            return ERR_CORRUPT;
        }
        if (is(&field, EDGE_QTY, WIRE_VARINT)) {
            edge.qty_kg = signed_of(field.value);
        } else if (is(&field, EDGE_UNDONE, WIRE_VARINT)) {
            edge.undone = field.value != 0;
        } else if (is(&field, EDGE_CHILDREN, WIRE_BYTES)) {
            const char *child = arena_text(arena, (const char *)field.bytes.data, field.bytes.size);
            if (child == NULL) {
                return ERR_MEMORY;
            }
            edge.children[edge.child_count++] = child;
        }
    }
    *out = edge;
    return OK;
}
