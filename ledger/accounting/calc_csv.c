/* SPDX-License-Identifier: Apache-2.0 */
/* A column is a path into a message: "ad" is the value of the quantity ad, "ad.unit" its unit,
 * "composition.CH4" a field of a part, "ventilation[].days" one of an entry of a list. The code of
 * a row says which message: a line, an entry more of the line above (+), a product, the raw coal, a
 * document. */
#include "ledger/accounting/calc_csv.h"

#include "ledger/accounting/accounting.h"
#include "ledger/accounting/words.h"
#include "ledger/codec/csv.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
    "facility,kind,period,parameter_set,gwp,boundary,reason,reason_code,discovered_by,state"
#define PATH_DEPTH 4
#define PATH_SIZE 96
#define LIST_MAX 64 /* entries of one list of a line */

struct reading {
    struct calc_csv *csv;
    struct csv_table table;
    struct arena *arena;
    struct errors *errors;
    enum err failed;
    uint32_t row; /* number of the row being read */
    size_t code; /* index of the column code */
};

static void fail(struct reading *reading, enum err err, const char *field, const char *limit,
                 const char *hint)
{
    if (reading->failed == OK) {
        reading->failed = err;
    }
    if (err == ERR_MEMORY) {
        return;
    }
    struct err_detail *kept = errors_add(reading->errors, err, field, "D34", limit, hint);
    if (kept != NULL) {
        kept->line = reading->row;
    }
}

static void *take(struct reading *reading, size_t size)
{
    void *memory = arena_alloc(reading->arena, size);
    if (memory == NULL) {
        fail(reading, ERR_MEMORY, "", NULL, NULL);
    }
    return memory;
}

/* --- units -------------------------------------------------------------------------------------*/

const char *calc_unit(const char *text)
{
    /* how people write what words_units says in another way */
    static const struct {
        const char *text;
        const char *unit;
    } others[] = {
        {"万Nm3", "1e4Nm3"},
        {"万立方米", "1e4Nm3"},
        {"万标方", "1e4Nm3"},
        {"10^4Nm3", "1e4Nm3"},
        {"10^4 Nm3", "1e4Nm3"},
        {"тыс. м3", "1e3m3"},
        {"тыс.м3", "1e3m3"},
        {"тыс.м³", "1e3m3"},
        {"千立方米", "1e3m3"},
        {"м3", "m3"},
        {"立方米", "m3"},
        {"吨", "t"},
        {"тонн", "t"},
        {"兆瓦时", "MWh"},
        {"МВтч", "MWh"},
        {"МВт.ч", "MWh"},
        {"吉焦", "GJ"},
        {"千焦/千克", "kJ/kg"},
        {"吉焦/吨", "GJ/t"},
        {"GJ/万Nm3", "GJ/1e4Nm3"},
        {"tC/万Nm3", "tC/1e4Nm3"},
        {"нм3/мин", "Nm3/min"},
        {"м3/мин", "m3/min"},
        {"吨/公顷", "t/ha"},
        {"公顷", "ha"},
        {"升", "l"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].text, text) == 0) {
            return others[i].unit;
        }
    }
    size_t count = 0;
    const struct word *units = words_units(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(units[i].key, text) == 0) {
            return units[i].key;
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < 3; j++) {
            if (strcmp(units[i].text[j], text) == 0) {
                return units[i].key;
            }
        }
    }
    return NULL;
}

/* --- one cell into a message -------------------------------------------------------------------*/

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  const char *name, size_t size, bool list)
{
    char want[PATH_SIZE];
    for (int round = 0; round < 2; round++) {
        snprintf(want, sizeof want, "%.*s%s", (int)size, name, list && round == 0 ? "_list" : "");
        for (unsigned i = 0; i < type->n_fields; i++) {
            const ProtobufCFieldDescriptor *field = &type->fields[i];
            const bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;
            const bool entries = repeated && field->type == PROTOBUF_C_TYPE_MESSAGE;
            if (strcmp(field->name, want) == 0 && entries == list) {
                return field;
            }
        }
    }
    return NULL;
}

