/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the lines of an open pit [methodology 10.7 g, h], and what a submission asks of
 * them beyond a calculation. */
#include "tests/unit/accounting/world.h"

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

static uint64_t seed = 3;

static int64_t draw(int64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t)((seed >> 33) % (uint64_t)below);
}

static struct err_detail first;

/* The set read last: reading one takes longer than a line. */
static const struct set *load(const char *id)
{
    static struct set set;
    struct errors errors;
    if (set.message == NULL || strcmp(set.message->id, id) != 0) {
        assert_int_equal(errors_new(&errors, &arena), OK);
        assert_int_equal(set_load(&set, id, &arena, &errors), OK);
    }
    return &set;
}

static const Seam__CalculationResult *run(const char *set_id, const char *head, const char *lines,
                                          unsigned options)
{
    char json[6000];
    const struct set *set = load(set_id);
    struct errors errors;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    snprintf(json, sizeof json, "{\"facility\":\"pit\",\"parameter_set\":\"%s\",%s,\"lines\":[%s]}",
             set_id, head, lines);
    assert_int_equal(errors_new(&errors, &arena), OK);
    memset(&first, 0, sizeof first);
    enum err err = calc_file_read(&file, bytes_text(json), &arena, &errors);
    if (err == OK) {
        err = calc_run(&result, file, set, options, &arena, &errors);
    }
    if (err != OK) {
        first = errors.items[0];
        return NULL;
    }
    return result;
}

#define KSSJ "CN-KSSJ-YY25-2023"
#define YEAR "\"kind\":\"OP\",\"period\":\"2026\""

static int64_t oxidised(const char *basis, int64_t g, int64_t k, int64_t m)
{
    char lines[400];
    char text[3][DEC_TEXT_SIZE];
    dec_text(text[0], dec_of(g, 3));
    dec_text(text[1], dec_of(k, 6));
    dec_text(text[2], dec_of(m, 6));
    snprintf(lines, sizeof lines,
             "{\"code\":\"L_SLOWOX\",\"source\":\"pit\",\"face\":\"f\",\"g_basis\":\"%s\",\"g\":{"
             "\"value\":\"%s\",\"unit\":\"t\"},\"k\":\"%s\",\"q\":{\"value\":\"19.5\",\"unit\":"
             "\"MJ/kg\"},\"c\":{\"value\":\"0.02618\",\"unit\":\"kg/MJ\"},\"m\":\"%s\"}",
             basis, text[0], text[1], text[2]);
    const Seam__CalculationResult *result = run(KSSJ, YEAR, lines, CALC_ALONE);
    assert_non_null(result);
    return result->gross_g;
}

/* [KSSJ table 6] g: where at least half was mined, coal in place <= extracted <= residual. */
static void readings_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        const int64_t g = draw(INT64_C(2000000000));
        const int64_t k = 500000 + draw(500001);
        const int64_t m = draw(1000001);
        const int64_t in_place = oxidised("IN_PLACE", g, k, m);
        const int64_t extracted = oxidised("EXTRACTED", g, k, m);
        const int64_t residual = oxidised("RESIDUAL", g, k, m);
        assert_true(in_place <= extracted);
        assert_true(extracted <= residual);
    }
    assert_int_equal(oxidised("EXTRACTED", 1000000, 500000, 30000),
                     oxidised("RESIDUAL", 1000000, 500000, 30000));
}

#define VEG                                                                                        \
    "{\"code\":\"L_SINK_VEG\",\"source\":\"land\",\"area\":{\"value\":\"10\",\"unit\":\"ha\"},"    \
    "\"biomass_start\":{\"value\":\"%s\",\"unit\":\"t/ha\"},\"biomass_end\":{\"value\":\"%s\","    \
    "\"unit\":\"t/ha\"},\"root_shoot\":\"0.26\",\"carbon_fraction\":\"0.47\",\"years\":\"5\"%s}"

/* [KSSJ 5.2.3] h: net is at most gross exactly where the sinks are no loss; gross never moves. */
static void net_and_gross(void **state)
{
    (void)state;
    for (int i = 0; i < 200; i++) {
        char lines[1000];
        char text[2][DEC_TEXT_SIZE];
        const int64_t start = draw(3000);
        const int64_t end = i % 10 == 0 ? start : draw(3000);
        dec_text(text[0], dec_of(start, 2));
        dec_text(text[1], dec_of(end, 2));
        snprintf(lines, sizeof lines,
                 "{\"code\":\"L_EXPL\",\"source\":\"b\",\"mass\":{\"value\":\"100\",\"unit\":\"t\"}"
                 ",\"explosive\":\"ANFO\"}," VEG,
                 text[0], text[1], "");
        const Seam__CalculationResult *result = run(KSSJ, YEAR, lines, CALC_ALONE);
        assert_non_null(result);
        assert_int_equal(result->gross_g, 17000000);
        assert_int_equal(result->net_g, result->gross_g - result->sinks_g);
        assert_int_equal(result->net_g <= result->gross_g, result->sinks_g >= 0);
        assert_int_equal(result->sinks_g >= 0, end >= start);
        assert_int_equal(result->scope1_g, result->gross_g);
    }
}

static void refused(enum err err, const char *field)
{
    if (first.err != err || strcmp(first.field, field) != 0) {
        fail_msg("%s in %s", err_name(first.err), first.field);
    }
}

#define HASH "abababababababababababababababababababababababababababababababab"

