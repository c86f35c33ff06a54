/* SPDX-License-Identifier: Apache-2.0 */
/* A footprint made by hand as PACT 3, held against the one in tests/vectors, which
 * tests/e2e/t_epcis.py holds against the published schema. The argument `write` writes it anew. */
#include "api/pact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#define VECTOR SEAM_SOURCE_DIR "/tests/vectors/pact_lot.json"

static bool write_anew;
static Seam__Names name;
static Seam__LotRecord lot;
static Seam__ProductRecord product;
static Seam__OrganisationRecord owner;
static struct lot_pool pool;
static struct lot_pool earlier;
static struct lot_source source;
static struct lot_footprint footprint;

static int setup(void **state)
{
    (void)state;
    seam__names__init(&name);
    name.en = (char *)"Clean coal \"A\"";
    seam__lot_record__init(&lot);
    lot.lot = (char *)"06901234567908.C1";
    lot.gtin = (char *)"06901234567908";
    lot.product = (char *)"clean";
    lot.moisture_e4 = 1100;
    lot.ash_e4 = 950;
    lot.ncv_mj_t = 25100;
    lot.has_carbon = true;
    lot.carbon_e4 = 7250;
    lot.model = MODEL_SEGREGATED;
    seam__product_record__init(&product);
    product.name = &name;
    seam__organisation_record__init(&owner);
    owner.organisation = (char *)"washery";
    pool = (struct lot_pool){.facility = "wp-1",
                             .stage = "WA",
                             .month = "2026-09",
                             .product = "clean",
                             .period = "2026-09",
                             .version = 2,
                             .version_newest = 2,
                             .grade = LOT_GRADE_VERIFIED,
                             .opinion = "aa",
                             .exact = true};
    earlier = pool;
    earlier.version = 1;
    source = (struct lot_source){.now = &pool, .before = &earlier};
    footprint = (struct lot_footprint){.lot = &lot,
                                       .g_per_t = 123456,
                                       .stage_g_per_t = {100000, 20000, 3456},
                                       .primary_ppm = 876543,
                                       .grade = LOT_GRADE_VERIFIED,
                                       .corrected = true,
                                       .before_g_per_t = 123000,
                                       .exact = true,
                                       .source_count = 1,
                                       .sources = &source};
    return 0;
}

static struct pact pact_of(void)
{
    return (struct pact){.footprint = &footprint,
                         .product = &product,
                         .owner = &owner,
                         .country = "CN",
                         .scales = {"AR5"},
                         .scale_count = 1,
                         .created_ms = UINT64_C(1790000000000)};
}

static void document(void **state)
{
    (void)state;
    static char expected[1 << 16];
    static const char preceding[1][PACT_ID_SIZE] = {"01234567-89ab-8def-8123-456789abcdef"};
    const struct pact pact = pact_of();
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_INDENT, 1 << 16);
    assert_int_equal(pact_write(&out, &pact, preceding, 1, false), OK);
    assert_int_equal(json_out_finish(&out, &text), OK);
    if (write_anew) {
        FILE *file = fopen(VECTOR, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text.data, 1, text.size, file), text.size);
        assert_int_equal(fclose(file), 0);
    }
    FILE *file = fopen(VECTOR, "rb");
    assert_non_null(file);
    const size_t size = fread(expected, 1, sizeof expected - 1, file);
    fclose(file);
    expected[size] = '\0';
    assert_string_equal((const char *)text.data, expected);
    json_out_free(&out);
}

