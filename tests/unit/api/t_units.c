/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of allowances and credits: wrong fields are named, somebody else's account shows
 * that it exists and no more, lists come in pages. */
#include "tests/unit/api/fake.h"

#include "tests/unit/exec/chain_send.h"

#define HASH_TEXT "\"1111111111111111111111111111111111111111111111111111111111111111\""
#define CEA "CN:CEA:CN:2026"

/* Signed by one or two persons. */
static void commit(struct chain *chain, const char *organisation, const char *name, size_t persons,
                   const char *json)
{
    static char order[16];
    static unsigned orders;
    snprintf(order, sizeof order, "order-%u", ++orders);
    chain_say(chain, organisation, persons == 1 ? "a" : "ab", name, order, json);
}

/* The mine answers for mine-a; a desk offers it units, three times by transfer and once for money,
 * sells others to whoever wants them, and has cancelled ten. */
static int market_setup(void **state)
{
    assert_int_equal(fake_setup(state), 0);
    struct chain *chain = ((struct fake *)*state)->chain;
    chain_organisation(chain, "registrar", "registrar");
    chain_organisation(chain, "desk", "desk");
    chain_organisation(chain, "bank", "settlement");
    commit(chain, "registrar", "ASSET_REGISTER", 2,
           "{\"asset\":\"CEA\",\"registry\":\"CN\",\"kind\":\"ALLOWANCE\",\"name\":{\"en\":\"x\"},"
           "\"unit\":\"t\",\"transferable\":true,\"surrenderable\":true}");
    commit(
        chain, "regulator", "SCHEME_SET", 2,
        "{\"scheme\":\"cn-ets\",\"version\":1,\"name\":{\"en\":\"x\"},\"jurisdiction\":\"CN-14\","
        "\"assets\":[\"CEA\"],\"covered_kinds\":[\"UG\"],\"covered_scopes\":[\"1\"],"
        "\"gases\":[\"CH4\",\"CO2\"],\"currency\":\"CNY\",\"tick_fen\":1,\"offer_hours\":2,"
        "\"years\":[{\"year\":2026,\"surrender_from\":\"2026-01-01\","
        "\"surrender_deadline\":\"2027-12-31\"}]}");
    commit(
        chain, "registrar", "HOLDING_OPEN", 2,
        "{\"holding\":\"mine-acc\",\"holder\":\"mine\",\"scheme\":\"cn-ets\",\"kind\":\"OPERATOR\","
        "\"facilities\":[\"mine-a\"],\"covered_from\":2026}");
    commit(chain, "registrar", "HOLDING_OPEN", 2,
           "{\"holding\":\"desk-acc\",\"holder\":\"desk\",\"scheme\":\"cn-ets\","
           "\"kind\":\"TRADING\"}");
    commit(chain, "regulator", "ALLOCATE", 2,
           "{\"holding\":\"desk-acc\",\"asset\":\"CEA\",\"vintage\":2026,\"kind\":\"PRE\","
           "\"quantity\":1000,\"basis_hash\":" HASH_TEXT "}");
    commit(chain, "desk", "POSITION_MOVE", 2,
           "{\"holding\":\"desk-acc\",\"units\":{\"asset\":\"CEA\",\"vintage\":2026,"
           "\"quantity\":1000},\"to\":\"TRADE\"}");
    for (char number = '1'; number <= '3'; number++) {
        char json[300];
        snprintf(json, sizeof json,
                 "{\"transfer\":\"t-%c\",\"from\":\"desk-acc\",\"to\":\"mine-acc\",\"units\":[{"
                 "\"asset\":\"CEA\",\"vintage\":2026,\"quantity\":10}]}",
                 number);
        commit(chain, "desk", "TRANSFER_PROPOSE", 2, json);
    }
    commit(chain, "desk", "TRADE_PROPOSE", 1,
           "{\"trade\":\"listed\",\"side\":\"SELL\",\"holding\":\"desk-acc\",\"method\":\"LISTED\","
           "\"units\":{\"asset\":\"CEA\",\"vintage\":2026,\"quantity\":5},\"price_fen\":100,"
           "\"settlement\":\"bank\",\"payment_hours\":1}");
    commit(chain, "desk", "TRADE_PROPOSE", 1,
           "{\"trade\":\"block\",\"side\":\"SELL\",\"holding\":\"desk-acc\",\"method\":\"BLOCK\","
           "\"counterparty\":\"mine-acc\",\"units\":{\"asset\":\"CEA\",\"vintage\":2026,"
           "\"quantity\":5},\"price_fen\":100,\"settlement\":\"bank\",\"payment_hours\":1}");
    commit(chain, "desk", "UNITS_CANCEL", 2,
           "{\"cancellation\":\"c-1\",\"holding\":\"desk-acc\",\"from\":\"TRADE\",\"units\":[{"
           "\"asset\":\"CEA\",\"vintage\":2026,\"quantity\":10}],\"beneficiary\":\"x\","
           "\"purpose\":\"y\"}");
    return 0;
}