/* One step of a path: the field it names and what follows. */
struct step {
    const ProtobufCFieldDescriptor *field;
    const char *rest; /* "" at the end */
};

static bool next_step(struct step *out, const ProtobufCMessageDescriptor *type, const char *path)
{
    const size_t size = strcspn(path, ".[");
    const bool list = strncmp(path + size, "[]", 2) == 0;
    const char *rest = path + size + (list ? 2 : 0);
    if (size == 0 || size >= PATH_SIZE / 2 || (*rest != '\0' && *rest != '.')) {
        return false;
    }
    out->field = find_field(type, path, size, list);
    out->rest = *rest == '.' ? rest + 1 : rest;
    return out->field != NULL;
}

/* The type of value a column holds in a message; NULL where the message has no such path. */
static const ProtobufCFieldDescriptor *column_field(const ProtobufCMessageDescriptor *type,
                                                    const char *path)
{
    struct step step;
    for (int depth = 0; depth < PATH_DEPTH; depth++) {
        if (!next_step(&step, type, path)) {
            return NULL;
        }
        if (step.field->type != PROTOBUF_C_TYPE_MESSAGE) {
            return step.rest[0] == '\0' ? step.field : NULL;
        }
        type = step.field->descriptor;
        path = step.rest;
        if (path[0] == '\0') {
            path = "value"; /* a quantity without more is its value */
        }
    }
    return NULL;
}

static void *member_of(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (char *)message + field->offset;
}

static size_t *count_of(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    return (size_t *)(void *)((char *)message + field->quantifier_offset);
}

/* The message below a field: the one that is there, or a new one. entry: one more of a list. */
static ProtobufCMessage *below(struct reading *reading, ProtobufCMessage *message,
                               const ProtobufCFieldDescriptor *field, bool entry)
{
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        ProtobufCMessage **at = member_of(message, field);
        if (*at == NULL) {
            *at = message_new(field->descriptor, reading->arena);
        }
        return *at;
    }
    ProtobufCMessage ***list = member_of(message, field);
    size_t *count = count_of(message, field);
    if (*count > 0 && !entry) {
        return (*list)[*count - 1];
    }
    if (*count == LIST_MAX) {
        fail(reading, ERR_LENGTH, field->name, "64 entries", NULL);
        return NULL;
    }
    if (*count == 0) {
        *list = take(reading, LIST_MAX * sizeof **list);
    }
    ProtobufCMessage *made = message_new(field->descriptor, reading->arena);
    if (*list != NULL && made != NULL) {
        (*list)[(*count)++] = made;
    }
    return made;
}

/* Ids in one cell, separated by blanks. */
static void set_texts(struct reading *reading, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *text)
{
    char ***list = member_of(message, field);
    size_t *count = count_of(message, field);
    *list = take(reading, LIST_MAX * sizeof **list);
    while (*list != NULL && *text != '\0') {
        text += strspn(text, " ");
        const size_t size = strcspn(text, " ");
        if (size > 0 && *count == LIST_MAX) {
            fail(reading, ERR_LENGTH, field->name, "64 entries", NULL);
            return;
        }
        if (size > 0) {
            (*list)[*count] = arena_text(reading->arena, text, size);
            if ((*list)[*count] == NULL) {
                fail(reading, ERR_MEMORY, "", NULL, NULL);
                return;
            }
            (*count)++;
        }
        text += size;
    }
}

static void set_bytes(struct reading *reading, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *column, const char *text)
{
    const size_t size = strlen(text) / 2;
    uint8_t *bytes = take(reading, size + 1);
    if (bytes == NULL) {
        return;
    }
    if (strlen(text) != 2 * size || !hex_decode(bytes, size, bytes_text(text))) {
        fail(reading, ERR_TYPE, column, "hexadecimal digits", NULL);
        return;
    }
    *(ProtobufCBinaryData *)member_of(message, field) =
        (ProtobufCBinaryData){.len = size, .data = bytes};
}

