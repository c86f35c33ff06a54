/* SPDX-License-Identifier: Apache-2.0 */
/* From a calculation file to an account that two people signed, and back to those who may see it.
 */
#include "tests/unit/api/fake.h"

#include "ledger/accounting/set.h"

/* A real set, published and adopted by two officers of the regulator. */
static void adopt(struct fake *fake)
{
    static char json[400000];
    static char hex[300000];
    struct arena arena;
    struct errors errors;
    struct set set;
    char draft[300];
    char id[64];
    arena_init(&arena, 16 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    assert_int_equal(set_load(&set, "CN-NDRC-COAL-2014", &arena, &errors), OK);
    hex_encode(hex, set.bytes);
    snprintf(json, sizeof json, "{\"parameter_set\":\"%s\"}", hex);
    struct reply reply = fake_call(fake, REGULATOR_A, "PublishParameterSet", json);
    assert_reply(reply, 200, "000000");
    fake_field(id, sizeof id, reply.body, "draft");
    snprintf(draft, sizeof draft, "{\"draft\":\"%s\"}", id);
    assert_reply(fake_call(fake, REGULATOR_B, "ApproveDraft", draft), 200, "000000");
    hex_encode(hex, hash_bytes(&set.hash));
    size_t size = (size_t)snprintf(
        json, sizeof json,
        "{\"scheme\":\"cn-ets\",\"set_hash\":\"%s\",\"from_period\":\"2026-01\",\"unsourced\":[",
        hex);
    bool first = true;
    for (size_t i = 0; i < set.message->n_values; i++) {
        if (set_unsourced(set.message->values[i])) {
            size += (size_t)snprintf(json + size, sizeof json - size, "%s\"%s\"", first ? "" : ",",
                                     set.message->values[i]->key);
            first = false;
        }
    }
    snprintf(json + size, sizeof json - size, "]}");
    reply = fake_call(fake, REGULATOR_A, "AdoptParameterSet", json);
    assert_reply(reply, 200, "000000");
    fake_field(id, sizeof id, reply.body, "draft");
    snprintf(draft, sizeof draft, "{\"draft\":\"%s\"}", id);
    assert_reply(fake_call(fake, REGULATOR_B, "ApproveDraft", draft), 200, "000000");
    arena_free(&arena);
    /* the set asks for a line of heat: the boundary gets its source */
    reply =
        fake_call(fake, MINE_A, "SetBoundary",
                  "{\"facility\":\"mine-a\",\"version\":2,\"from_period\":\"2026-01\",\"sources\":["
                  "{\"source\":\"district\",\"code\":\"L_HEAT\"},"
                  "{\"source\":\"grid\",\"code\":\"L_ELEC\"},"
                  "{\"source\":\"shaft-1\",\"code\":\"L_CH4_UG\"}]}");
    assert_reply(reply, 200, "000000");
    fake_field(id, sizeof id, reply.body, "draft");
    snprintf(draft, sizeof draft, "{\"draft\":\"%s\"}", id);
    assert_reply(fake_call(fake, MINE_B, "ApproveDraft", draft), 200, "000000");
}

#define LINES(bought)                                                                              \
    "\"lines\":["                                                                                  \
    "{\"code\":\"L_CH4_UG\",\"source\":\"shaft-1\",\"ventilation\":{\"value\":\"2745.6\","         \
    "\"unit\":\"1e4Nm3\"},\"drained\":{\"value\":\"0\",\"unit\":\"1e4Nm3\"},"                      \
    "\"flare_destroyed\":{\"value\":\"0\",\"unit\":\"1e4Nm3\"},\"utilised\":{\"value\":\"0\","     \
    "\"unit\":\"1e4Nm3\"}},"                                                                       \
    "{\"code\":\"L_HEAT\",\"source\":\"district\",\"heat\":{\"value\":\"15400\","                  \
    "\"unit\":\"GJ\"}},"                                                                           \
    "{\"code\":\"L_ELEC\",\"source\":\"grid\",\"bought\":{\"value\":\"" bought                     \
    "\",\"unit\":\"MWh\"},\"sold\":{\"value\":\"0\",\"unit\":\"MWh\"},"                            \
    "\"factor\":\"EF.EL.CN.NAT.2022\"}]"

#define ACCOUNT(period, bought, more)                                                              \
    "{\"facility\":\"mine-a\",\"kind\":\"UG\",\"period\":\"" period                                \
    "\",\"parameter_set\":\"CN-NDRC-COAL-2014\",\"gwp\":\"IPCC-SAR-100\",\"boundary\":\"2\"," more \
    LINES(bought) "}"

/* Both signatures; the answer of the second. */
static struct reply sign_twice(struct fake *fake, const char *operation, const char *json)
{
    char draft[300];
    char id[64];
    const struct reply reply = fake_call(fake, MINE_A, operation, json);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"AWAITING_SECOND_PERSON\"");
    assert_has(reply, "\"account\":{\"facility\":\"mine-a\"");
    fake_field(id, sizeof id, reply.body, "draft");
    snprintf(draft, sizeof draft, "{\"draft\":\"%s\"}", id);
    return fake_call(fake, MINE_B, "ApproveDraft", draft);
}

