/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_JSON_OUT_H
#define LEDGER_CODEC_JSON_OUT_H

/* A deterministic JSON writer: the same calls give the same bytes on every machine and for ever.
 * Keys stand in the order they are written; messages are written in the order of their fields.
 * A writer that ran out of room or was given something JSON cannot say stays failed; check once,
 * with json_out_finish. Every document of the house is written here. */

#include "ledger/base/arena.h"
#include "ledger/base/err.h"
#include "ledger/codec/field.h"

enum json_out_option {
    JSON_OUT_COMPACT = 0,
    JSON_OUT_INDENT = 1, /* two spaces a level and a final newline */
    JSON_OUT_DEFAULTS = 2, /* messages: print empty texts, zeros, empty lists; null for absent */
};

#define JSON_OUT_DEPTH 32

struct json_out {
    char *text; /* owned; NUL-terminated after json_out_finish */
    size_t size;
    size_t room;
    size_t limit;
    uint32_t options;
    uint32_t depth;
    char open[JSON_OUT_DEPTH]; /* '{' or '[' of each level */
    bool filled[JSON_OUT_DEPTH + 1];
    bool after_key;
    enum err failed;
};

/* json_out_init starts a document of at most limit bytes; nothing is allocated yet. */
void json_out_init(struct json_out *out, uint32_t options, size_t limit);
/* json_out_free releases the text; safe after init and twice. */
void json_out_free(struct json_out *out);

void json_out_object(struct json_out *out); /* opens { */
void json_out_array(struct json_out *out); /* opens [ */
void json_out_end(struct json_out *out); /* closes the innermost */
void json_out_key(struct json_out *out, const char *key);

void json_out_text(struct json_out *out, const char *text); /* NULL writes null */
void json_out_text_bytes(struct json_out *out, struct bytes text);
void json_out_hex(struct json_out *out, struct bytes in);
void json_out_hash(struct json_out *out, const struct hash *hash);
void json_out_base64(struct json_out *out, struct bytes in);
void json_out_time(struct json_out *out, uint64_t time_ms); /* RFC 3339 */
/* Integers beyond 2^53 - 1 in magnitude fail with ERR_RANGE: JavaScript would read them wrongly. */
void json_out_int(struct json_out *out, int64_t value);
void json_out_uint(struct json_out *out, uint64_t value);
void json_out_bool(struct json_out *out, bool value);
void json_out_null(struct json_out *out);

/* The same with the key first: what hand-made documents mostly need. */
void json_out_field_text(struct json_out *out, const char *key, const char *text);
void json_out_field_hash(struct json_out *out, const char *key, const struct hash *hash);
void json_out_field_hex(struct json_out *out, const char *key, struct bytes in);
void json_out_field_time(struct json_out *out, const char *key, uint64_t time_ms);
void json_out_field_int(struct json_out *out, const char *key, int64_t value);
void json_out_field_uint(struct json_out *out, const char *key, uint64_t value);
void json_out_field_bool(struct json_out *out, const char *key, bool value);
void json_out_field_object(struct json_out *out, const char *key); /* key and { */
void json_out_field_array(struct json_out *out, const char *key); /* key and [ */

/* json_out_message writes a message as an object by reflection. table (may be NULL) tells instants
 * from numbers. Fields X and X_list share the key X: the list where it is not empty, else X. Bytes
 * are hex. A message whose one field is an integer `value` is written as that integer. */
void json_out_message(struct json_out *out, const ProtobufCMessage *message,
                      const struct field_table *table);
/* json_out_message_fields writes the fields only, into an object that is already open. */
void json_out_message_fields(struct json_out *out, const ProtobufCMessage *message,
                             const struct field_table *table);

/* json_out_fail stands where a value should and makes the whole document fail with err. */
void json_out_fail(struct json_out *out, enum err err);

/* json_out_raw copies a finished JSON value without looking at it. */
void json_out_raw(struct json_out *out, struct bytes value);

/* json_out_finish ends the document: all levels are closed, the text is NUL-terminated and, when
 * indented, ends with a newline. *text borrows from out. ERR_TOO_LARGE, ERR_MEMORY, ERR_TEXT (not
 * UTF-8), ERR_RANGE. */
enum err NODISCARD json_out_finish(struct json_out *out, struct bytes *text);

#endif
