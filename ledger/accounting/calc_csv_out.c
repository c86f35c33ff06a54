/* SPDX-License-Identifier: Apache-2.0 */
/* Columns are found by walking the messages once; then each row is asked for each column. Lists of
 * parts take the first entry on the line's row and a row + for every further one. */
#include "ledger/accounting/calc_csv.h"

#include "ledger/accounting/words.h"
#include "ledger/codec/csv.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define COLUMN_SIZE 96
#define COLUMNS_MAX (CSV_COLUMNS_MAX - 20)
#define DEPTH 4

/* One column: the fields on the way to a text. */
struct column {
    char name[COLUMN_SIZE];
    const ProtobufCFieldDescriptor *path[DEPTH];
    size_t depth;
};

struct writing {
    const Seam__CalculationFile *file;
    const struct set *set;
    enum err_language language;
    const char *blank; /* written as an empty cell */
    struct column *columns;
    size_t count;
    struct csv_out out;
};

static const char *const head[] = {"facility", "kind",   "period",      "parameter_set", "gwp",
                                   "boundary", "reason", "reason_code", "discovered_by", "state"};
#define HEAD_COUNT (sizeof head / sizeof head[0])
#define HEAD_ALWAYS 6

static void add_column(struct writing *writing, const char *name,
                       const ProtobufCFieldDescriptor *const *path, size_t depth)
{
    for (size_t i = 0; i < writing->count; i++) {
        if (strcmp(writing->columns[i].name, name) == 0) {
            return;
        }
    }
    if (writing->count == COLUMNS_MAX) {
        return; /* Line has fewer fields than that */
    }
    struct column *column = &writing->columns[writing->count++];
    snprintf(column->name, sizeof column->name, "%s", name);
    memcpy(column->path, path, depth * sizeof *path);
    column->depth = depth;
}

/* --- which columns -----------------------------------------------------------------------------*/

struct walk {
    const ProtobufCMessage *message;
    unsigned field;
    char name[COLUMN_SIZE];
};

static void child_name(char *out, const struct walk *walk, const ProtobufCFieldDescriptor *field)
{
    char name[COLUMN_SIZE];
    const bool list =
        field->label == PROTOBUF_C_LABEL_REPEATED && field->type == PROTOBUF_C_TYPE_MESSAGE;
    snprintf(name, sizeof name, "%s", field->name);
    char *end = strstr(name, "_list");
    if (end != NULL) {
        *end = '\0';
    }
    const bool value = strcmp(name, "value") == 0;
    snprintf(out, COLUMN_SIZE, "%.40s%s%.40s%s", walk->name,
             walk->name[0] != '\0' && !value ? "." : "", value ? "" : name, list ? "[]" : "");
}

static void find_columns(struct writing *writing, const ProtobufCMessage *message)
{
    struct walk walks[DEPTH] = {{.message = message}};
    const ProtobufCFieldDescriptor *path[DEPTH];
    size_t depth = 1;
    while (depth > 0) {
        struct walk *walk = &walks[depth - 1];
        const ProtobufCMessageDescriptor *type = walk->message->descriptor;
        if (walk->field == type->n_fields) {
            depth--;
            continue;
        }
        const ProtobufCFieldDescriptor *field = &type->fields[walk->field++];
        const bool quantity = field_is_quantity(type) && strcmp(field->name, "state") != 0;
        if (message_count(walk->message, field) == 0 && !quantity) {
            continue;
        }
        char name[COLUMN_SIZE];
        child_name(name, walk, field);
        path[depth - 1] = field;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
            add_column(writing, name, path, depth);
        } else if (depth < DEPTH) {
            struct walk *next = &walks[depth++];
            next->message = *(ProtobufCMessage *const *)message_at(walk->message, field, 0);
            next->field = 0;
            snprintf(next->name, sizeof next->name, "%s", name);
        }
    }
}

/* --- rows --------------------------------------------------------------------------------------*/

static const char *fuel_name(const struct writing *writing, const char *fuel)
{
    const Seam__FuelName *row = set_fuel(writing->set, fuel);
    if (row == NULL || writing->language == ERR_EN) {
        return fuel;
    }
    const char *name = writing->language == ERR_ZH ? row->zh : row->ru;
    return name[0] != '\0' ? name : fuel;
}

static const char *text_of(const struct writing *writing, const ProtobufCMessage *message,
                           const ProtobufCFieldDescriptor *field, char *room, size_t size)
{
    room[0] = '\0';
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *data = message_at(message, field, 0);
        if (2 * data->len < size) {
            hex_encode(room, bytes_of(data->data, data->len));
        }
        return room;
    }
    const size_t count = message_count(message, field);
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t at = 0;
        for (size_t i = 0; i < count && at < size - 1; i++) {
            const char *text = *(char *const *)message_at(message, field, i);
            const int wrote = snprintf(room + at, size - at, "%s%s", i > 0 ? " " : "", text);
            at += wrote > 0 ? (size_t)wrote : 0;
        }
        return room;
    }
    const char *text = *(char *const *)message_at(message, field, 0);
    if (strcmp(field->name, "fuel") == 0) {
        return fuel_name(writing, text);
    }
    const bool unit = strcmp(field->name, "unit") == 0 && writing->language != ERR_EN;
    const char *word = unit && text[0] != '\0' ? words_unit(text, writing->language) : NULL;
    return word != NULL ? word : text;
}

