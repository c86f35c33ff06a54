/* SPDX-License-Identifier: Apache-2.0 */
/* What every call has in common: one test for each class of refusal [KSSJ 9.2.2, 9.2.3]. */
#include "api/call.h"

#include "tests/unit/api/fake.h"

static uint16_t port_of(struct fake *fake)
{
    return api_port(fake->api);
}

static struct reply method(struct fake *fake, const char *name, const char *path)
{
    char text[256];
    snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: a\r\n\r\n", name, path);
    return client_raw(port_of(fake), text, strlen(text));
}

/* [KSSJ 9.2.3c]: exactly code, message, data. */
static void answers_with_three_keys(void **state)
{
    struct fake *fake = *state;
    struct reply reply = fake_call(fake, MINE_A, "GetStatus", "{}");
    assert_reply(reply, 200, "000000");
    assert_has(reply, "\"can_sign\":true");
    assert_non_null(strstr(reply.headers, "application/json"));
    struct json_doc *doc = NULL;
    struct errors errors;
    errors_init(&errors, NULL, 0);
    static const char *const keys[] = {"code", "message", "data", NULL};
    assert_int_equal(json_doc_read(&doc, bytes_of(reply.body, reply.size), CLIENT_ROOM, NULL), OK);
    assert_true(json_node_only(json_doc_root(doc), keys, &errors));
    assert_int_equal(json_node_count(json_doc_root(doc)), 3);
    json_doc_free(doc);
}

/* [KSSJ 9.2.2b] */
static void refuses_other_methods(void **state)
{
    struct fake *fake = *state;
    static const char *const names[] = {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"};
    for (size_t i = 0; i < 5; i++) {
        const struct reply reply = method(fake, names[i], "/api/v1/GetStatus");
        assert_reply(reply, 405, "200010");
        assert_non_null(strstr(reply.headers, "Allow: POST\r\n"));
    }
    assert_int_equal(method(fake, "GET", "/").status, 405);
    assert_int_equal(method(fake, "GET", "/api/v1/../../etc/passwd").status, 405);
}

/* [KSSJ 9.2.3a] */
static void refuses_unknown_names_and_versions(void **state)
{
    struct fake *fake = *state;
    assert_reply(fake_call(fake, MINE_A, "GetStatuses", "{}"), 404, "200016");
    assert_reply(fake_call(fake, MINE_A, "", "{}"), 404, "200016");
    assert_reply(fake_call(fake, MINE_A, "GetStatus/", "{}"), 404, "200016");
    assert_reply(fake_call(fake, MINE_A, "GetStatus%00", "{}"), 404, "200016");
    assert_reply(client_post(port_of(fake), "/api/v2/GetStatus", fake->tokens[0], "", "{}"), 404,
                 "200009");
    assert_reply(client_post(port_of(fake), "/nothing", fake->tokens[0], "", "{}"), 404, "200016");
}

/* [KSSJ 9.2.2a] */
static void refuses_without_a_token(void **state)
{
    struct fake *fake = *state;
    assert_reply(fake_call(fake, -1, "GetStatus", "{}"), 401, "302001");
    assert_reply(client_post(port_of(fake), "/api/v1/GetStatus", "00000000000000000000000000000000",
                             "", "{}"),
                 401, "302001");
    assert_reply(client_post(port_of(fake), "/api/v1/GetStatus", NULL,
                             "Authorization: Basic YTpi\r\n", "{}"),
                 401, "302001");
    /* The token is looked at before the body: a stranger learns nothing about what would parse. */
    assert_reply(fake_call(fake, -1, "GetStatus", "{"), 401, "302001");
    atomic_fetch_add(&fake->now_ms, 7200001);
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{}"), 401, "302002");
}

/* [KSSJ 9.2.4a] */
static void refuses_other_content(void **state)
{
    struct fake *fake = *state;
    static const char *const wrong[] = {"text/plain", "application/jsonx", "application/xml",
                                        "application/json; charset=gbk",
                                        "application/x-www-form-urlencoded"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char extra[128];
        snprintf(extra, sizeof extra, "Content-Type: %s\r\n", wrong[i]);
        assert_reply(client_post(port_of(fake), "/api/v1/GetStatus", fake->tokens[0], extra, "{}"),
                     415, "200012");
    }
    assert_reply(client_post(port_of(fake), "/api/v1/GetStatus", fake->tokens[0],
                             "Content-Type: Application/JSON ; charset=UTF-8\r\n", "{}"),
                 200, "000000");
}

static void refuses_what_is_not_json(void **state)
{
    struct fake *fake = *state;
    assert_reply(fake_call(fake, MINE_A, "GetStatus", ""), 400, "200015");
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{"), 400, "200015");
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "[]"), 400, "200002");
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{\"a\":1,\"a\":2}"), 400, "200014");
    const struct reply reply = fake_call(fake, MINE_A, "GetStatus", "{\"hight\":1}");
    assert_reply(reply, 400, "200013");
    assert_has(reply, "\"data\":{\"error\":\"E_UNKNOWN_FIELD\",\"field\":\"hight\"}");
    assert_reply(fake_call(fake, MINE_A, "GetBlock", "{}"), 400, "200001");
    assert_reply(fake_call(fake, MINE_A, "GetBlock", "{\"height\":\"1\"}"), 400, "200002");
    assert_reply(fake_call(fake, MINE_A, "GetBlock", "{\"height\":1.5}"), 400, "200002");
    assert_reply(fake_call(fake, MINE_A, "GetBlock", "{\"height\":-1}"), 400, "200005");
    assert_reply(fake_call(fake, MINE_A, "GetTransaction", "{\"transaction\":\"00\"}"), 400,
                 "200003");
}

