/* SPDX-License-Identifier: Apache-2.0 */
/* Parameter sets: what is built in, what is refused, which factor and GWP a period takes. */
#include "ledger/accounting/code.h"
#include "ledger/accounting/set.h"
#include "ledger/codec/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

static struct arena arena;

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)256 << 20);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static struct set load(const char *id)
{
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &arena), OK);
    if (set_load(&set, id, &arena, &errors) != OK) {
        fail_msg("%s: %s %s", id, err_name(errors.items[0].err), errors.items[0].field);
    }
    return set;
}

static void built_in_sets_are_sound(void **state)
{
    (void)state;
    size_t count = 0;
    for (; set_builtin_id(count) != NULL; count++) {
        const struct set set = load(set_builtin_id(count));
        struct set again;
        struct err_detail detail;
        assert_string_equal(set.message->id, set_builtin_id(count));
        assert_true(set.bytes.size < SET_BYTES_MAX);
        assert_int_equal(set_decode(&again, set.bytes, &arena, &detail), OK);
        assert_true(hash_equal(&set.hash, &again.hash));
        for (size_t i = 0; i < set.message->n_values; i++) {
            const Seam__ParameterValue *value = set.message->values[i];
            assert_ptr_equal(set_value(&set, value->key), value);
            assert_true(value->source[0] != '\0');
            assert_true(value->grade[0] != '\0');
        }
        for (size_t i = 0; i < set.message->n_codes; i++) {
            assert_true(set_admits(&set, set.message->codes[i]));
            assert_non_null(code_find(set.message->edition, set.message->codes[i]));
        }
    }
    assert_int_equal(count, 8);
    assert_int_equal(set_builtin("NONE").size, 0);
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &arena), OK);
    assert_int_equal(set_load(&set, "NONE", &arena, &errors), ERR_SET);
}

/* The hash names the bytes for ever: a changed built-in set is a new version, never an edit (D7).
 */
static void hashes_are_fixed(void **state)
{
    (void)state;
    static const struct {
        const char *id;
        const char *hash;
    } rows[] = {
        {"CN-GBT-32151.11-2018",
         "78cf3a24fdebc5b03d1ae9fa34462fe67faa1ee46325c3f132a836bc9fd53f43"},
        {"CN-KSSJ-YY25-2023", "d8e03f0691644a4e406865adc14535e7fda0dd37c0f421b8fae60584af21de3c"},
        {"CN-NDRC-COAL-2014", "e5d47e8cb294a314f5dd2fd5c28b9f8803bd3fb7be6a45bd20f84f687e0e1468"},
        {"CN-PROV-2011", "563ad2f80433909d60d5886f1aad72fb7f9843ad2f0996fcecdf9cb893e8701f"},
        {"IPCC-2006-COAL", "49278621e49e8ff9cca98e339d34ab42c915b2321d43a63d9194e627d1ac7a34"},
        {"IPCC-2019-COAL", "1207dfd0404b69544dc7c02579bb7a365d044157d79fd7bd416d3e96c0a3457b"},
        {"RU-MNR371-2022", "1061551a6300fee74998847c8bd699e1633919f98d545b6678aadc7d8f7ede4a"},
    };
    for (size_t i = 0; i < 3; i++) {
        char hash[2 * HASH_SIZE + 1];
        const struct set set = load(rows[i].id);
        hex_encode(hash, hash_bytes(&set.hash));
        assert_string_equal(hash, rows[i].hash);
    }
}

static int64_t number(const struct set *set, const char *format, const char *name, unsigned year)
{
    char key[64];
    snprintf(key, sizeof key, format, name, year);
    const Seam__ParameterValue *value = set_value(set, key);
    if (value == NULL) {
        fail_msg("no value %s", key);
    }
    assert_int_equal(set_dec(value).s, 0);
    return set_dec(value).m;
}

/* [methodology annex B, annex C] Both tables are whole, and fall from year to year. */
static void tables_of_abandoned_mines(void **state)
{
    (void)state;
    static const char *const ranks[] = {"ANTHRACITE", "BITUMINOUS", "SUB_BITUMINOUS"};
    static const char *const bands[] = {"1901-1925", "1926-1950", "1951-1975", "1976-2000",
                                        "2001-"};
    static const char *const sets[] = {"IPCC-2006-COAL", "IPCC-2019-COAL"};
    for (size_t s = 0; s < 2; s++) {
        const struct set set = load(sets[s]);
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(number(&set, "ipcc.decay.%s.%03u", ranks[i], 0),
                             INT64_C(1000000000000));
            for (unsigned year = 1; year <= 100; year++) {
                assert_true(number(&set, "ipcc.decay.%s.%03u", ranks[i], year) <
                            number(&set, "ipcc.decay.%s.%03u", ranks[i], year - 1));
            }
        }
        for (size_t i = 0; i < 5; i++) {
            for (unsigned year = i == 4 ? 2001 : 1990; year <= 2016; year++) {
                char key[64];
                snprintf(key, sizeof key, "ipcc.abandoned.%u.%s", year, bands[i]);
                assert_non_null(set_value(&set, key));
            }
        }
        assert_null(set_value(&set, "ipcc.abandoned.2000.2001-"));
    }
    /* (1 + 0.27 T)^-1 needs no power: every value of sub-bituminous coal again */
    const struct set set = load("IPCC-2006-COAL");
    for (unsigned year = 0; year <= 100; year++) {
        const int64_t den = 100 + 27 * (int64_t)year;
        assert_int_equal(number(&set, "ipcc.decay.%s.%03u", ranks[2], year),
                         (2 * INT64_C(100000000000000) + den) / (2 * den));
    }
}

