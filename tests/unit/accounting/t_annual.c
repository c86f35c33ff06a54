/* SPDX-License-Identifier: Apache-2.0 */
/* The annual account of mine B: twelve months and what the rule refuses of them [KSSJ 5.2.1]. */
#include "tests/unit/accounting/year.h"

#include "ledger/accounting/annual.h"

/* --- what is accepted --------------------------------------------------------------------------*/

/* [KSSJ 5.2.1] A year without true-ups is the sum of its months, to the gram. */
static void sum_of_months(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(""), 1, NULL);
    assert_true(draft.annual->gross_g == MONTHS_GROSS);
    assert_true(draft.annual->months_gross_g == MONTHS_GROSS);
    assert_int_equal(draft.annual->n_months, 12);
    assert_int_equal(draft.detached.size, 0);
    accept(year, &draft);
    assert_int_equal(year->world.receipt_flags, 4); /* ended before the chain began */
    expect(year, draft.annual, NULL, JUDGE_NEVER, ERR_DUPLICATE, "version");
    const struct annual_draft other = made(year, FILE_OF(UPS(ELEC)), 1, NULL);
    expect(year, other.annual, lines_of(year, &other), JUDGE_NEVER, ERR_CONFLICT, "version");
}

/* Many true-ups: the invoices of both fuels and of electricity in eleven months, in a quarter of
 * the room a transaction has. */
static void many(void **state)
{
    struct year *year = *state;
    static char json[32 * 1024];
    static const char *const changes[] = {
        "{\"code\":\"L_FUEL\",\"source\":\"boiler-1\",\"fuel\":\"bituminous\",\"ad\":{\"value\":"
        "\"1\",\"unit\":\"t\"}}",
        "{\"code\":\"L_FUEL\",\"source\":\"truck-pool\",\"fuel\":\"diesel\",\"ad\":{\"value\":"
        "\"1\",\"unit\":\"t\"}}",
        "{\"code\":\"L_ELEC\",\"source\":\"grid\",\"bought\":{\"value\":\"1\",\"unit\":"
        "\"MWh\"}}"};
    size_t size = (size_t)snprintf(json, sizeof json, "%s",
                                   "{\"facility\":\"mine-b\",\"year\":\"2025\",\"true_ups\":[");
    for (unsigned i = 0; i < 33; i++) {
        const unsigned month = i % 11 + (i % 11 > 5 ? 2 : 1); /* July is NIL */
        size += (size_t)snprintf(json + size, sizeof json - size,
                                 "%s{\"month\":\"2025-%02u\",\"reason\":\"LATE_INVOICE\","
                                 "\"change\":%s}",
                                 i > 0 ? "," : "", month, changes[i / 11]);
    }
    snprintf(json + size, sizeof json - size, "]}");
    const struct annual_draft draft = made(year, json, 1, NULL);
    assert_int_equal(draft.annual->n_true_ups, 33);
    int64_t sum = 0;
    for (size_t i = 0; i < 33; i++) {
        sum += draft.annual->true_ups[i]->co2e_g;
    }
    assert_true(draft.annual->gross_g == MONTHS_GROSS + sum);
    accept(year, &draft);
}

/* A factor that another set has: the set must be adopted for the month. 31.8 x (19.77 - 19.7) t. */
static void another_set(void **state)
{
    struct year *year = *state;
    struct world *world = &year->world;
    struct errors errors;
    struct set gbt;
    struct annual_draft draft;
    const Seam__AnnualFile *file = NULL;
    struct json_doc *doc = NULL;
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    static const char json[] =
        FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"parameter_set\":"
                    "\"CN-GBT-32151.11-2018\",\"change\":{\"code\":\"L_CO2_UG\",\"source\":"
                    "\"shaft-1\"}}"));
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&gbt, "CN-GBT-32151.11-2018", &world->arena, &errors), OK);
    assert_int_equal(json_doc_read(&doc, bytes_text(json), WORLD_TEXT_MAX, NULL), OK);
    assert_int_equal(annual_file_read_node(&file, json_doc_root(doc), NULL, &world->arena, &errors),
                     OK);
    json_doc_free(doc);
    const struct annual_change change = {file->true_ups[0], &gbt, true};
    assert_int_equal(annual_build(&draft, file, year->months, &change, 1, NULL, secret,
                                  &world->arena, &world->detail),
                     OK);
    assert_true(draft.annual->true_ups[0]->co2e_g == 2226000);
    expect(year, draft.annual, lines_of(year, &draft), JUDGE_NOT_YET, ERR_SET,
           "parameter_set_hash");
    world_set(world, "CN-GBT-32151.11-2018", "cn-coal");
    /* adopted, but from a later year on */
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    struct state_key key = state_key_of(KEY_ADOPTION);
    adoption.scheme = (char *)"cn-coal";
    adoption.set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = gbt.hash.bytes};
    adoption.from_period = (char *)"2026";
    state_key_id(&key, KEY_ADOPTION, "cn-coal");
    state_key_hash(&key, &gbt.hash);
    const size_t mark = overlay_mark(world->state);
    world_put(world, &key, &adoption.base);
    expect(year, draft.annual, lines_of(year, &draft), JUDGE_NEVER, ERR_SET, "parameter_set_hash");
    overlay_rollback(world->state, mark);
    accept(year, &draft);
}

