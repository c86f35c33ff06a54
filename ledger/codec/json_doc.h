/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CODEC_JSON_DOC_H
#define LEDGER_CODEC_JSON_DOC_H

/* Strict JSON documents and the values in them. A document is refused for a key given twice
 * (200014), a NUL, bad UTF-8, a number out of range, more than LIMIT_JSON_DEPTH levels, trailing
 * text. The parser library is included in json_doc.c only. */

#include "ledger/codec/errors.h"
#include "ledger/codec/json_out.h"

struct json_doc; /* owned by the reader of the text */
struct json_node; /* one value in it; borrowed, lives as long as the document */

enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_BOOL,
    JSON_KIND_INTEGER,
    JSON_KIND_REAL,
    JSON_KIND_TEXT,
    JSON_KIND_ARRAY,
    JSON_KIND_OBJECT
};

/* json_doc_read parses text of at most limit bytes, whose root must be an object or an array. Gives
 * *out. detail names the line. ERR_TOO_LARGE, ERR_PARSE, ERR_TWICE, ERR_TEXT, ERR_MEMORY. */
enum err NODISCARD json_doc_read(struct json_doc **out, struct bytes text, size_t limit,
                                 struct err_detail *detail);
void json_doc_free(struct json_doc *doc); /* NULL is fine */
const struct json_node *json_doc_root(const struct json_doc *doc);

/* Reading a value by hand. All accept NULL (absent) and answer as for null. */
enum json_kind json_node_kind(const struct json_node *node);
const struct json_node *json_node_get(const struct json_node *object, const char *key);
size_t json_node_count(const struct json_node *node); /* entries of an array or object */
const struct json_node *json_node_at(const struct json_node *array, size_t index);
const char *json_node_text(const struct json_node *node); /* NULL where it is not a text */
bool NODISCARD json_node_integer(const struct json_node *node, int64_t *out);
bool NODISCARD json_node_bool(const struct json_node *node, bool *out);

/* json_node_next walks the members of an object in the order they were typed: start with
 * *iterator = NULL; false at the end. */
bool json_node_next(const struct json_node *object, void **iterator, const char **key,
                    const struct json_node **value);

/* json_key_in says whether key is one of a NULL-terminated list; NULL is an empty one. */
bool json_key_in(const char *key, const char *const *keys);

/* json_node_only checks that an object has no other keys than those of the NULL-terminated list;
 * each other one is added to errors as ERR_UNKNOWN_FIELD. False when there is one. */
bool NODISCARD json_node_only(const struct json_node *object, const char *const *keys,
                              struct errors *errors);

/* json_node_write writes a value as it stands, keys in their order. Reals are refused
 * (ERR_FLOAT stays in out). */
void json_node_write(struct json_out *out, const struct json_node *node);

#endif
