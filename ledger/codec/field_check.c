/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of messages still to be looked at, each with where it stands; what a message contains is
 * put at its end. So nothing recurses, and failures of one level stand together, in the order of
 * the fields. The descriptors are not recursive (walk in message.c), which bounds the queue by the
 * size of the message. A path is only spelled for what is refused: most messages are good. */

#include "ledger/codec/field_check.h"

#include "ledger/base/limits.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"
#include "ledger/codec/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INTEGER_MAX ((INT64_C(1) << 53) - 1) /* what JavaScript reads exactly (decision D34) */
#define PATH_SIZE (sizeof((struct err_detail *)0)->field)

struct task {
    struct task *next;
    const ProtobufCMessage *message;
    const struct task *parent; /* NULL for the root; else the message stands in: */
    const ProtobufCFieldDescriptor *field;
    size_t index;
};

struct check {
    const struct field_table *table;
    struct arena *arena;
    struct errors *errors;
    struct task *last;
    enum err failed; /* ERR_MEMORY */
};

/* One value under examination. */
struct value {
    const struct field_row *row;
    const ProtobufCMessage *message;
    const ProtobufCFieldDescriptor *field;
    size_t index;
    const struct task *task; /* of the message that holds the field */
    enum { WHOLE, ENTRY, AMOUNT, UNIT } part; /* which place in it a failure names */
};

const struct field_row *field_find(const struct field_table *table,
                                   const ProtobufCMessageDescriptor *message, const char *field)
{
    for (size_t i = 0; table != NULL && i < table->count; i++) {
        if (table->rows[i].message == message && strcmp(table->rows[i].field, field) == 0) {
            return &table->rows[i];
        }
    }
    return NULL;
}

static const ProtobufCFieldDescriptor *field_named(const ProtobufCMessageDescriptor *type,
                                                   const char *name)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (strcmp(type->fields[i].name, name) == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

bool field_is_quantity(const ProtobufCMessageDescriptor *message)
{
    const ProtobufCFieldDescriptor *value = field_named(message, "value");
    const ProtobufCFieldDescriptor *unit = field_named(message, "unit");
    return value != NULL && unit != NULL && value->type == PROTOBUF_C_TYPE_STRING &&
           unit->type == PROTOBUF_C_TYPE_STRING;
}

/* entry_path spells an entry of a field below prefix, which is "" or ends with a point. */
static void entry_path(char path[PATH_SIZE], const char *prefix,
                       const ProtobufCFieldDescriptor *field, size_t index)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        snprintf(path, PATH_SIZE, "%.55s%.24s[%u]", prefix, field->name, (unsigned)index);
    } else {
        snprintf(path, PATH_SIZE, "%.60s%.34s", prefix, field->name);
    }
}

static void task_prefix(char prefix[PATH_SIZE], const struct task *task)
{
    const struct task *above[LIMIT_MESSAGE_DEPTH];
    size_t depth = 0;
    for (; task->parent != NULL; task = task->parent) {
        assert(depth < LIMIT_MESSAGE_DEPTH);
        above[depth++] = task;
    }
    prefix[0] = '\0';
    while (depth > 0) {
        char path[PATH_SIZE];
        depth--;
        entry_path(path, prefix, above[depth]->field, above[depth]->index);
        snprintf(prefix, PATH_SIZE, "%.94s.", path);
    }
}

static void value_path(char path[PATH_SIZE], const struct value *value)
{
    char prefix[PATH_SIZE];
    task_prefix(prefix, value->task);
    if (value->part == WHOLE) {
        snprintf(path, PATH_SIZE, "%.60s%.34s", prefix, value->field->name);
        return;
    }
    entry_path(path, prefix, value->field, value->index);
    if (value->part != ENTRY) {
        char entry[PATH_SIZE];
        memcpy(entry, path, sizeof entry);
        snprintf(path, PATH_SIZE, "%.80s.%s", entry, value->part == AMOUNT ? "value" : "unit");
    }
}

static void fail(const struct check *check, const struct value *value, enum err err,
                 const char *limit, const char *hint)
{
    char path[PATH_SIZE];
    value_path(path, value);
    errors_add(check->errors, err, path, value->row->clause, limit, hint);
}

