/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/codec/json_in.h"

#include "ledger/base/limits.h"
#include "ledger/codec/message.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/proto/governance.pb-c.h"

#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct errors errors;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, 1024 * 1024);
    return errors_new(&errors, &arena) == OK ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static enum err parse(const void *text, size_t size)
{
    struct json_doc *doc = NULL;
    struct err_detail detail = {0};
    char *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, text, size);
    const enum err err = json_doc_read(&doc, bytes_of(copy, size), 1024 * 1024, &detail);
    assert_int_equal(detail.err, err);
    free(copy);
    json_doc_free(doc);
    return err;
}

static enum err parse_text(const char *text)
{
    return parse(text, strlen(text));
}

static void refuses_hostile_documents(void **state)
{
    (void)state;
    assert_int_equal(parse_text("{}"), OK);
    assert_int_equal(parse_text(""), ERR_PARSE);
    assert_int_equal(parse_text("{"), ERR_PARSE);
    assert_int_equal(parse_text("{} x"), ERR_PARSE);
    assert_int_equal(parse_text("1"), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":1,}"), ERR_PARSE);
    assert_int_equal(parse_text("{'a':1}"), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":01}"), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":NaN}"), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":1,\"a\":2}"), ERR_TWICE);
    assert_int_equal(parse_text("{\"b\":{\"a\":1,\"a\":2}}"), ERR_TWICE);
    assert_int_equal(parse_text("{\"a\":1e400}"), ERR_RANGE);
    assert_int_equal(parse_text("{\"a\":99999999999999999999}"), ERR_RANGE);
    assert_int_equal(parse("{\"a\":\"x\0y\"}", 11), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":\"\\u0000\"}"), ERR_TEXT);
    assert_int_equal(parse_text("{\"\\u0000\":1}"), ERR_TEXT);
    assert_int_equal(parse_text("{\"a\":\"\\ud800\"}"), ERR_PARSE);
    assert_int_equal(parse_text("{\"a\":\"\xff\"}"), ERR_TEXT);
    assert_int_equal(parse_text("{\"a\":\"\xc0\x80\"}"), ERR_TEXT);
    assert_int_equal(parse_text("\xef\xbb\xbf{}"), ERR_PARSE);
}

static void bounds_depth_and_size(void **state)
{
    (void)state;
    char text[4 * LIMIT_JSON_DEPTH];
    for (size_t depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(parse(text, 2 * depth), depth <= LIMIT_JSON_DEPTH ? OK : ERR_PARSE);
    }
    assert_int_equal(parse_text("{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[\"}"), OK);
    char *huge = malloc(1024 * 1024 + 1);
    memset(huge, '[', 1024 * 1024 + 1);
    assert_int_equal(parse(huge, 1024 * 1024), ERR_PARSE);
    assert_int_equal(parse(huge, 1024 * 1024 + 1), ERR_TOO_LARGE);
    free(huge);
}

static enum err fill(ProtobufCMessage **message, const ProtobufCMessageDescriptor *type,
                     const char *text)
{
    struct json_doc *doc = NULL;
    assert_int_equal(json_doc_read(&doc, bytes_text(text), LIMIT_HTTP_BODY, NULL), OK);
    errors.count = 0;
    static const char *const ignored[] = {"wait", NULL};
    const enum err err =
        json_in_message(message, type, NULL, json_doc_root(doc), ignored, &arena, &errors);
    json_doc_free(doc);
    return err;
}

