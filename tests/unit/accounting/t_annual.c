/* SPDX-License-Identifier: Apache-2.0 */
/* The annual account of mine B: twelve months of genesis/samples/, true-ups of three kinds, and
 * everything that the rule refuses [KSSJ 5.2.1]. */
#include "ledger/accounting/annual.h"
#include "tests/unit/accounting/world.h"

#include <stdlib.h>

#define MONTHS_GROSS INT64_C(318626702413)
#define INVOICE_GRAMS INT64_C(3107264)
#define LAB_GRAMS INT64_C(-11968403)
#define CHANGES_MAX 64

static const char *const files[ANNUAL_MONTHS] = {
    "05-mine-b-2025-01.json",     "06-mine-b-2025-02.json", "07-mine-b-2025-03.json",
    "08-mine-b-2025-04.json",     "09-mine-b-2025-05.json", "10-mine-b-2025-06.json",
    "11-mine-b-2025-07-nil.json", "12-mine-b-2025-08.json", "13-mine-b-2025-09.json",
    "14-mine-b-2025-10.json",     "15-mine-b-2025-11.json", "16-mine-b-2025-12.json"};

struct year {
    struct world world;
    struct set set;
    struct annual_source months[ANNUAL_MONTHS];
    struct annual_change changes[CHANGES_MAX];
};

static void file_month(struct year *year, size_t index)
{
    struct world *world = &year->world;
    struct account_draft draft;
    const Seam__CalculationFile *file = world_read(world, files[index]);
    assert_int_equal(
        world_build(world, &draft, file, 1, index > 0 ? &year->months[index - 1].hash : NULL), OK);
    const enum judgement judgement = world_submit(world, &draft);
    if (judgement != JUDGE_OK) {
        fail_msg("%s: %s", files[index], err_name(world->detail.err));
    }
    year->months[index] = (struct annual_source){draft.account, draft.hash, NULL, &year->set};
    if (strcmp(draft.account->state, "VALUE") == 0) {
        year->months[index].lines = world_lines(world, &draft);
    }
}

static int open_year(void **state)
{
    struct year *year = calloc(1, sizeof *year);
    struct errors errors;
    assert_non_null(year);
    world_open(&year->world);
    assert_int_equal(errors_new(&errors, &year->world.arena), OK);
    assert_int_equal(set_load(&year->set, "CN-NDRC-COAL-2014", &year->world.arena, &errors), OK);
    for (size_t i = 0; i < ANNUAL_MONTHS; i++) {
        file_month(year, i);
    }
    *state = year;
    return 0;
}

static int close_year(void **state)
{
    struct year *year = *state;
    world_close(&year->world);
    free(year);
    return 0;
}

/* --- helpers -----------------------------------------------------------------------------------*/

#define FILE_OF(more) "{\"facility\":\"mine-b\",\"year\":\"2025\"" more "}"
#define UPS(list) ",\"true_ups\":[" list "]"
#define ELEC                                                                                       \
    "{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":\"L_ELEC\","      \
    "\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}"
#define INVOICE                                                                                    \
    "{\"month\":\"2025-01\",\"reason\":\"LATE_INVOICE\",\"change\":{\"code\":\"L_FUEL\","          \
    "\"source\":\"boiler-1\",\"fuel\":\"bituminous\",\"ad\":{\"value\":\"483.5\",\"unit\":"        \
    "\"t\"}}}"
#define LAB                                                                                        \
    "{\"month\":\"2025-02\",\"reason\":\"LAB_RESULT\",\"change\":{\"code\":\"L_FUEL\","            \
    "\"source\":\"boiler-1\",\"fuel\":\"bituminous\",\"ncv\":{\"value\":\"22.9\",\"unit\":"        \
    "\"GJ/t\"}}}"

static enum err build(struct year *year, struct annual_draft *draft, const char *json,
                      uint32_t version, const struct hash *previous)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    struct world *world = &year->world;
    struct json_doc *doc = NULL;
    struct errors errors;
    const Seam__AnnualFile *file = NULL;
    memset(&world->detail, 0, sizeof world->detail);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(json_doc_read(&doc, bytes_text(json), WORLD_TEXT_MAX, NULL), OK);
    enum err err = annual_file_read_node(&file, json_doc_root(doc), NULL, &world->arena, &errors);
    json_doc_free(doc);
    if (err != OK) {
        world->detail = errors.items[0];
        return err;
    }
    assert_true(file->n_true_ups <= CHANGES_MAX);
    for (size_t i = 0; i < file->n_true_ups; i++) {
        year->changes[i] = (struct annual_change){file->true_ups[i], &year->set, false};
    }
    return annual_build(draft, file, year->months, year->changes, version, previous, secret,
                        &world->arena, &world->detail);
}

