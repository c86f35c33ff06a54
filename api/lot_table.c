/* SPDX-License-Identifier: Apache-2.0 */
/* What a column means is read from the message of the event, so a new field needs no line here. */

#include "api/lot_table.h"

#include "api/lot_show.h"
#include "ledger/exec/exec.h"
#include "ledger/proto/lot.pb-c.h"
#include "ledger/provenance/identifier.h"
#include "ledger/provenance/provenance.h"

#include <stdio.h>
#include <string.h>

#define JSON_MAX (256 * 1024)
#define WORDS_MAX 16
#define NAME_MAX_SIZE 64

/* --- types ------------------------------------------------------------------------------------ */

const struct rule_row *lot_table_rule(const char *type)
{
    size_t count = 0;
    const struct rule_row *const *rows = exec_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->type >= PRODUCT_REGISTER_TYPE && rows[i]->type <= LOT_STOCKTAKE_CONFIRM_TYPE &&
            rows[i]->operation != NULL &&
            (strcmp(type, lot_show_type(rows[i]->type)) == 0 ||
             strcmp(type, rows[i]->operation) == 0)) {
            return rows[i];
        }
    }
    return NULL;
}

static void wrong(struct errors *errors, uint32_t row, enum err err, const char *field,
                  const char *limit, const char *hint)
{
    struct err_detail *kept = errors_add(errors, err, field, NULL, limit, hint);
    if (kept != NULL) {
        kept->line = row;
    }
}

enum err lot_table_type(const struct rule_row **out, const struct csv_row *head,
                        const struct csv_row *row, struct errors *errors)
{
    for (size_t i = 0; i < head->count && i < row->count; i++) {
        if (strcmp(head->cells[i], "type") != 0 || row->cells[i][0] == '\0') {
            continue;
        }
        *out = lot_table_rule(row->cells[i]);
        if (*out == NULL) {
            wrong(
                errors, row->number, ERR_ENUM, "type",
                "MINE, WASH, BLEND, SPLIT, LOAD, UNLOAD, DEPART, ARRIVE, OFFER, ANSWER, USE, LOSS, "
                "STOCKTAKE, ERROR, PRODUCT",
                NULL);
            return ERR_ENUM;
        }
        return OK;
    }
    wrong(errors, row->number, ERR_MISSING, "type", NULL, "which event is it?");
    return ERR_MISSING;
}

/* --- values ----------------------------------------------------------------------------------- */

/* Other spellings of lots become the ledger's. */
static void write_value(struct json_out *out, const char *text)
{
    char lot[LOT_ID_SIZE];
    const bool link = strncmp(text, "http", 4) == 0 || strncmp(text, "urn:epc:class:", 14) == 0;
    json_out_text(out, link && identifier_lot_read(lot, text) ? lot : text);
}

/* Takes the next word out of a cell, which is cut up; NULL at its end. */
static char *next_word(char **cell)
{
    char *word = *cell + strspn(*cell, " ");
    if (*word == '\0') {
        return NULL;
    }
    *cell = word + strcspn(word, " ");
    if (**cell != '\0') {
        *(*cell)++ = '\0';
    }
    return word;
}

static bool is_given(const char *word)
{
    return word != NULL && strcmp(word, "-") != 0;
}

/* One entry: its values in the order of the fields, those of a message within it in their place. */
static void write_entry(struct json_out *out, const ProtobufCMessageDescriptor *type, char **words,
                        size_t count)
{
    size_t at = 0;
    json_out_object(out);
    for (unsigned i = 0; i < type->n_fields && at < count; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const ProtobufCMessageDescriptor *inner =
            field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
        if (inner == NULL) {
            if (is_given(words[at])) {
                json_out_key(out, field->name);
                write_value(out, words[at]);
            }
            at++;
            continue;
        }
        json_out_field_object(out, field->name);
        for (unsigned j = 0; j < inner->n_fields && at < count; j++, at++) {
            if (is_given(words[at])) {
                json_out_field_text(out, inner->fields[j].name, words[at]);
            }
        }
        json_out_end(out);
    }
    json_out_end(out);
}

static size_t values_of(const ProtobufCMessageDescriptor *type)
{
    size_t count = 0;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const bool message = field->type == PROTOBUF_C_TYPE_MESSAGE;
        count += message ? ((const ProtobufCMessageDescriptor *)field->descriptor)->n_fields : 1;
    }
    return count;
}

/* A list cell. False where an entry has more values than its message has fields. */
static bool write_list(struct json_out *out, const ProtobufCFieldDescriptor *field, char *cell)
{
    const ProtobufCMessageDescriptor *type =
        field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
    bool fits = true;
    json_out_field_array(out, field->name);
    while (cell != NULL && fits) {
        char *words[WORDS_MAX];
        size_t count = 0;
        char *end = strchr(cell, '|');
        if (end != NULL) {
            *end = '\0';
        }
        for (char *word = next_word(&cell); word != NULL && fits; word = next_word(&cell)) {
            if (type == NULL) {
                write_value(out, word);
            } else if (count < WORDS_MAX && count < values_of(type)) {
                words[count++] = word;
            } else {
                fits = false;
            }
        }
        if (type != NULL && count > 0) {
            write_entry(out, type, words, count);
        }
        cell = end != NULL ? end + 1 : NULL;
    }
    json_out_end(out);
    return fits;
}

/* --- columns ---------------------------------------------------------------------------------- */

