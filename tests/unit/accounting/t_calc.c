/* SPDX-License-Identifier: Apache-2.0 */
/* Properties that hold for every line [methodology 10.7]: doubling, order, sums, every limit on
 * both sides, and that a stored line evaluates to its stored grams again. */
#include "ledger/accounting/bound.h"
#include "ledger/accounting/code.h"
#include "ledger/base/qty.h"
#include "ledger/codec/message.h"
#include "tests/unit/accounting/world.h"

#include <stdlib.h>

static struct arena arena;
static struct set set;

static int open_set(void **state)
{
    (void)state;
    struct errors errors;
    arena_init(&arena, (size_t)256 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    return set_load(&set, "CN-NDRC-COAL-2014", &arena, &errors) == OK ? 0 : -1;
}

static int close_set(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* A small generator of our own: the same numbers on every machine. */
static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

static struct dec dec(const char *text)
{
    struct dec out = {0};
    assert_int_equal(dec_parse(&out, bytes_text(text)), OK);
    return out;
}

static Seam__CalculationFile file_of(Seam__Line **lines, size_t count)
{
    Seam__CalculationFile file = SEAM__CALCULATION_FILE__INIT;
    file.facility = (char *)"property";
    file.kind = (char *)"UG";
    file.period = (char *)"2026-09";
    file.parameter_set = (char *)"CN-NDRC-COAL-2014";
    file.lines = lines;
    file.n_lines = count;
    return file;
}

static enum err run(const Seam__CalculationFile *file, const Seam__CalculationResult **out,
                    struct err_detail *first)
{
    struct errors errors;
    struct err_detail details[4];
    memset(details, 0, sizeof details);
    errors_init(&errors, details, 4);
    const enum err err = calc_run(out, file, &set, CALC_ALONE, &arena, &errors);
    *first = details[0];
    return err;
}

static int64_t fuel_grams(const char *ad, const char *ncv, const char *of)
{
    Seam__Quantity amount = SEAM__QUANTITY__INIT;
    Seam__Quantity heat = SEAM__QUANTITY__INIT;
    Seam__Line line = SEAM__LINE__INIT;
    Seam__Line *lines[] = {&line};
    amount.value = (char *)ad;
    amount.unit = (char *)"t";
    heat.value = (char *)ncv;
    heat.unit = (char *)"GJ/t";
    line.code = (char *)"L_FUEL";
    line.source = (char *)"s";
    line.fuel = (char *)"bituminous";
    line.ad = &amount;
    line.ncv = &heat;
    line.of = (char *)of;
    const Seam__CalculationFile file = file_of(lines, 1);
    const Seam__CalculationResult *result = NULL;
    struct err_detail first;
    assert_int_equal(run(&file, &result, &first), OK);
    return result->lines[0]->co2e_g;
}

/* b: twice the activity is twice the grams, give or take the one that rounding may move. */
static void doubling(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        char once[DEC_TEXT_SIZE];
        char twice[DEC_TEXT_SIZE];
        char ncv[DEC_TEXT_SIZE];
        char of[DEC_TEXT_SIZE];
        const int64_t ad = (int64_t)draw(50000000) * 1000 + (int64_t)draw(1000);
        dec_text(once, dec_of(ad, 6));
        dec_text(twice, dec_of(2 * ad, 6));
        dec_text(ncv, dec_of(100000 + (int64_t)draw(49900000), 6));
        dec_text(of, dec_of((int64_t)draw(1000001), 6));
        const int64_t difference = fuel_grams(twice, ncv, of) - 2 * fuel_grams(once, ncv, of);
        assert_in_range(difference + 1, 0, 2);
    }
}

static void shuffle(Seam__Line **lines, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = (size_t)draw(i);
        Seam__Line *swap = lines[i - 1];
        lines[i - 1] = lines[other];
        lines[other] = swap;
    }
}

/* The order of lines changes nothing but the order of the answer (D34), the root included. */
static void order_of_lines(void **state)
{
    (void)state;
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {1};
    struct world world;
    world_open(&world);
    Seam__CalculationFile *file = world_read(&world, "04-mine-a-2026-09.json");
    struct account_draft first;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &world.arena), OK);
    assert_int_equal(account_build(&first, file, &set, 1, NULL, secret, &world.arena, &errors), OK);
    assert_int_equal(first.account->net_g, INT64_C(748754538194));
    for (int i = 0; i < 20; i++) {
        struct account_draft again;
        shuffle(file->lines, file->n_lines);
        assert_int_equal(account_build(&again, file, &set, 1, NULL, secret, &world.arena, &errors),
                         OK);
        assert_true(hash_equal(&first.hash, &again.hash));
        assert_true(bytes_equal(first.detached, again.detached));
        assert_string_equal(again.result->lines[0]->code, file->lines[0]->code);
    }
    world_close(&world);
}

