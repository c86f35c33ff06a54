/* SPDX-License-Identifier: Apache-2.0 */
/* Text grows in one buffer up to the limit. Commas and indentation follow from a stack of open
 * levels. Messages are walked with a stack of their own, a frame for each message being written. */

#include "ledger/codec/json_out.h"

#include "ledger/base/limits.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"
#include "ledger/codec/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024
#define INTEGER_MAX ((UINT64_C(1) << 53) - 1)

void json_out_init(struct json_out *out, uint32_t options, size_t limit)
{
    *out = (struct json_out){.options = options, .limit = limit};
}

void json_out_free(struct json_out *out)
{
    free(out->text);
    out->text = NULL;
    out->size = 0;
    out->room = 0;
}

static void fail(struct json_out *out, enum err err)
{
    if (out->failed == OK) {
        out->failed = err;
    }
}

/* Room for size more bytes and the terminator. */
static bool reserve(struct json_out *out, size_t size)
{
    if (out->failed != OK) {
        return false;
    }
    if (size > out->limit || out->size > out->limit - size) {
        fail(out, ERR_TOO_LARGE);
        return false;
    }
    const size_t need = out->size + size + 1;
    if (need <= out->room) {
        return true;
    }
    size_t room = out->room > 0 ? out->room : FIRST_ROOM;
    while (room < need) {
        room *= 2;
    }
    char *text = realloc(out->text, room);
    if (text == NULL) {
        fail(out, ERR_MEMORY);
        return false;
    }
    out->text = text;
    out->room = room;
    return true;
}

static void put(struct json_out *out, const void *data, size_t size)
{
    if (size > 0 && reserve(out, size)) {
        memcpy(out->text + out->size, data, size);
        out->size += size;
    }
}

static void put_text(struct json_out *out, const char *text)
{
    put(out, text, strlen(text));
}

static void new_line(struct json_out *out)
{
    if ((out->options & JSON_OUT_INDENT) == 0) {
        return;
    }
    put(out, "\n", 1);
    for (uint32_t i = 0; i < out->depth; i++) {
        put(out, "  ", 2);
    }
}

/* What stands before a value or a key: comma and line break. */
static void separate(struct json_out *out)
{
    if (out->after_key) {
        out->after_key = false;
        return;
    }
    if (out->filled[out->depth]) {
        assert(out->depth > 0); /* a document has one value */
        put(out, ",", 1);
    }
    out->filled[out->depth] = true;
    if (out->depth > 0) {
        new_line(out);
    }
}

void json_out_fail(struct json_out *out, enum err err)
{
    assert(err != OK);
    separate(out);
    fail(out, err);
}

static void open_level(struct json_out *out, char bracket)
{
    separate(out);
    put(out, &bracket, 1);
    assert(out->depth < JSON_OUT_DEPTH);
    out->open[out->depth++] = bracket;
    out->filled[out->depth] = false;
}

void json_out_object(struct json_out *out)
{
    open_level(out, '{');
}

void json_out_array(struct json_out *out)
{
    open_level(out, '[');
}

void json_out_end(struct json_out *out)
{
    assert(out->depth > 0);
    assert(!out->after_key);
    const bool filled = out->filled[out->depth];
    const char bracket = out->open[--out->depth];
    if (filled) {
        new_line(out);
    }
    put(out, bracket == '{' ? "}" : "]", 1);
}

/* Only what JSON demands is escaped; other characters stay as they are, so that a Chinese or
 * Russian name is readable in the file. */
static void put_escaped(struct json_out *out, struct bytes text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        put(out, text.data + from, i - from);
        from = i + 1;
        char escaped[8];
        const char *shorter = byte == '"'    ? "\\\""
                              : byte == '\\' ? "\\\\"
                              : byte == '\n' ? "\\n"
                              : byte == '\t' ? "\\t"
                              : byte == '\r' ? "\\r"
                                             : NULL;
        if (shorter == NULL) {
            snprintf(escaped, sizeof escaped, "\\u%04x", byte);
            shorter = escaped;
        }
        put_text(out, shorter);
    }
    if (from < text.size) {
        put(out, text.data + from, text.size - from);
    }
}

void json_out_text_bytes(struct json_out *out, struct bytes text)
{
    if (!utf8_valid(text)) {
        json_out_fail(out, ERR_TEXT);
        return;
    }
    separate(out);
    put(out, "\"", 1);
    put_escaped(out, text);
    put(out, "\"", 1);
}

void json_out_text(struct json_out *out, const char *text)
{
    if (text == NULL) {
        json_out_null(out);
        return;
    }
    json_out_text_bytes(out, bytes_text(text));
}

void json_out_key(struct json_out *out, const char *key)
{
    assert(out->depth > 0);
    assert(out->open[out->depth - 1] == '{');
    assert(!out->after_key);
    json_out_text(out, key);
    put_text(out, (out->options & JSON_OUT_INDENT) != 0 ? ": " : ":");
    out->after_key = true;
}

