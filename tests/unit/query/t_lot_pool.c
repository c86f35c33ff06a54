/* SPDX-License-Identifier: Apache-2.0 */
/* Pools of a real chain, where the detached part of an account is at hand: grams by product to the
 * gram, what is in no lot, what lots weigh too much, the account corrected, a verified figure where
 * none was reported, and a product that takes far more than its share [methodology 3.6, V13, D38].
 */

#include "ledger/accounting/account.h"
#include "ledger/accounting/accounting.h"
#include "ledger/assurance/record.h"
#include "ledger/query/lot_footprint.h"
#include "tests/unit/exec/chain_send.h"

#define RAW "06901234567892"
#define SORTED "06901234567908"
#define GANGUE "06901234567915"
#define MONTH "2026-08"

static struct hash rules_hash;
static struct hash account_before;

static void send(struct chain *chain, uint32_t type, const ProtobufCMessage *payload,
                 struct bytes detached, const char *persons)
{
    (void)chain_send(
        chain,
        (struct chain_tx){
            .type = type, .organisation = "mine", .payload = payload, .detached = detached},
        persons);
}

static const struct bytes nothing = {NULL, 0};

/* Rules, factors, two products, and a pit that uses electricity alone. */
static void found(struct chain *chain)
{
    Seam__FacilityRegister *pit = world_facility(chain->world, "pit");
    rules_hash = chain_adopt(chain, "LOT-RULES-1.json", "2020");
    (void)chain_adopt(chain, "CN-NDRC-COAL-2014.json", "2020");
    chain_product(chain, RAW, "raw", "raw");
    chain_product(chain, SORTED, "sorted", "sorted");
    pit->start_period = (char *)MONTH;
    pit->sources = world_alloc(chain->world, 3 * sizeof *pit->sources);
    pit->n_sources = 3;
    pit->sources[0] = world_source(chain->world, "grid", "L_ELEC");
    pit->sources[1] = world_source(chain->world, "district", "L_HEAT");
    pit->sources[2] = world_source(chain->world, "surface", "L_CH4_POST");
    send(chain, 5, &pit->base, nothing, "ab");
}

static void mine_ash(struct chain *chain, const char *lot, const char *qty, const char *ash)
{
    Seam__LotMine in = SEAM__LOT_MINE__INIT;
    Seam__LotHead head = SEAM__LOT_HEAD__INIT;
    Seam__LotQuality quality = SEAM__LOT_QUALITY__INIT;
    assert_int_equal(time_parse(&head.event_time_ms, bytes_text("2026-08-20T08:00:00Z")), OK);
    head.place = (char *)"pit";
    head.parameter_set_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = rules_hash.bytes};
    quality.moisture = (char *)"0.08";
    quality.ash = (char *)ash;
    quality.ncv = (char *)"22";
    in.event = &head;
    in.lot = (char *)lot;
    in.qty = (char *)qty;
    in.quality = &quality;
    in.facility = (char *)"pit";
    in.month = (char *)MONTH;
    send(chain, LOT_MINE_TYPE, &in.base, nothing, "a");
}

static void mine(struct chain *chain, const char *lot, const char *qty)
{
    mine_ash(chain, lot, qty, "0.28");
}

#define NO_COAL "\"not_occurring\": \"its gas is counted elsewhere\""

static const char *coal = NO_COAL; /* of the line of methane after mining */

