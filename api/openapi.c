/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAPI 3.1. A payload's schema is written from its descriptor; nested messages become schemas of
 * their own, found by walking a list that grows while it is walked. */

#include "api/openapi.h"

#include "ledger/codec/field_check.h"
#include "ledger/proto/account.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPENAPI_MAX (4 * 1024 * 1024)
#define SCHEMAS_MAX 256
#define CALCULATION "calculation file"

struct schemas {
    const ProtobufCMessageDescriptor *types[SCHEMAS_MAX];
    size_t count;
};

static void schemas_add(struct schemas *schemas, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < schemas->count; i++) {
        if (schemas->types[i] == type) {
            return;
        }
    }
    if (schemas->count < SCHEMAS_MAX) {
        schemas->types[schemas->count++] = type;
    }
}

static void reference(struct json_out *out, const char *name)
{
    char text[128] = "#/components/schemas/";
    strncat(text, name, sizeof text - strlen(text) - 1);
    json_out_field_text(out, "$ref", text);
}

/* Bounds of one field, in words a reader and a generator understand. */
static void field_bounds(struct json_out *out, const struct field_row *row)
{
    if (row == NULL) {
        return;
    }
    if (row->help_en != NULL) {
        json_out_field_text(out, "description", row->help_en);
    }
    if (row->clause != NULL) {
        json_out_field_text(out, "x-clause", row->clause);
    }
    if (row->choices != NULL) {
        json_out_field_text(out, "x-choices", row->choices);
    }
    if (row->units != NULL) {
        json_out_field_text(out, "x-units", row->units);
    }
    if (row->min != NULL) {
        json_out_field_text(out, "x-min", row->min);
    }
    if (row->max != NULL) {
        json_out_field_text(out, "x-max", row->max);
    }
}

static const char *json_type(const ProtobufCFieldDescriptor *field, const struct field_row *row)
{
    if (field->type == PROTOBUF_C_TYPE_BOOL) {
        return "boolean";
    }
    const bool text = field->type == PROTOBUF_C_TYPE_STRING ||
                      field->type == PROTOBUF_C_TYPE_BYTES || field->type == PROTOBUF_C_TYPE_ENUM;
    return text || (row != NULL && row->kind == FIELD_TIME) ? "string" : "integer";
}

static void field_type(struct json_out *out, struct schemas *schemas,
                       const ProtobufCFieldDescriptor *field, const struct field_row *row)
{
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessageDescriptor *type = field->descriptor;
        schemas_add(schemas, type);
        reference(out, type->short_name);
        return;
    }
    json_out_field_text(out, "type", json_type(field, row));
    if (row != NULL && row->kind == FIELD_TIME) {
        json_out_field_text(out, "format", "date-time");
    }
}

#define LIST "_list"

/* The field that shares the key of another one and takes its lists: X and X_list. */
static const ProtobufCFieldDescriptor *list_of(const ProtobufCMessageDescriptor *type,
                                               const ProtobufCFieldDescriptor *field)
{
    char name[128];
    if (snprintf(name, sizeof name, "%s" LIST, field->name) >= (int)sizeof name) {
        return NULL;
    }
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool is_list_of(const ProtobufCMessageDescriptor *type,
                       const ProtobufCFieldDescriptor *field)
{
    char name[128];
    const size_t size = strlen(field->name);
    const size_t tail = sizeof LIST - 1;
    if (size <= tail || size >= sizeof name || strcmp(field->name + size - tail, LIST) != 0) {
        return false;
    }
    memcpy(name, field->name, size - tail);
    name[size - tail] = '\0';
    return protobuf_c_message_descriptor_get_field_by_name(type, name) != NULL;
}

static void array_schema(struct json_out *out, struct schemas *schemas,
                         const ProtobufCFieldDescriptor *field, const struct field_row *row)
{
    json_out_field_text(out, "type", "array");
    json_out_field_object(out, "items");
    field_type(out, schemas, field, row);
    json_out_end(out);
}

static void field_schema(struct json_out *out, struct schemas *schemas,
                         const ProtobufCMessageDescriptor *type,
                         const ProtobufCFieldDescriptor *field, const struct field_row *row)
{
    const ProtobufCFieldDescriptor *list = list_of(type, field);
    json_out_field_object(out, field->name);
    if (list != NULL) {
        json_out_field_array(out, "oneOf");
        json_out_object(out);
        field_type(out, schemas, field, row);
        json_out_end(out);
        json_out_object(out);
        array_schema(out, schemas, list, row);
        json_out_end(out);
        json_out_end(out);
    } else if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        array_schema(out, schemas, field, row);
    } else {
        field_type(out, schemas, field, row);
    }
    field_bounds(out, row);
    json_out_end(out);
}