/* c, d: from the stored lines alone each line gives its grams again, and their sum is the total. */
static void stored_lines_evaluate_again(void **state)
{
    (void)state;
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {1};
    struct world world;
    world_open(&world);
    struct errors errors;
    struct account_draft draft;
    assert_int_equal(errors_new(&errors, &world.arena), OK);
    const Seam__CalculationFile *file = world_read(&world, "04-mine-a-2026-09.json");
    assert_int_equal(account_build(&draft, file, &set, 1, NULL, secret, &world.arena, &errors), OK);
    const Seam__CalculationFile *stored = NULL;
    assert_int_equal(account_file(&stored, draft.account, world_lines(&world, &draft), &set,
                                  &world.arena, &world.detail),
                     OK);
    const Seam__CalculationResult *result = NULL;
    assert_int_equal(calc_run(&result, stored, &set, CALC_SUBMISSION, &world.arena, &errors), OK);
    int64_t sum = 0;
    for (size_t i = 0; i < result->n_lines; i++) {
        bool found = false;
        for (size_t j = 0; j < draft.result->n_lines; j++) {
            const Seam__LineResult *line = draft.result->lines[j];
            if (strcmp(line->code, result->lines[i]->code) == 0 &&
                strcmp(line->source, result->lines[i]->source) == 0 &&
                strcmp(line->detail, result->lines[i]->detail) == 0) {
                assert_int_equal(line->co2e_g, result->lines[i]->co2e_g);
                assert_int_equal(line->ch4_g, result->lines[i]->ch4_g);
                found = true;
            }
        }
        assert_true(found);
        sum += result->lines[i]->co2e_g;
    }
    assert_int_equal(sum, draft.account->gross_g);
    world_close(&world);
}

/* e: each limit is accepted, one unit of the last allowed place beyond it is refused. */
static void every_limit(void **state)
{
    (void)state;
    size_t count = 0;
    const struct bound *rows = bound_rows(&count);
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        char limit[64];
        char text[DEC_TEXT_SIZE];
        struct dec out;
        const struct dec min = dec(rows[i].min);
        const struct dec max = dec(rows[i].max);
        assert_ptr_equal(bound_find(rows[i].field, rows[i].unit), &rows[i]);
        assert_int_equal(bound_check(&out, &rows[i], rows[i].min, limit, sizeof limit), OK);
        assert_int_equal(bound_check(&out, &rows[i], rows[i].max, limit, sizeof limit), OK);
        assert_true(min.s <= rows[i].decimals);
        assert_true(max.s <= rows[i].decimals);
        const int64_t low = min.m * (int64_t)dec_power(rows[i].decimals - min.s) - 1;
        const int64_t high = max.m * (int64_t)dec_power(rows[i].decimals - max.s) + 1;
        dec_text(text, dec_of(low, rows[i].decimals));
        assert_int_equal(bound_check(&out, &rows[i], text, limit, sizeof limit), ERR_RANGE);
        dec_text(text, dec_of(high, rows[i].decimals));
        assert_int_equal(bound_check(&out, &rows[i], text, limit, sizeof limit),
                         rows[i].fraction ? ERR_PERCENT : ERR_RANGE);
        dec_text(text, dec_of(low + 2, rows[i].decimals));
        assert_int_equal(bound_check(&out, &rows[i], text, limit, sizeof limit), OK);
        if (rows[i].decimals < DEC_DECIMALS) {
            char places[64];
            snprintf(places, sizeof places, "%s.%0*d", min.s == 0 && min.m == 0 ? "0" : "1",
                     rows[i].decimals + 1, 0);
            assert_int_equal(bound_check(&out, &rows[i], places, limit, sizeof limit), ERR_DEC);
        }
    }
}