static void put_value(struct reading *reading, ProtobufCMessage *message,
                      const ProtobufCFieldDescriptor *field, const char *column, const char *text)
{
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        set_bytes(reading, message, field, column, text);
        return;
    }
    if (field->type != PROTOBUF_C_TYPE_STRING) {
        fail(reading, ERR_UNKNOWN_FIELD, column, NULL, "not a column of this row");
        return;
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        set_texts(reading, message, field, text);
        return;
    }
    const char *unit = strcmp(field->name, "unit") == 0 ? calc_unit(text) : NULL;
    *(char **)member_of(message, field) = (char *)(uintptr_t)(unit != NULL ? unit : text);
}

/* fresh: lists that have got their entry of this row already, one bit a list. */
static void set_cell(struct reading *reading, ProtobufCMessage *message, const char *column,
                     const char *text, uint64_t *fresh)
{
    struct step step;
    const char *path = column;
    for (int depth = 0; depth < PATH_DEPTH; depth++) {
        if (!next_step(&step, message->descriptor, path)) {
            break;
        }
        if (step.field->type != PROTOBUF_C_TYPE_MESSAGE) {
            if (step.rest[0] != '\0') {
                break;
            }
            put_value(reading, message, step.field, column, text);
            return;
        }
        const uint64_t bit = UINT64_C(1) << (step.field->id % 64);
        message = below(reading, message, step.field, (*fresh & bit) == 0);
        *fresh |= step.field->label == PROTOBUF_C_LABEL_REPEATED ? bit : 0;
        if (message == NULL) {
            if (reading->failed == OK) {
                fail(reading, ERR_MEMORY, "", NULL, NULL);
            }
            return;
        }
        path = step.rest[0] != '\0' ? step.rest : "value";
    }
    fail(reading, ERR_UNKNOWN_FIELD, column, NULL, "not a column of this row");
}

/* --- rows --------------------------------------------------------------------------------------*/

static const char *cell(const struct csv_row *row, size_t column)
{
    return column < row->count ? row->cells[column] : "";
}

static void set_head(struct reading *reading, const char *column, const char *text)
{
    Seam__CalculationFile *file = reading->csv->file;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(file->base.descriptor, column);
    assert(field != NULL);
    char **at = member_of(&file->base, field);
    if ((*at)[0] != '\0' && strcmp(*at, text) != 0) {
        fail(reading, ERR_CONFLICT, column, *at,
             "one file is one account: say it once, or the same");
        return;
    }
    *at = (char *)(uintptr_t)text;
}

static ProtobufCMessage *new_line(struct reading *reading)
{
    Seam__CalculationFile *file = reading->csv->file;
    Seam__Line *line = (Seam__Line *)message_new(&seam__line__descriptor, reading->arena);
    if (file->n_lines == LIMIT_TX_LINES) {
        fail(reading, ERR_LENGTH, "code", "at most 1000 lines", NULL);
        return NULL;
    }
    if (line == NULL) {
        fail(reading, ERR_MEMORY, "", NULL, NULL);
        return NULL;
    }
    reading->csv->line_rows[file->n_lines] = reading->row;
    file->lines[file->n_lines++] = line;
    return &line->base;
}

static ProtobufCMessage *new_product(struct reading *reading)
{
    Seam__CalculationFile *file = reading->csv->file;
    Seam__Product *product =
        (Seam__Product *)message_new(&seam__product__descriptor, reading->arena);
    if (product == NULL || file->n_products == LIMIT_TX_LINES) {
        fail(reading, product == NULL ? ERR_MEMORY : ERR_LENGTH, "code", NULL, NULL);
        return NULL;
    }
    reading->csv->product_rows[file->n_products] = reading->row;
    file->products[file->n_products++] = product;
    return &product->base;
}

