/* SPDX-License-Identifier: Apache-2.0 */
/* A market under random orders of several desks, some sent twice: after every block everything is
 * counted again, every block is executed a second time from its bytes and must give the same root,
 * and at the end the whole chain is replayed from genesis. SEAM_UNITS_OPERATIONS says how many
 * orders (the tests run 20,000), SEAM_UNITS_SEED which. */

#include "tests/unit/check/orders.h"

/* --- the market ------------------------------------------------------------------------------ */

static const char *const holders[] = {"mine", "mine", "desk", "desk-2", "desk-3"};
static const char *const accounts[] = {"mine-acc", "mine-trade", "desk-acc", "desk2-acc",
                                       "desk3-acc"};
#define ACCOUNTS 5

static void found(struct market *market)
{
    static const char *const organisations[][2] = {
        {"registrar", "registrar"}, {"authority", "authority"}, {"bank", "settlement"},
        {"desk", "desk"},           {"desk-2", "desk"},         {"desk-3", "desk"}};
    struct chain *chain = market->chain;
    struct bytes raws[6];
    begin(market);
    for (size_t i = 0; i < 6; i++) {
        const struct chain_tx tx = {
            .type = 1,
            .organisation = "regulator",
            .valid_until_ms = chain->header.time_ms + chain->step_ms + HOUR_MS / 2,
            .payload =
                &world_organisation(chain->world, organisations[i][0], organisations[i][1])->base,
            .signers = {"regulator.a", "regulator.b"}};
        raws[i] = chain_make(chain, &tx);
    }
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(judge(market, raws[i]), JUDGE_OK);
        market->accepted[market->accepted_count++] = raws[i];
    }
    must(market, "registrar", "ASSET_REGISTER",
         "{\"asset\":\"CEA\",\"registry\":\"CN\",\"kind\":\"ALLOWANCE\",\"name\":{\"en\":\"x\"},"
         "\"unit\":\"t\",\"transferable\":true,\"surrenderable\":true}");
    must(market, "regulator", "SCHEME_SET",
         "{\"scheme\":\"cn-ets\",\"version\":1,\"name\":{\"en\":\"x\"},\"jurisdiction\":\"CN-14\","
         "\"assets\":[\"CEA\"],\"transfer_delay_hours\":1,\"trusted_delay_hours\":0,"
         "\"offer_hours\":2,\"covered_kinds\":[\"UG\"],\"covered_scopes\":[\"1\"],"
         "\"first_vintage\":2024,\"carry_base_t\":1000000,\"carry_ratio_num\":3,"
         "\"carry_ratio_den\":2,\"reversal_days\":1,\"years\":["
         "{\"year\":2024,\"carry_from\":\"2026-09-01\",\"carry_to\":\"2026-09-21\"},"
         "{\"year\":2025,\"carry_from\":\"2026-09-01\",\"carry_to\":\"2027-02-28\"},"
         "{\"year\":2026,\"surrender_from\":\"2026-09-01\","
         "\"surrender_deadline\":\"2027-12-31\"}]}");
    for (size_t i = 0; i < ACCOUNTS; i++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{\"holding\":\"%s\",\"holder\":\"%s\",\"scheme\":\"cn-ets\",%s}", accounts[i],
                 holders[i],
                 i == 0 ? "\"kind\":\"OPERATOR\",\"facilities\":[\"mine-a\"],\"covered_from\":2024"
                        : "\"kind\":\"TRADING\"");
        must(market, "registrar", "HOLDING_OPEN", json);
        for (unsigned vintage = 2024; vintage <= 2026; vintage++) {
            snprintf(json, sizeof json,
                     "{\"holding\":\"%s\",\"asset\":\"CEA\",\"vintage\":%u,\"kind\":\"PRE\","
                     "\"quantity\":4000,\"basis_hash\":" HASH_TEXT "}",
                     accounts[i], vintage);
            must(market, "regulator", "ALLOCATE", json);
            snprintf(json, sizeof json,
                     "{\"holding\":\"%s\",\"units\":{\"asset\":\"CEA\",\"vintage\":%u,"
                     "\"quantity\":3000},\"to\":\"TRADE\"}",
                     accounts[i], vintage);
            must(market, holders[i], "POSITION_MOVE", json);
        }
    }
    must(market, "desk", "TRUST_ADD", "{\"holding\":\"desk-acc\",\"trusted\":\"desk2-acc\"}");
    must(market, "desk-2", "TRUST_ADD", "{\"holding\":\"desk2-acc\",\"trusted\":\"desk3-acc\"}");
    must(market, "desk-3", "TRUST_ADD", "{\"holding\":\"desk3-acc\",\"trusted\":\"mine-acc\"}");
    commit(market);
}

