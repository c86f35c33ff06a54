/* SPDX-License-Identifier: Apache-2.0 */
/* What was calculated once is not calculated again, and nothing else follows from that: the same
 * answers with and without memory, and another question whenever anything in it differs. */
#include "tests/unit/accounting/draft.h"

#define STORE_MAX 64

/* Remembers everything and counts. */
struct store {
    struct hash yes[STORE_MAX];
    size_t count;
    size_t asked;
    size_t hits;
};

static bool has(void *context, const struct hash *question)
{
    struct store *store = context;
    bool found = false;
    for (size_t i = 0; i < store->count && !found; i++) {
        found = hash_equal(&store->yes[i], question);
    }
    store->asked++;
    store->hits += found ? 1 : 0;
    return found;
}

static void add(void *context, const struct hash *question)
{
    struct store *store = context;
    assert_true(store->count < STORE_MAX);
    store->yes[store->count++] = *question;
}

/* What came of one submission; whatever it wrote is taken back. */
struct outcome {
    enum judgement judgement;
    struct err_detail detail;
    uint32_t flags;
};

static struct outcome outcome_of(struct world *world, const struct known *known, uint32_t type,
                                 const Seam__Account *account, const Seam__AccountLines *lines)
{
    struct outcome out;
    memset(&out, 0, sizeof out);
    const size_t mark = overlay_mark(world->state);
    world->known = known;
    out.judgement = world_apply(world, type, account, lines);
    out.detail = world->detail;
    out.flags = world->receipt_flags;
    overlay_rollback(world->state, mark);
    return out;
}

/* The same answer without memory, with one that has not heard of it, and with what that learned:
 * a yes is known afterwards, a no never. Whether the first answer came from memory. */
static bool same(struct world *world, struct store *store, const struct account_draft *draft,
                 enum judgement want, enum err err)
{
    const struct known known = {store, has, add};
    const Seam__AccountLines *lines = world_lines(world, draft);
    const struct outcome plain =
        outcome_of(world, NULL, ACCOUNT_SUBMIT_TYPE, draft->account, lines);
    const size_t hits = store->hits;
    const struct outcome first =
        outcome_of(world, &known, ACCOUNT_SUBMIT_TYPE, draft->account, lines);
    const size_t hit = store->hits - hits;
    const size_t count = store->count;
    const struct outcome again =
        outcome_of(world, &known, ACCOUNT_SUBMIT_TYPE, draft->account, lines);
    assert_int_equal(plain.judgement, want);
    assert_int_equal(plain.detail.err, err);
    assert_memory_equal(&first, &plain, sizeof plain);
    assert_memory_equal(&again, &plain, sizeof plain);
    assert_int_equal(store->count, count);
    assert_int_equal(store->hits - hits - hit, want == JUDGE_OK ? 1 : 0);
    return hit > 0;
}

static void a_yes_is_known_and_a_no_is_not(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    struct account_draft draft = january(world);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    assert_int_equal(store.count, 1);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
    assert_int_equal(store.count, 1);
    /* Totals, roots, salts, the lines themselves: each is another question, answered with no. */
    Seam__Account account = *draft.account;
    draft.account = &account;
    account.gross_g++;
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_TOTAL));
    account.gross_g--;
    account.line_count++;
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_TOTAL));
    account.line_count--;
    account.lines_root.data[5] ^= 1;
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_TOTAL));
    account.lines_root.data[5] ^= 1;
    draft = january(world);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
    assert_int_equal(store.count, 1);
}

/* The detached part decides validity and stands in no field of the account but its roots. */
static void other_lines_are_another_question(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    const struct account_draft draft = january(world);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    for (size_t at = 0; at < draft.detached.size; at += 7) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)draft.detached.data;
        ProtobufCMessage *message = NULL;
        bytes[at] ^= 1;
        if (message_unpack(&message, &seam__account_lines__descriptor, draft.detached,
                           LIMIT_TX_DETACHED, &world->arena, NULL) == OK) {
            const struct known known = {&store, has, add};
            const Seam__AccountLines *lines = (const Seam__AccountLines *)message;
            const struct outcome plain =
                outcome_of(world, NULL, ACCOUNT_SUBMIT_TYPE, draft.account, lines);
            const struct outcome warm =
                outcome_of(world, &known, ACCOUNT_SUBMIT_TYPE, draft.account, lines);
            assert_int_equal(plain.judgement, JUDGE_NEVER);
            assert_memory_equal(&warm, &plain, sizeof plain);
        }
        bytes[at] ^= 1;
    }
    assert_true(store.asked > 20);
    assert_int_equal(store.hits, 1); /* of same() */
    assert_int_equal(store.count, 1);
}

