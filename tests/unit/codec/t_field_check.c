/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/field_check.h"

#include "ledger/base/limits.h"
#include "ledger/codec/message.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FILE_TYPE &seam__calculation_file__descriptor
#define LINE_TYPE &seam__line__descriptor

static const struct field_row rows[] = {
    {FILE_TYPE, "facility", FIELD_ID, true, NULL, NULL, 0, NULL, NULL, OK, "KSSJ 5.1.1", NULL},
    {FILE_TYPE, "kind", FIELD_ENUM, true, NULL, NULL, 0, NULL, "UG,OP,WP,AM", OK, NULL, NULL},
    {FILE_TYPE, "period", FIELD_PERIOD, true, NULL, NULL, 0, NULL, NULL, OK, NULL, NULL},
    {FILE_TYPE, "previous", FIELD_HASH, false, NULL, NULL, 0, NULL, NULL, OK, NULL, NULL},
    {FILE_TYPE, "reason", FIELD_TEXT, false, NULL, "5", 0, NULL, NULL, OK, NULL, NULL},
    {FILE_TYPE, "lines", FIELD_MESSAGE, true, NULL, "3", 0, NULL, NULL, OK, NULL, NULL},
    {LINE_TYPE, "of", FIELD_DECIMAL, false, "0", "1", 6, NULL, NULL, ERR_PERCENT, "KSSJ 5.2.2a",
     NULL},
    {LINE_TYPE, "ad", FIELD_DECIMAL, false, "0", "100000000", 6, "t,1e4Nm3", NULL, OK, NULL, NULL},
    {LINE_TYPE, "ventilation", FIELD_DECIMAL, true, "0", "10000000", 6, "1e4Nm3", NULL, OK, NULL,
     NULL},
    {LINE_TYPE, "evidence", FIELD_ID, false, NULL, NULL, 0, NULL, NULL, OK, NULL, NULL},
    {LINE_TYPE, "measured_start", FIELD_DATE, false, NULL, NULL, 0, NULL, NULL, OK, NULL, NULL},
    {&seam__jurisdiction_set__descriptor, "utc_offset_minutes", FIELD_INTEGER, false, "-720", "840",
     0, NULL, NULL, OK, NULL, NULL},
};
static const struct field_table table = {rows, sizeof rows / sizeof rows[0]};

struct fixture {
    struct arena arena;
    struct errors errors;
    Seam__CalculationFile file;
    Seam__Line line;
    Seam__Line *lines[4];
    Seam__Quantity ad;
    Seam__Quantity ventilation;
};

static struct fixture f;

static int start(void **state)
{
    (void)state;
    arena_init(&f.arena, 1024 * 1024);
    assert_int_equal(errors_new(&f.errors, &f.arena), OK);
    f.file = (Seam__CalculationFile)SEAM__CALCULATION_FILE__INIT;
    f.line = (Seam__Line)SEAM__LINE__INIT;
    f.ad = (Seam__Quantity)SEAM__QUANTITY__INIT;
    f.ventilation = (Seam__Quantity)SEAM__QUANTITY__INIT;
    f.file.facility = (char *)"mine-a";
    f.file.kind = (char *)"UG";
    f.file.period = (char *)"2026-09";
    f.line.of = (char *)"0.98";
    f.ad.value = (char *)"4200";
    f.ad.unit = (char *)"t";
    f.ventilation.value = (char *)"1";
    f.ventilation.unit = (char *)"1e4Nm3";
    f.line.ad = &f.ad;
    f.line.ventilation = &f.ventilation;
    for (size_t i = 0; i < 4; i++) {
        f.lines[i] = &f.line;
    }
    f.file.n_lines = 1;
    f.file.lines = f.lines;
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&f.arena);
    return 0;
}

static void expect(enum err err, const char *path)
{
    f.errors.count = 0;
    assert_int_equal(field_check(&f.file.base, &table, &f.arena, &f.errors), err);
    if (err == OK) {
        assert_int_equal(f.errors.count, 0);
        return;
    }
    assert_int_equal(f.errors.count, 1);
    assert_int_equal(f.errors.items[0].err, err);
    assert_string_equal(f.errors.items[0].field, path);
}

static void checks_each_kind(void **state)
{
    (void)state;
    expect(OK, NULL);
    f.file.facility = (char *)"Mine A";
    expect(ERR_TEXT, "facility");
    assert_string_equal(f.errors.items[0].clause, "KSSJ 5.1.1");
    f.file.facility = (char *)"";
    expect(ERR_MISSING, "facility");
    f.file.facility = (char *)"mine-a";
    f.file.kind = (char *)"WASH";
    expect(ERR_ENUM, "kind");
    assert_string_equal(f.errors.items[0].limit, "UG,OP,WP,AM");
    f.file.kind = (char *)"UG";
    f.file.period = (char *)"2026-13";
    expect(ERR_PARSE, "period");
    f.file.period = (char *)"2026-Q1";
    f.file.reason = (char *)"煤煤煤煤煤";
    expect(OK, NULL);
    f.file.reason = (char *)"123456";
    expect(ERR_LENGTH, "reason");
    f.file.reason = (char *)"a\nb";
    expect(ERR_TEXT, "reason");
    f.file.reason = (char *)"";
    static uint8_t hash[33];
    f.file.previous = (ProtobufCBinaryData){32, hash};
    expect(OK, NULL);
    f.file.previous = (ProtobufCBinaryData){31, hash};
    expect(ERR_LENGTH, "previous");
    f.file.previous = (ProtobufCBinaryData){33, hash};
    expect(ERR_LENGTH, "previous");
}

