/* SPDX-License-Identifier: Apache-2.0 */
/* Messages are filled from a queue of (object, message) pairs; what an object contains is put at
 * its end. */

#include "ledger/codec/json_in.h"

#include "ledger/base/limits.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define INTEGER_MAX ((INT64_C(1) << 53) - 1)
#define PATH_SIZE (sizeof((struct err_detail *)0)->field)

struct task {
    struct task *next;
    const struct json_node *object;
    ProtobufCMessage *message;
    const char *const *ignored;
    uint32_t depth;
    char path[PATH_SIZE]; /* "" for the root, else ending with '.' */
};

struct filling {
    const struct field_table *table;
    struct arena *arena;
    struct errors *errors;
    struct task *last;
    enum err failed; /* ERR_MEMORY */
};

/* Where one value goes. */
struct place {
    const struct task *task;
    const ProtobufCFieldDescriptor *field;
    const struct field_row *row;
    void *member;
    const char *path;
};

static void refuse(const struct filling *filling, const struct place *place, enum err err,
                   const char *limit, const char *hint)
{
    errors_add(filling->errors, err, place->path, place->row != NULL ? place->row->clause : NULL,
               limit, hint);
}

static void fill_text(struct filling *filling, const struct place *place,
                      const struct json_node *node)
{
    const enum json_kind kind = json_node_kind(node);
    const char *text = json_node_text(node);
    if (text == NULL) {
        const bool number = kind == JSON_KIND_REAL || kind == JSON_KIND_INTEGER;
        refuse(filling, place, kind == JSON_KIND_REAL ? ERR_FLOAT : ERR_TYPE, "a text",
               number ? "write the number between quotation marks" : NULL);
        return;
    }
    char *copy = arena_text(filling->arena, text, strlen(text));
    if (copy == NULL) {
        filling->failed = ERR_MEMORY;
        return;
    }
    *(char **)place->member = copy;
}

static void fill_bytes(struct filling *filling, const struct place *place,
                       const struct json_node *node)
{
    const char *text = json_node_text(node);
    if (text == NULL) {
        refuse(filling, place, ERR_TYPE, "hexadecimal digits", NULL);
        return;
    }
    const size_t size = strlen(text) / 2;
    uint8_t *data = arena_alloc(filling->arena, size + 1);
    if (data == NULL) {
        filling->failed = ERR_MEMORY;
        return;
    }
    const bool lower = strspn(text, "0123456789abcdef") == 2 * size;
    if (!lower || !hex_decode(data, size, bytes_text(text))) {
        refuse(filling, place, ERR_PARSE, "lower-case hexadecimal digits, two a byte", NULL);
        return;
    }
    *(ProtobufCBinaryData *)place->member = (ProtobufCBinaryData){size, data};
}

/* Smallest and largest integer of a protobuf type, within what JSON carries exactly. */
static void bounds_of(ProtobufCType type, int64_t *min, int64_t *max)
{
    const bool narrow = type == PROTOBUF_C_TYPE_INT32 || type == PROTOBUF_C_TYPE_SINT32 ||
                        type == PROTOBUF_C_TYPE_SFIXED32;
    const bool narrow_unsigned = type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_FIXED32;
    const bool wide_unsigned = type == PROTOBUF_C_TYPE_UINT64 || type == PROTOBUF_C_TYPE_FIXED64;
    *min = narrow ? INT32_MIN : narrow_unsigned || wide_unsigned ? 0 : -INTEGER_MAX;
    *max = narrow ? INT32_MAX : narrow_unsigned ? (int64_t)UINT32_MAX : INTEGER_MAX;
}

static bool is_wide(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_INT64 || type == PROTOBUF_C_TYPE_SINT64 ||
           type == PROTOBUF_C_TYPE_SFIXED64 || type == PROTOBUF_C_TYPE_UINT64 ||
           type == PROTOBUF_C_TYPE_FIXED64;
}

static void fill_time(struct filling *filling, const struct place *place,
                      const struct json_node *node)
{
    const char *text = json_node_text(node);
    uint64_t time_ms = 0;
    if (text == NULL || !spell_time_read(&time_ms, text)) {
        refuse(filling, place, text == NULL ? ERR_TYPE : ERR_PARSE,
               "RFC 3339 in UTC: 2026-10-01T00:00:00Z", NULL);
        return;
    }
    *(uint64_t *)place->member = time_ms;
}

