/* SPDX-License-Identifier: Apache-2.0 */
/* Commands over HTTP against a server on loopback that notes what it is asked and answers what the
 * test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/http.h"
#include "tests/unit/tools/capture.h"
#include "tools/command.h"
#include "tools/remote.h"

static struct http *http;
static char node[64];
static struct {
    char path[128];
    char authorization[128];
    char type[64];
    char body[4096];
    const char *answer;
    int status;
    int calls;
} server;

static void handle(void *context, struct http_call *call, const struct http_request *request)
{
    (void)context;
    snprintf(server.path, sizeof server.path, "%s", request->path);
    snprintf(server.authorization, sizeof server.authorization, "%s", request->authorization);
    snprintf(server.type, sizeof server.type, "%s", request->content_type);
    snprintf(server.body, sizeof server.body, "%.*s", (int)request->body.size,
             request->body.size > 0 ? (const char *)request->body.data : "");
    server.calls++;
    const struct http_response response = {.status = server.status,
                                           .type = "application/json; charset=utf-8",
                                           .body = bytes_text(server.answer)};
    http_answer(call, &response);
}

static int start(void **state)
{
    const struct http_options options = {.host = "127.0.0.1",
                                         .threads = 2,
                                         .connections = 16,
                                         .connections_per_address = 16,
                                         .first_request_ms = 600000,
                                         .body_ms = 600000,
                                         .idle_ms = 600000,
                                         .body_limit = 1 << 20,
                                         .handler = handle};
    if (capture_start(state) != 0 || http_start(&http, &options) != OK) {
        return -1;
    }
    snprintf(node, sizeof node, "http://127.0.0.1:%u", http_port(http));
    return setenv("SEAM_NODE", node, 1);
}

static int finish(void **state)
{
    http_quiesce(http);
    http_stop(http);
    return capture_finish(state);
}

static int run(int (*command)(int, char **), const char *line, const char *answer)
{
    memset(&server, 0, sizeof server);
    server.status = 200;
    server.answer = answer;
    return capture_run(command, line);
}

/* What a node says that did it. */
#define ANSWER(data_) "{\"code\":\"000000\",\"message\":\"Done.\",\"data\":" data_ "}"
#define DONE ANSWER("{\"height\":7}")

static void test_request(void **state)
{
    (void)state;
    assert_int_equal(run(cmd_account, "account show mine-a 2026-09 2 --token T --at 5", DONE),
                     TOOL_OK);
    assert_string_equal(server.path, "/api/v1/GetAccount");
    assert_string_equal(server.authorization, "Bearer T");
    assert_string_equal(server.type, "application/json");
    assert_string_equal(server.body,
                        "{\"facility\":\"mine-a\",\"period\":\"2026-09\",\"version\":2,\"at\":5}");
    assert_int_equal(
        run(cmd_account, "account show mine-a 2026-09 --at 2026-10-01T00:00:00Z", DONE), TOOL_OK);
    assert_string_equal(server.authorization, "");
    assert_string_equal(server.body, "{\"facility\":\"mine-a\",\"period\":\"2026-09\","
                                     "\"at\":\"2026-10-01T00:00:00Z\"}");
    assert_int_equal(run(cmd_block, "block show 12 -f a=b,n:=3,t:=true", DONE), TOOL_OK);
    assert_string_equal(server.body, "{\"height\":12,\"a\":\"b\",\"n\":3,\"t\":true}");
    assert_int_equal(run(cmd_org, "org list", DONE), TOOL_OK);
    assert_string_equal(server.body, "{}");
}

/* The members of the file come first, in their order; amounts stay texts. */
static void test_file(void **state)
{
    (void)state;
    static const char file[] =
        "{\"facility\": \"mine-a\", \"lines\": [{\"of\": \"0.98\", \"n\": 1}],\n"
        " \"note\": \"\\u7164 \\\"x\\\"\"}\n";
    capture_file("file.json", file, sizeof file - 1);
    assert_int_equal(run(cmd_account, "account submit file.json --wait accepted", DONE), TOOL_OK);
    assert_string_equal(server.path, "/api/v1/SubmitAccount");
    assert_string_equal(server.body,
                        "{\"facility\":\"mine-a\",\"lines\":[{\"of\":\"0.98\",\"n\":1}],"
                        "\"note\":\"\xe7\x85\xa4 \\\"x\\\"\",\"wait\":\"accepted\"}");
}