static void fail_range(const struct check *check, const struct value *value, enum err err)
{
    const struct field_row *row = value->row;
    char limit[sizeof((struct err_detail *)0)->limit];
    snprintf(limit, sizeof limit, "%s..%s", row->min != NULL ? row->min : "",
             row->max != NULL ? row->max : "");
    fail(check, value, err, limit, NULL);
}

static const char *text_at(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                           size_t index)
{
    const char *text = *(char *const *)message_at(message, field, index);
    return text != NULL ? text : "";
}

static const char *text_of(const struct value *value)
{
    return text_at(value->message, value->field, value->index);
}

/* A value above 1 and up to 100 where a fraction stands is a percentage: said, never guessed
 * [methodology 10.5]. */
static enum err range_error(const struct field_row *row, const char *text)
{
    if (row->err == ERR_PERCENT) {
        const bool percent = text[0] != '-' && spell_decimal_compare(text, "100") <= 0;
        return percent ? ERR_PERCENT : ERR_RANGE;
    }
    return row->err != OK ? row->err : ERR_RANGE;
}

static void check_decimal(const struct check *check, const struct value *value, const char *text)
{
    const struct field_row *row = value->row;
    uint32_t places = 0;
    if (!spell_decimal(text, &places)) {
        const bool comma = strchr(text, ',') != NULL;
        fail(check, value, ERR_DEC, "digits, one point, at most 18 digits and 9 places",
             comma ? "use a point, no thousands separators" : NULL);
        return;
    }
    if (places > row->decimals) {
        char limit[40];
        snprintf(limit, sizeof limit, "at most %u places", row->decimals);
        fail(check, value, ERR_DEC, limit, NULL);
        return;
    }
    if ((row->min != NULL && spell_decimal_compare(text, row->min) < 0) ||
        (row->max != NULL && spell_decimal_compare(text, row->max) > 0)) {
        fail_range(check, value, range_error(row, text));
    }
}

static void check_quantity(const struct check *check, const struct value *value,
                           const ProtobufCMessage *quantity)
{
    struct value part = *value;
    part.part = AMOUNT;
    const char *amount = text_at(quantity, field_named(quantity->descriptor, "value"), 0);
    if (*amount == '\0') {
        fail(check, &part, ERR_MISSING, NULL, NULL);
    } else {
        check_decimal(check, &part, amount);
    }
    part.part = UNIT;
    const char *unit = text_at(quantity, field_named(quantity->descriptor, "unit"), 0);
    if (*unit == '\0') {
        fail(check, &part, ERR_MISSING, value->row->units, NULL);
    } else if (value->row->units != NULL && !spell_in_list(unit, value->row->units)) {
        fail(check, &part, ERR_UNIT, value->row->units, NULL);
    }
}

static void check_text(const struct check *check, const struct value *value)
{
    const struct bytes text = bytes_text(text_of(value));
    if (!utf8_printable(text)) {
        fail(check, value, ERR_TEXT, "no control characters", NULL);
        return;
    }
    const unsigned long max =
        value->row->max != NULL ? strtoul(value->row->max, NULL, 10) : LIMIT_NAME_TEXT;
    if (utf8_count(text) > max) {
        char limit[40];
        snprintf(limit, sizeof limit, "at most %lu characters", max);
        fail(check, value, ERR_LENGTH, limit, NULL);
    }
}

static void check_id(const struct check *check, const struct value *value)
{
    const char *text = text_of(value);
    /* Rows whose choices say so (parameter sets, factors) may have capitals. */
    const bool capitals = value->row->choices != NULL && value->row->choices[0] == 'A';
    if (!spell_id(text, capitals)) {
        const enum err err = strlen(text) > LIMIT_ID_TEXT ? ERR_LENGTH : ERR_TEXT;
        fail(check, value, err,
             capitals ? "A-Z a-z 0-9 . _ -, at most 64" : "a-z 0-9 . _ -, at most 64", NULL);
    }
}