static ProtobufCMessage *new_evidence(struct reading *reading)
{
    Seam__CalculationFile *file = reading->csv->file;
    Seam__Evidence *item =
        (Seam__Evidence *)message_new(&seam__evidence__descriptor, reading->arena);
    if (item == NULL || file->n_evidence == LIMIT_TX_LINES) {
        fail(reading, item == NULL ? ERR_MEMORY : ERR_LENGTH, "code", NULL, NULL);
        return NULL;
    }
    file->evidence[file->n_evidence++] = item;
    return &item->base;
}

static ProtobufCMessage *new_raw(struct reading *reading)
{
    Seam__CalculationFile *file = reading->csv->file;
    if (file->raw_input != NULL) {
        fail(reading, ERR_TWICE, "code", NULL, "one row RAW_INPUT");
        return NULL;
    }
    file->raw_input = (Seam__RawInput *)message_new(&seam__raw_input__descriptor, reading->arena);
    reading->csv->raw_row = reading->row;
    return file->raw_input != NULL ? &file->raw_input->base : NULL;
}

/* The message that a row fills; NULL where there is none, and then nothing but the head counts. */
static ProtobufCMessage *target(struct reading *reading, const char *code, bool *line)
{
    Seam__CalculationFile *file = reading->csv->file;
    *line = false;
    if (strcmp(code, "PRODUCT") == 0) {
        return new_product(reading);
    }
    if (strcmp(code, "RAW_INPUT") == 0) {
        return new_raw(reading);
    }
    if (strcmp(code, "EVIDENCE") == 0) {
        return new_evidence(reading);
    }
    if (strcmp(code, "+") == 0) {
        if (file->n_lines == 0) {
            fail(reading, ERR_MISSING, "code", "a line above", "+ continues the line above");
            return NULL;
        }
        return &file->lines[file->n_lines - 1]->base;
    }
    *line = true;
    return code[0] != '\0' ? new_line(reading) : NULL;
}

static void read_row(struct reading *reading, const struct csv_row *row)
{
    const struct csv_row *names = &reading->table.rows[0];
    const char *code = cell(row, reading->code);
    bool line = false;
    bool stray = false;
    uint64_t fresh = 0;
    reading->row = row->number;
    ProtobufCMessage *message = target(reading, code, &line);
    for (size_t i = 0; i < row->count; i++) {
        const char *text = row->cells[i];
        if (text[0] == '\0' || (i == reading->code && !line)) {
            continue;
        }
        if (spell_in_list(names->cells[i], HEAD)) {
            set_head(reading, names->cells[i], text);
        } else if (message != NULL) {
            set_cell(reading, message, names->cells[i], text, &fresh);
        } else {
            stray = stray || code[0] == '\0';
        }
    }
    if (stray) {
        fail(reading, ERR_MISSING, "code", "a line code, PRODUCT, RAW_INPUT, EVIDENCE or +", NULL);
    }
}

static void check_columns(struct reading *reading)
{
    static const ProtobufCMessageDescriptor *const types[] = {
        &seam__line__descriptor, &seam__product__descriptor, &seam__raw_input__descriptor,
        &seam__evidence__descriptor};
    const struct csv_row *names = &reading->table.rows[0];
    reading->row = names->number;
    reading->code = names->count;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->cells[i];
        bool known = spell_in_list(name, HEAD);
        for (size_t j = 0; j < sizeof types / sizeof types[0]; j++) {
            known = known || column_field(types[j], name) != NULL;
        }
        if (!known) {
            fail(reading, ERR_UNKNOWN_FIELD, name, "docs/csv.md",
                 name[0] == '\0' ? "a column without a name" : NULL);
        }
        for (size_t j = 0; j < i; j++) {
            if (name[0] != '\0' && strcmp(names->cells[j], name) == 0) {
                fail(reading, ERR_TWICE, name, NULL, "two columns of one name");
            }
        }
        if (strcmp(name, "code") == 0) {
            reading->code = i;
        }
    }
    if (reading->code == names->count) {
        fail(reading, ERR_MISSING, "code", "a column code", "the first row names the columns");
    }
}