static void refuses_too_much(void **state)
{
    struct fake *fake = *state;
    const char *text = "POST /api/v1/GetStatus HTTP/1.1\r\nHost: a\r\n"
                       "Content-Type: application/json\r\nContent-Length: 2097153\r\n\r\n";
    assert_reply(client_raw(port_of(fake), text, strlen(text)), 413, "200011");
    text = "POST /api/v1/GetStatus HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    assert_reply(client_raw(port_of(fake), text, strlen(text)), 400, "200015");
}

/* [KSSJ 9.2.2d]: per interface and address. */
static void refuses_too_often(void **state)
{
    struct fake *fake = *state;
    api_stop(fake->api);
    fake->config.calls_per_second = 10;
    fake_start_api(fake);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(fake_call(fake, MINE_A, "GetStatus", "{}").status, 200);
    }
    const struct reply reply = fake_call(fake, MINE_A, "GetStatus", "{}");
    assert_reply(reply, 429, "302004");
    assert_non_null(strstr(reply.headers, "Retry-After: 1\r\n"));
    assert_int_equal(fake_call(fake, MINE_A, "ListDrafts", "{}").status, 200);
    atomic_fetch_add(&fake->now_ms, 1000);
    assert_int_equal(fake_call(fake, MINE_A, "GetStatus", "{}").status, 200);
}

/* [KSSJ 9.2.2c] */
static void refuses_addresses_not_listed(void **state)
{
    struct fake *fake = *state;
    api_stop(fake->api);
    const uint8_t ten[16] = {[10] = 0xff, [11] = 0xff, [12] = 10};
    memcpy(fake->config.allow[0].address, ten, 16);
    fake->config.allow[0].prefix = 104;
    fake->config.allow_count = 1;
    fake_start_api(fake);
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{}"), 403, "302003");
    api_stop(fake->api);
    fake->config.allow[0].address[12] = 127;
    fake_start_api(fake);
    assert_reply(fake_call(fake, MINE_A, "GetStatus", "{}"), 200, "000000");
}

/* [KSSJ 9.2.2e], [KSSJ 9.2.2f] */
static void logs_every_call_masked(void **state)
{
    struct fake *fake = *state;
    const unsigned before = fake->audit_count;
    fake_call(fake, MINE_A, "GetStatus", "{}");
    fake_call(fake, -1, "GetStatus", "{}");
    fake_call(fake, MINE_A, "Nothing", "{}");
    method(fake, "GET", "/healthz");
    char json[300];
    snprintf(json, sizeof json,
             "{\"platkey\":\"%s\",\"platkeysecret\":\"%0100d\",\"optype\":\"0\"}",
             fake->entries[0].platkey, 7);
    assert_reply(fake_call(fake, -1, "GetResourcePlatToken", json), 400, "202002");
    assert_int_equal(fake->audit_count, before + 5);
    char want[128];
    snprintf(want, sizeof want, "127.0.0.1 %.4s**** mine v1/GetStatus 000000 200",
             fake->entries[0].platkey);
    assert_string_equal(fake->audit[before % 64], want);
    assert_string_equal(fake->audit[(before + 1) % 64], "127.0.0.1   v1/GetStatus 302001 401");
    for (unsigned i = 0; i < 64; i++) {
        assert_null(strstr(fake->audit[i], fake->entries[0].platkey));
        assert_null(strstr(fake->audit[i], fake->secrets[0]));
        assert_null(strstr(fake->audit[i], fake->tokens[0]));
    }
}

static void speaks_three_languages(void **state)
{
    struct fake *fake = *state;
    static const char *const headers[] = {"Accept-Language: zh-CN\r\n", "Accept-Language: ru\r\n",
                                          "Accept-Language: en\r\n"};
    char texts[3][200];
    for (size_t i = 0; i < 3; i++) {
        const struct reply reply =
            client_post(port_of(fake), "/api/v1/GetStatus", NULL, headers[i], "{}");
        fake_field(texts[i], sizeof texts[i], reply.body, "message");
    }
    assert_string_not_equal(texts[0], texts[1]);
    assert_string_not_equal(texts[1], texts[2]);
}

static void serves_what_machines_watch(void **state)
{
    struct fake *fake = *state;
    assert_int_equal(method(fake, "GET", "/healthz").status, 200);
    assert_int_equal(method(fake, "GET", "/readyz").status, 200);
    fake_set(fake, &fake->not_ready, true);
    struct reply reply = method(fake, "GET", "/readyz");
    assert_int_equal(reply.status, 503);
    assert_string_equal(reply.body, "synchronising\n");
    reply = method(fake, "GET", "/metrics");
    assert_int_equal(reply.status, 200);
    assert_has(reply, "seam_height 1");
    reply = method(fake, "GET", "/openapi.json");
    assert_int_equal(reply.status, 200);
    assert_has(reply, "/api/v1/RegisterFacility");
    assert_has(reply, "\"FacilityRegister\": {");
    assert_has(reply, "/api/v1/GetResourcePlatToken");
    struct json_doc *doc = NULL;
    assert_int_equal(json_doc_read(&doc, bytes_of(reply.body, reply.size), CLIENT_ROOM, NULL), OK);
    json_doc_free(doc);
    reply = method(fake, "POST", "/healthz");
    assert_int_equal(reply.status, 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_with_three_keys, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_other_methods, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_unknown_names_and_versions, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_without_a_token, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_other_content, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_is_not_json, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_too_much, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_too_often, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(refuses_addresses_not_listed, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(logs_every_call_masked, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(speaks_three_languages, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(serves_what_machines_watch, fake_setup, fake_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
