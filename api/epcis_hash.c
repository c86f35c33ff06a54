/* SPDX-License-Identifier: Apache-2.0 */
/* Each standard field is a row of a table in the standard's order. Lists are sorted as texts,
 * fields nobody listed (ilmd, extensions) are walked with a stack and sorted behind the listed
 * ones. Where the standard's text and its published vectors differ (a type stands before what it
 * types; transactions, destinations, sources and extensions are sorted among each other) the
 * vectors hold: an id that nobody else computes is worth nothing. */

#include "api/epcis_hash.h"

#include "api/epcis_text.h"
#include "ledger/base/limits.h"
#include "ledger/crypto/hash.h"

#include <stdio.h>
#include <string.h>

/* --- fields that stand in a table ------------------------------------------------------------- */

enum kind { VALUE, TIME, WORD };

struct row {
    const char *key;
    enum kind kind;
    const char *word; /* stands before a bare word of the vocabulary */
};

struct rows {
    const struct row *rows;
    size_t count;
    const char *const *others; /* NULL-terminated: keys that are read elsewhere or not at all */
};

#define ROWS(rows_, others_)                                                                       \
    {                                                                                              \
        (rows_), sizeof(rows_) / sizeof(rows_)[0], (others_)                                       \
    }

static const char *const nothing[] = {NULL};

static void add_pair(struct build *build, struct texts *texts, const char *key, enum kind kind,
                     const char *word, const struct json_node *node)
{
    const char *text = text_scalar(build, node);
    if (text == NULL || text[0] == '\0' || build->failed != OK) {
        return;
    }
    if (kind == TIME) {
        text = text_time(build, text);
    } else if (kind == WORD && strchr(text, ':') == NULL) {
        text = text_glue(build, word, text, "", "");
    } else {
        text = text_value(build, text);
    }
    text_add(build, texts, bytes_text(text_glue(build, key, "=", text, "")));
}

/* A value, or each of a list, sorted; key is what the result calls them. */
static void add_values(struct build *build, struct texts *texts, const char *key,
                       const struct row *row, const struct json_node *node)
{
    struct texts values = {NULL, 0, 0};
    if (json_node_kind(node) == JSON_KIND_ARRAY) {
        for (size_t i = 0; i < json_node_count(node); i++) {
            add_pair(build, &values, key, row->kind, row->word, json_node_at(node, i));
        }
        text_sort(&values);
    } else {
        add_pair(build, &values, key, row->kind, row->word, node);
    }
    for (size_t i = 0; i < values.count; i++) {
        text_add(build, texts, values.items[i]);
    }
}

/* --- fields that do not ----------------------------------------------------------------------- */

static const char *prefix_of(const struct build *build, const char *prefix)
{
    static const char *const known[][2] = {{"gs1", EPCIS_VOC},
                                           {"cbv", EPCIS_CBV},
                                           {"epcis", "https://ref.gs1.org/epcis/"},
                                           {"cbvmda", "urn:epcglobal:cbv:mda:"}};
    for (size_t i = 0; i < 2; i++) {
        const struct json_node *context = build->contexts[i];
        const bool list = json_node_kind(context) == JSON_KIND_ARRAY;
        const size_t count = list ? json_node_count(context) : 1;
        for (size_t j = 0; j < count; j++) {
            const struct json_node *entry = list ? json_node_at(context, j) : context;
            const char *uri = json_node_kind(entry) == JSON_KIND_OBJECT
                                  ? json_node_text(json_node_get(entry, prefix))
                                  : NULL;
            if (uri != NULL) {
                return uri;
            }
        }
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(known[i][0], prefix) == 0) {
            return known[i][1];
        }
    }
    return NULL;
}

/* prefix:name as {namespace}name. */
static const char *full_key(struct build *build, const char *key)
{
    const char *colon = strchr(key, ':');
    const char *prefix =
        colon != NULL ? arena_text(build->arena, key, (size_t)(colon - key)) : NULL;
    const char *uri = prefix != NULL ? prefix_of(build, prefix) : NULL;
    return uri != NULL ? text_glue(build, "{", uri, "}", colon + 1) : key;
}