static void fill_integer(struct filling *filling, const struct place *place,
                         const struct json_node *node)
{
    const ProtobufCType type = place->field->type;
    if (place->row != NULL && place->row->kind == FIELD_TIME && is_wide(type)) {
        fill_time(filling, place, node);
        return;
    }
    int64_t value = 0;
    if (!json_node_integer(node, &value)) {
        refuse(filling, place, json_node_kind(node) == JSON_KIND_REAL ? ERR_FLOAT : ERR_TYPE,
               "a whole number", NULL);
        return;
    }
    int64_t min = 0;
    int64_t max = 0;
    bounds_of(type, &min, &max);
    if (value < min || value > max) {
        char limit[48];
        snprintf(limit, sizeof limit, "%lld..%lld", (long long)min, (long long)max);
        refuse(filling, place, ERR_RANGE, limit, NULL);
        return;
    }
    if (is_wide(type)) {
        *(int64_t *)place->member = value;
    } else {
        *(uint32_t *)place->member = (uint32_t)value;
    }
}

static void fill_bool(struct filling *filling, const struct place *place,
                      const struct json_node *node)
{
    bool value = false;
    if (!json_node_bool(node, &value)) {
        refuse(filling, place, ERR_TYPE, "true or false", NULL);
        return;
    }
    *(protobuf_c_boolean *)place->member = value ? 1 : 0;
}

static void fill_enum(struct filling *filling, const struct place *place,
                      const struct json_node *node)
{
    const char *text = json_node_text(node);
    const ProtobufCEnumValue *value =
        text != NULL ? protobuf_c_enum_descriptor_get_value_by_name(place->field->descriptor, text)
                     : NULL;
    if (value == NULL) {
        refuse(filling, place, text == NULL ? ERR_TYPE : ERR_ENUM,
               place->row != NULL ? place->row->choices : NULL, NULL);
        return;
    }
    *(int *)place->member = value->value;
}

static void fill_nested(struct filling *filling, const struct place *place,
                        const struct json_node *node)
{
    if (json_node_kind(node) != JSON_KIND_OBJECT) {
        refuse(filling, place, ERR_TYPE, "an object", NULL);
        return;
    }
    assert(place->task->depth < LIMIT_MESSAGE_DEPTH); /* schemas are not so deep */
    ProtobufCMessage *message = message_new(place->field->descriptor, filling->arena);
    struct task *task = arena_alloc(filling->arena, sizeof *task);
    if (message == NULL || task == NULL) {
        filling->failed = ERR_MEMORY;
        return;
    }
    *(ProtobufCMessage **)place->member = message;
    task->object = node;
    task->message = message;
    task->depth = place->task->depth + 1;
    snprintf(task->path, sizeof task->path, "%.94s.", place->path);
    filling->last->next = task;
    filling->last = task;
}

