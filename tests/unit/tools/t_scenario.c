/* SPDX-License-Identifier: Apache-2.0 */
/* `seam scenario` as an engineer calls it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/tools/capture.h"
#include "tools/command.h"

#define GAS(c, more)                                                                               \
    "{\"facility\":\"mine-a\",\"source\":\"DRAINAGE\",\"ch4\":\"" c "\",\"flow\":{\"value\":"      \
    "\"40\",\"unit\":\"Nm3/min\"},\"hours\":\"8000\",\"heat_demand\":{\"value\":\"150000\","       \
    "\"unit\":\"GJ\"},\"ef_electricity\":{\"value\":\"0.5366\",\"unit\":\"tCO2/MWh\"},"            \
    "\"ef_heat\":{\"value\":\"0.11\",\"unit\":\"tCO2/GJ\"},\"gwp\":\"28\"" more "}"

static int scenario(const char *text, const char *options)
{
    char line[1024];
    capture_file("gas.json", text, strlen(text));
    snprintf(line, sizeof line, "scenario gas.json %s", options);
    return capture_run(cmd_scenario, line);
}

static void table(void **state)
{
    (void)state;
    assert_int_equal(scenario(GAS("0.27", ""), ""), TOOL_OK);
    assert_non_null(strstr(capture.out, "100136.29")); /* W50.2 */
    assert_non_null(strstr(capture.out, "justification: BEST_NET BOILER"));
    assert_non_null(strstr(capture.out, "not CHP        C_LOW"));
    assert_non_null(strstr(capture.out, "at least 0.3 (here: 0.27)"));
    assert_non_null(strstr(capture.out, "this gas must not be vented"));
}

static void nothing_fits(void **state)
{
    (void)state;
    assert_int_equal(scenario(GAS("0.12", ""), ""), TOOL_OK);
    assert_non_null(strstr(capture.out, "justification: NO_FEASIBLE_TECH"));
    assert_non_null(strstr(capture.out, "advice: raise drainage concentration"));
    assert_null(strstr(capture.out, "must not be vented"));
}

static void document(void **state)
{
    (void)state;
    assert_int_equal(scenario(GAS("0.27", ""), "--json"), TOOL_OK);
    assert_non_null(strstr(capture.out, "\"net_g\": 100136291636"));
    assert_int_equal(scenario(GAS("27", ""), "--json"), TOOL_NO);
    assert_non_null(strstr(capture.out, "\"code\": \"200005\""));
    assert_int_equal(scenario(GAS("27", ""), ""), TOOL_NO);
    assert_non_null(strstr(capture.err, "ch4"));
}

static void other_sets(void **state)
{
    (void)state;
    assert_int_equal(scenario(GAS("0.27", ",\"parameter_set\":\"VENDOR\""), ""), TOOL_NO);
    assert_non_null(strstr(capture.err, "parameter_set"));
    assert_int_equal(
        scenario(GAS("0.27", ""), "--set " SEAM_SOURCE_DIR "/genesis/sets/TECH-DEFAULT.json"),
        TOOL_OK);
    assert_non_null(strstr(capture.out, "100136.29"));
    assert_int_equal(
        scenario(GAS("0.27", ""), "--set " SEAM_SOURCE_DIR "/genesis/sets/CN-NDRC-COAL-2014.json"),
        TOOL_NO);
    assert_int_equal(capture_run(cmd_scenario, "scenario absent.json"), TOOL_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(table), cmocka_unit_test(nothing_fits),
                                       cmocka_unit_test(document), cmocka_unit_test(other_sets)};
    return cmocka_run_group_tests(tests, capture_start, capture_finish);
}