static const Seam__AnnualLines *lines_of(struct year *year, const struct annual_draft *draft)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__annual_lines__descriptor, draft->detached,
                                    LIMIT_TX_DETACHED, &year->world.arena, NULL),
                     OK);
    return (const Seam__AnnualLines *)message;
}

static enum judgement apply(struct year *year, const Seam__AnnualAccount *annual,
                            const Seam__AnnualLines *lines)
{
    struct world *world = &year->world;
    struct rule_signer signers[2];
    struct rule_context context;
    struct arena scratch;
    arena_init(&scratch, (size_t)16 << 20);
    memset(signers, 0, sizeof signers);
    memset(&context, 0, sizeof context);
    signers[1].key_id.bytes[0] = 1;
    signers[1].person.bytes[0] = world->same_person ? 0 : 1;
    context.state = world->state;
    context.arena = &scratch;
    context.height = world->height;
    context.time_ms = world->time_ms;
    context.rules_version = 1;
    context.tx_id.bytes[0] = (uint8_t)world->height;
    context.organisation_id = world->organisation;
    context.roles = ROLE_MINE;
    context.signers = signers;
    context.signer_count = 2;
    memset(&world->detail, 0, sizeof world->detail);
    const size_t mark = overlay_mark(world->state);
    const enum judgement judgement = annual_rules.rows[0].apply(
        &context, &annual->base, lines != NULL ? &lines->base : NULL, &world->detail);
    world->receipt_flags = context.receipt_flags;
    world->days_late = context.days_late;
    if (judgement != JUDGE_OK) {
        assert_int_not_equal(world->detail.err, OK);
        overlay_rollback(world->state, mark);
    }
    world->height++;
    arena_free(&scratch);
    return judgement;
}

static struct annual_draft made(struct year *year, const char *json, uint32_t version,
                                const struct hash *previous)
{
    struct annual_draft draft;
    const enum err err = build(year, &draft, json, version, previous);
    if (err != OK) {
        fail_msg("%s in %s: %s", err_name(err), year->world.detail.field, year->world.detail.hint);
    }
    return draft;
}

static void expect(struct year *year, const Seam__AnnualAccount *annual,
                   const Seam__AnnualLines *lines, enum judgement want, enum err err,
                   const char *field)
{
    const enum judgement judgement = apply(year, annual, lines);
    const struct err_detail *detail = &year->world.detail;
    if (judgement != want || detail->err != err || strcmp(detail->field, field) != 0) {
        fail_msg("judgement %d, %s %s: %s %s", (int)judgement, err_name(detail->err), detail->field,
                 detail->limit, detail->hint);
    }
}

static void accept(struct year *year, const struct annual_draft *draft)
{
    expect(year, draft->annual, lines_of(year, draft), JUDGE_OK, OK, "");
}

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

/* Each reason, against exact fractions: 8120 MWh x (0.5366 - 0.5306); 1.5 t more coal; an NCV of
 * 22.9 instead of 23.204 GJ/t for 441 t. */
static void true_ups(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(UPS(LAB "," ELEC "," INVOICE)), 1, NULL);
    const Seam__AnnualAccount *annual = draft.annual;
    assert_int_equal(annual->n_true_ups, 3);
    assert_string_equal(annual->true_ups[0]->code, "L_ELEC");
    assert_true(annual->true_ups[0]->co2e_g == INT64_C(48720000));
    assert_string_equal(annual->true_ups[0]->scope, "2");
    assert_string_equal(annual->true_ups[0]->old_factor, "EF.EL.CN.NAT.2023");
    assert_string_equal(annual->true_ups[0]->new_factor, "EF.EL.CN.NAT.2022");
    assert_string_equal(annual->true_ups[1]->detail, "bituminous");
    assert_true(annual->true_ups[1]->co2e_g == INVOICE_GRAMS);
    assert_string_equal(annual->true_ups[1]->old_factor, "");
    assert_string_equal(annual->true_ups[2]->month, "2025-02");
    assert_true(annual->true_ups[2]->co2e_g == LAB_GRAMS);
    assert_true(annual->gross_g == MONTHS_GROSS + 48720000 + INVOICE_GRAMS + LAB_GRAMS);
    assert_true(annual->scope2_g - 48720000 + annual->scope1_g - INVOICE_GRAMS - LAB_GRAMS ==
                MONTHS_GROSS);
    accept(year, &draft);
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

