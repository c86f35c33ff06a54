/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/json_out.h"

#include "ledger/codec/json_out_errors.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct field_row rows[] = {
    {&seam__organisation_record__descriptor, "time_ms", FIELD_TIME, false, NULL, NULL, 0, NULL,
     NULL, OK, NULL, NULL},
};
static const struct field_table table = {rows, 1};

static void expect(struct json_out *out, const char *text)
{
    struct bytes written;
    assert_int_equal(json_out_finish(out, &written), OK);
    assert_string_equal((const char *)written.data, text);
    assert_int_equal(written.size, strlen(text));
    json_out_free(out);
}

static void hand_made(struct json_out *out)
{
    json_out_object(out);
    json_out_field_text(out, "a", "x\"\\\n\t\x01 煤");
    json_out_field_array(out, "list");
    json_out_int(out, -1);
    json_out_object(out);
    json_out_end(out);
    json_out_array(out);
    json_out_end(out);
    json_out_end(out);
    json_out_field_bool(out, "yes", true);
    json_out_field_text(out, "none", NULL);
    json_out_field_hex(out, "hex", bytes_of("\x00\xff", 2));
    json_out_key(out, "b");
    json_out_base64(out, bytes_text("foo"));
    json_out_field_time(out, "t", 0);
    json_out_end(out);
}

static void writes_both_layouts(void **state)
{
    (void)state;
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    hand_made(&out);
    expect(&out,
           "{\"a\":\"x\\\"\\\\\\n\\t\\u0001 煤\",\"list\":[-1,{},[]],\"yes\":true,\"none\":null,"
           "\"hex\":\"00ff\",\"b\":\"Zm9v\",\"t\":\"1970-01-01T00:00:00Z\"}");
    json_out_init(&out, JSON_OUT_INDENT, 1000);
    hand_made(&out);
    expect(&out, "{\n  \"a\": \"x\\\"\\\\\\n\\t\\u0001 煤\",\n  \"list\": [\n    -1,\n    {},\n    "
                 "[]\n  ],\n"
                 "  \"yes\": true,\n  \"none\": null,\n  \"hex\": \"00ff\",\n  \"b\": \"Zm9v\",\n"
                 "  \"t\": \"1970-01-01T00:00:00Z\"\n}\n");
}

static void stops_at_the_limit(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < 12; limit++) {
        struct json_out out;
        struct bytes text;
        json_out_init(&out, JSON_OUT_COMPACT, limit);
        json_out_array(&out);
        json_out_text(&out, "12345");
        json_out_end(&out);
        assert_int_equal(json_out_finish(&out, &text), limit < 9 ? ERR_TOO_LARGE : OK);
        json_out_free(&out);
    }
}

static void refuses_what_json_cannot_say(void **state)
{
    (void)state;
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_COMPACT, 100);
    json_out_text(&out, "\xff");
    assert_int_equal(json_out_finish(&out, &text), ERR_TEXT);
    json_out_free(&out);
    json_out_init(&out, JSON_OUT_COMPACT, 100);
    json_out_uint(&out, UINT64_C(1) << 53);
    assert_int_equal(json_out_finish(&out, &text), ERR_RANGE);
    json_out_free(&out);
    json_out_init(&out, JSON_OUT_COMPACT, 100);
    json_out_int(&out, -((INT64_C(1) << 53) - 1));
    expect(&out, "-9007199254740991");
}

static void writes_messages(void **state)
{
    (void)state;
    Seam__Names names = SEAM__NAMES__INIT;
    names.zh = (char *)"煤矿";
    Seam__Identifier id = SEAM__IDENTIFIER__INIT;
    id.scheme = (char *)"USCC";
    Seam__Identifier *ids[2] = {&id, &id};
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)"mine-a";
    record.name = &names;
    record.n_ids = 2;
    record.ids = ids;
    record.time_ms = 1000;
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_message(&out, &record.base, &table);
    expect(&out,
           "{\"organisation\":\"mine-a\",\"name\":{\"zh\":\"煤矿\"},\"ids\":[{\"scheme\":\"USCC\"},"
           "{\"scheme\":\"USCC\"}],\"time_ms\":\"1970-01-01T00:00:01Z\"}");
    json_out_init(&out, JSON_OUT_COMPACT | JSON_OUT_DEFAULTS, 1000);
    record.name = NULL;
    record.n_ids = 0;
    json_out_message(&out, &record.base, NULL);
    expect(&out, "{\"organisation\":\"mine-a\",\"name\":null,\"roles\":0,\"parent\":\"\","
                 "\"jurisdiction\":\"\",\"ids\":[],\"persons\":0,\"facilities\":0,\"officers\":0,"
                 "\"height\":0,\"time_ms\":1000}");
}

static void writes_one_key_for_value_and_list(void **state)
{
    (void)state;
    Seam__Quantity quantity = SEAM__QUANTITY__INIT;
    quantity.value = (char *)"1";
    Seam__Flow flow = SEAM__FLOW__INIT;
    flow.days = (char *)"31";
    Seam__Flow *flows[1] = {&flow};
    Seam__Line line = SEAM__LINE__INIT;
    line.ventilation = &quantity;
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_message(&out, &line.base, NULL);
    expect(&out, "{\"ventilation\":{\"value\":\"1\"}}");
    line.ventilation = NULL;
    line.n_ventilation_list = 1;
    line.ventilation_list = flows;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_message(&out, &line.base, NULL);
    expect(&out, "{\"ventilation\":[{\"days\":\"31\"}]}");
}

static void writes_errors(void **state)
{
    (void)state;
    struct err_detail items[2];
    struct errors errors;
    errors_init(&errors, items, 2);
    struct json_out out;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_errors(&out, &errors);
    expect(&out, "null");
    errors_add(&errors, ERR_PERCENT, "lines[3].of", "KSSJ 5.2.2a", "0..1", NULL)->line = 4;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_errors(&out, &errors);
    expect(&out, "{\"error\":\"E_PERCENT\",\"field\":\"lines[3].of\",\"line\":4,"
                 "\"clause\":\"KSSJ 5.2.2a\",\"limit\":\"0..1\"}");
    errors_add(&errors, ERR_MISSING, "kind", NULL, NULL, NULL);
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_out_errors(&out, &errors);
    expect(&out, "{\"error\":\"E_PERCENT\",\"field\":\"lines[3].of\",\"line\":4,"
                 "\"clause\":\"KSSJ 5.2.2a\",\"limit\":\"0..1\",\"errors\":["
                 "{\"error\":\"E_PERCENT\",\"field\":\"lines[3].of\",\"line\":4,"
                 "\"clause\":\"KSSJ 5.2.2a\",\"limit\":\"0..1\"},"
                 "{\"error\":\"E_MISSING\",\"field\":\"kind\"}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_both_layouts),
        cmocka_unit_test(stops_at_the_limit),
        cmocka_unit_test(refuses_what_json_cannot_say),
        cmocka_unit_test(writes_messages),
        cmocka_unit_test(writes_one_key_for_value_and_list),
        cmocka_unit_test(writes_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
