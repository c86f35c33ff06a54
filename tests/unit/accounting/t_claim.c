/* SPDX-License-Identifier: Apache-2.0 */
/* What may be counted once, over the accounts of two open pits: the coal of a face, the months of a
 * piece of land; corrections give back what they replace. */
#include "tests/unit/accounting/world.h"

#include <stdlib.h>

#define HASH "abababababababababababababababababababababababababababababababab"
#define LAND "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static void pit(struct world *world, const char *id, const char *cadence, const char *start)
{
    static const char *const codes[] = {"L_ELEC", "L_HEAT", "L_SLOWOX", "L_SINK_SOIL"};
    static Seam__Source sources[4];
    static Seam__Source *list[4];
    Seam__FacilityRegister facility = SEAM__FACILITY_REGISTER__INIT;
    Seam__GenesisFacility entry = SEAM__GENESIS_FACILITY__INIT;
    for (size_t i = 0; i < 4; i++) {
        seam__source__init(&sources[i]);
        sources[i].source = (char *)"pit";
        sources[i].code = (char *)codes[i];
        list[i] = &sources[i];
    }
    facility.facility = (char *)id;
    facility.kind = (char *)"OP";
    facility.jurisdiction = (char *)"CN-14";
    facility.scheme = (char *)"cn-coal";
    facility.cadence = (char *)cadence;
    facility.start_period = (char *)start;
    facility.sources = list;
    facility.n_sources = 4;
    entry.facility = &facility;
    entry.organisation = (char *)"mine";
    world_facility(world, &entry);
}