/* --- fields ----------------------------------------------------------------------------------- */

/* The caller is a regulator, so that nothing but the field is wrong. */
static void wrong_fields_are_named(void **state)
{
    static const struct {
        const char *operation;
        const char *json;
        const char *code;
        const char *field;
    } rows[] = {
        {"GetHoldings", "{}", "200001", "holding"},
        {"GetHoldings", "{\"holding\":1}", "200002", "holding"},
        {"GetHoldings", "{\"holding\":\"nobody\"}", "200017", "holding"},
        {"GetHoldings", "{\"holding\":\"mine-acc\",\"blocks\":\"yes\"}", "200002", "blocks"},
        {"GetHoldings", "{\"holding\":\"mine-acc\",\"count\":0}", "200005", "count"},
        {"GetHoldings", "{\"holding\":\"mine-acc\",\"count\":501}", "200005", "count"},
        {"GetHoldings", "{\"holding\":\"mine-acc\",\"from\":-1}", "200005", "from"},
        {"GetHoldings", "{\"holding\":\"mine-acc\",\"colour\":1}", "200013", "colour"},
        {"ListTransfers", "{}", "200001", "holding"},
        {"ListTransfers", "{\"holding\":\"mine-acc\",\"waiting\":1}", "200002", "waiting"},
        {"GetTransfer", "{\"transfer\":\"t-9\"}", "200017", "transfer"},
        {"GetTrade", "{\"trade\":\"t-9\"}", "200017", "trade"},
        {"ListTrades", "{\"holding\":\"mine-acc\",\"late\":true}", "200004", "late"},
        {"GetSurrender", "{\"surrender\":\"s-9\"}", "200017", "surrender"},
        {"ListSurrenders", "{\"holding\":\"mine-acc\"}", "200001", "year"},
        {"GetScheme", "{\"scheme\":\"eu-ets\"}", "200017", "scheme"},
        {"GetCompliance", "{\"holding\":\"mine-acc\"}", "200001", "year"},
        {"GetCompliance", "{\"holding\":\"mine-acc\",\"year\":\"soon\"}", "200002", "year"},
        {"GetCompliance", "{\"holding\":\"mine-acc\",\"year\":2026.5}", "200002", "year"},
        {"GetCompliance", "{\"holding\":\"mine-acc\",\"year\":1969}", "200005", "year"},
        {"GetCompliance", "{\"holding\":\"mine-acc\",\"year\":2200}", "200005", "year"},
        {"GetCompliance", "{\"holding\":\"nobody\",\"year\":2026}", "200017", "holding"},
        {"GetCompliance", "{\"year\":2026}", "200001", "holding"}, /* a regulator has no account */
        {"PlanCompliance", "{\"holding\":\"mine-acc\",\"year\":2026,\"offset_fen\":\"x\"}",
         "200002", "offset_fen"},
        {"PlanCompliance", "{\"holding\":\"mine-acc\",\"year\":2026}", "200004", "allowance_fen"},
        {"GetStatement", "{\"holding\":\"desk-acc\",\"since\":\"yesterday\"}", "200002", "since"},
        {"GetStatement", "{\"holding\":\"desk-acc\",\"until\":\"2026-02-30\"}", "200002", "until"},
        {"GetStatement",
         "{\"holding\":\"desk-acc\",\"since\":\"2026-12-31\",\"until\":\"2026-01-01\"}", "200005",
         "since"},
        {"GetStatement", "{\"holding\":\"desk-acc\",\"bundle\":\"yes\"}", "200002", "bundle"},
        {"FindSerial", "{\"series\":\"" CEA "\"}", "200001", "serial"},
        {"FindSerial", "{\"series\":\"CEA\",\"serial\":1}", "200002", "series"},
        {"FindSerial", "{\"series\":\"" CEA "\",\"serial\":0}", "200017", "serial"},
        {"FindSerial", "{\"series\":\"" CEA "\",\"serial\":1001}", "200017", "serial"},
        {"FindSerial", "{\"series\":\"" CEA "\",\"serial\":-1}", "200005", "serial"},
        {"PublicReport", "{\"since\":7}", "200002", "since"},
        {"ReconcileRegistry", "{}", "200001", "table"},
        {"ReconcileRegistry", "{\"table\":\"registry,asset\\nCN,CEA\\n\"}", "200004", "project"},
    };
    struct fake *fake = *state;
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char code[32];
        char field[64];
        const struct reply reply = fake_call(fake, REGULATOR_A, rows[i].operation, rows[i].json);
        snprintf(code, sizeof code, "{\"code\":\"%s\"", rows[i].code);
        snprintf(field, sizeof field, "\"field\":\"%s\"", rows[i].field);
        if (strstr(reply.body, code) == NULL || strstr(reply.body, field) == NULL) {
            print_error("%s %s: %s\n", rows[i].operation, rows[i].json, reply.body);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* --- somebody else's -------------------------------------------------------------------------- */

static void others_see_that_it_exists(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, VERIFIER_A, "GetHoldings", "{\"holding\":\"mine-acc\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"holder\":\"mine\"");
    assert_has(reply, "\"shown\":\"PUBLIC\"");
    assert_null(strstr(reply.body, "positions"));
    assert_null(strstr(reply.body, "facilities"));
    reply =
        fake_call(fake, VERIFIER_A, "GetCompliance", "{\"holding\":\"mine-acc\",\"year\":2026}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"status\":\"C\"");
    assert_has(reply, "\"counted\":0");
    assert_null(strstr(reply.body, "exposure"));
    assert_null(strstr(reply.body, "pending"));
    static const char *const refused[][2] = {
        {"GetStatement", "{\"holding\":\"mine-acc\"}"},
        {"ListTransfers", "{\"holding\":\"mine-acc\"}"},
        {"ListTrustedAccounts", "{\"holding\":\"mine-acc\"}"},
        {"ListSurrenders", "{\"holding\":\"mine-acc\",\"year\":2026}"},
        {"ListTrades", "{\"holding\":\"mine-acc\"}"},
        {"PlanCompliance", "{\"holding\":\"mine-acc\",\"year\":2026,\"allowance_fen\":1}"},
        {"GetTransfer", "{\"transfer\":\"t-1\"}"},
        {"GetTrade", "{\"trade\":\"block\"}"},
        {"ReconcileRegistry", "{\"table\":\"x\"}"},
        {"CheckUnits", "{}"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        reply = fake_call(fake, VERIFIER_A, refused[i][0], refused[i][1]);
        assert_reply(reply, 403, "302005");
    }
    /* What everybody may take, and what was used up, is for everybody. */
    reply = fake_call(fake, VERIFIER_A, "GetTrade", "{\"trade\":\"listed\"}");
    assert_reply(reply, 200, "000000");
    reply = fake_call(fake, VERIFIER_A, "ListTrades", "{}");
    assert_has(reply, "\"trade\":\"listed\"");
    assert_null(strstr(reply.body, "\"trade\":\"block\""));
    reply = fake_call(fake, VERIFIER_A, "PublicReport", "{}");
    assert_has(reply, "\"kind\":\"CANCELLATION\",\"id\":\"c-1\"");
    assert_has(reply, "\"quantity\":10");
    /* The newest block went first: serial 1000 was cancelled, 1 is somebody's own matter. */
    reply = fake_call(fake, VERIFIER_A, "FindSerial", "{\"series\":\"" CEA "\",\"serial\":1}");
    assert_has(reply, "\"shown\":\"PUBLIC\"");
    assert_null(strstr(reply.body, "\"holding\""));
    assert_reply(fake_call(fake, -1, "PublicReport", "{}"), 401, "302001");
}

static void those_inside_see_everything(void **state)
{
    static const int inside[] = {MINE_A, MINE_READER, GROUP_A, REGULATOR_A};
    struct fake *fake = *state;
    for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        struct reply reply =
            fake_call(fake, inside[i], "GetHoldings", "{\"holding\":\"mine-acc\"}");
        assert_has(reply, "\"shown\":\"ALL\"");
        assert_has(reply, "\"may\":[\"SEND\",\"RECEIVE\",\"SURRENDER\"]");
        reply = fake_call(fake, inside[i], "GetTransfer", "{\"transfer\":\"t-1\"}");
        assert_has(reply, "\"state\":\"PROPOSED\"");
        reply = fake_call(fake, inside[i], "GetTrade", "{\"trade\":\"block\"}");
        assert_reply(reply, 200, "000000");
    }
    /* The mine's own account is found without its name; its year is not verified. */
    struct reply reply = fake_call(fake, MINE_A, "GetCompliance", "{\"year\":\"2026\"}");
    assert_has(reply, "\"holding\":\"mine-acc\"");
    assert_has(reply, "\"exposure\":null");
    assert_has(reply, "C: emissions of 2026 are missing or not verified");
    assert_has(reply, "mine-a has accounts of 0 of its");
    reply = fake_call(fake, REGULATOR_A, "FindSerial", "{\"series\":\"" CEA "\",\"serial\":1}");
    assert_has(reply, "\"shown\":\"ALL\"");
    assert_has(reply, "\"holding\":\"desk-acc\"");
}

/* --- pages ------------------------------------------------------------------------------------ */

static void lists_come_in_pages(void **state)
{
    static const struct {
        const char *operation;
        const char *json;
        const char *has;
        const char * not ;
    } rows[] = {
        {"ListHoldingAccounts", "{\"count\":1}", "\"holding\":\"mine-acc\"", "desk-acc"},
        {"ListHoldingAccounts", "{\"count\":1,\"from\":1}", "\"holding\":\"desk-acc\"", "mine-acc"},
        {"ListHoldingAccounts", "{\"from\":2}", "\"accounts\":[],\"total\":2", "desk-acc"},
        {"ListHoldingAccounts", "{\"organisation\":\"desk\"}", "\"total\":1", "mine-acc"},
        {"ListTransfers", "{\"holding\":\"mine-acc\",\"count\":2}", "\"transfer\":\"t-2\"", "t-3"},
        {"ListTransfers", "{\"holding\":\"mine-acc\",\"from\":2}", "\"total\":3,\"from\":2",
         "\"t-2\""},
        {"ListTransfers", "{\"holding\":\"mine-acc\",\"from\":3}", "\"transfers\":[]", "t-3"},
        {"ListSeries", "{\"from\":4294967295}", "\"series\":[]", "CEA"},
        {"ListSeries", "{}", "\"issued\":1000,\"held\":990,\"surrendered\":0,\"cancelled\":10",
         "\"more\""},
        {"ListSchemes", "{\"count\":500}", "\"scheme\":\"cn-ets\"", "\"more\""},
        {"ListTrades", "{\"holding\":\"desk-acc\",\"from\":1}", "\"trade\":\"block\"", "listed"},
        {"ListTrades", "{\"late\":true}", "\"trades\":[]", "listed"},
        {"GetHoldings", "{\"holding\":\"desk-acc\",\"from\":1}", "\"positions\":[]", CEA},
        {"GetHoldings", "{\"holding\":\"desk-acc\",\"asset\":\"CCER\"}", "\"positions\":[]", CEA},
        {"ListSurrenders", "{\"holding\":\"mine-acc\",\"year\":2026}", "\"surrenders\":[]", "s-1"},
    };
    struct fake *fake = *state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct reply reply = fake_call(fake, REGULATOR_A, rows[i].operation, rows[i].json);
        if (strstr(reply.body, rows[i].has) == NULL || strstr(reply.body, rows[i].not ) != NULL) {
            fail_msg("%s %s: %s", rows[i].operation, rows[i].json, reply.body);
        }
    }
}