static void message_schema(struct json_out *out, struct schemas *schemas,
                           const ProtobufCMessageDescriptor *type, const struct field_table *fields)
{
    json_out_field_object(out, type->short_name);
    json_out_field_text(out, "type", "object");
    json_out_field_object(out, "properties");
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (!is_list_of(type, &type->fields[i])) {
            field_schema(out, schemas, type, &type->fields[i],
                         field_find(fields, type, type->fields[i].name));
        }
    }
    json_out_end(out);
    json_out_field_array(out, "required");
    for (unsigned i = 0; i < type->n_fields; i++) {
        const struct field_row *row = field_find(fields, type, type->fields[i].name);
        if (row != NULL && row->required) {
            json_out_text(out, type->fields[i].name);
        }
    }
    json_out_end(out);
    json_out_end(out);
}

/* What a field of our own operations holds; whatever is not here is a text. */
static void own_type(struct json_out *out, const char *name)
{
    static const char *const types[][2] = {
        {"height", "integer"},
        {"version", "integer"},
        {"from", "integer"},
        {"count", "integer"},
        {"lines", "boolean"},
        {"trace", "boolean"},
        {"at", NULL},
        {"certificate", NULL},
        {"transactions", "array"},
        {"depth", "integer"},
        {"bundle", "boolean"},
        {"ancestors", "boolean"},
        {"footprint", "boolean"},
        {"event", NULL},
        {"name", NULL},
        {"quality", NULL},
        {"inputs", "array"},
        {"outputs", "array"},
        {"losses", "array"},
        {"parts", "array"},
        {"lots", "array"},
        {"corrective_events", "array"},
        {"part", "integer"},
        {"size", "integer"},
        {"number", "integer"},
        {"effect_g", "integer"},
        {"agrees", "boolean"},
        {"agreeing", "integer"},
        {"differing", "integer"},
        {"refused", "integer"},
        {"repeats", "integer"},
        {"findings", "array"},
        {"parameters", "array"},
        {"basis", "object"},
        {"refs", "array"},
        {"evidence", NULL},
        {"detached", "object"},
        {"claims", "array"},
        {"claim_count", "integer"},
        {"disputed_g", "integer"},
        {"decided_lines", "array"},
        {"line_count", "integer"},
        {"decision", "integer"},
        {"decided", "object"},
        {"effects", "array"},
        {"masked", "array"},
        {"show", "array"},
        {"shown", "array"},
        {"ciphertext_size", "integer"},
        {"file", "object"},
        {"items", "array"},
        {"index", "integer"},
        {"amount", "integer"},
        {"calibrated", "boolean"},
        {"measured", "boolean"},
        {"specified_ppm", "integer"},
        {"found_ppm", "integer"},
        {"hours", "integer"},
        {"hours_missing", "integer"},
        {"default_amount", "integer"},
        {"blocks", "boolean"},
        {"waiting", "boolean"},
        {"late", "boolean"},
        {"serial", "integer"},
        {"year", NULL}, /* a number or a text */
        {"allowance_fen", "integer"},
        {"offset_fen", "integer"},
        {"carried_fen", "integer"},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(types[i][0], name) == 0) {
            if (types[i][1] != NULL) {
                json_out_field_text(out, "type", types[i][1]);
            }
            return;
        }
    }
    json_out_field_text(out, "type", "string");
    if (strcmp(name, "wait") == 0) {
        json_out_field_array(out, "enum");
        json_out_text(out, "final");
        json_out_text(out, "accepted");
        json_out_end(out);
    }
    if (strcmp(name, "valid_until") == 0) {
        json_out_field_text(out, "format", "date-time");
    }
}

/* One item of "height! bytes?": its name without the mark; false at the end. */
static bool next_item(const char **text, char name[64], bool *required)
{
    *text += strspn(*text, ", ");
    size_t size = strcspn(*text, ",");
    if (size == 0 || size >= 64) {
        return false;
    }
    memcpy(name, *text, size);
    *text += size;
    *required = name[size - 1] == '!';
    size -= *required || name[size - 1] == '?' ? 1 : 0;
    name[size] = '\0';
    return true;
}

/* The fields an operation reads itself, as one schema; detached (may be NULL) is what stands under
 * that key. */
