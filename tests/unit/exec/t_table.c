/* SPDX-License-Identifier: Apache-2.0 */
/* The joined table: complete, ascending, and no field of any message without a row. */

#include "ledger/codec/field_check.h"
#include "tests/unit/exec/chain.h"

static void rows_are_found(void **state)
{
    (void)state;
    size_t count = 0;
    const struct rule_row *const *rows = exec_rows(&count);
    assert_true(count >= 13);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || rows[i - 1]->type < rows[i]->type);
        assert_ptr_equal(exec_row(rows[i]->type), rows[i]);
        assert_ptr_equal(exec_row_by_name(rows[i]->name), rows[i]);
        assert_ptr_equal(exec_row_by_name(rows[i]->operation), rows[i]);
        assert_non_null(exec_row_fields(rows[i]));
        assert_non_null(rows[i]->help_en);
        assert_non_null(rows[i]->clause);
        assert_non_null(rows[i]->links);
        for (size_t k = 0; k < rows[i]->signatures; k++) {
            assert_int_not_equal(rows[i]->usages[k], 0);
        }
    }
    assert_null(exec_row(0));
    assert_null(exec_row(15));
    assert_null(exec_row_by_name("NOTHING"));
}

struct walk {
    const ProtobufCMessageDescriptor *types[256];
    size_t count;
};

static void walk_add(struct walk *walk, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->types[i] == type) {
            return;
        }
    }
    assert_true(walk->count < 256);
    walk->types[walk->count++] = type;
}

static bool is_part_of_quantity(const ProtobufCMessageDescriptor *type)
{
    return field_is_quantity(type) && type->n_fields <= 3;
}

static void every_field_has_a_row(void **state)
{
    (void)state;
    size_t count = 0;
    size_t tables = 0;
    const struct rule_row *const *rows = exec_rows(&count);
    const struct field_table *const *fields = exec_fields(&tables);
    struct walk walk = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        walk_add(&walk, rows[i]->payload);
        if (rows[i]->detached != NULL) {
            walk_add(&walk, rows[i]->detached);
        }
    }
    walk_add(&walk, &seam__transaction__descriptor);
    walk_add(&walk, &seam__body__descriptor);
    walk_add(&walk, &seam__receipt__descriptor);
    walk_add(&walk, &seam__genesis__descriptor);
    for (size_t i = 0; i < walk.count; i++) {
        const ProtobufCMessageDescriptor *type = walk.types[i];
        for (unsigned k = 0; k < type->n_fields; k++) {
            const ProtobufCFieldDescriptor *field = &type->fields[k];
            const struct field_row *row = NULL;
            for (size_t t = 0; row == NULL && t < tables; t++) {
                row = field_find(fields[t], type, field->name);
            }
            if (row == NULL && !is_part_of_quantity(type)) {
                fail_msg("%s.%s has no row", type->name, field->name);
            }
            if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
                walk_add(&walk, field->descriptor);
            }
        }
    }
}

static void rows_name_fields_that_exist(void **state)
{
    (void)state;
    size_t tables = 0;
    const struct field_table *const *fields = exec_fields(&tables);
    for (size_t t = 0; t < tables; t++) {
        for (size_t i = 0; i < fields[t]->count; i++) {
            const struct field_row *row = &fields[t]->rows[i];
            if (protobuf_c_message_descriptor_get_field_by_name(row->message, row->field) == NULL) {
                fail_msg("%s has no field %s", row->message->name, row->field);
            }
            assert_non_null(row->help_en);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found),
        cmocka_unit_test(every_field_has_a_row),
        cmocka_unit_test(rows_name_fields_that_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