void json_out_hex(struct json_out *out, struct bytes in)
{
    separate(out);
    put(out, "\"", 1);
    if (in.size > 0 && in.size < out->limit && reserve(out, 2 * in.size)) {
        hex_encode(out->text + out->size, in);
        out->size += 2 * in.size;
    } else if (in.size > 0) {
        fail(out, ERR_TOO_LARGE);
    }
    put(out, "\"", 1);
}

void json_out_hash(struct json_out *out, const struct hash *hash)
{
    json_out_hex(out, hash_bytes(hash));
}

void json_out_base64(struct json_out *out, struct bytes in)
{
    separate(out);
    put(out, "\"", 1);
    const size_t size = base64_size(in.size);
    if (in.size > 0 && reserve(out, size)) {
        base64_write(out->text + out->size, in);
        out->size += size;
    }
    put(out, "\"", 1);
}

void json_out_time(struct json_out *out, uint64_t time_ms)
{
    char text[SPELL_TIME_SIZE];
    spell_time_write(text, time_ms);
    json_out_text(out, text);
}

void json_out_int(struct json_out *out, int64_t value)
{
    if (value > (int64_t)INTEGER_MAX || value < -(int64_t)INTEGER_MAX) {
        json_out_fail(out, ERR_RANGE);
        return;
    }
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    separate(out);
    put_text(out, text);
}

void json_out_uint(struct json_out *out, uint64_t value)
{
    if (value > INTEGER_MAX) {
        json_out_fail(out, ERR_RANGE);
        return;
    }
    json_out_int(out, (int64_t)value);
}

void json_out_bool(struct json_out *out, bool value)
{
    separate(out);
    put_text(out, value ? "true" : "false");
}

void json_out_null(struct json_out *out)
{
    separate(out);
    put_text(out, "null");
}

void json_out_field_text(struct json_out *out, const char *key, const char *text)
{
    json_out_key(out, key);
    json_out_text(out, text);
}

void json_out_field_hash(struct json_out *out, const char *key, const struct hash *hash)
{
    json_out_key(out, key);
    json_out_hash(out, hash);
}

void json_out_field_hex(struct json_out *out, const char *key, struct bytes in)
{
    json_out_key(out, key);
    json_out_hex(out, in);
}

void json_out_field_time(struct json_out *out, const char *key, uint64_t time_ms)
{
    json_out_key(out, key);
    json_out_time(out, time_ms);
}

void json_out_field_int(struct json_out *out, const char *key, int64_t value)
{
    json_out_key(out, key);
    json_out_int(out, value);
}

void json_out_field_uint(struct json_out *out, const char *key, uint64_t value)
{
    json_out_key(out, key);
    json_out_uint(out, value);
}

void json_out_field_bool(struct json_out *out, const char *key, bool value)
{
    json_out_key(out, key);
    json_out_bool(out, value);
}

void json_out_field_object(struct json_out *out, const char *key)
{
    json_out_key(out, key);
    json_out_object(out);
}

void json_out_field_array(struct json_out *out, const char *key)
{
    json_out_key(out, key);
    json_out_array(out);
}

/* --- messages --------------------------------------------------------------------------------- */

/* One message being written; field and index say what comes next. */
struct frame {
    const ProtobufCMessage *message;
    unsigned field;
    size_t index;
    bool in_list;
};

static void write_number(struct json_out *out, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field, size_t index, bool time)
{
    int64_t value = 0;
    if (!message_integer(&value, message, field, index)) {
        json_out_fail(out, ERR_RANGE);
        return;
    }
    if (time && value >= 0) {
        json_out_time(out, (uint64_t)value);
        return;
    }
    json_out_int(out, value);
}

static void write_enum(struct json_out *out, const ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *field, size_t index)
{
    int64_t value = 0;
    const bool read = message_integer(&value, message, field, index);
    assert(read);
    const ProtobufCEnumValue *known =
        protobuf_c_enum_descriptor_get_value(field->descriptor, (int)value);
    if (known != NULL) {
        json_out_text(out, known->name);
        return;
    }
    json_out_int(out, value);
}

/* A value that is not a message. */
static void write_scalar(struct json_out *out, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *field, size_t index, bool time)
{
    const void *member = message_at(message, field, index);
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)member;
        json_out_text(out, text != NULL ? text : "");
        return;
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *data = member;
        json_out_hex(out, (struct bytes){data->data, data->len});
        return;
    }
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        json_out_bool(out, *(const protobuf_c_boolean *)member != 0);
        return;
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM) {
        write_enum(out, message, field, index);
        return;
    }
    write_number(out, message, field, index, time);
}