/* --- true-ups ----------------------------------------------------------------------------------*/

struct wrong_up {
    Seam__AnnualAccount annual;
    Seam__TrueUp up;
    Seam__TrueUp *ups[2];
    Seam__TrueUpLines line;
    Seam__TrueUpLines *list[2];
    Seam__AnnualLines lines;
};

static void copy_up(struct wrong_up *out, struct year *year, const struct annual_draft *draft)
{
    out->annual = *draft->annual;
    out->up = *draft->annual->true_ups[0];
    out->ups[0] = out->ups[1] = &out->up;
    out->annual.true_ups = out->ups;
    seam__annual_lines__init(&out->lines);
    out->line = *lines_of(year, draft)->lines[0];
    out->list[0] = out->list[1] = &out->line;
    out->lines.lines = out->list;
    out->lines.n_lines = 1;
}

static void refused_true_ups(void **state)
{
    struct year *year = *state;
    const struct annual_draft draft = made(year, FILE_OF(UPS(ELEC)), 1, NULL);
    struct wrong_up wrong;
    uint8_t bytes[HASH_SIZE] = {1};
#define REFUSED(change, err, field)                                                                \
    do {                                                                                           \
        copy_up(&wrong, year, &draft);                                                             \
        change;                                                                                    \
        expect(year, &wrong.annual, &wrong.lines, JUDGE_NEVER, err, field);                        \
    } while (0)
    REFUSED(wrong.lines.n_lines = 0, ERR_MISSING, "detached");
    REFUSED(wrong.annual.n_true_ups = 0, ERR_MISSING, "detached");
    REFUSED((wrong.annual.n_true_ups = 2, wrong.lines.n_lines = 2), ERR_NOT_CANONICAL, "true_ups");
    REFUSED(wrong.up.co2e_g++, ERR_TOTAL, "co2e_g");
    REFUSED(wrong.up.co2_g--, ERR_TOTAL, "co2_g");
    REFUSED(wrong.up.ch4_g = 1, ERR_TOTAL, "ch4_g");
    REFUSED(wrong.up.scope = (char *)"1", ERR_TOTAL, "scope");
    REFUSED(wrong.up.month = (char *)"2024-12", ERR_RANGE, "month");
    REFUSED(wrong.up.month = (char *)"2025-02", ERR_TOTAL, "path");
    REFUSED(wrong.up.month = (char *)"2025-07", ERR_TOTAL, "path");
    REFUSED(wrong.up.reason = (char *)"LATE_INVOICE", ERR_PARAM, "new_line");
    REFUSED(wrong.up.reason = (char *)"OTHER", ERR_ENUM, "reason");
    REFUSED(wrong.up.source = (char *)"grid-2", ERR_PARAM, "code");
    REFUSED(wrong.up.detail = (char *)"diesel", ERR_PARAM, "code");
    REFUSED(wrong.up.old_factor = (char *)"", ERR_PARAM, "old_factor");
    REFUSED(wrong.up.new_factor = (char *)"EF.EL.CN.NAT.2021", ERR_PARAM, "new_factor");
    REFUSED(wrong.up.leaf.data = bytes, ERR_TOTAL, "leaf");
    REFUSED(wrong.line.salt.len = 15, ERR_LENGTH, "salt");
    REFUSED(wrong.line.new_salt.len = 17, ERR_LENGTH, "salt");
    REFUSED(wrong.line.index ^= 1, ERR_TOTAL, "path");
    REFUSED(wrong.line.index = 1000, ERR_TOTAL, "path");
    REFUSED(wrong.line.n_path--, ERR_TOTAL, "path");
    REFUSED(wrong.line.line = wrong.line.new_line, ERR_TOTAL, "path");
    REFUSED(wrong.up.parameter_set_hash = ((ProtobufCBinaryData){5, bytes}), ERR_LENGTH,
            "parameter_set_hash");
#undef REFUSED
    copy_up(&wrong, year, &draft);
    wrong.up.parameter_set_hash = (ProtobufCBinaryData){HASH_SIZE, bytes};
    expect(year, &wrong.annual, &wrong.lines, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash");
    /* published here, adopted by no scheme */
    struct set gbt;
    struct errors errors;
    assert_int_equal(errors_new(&errors, &year->world.arena), OK);
    assert_int_equal(set_load(&gbt, "CN-GBT-32151.11-2018", &year->world.arena, &errors), OK);
    wrong.up.parameter_set_hash.data = gbt.hash.bytes;
    expect(year, &wrong.annual, &wrong.lines, JUDGE_NOT_YET, ERR_SET, "parameter_set_hash");
    accept(year, &draft);
}

static void refused_requests(void **state)
{
    struct year *year = *state;
    static const struct {
        const char *json;
        enum err err;
        const char *field;
    } rows[] = {
        {FILE_OF(UPS(ELEC "," ELEC)), ERR_TWICE, "true_ups"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"LAB_RESULT\",\"change\":{\"code\":"
                     "\"L_CH4_UG\",\"source\":\"shaft-1\",\"drained\":{\"value\":\"1\",\"unit\":"
                     "\"1e4Nm3\"}}}")),
         ERR_PARAM, "new_line"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2023\"}}")),
         ERR_RANGE, "new_line"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"CF.EL.CN.2023\"}}")),
         ERR_PARAM, "factor"},
        {FILE_OF(UPS("{\"month\":\"2025-07\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_MISSING, "lines"},
        {FILE_OF(UPS("{\"month\":\"2024-12\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_RANGE, "month"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid-2\",\"factor\":\"EF.EL.CN.NAT.2022\"}}")),
         ERR_ABSENT, "change"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":"
                     "\"L_ELEC\",\"source\":\"grid\",\"evidence\":[\"a\"]}}")),
         ERR_PARAM, "evidence"},
        {FILE_OF(UPS("{\"month\":\"2025-01\",\"reason\":\"GUESS\",\"change\":{\"code\":\"L_ELEC\","
                     "\"source\":\"grid\"}}")),
         ERR_ENUM, "true_ups[0].reason"},
        {FILE_OF(",\"x\":1"), ERR_UNKNOWN_FIELD, "x"},
        {"{\"facility\":\"mine-b\",\"year\":\"2025-01\"}", ERR_TYPE, "year"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct annual_draft draft;
        const enum err err = build(year, &draft, rows[i].json, 1, NULL);
        if (err != rows[i].err || strcmp(year->world.detail.field, rows[i].field) != 0) {
            fail_msg("row %zu: %s in %s", i, err_name(err), year->world.detail.field);
        }
    }
}