/* The account of the month: electricity in MWh of 0.5366 t each, and what was made of it. */
static const Seam__Account *account(struct chain *chain, uint32_t version, const char *mwh,
                                    const char *products)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    struct account_draft draft;
    struct errors errors;
    struct set set;
    const Seam__CalculationFile *file = NULL;
    char *text = world_alloc(chain->world, 4096);
    snprintf(text, 4096,
             "{\"facility\": \"pit\", \"kind\": \"UG\", \"period\": \"" MONTH "\","
             " \"parameter_set\": \"CN-NDRC-COAL-2014\", \"gwp\": \"IPCC-SAR-100\","
             " \"boundary\": \"1\", \"products\": [%s]%s, \"lines\": ["
             "{\"code\": \"L_CH4_POST\", \"source\": \"surface\", %s},"
             "{\"code\": \"L_ELEC\", \"source\": \"grid\","
             " \"bought\": {\"value\": \"%s\", \"unit\": \"MWh\"},"
             " \"sold\": {\"value\": \"0\", \"unit\": \"MWh\"},"
             " \"factor\": \"EF.EL.CN.NAT.2022\"},"
             "{\"code\": \"L_HEAT\", \"source\": \"district\","
             " \"not_occurring\": \"no heat is bought\"}]}",
             products, version > 1 ? ", \"reason\": \"LAB_RESULT\"" : "", coal, mwh);
    assert_int_equal(errors_new(&errors, &chain->world->arena), OK);
    enum err err = calc_file_read(&file, bytes_text(text), &chain->world->arena, &errors);
    if (err == OK) {
        err = set_load(&set, "CN-NDRC-COAL-2014", &chain->world->arena, &errors);
    }
    if (err == OK) {
        err = account_build(&draft, file, &set, version, version > 1 ? &account_before : NULL,
                            secret, &chain->world->arena, &errors);
    }
    if (err != OK) {
        fail_msg("%s %s %s", err_name(err), errors.count > 0 ? errors.items[0].field : "",
                 errors.count > 0 ? errors.items[0].hint : "");
    }
    account_before = draft.hash;
    send(chain, version > 1 ? ACCOUNT_CORRECT_TYPE : ACCOUNT_SUBMIT_TYPE, &draft.account->base,
         draft.detached, "ab");
    return draft.account;
}

#define PRODUCT(name, mass, ncv)                                                                   \
    "{\"product\": \"" name "\", \"mass\": {\"value\": \"" mass                                    \
    "\", \"unit\": \"t\"}, \"ncv\": {\"value\": \"" ncv "\", \"unit\": \"GJ/t\"}}"

static struct lot_footprint footprint_of(struct chain *chain, const char *lot)
{
    struct lot_footprint out;
    struct query *query = NULL;
    assert_int_equal(query_open(&query, chain->db, QUERY_NEWEST), OK);
    const enum err err = lot_footprint_lot(&out, query, lot, &chain_arena);
    if (err != OK) {
        fail_msg("%s: %s", lot, err_name(err));
    }
    query_close(query);
    return out;
}

/* Floors, then one each to the largest remainders, the lower index first: worked out here again. */
static void largest_remainder(int64_t *out, int64_t total, const int64_t *weights, size_t count)
{
    __int128 sum = 0;
    int64_t rest = total;
    bool given[8] = {false};
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    for (size_t i = 0; i < count; i++) {
        out[i] = (int64_t)((__int128)total * weights[i] / sum);
        rest -= out[i];
    }
    for (; rest > 0; rest--) {
        size_t best = count;
        for (size_t i = 0; i < count; i++) {
            if (!given[i] && (best == count || (__int128)total * weights[i] % sum >
                                                   (__int128)total * weights[best] % sum)) {
                best = i;
            }
        }
        given[best] = true;
        out[best]++;
    }
}

/* 12,345.6 MWh are 6,624,648,960 g, divided by 4000 t x 22 and 500 t x 15 GJ/t; then by lots of
 * 1000 and 2000.001 t of the 4000 t, the rest in none. */
