/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of accounts with and without a memory of what was calculated: the same bodies, roots,
 * receipts and refusals, and each account calculated once. */
#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "tests/unit/exec/chain_send.h"

#define MONTHS 3
#define KNOWN_MAX 16

struct store {
    struct hash yes[KNOWN_MAX];
    size_t count;
    size_t hits;
};

static bool has(void *context, const struct hash *question)
{
    struct store *store = context;
    for (size_t i = 0; i < store->count; i++) {
        if (hash_equal(&store->yes[i], question)) {
            store->hits++;
            return true;
        }
    }
    return false;
}

static void add(void *context, const struct hash *question)
{
    struct store *store = context;
    assert_true(store->count < KNOWN_MAX);
    store->yes[store->count++] = *question;
}

/* A pit that uses electricity alone, and the factors of its accounts. */
static void found(struct chain *chain)
{
    Seam__FacilityRegister *pit = world_facility(chain->world, "pit");
    (void)chain_adopt(chain, "CN-NDRC-COAL-2014.json", "2020");
    pit->start_period = (char *)"2026-05";
    pit->sources = world_alloc(chain->world, 3 * sizeof *pit->sources);
    pit->n_sources = 3;
    pit->sources[0] = world_source(chain->world, "grid", "L_ELEC");
    pit->sources[1] = world_source(chain->world, "district", "L_HEAT");
    pit->sources[2] = world_source(chain->world, "surface", "L_CH4_POST");
    (void)chain_send(
        chain, (struct chain_tx){.type = 5, .organisation = "mine", .payload = &pit->base}, "ab");
}

static struct account_draft draft_of(struct chain *chain, const char *month, const char *heat,
                                     const struct hash *before)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    struct account_draft draft;
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    char *text = world_alloc(chain->world, 2048);
    snprintf(text, 2048,
             "{\"facility\": \"pit\", \"kind\": \"UG\", \"period\": \"%s\","
             " \"parameter_set\": \"CN-NDRC-COAL-2014\", \"gwp\": \"IPCC-SAR-100\","
             " \"boundary\": \"1\", \"lines\": ["
             "{\"code\": \"L_CH4_POST\", \"source\": \"surface\","
             " \"not_occurring\": \"its gas is counted elsewhere\"},"
             "{\"code\": \"L_ELEC\", \"source\": \"grid\","
             " \"bought\": {\"value\": \"1000.5\", \"unit\": \"MWh\"},"
             " \"sold\": {\"value\": \"0\", \"unit\": \"MWh\"},"
             " \"factor\": \"EF.EL.CN.NAT.2022\"},"
             "{\"code\": \"L_HEAT\", \"source\": \"%s\","
             " \"not_occurring\": \"no heat is bought\"}]}",
             month, heat);
    assert_int_equal(errors_new(&errors, &chain->world->arena), OK);
    assert_int_equal(calc_file_read(&file, bytes_text(text), &chain->world->arena, &errors), OK);
    assert_int_equal(set_load(&set, "CN-NDRC-COAL-2014", &chain->world->arena, &errors), OK);
    assert_int_equal(
        account_build(&draft, file, &set, 1, before, secret, &chain->world->arena, &errors), OK);
    return draft;
}

static struct bytes sign(struct chain *chain, const Seam__Account *account, struct bytes detached)
{
    const struct chain_tx tx = {.type = ACCOUNT_SUBMIT_TYPE,
                                .organisation = "mine",
                                .valid_until_ms = chain->header.time_ms + CHAIN_HOUR,
                                .payload = &account->base,
                                .detached = detached,
                                .signers = {"mine.a", "mine.b"}};
    return chain_make(chain, &tx);
}

static void remember(struct chain *chain, struct store *store)
{
    chain->env.known =
        store != NULL ? (struct known){store, has, add} : (struct known){.has = NULL};
}

/* At the door: without memory, with an empty one, with one that was asked before. */
static void door(struct chain *chain, struct store *store, struct bytes raw, enum judgement want,
                 enum err err)
{
    remember(chain, NULL);
    assert_judged(want, err, chain_judge(chain, raw));
    const struct err_detail plain = chain->world->detail;
    const size_t hits = store->hits;
    remember(chain, store);
    for (size_t i = 0; i < 2; i++) {
        assert_judged(want, err, chain_judge(chain, raw));
        assert_memory_equal(&chain->world->detail, &plain, sizeof plain);
    }
    assert_int_equal(store->hits - hits, want == JUDGE_OK ? 1 : 0);
}

/* The block of these transactions, built and checked; what came of it. */
struct outcome {
    struct header header;
    struct bytes body;
    struct bytes receipts;
};

static struct outcome block_of(struct chain *chain, struct store *store, const struct bytes *txs,
                               size_t count)
{
    struct outcome out;
    remember(chain, store);
    out.header = chain_build(chain, &out.body, txs, count);
    assert_int_equal(chain_check(chain, &out.header, out.body, NULL, &out.receipts), VERDICT_VALID);
    return out;
}

