/* SPDX-License-Identifier: Apache-2.0 */
/* What the account rules refuse, and with which code; what they write; detached lines. */
#include "tests/unit/accounting/draft.h"

/* --- identity ----------------------------------------------------------------------------------*/

static void duplicates(void **state)
{
    struct world *world = *state;
    const struct account_draft first = january(world);
    accept(world, &first);
    expect(world, world_submit(world, &first), JUDGE_NEVER, ERR_DUPLICATE, "303001", "version");
    assert_int_equal(strlen(world->detail.limit), 63); /* the transaction's id, cut to fit */
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[0]->ad->value = (char *)"482.1";
    const struct account_draft other = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &other), JUDGE_NEVER, ERR_CONFLICT, "303001", "version");
}

/* D46: figures for comparison are no account, even where a scheme had adopted the set. */
static void cross_check_set(void **state)
{
    struct world *world = *state;
    struct set set;
    struct errors errors;
    world_set(world, "US-EPA-98FF", "cn-coal");
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, "US-EPA-98FF", &world->arena, &errors), OK);
    const struct account_draft draft = january(world);
    Seam__Account account = *draft.account;
    account.parameter_set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = set.hash.bytes};
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, &account, world_lines(world, &draft)),
           JUDGE_NEVER, ERR_SET, "303019", "parameter_set_hash");
    assert_non_null(strstr(world->detail.hint, "cross-check"));
}

static void two_people(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = january(world);
    world->same_person = true;
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_SECOND_PERSON, "303013",
           "signatures");
    for (size_t i = 0; i < accounting_rules.count; i++) {
        const struct rule_row *row = &accounting_rules.rows[i];
        assert_int_equal(row->signatures, 2);
        assert_int_equal(row->usages[0], USAGE_SUBMIT);
        assert_int_equal(row->usages[1], USAGE_APPROVE);
        assert_int_equal(row->usages[2], 0);
    }
}

static void whose_facility(void **state)
{
    struct world *world = *state;
    struct account_draft draft = january(world);
    world->organisation = "group";
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_ROLE, "302005", "facility");
    world->organisation = "mine";
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->facility = (char *)"mine-z";
    draft = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_ABSENT, "200017", "facility");
}

/* --- sets, boundaries, lines -------------------------------------------------------------------*/

static void sets(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->parameter_set = (char *)"CN-GBT-32151.11-2018";
    struct account_draft draft = draft_of(world, file, 1, NULL);
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_SET, "303019",
           "parameter_set_hash");
    draft = january(world);
    draft.account->parameter_set_hash.data[0] ^= 1;
    expect(world, world_submit(world, &draft), JUDGE_NOT_YET, ERR_SET, "303019",
           "parameter_set_hash");
}

static enum judgement submit_file(struct world *world, Seam__CalculationFile *file)
{
    const struct account_draft draft = draft_of(world, file, 1, NULL);
    return world_submit(world, &draft);
}

/* [KSSJ 5.1.2] every source has its line, every line its source. */
static void completeness(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->n_lines--; /* heat */
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    assert_non_null(strstr(world->detail.limit, "L_HEAT district"));
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[1]->source = (char *)"another-pool";
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Line extra = *file->lines[8];
    extra.source = (char *)"second-pipe";
    Seam__Line *lines[10];
    memcpy(lines, file->lines, 9 * sizeof *lines);
    lines[9] = &extra;
    file->lines = lines;
    file->n_lines = 10;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001", "source");
    /* A source without activity says so. */
    file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Line none = SEAM__LINE__INIT;
    none.code = (char *)"L_HEAT";
    none.source = (char *)"district";
    none.not_occurring = (char *)"pipe closed";
    file->lines[8] = &none;
    expect(world, submit_file(world, file), JUDGE_OK, OK, "", "");
}

static void boundary_versions(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->boundary = (char *)"2";
    expect(world, submit_file(world, file), JUDGE_NOT_YET, ERR_BOUNDARY, "200001",
           "boundary_version");
    Seam__Source source = SEAM__SOURCE__INIT;
    Seam__Source *sources[] = {&source};
    source.source = (char *)"grid";
    source.code = (char *)"L_ELEC";
    world_boundary(world, "mine-b", 2, "2025-02", sources, 1);
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001",
           "boundary_version");
    file = world_read(world, "05-mine-b-2025-01.json");
    expect(world, submit_file(world, file), JUDGE_OK, OK, "", "");
    file = world_read(world, "06-mine-b-2025-02.json");
    const struct hash before = world->hash;
    const struct account_draft draft = draft_of(world, file, 1, &before);
    expect(world, world_submit(world, &draft), JUDGE_NEVER, ERR_BOUNDARY, "200001",
           "boundary_version");
    file = world_read(world, "05-mine-b-2025-01.json");
    file->boundary = (char *)"";
    struct account_draft none;
    assert_int_equal(world_build(world, &none, file, 1, NULL), ERR_MISSING);
    assert_string_equal(world->detail.field, "boundary");
}

/* D30: a boundary may forget electricity; an account under a CN set may not. */
static void required_codes(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    Seam__Source source = SEAM__SOURCE__INIT;
    Seam__Source *sources[] = {&source};
    source.source = (char *)"boiler-1";
    source.code = (char *)"L_FUEL";
    world_boundary(world, "mine-b", 1, "2025-01", sources, 1);
    file->n_lines = 1;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_INCOMPLETE, "200001", "lines");
    assert_string_equal(world->detail.limit, "L_ELEC");
}