static void every_gram_of_a_product(void **state)
{
    struct chain *chain = *state;
    found(chain);
    mine(chain, RAW ".A", "1000");
    mine(chain, RAW ".B", "2000.001");
    mine(chain, SORTED ".C", "500");
    const Seam__Account *in = account(
        chain, 1, "12345.6", PRODUCT("raw", "4000", "22") "," PRODUCT("sorted", "500", "15"));
    assert_int_equal(in->gross_g, INT64_C(6624648960));
    int64_t products[2];
    int64_t parts[3];
    largest_remainder(products, in->gross_g, (const int64_t[]){88000, 7500}, 2);
    largest_remainder(parts, products[0], (const int64_t[]){1000000, 2000001, 999999}, 3);
    const struct lot_footprint a = footprint_of(chain, RAW ".A");
    const struct lot_footprint b = footprint_of(chain, RAW ".B");
    const struct lot_footprint c = footprint_of(chain, SORTED ".C");
    const struct lot_pool *pool = a.sources[0].now;
    assert_true(a.exact && b.exact && c.exact);
    assert_int_equal(a.grade, LOT_GRADE_REPORTED);
    assert_int_equal(pool->grams, products[0]);
    assert_int_equal(pool->product_kg, 4000000);
    assert_int_equal(pool->lots_kg, 3000001);
    assert_int_equal(lot_grams_total(&a.now), parts[0]);
    assert_int_equal(lot_grams_total(&b.now), parts[1]);
    assert_int_equal(pool->not_in_lots_g, parts[2]);
    assert_int_equal(lot_grams_total(&c.now), products[1]);
    assert_int_equal(c.sources[0].now->not_in_lots_g, 0);
    assert_int_equal(pool->excess_kg, 0);
    assert_int_equal(pool->average_g_per_t, 1472144); /* 6624648960 g / 4500 t */
    assert_null(pool->parked);
}

/* Corrected: less coal than the lots weigh. They get no gram more, and the old figure stands
 * beside the new one, with both versions. */
static void a_correction_with_too_much_coal(void **state)
{
    struct chain *chain = *state;
    found(chain);
    mine(chain, RAW ".A", "1000");
    mine(chain, RAW ".B", "2000");
    const Seam__Account *first = account(chain, 1, "1000", PRODUCT("raw", "3000", "22"));
    const int64_t old = first->gross_g;
    const Seam__Account *second = account(chain, 2, "900.5", PRODUCT("raw", "2500", "22"));
    const struct lot_footprint a = footprint_of(chain, RAW ".A");
    const struct lot_footprint b = footprint_of(chain, RAW ".B");
    const struct lot_source *source = &a.sources[0];
    int64_t parts[2];
    assert_true(a.corrected && a.exact);
    assert_int_equal(source->now->version, 2);
    assert_int_equal(source->before->version, 1);
    assert_int_equal(source->now->excess_kg, 500000);
    assert_int_equal(source->now->not_in_lots_g, 0);
    assert_int_equal(source->now->excess_g,
                     (second->factors[0]->factor_g_per_t * 500000 + 500) / 1000);
    largest_remainder(parts, second->gross_g, (const int64_t[]){1000000, 2000000}, 2);
    assert_int_equal(lot_grams_total(&a.now), parts[0]);
    assert_int_equal(lot_grams_total(&b.now), parts[1]);
    largest_remainder(parts, old, (const int64_t[]){1000000, 2000000}, 2);
    assert_int_equal(lot_grams_total(&a.before), parts[0]);
    assert_int_equal(source->before->excess_kg, 0);
}

/* Without products the pool has no masses to hold lots against: heaps of gangue take nothing of the
 * coal's grams, and coal that was never mined is seen by the coal of the methane lines. */
static void heaps_make_nothing_clean(void **state)
{
    struct chain *chain = *state;
    found(chain);
    chain_product(chain, GANGUE, "gangue", "gangue");
    coal = "\"coal\": {\"value\": \"2500\", \"unit\": \"t\"}, \"gas_grade\": \"HIGH\"";
    mine(chain, RAW ".A", "1000");
    mine(chain, RAW ".B", "2000.5");
    mine_ash(chain, GANGUE ".C", "9000000", "0.6");
    const int64_t grams = account(chain, 1, "1000", "")->gross_g;
    coal = NO_COAL;
    const struct lot_footprint a = footprint_of(chain, RAW ".A");
    const struct lot_footprint b = footprint_of(chain, RAW ".B");
    const struct lot_footprint c = footprint_of(chain, GANGUE ".C");
    const struct lot_pool *pool = a.sources[0].now;
    int64_t parts[2];
    largest_remainder(parts, grams, (const int64_t[]){1000000, 2000500}, 2);
    assert_int_equal(lot_grams_total(&a.now), parts[0]);
    assert_int_equal(lot_grams_total(&b.now), parts[1]);
    assert_int_equal(lot_grams_total(&c.now), 0);
    assert_string_equal(pool->product, "");
    assert_int_equal(pool->excess_kg, 500500);
    assert_int_equal(pool->excess_g, (grams * 500500 + 1250000) / 2500000);
    assert_int_equal(pool->not_in_lots_g, 0);
}