struct target {
    const char *object; /* "event", "quality", "name", or NULL: the event itself */
    const ProtobufCFieldDescriptor *field;
};

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *type,
                                                const char *name)
{
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static bool inside(struct target *target, const ProtobufCMessageDescriptor *type,
                   const char *object, const char *name)
{
    const ProtobufCFieldDescriptor *outer = field_of(type, object);
    if (outer == NULL || outer->type != PROTOBUF_C_TYPE_MESSAGE ||
        outer->label == PROTOBUF_C_LABEL_REPEATED) {
        return false;
    }
    target->object = outer->name;
    target->field = field_of(outer->descriptor, name);
    return target->field != NULL;
}

/* What a column is in this event: a field of it, then of its head, then of its quality; or
 * object.field. */
static bool find_target(struct target *target, const ProtobufCMessageDescriptor *type,
                        const char *column)
{
    char object[NAME_MAX_SIZE];
    const char *point = strchr(column, '.');
    const char *name = strcmp(column, "event_time") == 0 ? "event_time_ms" : column;
    if (point != NULL) {
        const size_t size = (size_t)(point - column);
        if (size == 0 || size >= sizeof object) {
            return false;
        }
        memcpy(object, column, size);
        object[size] = '\0';
        return inside(target, type, object, point + 1);
    }
    target->object = NULL;
    target->field = field_of(type, name);
    if (target->field != NULL && (target->field->type != PROTOBUF_C_TYPE_MESSAGE ||
                                  target->field->label == PROTOBUF_C_LABEL_REPEATED)) {
        return true;
    }
    return inside(target, type, "event", name) || inside(target, type, "quality", name);
}

struct sheet {
    const ProtobufCMessageDescriptor *type;
    const struct csv_row *head;
    const struct csv_row *row;
    struct arena *arena;
    struct errors *errors;
    struct json_out out;
};

static const char *cell_of(const struct sheet *sheet, size_t column)
{
    const bool given =
        column < sheet->row->count && strcmp(sheet->head->cells[column], "type") != 0;
    return given ? sheet->row->cells[column] : "";
}

static enum err write_cell(struct sheet *sheet, const ProtobufCFieldDescriptor *field,
                           const char *column, const char *cell)
{
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        json_out_key(&sheet->out, field->name);
        write_value(&sheet->out, cell);
        return OK;
    }
    char *copy = arena_text(sheet->arena, cell, strlen(cell));
    if (copy == NULL) {
        return ERR_MEMORY;
    }
    if (!write_list(&sheet->out, field, copy)) {
        wrong(sheet->errors, sheet->row->number, ERR_LENGTH, column, NULL,
              "an entry has more values than fields; entries are separated by |");
        return ERR_LENGTH;
    }
    return OK;
}

/* All cells that belong into one object (NULL: the event itself). */
static enum err write_object(struct sheet *sheet, const char *object)
{
    bool open = object == NULL;
    for (size_t i = 0; i < sheet->head->count; i++) {
        const char *cell = cell_of(sheet, i);
        struct target target;
        if (cell[0] == '\0' || !find_target(&target, sheet->type, sheet->head->cells[i])) {
            continue;
        }
        if ((target.object == NULL) != (object == NULL) ||
            (object != NULL && strcmp(object, target.object) != 0)) {
            continue;
        }
        if (!open) {
            json_out_field_object(&sheet->out, object);
            open = true;
        }
        const enum err err = write_cell(sheet, target.field, sheet->head->cells[i], cell);
        if (err != OK) {
            return err;
        }
    }
    if (open && object != NULL) {
        json_out_end(&sheet->out);
    }
    return OK;
}

/* Every cell means something, and no two columns mean the same. */
static enum err check_columns(const struct sheet *sheet)
{
    enum err first = OK;
    for (size_t i = 0; i < sheet->head->count; i++) {
        struct target target;
        const char *column = sheet->head->cells[i];
        enum err err = OK;
        if (cell_of(sheet, i)[0] == '\0') {
            continue;
        }
        if (!find_target(&target, sheet->type, column)) {
            err = ERR_UNKNOWN_FIELD;
            wrong(sheet->errors, sheet->row->number, err, column, NULL,
                  "this event has no such field");
        }
        for (size_t j = 0; j < i && err == OK; j++) {
            struct target other;
            if (cell_of(sheet, j)[0] != '\0' &&
                find_target(&other, sheet->type, sheet->head->cells[j]) &&
                other.field == target.field) {
                err = ERR_TWICE;
                wrong(sheet->errors, sheet->row->number, err, column, NULL, NULL);
            }
        }
        first = first == OK ? err : first;
    }
    return first;
}

enum err lot_table_row(struct bytes *json, const struct rule_row *rule, const struct csv_row *head,
                       const struct csv_row *row, struct arena *arena, struct errors *errors)
{
    static const char *const objects[] = {NULL, "event", "quality", "name"};
    struct sheet sheet = {
        .type = rule->payload, .head = head, .row = row, .arena = arena, .errors = errors};
    struct bytes text;
    enum err err = check_columns(&sheet);
    if (err != OK) {
        return err;
    }
    json_out_init(&sheet.out, JSON_OUT_COMPACT, JSON_MAX);
    json_out_object(&sheet.out);
    for (size_t i = 0; i < sizeof objects / sizeof objects[0] && err == OK; i++) {
        err = write_object(&sheet, objects[i]);
    }
    json_out_end(&sheet.out);
    if (err == OK) {
        err = json_out_finish(&sheet.out, &text);
    }
    if (err == OK && !arena_copy(arena, text, json)) {
        err = ERR_MEMORY;
    }
    json_out_free(&sheet.out);
    return err;
}