static void what_the_new_sets_are(void **state)
{
    (void)state;
    const struct set kssj = load("CN-KSSJ-YY25-2023");
    const struct set ndrc = load("CN-NDRC-COAL-2014");
    for (size_t i = 0; i < ndrc.message->n_values; i++) {
        const Seam__ParameterValue *value = ndrc.message->values[i];
        assert_non_null(set_value(&kssj, value->key));
        assert_string_equal(set_value(&kssj, value->key)->value, value->value);
    }
    assert_true(load("CN-PROV-2011").message->partial);
    assert_true(load("IPCC-2019-COAL").message->partial);
    assert_true(load("US-EPA-98FF").message->cross_check);
    assert_null(set_value(&kssj, "slowox.m"));
    assert_true(set_unsourced(set_value(&kssj, "explosive.ANFO")));
    const struct set ipcc = load("IPCC-2019-COAL");
    assert_null(set_value(&ipcc, "ipcc.co2.UG")); /* low confidence: never loaded */
}

static struct period period(const char *text)
{
    struct period out;
    assert_int_equal(period_parse(&out, bytes_text(text)), OK);
    return out;
}

/* [methodology 2.7] data year and year of use are different things. */
static void grid_factor_by_year(void **state)
{
    (void)state;
    static const struct {
        uint32_t year;
        const char *key;
        bool provisional;
    } rows[] = {{2014, "EF.EL.CN.NAT.2015", false},  {2020, "EF.EL.CN.NAT.2015", false},
                {2021, "EF.EL.CN.NAT.2021N", false}, {2022, "EF.EL.CN.NAT.2022N", false},
                {2023, "EF.EL.CN.NAT.2021", false},  {2024, "EF.EL.CN.NAT.2022", false},
                {2025, "EF.EL.CN.NAT.2023", false},  {2026, "EF.EL.CN.NAT.2023", true}};
    const struct set set = load("CN-NDRC-COAL-2014");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool provisional = !rows[i].provisional;
        const Seam__GridFactor *factor = set_grid_proposed(&set, rows[i].year, &provisional);
        assert_string_equal(factor->key, rows[i].key);
        assert_int_equal(provisional, rows[i].provisional);
    }
    bool provisional = false;
    const struct set ru = load("RU-MNR371-2022");
    assert_null(set_grid_proposed(&ru, 2025, &provisional));
    assert_string_equal(set_grid(&set, "CF.EL.CN.2023")->kind, "FOOTPRINT");
}

static void gwp_and_validity(void **state)
{
    (void)state;
    const struct set ru = load("RU-MNR371-2022");
    assert_string_equal(set_default_gwp(&ru, period("2022")), "IPCC-AR4-100");
    assert_string_equal(set_default_gwp(&ru, period("2024-12")), "IPCC-AR4-100");
    assert_string_equal(set_default_gwp(&ru, period("2025-01")), "IPCC-AR5-100");
    assert_true(set_covers(&ru, period("2022")));
    assert_true(set_covers(&ru, period("2022-01")));
    assert_false(set_covers(&ru, period("2021")));
    assert_false(set_covers(&ru, period("2021-12")));
    const struct set cn = load("CN-NDRC-COAL-2014");
    assert_string_equal(set_default_gwp(&cn, period("2030-06")), "IPCC-SAR-100");
    assert_int_equal(set_dec(set_value(&cn, "gwp.IPCC-SAR-100.CH4")).m, 21);
    assert_true(set_unsourced(set_value(&cn, "gwp.IPCC-AR5-100-CCF.CH4")));
    assert_false(set_unsourced(set_value(&cn, "gwp.IPCC-AR5-100.CH4")));
}

static const char head[] =
    "{\"id\":\"X\",\"version\":1,\"title\":\"t\",\"edition\":\"CN-1\",\"valid_from\":\"2014\","
    "\"codes\":[\"L_FUEL\"],\"values\":[";

static enum err read_values(const char *values, const char *rest, struct err_detail *first)
{
    char json[2000];
    struct set set;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &arena), OK);
    snprintf(json, sizeof json, "%s%s]%s}", head, values, rest);
    const enum err err = set_read_json(&set, bytes_text(json), &arena, &errors);
    *first = err != OK ? errors.items[0] : (struct err_detail){.err = OK};
    return err;
}