static void checks_decimals(void **state)
{
    (void)state;
    static const struct {
        const char *of;
        enum err err;
    } rows_of[] = {
        {"0", OK},
        {"1", OK},
        {"1.000000", OK},
        {"0.123456", OK},
        {"0.1234567", ERR_DEC},
        {"1.000001", ERR_PERCENT},
        {"98", ERR_PERCENT},
        {"100", ERR_PERCENT},
        {"100.1", ERR_RANGE},
        {"-0.1", ERR_RANGE},
        {"0,98", ERR_DEC},
        {"1e-2", ERR_DEC},
    };
    for (size_t i = 0; i < sizeof rows_of / sizeof rows_of[0]; i++) {
        f.line.of = (char *)rows_of[i].of;
        expect(rows_of[i].err, "lines[0].of");
    }
    f.line.of = (char *)"0,98";
    expect(ERR_DEC, "lines[0].of");
    assert_string_equal(f.errors.items[0].hint, "use a point, no thousands separators");
    assert_string_equal(f.errors.items[0].clause, "KSSJ 5.2.2a");
}

static void checks_quantities(void **state)
{
    (void)state;
    f.ad.value = (char *)"100000000";
    expect(OK, NULL);
    f.ad.value = (char *)"100000000.000001";
    expect(ERR_RANGE, "lines[0].ad.value");
    assert_string_equal(f.errors.items[0].limit, "0..100000000");
    f.ad.value = (char *)"";
    expect(ERR_MISSING, "lines[0].ad.value");
    f.ad.value = (char *)"1";
    f.ad.unit = (char *)"kg";
    expect(ERR_UNIT, "lines[0].ad.unit");
    f.ad.unit = (char *)"";
    expect(ERR_MISSING, "lines[0].ad.unit");
}

static void accepts_the_list_in_place_of_the_value(void **state)
{
    (void)state;
    f.line.ventilation = NULL;
    expect(ERR_MISSING, "lines[0].ventilation");
    Seam__Flow flow = SEAM__FLOW__INIT;
    Seam__Flow *flows[1] = {&flow};
    f.line.n_ventilation_list = 1;
    f.line.ventilation_list = flows;
    expect(OK, NULL);
}

static void counts_entries(void **state)
{
    (void)state;
    f.file.n_lines = 3;
    expect(OK, NULL);
    f.file.n_lines = 4;
    expect(ERR_LENGTH, "lines");
    f.file.n_lines = 0;
    expect(ERR_MISSING, "lines");
    char *evidence[2] = {(char *)"e1", (char *)"E 2"};
    f.file.n_lines = 2;
    Seam__Line second = f.line;
    second.n_evidence = 2;
    second.evidence = evidence;
    f.lines[1] = &second;
    expect(ERR_TEXT, "lines[1].evidence[1]");
}

static void checks_integers(void **state)
{
    (void)state;
    Seam__JurisdictionSet set = SEAM__JURISDICTION_SET__INIT;
    static const struct {
        int32_t value;
        enum err err;
    } cases[] = {{-720, OK}, {-721, ERR_RANGE}, {840, OK}, {841, ERR_RANGE}, {0, OK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        f.errors.count = 0;
        set.utc_offset_minutes = cases[i].value;
        assert_int_equal(field_check(&set.base, &table, &f.arena, &f.errors), cases[i].err);
    }
}

static void reports_all_up_to_the_limit(void **state)
{
    (void)state;
    static Seam__Line *many[LIMIT_ERRORS + 2];
    f.line.of = (char *)"x";
    for (size_t i = 0; i < LIMIT_ERRORS + 2; i++) {
        many[i] = &f.line;
    }
    f.file.lines = many;
    f.file.n_lines = LIMIT_ERRORS + 2;
    f.file.kind = (char *)"?";
    assert_int_equal(field_check(&f.file.base, &table, &f.arena, &f.errors), ERR_ENUM);
    assert_int_equal(f.errors.count, LIMIT_ERRORS);
    assert_true(f.errors.more);
    struct err_detail only;
    struct errors one;
    errors_init(&one, &only, 1);
    assert_int_equal(field_check(&f.file.base, &table, &f.arena, &one), ERR_ENUM);
    assert_string_equal(only.field, "kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(checks_each_kind, start, end),
        cmocka_unit_test_setup_teardown(checks_decimals, start, end),
        cmocka_unit_test_setup_teardown(checks_quantities, start, end),
        cmocka_unit_test_setup_teardown(accepts_the_list_in_place_of_the_value, start, end),
        cmocka_unit_test_setup_teardown(counts_entries, start, end),
        cmocka_unit_test_setup_teardown(checks_integers, start, end),
        cmocka_unit_test_setup_teardown(reports_all_up_to_the_limit, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