/* What is wrong here already is never sent. */
static void test_not_sent(void **state)
{
    (void)state;
    static const char real[] = "{\"of\": 0.98}";
    static const char list[] = "[1, 2]";
    static const char twice[] = "{\"a\": \"1\", \"a\": \"2\"}";
    capture_file("real.json", real, sizeof real - 1);
    capture_file("list.json", list, sizeof list - 1);
    capture_file("twice.json", twice, sizeof twice - 1);
    static const char *const lines[] = {
        "account submit real.json", "account submit list.json",    "account submit twice.json",
        "account submit",           "account show mine-a",         "account show a 2026-01 two",
        "account paint x",          "account submit absent.json",  "account show a b 1 d",
        "account list a -f broken", "account list a -f n:=minus1", "account list a -f =x"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(run(cmd_account, lines[i], DONE), TOOL_USAGE);
        assert_int_equal(server.calls, 0);
        assert_string_equal(capture.out, "");
        assert_true(capture.err[0] != '\0');
    }
}

static void test_refusal(void **state)
{
    (void)state;
    static const char refused[] =
        "{\"code\":\"200005\",\"message\":\"The value is outside its range.\",\"data\":"
        "{\"error\":\"E_PERCENT\",\"field\":\"lines[3].of\",\"line\":4,\"clause\":\"KSSJ "
        "5.2.2a\"}}";
    assert_int_equal(run(cmd_account, "account list a", refused), TOOL_NO);
    assert_string_equal(capture.out, "");
    assert_contains(capture.err, "200005 The value is outside its range.");
    assert_contains(capture.err, "field: lines[3].of");
    assert_contains(capture.err, "line: 4");
    assert_int_equal(run(cmd_account, "account list a --json", refused), TOOL_NO);
    assert_contains(capture.out, "\"code\": \"200005\"");
    assert_string_equal(capture.err, "");
    /* all errors of a file, the first once */
    static const char file[] =
        "{\"code\":\"200005\",\"message\":\"x\",\"data\":{\"error\":\"E_PERCENT\",\"field\":\"of\","
        "\"errors\":[{\"error\":\"E_PERCENT\",\"field\":\"of\"},{\"error\":\"E_DEC\","
        "\"field\":\"ad\",\"line\":7},3]}}";
    assert_int_equal(run(cmd_account, "account list a", file), TOOL_NO);
    assert_contains(capture.err, "  error: E_PERCENT\n  field: of\n  and:\n    error: E_DEC\n"
                                 "    field: ad\n    line: 7\n");
    assert_int_equal(run(cmd_account, "account list a",
                         "{\"code\":\"200005\",\"message\":\"x\",\"data\":{\"errors\":{\"a\":1}}}"),
                     TOOL_NO);
}

static void test_not_a_node(void **state)
{
    (void)state;
    static const char *const answers[] = {"",
                                          "hello",
                                          "[]",
                                          "{}",
                                          "{\"code\":1}",
                                          "{\"code\":\"000000\"}",
                                          "{\"code\":\"000000\",\"code\":\"1\"}"};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_int_equal(run(cmd_org, "org list", answers[i]), TOOL_UNREACHABLE);
        assert_string_equal(capture.out, "");
        assert_contains(capture.err, node);
    }
}

static void test_view(void **state)
{
    (void)state;
    static const char answer[] = ANSWER(
        "{\"state\":\"FINAL\",\"late\":false,"
        "\"receipt\":{\"position\":3,\"deep\":{\"x\":null}},\"explain\":[\"First.\",\"Second, and "
        "longer.\"],\"facilities\":[{\"facility\":\"mine-a\",\"height\":12},{\"facility\":\"mine-"
        "b\",\"height\":7,\"flags\":[\"A\"]}],\"none\":[]}");
    assert_int_equal(run(cmd_org, "org list", answer), TOOL_OK);
    assert_contains(capture.out, "state                    FINAL\n");
    assert_contains(capture.out, "late                     no\n");
    assert_contains(capture.out, "receipt:\n  position               3\n");
    assert_contains(capture.out, "explain:\n  First.\n  Second, and longer.\n");
    assert_contains(capture.out, "facility height flags\n");
    assert_contains(capture.out, "mine-b        7 [\"A\"]\n");
    assert_int_equal(run(cmd_org, "org list --json", answer), TOOL_OK);
    assert_contains(capture.out, "\"code\": \"000000\"");
}