/* Units of one of three vintages, by quantity or by a range that may or may not be right. */
static void some_units(struct market *market, char *out, size_t size)
{
    const unsigned vintage = 2024 + pick(market, 3);
    const unsigned quantity = 1 + pick(market, pick(market, 4) == 0 ? 3000 : 60);
    if (pick(market, 4) > 0) {
        snprintf(out, size, "{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":%u}", vintage,
                 quantity);
        return;
    }
    const unsigned start = 1 + pick(market, 20000);
    snprintf(out, size,
             "{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":%u,\"ranges\":[{\"start\":%u,"
             "\"end\":%u}]}",
             vintage, quantity, start, start + quantity - 1 + (pick(market, 20) == 0 ? 1 : 0));
}

static unsigned some_name(struct market *market)
{
    const unsigned back = pick(market, 60);
    return market->named > back ? (unsigned)(market->named - back) % NAMES : 0;
}

static void one_transfer(struct market *market, char *json, size_t size)
{
    char units[2][200];
    const unsigned from = pick(market, ACCOUNTS);
    const unsigned to = pick(market, ACCOUNTS);
    some_units(market, units[0], sizeof units[0]);
    some_units(market, units[1], sizeof units[1]);
    const bool both = pick(market, 4) == 0;
    snprintf(json, size, "{\"transfer\":\"t-%u\",\"from\":\"%s\",\"to\":\"%s\",\"units\":[%s%s%s]}",
             (unsigned)market->named, accounts[from], accounts[to], units[0], both ? "," : "",
             both ? units[1] : "");
    (void)send(market, holders[from], "TRANSFER_PROPOSE", json);
}

/* The answers to what was proposed lately, by whoever; most are refused. */
static void one_answer(struct market *market, char *json, size_t size)
{
    static const char *const names[] = {"TRANSFER_ACCEPT", "TRANSFER_CANCEL", "TRANSFER_EXECUTE"};
    snprintf(json, size, "{\"transfer\":\"t-%u\"}",
             (unsigned)(market->named > 80 ? market->named - pick(market, 80) : 0));
    (void)send(market, holders[pick(market, ACCOUNTS)], names[pick(market, 3)], json);
}

static void one_hold(struct market *market, char *json, size_t size)
{
    char units[200];
    const unsigned at = pick(market, ACCOUNTS);
    const unsigned name = some_name(market);
    some_units(market, units, sizeof units);
    switch (pick(market, 5)) {
    case 0:
        snprintf(json, size,
                 "{\"order\":\"f-%u\",\"holding\":\"%s\",\"units\":[%s],\"order_hash\":" HASH_TEXT
                 ",\"allow_surrender\":%s}",
                 name, accounts[at], units, pick(market, 2) == 0 ? "true" : "false");
        (void)send(market, "authority", "FREEZE", json);
        break;
    case 1:
    case 2:
        snprintf(json, size, "{\"order\":\"f-%u\",\"reason\":\"x\"}", name);
        (void)send(market, "authority", "UNFREEZE", json);
        break;
    case 3:
        snprintf(json, size,
                 "{\"pledge\":\"p-%u\",\"holding\":\"%s\",\"creditor\":\"bank\",\"units\":%s,"
                 "\"from\":\"TRADE\",\"contract_hash\":" HASH_TEXT "}",
                 name, accounts[at], units);
        (void)send(market, holders[at], "PLEDGE", json);
        break;
    default:
        snprintf(json, size, "{\"pledge\":\"p-%u\"}", name);
        (void)send(market, "bank", "PLEDGE_RELEASE", json);
        break;
    }
}

static void came(struct market *market, bool ok, enum unit_state state)
{
    market->ends[state] += ok ? 1 : 0;
}

