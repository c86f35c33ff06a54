/* SPDX-License-Identifier: Apache-2.0 */
/* The wire form is walked before the library sees it: the library recurses without a bound, ignores
 * unknown fields and cuts texts at a NUL. The walk has a stack of LIMIT_MESSAGE_DEPTH levels. What
 * the walk does not settle (order, duplicates, defaults, packing) the comparison with the packed
 * result does. */

#include "ledger/codec/message.h"

#include "ledger/base/limits.h"
#include "ledger/codec/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum wire { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_SIZED = 2, WIRE_32 = 5 };

/* One open message of the walk. */
struct level {
    const ProtobufCMessageDescriptor *type;
    const uint8_t *end;
    const ProtobufCFieldDescriptor *field; /* last one seen */
    uint32_t index; /* how many of it came before */
};

struct walk {
    struct level levels[LIMIT_MESSAGE_DEPTH];
    size_t depth;
    const uint8_t *at;
    struct err_detail *detail;
};

/* Names the place by the fields of all open levels: lines[3].of. */
static enum err walk_fail(const struct walk *walk, enum err err, const char *hint)
{
    char path[sizeof walk->detail->field] = "";
    size_t size = 0;
    for (size_t i = 0; i < walk->depth && size + 1 < sizeof path; i++) {
        const struct level *level = &walk->levels[i];
        if (level->field == NULL) {
            break;
        }
        const char *dot = i > 0 ? "." : "";
        const int written =
            level->field->label == PROTOBUF_C_LABEL_REPEATED
                ? snprintf(path + size, sizeof path - size, "%s%s[%u]", dot, level->field->name,
                           level->index)
                : snprintf(path + size, sizeof path - size, "%s%s", dot, level->field->name);
        size += written > 0 ? (size_t)written : 0;
    }
    return err_set(walk->detail, err, path, NULL, NULL, hint);
}

/* A varint of at most ten bytes in its shortest form. */
static enum err walk_varint(struct walk *walk, const uint8_t *end, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (walk->at == end) {
            return walk_fail(walk, ERR_PARSE, "the message ends inside a number");
        }
        const uint8_t byte = *walk->at++;
        if ((shift == 63 && byte > 1) || (byte == 0 && shift > 0)) {
            return walk_fail(walk, ERR_NOT_CANONICAL, "a number is not in its shortest form");
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return OK;
        }
    }
    return walk_fail(walk, ERR_NOT_CANONICAL, "a number has more than ten bytes");
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  uint64_t number)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (type->fields[i].id == number) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static uint32_t wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_SIZED;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return WIRE_VARINT;
}

/* The content of one sized field: descend, check the text, or step over. */
static enum err walk_sized(struct walk *walk, const ProtobufCFieldDescriptor *field,
                           const uint8_t *end)
{
    uint64_t size = 0;
    const enum err err = walk_varint(walk, end, &size);
    if (err != OK) {
        return err;
    }
    if (size > (uint64_t)(end - walk->at)) {
        return walk_fail(walk, ERR_PARSE, "the message ends inside a field");
    }
    const struct bytes content = {walk->at, (size_t)size};
    if (field->type == PROTOBUF_C_TYPE_STRING && !utf8_valid(content)) {
        return walk_fail(walk, ERR_TEXT, NULL);
    }
    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        walk->at += size;
        return OK;
    }
    if (walk->depth == LIMIT_MESSAGE_DEPTH) {
        return walk_fail(walk, ERR_TOO_LARGE, "messages are nested too deeply");
    }
    walk->levels[walk->depth++] = (struct level){.type = field->descriptor, .end = walk->at + size};
    return OK;
}

/* Tag and content of the next field of the innermost message. */
static enum err walk_field(struct walk *walk)
{
    struct level *level = &walk->levels[walk->depth - 1];
    uint64_t tag = 0;
    enum err err = walk_varint(walk, level->end, &tag);
    if (err != OK) {
        return err;
    }
    const ProtobufCFieldDescriptor *field = find_field(level->type, tag >> 3);
    if (field == NULL) {
        char hint[64];
        snprintf(hint, sizeof hint, "field number %llu is not known here",
                 (unsigned long long)(tag >> 3));
        return walk_fail(walk, ERR_UNKNOWN_FIELD, hint);
    }
    level->index = field == level->field ? level->index + 1 : 0;
    level->field = field;
    const uint32_t wire = (uint32_t)(tag & 7);
    const bool packed = field->label == PROTOBUF_C_LABEL_REPEATED && wire == WIRE_SIZED;
    if (wire != wire_of(field->type) && !packed) {
        return walk_fail(walk, ERR_PARSE, "the field has another wire type");
    }
    if (wire == WIRE_SIZED) {
        return walk_sized(walk, field, level->end);
    }
    if (wire == WIRE_VARINT) {
        uint64_t value = 0;
        return walk_varint(walk, level->end, &value);
    }
    const size_t size = wire == WIRE_32 ? 4 : 8;
    if ((size_t)(level->end - walk->at) < size) {
        return walk_fail(walk, ERR_PARSE, "the message ends inside a field");
    }
    walk->at += size;
    return OK;
}