/* Methane lines are paired, so a new set does not true them up: their month is corrected. */
static void gas_lines(void **state)
{
    struct year *year = *state;
    struct world *world = &year->world;
    struct errors errors;
    struct set other;
    struct annual_difference found;
    size_t gas = 0;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&other, "CN-GBT-32151.11-2018", &world->arena, &errors), OK);
    for (size_t i = 0; i < year->months[0].lines->n_lines; i++) {
        const Seam__Line *line = NULL;
        assert_int_equal(annual_line(&line, year->months[0].lines->lines[i]->line, &world->arena,
                                     &world->detail),
                         OK);
        const bool paired = line->gas != NULL || line->drained != NULL;
        const enum err err =
            annual_evaluate(&found, year->months[0].account, "FACTOR_PUBLISHED", line, &year->set,
                            line, &other, &world->arena, &world->detail);
        assert_int_equal(err, paired ? ERR_PARAM : OK);
        /* the two sets differ in the density of CO2 alone: 31.8 x (19.77 - 19.7) */
        assert_true(paired || found.co2e_g == (strcmp(line->code, "L_CO2_UG") == 0 ? 2226000 : 0));
        gas += paired;
    }
    assert_int_equal(gas, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sum_of_months, open_year, close_year),
        cmocka_unit_test_setup_teardown(true_ups, open_year, close_year),
        cmocka_unit_test_setup_teardown(another_set, open_year, close_year),
        cmocka_unit_test_setup_teardown(many, open_year, close_year),
        cmocka_unit_test_setup_teardown(stale_and_next, open_year, close_year),
        cmocka_unit_test_setup_teardown(deadline, open_year, close_year),
        cmocka_unit_test_setup_teardown(people_and_facility, open_year, close_year),
        cmocka_unit_test_setup_teardown(all_twelve, open_year, close_year),
        cmocka_unit_test_setup_teardown(waits_for_december, open_year, close_year),
        cmocka_unit_test_setup_teardown(wrong_totals, open_year, close_year),
        cmocka_unit_test_setup_teardown(refused_true_ups, open_year, close_year),
        cmocka_unit_test_setup_teardown(refused_requests, open_year, close_year),
        cmocka_unit_test_setup_teardown(gas_lines, open_year, close_year)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