static void fills_messages(void **state)
{
    (void)state;
    ProtobufCMessage *message = NULL;
    assert_int_equal(
        fill(&message, &seam__calculation_file__descriptor,
             "{\"facility\":\"mine-a\",\"wait\":\"accepted\",\"gwp\":null,\"previous\":\"00ff\","
             "\"lines\":["
             "{\"code\":\"L_FUEL\",\"ad\":{\"value\":\"4200\",\"unit\":\"t\"},\"evidence\":[\"e1\","
             "\"e2\"]},"
             "{\"ventilation\":[{\"days\":\"31\"}]},{\"ventilation\":{\"value\":\"1\"}}]}"),
        OK);
    const Seam__CalculationFile *file = (const Seam__CalculationFile *)message;
    assert_string_equal(file->facility, "mine-a");
    assert_string_equal(file->gwp, "");
    assert_int_equal(file->previous.len, 2);
    assert_int_equal(file->previous.data[1], 0xff);
    assert_int_equal(file->n_lines, 3);
    assert_string_equal(file->lines[0]->ad->value, "4200");
    assert_int_equal(file->lines[0]->n_evidence, 2);
    assert_string_equal(file->lines[0]->evidence[1], "e2");
    assert_int_equal(file->lines[1]->n_ventilation_list, 1);
    assert_null(file->lines[1]->ventilation);
    assert_string_equal(file->lines[2]->ventilation->value, "1");
    /* The message lives on without the document, and packs. */
    struct bytes packed;
    assert_int_equal(message_pack(&packed, message, &arena), OK);
}

static void expect(enum err err, const char *path, const char *text)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(fill(&message, &seam__calculation_file__descriptor, text), err);
    assert_null(message);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.items[0].field, path);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    expect(ERR_UNKNOWN_FIELD, "facilty", "{\"facilty\":\"a\"}");
    expect(ERR_UNKNOWN_FIELD, "lines[1].offf", "{\"lines\":[{},{\"offf\":\"1\"}]}");
    expect(ERR_UNKNOWN_FIELD, "lines[0].wait", "{\"lines\":[{\"wait\":\"1\"}]}");
    expect(ERR_UNKNOWN_FIELD, "lines[0].ventilation_list",
           "{\"lines\":[{\"ventilation_list\":[]}]}");
    expect(ERR_FLOAT, "lines[0].of", "{\"lines\":[{\"of\":0.98}]}");
    expect(ERR_TYPE, "lines[0].ad.value", "{\"lines\":[{\"ad\":{\"value\":4200}}]}");
    expect(ERR_TYPE, "lines[0].ad", "{\"lines\":[{\"ad\":\"4200 t\"}]}");
    expect(ERR_TYPE, "lines", "{\"lines\":{}}");
    expect(ERR_TYPE, "lines[0]", "{\"lines\":[1]}");
    expect(ERR_TYPE, "facility", "{\"facility\":true}");
    expect(ERR_TYPE, "facility", "{\"facility\":[]}");
    expect(ERR_PARSE, "previous", "{\"previous\":\"00f\"}");
    expect(ERR_PARSE, "previous", "{\"previous\":\"00FF\"}");
    expect(ERR_PARSE, "previous", "{\"previous\":\"zz\"}");
    expect(ERR_TYPE, "lines[0].ad", "{\"lines\":[{\"ad\":[]}]}");
}

static void bounds_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum err err;
    } cases[] = {
        {"{\"utc_offset_minutes\":-480}", OK},
        {"{\"utc_offset_minutes\":2147483647}", OK},
        {"{\"utc_offset_minutes\":2147483648}", ERR_RANGE},
        {"{\"deadline_days\":4294967295}", OK},
        {"{\"deadline_days\":4294967296}", ERR_RANGE},
        {"{\"deadline_days\":-1}", ERR_RANGE},
        {"{\"deadline_days\":40.0}", ERR_FLOAT},
        {"{\"deadline_days\":\"40\"}", ERR_TYPE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ProtobufCMessage *message = NULL;
        assert_int_equal(fill(&message, &seam__jurisdiction_set__descriptor, cases[i].text),
                         cases[i].err);
    }
    ProtobufCMessage *message = NULL;
    assert_int_equal(fill(&message, &seam__activate__descriptor, "{\"height\":9007199254740991}"),
                     OK);
    assert_int_equal(fill(&message, &seam__activate__descriptor, "{\"height\":9007199254740992}"),
                     ERR_RANGE);
}