/* The text of a column in a message. entry: which one of its lists; *more says there is another. */
static const char *look(const struct writing *writing, const ProtobufCMessage *message,
                        const struct column *column, size_t entry, bool *more, char *room,
                        size_t size)
{
    bool listed = false;
    for (size_t i = 0; i + 1 < column->depth; i++) {
        const ProtobufCFieldDescriptor *field = column->path[i];
        /* another kind of message may have a field of the same name */
        field = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, field->name);
        const bool list = field != NULL && field->label == PROTOBUF_C_LABEL_REPEATED;
        const size_t count = field != NULL ? message_count(message, field) : 0;
        const size_t index = list ? entry : 0;
        if (index >= count || field->type != PROTOBUF_C_TYPE_MESSAGE) {
            return "";
        }
        listed = listed || list;
        *more = *more || (list && index + 1 < count);
        message = *(ProtobufCMessage *const *)message_at(message, field, index);
    }
    const ProtobufCFieldDescriptor *last = protobuf_c_message_descriptor_get_field_by_name(
        message->descriptor, column->path[column->depth - 1]->name);
    if (last == NULL || last->type == PROTOBUF_C_TYPE_MESSAGE || (entry > 0 && !listed)) {
        return "";
    }
    return text_of(writing, message, last, room, size);
}

static const char *head_text(const struct writing *writing, size_t index)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(
        writing->file->base.descriptor, head[index]);
    return *(char *const *)message_at(&writing->file->base, field, 0);
}

/* What only corrections and periods without activity have is shown where it is there. */
static bool head_shown(const struct writing *writing, size_t index)
{
    return index < HEAD_ALWAYS || head_text(writing, index)[0] != '\0';
}

static void write_row(struct writing *writing, const ProtobufCMessage *message, const char *code,
                      bool first)
{
    bool more = true;
    for (size_t entry = 0; more && entry < LIMIT_TX_LINES; entry++) {
        char room[CSV_CELL_MAX];
        more = false;
        for (size_t i = 0; i < HEAD_COUNT; i++) {
            if (head_shown(writing, i)) {
                csv_out_cell(&writing->out, i == 0,
                             first && entry == 0 ? head_text(writing, i) : "");
            }
        }
        csv_out_cell(&writing->out, false, entry == 0 ? code : "+");
        for (size_t i = 0; i < writing->count; i++) {
            const char *text =
                look(writing, message, &writing->columns[i], entry, &more, room, sizeof room);
            csv_out_cell(&writing->out, false, strcmp(text, writing->blank) == 0 ? "" : text);
        }
        csv_out_end(&writing->out);
    }
}

static void write_names(struct writing *writing)
{
    for (size_t i = 0; i < HEAD_COUNT; i++) {
        if (head_shown(writing, i)) {
            csv_out_cell(&writing->out, i == 0, head[i]);
        }
    }
    csv_out_cell(&writing->out, false, "code");
    for (size_t i = 0; i < writing->count; i++) {
        csv_out_cell(&writing->out, false, writing->columns[i].name);
    }
    csv_out_end(&writing->out);
}

static void collect(struct writing *writing)
{
    const Seam__CalculationFile *file = writing->file;
    for (size_t i = 0; i < file->n_lines; i++) {
        find_columns(writing, &file->lines[i]->base);
    }
    for (size_t i = 0; i < file->n_products; i++) {
        find_columns(writing, &file->products[i]->base);
    }
    if (file->raw_input != NULL) {
        find_columns(writing, &file->raw_input->base);
    }
    for (size_t i = 0; i < file->n_evidence; i++) {
        find_columns(writing, &file->evidence[i]->base);
    }
    /* the code has a place of its own */
    for (size_t i = 0; i < writing->count; i++) {
        if (strcmp(writing->columns[i].name, "code") == 0) {
            writing->count--;
            memmove(&writing->columns[i], &writing->columns[i + 1],
                    (writing->count - i) * sizeof writing->columns[i]);
        }
    }
}

enum err calc_csv_write(struct bytes *text, const Seam__CalculationFile *file,
                        const struct set *set, enum err_language language, const char *blank,
                        struct arena *arena)
{
    struct writing writing = {
        .file = file, .set = set, .language = language, .blank = blank != NULL ? blank : ""};
    writing.columns = arena_alloc(arena, COLUMNS_MAX * sizeof *writing.columns);
    if (writing.columns == NULL) {
        return ERR_MEMORY;
    }
    collect(&writing);
    csv_out_init(&writing.out, arena);
    write_names(&writing);
    bool first = true;
    for (size_t i = 0; i < file->n_lines; i++) {
        write_row(&writing, &file->lines[i]->base, file->lines[i]->code, first);
        first = false;
    }
    for (size_t i = 0; i < file->n_products; i++) {
        write_row(&writing, &file->products[i]->base, "PRODUCT", first);
        first = false;
    }
    if (file->raw_input != NULL) {
        write_row(&writing, &file->raw_input->base, "RAW_INPUT", first);
        first = false;
    }
    for (size_t i = 0; i < file->n_evidence; i++) {
        write_row(&writing, &file->evidence[i]->base, "EVIDENCE", first);
        first = false;
    }
    return csv_out_finish(&writing.out, text);
}