static void one_more_or_less(struct market *market, char *json, size_t size)
{
    char units[200];
    const unsigned at = pick(market, ACCOUNTS);
    some_units(market, units, sizeof units);
    switch (pick(market, 4)) {
    case 0:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"asset\":\"CEA\",\"vintage\":%u,\"kind\":\"PRE\","
                 "\"quantity\":%u,\"basis_hash\":" HASH_TEXT "}",
                 accounts[at], 2024 + pick(market, 3), 1 + pick(market, 400));
        (void)send(market, "regulator", "ALLOCATE", json);
        break;
    case 1:
        snprintf(json, size,
                 "{\"cancellation\":\"x-%u\",\"holding\":\"%s\",\"units\":[%s],"
                 "\"beneficiary\":\"b\",\"purpose\":\"p\",\"from\":\"TRADE\"}",
                 (unsigned)market->named, accounts[at], units);
        came(market, send(market, holders[at], "UNITS_CANCEL", json), UNIT_CANCELLED);
        break;
    case 2:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"units\":%s,\"registry\":\"EU\",\"account\":\"a\","
                 "\"from\":\"REGISTER\"}",
                 accounts[at], units);
        came(market, send(market, holders[at], "UNITS_EXPORT", json), UNIT_EXPORTED);
        break;
    default:
        snprintf(json, size,
                 "{\"holding\":\"%s\",\"registry\":\"EU\",\"asset\":\"CEA\",\"vintage\":2025,"
                 "\"ranges\":[{\"start\":%u,\"end\":%u}],\"proof_hash\":\"%064x\"}",
                 accounts[at], 1 + pick(market, 4000), 1 + pick(market, 4000),
                 1 + pick(market, 100000));
        (void)send(market, "registrar", "UNITS_IMPORT", json);
        break;
    }
}

/* Surrenders of the mine for the year that it has emissions in, whatever the regulator says to
 * each; and what is retired of older years. */
static void one_end(struct market *market, char *json, size_t size)
{
    char units[200];
    const unsigned at = pick(market, ACCOUNTS);
    const unsigned back = pick(market, 6);
    const unsigned last = market->surrenders > back ? market->surrenders - back : 0;
    const unsigned step = pick(market, 8);
    some_units(market, units, sizeof units);
    if (step < 2) {
        const unsigned from = pick(market, 8) == 0 ? at : 0;
        snprintf(json, size,
                 "{\"surrender\":\"s-%u\",\"holding\":\"%s\",\"year\":2026,\"units\":[%s],"
                 "\"beneficiary\":\"b\",\"purpose\":\"p\"}",
                 market->surrenders + 1, accounts[from], units);
        market->surrenders += send(market, holders[from], "SURRENDER_PROPOSE", json) ? 1 : 0;
    } else if (step < 4) {
        snprintf(json, size, "{\"surrender\":\"s-%u\"}", last);
        came(market, send(market, "regulator", "SURRENDER_APPROVE", json), UNIT_SURRENDERED);
    } else if (step == 4) {
        const bool reverse = pick(market, 3) > 0;
        snprintf(json, size, "{\"surrender\":\"s-%u\",\"reason\":\"r\"}", last);
        if (!reverse) {
            (void)send(market, "regulator", "SURRENDER_REJECT", json);
        } else if (send(market, holders[at], "SURRENDER_REVERSE", json)) {
            market->reversals++;
            market->reversed = true;
        }
    } else if (step < 7) {
        snprintf(json, size, "{\"carry\":\"c-%u\",\"holding\":\"%s\",\"year\":%u,\"units\":[%s]}",
                 (unsigned)market->named, accounts[at], 2024 + pick(market, 2), units);
        came(market, send(market, holders[at], "CARRY_OVER", json), UNIT_CARRIED);
    } else {
        snprintf(json, size, "{\"holding\":\"%s\",\"year\":%u,\"units\":%s}", accounts[at],
                 2024 + pick(market, 2), units);
        came(market, send(market, "registrar", "LAPSE", json), UNIT_LAPSED);
    }
}

/* The next step of the last trade, or any step of one of the last: whose turn it is not is refused.
 * Account k mod ACCOUNTS offers trade k, in parts of seven units for 700. */
static void one_trade(struct market *market, char *json, size_t size)
{
    const bool astray = pick(market, 4) == 0;
    const unsigned back = astray ? pick(market, 8) : 0;
    const unsigned trade = market->trades > back ? market->trades - back : 0;
    const unsigned fill = astray ? 1 + pick(market, 3) : 1;
    const unsigned step = astray ? pick(market, 5) : market->steps++ % 5;
    const unsigned seller = trade % ACCOUNTS;
    const unsigned other = pick(market, ACCOUNTS);
    switch (step) {
    case 0:
        market->trades++;
        snprintf(json, size,
                 "{\"trade\":\"k-%u\",\"side\":\"SELL\",\"holding\":\"%s\",\"method\":\"LISTED\","
                 "\"units\":{\"asset\":\"CEA\",\"vintage\":%u,\"quantity\":21},\"least\":7,"
                 "\"price_fen\":100,\"settlement\":\"bank\",\"payment_hours\":1}",
                 market->trades, accounts[market->trades % ACCOUNTS], 2024 + pick(market, 3));
        (void)send(market, holders[market->trades % ACCOUNTS], "TRADE_PROPOSE", json);
        break;
    case 1:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"holding\":\"%s\",\"quantity\":7}", trade,
                 accounts[other]);
        (void)send(market, holders[other], "TRADE_ACCEPT", json);
        break;
    case 2:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u}", trade, fill);
        (void)send(market, holders[seller], "TRADE_LOCK", json);
        break;
    case 3:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u,\"amount_fen\":700}", trade, fill);
        if (send(market, pick(market, 8) == 0 ? holders[other] : "bank", "PAYMENT_CONFIRM", json)) {
            market->paid++;
        }
        break;
    default:
        snprintf(json, size, "{\"trade\":\"k-%u\",\"fill\":%u}", trade, pick(market, 4));
        (void)send(market, holders[pick(market, 4) == 0 ? other : seller], "TRADE_REFUND", json);
        break;
    }
}

