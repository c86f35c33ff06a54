/* SPDX-License-Identifier: Apache-2.0 */
/* OpenAPI 3.1. A payload's schema is written from its descriptor; nested messages become schemas of
 * their own, found by walking a list that grows while it is walked. */

#include "api/openapi.h"

#include "ledger/codec/field_check.h"

#include <stdlib.h>
#include <string.h>

#define OPENAPI_MAX (4 * 1024 * 1024)
#define SCHEMAS_MAX 256

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

static void field_schema(struct json_out *out, struct schemas *schemas,
                         const ProtobufCFieldDescriptor *field, const struct field_row *row)
{
    json_out_field_object(out, field->name);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        json_out_field_text(out, "type", "array");
        json_out_field_object(out, "items");
        field_type(out, schemas, field, row);
        json_out_end(out);
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
        field_schema(out, schemas, &type->fields[i],
                     field_find(fields, type, type->fields[i].name));
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
    json_out_field_object(out, "content");
    json_out_field_object(out, "application/json");
    json_out_field_object(out, "schema");
    if (operation->row != NULL) {
        schemas_add(schemas, operation->row->payload);
        reference(out, operation->row->payload->short_name);
    } else {
        json_out_field_text(out, "type", "object");
    }
    for (int i = 0; i < 4; i++) {
        json_out_end(out);
    }
    json_out_field_object(out, "responses");
    json_out_field_object(out, "default");
    json_out_field_text(out, "description", "code, message, data");
    for (int i = 0; i < 4; i++) {
        json_out_end(out);
    }
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
