/* SPDX-License-Identifier: Apache-2.0 */
/* Reports and the annual account where nothing is filed yet, and who is refused [KSSJ 7.2.2a]
 * [KSSJ 7.2.2c]; with accounts: tests/e2e/t_annual.py. */
#include "tests/unit/api/fake.h"

static void policy_of_nothing(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, VERIFIER_A, "ReportPolicy", "{\"year\":\"2026\"}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"gross_g\":0");
    assert_has(reply, "\"accounts\":0");
    assert_has(reply, "\"product\":\"RAW_COAL\"");
    reply = fake_call(fake, VERIFIER_A, "ReportPolicy", "{\"year\":\"2026\",\"region\":\"XX\"}");
    assert_has(reply, "\"regions\":[]");
    assert_reply(fake_call(fake, VERIFIER_A, "ReportPolicy", "{\"year\":\"2026-01\"}"), 400,
                 "200002");
    assert_reply(fake_call(fake, VERIFIER_A, "ReportPolicy", "{}"), 400, "200001");
    assert_reply(fake_call(fake, VERIFIER_A, "ReportPolicy", "{\"year\":\"2026\",\"x\":1}"), 400,
                 "200013");
}

static void sources_are_not_for_all(void **state)
{
    struct fake *fake = *state;
    static const char json[] = "{\"facility\":\"mine-a\",\"period\":\"2026\"}";
    assert_reply(fake_call(fake, VERIFIER_A, "ReportSources", json), 403, "302005");
    assert_reply(fake_call(fake, MINE_READER, "ReportSources", json), 404, "200017");
    assert_reply(fake_call(fake, MINE_READER, "ReportSources",
                           "{\"facility\":\"mine-z\",\"period\":\"2026\"}"),
                 404, "200017");
    assert_reply(fake_call(fake, MINE_READER, "ReportSources",
                           "{\"facility\":\"mine-a\",\"period\":\"2026-Q1\"}"),
                 400, "200002");
}

static void years_that_are_none(void **state)
{
    struct fake *fake = *state;
    struct reply reply =
        fake_call(fake, MINE_A, "SubmitAnnual", "{\"facility\":\"mine-a\",\"year\":\"2026\"}");
    assert_reply(reply, 409, "303003");
    assert_has(reply, "\"limit\":\"2026-01\"");
    assert_reply(
        fake_call(fake, MINE_A, "SubmitAnnual", "{\"facility\":\"mine-a\",\"year\":\"2026-01\"}"),
        400, "200002");
    assert_reply(
        fake_call(fake, GROUP_A, "SubmitAnnual", "{\"facility\":\"mine-a\",\"year\":\"2026\"}"),
        403, "302005");
    reply = fake_call(fake, MINE_A, "SubmitAnnual",
                      "{\"facility\":\"mine-a\",\"year\":\"2026\",\"true_ups\":[{\"month\":"
                      "\"2026-01\"}]}");
    assert_reply(reply, 400, "200001");
    assert_has(reply, "\"field\":\"true_ups[0].reason\"");
    assert_reply(
        fake_call(fake, VERIFIER_A, "GetAnnual", "{\"facility\":\"mine-a\",\"year\":\"2026\"}"),
        404, "200017");
    assert_reply(
        fake_call(fake, VERIFIER_A, "GetAnnual", "{\"facility\":\"mine-a\",\"year\":\"26\"}"), 400,
        "200002");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(policy_of_nothing, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(sources_are_not_for_all, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(years_that_are_none, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