/* The id changes with everything the footprint says or rests on, and with nothing else. */
static void id_follows_content(void **state)
{
    (void)state;
    char first[PACT_ID_SIZE];
    char next[PACT_ID_SIZE];
    struct pact pact = pact_of();
    assert_int_equal(pact_id(first, &pact), OK);
    assert_int_equal(strlen(first), 36);
    assert_int_equal(first[14], '8');
    pact.created_ms++;
    footprint.height = 99;
    assert_int_equal(pact_id(next, &pact), OK);
    assert_string_equal(first, next);
    for (int i = 0; i < 8; i++) {
        setup(NULL);
        pact = pact_of();
        switch (i) {
        case 0:
            footprint.g_per_t++;
            break;
        case 1:
            pool.version++;
            break;
        case 2:
            pool.opinion = "bb";
            break;
        case 3:
            pool.account_hash.bytes[0] ^= 1;
            break;
        case 4:
            footprint.primary_ppm--;
            break;
        case 5:
            lot.carbon_e4++;
            break;
        case 6:
            owner.organisation = (char *)"power";
            break;
        default:
            pool.dispute = "cc";
            break;
        }
        assert_int_equal(pact_id(next, &pact), OK);
        assert_string_not_equal(first, next);
    }
}

/* Decimals are exact: a gram of a tonne is the third decimal of kilograms. */
static void decimals(void **state)
{
    (void)state;
    const struct pact pact = pact_of();
    static const struct {
        int64_t g_per_t;
        const char *text;
    } rows[] = {{0, "\"fossilGhgEmissions\":\"0\""},
                {1, "\"fossilGhgEmissions\":\"0.001\""},
                {999, "\"fossilGhgEmissions\":\"0.999\""},
                {1000, "\"fossilGhgEmissions\":\"1\""},
                {INT64_C(123456789012345), "\"fossilGhgEmissions\":\"123456789012.345\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct json_out out;
        struct bytes text;
        footprint.g_per_t = rows[i].g_per_t;
        json_out_init(&out, JSON_OUT_COMPACT, 1 << 16);
        assert_int_equal(pact_write(&out, &pact, NULL, 0, true), OK);
        assert_int_equal(json_out_finish(&out, &text), OK);
        assert_non_null(strstr((const char *)text.data, rows[i].text));
        assert_non_null(strstr((const char *)text.data, "\"status\":\"Deprecated\""));
        assert_null(strstr((const char *)text.data, "precedingPfIds"));
        /* 0.725 of the dry mass, 11 % water: 645.25 kg of a tonne. */
        assert_non_null(strstr((const char *)text.data, "\"fossilCarbonContent\":\"645.25\""));
        json_out_free(&out);
    }
}

static void carbon_is_needed(void **state)
{
    (void)state;
    const struct pact pact = pact_of();
    struct json_out out;
    lot.has_carbon = false;
    json_out_init(&out, JSON_OUT_COMPACT, 1 << 16);
    assert_int_equal(pact_write(&out, &pact, NULL, 0, false), ERR_INCOMPLETE);
    json_out_free(&out);
}

/* Without an account there is no figure: 0 would be a claim. */
static void account_is_needed(void **state)
{
    (void)state;
    const struct pact pact = pact_of();
    char id[PACT_ID_SIZE] = "kept";
    struct json_out out;
    footprint.g_per_t = 0;
    footprint.grade = LOT_GRADE_NONE;
    json_out_init(&out, JSON_OUT_COMPACT, 1 << 16);
    assert_int_equal(pact_write(&out, &pact, NULL, 0, false), ERR_INCOMPLETE);
    assert_int_equal(pact_id(id, &pact), ERR_INCOMPLETE);
    assert_string_equal(id, "kept");
    footprint.grade = LOT_GRADE_PROVISIONAL; /* a factor stands for the account */
    assert_int_equal(pact_id(id, &pact), OK);
    json_out_free(&out);
}

int main(int argc, char **argv)
{
    write_anew = argc > 1 && strcmp(argv[1], "write") == 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(document, setup),
        cmocka_unit_test_setup(id_follows_content, setup),
        cmocka_unit_test_setup(decimals, setup),
        cmocka_unit_test_setup(carbon_is_needed, setup),
        cmocka_unit_test_setup(account_is_needed, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