static bool is_listed(const struct rows *rows, const char *key)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (strcmp(rows->rows[i].key, key) == 0) {
            return true;
        }
    }
    for (size_t i = 0; rows->others[i] != NULL; i++) {
        if (strcmp(rows->others[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* Notes of people, what the syntax needs, and what a repository says is its own. */
static bool is_ignored(const struct build *build, const char *key)
{
    for (size_t i = 0; i < json_node_count(build->ignored); i++) {
        const char *name = json_node_text(json_node_at(build->ignored, i));
        if (name != NULL && strcmp(name, key) == 0) {
            return true;
        }
    }
    return key[0] == '@' || strcmp(key, "comment") == 0 || strcmp(key, "rdfs:comment") == 0;
}

/* The list PREFIX:ignoreFields of a document, or NULL. */
static const struct json_node *ignored_of(const struct json_node *document)
{
    static const char name[] = ":ignoreFields";
    const struct json_node *value = NULL;
    const char *key = NULL;
    void *iterator = NULL;
    while (document != NULL && json_node_next(document, &iterator, &key, &value)) {
        const size_t size = strlen(key);
        if (size >= sizeof name && strcmp(key + size - (sizeof name - 1), name) == 0) {
            return value;
        }
    }
    return NULL;
}

struct frame {
    const struct json_node *object;
    void *iterator;
    const struct json_node *list; /* of the member being read, or NULL */
    size_t index;
    const char *key;
    const char *head; /* what the object is called in the one above it */
    struct texts parts;
};

/* The next value of a frame; lists give their entries one by one under the same key. */
static bool next_value(struct build *build, struct frame *frame, const struct rows *listed,
                       const struct json_node **value)
{
    const char *key = NULL;
    for (;;) {
        if (frame->list != NULL && frame->index < json_node_count(frame->list)) {
            *value = json_node_at(frame->list, frame->index++);
            return true;
        }
        frame->list = NULL;
        if (!json_node_next(frame->object, &frame->iterator, &key, value)) {
            return false;
        }
        if (is_ignored(build, key) || (listed != NULL && is_listed(listed, key))) {
            continue;
        }
        frame->key = full_key(build, key);
        if (json_node_kind(*value) != JSON_KIND_ARRAY) {
            return true;
        }
        frame->list = *value;
        frame->index = 0;
    }
}

static void add_leaf(struct build *build, struct frame *frame, const struct json_node *value)
{
    const char *text = text_scalar(build, value);
    if (text == NULL || build->failed != OK) {
        return;
    }
    text = text[0] != '\0' ? text_glue(build, frame->key, "=", text_value(build, text), "")
                           : frame->key;
    text_add(build, &frame->parts, bytes_text(text));
}

/* Every member of object that is not listed, as texts that the caller sorts. */
static void add_others(struct build *build, struct texts *texts, const struct json_node *object,
                       const struct rows *listed)
{
    struct frame frames[LIMIT_JSON_DEPTH + 1];
    const struct json_node *value = NULL;
    size_t depth = 0;
    frames[0] = (struct frame){.object = object};
    while (build->failed == OK) {
        struct frame *frame = &frames[depth];
        if (!next_value(build, frame, depth == 0 ? listed : NULL, &value)) {
            if (depth == 0) {
                break;
            }
            text_sort(&frame->parts);
            text_add(build, &frames[depth - 1].parts, text_join(build, frame->head, &frame->parts));
            depth--;
        } else if (json_node_kind(value) == JSON_KIND_OBJECT && depth < LIMIT_JSON_DEPTH) {
            frames[++depth] = (struct frame){.object = value, .head = frame->key};
        } else {
            add_leaf(build, frame, value);
        }
    }
    for (size_t i = 0; i < frames[0].parts.count; i++) {
        text_add(build, texts, frames[0].parts.items[i]);
    }
}

static void add_sorted_others(struct build *build, struct texts *texts,
                              const struct json_node *object, const struct rows *listed)
{
    struct texts others = {NULL, 0, 0};
    add_others(build, &others, object, listed);
    text_sort(&others);
    text_add(build, texts, text_join(build, "", &others));
}

/* An object of plain fields: those listed in their order, then the others. Nothing where it is
 * empty. */
static void add_object(struct build *build, struct texts *texts, const char *name,
                       const struct json_node *object, const struct rows *rows)
{
    struct texts parts = {NULL, 0, 0};
    if (json_node_kind(object) != JSON_KIND_OBJECT) {
        if (object != NULL) {
            text_fail(build, ERR_TYPE);
        }
        return;
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];
        add_values(build, &parts, row->key, row, json_node_get(object, row->key));
    }
    add_sorted_others(build, &parts, object, rows);
    const struct bytes all = text_join(build, name, &parts);
    if (all.size > strlen(name)) {
        text_add(build, texts, all);
    }
}

/* --- the fields of an event ------------------------------------------------------------------- */

static const struct row quantity_rows[] = {
    {"epcClass", VALUE, NULL}, {"quantity", VALUE, NULL}, {"uom", VALUE, NULL}};
static const struct row place_rows[] = {{"id", VALUE, NULL}};
static const struct row disposition_rows[] = {{"set", WORD, EPCIS_CBV "Disp-"},
                                              {"unset", WORD, EPCIS_CBV "Disp-"}};
static const struct row metadata_rows[] = {{"time", TIME, NULL},
                                           {"startTime", TIME, NULL},
                                           {"endTime", TIME, NULL},
                                           {"deviceID", VALUE, NULL},
                                           {"deviceMetadata", VALUE, NULL},
                                           {"rawData", VALUE, NULL},
                                           {"dataProcessingMethod", VALUE, NULL},
                                           {"bizRules", VALUE, NULL}};
static const struct row report_rows[] = {
    {"type", WORD, EPCIS_VOC},
    {"exception", WORD, EPCIS_VOC},
    {"deviceID", VALUE, NULL},
    {"deviceMetadata", VALUE, NULL},
    {"rawData", VALUE, NULL},
    {"dataProcessingMethod", VALUE, NULL},
    {"time", TIME, NULL},
    {"microorganism", VALUE, NULL},
    {"chemicalSubstance", VALUE, NULL},
    {"value", VALUE, NULL},
    {"component", WORD, EPCIS_CBV "Comp-"},
    {"stringValue", VALUE, NULL},
    {"booleanValue", VALUE, NULL},
    {"hexBinaryValue", VALUE, NULL},
    {"uriValue", VALUE, NULL},
    {"minValue", VALUE, NULL},
    {"maxValue", VALUE, NULL},
    {"meanValue", VALUE, NULL},
    {"sDev", VALUE, NULL},
    {"percRank", VALUE, NULL},
    {"percValue", VALUE, NULL},
    {"uom", VALUE, NULL},
    {"coordinateReferenceSystem", VALUE, NULL},
};
static const struct rows quantities = ROWS(quantity_rows, nothing);
static const struct rows places = ROWS(place_rows, nothing);
static const struct rows dispositions = ROWS(disposition_rows, nothing);
static const struct rows metadata = ROWS(metadata_rows, nothing);
static const struct rows reports = ROWS(report_rows, nothing);

enum shape { PLAIN, KEYS, QUANTITIES, OBJECT, SENSORS };

struct event_row {
    struct row row;
    enum shape shape;
    const struct rows *object;
};

static const struct event_row event_rows[] = {
    {{"eventTime", TIME, NULL}, PLAIN, NULL},
    {{"eventTimeZoneOffset", VALUE, NULL}, PLAIN, NULL},
    {{"certificationInfo", VALUE, NULL}, PLAIN, NULL},
    {{"epcList", VALUE, NULL}, KEYS, NULL},
    {{"parentID", VALUE, NULL}, PLAIN, NULL},
    {{"inputEPCList", VALUE, NULL}, KEYS, NULL},
    {{"childEPCs", VALUE, NULL}, KEYS, NULL},
    {{"quantityList", VALUE, NULL}, QUANTITIES, NULL},
    {{"childQuantityList", VALUE, NULL}, QUANTITIES, NULL},
    {{"inputQuantityList", VALUE, NULL}, QUANTITIES, NULL},
    {{"outputEPCList", VALUE, NULL}, KEYS, NULL},
    {{"outputQuantityList", VALUE, NULL}, QUANTITIES, NULL},
    {{"action", VALUE, NULL}, PLAIN, NULL},
    {{"transformationID", VALUE, NULL}, PLAIN, NULL},
    {{"bizStep", WORD, EPCIS_CBV "BizStep-"}, PLAIN, NULL},
    {{"disposition", WORD, EPCIS_CBV "Disp-"}, PLAIN, NULL},
    {{"persistentDisposition", VALUE, NULL}, OBJECT, &dispositions},
    {{"readPoint", VALUE, NULL}, OBJECT, &places},
    {{"bizLocation", VALUE, NULL}, OBJECT, &places},
    {{"sensorElementList", VALUE, NULL}, SENSORS, NULL},
};
#define EVENT_ROWS (sizeof event_rows / sizeof event_rows[0])

/* Lists of typed parties and documents: the list, its entry's key, what a bare type means. */
static const char *const typed[][3] = {
    {"bizTransactionList", "bizTransaction", EPCIS_CBV "BTT-"},
    {"sourceList", "source", EPCIS_CBV "SDT-"},
    {"destinationList", "destination", EPCIS_CBV "SDT-"},
};

/* No part of the event, or read above. */
static const char *const event_others[] = {"type",
                                           "isA",
                                           "eventID",
                                           "recordTime",
                                           "errorDeclaration",
                                           "bizTransactionList",
                                           "sourceList",
                                           "destinationList",
                                           NULL};

/* Sorted texts under the name of their list; nothing where there are none. */
static void add_list(struct build *build, struct texts *texts, const char *name,
                     struct texts *entries)
{
    text_sort(entries);
    if (entries->count > 0) {
        text_add(build, texts, text_join(build, name, entries));
    }
}

static void add_sensors(struct build *build, struct texts *texts, const char *name,
                        const struct json_node *list)
{
    static const char *const own[] = {"sensorMetadata", "sensorReport", "type", NULL};
    static const struct rows rows = {NULL, 0, own};
    struct texts elements = {NULL, 0, 0};
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *element = json_node_at(list, i);
        const struct json_node *readings = json_node_get(element, "sensorReport");
        struct texts parts = {NULL, 0, 0};
        struct texts sorted = {NULL, 0, 0};
        add_object(build, &parts, "sensorMetadata", json_node_get(element, "sensorMetadata"),
                   &metadata);
        for (size_t j = 0; j < json_node_count(readings); j++) {
            add_object(build, &sorted, "sensorReport", json_node_at(readings, j), &reports);
        }
        add_list(build, &parts, "", &sorted);
        add_sorted_others(build, &parts, element, &rows);
        text_add(build, &elements, text_join(build, "sensorElement", &parts));
    }
    add_list(build, texts, name, &elements);
}

static void add_field(struct build *build, struct texts *texts, const struct event_row *field,
                      const struct json_node *node)
{
    struct texts entries = {NULL, 0, 0};
    switch (field->shape) {
    case PLAIN:
        add_values(build, texts, field->row.key, &field->row, node);
        break;
    case KEYS:
        add_values(build, &entries, "epc", &field->row, node);
        add_list(build, texts, field->row.key, &entries);
        break;
    case QUANTITIES:
        for (size_t i = 0; i < json_node_count(node); i++) {
            add_object(build, &entries, "quantityElement", json_node_at(node, i), &quantities);
        }
        add_list(build, texts, field->row.key, &entries);
        break;
    case OBJECT:
        add_object(build, texts, field->row.key, node, field->object);
        break;
    case SENSORS:
        add_sensors(build, texts, field->row.key, node);
        break;
    }
}

static void add_typed(struct build *build, struct texts *texts, const struct json_node *event)
{
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        const struct json_node *list = json_node_get(event, typed[i][0]);
        struct texts entries = {NULL, 0, 0};
        for (size_t j = 0; j < json_node_count(list); j++) {
            const struct json_node *entry = json_node_at(list, j);
            struct texts pair = {NULL, 0, 0};
            add_pair(build, &pair, "type", WORD, typed[i][2], json_node_get(entry, "type"));
            add_pair(build, &pair, typed[i][1], VALUE, NULL, json_node_get(entry, typed[i][1]));
            text_add(build, &entries, text_join(build, "", &pair));
        }
        add_list(build, texts, typed[i][0], &entries);
    }
}

enum err epcis_hash_string(struct bytes *out, const struct json_node *event,
                           const struct json_node *document, struct arena *arena)
{
    struct build build = {.arena = arena, .ignored = ignored_of(document)};
    struct texts parts = {NULL, 0, 0};
    struct texts others = {NULL, 0, 0};
    struct row names[EVENT_ROWS];
    const struct rows listed = {names, EVENT_ROWS, event_others};
    const char *type = json_node_text(json_node_get(event, "type"));
    build.contexts[0] = json_node_get(event, "@context");
    build.contexts[1] = json_node_get(document, "@context");
    if (type == NULL) {
        type = json_node_text(json_node_get(event, "isA"));
    }
    if (type == NULL) {
        return ERR_MISSING;
    }
    text_add(&build, &parts, bytes_text(text_glue(&build, "eventType=", type, "", "")));
    for (size_t i = 0; i < EVENT_ROWS; i++) {
        names[i] = event_rows[i].row;
        add_field(&build, &parts, &event_rows[i], json_node_get(event, event_rows[i].row.key));
    }
    add_typed(&build, &others, event);
    add_others(&build, &others, event, &listed);
    text_sort(&others);
    text_add(&build, &parts, text_join(&build, "", &others));
    const struct bytes all = text_join(&build, "", &parts);
    if (build.failed == OK) {
        *out = all;
    }
    return build.failed;
}

void epcis_hash_id(char out[EPCIS_HASH_SIZE], struct bytes text)
{
    struct hasher hasher;
    struct hash hash;
    char digits[2 * HASH_SIZE + 1];
    hash_begin_raw(&hasher);
    hash_add(&hasher, text);
    hash_end(&hasher, &hash);
    hex_encode(digits, hash_bytes(&hash));
    snprintf(out, EPCIS_HASH_SIZE, "ni:///sha-256;%s?ver=CBV2.0", digits);
}

/* --- numbers of a document -------------------------------------------------------------------- */

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

enum err epcis_hash_prepare(struct bytes *out, struct bytes text, struct arena *arena)
{
    /* The shortest such number has three characters and gains two. */
    char *all = arena_alloc(arena, text.size + text.size + 1);
    const char *in = (const char *)text.data;
    size_t size = 0;
    bool quoted = false;
    if (all == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < text.size;) {
        size_t run = 1;
        bool real = false;
        if (quoted) {
            run = in[i] == '\\' && i + 1 < text.size ? 2 : 1;
            quoted = in[i] != '"';
        } else if (in[i] == '"') {
            quoted = true;
        } else if (in[i] == '-' || (in[i] >= '0' && in[i] <= '9')) {
            for (run = 0; i + run < text.size && in_number(in[i + run]); run++) {
                real = real || in[i + run] == '.' || in[i + run] == 'e' || in[i + run] == 'E';
            }
        }
        if (real) {
            all[size++] = '"';
        }
        memcpy(all + size, in + i, run);
        size += run;
        if (real) {
            all[size++] = '"';
        }
        i += run;
    }
    *out = (struct bytes){(const uint8_t *)all, size};
    return OK;
}
