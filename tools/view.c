/* SPDX-License-Identifier: Apache-2.0 */
/* The walk keeps its own stack of fixed depth; what lies deeper, or is an object inside a table, is
 * printed as compact JSON. */

#include "tools/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/output.h"

#define DEPTH 6
#define COLUMNS 16
#define CELL 200
#define TONNES_SIZE 40

/* Grams have keys that end so. */
static bool is_grams(const char *key, const struct json_node *value)
{
    const size_t size = strlen(key);
    return size > 2 && strcmp(key + size - 2, "_g") == 0 &&
           json_node_kind(value) == JSON_KIND_INTEGER;
}

/* 748754538194 g is exactly 748754.538194 t, so that nobody has to count digits. */
static void tonnes_text(char out[TONNES_SIZE], const struct json_node *node)
{
    int64_t grams = 0;
    out[0] = '\0';
    if (json_node_integer(node, &grams)) {
        const uint64_t size = grams < 0 ? (uint64_t)0 - (uint64_t)grams : (uint64_t)grams;
        (void)snprintf(out, TONNES_SIZE, "%s%" PRIu64 ".%06" PRIu64, grams < 0 ? "-" : "",
                       size / 1000000, size % 1000000);
    }
}

/* Money is in 0.01 of a currency; the key ends in _fen, or says what for (price_fen_per_t). */
static bool is_fen(const char *key, const struct json_node *value)
{
    static const char *const ends[] = {"_fen", "_fen_per_t"};
    const size_t size = strlen(key);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const size_t end = strlen(ends[i]);
        if (size > end && strcmp(key + size - end, ends[i]) == 0) {
            return json_node_kind(value) == JSON_KIND_INTEGER;
        }
    }
    return false;
}

static void money_text(char out[TONNES_SIZE], const struct json_node *node)
{
    int64_t fen = 0;
    out[0] = '\0';
    if (json_node_integer(node, &fen)) {
        const uint64_t size = fen < 0 ? (uint64_t)0 - (uint64_t)fen : (uint64_t)fen;
        (void)snprintf(out, TONNES_SIZE, "%s%" PRIu64 ".%02" PRIu64, fen < 0 ? "-" : "", size / 100,
                       size % 100);
    }
}

/* Units as a desk types them: CEA:2025=1000, CCER:vam-1:2025=50. False where it is something else.
 */
static bool units_text(char out[CELL], const struct json_node *node)
{
    int64_t vintage = 0;
    int64_t quantity = 0;
    const char *asset = json_node_text(json_node_get(node, "asset"));
    const char *project = json_node_text(json_node_get(node, "project"));
    if (asset == NULL || !json_node_integer(json_node_get(node, "vintage"), &vintage) ||
        !json_node_integer(json_node_get(node, "quantity"), &quantity)) {
        return false;
    }
    const bool named = project != NULL && project[0] != '\0';
    (void)snprintf(out, CELL, "%s%s%s:%" PRId64 "=%" PRId64, asset, named ? ":" : "",
                   named ? project : "", vintage, quantity);
    return true;
}

/* Several of them, as in a transfer. */
static bool units_list_text(char out[CELL], const struct json_node *list)
{
    size_t used = 0;
    const size_t count = json_node_count(list);
    for (size_t i = 0; i < count; i++) {
        char one[CELL];
        if (!units_text(one, json_node_at(list, i)) || used + strlen(one) + 2 > CELL) {
            return false;
        }
        used += (size_t)snprintf(out + used, CELL - used, "%s%s", i > 0 ? "," : "", one);
    }
    return count > 0;
}

/* Serial numbers: 1-1000+2001-2500. */
static bool ranges_text(char out[CELL], const struct json_node *list)
{
    size_t used = 0;
    const size_t count = json_node_count(list);
    for (size_t i = 0; i < count && used < CELL; i++) {
        int64_t start = 0;
        int64_t end = 0;
        const struct json_node *range = json_node_at(list, i);
        if (!json_node_integer(json_node_get(range, "start"), &start) ||
            !json_node_integer(json_node_get(range, "end"), &end)) {
            return false;
        }
        used += (size_t)snprintf(out + used, CELL - used, "%s%" PRId64 "-%" PRId64,
                                 i > 0 ? "+" : "", start, end);
    }
    return count > 0 && used < CELL;
}

/* A balance, names with whole numbers: TRADE 500 REGISTER 100. */
static bool balance_text(char out[CELL], const struct json_node *object)
{
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    size_t used = 0;
    out[0] = '\0';
    while (json_node_next(object, &iterator, &key, &value) && used < CELL) {
        int64_t number = 0;
        if (!json_node_integer(value, &number)) {
            return false;
        }
        used += (size_t)snprintf(out + used, CELL - used, "%s%s %" PRId64, used > 0 ? " " : "", key,
                                 number);
    }
    return used < CELL;
}

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
    case JSON_KIND_ARRAY:
        if (units_list_text(out, node) || ranges_text(out, node)) {
            return;
        }
        break;
    case JSON_KIND_OBJECT:
        if (units_text(out, node) || balance_text(out, node)) {
            return;
        }
        break;
    case JSON_KIND_REAL:
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

/* Lists that would otherwise be too wide to be read: by their name, the keys of their columns. */
static const char *columns_asked(const char *list, const struct json_node *first)
{
    /* The last is a key that only the entries meant have: other operations have lists of these
     * names, too, of other things. */
    static const char *const asked[][3] = {
        {"accounts", "facility period version value_state net_g late_days scope1_g scope2_g",
         "value_state"},
        {"lots", "current lot product owner custodian place state qty model", "custodian"},
        {"drafts", "draft state name creator signed valid_until notice", "draft"},
        {"reasons", "why text", "why"},
        {"differences", "kind series start end row text", "kind"},
    };
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        if (strcmp(asked[i][0], list) == 0 && json_node_get(first, asked[i][2]) != NULL) {
            return asked[i][1];
        }
    }
    return NULL;
}