static void own_fields(struct json_out *out, const char *fields,
                       const ProtobufCMessageDescriptor *detached)
{
    char name[64];
    bool required = false;
    const char *text = fields;
    json_out_object(out);
    json_out_field_text(out, "type", "object");
    json_out_field_object(out, "properties");
    while (next_item(&text, name, &required)) {
        if (strchr(name, ' ') == NULL) {
            json_out_field_object(out, name);
            own_type(out, name);
            json_out_end(out);
        }
    }
    if (detached != NULL) {
        json_out_field_object(out, "detached");
        reference(out, detached->short_name);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_array(out, "required");
    text = fields;
    while (next_item(&text, name, &required)) {
        if (required && strchr(name, ' ') == NULL) {
            json_out_text(out, name);
        }
    }
    json_out_end(out);
    json_out_end(out);
}

static void request_schema(struct json_out *out, struct schemas *schemas,
                           const struct operation *operation)
{
    const ProtobufCMessageDescriptor *type = NULL;
    if (operation->row != NULL) {
        type = operation->row->payload;
    } else if (strncmp(operation->fields, CALCULATION, sizeof CALCULATION - 1) == 0) {
        type = &seam__calculation_file__descriptor;
    }
    json_out_field_object(out, "schema");
    json_out_field_array(out, "allOf");
    if (type != NULL) {
        schemas_add(schemas, type);
        json_out_object(out);
        reference(out, type->short_name);
        json_out_end(out);
    }
    const ProtobufCMessageDescriptor *detached =
        operation->row != NULL ? operation->row->detached : NULL;
    if (detached != NULL) {
        schemas_add(schemas, detached);
    }
    own_fields(out, operation->fields, detached);
    json_out_end(out);
    json_out_field_bool(out, "unevaluatedProperties", false);
    json_out_end(out);
}

static void answer_schema(struct json_out *out)
{
    json_out_field_object(out, "responses");
    json_out_field_object(out, "default");
    json_out_field_text(out, "description", "code, message, data");
    json_out_field_object(out, "content");
    json_out_field_object(out, "application/json");
    json_out_field_object(out, "schema");
    reference(out, "Envelope");
    for (int i = 0; i < 5; i++) {
        json_out_end(out);
    }
}

static void operation_path(struct json_out *out, struct schemas *schemas,
                           const struct operation *operation)
{
    char path[128] = "/api/v1/";
    strncat(path, operation->name, sizeof path - strlen(path) - 1);
    json_out_field_object(out, path);
    json_out_field_object(out, "post");
    json_out_field_text(out, "operationId", operation->name);
    json_out_field_text(out, "summary", operation->help_en);
    json_out_field_text(out, "description", operation->fields);
    if (operation->open) {
        json_out_field_array(out, "security");
        json_out_end(out);
    }
    json_out_field_object(out, "requestBody");
    json_out_field_bool(out, "required", true);
    json_out_field_object(out, "content");
    json_out_field_object(out, "application/json");
    request_schema(out, schemas, operation);
    json_out_end(out);
    json_out_end(out);
    json_out_end(out);
    answer_schema(out);
    json_out_end(out);
    json_out_end(out);
}

/* Every answer has these three keys [KSSJ 9.2.3c]. */
static void envelope_schema(struct json_out *out)
{
    static const char *const keys[] = {"code", "message", "data"};
    json_out_field_object(out, "Envelope");
    json_out_field_text(out, "type", "object");
    json_out_field_object(out, "properties");
    json_out_field_object(out, "code");
    json_out_field_text(out, "type", "string");
    json_out_field_text(out, "pattern", "^[0-9]{6}$");
    json_out_end(out);
    json_out_field_object(out, "message");
    json_out_field_text(out, "type", "string");
    json_out_end(out);
    json_out_field_object(out, "data");
    json_out_field_array(out, "type");
    json_out_text(out, "object");
    json_out_text(out, "null");
    json_out_end(out);
    json_out_end(out);
    json_out_end(out);
    json_out_field_array(out, "required");
    for (size_t i = 0; i < 3; i++) {
        json_out_text(out, keys[i]);
    }
    json_out_end(out);
    json_out_field_bool(out, "additionalProperties", false);
    json_out_end(out);
}

static void write_document(struct json_out *out, const struct api *api)
{
    struct schemas schemas = {.count = 0};
    json_out_object(out);
    json_out_field_text(out, "openapi", "3.1.0");
    json_out_field_object(out, "info");
    json_out_field_text(out, "title", "Seam");
    json_out_field_text(out, "version", "v1");
    json_out_end(out);
    json_out_field_array(out, "security");
    json_out_object(out);
    json_out_field_array(out, "token");
    json_out_end(out);
    json_out_end(out);
    json_out_end(out);
    json_out_field_object(out, "paths");
    for (size_t i = 0; i < api->operation_count; i++) {
        operation_path(out, &schemas, &api->operations[i]);
    }
    json_out_end(out);
    json_out_field_object(out, "components");
    json_out_field_object(out, "securitySchemes");
    json_out_field_object(out, "token");
    json_out_field_text(out, "type", "http");
    json_out_field_text(out, "scheme", "bearer");
    json_out_end(out);
    json_out_end(out);
    json_out_field_object(out, "schemas");
    envelope_schema(out);
    for (size_t i = 0; i < schemas.count; i++) {
        message_schema(out, &schemas, schemas.types[i], &api->fields);
    }
    json_out_end(out);
    json_out_end(out);
    json_out_end(out);
}

enum err openapi_make(struct bytes *out, const struct api *api)
{
    struct json_out document;
    struct bytes text;
    json_out_init(&document, JSON_OUT_INDENT, OPENAPI_MAX);
    write_document(&document, api);
    enum err err = json_out_finish(&document, &text);
    uint8_t *copy = err == OK ? malloc(text.size) : NULL;
    if (copy != NULL) {
        memcpy(copy, text.data, text.size);
        *out = (struct bytes){copy, text.size};
    } else if (err == OK) {
        err = ERR_MEMORY;
    }
    json_out_free(&document);
    return err;
}

void openapi_free(struct bytes document)
{
    free((void *)(uintptr_t)document.data);
}