static void calculates_without_keeping(void **state)
{
    struct fake *fake = *state;
    struct reply reply =
        fake_call(fake, MINE_READER, "CalculateAccount", ACCOUNT("2026-01", "96500", ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"gross_g\":");
    assert_has(reply, "\"code\":\"L_ELEC\"");
    reply = fake_call(fake, MINE_READER, "CalculateAccount", ACCOUNT("2026-01", "96,500", ""));
    assert_reply(reply, 400, "200002");
    assert_has(reply, "\"line\":3");
    reply = fake_call(fake, MINE_READER, "CalculateAccount",
                      "{\"facility\":\"mine-a\",\"lines\":"
                      "[{\"of\":0.98}],\"x\":1}");
    assert_int_equal(reply.status, 400);
    assert_has(reply, "\"errors\":[");
    reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"drafts\":[]");
}

static void explains_in_the_language_asked_for(void **state)
{
    struct fake *fake = *state;
    struct reply reply =
        fake_call(fake, MINE_READER, "CalculateAccount",
                  ACCOUNT("2026-01", "96500", "\"trace\":true,\"language\":\"zh\","));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"label\":\"净购入电力\"");
    assert_has(reply, "\"language\":\"zh\"");
    assert_has(reply, "\"uncertainty_bp\":");
    reply = fake_call(fake, MINE_READER, "CalculateAccount",
                      ACCOUNT("2026-01", "96500", "\"language\":\"de\","));
    assert_reply(reply, 400, "200004");
    assert_has(reply, "\"field\":\"language\"");
}

static void an_account_needs_an_adopted_set(void **state)
{
    struct fake *fake = *state;
    assert_reply(fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2026-01", "96500", "")), 422,
                 "303019");
    assert_reply(fake_call(fake, GROUP_A, "SubmitAccount", ACCOUNT("2026-01", "96500", "")), 403,
                 "302005");
}