/* A month corrected afterwards makes the year stale; its next version says why. */
static void stale_and_next(void **state)
{
    struct year *year = *state;
    struct world *world = &year->world;
    const struct annual_draft first = made(year, FILE_OF(""), 1, NULL);
    accept(year, &first);
    const Seam__CalculationFile *may = world_read(world, "17-mine-b-2025-05-v2.json");
    struct account_draft draft;
    assert_int_equal(world_build(world, &draft, may, 2, &year->months[4].hash), OK);
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
    const struct annual_draft again = made(year, FILE_OF(",\"reason\":\"x\""), 2, &first.hash);
    expect(year, again.annual, NULL, JUDGE_NEVER, ERR_SUPERSEDED, "months");
    assert_string_equal(world->detail.limit, "2025-05");
    Seam__AccountHead heads[ANNUAL_MONTHS];
    const Seam__AccountHead *list[ANNUAL_MONTHS];
    for (size_t i = 0; i < ANNUAL_MONTHS; i++) {
        seam__account_head__init(&heads[i]);
        heads[i].account_hash =
            (ProtobufCBinaryData){.len = HASH_SIZE, .data = year->months[i].hash.bytes};
        list[i] = &heads[i];
    }
    assert_int_equal(annual_status(first.annual, 1, list), ANNUAL_IN_FORCE);
    year->months[4] =
        (struct annual_source){draft.account, draft.hash, world_lines(world, &draft), &year->set};
    heads[4].account_hash.data = draft.hash.bytes;
    assert_int_equal(annual_status(first.annual, 1, list), ANNUAL_STALE);
    assert_int_equal(annual_status(first.annual, 2, list), ANNUAL_SUPERSEDED);
    struct annual_draft second;
    assert_int_equal(build(year, &second, FILE_OF(""), 2, &first.hash), ERR_MISSING);
    second = made(year, FILE_OF(",\"reason\":\"May was corrected\""), 2, &first.hash);
    Seam__AnnualAccount wrong = *second.annual;
    wrong.reason = (char *)"";
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_MISSING, "reason");
    wrong = *second.annual;
    wrong.previous = (ProtobufCBinaryData){0, NULL};
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_SUPERSEDED, "previous");
    wrong = *second.annual;
    wrong.version = 3;
    expect(year, &wrong, NULL, JUDGE_NOT_YET, ERR_GAP, "version");
    accept(year, &second);
    assert_int_equal(world->receipt_flags, 2);
    assert_true(second.annual->gross_g == MONTHS_GROSS + INT64_C(29177254953 - 29029217553));
}

/* On a chain that was there, the year is due 40 days after its end, in China's time. */
static void deadline(void **state)
{
    struct year *year = *state;
    struct world *world = &year->world;
    const struct annual_draft draft = made(year, FILE_OF(""), 1, NULL);
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    const struct state_key key = state_key_of(KEY_CHAIN);
    chain.genesis_time_ms = world_time("2025-06-01T00:00:00Z");
    chain.rules_version = 1;
    world_put(world, &key, &chain.base);
    const size_t mark = overlay_mark(world->state);
    world->time_ms = world_time("2026-02-09T15:59:59Z");
    accept(year, &draft);
    assert_int_equal(world->receipt_flags, 0);
    overlay_rollback(world->state, mark);
    world->time_ms = world_time("2026-02-09T16:00:00Z");
    accept(year, &draft);
    assert_int_equal(world->receipt_flags, 1);
    assert_int_equal(world->days_late, 1);
}

/* --- who, which year ---------------------------------------------------------------------------*/