static void check_enum(const struct check *check, const struct value *value)
{
    const struct field_row *row = value->row;
    if (value->field->type == PROTOBUF_C_TYPE_ENUM) {
        int64_t number = 0;
        const bool read = message_integer(&number, value->message, value->field, value->index);
        if (!read ||
            protobuf_c_enum_descriptor_get_value(value->field->descriptor, (int)number) == NULL) {
            fail(check, value, row->err != OK ? row->err : ERR_ENUM, row->choices, NULL);
        }
        return;
    }
    if (row->choices != NULL && !spell_in_list(text_of(value), row->choices)) {
        fail(check, value, row->err != OK ? row->err : ERR_ENUM, row->choices, NULL);
    }
}

static void check_integer(const struct check *check, const struct value *value)
{
    const struct field_row *row = value->row;
    int64_t number = 0;
    const bool read = message_integer(&number, value->message, value->field, value->index);
    if (!read || number > INTEGER_MAX || number < -INTEGER_MAX) {
        fail(check, value, ERR_RANGE, "-9007199254740991..9007199254740991", NULL);
        return;
    }
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)number);
    if ((row->min != NULL && spell_decimal_compare(text, row->min) < 0) ||
        (row->max != NULL && spell_decimal_compare(text, row->max) > 0)) {
        fail_range(check, value, row->err != OK ? row->err : ERR_RANGE);
    }
}

static void check_bytes(const struct check *check, const struct value *value)
{
    const ProtobufCBinaryData *data = message_at(value->message, value->field, value->index);
    if (value->row->kind == FIELD_HASH) {
        if (data->len != HASH_SIZE) {
            fail(check, value, ERR_LENGTH, "32 bytes", NULL);
        }
        return;
    }
    if (value->row->max != NULL && data->len > strtoul(value->row->max, NULL, 10)) {
        fail(check, value, ERR_LENGTH, value->row->max, "bytes");
    }
}

static void check_form(const struct check *check, const struct value *value)
{
    const char *text = text_of(value);
    const bool period = value->row->kind == FIELD_PERIOD;
    if (!(period ? spell_period(text) : spell_date(text))) {
        fail(check, value, ERR_PARSE, period ? "YYYY-MM, YYYY or YYYY-Qn" : "YYYY-MM-DD", NULL);
    }
}

/* What a row's kind expects of the protobuf type, so that a wrong table is our bug, not theirs. */
static bool type_fits(const struct value *value, bool quantity)
{
    const ProtobufCType type = value->field->type;
    const bool text = type == PROTOBUF_C_TYPE_STRING;
    const bool bytes = type == PROTOBUF_C_TYPE_BYTES;
    const bool message = type == PROTOBUF_C_TYPE_MESSAGE;
    switch (value->row->kind) {
    case FIELD_TEXT:
    case FIELD_ID:
    case FIELD_PERIOD:
    case FIELD_DATE:
        return text;
    case FIELD_ENUM:
        return text || type == PROTOBUF_C_TYPE_ENUM;
    case FIELD_DECIMAL:
        return text || quantity;
    case FIELD_HASH:
    case FIELD_BYTES:
        return bytes;
    case FIELD_MESSAGE:
        return message;
    case FIELD_INTEGER:
    case FIELD_TIME:
    case FIELD_GRAMS:
    case FIELD_BOOL:
        break;
    }
    return !text && !bytes && !message;
}

static void check_value(const struct check *check, const struct value *value)
{
    const ProtobufCMessage *nested = NULL;
    if (value->field->type == PROTOBUF_C_TYPE_MESSAGE) {
        nested = *(ProtobufCMessage *const *)message_at(value->message, value->field, value->index);
    }
    assert(type_fits(value, nested != NULL && field_is_quantity(nested->descriptor)));
    switch (value->row->kind) {
    case FIELD_TEXT:
        check_text(check, value);
        break;
    case FIELD_ID:
        check_id(check, value);
        break;
    case FIELD_ENUM:
        check_enum(check, value);
        break;
    case FIELD_DECIMAL:
        if (nested != NULL) {
            check_quantity(check, value, nested);
        } else {
            check_decimal(check, value, text_of(value));
        }
        break;
    case FIELD_INTEGER:
    case FIELD_TIME:
    case FIELD_GRAMS:
        check_integer(check, value);
        break;
    case FIELD_HASH:
    case FIELD_BYTES:
        check_bytes(check, value);
        break;
    case FIELD_PERIOD:
    case FIELD_DATE:
        check_form(check, value);
        break;
    case FIELD_MESSAGE:
    case FIELD_BOOL:
        break;
    }
}