static const ProtobufCFieldDescriptor *list_partner(const ProtobufCMessageDescriptor *type,
                                                    const ProtobufCFieldDescriptor *field)
{
    const size_t size = strlen(field->name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        const char *name = type->fields[i].name;
        if (strncmp(name, field->name, size) == 0 && strcmp(name + size, "_list") == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

/* The key of a field; for X_list whose X exists, X. */
static void write_key(struct json_out *out, const ProtobufCMessageDescriptor *type,
                      const ProtobufCFieldDescriptor *field)
{
    char key[96];
    snprintf(key, sizeof key, "%s", field->name);
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (list_partner(type, &type->fields[i]) == field) {
            snprintf(key, sizeof key, "%s", type->fields[i].name);
        }
    }
    json_out_key(out, key);
}

/* Whether a field stands in the object at all. */
static bool is_shown(const struct json_out *out, const ProtobufCMessage *message,
                     const ProtobufCFieldDescriptor *field)
{
    const size_t count = message_count(message, field);
    const ProtobufCFieldDescriptor *partner = list_partner(message->descriptor, field);
    if (partner != NULL && message_count(message, partner) > 0) {
        return false;
    }
    if (count > 0 || (out->options & JSON_OUT_DEFAULTS) == 0) {
        return count > 0;
    }
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        if (list_partner(message->descriptor, &message->descriptor->fields[i]) == field) {
            return false; /* the empty X_list of an X, which is shown */
        }
    }
    return true;
}

/* A message whose one field is an integer `value` is an integer that may be unknown: it is written
 * bare, as protobuf's own wrapper types are. */
static bool is_wrapper(const ProtobufCMessageDescriptor *type)
{
    return type->n_fields == 1 && strcmp(type->fields[0].name, "value") == 0 &&
           type->fields[0].label != PROTOBUF_C_LABEL_REPEATED &&
           (type->fields[0].type == PROTOBUF_C_TYPE_INT64 ||
            type->fields[0].type == PROTOBUF_C_TYPE_SINT64 ||
            type->fields[0].type == PROTOBUF_C_TYPE_UINT64 ||
            type->fields[0].type == PROTOBUF_C_TYPE_UINT32);
}

/* One step: begins a field, writes a value, closes a list or a message. Gives the message to
 * descend into, or NULL. */
static const ProtobufCMessage *write_step(struct json_out *out, struct frame *frame,
                                          const struct field_table *table)
{
    const ProtobufCFieldDescriptor *field = &frame->message->descriptor->fields[frame->field];
    const bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    const size_t count = message_count(frame->message, field);
    if (!frame->in_list && frame->index == 0) {
        if (!is_shown(out, frame->message, field)) {
            frame->field++;
            return NULL;
        }
        write_key(out, frame->message->descriptor, field);
        if (list) {
            json_out_array(out);
            frame->in_list = true;
        }
    }
    if (frame->index == (list ? count : 1)) {
        if (frame->in_list) {
            json_out_end(out);
        }
        frame->in_list = false;
        frame->index = 0;
        frame->field++;
        return NULL;
    }
    const size_t index = frame->index++;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *nested =
            *(ProtobufCMessage *const *)message_at(frame->message, field, index);
        if (nested == NULL) {
            json_out_null(out);
        } else if (is_wrapper(nested->descriptor)) {
            write_number(out, nested, &nested->descriptor->fields[0], 0, false);
            return NULL;
        }
        return nested;
    }
    const struct field_row *row = field_find(table, frame->message->descriptor, field->name);
    write_scalar(out, frame->message, field, index, row != NULL && row->kind == FIELD_TIME);
    return NULL;
}

void json_out_message_fields(struct json_out *out, const ProtobufCMessage *message,
                             const struct field_table *table)
{
    assert(message != NULL);
    struct frame frames[LIMIT_MESSAGE_DEPTH];
    size_t depth = 1;
    frames[0] = (struct frame){.message = message};
    while (depth > 0 && out->failed == OK) {
        struct frame *frame = &frames[depth - 1];
        if (frame->field == frame->message->descriptor->n_fields) {
            depth--;
            if (depth > 0) {
                json_out_end(out);
            }
            continue;
        }
        const ProtobufCMessage *nested = write_step(out, frame, table);
        if (nested == NULL) {
            continue;
        }
        if (depth == LIMIT_MESSAGE_DEPTH) {
            fail(out, ERR_TOO_LARGE);
            return;
        }
        json_out_object(out);
        frames[depth++] = (struct frame){.message = nested};
    }
}

void json_out_message(struct json_out *out, const ProtobufCMessage *message,
                      const struct field_table *table)
{
    json_out_object(out);
    const uint32_t depth = out->depth;
    json_out_message_fields(out, message, table);
    if (out->depth == depth) {
        json_out_end(out);
    }
}

void json_out_raw(struct json_out *out, struct bytes value)
{
    separate(out);
    put(out, value.data, value.size);
}

enum err json_out_finish(struct json_out *out, struct bytes *text)
{
    assert(out->failed != OK || out->depth == 0);
    if ((out->options & JSON_OUT_INDENT) != 0) {
        put(out, "\n", 1);
    }
    if (!reserve(out, 0)) {
        return out->failed;
    }
    out->text[out->size] = '\0';
    *text = (struct bytes){(const uint8_t *)out->text, out->size};
    return OK;
}