/* A block that changes nothing but the opinion on the account: as an opinion would leave it. */
static void verify_as(struct chain *chain, int64_t gross_g)
{
    Seam__CategoryTotals verified = SEAM__CATEGORY_TOTALS__INIT;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    struct state_key key;
    verified.scope2_g = gross_g;
    verified.gross_g = gross_g;
    verified.net_g = gross_g;
    head.facility = (char *)"pit";
    head.period = (char *)MONTH;
    head.version = 1;
    head.opinion = (char *)"opinion-1";
    head.type = (char *)"UNMODIFIED";
    head.verified = &verified;
    head.counts = true;
    assert_true(record_key_period(&key, KEY_OPINION_HEAD, "pit", MONTH));
    chain_put(chain, &key, &head.base);
}

/* [D38] Nothing was reported, 1000.001 kg of CO2e were found: they go to the products by mass and
 * calorific value, no gram lost. */
static void verified_where_nothing_was_reported(void **state)
{
    struct chain *chain = *state;
    found(chain);
    mine(chain, RAW ".A", "4000");
    mine(chain, SORTED ".C", "500");
    const Seam__Account *in =
        account(chain, 1, "0", PRODUCT("raw", "4000", "22") "," PRODUCT("sorted", "500", "15"));
    assert_int_equal(in->gross_g, 0);
    struct lot_footprint a = footprint_of(chain, RAW ".A");
    assert_int_equal(lot_grams_total(&a.now), 0);
    verify_as(chain, 1000001);
    int64_t products[2];
    largest_remainder(products, 1000001, (const int64_t[]){88000, 7500}, 2);
    a = footprint_of(chain, RAW ".A");
    const struct lot_footprint c = footprint_of(chain, SORTED ".C");
    assert_int_equal(a.grade, LOT_GRADE_VERIFIED);
    assert_int_equal(lot_grams_total(&a.now), products[0]);
    assert_int_equal(lot_grams_total(&c.now), products[1]);
    assert_int_equal(products[0] + products[1], 1000001);
    assert_int_equal(a.sources[0].now->factor_g_per_t, (products[0] * 2 + 4000) / 8000);
}

/* What was reported keeps its proportions, whatever the verified total. */
static void verified_where_something_was(void **state)
{
    struct chain *chain = *state;
    found(chain);
    mine(chain, RAW ".A", "4000");
    (void)account(chain, 1, "100", PRODUCT("raw", "4000", "22") "," PRODUCT("sorted", "500", "15"));
    verify_as(chain, 77777777);
    int64_t reported[2];
    int64_t products[2];
    largest_remainder(reported, INT64_C(53660000), (const int64_t[]){88000, 7500}, 2);
    largest_remainder(products, 77777777, reported, 2);
    const struct lot_footprint a = footprint_of(chain, RAW ".A");
    assert_int_equal(lot_grams_total(&a.now), products[0]);
}

/* A tonne of 100 GJ that nobody buys beside 4000 t of 2: all lots of the account say so. */
static void a_parked_share_is_shown(void **state)
{
    struct chain *chain = *state;
    found(chain);
    mine(chain, RAW ".A", "4000");
    (void)account(chain, 1, "100", PRODUCT("raw", "4000", "2") "," PRODUCT("sorted", "1", "60"));
    const struct lot_footprint a = footprint_of(chain, RAW ".A");
    const struct lot_pool *pool = a.sources[0].now;
    assert_non_null(pool->parked);
    assert_string_equal(pool->parked, "sorted");
    assert_int_equal(pool->average_g_per_t, 13412); /* 53.66 t / 4001 t */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, chain_arena_setup, chain_arena_teardown)
    const struct CMUnitTest tests[] = {
        T(heaps_make_nothing_clean),        T(every_gram_of_a_product),
        T(a_correction_with_too_much_coal), T(verified_where_nothing_was_reported),
        T(verified_where_something_was),    T(a_parked_share_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
