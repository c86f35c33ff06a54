/* SPDX-License-Identifier: Apache-2.0 */
/* The parser library recurses, so nesting is counted before it starts. */
#include "ledger/codec/json_doc.h"

#include "ledger/base/limits.h"

#include <assert.h>
#include <string.h>

#include <jansson.h>

/* Nodes are the library's values under our name. */
static const json_t *inside(const struct json_node *node)
{
    return (const json_t *)(const void *)node;
}

static const struct json_node *outside(const json_t *value)
{
    return (const struct json_node *)(const void *)value;
}

/* False when brackets outside of texts nest more than LIMIT_JSON_DEPTH levels. */
static bool depth_allowed(struct bytes text)
{
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t byte = text.data[i];
        if (quoted) {
            i += byte == '\\' ? 1 : 0;
            quoted = byte != '"';
        } else if (byte == '"') {
            quoted = true;
        } else if (byte == '{' || byte == '[') {
            if (++depth > LIMIT_JSON_DEPTH) {
                return false;
            }
        } else if ((byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

static enum err parse_error(const json_error_t *error, struct err_detail *detail)
{
    enum err err = ERR_PARSE;
    const enum json_error_code code = json_error_code(error);
    if (code == json_error_duplicate_key) {
        err = ERR_TWICE;
    } else if (code == json_error_invalid_utf8 || code == json_error_null_character ||
               code == json_error_null_byte_in_key) {
        err = ERR_TEXT;
    } else if (code == json_error_out_of_memory) {
        err = ERR_MEMORY;
    } else if (code == json_error_numeric_overflow) {
        err = ERR_RANGE;
    }
    char field[48];
    snprintf(field, sizeof field, "line %d column %d", error->line, error->column);
    err_set(detail, err, field, NULL, NULL, error->text);
    if (detail != NULL && error->line > 0) {
        detail->line = (uint32_t)error->line;
    }
    return err;
}

enum err json_doc_read(struct json_doc **out, struct bytes text, size_t limit,
                       struct err_detail *detail)
{
    if (text.size > limit) {
        return err_set(detail, ERR_TOO_LARGE, NULL, NULL, NULL, NULL);
    }
    if (text.size == 0) {
        return err_set(detail, ERR_PARSE, NULL, NULL, "a JSON document", "the text is empty");
    }
    if (!depth_allowed(text)) {
        return err_set(detail, ERR_PARSE, NULL, NULL, "at most 16 levels", NULL);
    }
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        return parse_error(&error, detail);
    }
    *out = (struct json_doc *)(void *)root;
    return OK;
}

void json_doc_free(struct json_doc *doc)
{
    json_decref((json_t *)(void *)doc);
}

const struct json_node *json_doc_root(const struct json_doc *doc)
{
    return (const struct json_node *)(const void *)doc;
}

enum json_kind json_node_kind(const struct json_node *node)
{
    if (node == NULL) {
        return JSON_KIND_NULL;
    }
    switch (json_typeof(inside(node))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
        return JSON_KIND_INTEGER;
    case JSON_REAL:
        return JSON_KIND_REAL;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        break;
    }
    return JSON_KIND_NULL;
}

const struct json_node *json_node_get(const struct json_node *object, const char *key)
{
    return object != NULL ? outside(json_object_get(inside(object), key)) : NULL;
}

size_t json_node_count(const struct json_node *node)
{
    const enum json_kind kind = json_node_kind(node);
    if (kind == JSON_KIND_ARRAY) {
        return json_array_size(inside(node));
    }
    return kind == JSON_KIND_OBJECT ? json_object_size(inside(node)) : 0;
}

const struct json_node *json_node_at(const struct json_node *array, size_t index)
{
    return array != NULL ? outside(json_array_get(inside(array), index)) : NULL;
}

const char *json_node_text(const struct json_node *node)
{
    return json_node_kind(node) == JSON_KIND_TEXT ? json_string_value(inside(node)) : NULL;
}

bool json_node_integer(const struct json_node *node, int64_t *out)
{
    if (json_node_kind(node) != JSON_KIND_INTEGER) {
        return false;
    }
    *out = (int64_t)json_integer_value(inside(node));
    return true;
}

bool json_node_bool(const struct json_node *node, bool *out)
{
    if (json_node_kind(node) != JSON_KIND_BOOL) {
        return false;
    }
    *out = json_is_true(inside(node));
    return true;
}

bool json_node_next(const struct json_node *object, void **iterator, const char **key,
                    const struct json_node **value)
{
    if (json_node_kind(object) != JSON_KIND_OBJECT) {
        return false;
    }
    /* The library's iterators take a mutable object and change nothing. */
    union {
        const struct json_node *constant;
        json_t *writable;
    } both = {.constant = object};
    void *next = *iterator == NULL ? json_object_iter(both.writable)
                                   : json_object_iter_next(both.writable, *iterator);
    if (next == NULL) {
        return false;
    }
    *iterator = next;
    *key = json_object_iter_key(next);
    *value = outside(json_object_iter_value(next));
    return true;
}

bool json_key_in(const char *key, const char *const *keys)
{
    for (size_t i = 0; keys != NULL && keys[i] != NULL; i++) {
        if (strcmp(key, keys[i]) == 0) {
            return true;
        }
    }
    return false;
}

bool json_node_only(const struct json_node *object, const char *const *keys, struct errors *errors)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    bool only = true;
    while (json_node_next(object, &iterator, &key, &value)) {
        if (!json_key_in(key, keys)) {
            errors_add(errors, ERR_UNKNOWN_FIELD, key, NULL, NULL, NULL);
            only = false;
        }
    }
    return only;
}

/* One open array or object being copied. */
struct copy {
    const struct json_node *node;
    void *iterator;
    size_t index;
};

/* The next member of an open value, with its key written; false at the end. */
static bool copy_next(struct json_out *out, struct copy *copy, const struct json_node **value)
{
    if (json_node_kind(copy->node) == JSON_KIND_ARRAY) {
        *value = json_node_at(copy->node, copy->index++);
        return *value != NULL;
    }
    const char *key = NULL;
    if (!json_node_next(copy->node, &copy->iterator, &key, value)) {
        return false;
    }
    json_out_key(out, key);
    return true;
}

/* Writes a plain value; for an array or object opens it and answers true. */
static bool copy_value(struct json_out *out, const struct json_node *node)
{
    switch (json_node_kind(node)) {
    case JSON_KIND_ARRAY:
        json_out_array(out);
        return true;
    case JSON_KIND_OBJECT:
        json_out_object(out);
        return true;
    case JSON_KIND_NULL:
        json_out_null(out);
        break;
    case JSON_KIND_BOOL:
        json_out_bool(out, json_is_true(inside(node)));
        break;
    case JSON_KIND_INTEGER:
        json_out_int(out, (int64_t)json_integer_value(inside(node)));
        break;
    case JSON_KIND_REAL:
        json_out_fail(out, ERR_FLOAT);
        break;
    case JSON_KIND_TEXT:
        json_out_text(out, json_node_text(node));
        break;
    }
    return false;
}

void json_node_write(struct json_out *out, const struct json_node *node)
{
    struct copy open[LIMIT_JSON_DEPTH];
    size_t depth = 0;
    if (copy_value(out, node)) {
        open[depth++] = (struct copy){.node = node};
    }
    while (depth > 0) {
        const struct json_node *value = NULL;
        if (!copy_next(out, &open[depth - 1], &value)) {
            json_out_end(out);
            depth--;
        } else if (copy_value(out, value)) {
            assert(depth < LIMIT_JSON_DEPTH); /* counted when it was parsed */
            open[depth++] = (struct copy){.node = value};
        }
    }
}
