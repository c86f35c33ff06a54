/* SPDX-License-Identifier: Apache-2.0 */
/* Approach 1 in integers [methodology 4.4, 10.6]: W31, its bounds, and where ranges come from. */
#include "ledger/accounting/uncertainty.h"

#include "ledger/accounting/report.h"
#include "ledger/codec/json_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static int64_t integer(const struct json_node *object, const char *key)
{
    int64_t value = 0;
    assert_true(json_node_integer(json_node_get(object, key), &value));
    return value;
}

static void run_vector(const struct json_node *vector)
{
    const struct json_node *rows = json_node_get(vector, "terms");
    struct uncertainty_term terms[8];
    uint64_t total = 0;
    int64_t tonnes = 0;
    const size_t count = json_node_count(rows);
    assert_true(count <= 8);
    for (size_t i = 0; i < count; i++) {
        const struct json_node *row = json_node_at(rows, i);
        const struct json_node *ranges = json_node_get(row, "bp");
        terms[i] = (struct uncertainty_term){.tonnes = integer(row, "tonnes")};
        for (size_t j = 0; j < json_node_count(ranges); j++) {
            int64_t bp = 0;
            assert_true(json_node_integer(json_node_at(ranges, j), &bp));
            terms[i].squares += (uint64_t)(bp * bp);
        }
        assert_int_equal(uncertainty_line(terms[i].squares), integer(row, "line_bp"));
        tonnes += terms[i].tonnes;
    }
    assert_int_equal(tonnes, integer(vector, "total_t"));
    assert_true(uncertainty_total(&total, terms, count));
    assert_int_equal(total, integer(vector, "total_bp"));
}

static void vectors(void **state)
{
    (void)state;
    static char text[8192];
    struct json_doc *doc = NULL;
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/uncertainty.json", "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), sizeof text, NULL), OK);
    const struct json_node *list = json_node_get(json_doc_root(doc), "vectors");
    assert_true(json_node_count(list) >= 3);
    for (size_t i = 0; i < json_node_count(list); i++) {
        run_vector(json_node_at(list, i));
    }
    json_doc_free(doc);
}

/* sqrt(2.25) = 1.5 is 2, just below is 1. */
static void half_goes_up(void **state)
{
    (void)state;
    uint64_t bp = 0;
    const struct uncertainty_term half[] = {{1, 9}, {1, 0}};
    assert_true(uncertainty_total(&bp, half, 2));
    assert_int_equal(bp, 2); /* 3 * 1 / 2 */
    const struct uncertainty_term below[] = {{1, 8}, {1, 0}};
    assert_true(uncertainty_total(&bp, below, 2));
    assert_int_equal(bp, 1); /* 2.83 / 2 */
    assert_int_equal(uncertainty_line(2), 1);
    assert_int_equal(uncertainty_line(3), 2);
}

static void bounds(void **state)
{
    (void)state;
    static struct uncertainty_term terms[LIMIT_TX_LINES];
    const uint64_t most = 16 * (uint64_t)UNCERTAINTY_BP_MAX * UNCERTAINTY_BP_MAX;
    uint64_t bp = 7;
    for (size_t i = 0; i < LIMIT_TX_LINES; i++) {
        terms[i] = (struct uncertainty_term){UNCERTAINTY_TONNES_MAX, most};
    }
    assert_true(uncertainty_total(&bp, terms, LIMIT_TX_LINES));
    assert_int_equal(bp, 126491); /* 4 * 10^6 / sqrt(1000) */
    const struct uncertainty_term zero[] = {{5, 100}, {-5, 100}};
    bp = 7;
    assert_false(uncertainty_total(&bp, zero, 2));
    assert_false(uncertainty_total(&bp, NULL, 0));
    assert_int_equal(bp, 7);
    const struct uncertainty_term sink[] = {{10, 100}, {-5, 0}};
    assert_true(uncertainty_total(&bp, sink, 2));
    assert_int_equal(bp, 20);
}

/* --- files -------------------------------------------------------------------------------------*/

static const Seam__CalculationResult *calculate(const char *lines, struct arena *arena,
                                                struct errors *errors, enum err *err)
{
    char text[4096];
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    struct set set;
    snprintf(text, sizeof text,
             "{\"facility\":\"mine-a\",\"kind\":\"UG\",\"period\":\"2024-03\",\"parameter_set\":"
             "\"CN-NDRC-COAL-2014\",%s\"lines\":[%s]}",
             lines[0] == '\0' ? "\"state\":\"NIL\",\"reason\":\"idle\"," : "", lines);
    assert_int_equal(errors_new(errors, arena), OK);
    *err = calc_file_read(&file, bytes_text(text), arena, errors);
    if (*err == OK) {
        *err = set_load(&set, file->parameter_set, arena, errors);
    }
    if (*err == OK) {
        *err = calc_run(&result, file, &set, CALC_TRACE, arena, errors);
    }
    if (*err == OK) {
        *err = report_make(&result, result, file, &set, ERR_EN, arena);
    }
    return result;
}

#define POST(rest)                                                                                 \
    "{\"code\":\"L_CH4_POST\",\"source\":\"surface\",\"coal\":{\"value\":\"100000\",\"unit\":"     \
    "\"t\"},\"gas_grade\":\"HIGH\"" rest "}"
#define ELEC(rest)                                                                                 \
    "{\"code\":\"L_ELEC\",\"source\":\"grid\",\"bought\":{\"value\":\"100\",\"unit\":"             \
    "\"MWh\"}" rest "}"

