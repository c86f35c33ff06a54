/* SPDX-License-Identifier: Apache-2.0 */
/* CompareTechnologies over HTTP: the same answer as the command line's. */
#include "tests/unit/api/fake.h"

#define GAS(more)                                                                                  \
    "{\"source\":\"DRAINAGE\",\"ch4\":\"0.38\",\"flow\":{\"value\":\"60\",\"unit\":\"Nm3/min\"},"  \
    "\"hours\":\"8000\",\"heat_demand\":{\"value\":\"200000\",\"unit\":\"GJ\"},"                   \
    "\"ef_electricity\":{\"value\":\"0.5366\",\"unit\":\"tCO2/MWh\"},"                             \
    "\"ef_heat\":{\"value\":\"0.11\",\"unit\":\"tCO2/GJ\"},\"gwp\":\"28\"" more "}"

static void compares(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_READER, "CompareTechnologies", GAS(""));
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"net_g\":218235187891"); /* W50.1 */
    assert_has(reply, "\"must_not_vent\":true");
    assert_has(reply, "\"reason\":\"C_HIGH\"");
    reply = fake_call(fake, MINE_READER, "CompareTechnologies",
                      GAS(",\"parameter_set\":\"TECH-DEFAULT\""));
    assert_reply(reply, 200, "000000");
}

static void refuses(void **state)
{
    struct fake *fake = *state;
    struct reply reply =
        fake_call(fake, MINE_READER, "CompareTechnologies", GAS(",\"parameter_set\":\"VENDOR\""));
    assert_reply(reply, 422, "303019");
    assert_has(reply, "\"field\":\"parameter_set\"");
    reply = fake_call(fake, MINE_READER, "CompareTechnologies", GAS(",\"x\":\"1\""));
    assert_reply(reply, 400, "200013");
    reply = fake_call(fake, MINE_READER, "CompareTechnologies", "{}");
    assert_reply(reply, 400, "200001");
    assert_has(reply, "\"errors\":[");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(compares, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