/* The partner of X is X_list and the other way round; NULL where there is none. */
static const ProtobufCFieldDescriptor *partner_of(const ProtobufCMessageDescriptor *type,
                                                  const ProtobufCFieldDescriptor *field)
{
    static const char suffix[] = "_list";
    char name[96];
    const size_t size = strlen(field->name);
    const size_t tail = sizeof suffix - 1;
    if (size > tail && strcmp(field->name + size - tail, suffix) == 0) {
        snprintf(name, sizeof name, "%.*s", (int)(size - tail), field->name);
    } else {
        snprintf(name, sizeof name, "%s%s", field->name, suffix);
    }
    return field_named(type, name);
}

static void enqueue(struct check *check, const struct value *value)
{
    struct task *next = arena_alloc(check->arena, sizeof *next);
    if (next == NULL) {
        check->failed = ERR_MEMORY;
        return;
    }
    *next = (struct task){
        .message =
            *(ProtobufCMessage *const *)message_at(value->message, value->field, value->index),
        .parent = value->task,
        .field = value->field,
        .index = value->index,
    };
    check->last->next = next;
    check->last = next;
}

static void check_entries(struct check *check, struct value *value, size_t count)
{
    const bool quantity = value->row != NULL && value->row->kind == FIELD_DECIMAL;
    const bool nested = value->field->type == PROTOBUF_C_TYPE_MESSAGE && !quantity;
    value->part = ENTRY;
    for (size_t i = 0; i < count && check->failed == OK; i++) {
        value->index = i;
        if (value->row != NULL) {
            check_value(check, value);
        }
        if (nested) {
            enqueue(check, value);
        }
    }
}

static void check_presence(const struct check *check, const struct value *value, size_t count)
{
    if (count == 0 && value->row->required) {
        const ProtobufCFieldDescriptor *partner =
            partner_of(value->message->descriptor, value->field);
        if (partner == NULL || message_count(value->message, partner) == 0) {
            fail(check, value, ERR_MISSING, NULL, NULL);
        }
    }
    if (value->field->label == PROTOBUF_C_LABEL_REPEATED && value->row->kind == FIELD_MESSAGE &&
        value->row->max != NULL && count > strtoul(value->row->max, NULL, 10)) {
        fail(check, value, ERR_LENGTH, value->row->max, "entries");
    }
}

/* Rows of one message stand together in its table, so the search starts at the first. */
static struct field_table rows_of(const struct field_table *table,
                                  const ProtobufCMessageDescriptor *type)
{
    size_t first = 0;
    while (table != NULL && first < table->count && table->rows[first].message != type) {
        first++;
    }
    if (table == NULL || first == table->count) {
        return (struct field_table){NULL, 0};
    }
    return (struct field_table){table->rows + first, table->count - first};
}

static void check_task(struct check *check, const struct task *task)
{
    const ProtobufCMessageDescriptor *type = task->message->descriptor;
    const struct field_table rows = rows_of(check->table, type);
    for (unsigned i = 0; i < type->n_fields; i++) {
        struct value value = {.message = task->message, .field = &type->fields[i], .task = task};
        const size_t count = message_count(task->message, value.field);
        value.row = rows.count > 0 ? field_find(&rows, type, value.field->name) : NULL;
        if (value.row != NULL) {
            check_presence(check, &value, count);
        }
        check_entries(check, &value, count);
    }
}

enum err field_check(const ProtobufCMessage *message, const struct field_table *table,
                     struct arena *arena, struct errors *errors)
{
    assert(message != NULL);
    assert(errors != NULL);
    struct task first = {.message = message};
    struct check check = {.table = table, .arena = arena, .errors = errors, .last = &first};
    const size_t before = errors->count;
    for (const struct task *task = &first; task != NULL && check.failed == OK; task = task->next) {
        check_task(&check, task);
        if (errors->more) {
            break;
        }
    }
    if (check.failed != OK) {
        return check.failed;
    }
    if (errors->count > before) {
        return errors->items[before].err;
    }
    return errors->more ? ERR_INTERNAL : OK;
}