#define VALUE(key, value)                                                                          \
    "{\"key\":\"" key "\",\"value\":\"" value "\",\"unit\":\"1\",\"source\":\"s\",\"grade\":"      \
    "\"S1\"}"

static void bad_sets_are_refused(void **state)
{
    (void)state;
    struct err_detail first;
    assert_int_equal(read_values(VALUE("a", "1") "," VALUE("b", "2"), "", &first), OK);
    assert_int_equal(read_values(VALUE("b", "1") "," VALUE("a", "2"), "", &first),
                     ERR_NOT_CANONICAL);
    assert_int_equal(read_values(VALUE("a", "1") "," VALUE("a", "2"), "", &first),
                     ERR_NOT_CANONICAL);
    assert_int_equal(read_values(VALUE("a", "1e3"), "", &first), ERR_DEC);
    assert_int_equal(read_values(VALUE("a", "1"), ",\"valid_to\":\"2014-Q1\"", &first), ERR_TYPE);
    assert_int_equal(read_values(VALUE("a", "1"), ",\"default_gwp\":[{\"gwp\":\"G\"}]", &first),
                     ERR_PARAM);
    assert_int_equal(
        read_values(VALUE("gwp.G.CH4", "1"), ",\"default_gwp\":[{\"gwp\":\"G\"}]", &first), OK);
    assert_int_equal(read_values(VALUE("a", "1"),
                                 ",\"grid_factors\":[{\"key\":\"b\",\"kind\":\"AVERAGE\"}]",
                                 &first),
                     ERR_PARAM);
    assert_int_equal(read_values(VALUE("a", "1"), ",\"required_codes\":[\"L_ELEC\"]", &first),
                     ERR_PARAM);
    assert_int_equal(
        read_values("{\"key\":\"a\",\"value\":\"1\",\"unit\":\"1\",\"source\":\"s\"}", "", &first),
        ERR_MISSING);
    assert_string_equal(first.field, "values[0].grade");
    assert_int_equal(read_values(VALUE("a", "1"), ",\"extra\":1", &first), ERR_UNKNOWN_FIELD);
}

/* A set cut short is refused, or it is another set: never the same one. */
static void cut_bytes_are_refused(void **state)
{
    (void)state;
    size_t refused = 0;
    size_t tried = 0;
    const struct set set = load("RU-MNR371-2022");
    for (size_t size = 0; size < set.bytes.size; size += 7) {
        struct set out;
        struct err_detail detail;
        tried++;
        if (set_decode(&out, bytes_of(set.bytes.data, size), &arena, &detail) != OK) {
            refused++;
        } else {
            assert_false(hash_equal(&out.hash, &set.hash));
        }
    }
    assert_true(refused > tried * 9 / 10);
}

/* What the ledger holds gives the same set, whichever way it is opened; what has rotted there is no
 * answer about whoever asked, and what the formulas rely on is asked both ways. */
static void stored_sets_are_the_same_sets(void **state)
{
    (void)state;
    for (size_t i = 0; set_builtin_id(i) != NULL; i++) {
        const struct set set = load(set_builtin_id(i));
        struct set stored;
        struct bytes again;
        struct err_detail detail;
        assert_int_equal(set_stored(&stored, set.bytes, &arena, &detail), OK);
        assert_true(hash_equal(&stored.hash, &set.hash));
        assert_ptr_equal(stored.bytes.data, set.bytes.data);
        assert_int_equal(message_pack(&again, &stored.message->base, &arena), OK);
        assert_true(bytes_equal(again, set.bytes));
        const struct bytes cut = bytes_of(set.bytes.data, set.bytes.size - 1);
        assert_int_equal(set_stored(&stored, cut, &arena, &detail), ERR_CORRUPT);
        assert_int_equal(detail.err, ERR_CORRUPT);
    }
    const struct set set = load("RU-MNR371-2022");
    Seam__ParameterSet *message = (Seam__ParameterSet *)(uintptr_t)set.message;
    struct bytes bytes;
    struct set out;
    message->values[3]->value = (char *)"much";
    assert_int_equal(message_pack(&bytes, &message->base, &arena), OK);
    assert_int_equal(set_stored(&out, bytes, &arena, NULL), ERR_DEC);
    assert_int_equal(set_decode(&out, bytes, &arena, NULL), ERR_DEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_sets_are_sound),      cmocka_unit_test(hashes_are_fixed),
        cmocka_unit_test(tables_of_abandoned_mines),    cmocka_unit_test(what_the_new_sets_are),
        cmocka_unit_test(grid_factor_by_year),          cmocka_unit_test(gwp_and_validity),
        cmocka_unit_test(bad_sets_are_refused),         cmocka_unit_test(cut_bytes_are_refused),
        cmocka_unit_test(stored_sets_are_the_same_sets)};
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