static bool prepare(struct reading *reading)
{
    struct calc_csv *csv = reading->csv;
    csv->file =
        (Seam__CalculationFile *)message_new(&seam__calculation_file__descriptor, reading->arena);
    csv->line_rows = take(reading, LIMIT_TX_LINES * sizeof *csv->line_rows);
    csv->product_rows = take(reading, LIMIT_TX_LINES * sizeof *csv->product_rows);
    void *lines = take(reading, LIMIT_TX_LINES * sizeof(Seam__Line *));
    void *products = take(reading, LIMIT_TX_LINES * sizeof(Seam__Product *));
    void *evidence = take(reading, LIMIT_TX_LINES * sizeof(Seam__Evidence *));
    if (csv->file == NULL || reading->failed != OK) {
        return false;
    }
    csv->file->lines = lines;
    csv->file->products = products;
    csv->file->evidence = evidence;
    return true;
}

enum err calc_csv_read(struct calc_csv *out, struct bytes text, struct arena *arena,
                       struct errors *errors)
{
    struct calc_csv csv = {.raw_row = 0};
    struct reading reading = {.csv = &csv, .arena = arena, .errors = errors, .failed = OK};
    const enum err err = csv_read(&reading.table, text, LIMIT_HTTP_BODY, arena, errors);
    if (err != OK) {
        return err;
    }
    if (!prepare(&reading)) {
        return ERR_MEMORY;
    }
    check_columns(&reading);
    if (reading.failed != OK) {
        return reading.failed; /* without its columns no row can be read */
    }
    for (size_t i = 1; i < reading.table.count; i++) {
        read_row(&reading, &reading.table.rows[i]);
    }
    if (reading.failed == OK) {
        *out = csv;
    }
    return reading.failed;
}

/* --- fuels and errors --------------------------------------------------------------------------*/

/* Capital and small letters of ASCII are the same. */
static bool same_text(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++) {
        const char x = *a >= 'A' && *a <= 'Z' ? (char)(*a - 'A' + 'a') : *a;
        const char y = *b >= 'A' && *b <= 'Z' ? (char)(*b - 'A' + 'a') : *b;
        if (x != y) {
            return false;
        }
    }
    return *a == *b;
}

void calc_csv_fuels(struct calc_csv *csv, const struct set *set)
{
    for (size_t i = 0; i < csv->file->n_lines; i++) {
        Seam__Line *line = csv->file->lines[i];
        if (line->fuel[0] == '\0' || set_fuel(set, line->fuel) != NULL) {
            continue;
        }
        for (size_t j = 0; j < set->message->n_fuels; j++) {
            const Seam__FuelName *fuel = set->message->fuels[j];
            if (same_text(fuel->zh, line->fuel) || same_text(fuel->ru, line->fuel) ||
                same_text(fuel->en, line->fuel)) {
                line->fuel = fuel->fuel;
                break;
            }
        }
    }
}

/* "products[2].mass" is field "mass" of the row of product 2. */
static void product_row(const struct calc_csv *csv, struct err_detail *detail)
{
    static const char prefix[] = "products[";
    if (strncmp(detail->field, prefix, sizeof prefix - 1) != 0) {
        return;
    }
    size_t index = 0;
    const char *at = detail->field + sizeof prefix - 1;
    for (; *at >= '0' && *at <= '9' && index < LIMIT_TX_LINES; at++) {
        index = index * 10 + (size_t)(*at - '0');
    }
    if (index < csv->file->n_products && strncmp(at, "].", 2) == 0) {
        detail->line = csv->product_rows[index];
        memmove(detail->field, at + 2, strlen(at + 2) + 1);
    }
}

void calc_csv_rows(const struct calc_csv *csv, struct errors *errors, size_t from)
{
    for (size_t i = from; i < errors->count; i++) {
        struct err_detail *detail = &errors->items[i];
        if (detail->line > 0 && detail->line <= csv->file->n_lines) {
            detail->line = csv->line_rows[detail->line - 1];
        } else if (strncmp(detail->field, "raw_input.", 10) == 0) {
            detail->line = csv->raw_row;
        } else {
            product_row(csv, detail);
        }
    }
}