static void fill_value(struct filling *filling, const struct place *place,
                       const struct json_node *node)
{
    switch (place->field->type) {
    case PROTOBUF_C_TYPE_STRING:
        fill_text(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        fill_bytes(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        fill_nested(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        fill_bool(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        fill_enum(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        fill_integer(filling, place, node);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        refuse(filling, place, ERR_FLOAT, NULL, NULL);
        break;
    }
}

static size_t entry_size(ProtobufCType type)
{
    if (type == PROTOBUF_C_TYPE_BYTES) {
        return sizeof(ProtobufCBinaryData);
    }
    if (is_wide(type) || type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_MESSAGE) {
        return sizeof(uint64_t);
    }
    return sizeof(uint32_t);
}

static void fill_list(struct filling *filling, struct place *place, const struct json_node *array)
{
    if (json_node_kind(array) != JSON_KIND_ARRAY) {
        refuse(filling, place, ERR_TYPE, "a list", NULL);
        return;
    }
    const size_t count = json_node_count(array);
    if (count == 0) {
        return;
    }
    const size_t size = entry_size(place->field->type);
    uint8_t *entries = arena_alloc(filling->arena, count * size);
    if (entries == NULL) {
        filling->failed = ERR_MEMORY;
        return;
    }
    const char *list_path = place->path;
    for (size_t i = 0; i < count && filling->failed == OK; i++) {
        char path[PATH_SIZE];
        snprintf(path, sizeof path, "%.80s[%u]", list_path, (unsigned)i);
        struct place entry = *place;
        entry.member = entries + i * size;
        entry.path = path;
        fill_value(filling, &entry, json_node_at(array, i));
    }
    uint8_t *base = (uint8_t *)place->task->message;
    *(uint8_t **)(void *)(base + place->field->offset) = entries;
    *(size_t *)(void *)(base + place->field->quantifier_offset) = count;
}

/* The field that a key and the shape of its value mean: X, or X_list for an array. */
static const ProtobufCFieldDescriptor *field_for(const ProtobufCMessageDescriptor *type,
                                                 const char *key, bool array)
{
    char list[96];
    snprintf(list, sizeof list, "%.80s_list", key);
    const ProtobufCFieldDescriptor *single =
        protobuf_c_message_descriptor_get_field_by_name(type, key);
    const ProtobufCFieldDescriptor *several =
        protobuf_c_message_descriptor_get_field_by_name(type, list);
    return array && single != NULL && several != NULL ? several : single;
}

/* "X_list" itself is not a key where X exists. */
static bool is_hidden(const ProtobufCMessageDescriptor *type, const char *key)
{
    static const char suffix[] = "_list";
    const size_t size = strlen(key);
    const size_t tail = sizeof suffix - 1;
    if (size <= tail || size > 80 || strcmp(key + size - tail, suffix) != 0) {
        return false;
    }
    char single[96];
    snprintf(single, sizeof single, "%.*s", (int)(size - tail), key);
    return protobuf_c_message_descriptor_get_field_by_name(type, single) != NULL;
}

static void fill_member(struct filling *filling, const struct task *task, const char *key,
                        const struct json_node *node)
{
    const ProtobufCMessageDescriptor *type = task->message->descriptor;
    const bool array = json_node_kind(node) == JSON_KIND_ARRAY;
    const ProtobufCFieldDescriptor *field = field_for(type, key, array);
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%.55s%.40s", task->path, key);
    if (field == NULL || is_hidden(type, key)) {
        errors_add(filling->errors, ERR_UNKNOWN_FIELD, path, NULL, NULL, NULL);
        return;
    }
    if (json_node_kind(node) == JSON_KIND_NULL) {
        return;
    }
    struct place place = {
        .task = task,
        .field = field,
        .row = field_find(filling->table, type, field->name),
        .member = (uint8_t *)task->message + field->offset,
        .path = path,
    };
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        fill_list(filling, &place, node);
    } else {
        fill_value(filling, &place, node);
    }
}

static void fill_task(struct filling *filling, const struct task *task)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    while (filling->failed == OK && json_node_next(task->object, &iterator, &key, &value)) {
        if (!json_key_in(key, task->ignored)) {
            fill_member(filling, task, key, value);
        }
    }
}

enum err json_in_message(ProtobufCMessage **out, const ProtobufCMessageDescriptor *type,
                         const struct field_table *table, const struct json_node *object,
                         const char *const *ignored, struct arena *arena, struct errors *errors)
{
    assert(type != NULL);
    assert(errors != NULL);
    if (json_node_kind(object) != JSON_KIND_OBJECT) {
        errors_add(errors, ERR_TYPE, NULL, NULL, "an object", NULL);
        return ERR_TYPE;
    }
    struct task first = {
        .object = object, .message = message_new(type, arena), .ignored = ignored, .depth = 1};
    if (first.message == NULL) {
        return ERR_MEMORY;
    }
    struct filling filling = {.table = table, .arena = arena, .errors = errors, .last = &first};
    const size_t before = errors->count;
    for (const struct task *task = &first; task != NULL && filling.failed == OK;
         task = task->next) {
        fill_task(&filling, task);
    }
    if (filling.failed != OK) {
        return filling.failed;
    }
    if (errors->count > before) {
        return errors->items[before].err;
    }
    if (errors->more) {
        return ERR_INTERNAL;
    }
    *out = first.message;
    return OK;
}