/* Bounded by the size of in: each step consumes at least one byte or closes a level. */
static enum err walk_message(const ProtobufCMessageDescriptor *type, struct bytes in,
                             struct err_detail *detail)
{
    struct walk walk = {.depth = 1, .at = in.data, .detail = detail};
    walk.levels[0] = (struct level){.type = type, .end = in.data + in.size};
    while (walk.depth > 0) {
        if (walk.at == walk.levels[walk.depth - 1].end) {
            walk.depth--;
            continue;
        }
        const enum err err = walk_field(&walk);
        if (err != OK) {
            return err;
        }
    }
    assert(walk.at == in.data + in.size);
    return OK;
}

/* The library's allocator over an arena. What it frees stays until the arena goes. */
struct budget {
    struct arena *arena;
    bool ended;
};

static void *budget_alloc(void *data, size_t size)
{
    struct budget *budget = data;
    void *memory = arena_alloc(budget->arena, size);
    budget->ended = budget->ended || memory == NULL;
    return memory;
}

static void budget_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

/* The library takes int-sized pointers for granted; an empty input must still be a pointer. */
static const uint8_t nothing[1];

enum err message_unpack(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                        struct bytes in, size_t limit, struct arena *arena,
                        struct err_detail *detail)
{
    assert(type != NULL);
    assert(in.data != NULL || in.size == 0);
    if (in.size > limit) {
        return err_set(detail, ERR_TOO_LARGE, NULL, NULL, NULL, NULL);
    }
    if (in.data == NULL) {
        in.data = nothing;
    }
    enum err err = walk_message(type, in, detail);
    if (err != OK) {
        return err;
    }
    struct budget budget = {.arena = arena};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, in.size, in.data);
    if (message == NULL) {
        return err_set(detail, budget.ended ? ERR_MEMORY : ERR_PARSE, NULL, NULL, NULL, NULL);
    }
    /* Equal size first: a longer packing would need room that nobody promised. */
    if (protobuf_c_message_get_packed_size(message) != in.size) {
        return err_set(detail, ERR_NOT_CANONICAL, NULL, NULL, NULL, NULL);
    }
    uint8_t *again = arena_alloc(arena, in.size + 1);
    if (again == NULL) {
        return err_set(detail, ERR_MEMORY, NULL, NULL, NULL, NULL);
    }
    const size_t size = protobuf_c_message_pack(message, again);
    if (size != in.size || memcmp(again, in.data, size) != 0) {
        return err_set(detail, ERR_NOT_CANONICAL, NULL, NULL, NULL, NULL);
    }
    *out = message;
    return OK;
}

enum err message_open(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                      struct bytes stored, struct arena *arena)
{
    assert(type != NULL);
    struct budget budget = {.arena = arena};
    ProtobufCAllocator allocator = {budget_alloc, budget_free, &budget};
    ProtobufCMessage *message = protobuf_c_message_unpack(
        type, &allocator, stored.size, stored.data != NULL ? stored.data : nothing);
    if (message == NULL) {
        return budget.ended ? ERR_MEMORY : ERR_CORRUPT;
    }
    *out = message;
    return OK;
}

enum err message_pack(struct bytes *out, const ProtobufCMessage *message, struct arena *arena)
{
    assert(message != NULL);
    const size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_alloc(arena, size + 1);
    if (data == NULL) {
        return ERR_MEMORY;
    }
    const size_t packed = protobuf_c_message_pack(message, data);
    assert(packed == size);
    const struct bytes bytes = {data, packed};
    const enum err err = walk_message(message->descriptor, bytes, NULL);
    if (err != OK) {
        return err;
    }
    *out = bytes;
    return OK;
}

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    if (message != NULL) {
        protobuf_c_message_init(type, message);
    }
    return message;
}

static size_t size_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return sizeof(uint32_t);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return sizeof(void *);
}

static bool is_set(const void *member, ProtobufCType type)
{
    if (type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)member;
        return text != NULL && *text != '\0';
    }
    if (type == PROTOBUF_C_TYPE_MESSAGE) {
        return *(const ProtobufCMessage *const *)member != NULL;
    }
    if (type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)member)->len > 0;
    }
    static const uint8_t zero[sizeof(uint64_t)];
    return memcmp(member, zero, size_of(type)) != 0;
}

size_t message_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *base = (const uint8_t *)message;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)(base + field->quantifier_offset);
    }
    return is_set(base + field->offset, field->type) ? 1 : 0;
}

const void *message_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                       size_t index)
{
    const uint8_t *member = (const uint8_t *)message + field->offset;
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        assert(index == 0);
        return member;
    }
    assert(index < message_count(message, field));
    return *(const uint8_t *const *)(const void *)member + index * size_of(field->type);
}

bool message_integer(int64_t *out, const ProtobufCMessage *message,
                     const ProtobufCFieldDescriptor *field, size_t index)
{
    const void *member = message_at(message, field, index);
    uint64_t unsigned_value = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_BOOL:
        *out = *(const int32_t *)member;
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        *out = *(const int64_t *)member;
        return true;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        *out = *(const uint32_t *)member;
        return true;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        unsigned_value = *(const uint64_t *)member;
        if (unsigned_value > INT64_MAX) {
            return false;
        }
        *out = (int64_t)unsigned_value;
        return true;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return false;
}