static void one_order(struct market *market)
{
    static char json[2000];
    char units[200];
    const unsigned kind = pick(market, 100);
    if (kind < 30) {
        one_transfer(market, json, sizeof json);
    } else if (kind < 45) {
        one_trade(market, json, sizeof json);
    } else if (kind < 60) {
        one_answer(market, json, sizeof json);
    } else if (kind < 70) {
        one_hold(market, json, sizeof json);
    } else if (kind < 78) {
        one_more_or_less(market, json, sizeof json);
    } else if (kind < 90) {
        one_end(market, json, sizeof json);
    } else {
        const unsigned at = pick(market, ACCOUNTS);
        some_units(market, units, sizeof units);
        snprintf(json, sizeof json, "{\"holding\":\"%s\",\"units\":%s,\"to\":\"%s\"}", accounts[at],
                 units, pick(market, 3) > 0 ? "TRADE" : "REGISTER");
        (void)send(market, holders[at], "POSITION_MOVE", json);
    }
}

/* Every block again, from genesis, on another database. */
static void replay(struct market *market)
{
    void *other = NULL;
    assert_int_equal(chain_setup(&other), 0);
    struct chain *chain = other;
    chain->env.verifier = market->chain->env.verifier;
    for (size_t i = 0; i < market->blocks; i++) {
        struct chain_state *state = NULL;
        assert_int_equal(chain_check(chain, &market->headers[i], market->bodies[i], &state, NULL),
                         VERDICT_VALID);
        struct hash id;
        header_id(&id, &market->headers[i]);
        assert_int_equal(chain_state_name(state, &id), OK);
        chain_state_drop(chain->tip);
        chain->tip = state;
        chain->header = market->headers[i];
        arena_free(&chain->world->arena);
    }
    struct hash first;
    struct hash second;
    chain_state_root(market->chain->tip, &first);
    chain_state_root(chain->tip, &second);
    assert_true(hash_equal(&first, &second));
    assert_int_equal(chain_teardown(&other), 0);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void random_orders_keep_the_count(void **state)
{
    struct market market = {.chain = *state};
    const uint64_t orders = setting("SEAM_UNITS_OPERATIONS", 20000);
    const uint64_t seed = setting("SEAM_UNITS_SEED", 20261122);
    market.random = seed * 2654435761u + 1;
    market.chain->env.verifier.verify = all_authentic;
    print_message("seed %llu, %llu orders\n", (unsigned long long)seed, (unsigned long long)orders);
    found(&market);
    for (uint64_t i = 0; i < orders; i++) {
        one_order(&market);
        if (market.accepted_count == BLOCK_FULL || (i + 1) % BLOCK_ORDERS == 0 || i + 1 == orders) {
            commit(&market);
        }
    }
    overlay_drop(market.working);
    replay(&market);
    print_message(
        "%zu done (%zu payments, %zu reversals), %zu refused, %zu sent again, %zu blocks\n",
        market.ok, market.paid, market.reversals, market.refused, market.replays, market.blocks);
    assert_true(market.ok > orders / 10 && market.paid > orders / 1000 && market.reversals > 0);
    for (unsigned end = UNIT_SURRENDERED; end < UNIT_STATES; end++) {
        print_message("%s by %zu orders\n", sm_name(&unit_machine, (uint8_t)end), market.ends[end]);
        assert_true(market.ends[end] > 0);
    }
    for (size_t i = 0; i < market.blocks; i++) {
        free((void *)market.bodies[i].data);
    }
    free(market.bodies);
    free(market.headers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_orders_keep_the_count, chain_setup, chain_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