/* An accountant does not count digits: tonnes stand beside grams, exactly. */
static void test_tonnes(void **state)
{
    (void)state;
    static const char shown[] =
        ANSWER("{\"net_g\":748754538194,"
               "\"sinks_g\":-1,\"none_g\":null,\"previous_period\":{\"difference_g\":-3368666482},"
               "\"least_g\":-9007199254740991}");
    assert_int_equal(run(cmd_account, "account show a 2026-09", shown), TOOL_OK);
    assert_contains(capture.out, " 748754538194 g        748754.538194 t\n");
    assert_contains(capture.out, " -1 g            -0.000001 t\n");
    assert_contains(capture.out, "\n  difference_g ");
    assert_contains(capture.out, " -3368666482 g         -3368.666482 t\n");
    assert_contains(capture.out, " -9007199254740991 g   -9007199254.740991 t\n");
    static const char list[] = ANSWER(
        "{\"accounts\":["
        "{\"facility\":\"a\",\"gwp\":\"X\",\"net_g\":5,\"period\":\"2026-09\",\"late_days\":3,"
        "\"value_state\":\"REPORTED\"},"
        "{\"facility\":\"a\",\"net_g\":29462831996,\"period\":\"2026-10\",\"late_days\":0}]}");
    assert_int_equal(run(cmd_account, "account list a", list), TOOL_OK);
    assert_contains(capture.out, "period ");
    assert_contains(capture.out, "late_days");
    assert_contains(capture.out, "    0.000005           5 ");
    assert_contains(capture.out, "29462.831996 29462831996 ");
    assert_null(strstr(capture.out, "gwp"));
}

static void test_status(void **state)
{
    (void)state;
    static const char answer[] = ANSWER(
        "{\"ready\":false,\"height\":7,"
        "\"validators\":[{\"index\":0,\"organisation\":\"mine\"}],\"explain\":[\"It waits.\"]}");
    assert_int_equal(run(cmd_status, "status", answer), TOOL_NO);
    assert_string_equal(server.path, "/api/v1/GetStatus");
    assert_contains(capture.out, "height                   7");
    assert_null(strstr(capture.out, "It waits."));
    assert_int_equal(run(cmd_status, "status --explain", answer), TOOL_NO);
    assert_contains(capture.out, "It waits.");
    assert_int_equal(run(cmd_validators, "validators", answer), TOOL_OK);
    assert_contains(capture.out, "mine");
    assert_null(strstr(capture.out, "height"));
    assert_int_equal(run(cmd_validators, "validators", DONE), TOOL_NO);
}

static void test_token(void **state)
{
    (void)state;
    static const char credentials[] = "{\"platkey\": \"K\", \"platkeysecret\": \"S\"}";
    capture_file("credentials.json", credentials, sizeof credentials - 1);
    static const char answer[] = ANSWER("{\"access_token\":\"abc\"}");
    assert_int_equal(run(cmd_access, "access token credentials.json", answer), TOOL_OK);
    assert_string_equal(capture.out, "abc\n");
    assert_string_equal(server.body,
                        "{\"platkey\":\"K\",\"platkeysecret\":\"S\",\"optype\":\"0\"}");
    assert_int_equal(run(cmd_access, "access token credentials.json --reset", answer), TOOL_OK);
    assert_contains(server.body, "\"optype\":\"1\"");
    assert_int_equal(run(cmd_access, "access token credentials.json", DONE), TOOL_UNREACHABLE);
}

/* Money is in 0.01 of a currency, units stand as they are typed. */
static void test_money_and_units(void **state)
{
    (void)state;
    static const char shown[] = ANSWER(
        "{\"low_fen\":120000007,"
        "\"price_fen_per_t\":-1,\"trades\":[{\"trade\":\"t\",\"units\":{\"asset\":\"CEA\","
        "\"vintage\":2025,\"quantity\":1000}}],\"transfers\":[{\"units\":[{\"asset\":\"CCER\","
        "\"project\":\"vam-1\",\"vintage\":2024,\"quantity\":1},{\"asset\":\"CEA\","
        "\"vintage\":2025,\"quantity\":2}]}],\"other\":[{\"a\":{\"asset\":\"CEA\"}}]}");
    assert_int_equal(run(cmd_trade, "trade list a", shown), TOOL_OK);
    assert_contains(capture.out, " 120000007 fen           1200000.07\n");
    assert_contains(capture.out, " -1 fen                -0.01\n");
    assert_contains(capture.out, "t     CEA:2025=1000\n");
    assert_contains(capture.out, "CCER:vam-1:2024=1,CEA:2025=2\n");
    assert_contains(capture.out, "{\"asset\":\"CEA\"}");
    static const char lists[] =
        ANSWER("{\"accounts\":[{\"trusted\":\"b\","
               "\"state\":\"ACTIVE\"}],\"fills\":[{\"amount_fen\":-12345,\"ranges\":[{\"start\":1,"
               "\"end\":9},{\"start\":11,\"end\":11}],\"closing\":{\"TRADE\":5,\"CANCELLED\":7},"
               "\"opening\":{},\"mixed\":{\"a\":1,\"b\":\"2\"}}]}");
    assert_int_equal(run(cmd_trust, "trust list a", lists), TOOL_OK);
    assert_contains(capture.out, "trusted state\nb       ACTIVE\n");
    assert_contains(capture.out, " amount ranges");
    assert_contains(capture.out, "-123.45 1-9+11-11 TRADE 5 CANCELLED 7 ");
    assert_contains(capture.out, "{\"a\":1,\"b\":\"2\"}");
}