static void two_persons_file_a_month(void **state)
{
    struct fake *fake = *state;
    adopt(fake);
    struct reply reply = sign_twice(fake, "SubmitAccount", ACCOUNT("2026-01", "96500", ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"state\":\"FINAL\"");
    assert_has(reply, "\"period\":\"2026-01\",\"version\":1");
    char tx_id[80];
    fake_field(tx_id, sizeof tx_id, reply.body, "transaction");
    /* the same content again is the same answer (decision D5) */
    reply = fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2026-01", "96500", ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
    assert_has(reply, tx_id);
    /* other content is a conflict, and the way out is named */
    reply = fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2026-01", "96501", ""));
    assert_reply(reply, 409, "303001");
    assert_has(reply, "CorrectAccount");
    /* the next month stands on it and shows the difference */
    reply = sign_twice(fake, "SubmitAccount", ACCOUNT("2026-02", "96400", ""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"previous_period\":{\"period\":\"2026-01\",\"version\":1");
    /* a correction */
    assert_reply(fake_call(fake, MINE_A, "CorrectAccount", ACCOUNT("2026-02", "96300", "")), 400,
                 "200001");
    reply = sign_twice(fake, "CorrectAccount",
                       ACCOUNT("2026-02", "96300",
                               "\"reason\":\"typing\",\"reason_code\":\"TYPING\","
                               "\"discovered_by\":\"OPERATOR\","));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"previous_version\":{\"period\":\"2026-02\",\"version\":1");
    reply = fake_call(fake, MINE_READER, "GetAccount",
                      "{\"facility\":\"mine-a\",\"period\":\"2026-02\",\"version\":1}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"current_version\":2");
    reply = fake_call(fake, MINE_READER, "ListAccounts",
                      "{\"facility\":\"mine-a\",\"from_period\":\"2026-02\"}");
    assert_reply(reply, 200, "000000");
    assert_null(strstr(reply.body, "2026-01\",\"version\""));
    assert_has(reply, "\"period\":\"2026-02\",\"version\":2");
    reply = fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2026-04", "1", ""));
    assert_reply(reply, 409, "303003");
    reply = fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2025-12", "1", ""));
    assert_reply(reply, 400, "200005");
    assert_reply(fake_call(fake, MINE_A, "SubmitAccount", ACCOUNT("2026-13", "1", "")), 400,
                 "200002");
    assert_reply(
        fake_call(fake, MINE_A, "DeclareNil", "{\"facility\":\"mine-a\",\"period\":\"2026-03\"}"),
        400, "200001");
    /* a gap is not filed past; a period without activity is declared */
    reply = fake_call(fake, MINE_A, "DeclareNil",
                      "{\"facility\":\"mine-a\",\"period\":\"2026-03\",\"reason\":\"strike\","
                      "\"state\":\"SUSPENDED\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"value_state\":\"SUSPENDED\"");
}

/* [KSSJ 7.2.1c] Factors by stage, product and month, from the account in the ledger. */
static void factors_of_a_month(void **state)
{
    struct fake *fake = *state;
    adopt(fake);
    struct reply reply =
        sign_twice(fake, "SubmitAccount",
                   ACCOUNT("2026-01", "96500",
                           "\"products\":[{\"product\":\"raw_coal\",\"mass\":{\"value\":\"1000\","
                           "\"unit\":\"t\"}}],"));
    assert_reply(reply, 200, "000000");
    reply = fake_call(fake, VERIFIER_A, "GetStageFactors",
                      "{\"facility\":\"mine-a\",\"month\":\"2026-01\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"stage\":\"MI\",\"product\":\"raw_coal\",\"factor_g_per_t\":");
    reply = fake_call(fake, VERIFIER_A, "GetStageFactors",
                      "{\"facility\":\"mine-a\",\"month\":\"2026-01\",\"stage\":\"WA\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"factors\":[]");
    reply = fake_call(fake, VERIFIER_A, "GetStageFactors",
                      "{\"facility\":\"mine-a\",\"month\":\"2026-02\"}");
    assert_reply(reply, 404, "200017");
    reply = fake_call(fake, VERIFIER_A, "GetStageFactors",
                      "{\"facility\":\"mine-a\",\"month\":\"2026-01\",\"proof\":\"yes\"}");
    assert_reply(reply, 400, "200002");
}

/* Decision D39: judged as a submission would be, and nothing kept. */
static void checks_without_keeping(void **state)
{
    struct fake *fake = *state;
    static const char *const month = ACCOUNT("2026-01", "96500", "");
    assert_reply(fake_call(fake, MINE_A, "CheckAccount", month), 422, "303019");
    adopt(fake);
    static const int askers[] = {MINE_A, MINE_READER};
    for (size_t i = 0; i < 2; i++) {
        const struct reply reply = fake_call(fake, askers[i], "CheckAccount", month);
        assert_reply(reply, 200, "000000");
        assert_has(reply, "\"verdict\":\"WOULD_BE_ACCEPTED\",\"operation\":\"SubmitAccount\","
                          "\"duplicate\":false,\"account\":{\"facility\":\"mine-a\"");
        assert_has(reply, "\"net_g\":");
    }
    struct reply reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"drafts\":[]");
    assert_reply(fake_call(fake, GROUP_A, "CheckAccount", month), 403, "302005");
    /* each refusal of a submission is the refusal of its check */
    static const char *const refused[] = {ACCOUNT("2026-02", "1", ""), ACCOUNT("2025-12", "1", ""),
                                          ACCOUNT("2026-01", "1,5", ""),
                                          ACCOUNT("2026-01", "1", "\"x\":1,")};
    for (size_t i = 0; i < 4; i++) {
        const struct reply check = fake_call(fake, MINE_A, "CheckAccount", refused[i]);
        char body[4096];
        snprintf(body, sizeof body, "%s", check.body);
        const int status = check.status;
        const struct reply submit = fake_call(fake, MINE_A, "SubmitAccount", refused[i]);
        assert_int_not_equal(status, 200);
        assert_int_equal(status, submit.status);
        assert_string_equal(body, submit.body);
    }
    assert_reply(sign_twice(fake, "SubmitAccount", month), 200, "000000");
    reply = fake_call(fake, MINE_A, "CheckAccount", month);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"duplicate\":true");
    assert_reply(fake_call(fake, MINE_A, "CheckAccount", ACCOUNT("2026-01", "1", "")), 409,
                 "303001");
    reply = fake_call(fake, MINE_A, "CheckAccount",
                      ACCOUNT("2026-01", "96300",
                              "\"reason\":\"typing\",\"reason_code\":\"TYPING\","
                              "\"discovered_by\":\"OPERATOR\","));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"operation\":\"CorrectAccount\"");
    assert_has(reply, "\"previous_version\":{");
    reply = fake_call(fake, MINE_A, "CheckAccount",
                      "{\"facility\":\"mine-a\",\"period\":\"2026-02\",\"reason\":\"strike\","
                      "\"state\":\"SUSPENDED\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"operation\":\"DeclareNil\"");
    reply = fake_call(fake, MINE_A, "ListDrafts", "{}");
    assert_has(reply, "\"drafts\":[]");
}