/* Puts bytes under the name of the set that the accounts use. */
static void replace_set(struct world *world, struct bytes bytes)
{
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = (char *)"CN-NDRC-COAL-2014";
    record.version = 1;
    record.parameter_set =
        (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)(uintptr_t)bytes.data};
    struct state_key key = state_key_named(KEY_PARAMETER_SET, record.id);
    state_key_u32(&key, 1);
    world_put(world, &key, &record.base);
}

static struct bytes changed_set(struct world *world, bool cross_check)
{
    struct set set;
    struct errors errors;
    struct bytes out;
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, "CN-NDRC-COAL-2014", &world->arena, &errors), OK);
    Seam__ParameterSet *message = (Seam__ParameterSet *)(uintptr_t)set.message;
    message->cross_check = cross_check;
    for (size_t i = 0; i < message->n_values && !cross_check; i++) {
        message->values[i]->value = (char *)"1";
    }
    assert_int_equal(message_pack(&out, &message->base, &world->arena), OK);
    return out;
}

/* The set counts by its bytes, so that not even a wrong record under its name is believed. */
static void another_set_is_another_question(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    struct set set;
    struct errors errors;
    const struct account_draft draft = january(world);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(set_load(&set, "CN-NDRC-COAL-2014", &world->arena, &errors), OK);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    replace_set(world, changed_set(world, false));
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_TOTAL));
    replace_set(world, changed_set(world, true));
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_SET));
    replace_set(world, set.bytes);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
}

static const Seam__BoundaryRecord *boundary_of(struct world *world)
{
    const Seam__BoundaryRecord *boundary = NULL;
    assert_int_equal(view_boundary(&boundary, world->state, "mine-b", 1, &world->arena), OK);
    return boundary;
}

static void another_boundary_is_another_question(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    const struct account_draft draft = january(world);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    const Seam__BoundaryRecord *boundary = boundary_of(world);
    world_boundary(world, "mine-b", 1, boundary->from_period, boundary->sources,
                   boundary->n_sources - 1);
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_BOUNDARY));
    world_boundary(world, "mine-b", 1, boundary->from_period, boundary->sources,
                   boundary->n_sources);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
    const Seam__FacilityRecord *facility = NULL;
    assert_int_equal(view_facility(&facility, world->state, "mine-b", &world->arena), OK);
    facility->gas_grades[0]->grade = (char *)"LOW";
    const struct state_key key = state_key_named(KEY_FACILITY, "mine-b");
    world_put(world, &key, &facility->base);
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_PARAM));
    facility->gas_grades[0]->grade = (char *)"OUTBURST";
    world_put(world, &key, &facility->base);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
}

/* Other rules may calculate otherwise. */
static void other_rules_are_another_question(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    const struct account_draft draft = january(world);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    world->rules_version = 2;
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    assert_int_equal(store.count, 2);
    world->rules_version = 1;
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
}

/* What does not follow from bytes alone is asked each time: who, when, and whether the set was
 * adopted. */
static void what_the_state_says_is_not_remembered(void **state)
{
    struct world *world = *state;
    struct store store = {.count = 0};
    const struct account_draft draft = january(world);
    assert_false(same(world, &store, &draft, JUDGE_OK, OK));
    world->organisation = "group";
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_ROLE));
    world->organisation = "mine";
    Seam__AdoptionRecord adoption = SEAM__ADOPTION_RECORD__INIT;
    adoption.scheme = (char *)"cn-coal";
    adoption.set_hash = draft.account->parameter_set_hash;
    adoption.id = (char *)"CN-NDRC-COAL-2014";
    adoption.from_period = (char *)"2026";
    struct state_key key = state_key_of(KEY_ADOPTION);
    struct hash hash;
    memcpy(hash.bytes, draft.account->parameter_set_hash.data, HASH_SIZE);
    state_key_id(&key, KEY_ADOPTION, "cn-coal");
    state_key_hash(&key, &hash);
    world_put(world, &key, &adoption.base);
    assert_false(same(world, &store, &draft, JUDGE_NEVER, ERR_SET));
    adoption.from_period = (char *)"2020";
    world_put(world, &key, &adoption.base);
    assert_true(same(world, &store, &draft, JUDGE_OK, OK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_yes_is_known_and_a_no_is_not),
        WITH_WORLD(other_lines_are_another_question),
        WITH_WORLD(another_set_is_another_question),
        WITH_WORLD(another_boundary_is_another_question),
        WITH_WORLD(other_rules_are_another_question),
        WITH_WORLD(what_the_state_says_is_not_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