/* A result that JavaScript could not read exactly is refused, not rounded (D34). */
static void totals_stay_safe(void **state)
{
    (void)state;
    Seam__Quantity coal = SEAM__QUANTITY__INIT;
    Seam__Quantity ef = SEAM__QUANTITY__INIT;
    Seam__Line lines[6];
    Seam__Line *list[6];
    coal.value = (char *)"1000000000";
    coal.unit = (char *)"t";
    ef.value = (char *)"100";
    ef.unit = (char *)"kg/t";
    char sources[6][4];
    for (size_t i = 0; i < 6; i++) {
        seam__line__init(&lines[i]);
        snprintf(sources[i], sizeof sources[i], "s%zu", i);
        lines[i].code = (char *)"L_CH4_POST";
        lines[i].source = sources[i];
        lines[i].coal = &coal;
        lines[i].ef = &ef;
        list[i] = &lines[i];
    }
    const Seam__CalculationResult *result = NULL;
    struct err_detail first;
    Seam__CalculationFile file = file_of(list, 4);
    assert_int_equal(run(&file, &result, &first), OK); /* 4 x 2.1e9 t */
    assert_int_equal(result->gross_g, INT64_C(8400000000000000));
    file.n_lines = 5;
    result = NULL;
    assert_int_equal(run(&file, &result, &first), ERR_RANGE);
    assert_null(result);
    assert_string_equal(first.field, "lines");
    file.n_lines = 1;
    file.gwp = (char *)"IPCC-AR6-100";
    ef.value = (char *)"100";
    assert_int_equal(run(&file, &result, &first), OK);
}

/* Every code of every set has its row, and its fields exist. */
static void dispatch_is_whole(void **state)
{
    (void)state;
    size_t count = 0;
    const struct code_row *rows = code_rows(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(code_find(rows[i].edition, rows[i].code), &rows[i]);
        assert_true(rows[i].kinds != 0);
        char fields[512];
        snprintf(fields, sizeof fields, "%s", rows[i].fields);
        for (char *name = strtok(fields, ","); name != NULL; name = strtok(NULL, ",")) {
            assert_non_null(
                protobuf_c_message_descriptor_get_field_by_name(&seam__line__descriptor, name));
        }
    }
    assert_null(code_find("CN-1", "RU_FUEL"));
    assert_null(code_find("CN-2", "L_FUEL"));
}

/* Every field of the messages has a row, and every row a field. */
static void every_field_has_a_row(void **state)
{
    (void)state;
    static const ProtobufCMessageDescriptor *const types[] = {&seam__quantity__descriptor,
                                                              &seam__composition__descriptor,
                                                              &seam__flow__descriptor,
                                                              &seam__stock__descriptor,
                                                              &seam__band__descriptor,
                                                              &seam__line__descriptor,
                                                              &seam__product__descriptor,
                                                              &seam__raw_input__descriptor,
                                                              &seam__evidence__descriptor,
                                                              &seam__calculation_file__descriptor,
                                                              &seam__parameter_value__descriptor,
                                                              &seam__grid_factor__descriptor,
                                                              &seam__fuel_name__descriptor,
                                                              &seam__default_gwp__descriptor,
                                                              &seam__parameter_set__descriptor,
                                                              &seam__line_result__descriptor,
                                                              &seam__trace_input__descriptor,
                                                              &seam__input_uncertainty__descriptor,
                                                              &seam__known__descriptor,
                                                              &seam__stage_factor__descriptor,
                                                              &seam__account_product__descriptor,
                                                              &seam__trace_step__descriptor,
                                                              &seam__trace_line__descriptor,
                                                              &seam__set_name__descriptor,
                                                              &seam__allocation__descriptor,
                                                              &seam__calculation_result__descriptor,
                                                              &seam__account__descriptor,
                                                              &seam__claim__descriptor,
                                                              &seam__claim_use__descriptor,
                                                              &seam__claim_record__descriptor,
                                                              &seam__account_line__descriptor,
                                                              &seam__account_evidence__descriptor,
                                                              &seam__account_lines__descriptor,
                                                              &seam__facility_head__descriptor,
                                                              &seam__account_head__descriptor,
                                                              &seam__account_record__descriptor};
    size_t fields = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (unsigned j = 0; j < types[i]->n_fields; j++) {
            bool found = false;
            for (size_t k = 0; k < accounting_fields.count; k++) {
                const struct field_row *row = &accounting_fields.rows[k];
                if (row->message == types[i] && strcmp(row->field, types[i]->fields[j].name) == 0) {
                    assert_true(row->help_en != NULL && row->help_en[0] != '\0');
                    found = true;
                }
            }
            if (!found) {
                fail_msg("%s.%s has no row", types[i]->short_name, types[i]->fields[j].name);
            }
            fields++;
        }
    }
    assert_int_equal(fields, accounting_fields.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(doubling),
                                       cmocka_unit_test(order_of_lines),
                                       cmocka_unit_test(stored_lines_evaluate_again),
                                       cmocka_unit_test(every_limit),
                                       cmocka_unit_test(totals_stay_safe),
                                       cmocka_unit_test(dispatch_is_whole),
                                       cmocka_unit_test(every_field_has_a_row)};
    return cmocka_run_group_tests(tests, open_set, close_set);
}