static int open_world(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world_open(world);
    world_set(world, "CN-KSSJ-YY25-2023", "cn-coal");
    pit(world, "pit-1", "MONTH", "2025-01");
    pit(world, "pit-2", "MONTH", "2025-01");
    pit(world, "pit-year", "YEAR", "2024");
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

struct entry {
    const char *facility;
    const char *period;
    const char *m; /* NULL: does not occur */
    const char *face;
    const char *months; /* NULL: does not occur */
    const char *from;
    const char *to;
    const char *years;
};

static Seam__CalculationFile *file_of(struct world *world, const struct entry *entry)
{
    char text[3000];
    char slow[600] = "\"not_occurring\":\"no face\"";
    char soil[900] = "\"not_occurring\":\"no land\"";
    struct errors errors;
    const Seam__CalculationFile *file = NULL;
    if (entry->m != NULL) {
        snprintf(slow, sizeof slow,
                 "\"face\":\"%s\",\"g\":{\"value\":\"1000\",\"unit\":\"t\"},\"g_basis\":"
                 "\"IN_PLACE\",\"k\":\"0.9\",\"q\":{\"value\":\"20\",\"unit\":\"MJ/kg\"},\"c\":{"
                 "\"value\":\"0.026\",\"unit\":\"kg/MJ\"},\"m\":\"%s\",\"evidence\":[\"e\"]",
                 entry->face, entry->m);
    }
    if (entry->months != NULL) {
        snprintf(soil, sizeof soil,
                 "\"area\":{\"value\":\"10\",\"unit\":\"ha\"},\"som_start\":{\"value\":\"1\","
                 "\"unit\":\"%%\"},\"som_end\":{\"value\":\"1.2\",\"unit\":\"%%\"},\"depth\":{"
                 "\"value\":\"30\",\"unit\":\"cm\"},\"bulk_density\":{\"value\":\"1.3\",\"unit\":"
                 "\"g/cm3\"},\"coarse_fraction\":\"0\",\"years\":\"%s\",\"months\":\"%s\","
                 "\"measured_start\":\"%s\",\"measured_end\":\"%s\",\"lab_start\":\"" HASH
                 "\",\"lab_end\":\"" HASH "\",\"polygon\":\"" LAND "\"",
                 entry->years, entry->months, entry->from, entry->to);
    }
    snprintf(text, sizeof text,
             "{\"facility\":\"%s\",\"kind\":\"OP\",\"period\":\"%s\",\"parameter_set\":"
             "\"CN-KSSJ-YY25-2023\",\"boundary\":\"1\",\"reason\":\"test\",\"evidence\":[{\"id\":"
             "\"e\",\"class\":\"LAB_REPORT\",\"sha256\":\"" HASH "\"}],\"lines\":[{\"code\":"
             "\"L_ELEC\",\"source\":\"pit\",\"not_occurring\":\"none\"},{\"code\":\"L_HEAT\","
             "\"source\":\"pit\",\"not_occurring\":\"none\"},{\"code\":\"L_SLOWOX\",\"source\":"
             "\"pit\",%s},{\"code\":\"L_SINK_SOIL\",\"source\":\"pit\",%s}]}",
             entry->facility, entry->period, slow, soil);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    if (calc_file_read(&file, bytes_text(text), &world->arena, &errors) != OK) {
        fail_msg("%s %s", err_name(errors.items[0].err), errors.items[0].field);
    }
    return (Seam__CalculationFile *)file;
}

static struct account_draft draft_of(struct world *world, const struct entry *entry,
                                     uint32_t version, const struct hash *previous)
{
    struct account_draft draft;
    const enum err err = world_build(world, &draft, file_of(world, entry), version, previous);
    if (err != OK) {
        fail_msg("%s in %s", err_name(err), world->detail.field);
    }
    return draft;
}

/* Submits and expects success (err OK) or a refusal; the hash is that of the account. */
static struct hash submit(struct world *world, const struct entry *entry, uint32_t version,
                          const struct hash *previous, enum err err)
{
    const struct account_draft draft = draft_of(world, entry, version, previous);
    const enum judgement judgement = world_submit(world, &draft);
    if (world->detail.err != err || (judgement == JUDGE_OK) != (err == OK)) {
        fail_msg("%s %s: %s in %s, %s", entry->facility, entry->period, err_name(world->detail.err),
                 world->detail.field, world->detail.limit);
    }
    return draft.hash;
}

/* [KSSJ table 6] Over the periods of a face m adds up to at most 1 (303005). */
static void face_over_periods(void **state)
{
    struct world *world = *state;
    struct entry entry = {.facility = "pit-1", .period = "2025-01", .m = "0.6", .face = "face-7"};
    const struct hash first = submit(world, &entry, 1, NULL, OK);
    entry.period = "2025-02";
    entry.m = "0.400001";
    submit(world, &entry, 1, &first, ERR_M_CUM);
    assert_string_equal(world->detail.limit, "m of at most 0.4");
    assert_string_equal(err_code(ERR_M_CUM), "303005");
    entry.face = "face-8"; /* another face has its own whole */
    entry.m = "1";
    const struct hash second = submit(world, &entry, 1, &first, OK);
    entry.period = "2025-03";
    entry.face = "face-7";
    entry.m = "0.4";
    const struct hash third = submit(world, &entry, 1, &second, OK);
    entry.period = "2025-04";
    entry.m = "0.000001";
    submit(world, &entry, 1, &third, ERR_M_CUM);
    /* the same name in another pit is another face */
    entry = (struct entry){.facility = "pit-2", .period = "2025-01", .m = "1", .face = "face-7"};
    submit(world, &entry, 1, NULL, OK);
}

/* A correction gives back what the version before it claimed, and no more. */
static void corrections_give_back(void **state)
{
    struct world *world = *state;
    struct entry entry = {.facility = "pit-1", .period = "2025-01", .m = "0.9", .face = "face-7"};
    struct hash first = submit(world, &entry, 1, NULL, OK);
    entry.m = "0.5";
    first = submit(world, &entry, 2, &first, OK);
    struct entry next = {.facility = "pit-1", .period = "2025-02", .m = "0.5", .face = "face-7"};
    const struct hash second = submit(world, &next, 1, &first, OK);
    entry.m = "0.500001";
    submit(world, &entry, 3, &first, ERR_M_CUM);
    entry.m = NULL; /* the face does not occur after all */
    first = submit(world, &entry, 3, &first, OK);
    next.m = "1";
    submit(world, &next, 2, &second, OK);
    entry.m = "0.000001";
    submit(world, &entry, 4, &first, ERR_M_CUM);
    entry.m = "0"; /* nothing oxidised claims nothing */
    submit(world, &entry, 4, &first, OK);
}

/* D29: over all accounts the months between two campaigns are credited once (303020). */
static void land_over_accounts(void **state)
{
    struct world *world = *state;
    struct entry entry = {.facility = "pit-1",
                          .period = "2025-01",
                          .months = "7",
                          .from = "2024-01-01",
                          .to = "2025-01-01",
                          .years = "1"};
    const struct hash first = submit(world, &entry, 1, NULL, OK);
    struct entry other = entry;
    other.facility = "pit-2";
    other.months = "5.0001";
    submit(world, &other, 1, NULL, ERR_AREA_DUP);
    assert_string_equal(world->detail.limit, "at most 5 months");
    assert_string_equal(world->detail.field, "months");
    other.months = "5"; /* the same land and interval, another facility */
    const struct hash second = submit(world, &other, 1, NULL, OK);
    entry.period = "2025-02";
    entry.months = "0.0001";
    submit(world, &entry, 1, &first, ERR_AREA_DUP);
    entry.from = "2024-12-31"; /* overlaps by a day */
    entry.to = "2025-12-31";
    submit(world, &entry, 1, &first, ERR_AREA_DUP);
    assert_string_equal(world->detail.field, "measured_start");
    assert_string_equal(world->detail.limit, "2024-01-01 to 2025-01-01");
    entry.from = "2025-01-01"; /* touches: the next interval */
    entry.months = "12";
    submit(world, &entry, 1, &first, OK);
    /* NIL gives back all */
    Seam__CalculationFile *nil = file_of(world, &other);
    nil->state = (char *)"NIL";
    nil->n_lines = 0;
    nil->n_evidence = 0;
    struct account_draft draft;
    assert_int_equal(world_build(world, &draft, nil, 2, &second), OK);
    assert_int_equal(draft.account->n_claims, 0);
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
    struct entry year = {.facility = "pit-year",
                         .period = "2024",
                         .months = "5",
                         .from = "2024-01-01",
                         .to = "2025-01-01",
                         .years = "1"};
    submit(world, &year, 1, NULL, OK);
}

/* The smallest of the lengths that accounts state for one interval is what counts. */
static void shortest_length_counts(void **state)
{
    struct world *world = *state;
    struct entry entry = {.facility = "pit-1",
                          .period = "2025-01",
                          .months = "3",
                          .from = "2024-01-01",
                          .to = "2025-01-01",
                          .years = "0.5"};
    submit(world, &entry, 1, NULL, OK);
    entry.facility = "pit-2";
    entry.years = "100";
    entry.months = "3.0001";
    submit(world, &entry, 1, NULL, ERR_AREA_DUP);
    entry.months = "3";
    submit(world, &entry, 1, NULL, OK);
}

/* D3: claims stand in the body, and follow from the lines (303018). */
static void claims_follow_from_lines(void **state)
{
    struct world *world = *state;
    const struct entry entry = {
        .facility = "pit-1", .period = "2025-01", .m = "0.6", .face = "face-7"};
    const struct account_draft draft = draft_of(world, &entry, 1, NULL);
    assert_int_equal(draft.account->n_claims, 1);
    assert_int_equal(draft.account->claims[0]->amount, 600000);
    assert_int_equal(draft.account->claims[0]->limit, 1000000);
    Seam__Account *account = (Seam__Account *)(uintptr_t)draft.account;
    account->claims[0]->amount--;
    assert_int_equal(world_submit(world, &draft), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    assert_string_equal(world->detail.field, "claims");
    account->claims[0]->amount++;
    account->n_claims = 0;
    assert_int_equal(world_submit(world, &draft), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    account->n_claims = 1;
    account->claims[0]->key.data[0] ^= 1;
    assert_int_equal(world_submit(world, &draft), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    account->claims[0]->key.data[0] ^= 1;
    account->claims[0]->key.len--;
    assert_int_equal(world_submit(world, &draft), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    account->claims[0]->key.len++;
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
}

/* Any bit of the lines changed: they do not decode, or the account does not follow from them. */
static void changed_lines(void **state)
{
    struct world *world = *state;
    const struct entry entry = {.facility = "pit-1",
                                .period = "2025-01",
                                .m = "0.6",
                                .face = "face-7",
                                .months = "1",
                                .from = "2024-01-01",
                                .to = "2025-01-01",
                                .years = "1"};
    const struct account_draft draft = draft_of(world, &entry, 1, NULL);
    assert_int_equal(draft.account->n_claims, 2);
    uint8_t *copy = malloc(draft.detached.size);
    assert_non_null(copy);
    unsigned decoded = 0;
    for (size_t bit = 0; bit < 8 * draft.detached.size; bit += 7) {
        struct arena arena;
        ProtobufCMessage *message = NULL;
        arena_init(&arena, (size_t)8 << 20);
        memcpy(copy, draft.detached.data, draft.detached.size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (message_unpack(&message, &seam__account_lines__descriptor,
                           bytes_of(copy, draft.detached.size), LIMIT_TX_DETACHED, &arena,
                           NULL) == OK) {
            decoded++;
            assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account,
                                         (const Seam__AccountLines *)message),
                             JUDGE_NEVER);
        }
        arena_free(&arena);
    }
    free(copy);
    assert_true(decoded > 50);
    assert_int_equal(world_submit(world, &draft), JUDGE_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(face_over_periods),        TEST(corrections_give_back),
                                       TEST(land_over_accounts),       TEST(shortest_length_counts),
                                       TEST(claims_follow_from_lines), TEST(changed_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