static void people_and_facility(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(""), 1, NULL);
    year->world.same_person = true;
    expect(year, draft.annual, NULL, JUDGE_NEVER, ERR_SECOND_PERSON, "signatures");
    year->world.same_person = false;
    year->world.organisation = "group";
    expect(year, draft.annual, NULL, JUDGE_NEVER, ERR_ROLE, "facility");
    year->world.organisation = "mine";
    Seam__AnnualAccount wrong = *draft.annual;
    wrong.facility = (char *)"mine-z";
    expect(year, &wrong, NULL, JUDGE_NOT_YET, ERR_ABSENT, "facility");
    wrong.facility = (char *)"kuzbass-a";
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_TYPE, "facility");
    wrong = *draft.annual;
    wrong.kind = (char *)"OP";
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_ENUM, "kind");
    wrong = *draft.annual;
    wrong.year = (char *)"2025-01";
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_TYPE, "year");
    assert_int_equal(annual_rules.rows[0].signatures, 2);
    assert_int_equal(annual_rules.rows[0].usages[1], USAGE_APPROVE);
}

/* --- months ------------------------------------------------------------------------------------*/

static void all_twelve(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(""), 1, NULL);
    Seam__AnnualAccount wrong = *draft.annual;
    Seam__AnnualMonth *months[ANNUAL_MONTHS + 1];
    memcpy(months, wrong.months, ANNUAL_MONTHS * sizeof months[0]);
    wrong.months = months;
    wrong.n_months = 11;
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_GAP, "months");
    wrong.n_months = 13;
    months[12] = months[11];
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_GAP, "months");
    wrong.n_months = 12;
    months[6] = months[5]; /* June twice, July left out */
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_GAP, "months");
    assert_string_equal(year->world.detail.limit, "2025-07");
    Seam__AnnualMonth other = *draft.annual->months[6];
    months[6] = &other;
    other.version = 2;
    expect(year, &wrong, NULL, JUDGE_NOT_YET, ERR_GAP, "months");
    other.version = 1;
    other.account_hash = draft.annual->months[5]->account_hash;
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_SUPERSEDED, "months");
    wrong = *draft.annual;
    wrong.year = (char *)"2026";
    expect(year, &wrong, NULL, JUDGE_NEVER, ERR_GAP, "months");
}

/* A year whose December is not there yet waits for it. */
static void waits_for_december(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(""), 1, NULL);
    struct state_key key = state_key_of(KEY_ACCOUNT);
    state_key_id(&key, KEY_FACILITY, "mine-b");
    state_key_u32(&key, 55 * 12 + 11);
    assert_int_equal(overlay_delete(year->world.state, state_key_bytes(&key)), OK);
    expect(year, draft.annual, NULL, JUDGE_NOT_YET, ERR_GAP, "months");
    assert_string_equal(year->world.detail.limit, "2025-12");
}

static void wrong_totals(void **state)
{
    struct year *year = *state;
    static const char *const names[] = {
        "months_gross_g", "months_net_g", "gross_g",       "net_g", "scope1_g",
        "scope2_g",       "sinks_g",      "information_g", "co2_g", "ch4_g"};
    const struct annual_draft draft = made(year, FILE_OF(UPS(ELEC)), 1, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        Seam__AnnualAccount wrong = *draft.annual;
        int64_t *const totals[] = {&wrong.months_gross_g, &wrong.months_net_g,  &wrong.gross_g,
                                   &wrong.net_g,          &wrong.scope1_g,      &wrong.scope2_g,
                                   &wrong.sinks_g,        &wrong.information_g, &wrong.co2_g,
                                   &wrong.ch4_g};
        *totals[i] += i % 2 == 0 ? 1 : -1;
        expect(year, &wrong, lines_of(year, &draft), JUDGE_NEVER, ERR_TOTAL, names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sum_of_months, open_year, close_year),
        cmocka_unit_test_setup_teardown(another_set, open_year, close_year),
        cmocka_unit_test_setup_teardown(many, open_year, close_year),
        cmocka_unit_test_setup_teardown(stale_and_next, open_year, close_year),
        cmocka_unit_test_setup_teardown(deadline, open_year, close_year),
        cmocka_unit_test_setup_teardown(people_and_facility, open_year, close_year),
        cmocka_unit_test_setup_teardown(all_twelve, open_year, close_year),
        cmocka_unit_test_setup_teardown(waits_for_december, open_year, close_year),
        cmocka_unit_test_setup_teardown(wrong_totals, open_year, close_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