/* Decision D3: a marker in a line is seen by the owner, its group and its regulator only. */
static void lines_are_for_the_few(void **state)
{
    struct fake *fake = *state;
    adopt(fake);
    assert_reply(sign_twice(fake, "SubmitAccount", ACCOUNT("2026-01", "96500", "")), 200, "000000");
    static const char *const json =
        "{\"facility\":\"mine-a\",\"period\":\"2026-01\",\"lines\":true}";
    static const int allowed[] = {MINE_A, MINE_READER, GROUP_A, REGULATOR_A};
    for (size_t i = 0; i < 4; i++) {
        const struct reply reply = fake_call(fake, allowed[i], "GetAccount", json);
        assert_reply(reply, 200, "000000");
        assert_has(reply, "\"value\":\"96500\"");
    }
    assert_reply(fake_call(fake, VERIFIER_A, "GetAccount", json), 403, "302005");
    assert_reply(fake_call(fake, VERIFIER_A, "GetCertificate", json), 403, "302005");
    struct reply reply = fake_call(fake, VERIFIER_A, "GetAccount",
                                   "{\"facility\":\"mine-a\",\"period\":\"2026-01\"}");
    assert_reply(reply, 200, "000000");
    assert_null(strstr(reply.body, "96500"));
    char height[80];
    snprintf(height, sizeof height, "{\"height\":%u}", (unsigned)fake->chain->header.height);
    reply = fake_call(fake, VERIFIER_A, "GetBlock", height);
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"name\":\"ACCOUNT_SUBMIT\"");
    assert_null(strstr(reply.body, "96500"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(explains_in_the_language_asked_for, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(calculates_without_keeping, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(an_account_needs_an_adopted_set, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(two_persons_file_a_month, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(checks_without_keeping, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(factors_of_a_month, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(lines_are_for_the_few, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