/* One column of a table: a key of its entries, and whether its grams are shown as tonnes. */
struct column {
    char key[64];
    char name[64];
    bool tonnes;
    bool money;
    bool right;
};

static size_t column_add(struct column columns[COLUMNS], size_t count, const char *key, size_t size,
                         const struct json_node *value)
{
    const bool grams = size < sizeof columns[0].key && is_grams(key, value);
    for (size_t i = 0; i < count; i++) {
        if (strlen(columns[i].key) == size && strncmp(columns[i].key, key, size) == 0) {
            return count;
        }
    }
    if (size >= sizeof columns[0].key || count + (grams ? 2 : 1) > COLUMNS) {
        return count;
    }
    if (grams) {
        struct column *tonnes = &columns[count++];
        *tonnes = (struct column){.tonnes = true, .right = true};
        (void)snprintf(tonnes->key, sizeof tonnes->key, "%s", key);
        (void)snprintf(tonnes->name, sizeof tonnes->name, "%.*s_t", (int)size - 2, key);
    }
    struct column *column = &columns[count++];
    *column = (struct column){.right = json_node_kind(value) == JSON_KIND_INTEGER};
    (void)snprintf(column->key, sizeof column->key, "%.*s", (int)size, key);
    column->money = is_fen(column->key, value);
    const size_t named =
        column->money && strcmp(column->key + size - 4, "_fen") == 0 ? size - 4 : size;
    (void)snprintf(column->name, sizeof column->name, "%.*s", (int)named, key);
    return count;
}

/* Lists of one name may hold different things: monthly accounts, accounts of units. */
static bool names_first(const char *asked, const struct json_node *entry)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%.*s", (int)strcspn(asked, " "), asked);
    return json_node_kind(json_node_get(entry, key)) != JSON_KIND_NULL;
}

/* Columns are those asked for, or the keys of the first entries in their order. */
static size_t columns_of(const struct json_node *list, const char *asked,
                         struct column columns[COLUMNS])
{
    size_t count = 0;
    if (asked != NULL && !names_first(asked, json_node_at(list, 0))) {
        asked = NULL;
    }
    while (asked != NULL && *asked != '\0') {
        char key[64];
        const size_t size = strcspn(asked, " ");
        (void)snprintf(key, sizeof key, "%.*s", (int)size, asked);
        count = column_add(columns, count, key, size, json_node_get(json_node_at(list, 0), key));
        asked += size;
        asked += strspn(asked, " ");
    }
    if (count > 0) {
        return count;
    }
    const size_t rows = json_node_count(list);
    for (size_t i = 0; i < rows && i < 20; i++) {
        void *iterator = NULL;
        const char *key = NULL;
        const struct json_node *value = NULL;
        while (json_node_next(json_node_at(list, i), &iterator, &key, &value)) {
            count = column_add(columns, count, key, strlen(key), value);
        }
    }
    return count;
}

static void print_table(const struct json_node *list, const char *asked)
{
    struct column columns[COLUMNS];
    struct output_column heads[COLUMNS];
    const size_t count = columns_of(list, asked, columns);
    for (size_t j = 0; j < count; j++) {
        heads[j] = (struct output_column){.name = columns[j].name, .right = columns[j].right};
    }
    struct output_table *table = output_table_new(heads, count);
    for (size_t i = 0; i < json_node_count(list); i++) {
        char cells[COLUMNS][CELL];
        const char *texts[COLUMNS];
        for (size_t j = 0; j < count; j++) {
            const struct json_node *node = json_node_get(json_node_at(list, i), columns[j].key);
            if (columns[j].tonnes) {
                tonnes_text(cells[j], node);
            } else if (columns[j].money) {
                money_text(cells[j], node);
            } else {
                cell_text(cells[j], node);
            }
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
    if (text == NULL && json_node_kind(value) == JSON_KIND_NULL && strcmp(key, "g_per_t") == 0) {
        text = "no account yet";
    } else if (text == NULL) {
        cell_text(cell, value);
        text = cell;
    }
    if (is_grams(key, value)) {
        char tonnes[TONNES_SIZE];
        tonnes_text(tonnes, value);
        output_line("%*s%-*s %20s g %20s t", indent, "", 24 - indent, key, text, tonnes);
        return;
    }
    if (is_fen(key, value)) {
        char money[TONNES_SIZE];
        money_text(money, value);
        output_line("%*s%-*s %18s fen %20s", indent, "", 24 - indent, key, text, money);
        return;
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
            print_table(value, columns_asked(key, json_node_at(value, 0)));
        } else if (is_text_list(value)) {
            output_line("%*s%s:", 2 * depth, "", key);
            print_text_list(value, 2 * depth + 2);
        } else {
            print_value(key, value, 2 * depth);
        }
    }
}

const char *view_text(const struct json_node *node, const char *key)
{
    const char *text = json_node_text(json_node_get(node, key));
    return text != NULL ? text : "";
}

void view_print(const struct json_node *node)
{
    if (json_node_kind(node) == JSON_KIND_OBJECT) {
        print_object(node);
    } else if (is_table(node)) {
        print_table(node, NULL);
    } else if (json_node_kind(node) != JSON_KIND_NULL) {
        char text[CELL];
        cell_text(text, node);
        output_line("%s", text);
    }
}