static void lines_of_a_submission(void **state)
{
    struct world *world = *state;
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[6]->gas_grade = (char *)"HIGH";
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_PARAM, "200004", "gas_grade");
    struct account_draft draft;
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[2]->composition->ch4 = (char *)"0.9";
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_DESTROYED_GT_DRAINED);
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[4]->vam_destroyed = file->lines[4]->drained;
    expect(world, submit_file(world, file), JUDGE_NEVER, ERR_BOUNDARY, "200001", "vam_destroyed");
    file = world_read(world, "05-mine-b-2025-01.json");
    file->gwp = (char *)"IPCC-AR5-20";
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_PARAM);
    assert_string_equal(world->detail.field, "gwp");
    /* Deductions that nothing in the file shows (D32). */
    file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[4]->utilised = file->lines[4]->drained;
    file->lines[2] = file->lines[8];
    file->lines[3] = file->lines[7];
    file->n_lines = 7;
    assert_int_equal(world_build(world, &draft, file, 1, NULL), ERR_PAIR);
}

/* --- detached lines ----------------------------------------------------------------------------*/

static void detached_must_follow(void **state)
{
    struct world *world = *state;
    const struct account_draft draft = january(world);
    Seam__AccountLines *lines = (Seam__AccountLines *)world_lines(world, &draft);
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, NULL), JUDGE_NEVER,
           ERR_MISSING, "200001", "detached");
    lines->lines[3]->salt.data[0] ^= 1;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_TOTAL, "303018", "lines_root");
    lines->lines[3]->salt.data[0] ^= 1;
    lines->lines[3]->salt.len = 15;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_LENGTH, "200003", "salt");
    lines->lines[3]->salt.len = 16;
    Seam__AccountLine *swap = lines->lines[0];
    lines->lines[0] = lines->lines[1];
    lines->lines[1] = swap;
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER,
           ERR_NOT_CANONICAL, "200015", "lines");
    lines->lines[1] = lines->lines[0];
    lines->lines[0] = swap;
    lines->n_lines--;
    assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_NEVER);
    assert_int_equal(world->detail.err, ERR_TOTAL);
    lines->n_lines++;
    for (size_t cut = 0; cut < lines->lines[0]->line.len; cut++) {
        Seam__AccountLine *line = lines->lines[0];
        const size_t whole = line->line.len;
        line->line.len = cut;
        assert_int_equal(world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines),
                         JUDGE_NEVER);
        line->line.len = whole;
    }
    expect(world, world_apply(world, ACCOUNT_SUBMIT_TYPE, draft.account, lines), JUDGE_OK, OK, "",
           "");
}

/* D3: nothing of a line reaches the state; one line can be shown with its salt and path. */
static void state_holds_no_line(void **state)
{
    struct world *world = *state;
    static const char marker[] = "marker of a line";
    Seam__CalculationFile *file = world_read(world, "05-mine-b-2025-01.json");
    file->lines[0]->note = (char *)marker;
    const struct account_draft draft = draft_of(world, file, 1, NULL);
    assert_non_null(memmem(draft.detached.data, draft.detached.size, marker, sizeof marker - 1));
    assert_null(memmem(draft.payload.data, draft.payload.size, marker, sizeof marker - 1));
    accept(world, &draft);
    overlay_seal(world->state);
    bool found = false;
    for (size_t i = 0; i < overlay_count(world->state); i++) {
        struct bytes key;
        struct bytes value;
        overlay_entry(world->state, i, &key, &value);
        assert_null(memmem(value.data, value.size, marker, sizeof marker - 1));
        found = found || key.data[0] == KEY_ACCOUNT_VERSION;
    }
    assert_true(found);
}

static void salts_can_be_found_again(void **state)
{
    struct world *world = *state;
    const struct account_draft one = january(world);
    const struct account_draft two = january(world);
    assert_true(bytes_equal(one.detached, two.detached));
    const Seam__AccountLines *lines = world_lines(world, &one);
    for (size_t i = 1; i < lines->n_lines; i++) {
        assert_memory_not_equal(lines->lines[i]->salt.data, lines->lines[i - 1]->salt.data, 16);
    }
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    uint8_t salt[ACCOUNT_SALT_SIZE];
    account_salt(salt, secret, "2025-01", 1, 'L', bytes_text("L_CH4_POST/surface/"));
    assert_memory_equal(salt, lines->lines[0]->salt.data, sizeof salt);
    account_salt(salt, secret, "2025-01", 2, 'L', bytes_text("L_CH4_POST/surface/"));
    assert_memory_not_equal(salt, lines->lines[0]->salt.data, sizeof salt);
    uint8_t mine[ACCOUNT_SECRET_SIZE];
    uint8_t other[ACCOUNT_SECRET_SIZE];
    account_secret(mine, secret, "mine-a");
    account_secret(other, secret, "mine-b");
    assert_memory_not_equal(mine, other, sizeof mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(duplicates),
        WITH_WORLD(two_people),
        WITH_WORLD(cross_check_set),
        WITH_WORLD(whose_facility),
        WITH_WORLD(sets),
        WITH_WORLD(completeness),
        WITH_WORLD(boundary_versions),
        WITH_WORLD(required_codes),
        WITH_WORLD(lines_of_a_submission),
        WITH_WORLD(detached_must_follow),
        WITH_WORLD(state_holds_no_line),
        WITH_WORLD(salts_can_be_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