/* [KSSJ 5.1.2b] D29: campaigns, laboratory documents and the piece of land are asked of a
 * submission. */
static void sinks_of_a_submission(void **state)
{
    (void)state;
    static const struct {
        const char *rest;
        const char *field;
    } rows[] = {
        {"", "measured_start"},
        {",\"measured_start\":\"2020-06-01\"", "measured_end"},
        {",\"measured_start\":\"2020-06-01\",\"measured_end\":\"2025-06-01\"", "lab_start"},
        {",\"measured_start\":\"2020-06-01\",\"measured_end\":\"2025-06-01\",\"lab_start\":\"" HASH
         "\"",
         "lab_end"},
        {",\"measured_start\":\"2020-06-01\",\"measured_end\":\"2025-06-01\",\"lab_start\":\"" HASH
         "\",\"lab_end\":\"" HASH "\"",
         "polygon"},
        {",\"measured_start\":\"2020-06-01\",\"measured_end\":\"2025-06-01\",\"lab_start\":\"" HASH
         "\",\"lab_end\":\"" HASH "\",\"polygon\":\"" HASH "\"",
         NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char lines[1000];
        snprintf(lines, sizeof lines, VEG, "1", "2", rows[i].rest);
        assert_non_null(run(KSSJ, YEAR, lines, CALC_ALONE));
        const Seam__CalculationResult *result = run(KSSJ, YEAR, lines, CALC_SUBMISSION);
        if (rows[i].field == NULL) {
            assert_non_null(result);
        } else {
            assert_null(result);
            refused(ERR_MISSING, rows[i].field);
        }
    }
}

/* [KSSJ table 6] m has no default, so a document stands behind it. */
static void slow_oxidation_of_a_submission(void **state)
{
    (void)state;
    static const char line[] =
        "{\"code\":\"L_SLOWOX\",\"source\":\"pit\",\"face\":\"f\",\"g_basis\":\"IN_PLACE\",\"g\":{"
        "\"value\":\"1\",\"unit\":\"t\"},\"k\":\"0.9\",\"q\":{\"value\":\"20\",\"unit\":\"MJ/kg\"}"
        ",\"c\":{\"value\":\"0.026\",\"unit\":\"kg/MJ\"},\"m\":\"0.1\"%s}";
    char lines[600];
    snprintf(lines, sizeof lines, line, "");
    assert_non_null(run(KSSJ, YEAR, lines, CALC_ALONE));
    assert_null(run(KSSJ, YEAR, lines, CALC_SUBMISSION));
    refused(ERR_MISSING, "evidence");
    snprintf(lines, sizeof lines, line, ",\"evidence\":[\"face-report\"]");
    assert_non_null(run(KSSJ,
                        YEAR ",\"evidence\":[{\"id\":\"face-report\",\"class\":\"LAB_REPORT\","
                             "\"sha256\":\"" HASH "\"}]",
                        lines, CALC_SUBMISSION));
}

/* D46: figures for comparison are no account. */
static void cross_check_is_no_account(void **state)
{
    (void)state;
    static const char line[] =
        "{\"code\":\"EPA_FF1_VENT\",\"source\":\"shaft\",\"days\":\"90\",\"flow\":{\"value\":\"1\","
        "\"unit\":\"scfm\"},\"ch4\":\"0.004\",\"moisture\":\"SAME\"}";
    static const char head[] = "\"kind\":\"UG\",\"period\":\"2026-Q1\",\"gwp\":\"IPCC-AR4-100\"";
    assert_non_null(run("US-EPA-98FF", head, line, CALC_ALONE));
    assert_null(run("US-EPA-98FF", head, line, CALC_SUBMISSION));
    refused(ERR_SET, "parameter_set");
}

/* D30: a yearly account has a flow for every month; a calculation alone takes what is there. */
static void flows_of_a_year(void **state)
{
    (void)state;
    for (unsigned left_out = 0; left_out <= 12; left_out++) {
        char lines[4000];
        size_t at = (size_t)snprintf(
            lines, sizeof lines, "{\"code\":\"L_CH4_UG\",\"source\":\"shaft\",\"ventilation\":[");
        for (unsigned month = 1; month <= 12; month++) {
            if (month != left_out) {
                at += (size_t)snprintf(lines + at, sizeof lines - at,
                                       "%s{\"month\":\"2026-%02u\",\"days\":\"%u\",\"mean_flow\":{"
                                       "\"value\":\"50\",\"unit\":\"Nm3/min\"}}",
                                       month == (left_out == 1 ? 2 : 1) ? "" : ",", month,
                                       month == 7 ? 0 : 28);
            }
        }
        snprintf(lines + at, sizeof lines - at, "]}");
        static const char head[] = "\"kind\":\"UG\",\"period\":\"2026\"";
        assert_non_null(run(KSSJ, head, lines, CALC_ALONE));
        const bool whole = run(KSSJ, head, lines, CALC_SUBMISSION) != NULL;
        assert_int_equal(whole, left_out == 0);
        if (!whole) {
            char month[8];
            snprintf(month, sizeof month, "2026-%02u", left_out % 100);
            refused(ERR_INCOMPLETE, "ventilation");
            assert_string_equal(first.limit, month);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(readings_in_order),
                                       cmocka_unit_test(net_and_gross),
                                       cmocka_unit_test(sinks_of_a_submission),
                                       cmocka_unit_test(slow_oxidation_of_a_submission),
                                       cmocka_unit_test(cross_check_is_no_account),
                                       cmocka_unit_test(flows_of_a_year)};
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