static void collects_all_failures(void **state)
{
    (void)state;
    ProtobufCMessage *message = NULL;
    assert_int_equal(fill(&message, &seam__calculation_file__descriptor,
                          "{\"x\":1,\"lines\":[{\"of\":1.5},{\"y\":1}],\"kind\":7}"),
                     ERR_UNKNOWN_FIELD);
    assert_int_equal(errors.count, 4);
    assert_string_equal(errors.items[0].field, "x");
    assert_string_equal(errors.items[1].field, "kind");
    assert_string_equal(errors.items[2].field, "lines[0].of");
    assert_string_equal(errors.items[3].field, "lines[1].y");
}

static void reads_instants(void **state)
{
    (void)state;
    static const struct field_row row = {&seam__chain_state__descriptor,
                                         "genesis_time_ms",
                                         FIELD_TIME,
                                         true,
                                         NULL,
                                         NULL,
                                         0,
                                         NULL,
                                         NULL,
                                         OK,
                                         NULL,
                                         NULL};
    static const struct field_table table = {&row, 1};
    struct json_doc *doc = NULL;
    ProtobufCMessage *message = NULL;
    assert_int_equal(json_doc_read(&doc,
                                   bytes_text("{\"genesis_time_ms\":\"1970-01-01T00:00:02Z\"}"),
                                   1000, NULL),
                     OK);
    assert_int_equal(json_in_message(&message, &seam__chain_state__descriptor, &table,
                                     json_doc_root(doc), NULL, &arena, &errors),
                     OK);
    assert_int_equal(((Seam__ChainState *)message)->genesis_time_ms, 2000);
    json_doc_free(doc);
}

static void ends_with_the_budget(void **state)
{
    (void)state;
    struct json_doc *doc = NULL;
    assert_int_equal(
        json_doc_read(&doc, bytes_text("{\"lines\":[{},{},{},{},{},{},{},{}]}"), 1000, NULL), OK);
    struct arena small;
    arena_init(&small, 2048);
    ProtobufCMessage *message = NULL;
    assert_int_equal(json_in_message(&message, &seam__calculation_file__descriptor, NULL,
                                     json_doc_root(doc), NULL, &small, &errors),
                     ERR_MEMORY);
    arena_free(&small);
    json_doc_free(doc);
}

static void copies_values_in_their_order(void **state)
{
    (void)state;
    const char *text = "{\"z\":[1,{\"b\":null,\"a\":[true,\"x\"]},[]],\"a\":{}}";
    struct json_doc *doc = NULL;
    assert_int_equal(json_doc_read(&doc, bytes_text(text), 1000, NULL), OK);
    struct json_out out;
    struct bytes written;
    json_out_init(&out, JSON_OUT_COMPACT, 1000);
    json_node_write(&out, json_doc_root(doc));
    assert_int_equal(json_out_finish(&out, &written), OK);
    assert_string_equal((const char *)written.data, text);
    json_out_free(&out);
    static const char *const keys[] = {"z", NULL};
    assert_false(json_node_only(json_doc_root(doc), keys, &errors));
    assert_string_equal(errors.items[0].field, "a");
    json_doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(refuses_hostile_documents, start, end),
        cmocka_unit_test_setup_teardown(bounds_depth_and_size, start, end),
        cmocka_unit_test_setup_teardown(fills_messages, start, end),
        cmocka_unit_test_setup_teardown(names_what_is_wrong, start, end),
        cmocka_unit_test_setup_teardown(bounds_integers, start, end),
        cmocka_unit_test_setup_teardown(collects_all_failures, start, end),
        cmocka_unit_test_setup_teardown(reads_instants, start, end),
        cmocka_unit_test_setup_teardown(ends_with_the_budget, start, end),
        cmocka_unit_test_setup_teardown(copies_values_in_their_order, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