/* Units become objects; an order without a key is given one, which is shown. */
static void test_orders(void **state)
{
    (void)state;
    assert_int_equal(run(cmd_transfer,
                         "transfer propose t-1 a b CEA:2025=1000,CCER:vam-1:2024=1-50+61-70 "
                         "--key k-1",
                         DONE),
                     TOOL_OK);
    assert_string_equal(server.path, "/api/v1/ProposeTransfer");
    assert_string_equal(
        server.body,
        "{\"transfer\":\"t-1\",\"from\":\"a\",\"to\":\"b\",\"units\":[{\"asset\":\"CEA\","
        "\"vintage\":2025,\"quantity\":1000},{\"asset\":\"CCER\",\"project\":\"vam-1\","
        "\"vintage\":2024,\"quantity\":60,\"ranges\":[{\"start\":1,\"end\":50},{\"start\":61,"
        "\"end\":70}]}],\"idempotency_key\":\"k-1\"}");
    assert_int_equal(run(cmd_transfer, "transfer accept t-1", DONE), TOOL_OK);
    assert_contains(server.body, "{\"transfer\":\"t-1\",\"idempotency_key\":\"");
    assert_contains(capture.err, "order key: ");
    assert_int_equal(run(cmd_trade, "trade claim t-1 2 800 00ff --key k", DONE), TOOL_OK);
    assert_string_equal(server.body, "{\"trade\":\"t-1\",\"fill\":2,\"amount_fen\":800,"
                                     "\"preimage\":\"00ff\",\"idempotency_key\":\"k\"}");
    static const char *const wrong[] = {"CEA=5",
                                        "CEA:2025",
                                        "CEA:2025=",
                                        "CEA:2025=x",
                                        "=5",
                                        "CEA:20x5=5",
                                        "CEA:2025=9-1",
                                        "CEA:2025=1-",
                                        "CEA:2025=1-5+",
                                        ":2025=5",
                                        "CEA:12345=5",
                                        "CEA:2025=-5",
                                        "CEA:2025=1.5",
                                        "CEA:2025=1-5+6-9-3",
                                        "CEA:2025=5,",
                                        "CEA:2025=5,x",
                                        "CEA:2025=1e6",
                                        "CEA:2025=1000000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "transfer propose t-1 a b %s", wrong[i]);
        assert_int_equal(run(cmd_transfer, line, DONE), TOOL_USAGE);
        assert_int_equal(server.calls, 0);
    }
}

/* Another registry's list goes as it is. */
static void test_table(void **state)
{
    (void)state;
    static const char table[] = "registry,asset\r\nCN,\"C\"\"EA\"\n";
    capture_file("table.csv", table, sizeof table - 1);
    assert_int_equal(run(cmd_allowance, "allowance reconcile table.csv", DONE), TOOL_OK);
    assert_string_equal(server.path, "/api/v1/ReconcileRegistry");
    assert_string_equal(server.body,
                        "{\"table\":\"registry,asset\\r\\nCN,\\\"C\\\"\\\"EA\\\"\\n\"}");
    assert_int_equal(run(cmd_allowance, "allowance reconcile absent.csv", DONE), TOOL_USAGE);
    assert_int_equal(server.calls, 0);
    assert_int_equal(run(cmd_allowance, "allowance --help", DONE), TOOL_OK);
    assert_contains(capture.out, "reconcile TABLE ");
    assert_int_equal(run(cmd_holding, "holding --help", DONE), TOOL_OK);
    assert_contains(capture.out, "  verify ");
}

/* A statement with its proofs is a file. */
static void test_statement(void **state)
{
    (void)state;
    assert_int_equal(run(cmd_holding, "holding bundle a 2026-01-01", ANSWER("{\"bundle\":\"{}\"}")),
                     TOOL_OK);
    assert_string_equal(server.path, "/api/v1/GetStatement");
    assert_string_equal(server.body,
                        "{\"holding\":\"a\",\"since\":\"2026-01-01\",\"bundle\":true}");
    assert_contains(capture.out, "{}");
    assert_int_equal(run(cmd_holding, "holding verify absent.json", DONE), TOOL_USAGE);
    assert_int_equal(run(cmd_holding, "holding bundle", DONE), TOOL_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),    cmocka_unit_test(test_file),
        cmocka_unit_test(test_not_sent),   cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_not_a_node), cmocka_unit_test(test_view),
        cmocka_unit_test(test_tonnes),     cmocka_unit_test(test_status),
        cmocka_unit_test(test_token),      cmocka_unit_test(test_money_and_units),
        cmocka_unit_test(test_orders),     cmocka_unit_test(test_table),
        cmocka_unit_test(test_statement),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
