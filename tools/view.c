/* SPDX-License-Identifier: Apache-2.0 */
/* The walk keeps its own stack of fixed depth; what lies deeper, or is an object inside a table, is
 * printed as compact JSON. */

#include "tools/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/output.h"

#define DEPTH 6
#define COLUMNS 12
#define CELL 200

/* A value in one cell. */
static void cell_text(char out[CELL], const struct json_node *node)
{
    int64_t number = 0;
    bool flag = false;
    out[0] = '\0';
    switch (json_node_kind(node)) {
    case JSON_KIND_NULL:
        return;
    case JSON_KIND_TEXT:
        (void)snprintf(out, CELL, "%s", json_node_text(node));
        return;
    case JSON_KIND_BOOL:
        (void)snprintf(out, CELL, "%s", json_node_bool(node, &flag) && flag ? "yes" : "no");
        return;
    case JSON_KIND_INTEGER:
        if (json_node_integer(node, &number)) {
            (void)snprintf(out, CELL, "%" PRId64, number);
        }
        return;
    case JSON_KIND_REAL:
    case JSON_KIND_ARRAY:
    case JSON_KIND_OBJECT:
        break;
    }
    struct json_out json;
    struct bytes text;
    json_out_init(&json, JSON_OUT_COMPACT, 1 << 20);
    json_node_write(&json, node);
    if (json_out_finish(&json, &text) == OK) {
        (void)snprintf(out, CELL, "%.*s%s", CELL - 4, (const char *)text.data,
                       text.size > CELL - 4 ? "..." : "");
    }
    json_out_free(&json);
}

/* Columns are the keys of the first entries, in their order. */
static size_t columns_of(const struct json_node *list, const char *names[COLUMNS])
{
    size_t count = 0;
    const size_t rows = json_node_count(list);
    for (size_t i = 0; i < rows && i < 20; i++) {
        void *iterator = NULL;
        const char *key = NULL;
        const struct json_node *value = NULL;
        while (json_node_next(json_node_at(list, i), &iterator, &key, &value)) {
            size_t at = 0;
            while (at < count && strcmp(names[at], key) != 0) {
                at++;
            }
            if (at == count && count < COLUMNS) {
                names[count++] = key;
            }
        }
    }
    return count;
}

static void print_table(const struct json_node *list)
{
    const char *names[COLUMNS];
    struct output_column columns[COLUMNS];
    const size_t count = columns_of(list, names);
    for (size_t j = 0; j < count; j++) {
        const struct json_node *first = json_node_get(json_node_at(list, 0), names[j]);
        columns[j] = (struct output_column){.name = names[j],
                                            .right = json_node_kind(first) == JSON_KIND_INTEGER};
    }
    struct output_table *table = output_table_new(columns, count);
    for (size_t i = 0; i < json_node_count(list); i++) {
        char cells[COLUMNS][CELL];
        const char *texts[COLUMNS];
        for (size_t j = 0; j < count; j++) {
            cell_text(cells[j], json_node_get(json_node_at(list, i), names[j]));
            texts[j] = cells[j];
        }
        output_table_row(table, texts);
    }
    output_table_print(table);
}

static bool is_table(const struct json_node *node)
{
    return json_node_kind(node) == JSON_KIND_ARRAY && json_node_count(node) > 0 &&
           json_node_kind(json_node_at(node, 0)) == JSON_KIND_OBJECT;
}

/* A list of texts, one a line: sentences of a node are meant to be read whole. */
static bool is_text_list(const struct json_node *node)
{
    return json_node_kind(node) == JSON_KIND_ARRAY && json_node_count(node) > 0 &&
           json_node_kind(json_node_at(node, 0)) == JSON_KIND_TEXT;
}

static void print_text_list(const struct json_node *list, int indent)
{
    for (size_t i = 0; i < json_node_count(list); i++) {
        char cell[CELL];
        const struct json_node *node = json_node_at(list, i);
        const char *text = json_node_text(node);
        if (text == NULL) {
            cell_text(cell, node);
            text = cell;
        }
        output_line("%*s%s", indent, "", text);
    }
}

static void print_value(const char *key, const struct json_node *value, int indent)
{
    char cell[CELL];
    const char *text = json_node_text(value);
    if (text == NULL) {
        cell_text(cell, value);
        text = cell;
    }
    output_line("%*s%-*s %s", indent, "", 24 - indent, key, text);
}

static void print_object(const struct json_node *object)
{
    struct {
        const struct json_node *node;
        void *iterator;
    } stack[DEPTH] = {{.node = object}};
    int depth = 0;
    while (depth >= 0) {
        const char *key = NULL;
        const struct json_node *value = NULL;
        if (!json_node_next(stack[depth].node, &stack[depth].iterator, &key, &value)) {
            depth--;
            continue;
        }
        if (json_node_kind(value) == JSON_KIND_OBJECT && depth + 1 < DEPTH) {
            output_line("%*s%s:", 2 * depth, "", key);
            depth++;
            stack[depth].node = value;
            stack[depth].iterator = NULL;
        } else if (is_table(value)) {
            output_line("%*s%s:", 2 * depth, "", key);
            print_table(value);
        } else if (is_text_list(value)) {
            output_line("%*s%s:", 2 * depth, "", key);
            print_text_list(value, 2 * depth + 2);
        } else {
            print_value(key, value, 2 * depth);
        }
    }
}

void view_print(const struct json_node *node)
{
    if (json_node_kind(node) == JSON_KIND_OBJECT) {
        print_object(node);
    } else if (is_table(node)) {
        print_table(node);
    } else if (json_node_kind(node) != JSON_KIND_NULL) {
        char text[CELL];
        cell_text(text, node);
        output_line("%s", text);
    }
}