static void expect(const char *lines, int64_t first, int64_t total, const char *flag)
{
    struct arena arena;
    struct errors errors;
    enum err err;
    arena_init(&arena, (size_t)32 << 20);
    const Seam__CalculationResult *result = calculate(lines, &arena, &errors, &err);
    assert_int_equal(err, OK);
    const Seam__Known *line = result->lines[0]->uncertainty_bp;
    assert_int_equal(line != NULL ? line->value : -1, first);
    assert_int_equal(result->uncertainty_bp != NULL ? result->uncertainty_bp->value : -1, total);
    assert_int_equal(result->n_flags, flag != NULL ? 1 : 0);
    if (flag != NULL) {
        assert_string_equal(result->flags[0], flag);
    }
    arena_free(&arena);
}

static void where_ranges_come_from(void **state)
{
    (void)state;
    /* factor 3 and production from statistics; metered; both stated; the line as a whole */
    expect(POST(""), 20006, 20006, NULL);
    expect(POST(",\"origin\":\"MEASURED\""), 20001, 20001, NULL);
    expect(POST(",\"uncertainty\":[{\"input\":\"ef\",\"bp\":\"1200\"},"
                "{\"input\":\"coal\",\"bp\":\"500\"}]"),
           1300, 1300, NULL);
    expect(POST(",\"uncertainty\":[{\"input\":\"line\",\"bp\":\"100\"}]"), 100, 100, NULL);
    expect(POST(",\"uncertainty\":[{\"input\":\"line\",\"bp\":\"0\"}]"), 0, 0, NULL);
    /* nobody says how sure the electricity is */
    expect(POST("") "," ELEC(""), 20006, -1, "UNCERTAINTY_INCOMPLETE");
    expect(ELEC(""), -1, -1, "UNCERTAINTY_INCOMPLETE");
    expect(ELEC(",\"sold\":{\"value\":\"100\",\"unit\":\"MWh\"}"), -1, -1, "ZERO_SUM");
}

static void refused(const char *rest, enum err expected, const char *field)
{
    struct arena arena;
    struct errors errors;
    enum err err;
    char lines[1024];
    arena_init(&arena, (size_t)32 << 20);
    snprintf(lines, sizeof lines,
             "{\"code\":\"L_ELEC\",\"source\":\"grid\",\"bought\":{\"value\":\"1\",\"unit\":"
             "\"MWh\"},\"uncertainty\":[%s]}",
             rest);
    (void)calculate(lines, &arena, &errors, &err);
    assert_int_equal(err, expected);
    assert_string_equal(errors.items[0].field, field);
    arena_free(&arena);
}

static void stated_ranges_are_checked(void **state)
{
    (void)state;
    refused("{\"input\":\"ad\",\"bp\":\"1\"}", ERR_ENUM, "uncertainty.input");
    refused("{\"input\":\"bought,sold\",\"bp\":\"1\"}", ERR_ENUM, "uncertainty.input");
    refused("{\"input\":\"bought\",\"bp\":\"1000001\"}", ERR_RANGE, "uncertainty.bp");
    refused("{\"input\":\"bought\",\"bp\":\"-1\"}", ERR_RANGE, "uncertainty.bp");
    refused("{\"input\":\"bought\",\"bp\":\"0.5\"}", ERR_RANGE, "uncertainty.bp");
    refused("{\"input\":\"bought\",\"bp\":\"\"}", ERR_DEC, "uncertainty.bp");
    refused("{\"input\":\"bought\",\"bp\":\"1\"},{\"input\":\"bought\",\"bp\":\"2\"}", ERR_TWICE,
            "uncertainty.input");
}

/* [KSSJ 5.1.2] Two of eight codes; 100 MWh by invoice against methane that is not. */
static void completeness_and_primary(void **state)
{
    (void)state;
    struct arena arena;
    struct errors errors;
    enum err err;
    arena_init(&arena, (size_t)32 << 20);
    const Seam__CalculationResult *result =
        calculate(POST("") "," ELEC(",\"origin\":\"INVOICED\""), &arena, &errors, &err);
    assert_int_equal(err, OK);
    assert_int_equal(result->completeness_bp->value, 2500);
    assert_int_equal(result->n_missing_codes, 6);
    assert_int_equal(result->primary_g, result->lines[1]->co2e_g);
    assert_int_equal(result->lines[0]->co2e_g, INT64_C(100000) * 201 * 21 * 10);
    /* 53.66 of 4,274.66 t */
    assert_int_equal(result->primary_bp->value, 126);
    assert_string_equal(result->trace_total->code, "TOTAL");
    result = calculate("", &arena, &errors, &err);
    assert_int_equal(err, OK);
    assert_null(result->completeness_bp); /* nothing happened: no line is missing */
    assert_int_equal(result->n_missing_codes, 0);
    arena_free(&arena);
}

/* The document reads, each value a whole number of basis points with a source. */
static void document(void **state)
{
    (void)state;
    struct arena arena;
    struct errors errors;
    struct set set;
    arena_init(&arena, (size_t)8 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    assert_int_equal(uncertainty_ranges(&set, &arena, &errors), OK);
    assert_true(set.message->n_values >= 25);
    for (size_t i = 0; i < set.message->n_values; i++) {
        const struct dec value = set_dec(set.message->values[i]);
        assert_int_equal(value.s, 0);
        assert_true(value.m > 0 && value.m <= UNCERTAINTY_BP_MAX);
        assert_string_equal(set.message->values[i]->unit, "bp");
        assert_true(set_unsourced(set.message->values[i]));
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors),
                                       cmocka_unit_test(half_goes_up),
                                       cmocka_unit_test(bounds),
                                       cmocka_unit_test(where_ranges_come_from),
                                       cmocka_unit_test(stated_ranges_are_checked),
                                       cmocka_unit_test(completeness_and_primary),
                                       cmocka_unit_test(document)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