static void assert_same_block(const struct outcome *a, const struct outcome *b)
{
    uint8_t first[HEADER_SIZE];
    uint8_t second[HEADER_SIZE];
    header_encode(first, &a->header);
    header_encode(second, &b->header);
    assert_memory_equal(first, second, sizeof first);
    assert_true(bytes_equal(a->body, b->body));
    assert_true(bytes_equal(a->receipts, b->receipts));
}

static void the_same_blocks_and_each_account_once(void **state)
{
    struct chain *chain = *state;
    static const char *const months[MONTHS] = {"2026-05", "2026-06", "2026-07"};
    struct store store = {.count = 0};
    struct bytes txs[MONTHS];
    struct hash before;
    found(chain);
    for (size_t i = 0; i < MONTHS; i++) {
        const struct account_draft draft =
            draft_of(chain, months[i], "district", i > 0 ? &before : NULL);
        txs[i] = sign(chain, draft.account, draft.detached);
        before = draft.hash;
    }
    door(chain, &store, txs[0], JUDGE_OK, OK);
    assert_int_equal(store.count, 1);
    const struct outcome plain = block_of(chain, NULL, txs, MONTHS);
    const struct outcome partly = block_of(chain, &store, txs, MONTHS);
    assert_same_block(&plain, &partly);
    assert_int_equal(store.count, MONTHS);
    /* The first at the door and twice more, the others when the block was checked. */
    assert_int_equal(store.hits, 1 + 2 + (MONTHS - 1));
    const struct outcome wholly = block_of(chain, &store, txs, MONTHS);
    assert_same_block(&plain, &wholly);
    assert_int_equal(store.count, MONTHS);
    assert_int_equal(store.hits, 1 + 2 + (MONTHS - 1) + 2 * MONTHS);
    /* The order is no part of the question: a month without the one before it waits, known or not.
     */
    remember(chain, NULL);
    assert_judged(JUDGE_NOT_YET, ERR_GAP, chain_judge(chain, txs[2]));
    const struct err_detail detail = chain->world->detail;
    remember(chain, &store);
    assert_judged(JUDGE_NOT_YET, ERR_GAP, chain_judge(chain, txs[2]));
    assert_memory_equal(&chain->world->detail, &detail, sizeof detail);
}

/* A block whose second account does not follow from its lines: nobody's memory saves it. */
static void the_same_refusals(void **state)
{
    struct chain *chain = *state;
    struct store store = {.count = 0};
    found(chain);
    const struct account_draft good = draft_of(chain, "2026-05", "district", NULL);
    const struct account_draft incomplete = draft_of(chain, "2026-05", "elsewhere", NULL);
    const struct account_draft other = draft_of(chain, "2026-06", "district", NULL);
    Seam__Account account = *good.account;
    const struct bytes honest = sign(chain, &account, good.detached);
    account.scope2_g++;
    const struct bytes wrong = sign(chain, &account, good.detached);
    account = *good.account;
    const struct bytes exchanged = sign(chain, &account, other.detached);
    const struct bytes bare = sign(chain, &account, bytes_of(NULL, 0));
    door(chain, &store, honest, JUDGE_OK, OK);
    door(chain, &store, wrong, JUDGE_NEVER, ERR_TOTAL);
    door(chain, &store, exchanged, JUDGE_NEVER, ERR_TOTAL);
    door(chain, &store, bare, JUDGE_NEVER, ERR_MISSING);
    door(chain, &store, sign(chain, incomplete.account, incomplete.detached), JUDGE_NEVER,
         ERR_INCOMPLETE);
    assert_int_equal(store.count, 1);

    const struct outcome block = block_of(chain, &store, &honest, 1);
    assert_int_equal(block.body.size, 4 + honest.size);
    assert_int_equal(honest.size, wrong.size);
    uint8_t *bytes = (uint8_t *)(uintptr_t)block.body.data;
    memcpy(bytes + 4, wrong.data, wrong.size);
    struct err_detail plain;
    remember(chain, NULL);
    assert_int_equal(chain_check(chain, &block.header, block.body, NULL, NULL), VERDICT_INVALID);
    plain = chain->world->detail;
    assert_int_equal(plain.err, ERR_TOTAL);
    remember(chain, &store);
    assert_int_equal(chain_check(chain, &block.header, block.body, NULL, NULL), VERDICT_INVALID);
    assert_memory_equal(&chain->world->detail, &plain, sizeof plain);
    assert_int_equal(store.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_blocks_and_each_account_once, chain_arena_setup,
                                        chain_arena_teardown),
        cmocka_unit_test_setup_teardown(the_same_refusals, chain_arena_setup, chain_arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