/* Wrong rows are named, right ones are compared: 1,000 units are there, 990 of them ours as said.
 */
static void a_table_is_compared_row_by_row(void **state)
{
    struct fake *fake = *state;
    const struct reply reply =
        fake_call(fake, REGULATOR_A, "ReconcileRegistry",
                  "{\"table\":\"registry,asset,project,vintage,start,end,account,state\\n"
                  "CN,CEA,CN,2026,1,990,desk-acc,HELD\\n"
                  "CN,CEA,CN,20x6,0,,desk-acc,HELD\\n"
                  "CN,CEA,CN,2026,991,1000,desk-acc,RETIRED\\n"
                  "CN,CEA,CN,2026,1001,1002,desk-acc,HELD\\n\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"rows\":3,\"units_there\":1002,\"units_equal\":");
    assert_has(reply, "2 units: there in account desk-acc as HELD, not in this registry.");
    assert_has(reply, "\"field\":\"vintage\"");
    assert_has(reply, "\"field\":\"end\"");
    assert_has(reply, "\"line\":3");
}

static void everything_is_counted_again(void **state)
{
    const struct reply reply = fake_call(*state, REGULATOR_A, "CheckUnits", "{}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"valid\":true,\"series\":");
    assert_null(strstr(reply.body, "problem"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(wrong_fields_are_named, market_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(others_see_that_it_exists, market_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(those_inside_see_everything, market_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(lists_come_in_pages, market_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(everything_is_counted_again, market_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_table_is_compared_row_by_row, market_setup,
                                        fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
