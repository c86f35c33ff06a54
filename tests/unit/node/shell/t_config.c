/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration is strict: what it does not know, it refuses, and says where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/shell/config.h"

#define BASE                                                                                       \
    "data_dir: /var/lib/seam-test\n"                                                               \
    "key_dir: /etc/seam-test/keys\n"                                                               \
    "genesis: /etc/seam-test/genesis.json\n"
#define WHOLE BASE "peer:\n  listen: 127.0.0.1:31000\n"

static struct config config;
static struct err_detail detail;

static enum err parse(const char *text, char *const *environment)
{
    memset(&detail, 0, sizeof(detail));
    return config_parse(&config, bytes_text(text), environment, &detail);
}

static void test_small(void **state)
{
    (void)state;
    assert_int_equal(parse(WHOLE, NULL), OK);
    assert_string_equal(config.data_dir, "/var/lib/seam-test");
    assert_string_equal(config.peer_listen.host, "127.0.0.1");
    assert_int_equal(config.peer_listen.port, 31000);
    assert_string_equal(config.name, "node-31000");
    assert_int_equal(config.log_level, CONFIG_LOG_INFO);
    assert_int_equal(config.http_listen.port, 0);
    assert_int_equal(config.peer_count, 0);
}

static void test_full(void **state)
{
    (void)state;
    const char *text = "name: mine-a\n" BASE "passphrase_file: /run/pass\n"
                       "peer:\n  listen: \"[::1]:31000\"\n"
                       "peers:\n"
                       "  - address: 127.0.0.1:31010\n"
                       "    node_key: "
                       "0101010101010101010101010101010101010101010101010101010101010101\n"
                       "  - address: 127.0.0.1:31020\n"
                       "    node_key: "
                       "0202020202020202020202020202020202020202020202020202020202020202\n"
                       "http:\n  listen: 127.0.0.1:31001\n  proxy: true\n  threads: 4\n"
                       "  allow: [\"10.0.0.0/8\", \"fd00::/8\", \"192.168.7.7\"]\n"
                       "metrics:\n  public: true\n"
                       "log:\n  level: debug\n  format: json\n"
                       "limits:\n  mempool_bytes: 1048576\n  mempool_count: 100\n"
                       "  peer_queue_bytes: 8388608\n";
    assert_int_equal(parse(text, NULL), OK);
    assert_string_equal(config.name, "mine-a");
    assert_string_equal(config.peer_listen.host, "::1");
    assert_int_equal(config.peer_count, 2);
    assert_int_equal(config.peers[1].address.port, 31020);
    assert_int_equal(config.peers[1].node_key[31], 2);
    assert_true(config.http_proxy);
    assert_int_equal(config.http_threads, 4);
    assert_true(config.metrics_public);
    assert_int_equal(config.log_level, CONFIG_LOG_DEBUG);
    assert_int_equal(config.log_format, CONFIG_LOG_JSON);
    assert_int_equal(config.mempool_bytes, 1048576);
    const uint8_t inside[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 9};
    const uint8_t outside[16] = {[10] = 0xff, [11] = 0xff, [12] = 11};
    const uint8_t exact[16] = {
        [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 168, [14] = 7, [15] = 7};
    const uint8_t v6[16] = {0xfd, 0x12};
    assert_true(config_allows(&config, inside));
    assert_true(config_allows(&config, exact));
    assert_true(config_allows(&config, v6));
    assert_false(config_allows(&config, outside));
    config.allow_count = 0;
    assert_true(config_allows(&config, outside));
}

/* What listens on loopback is accepted in each way to write it; the refusal says what to do. */
static void test_http_stays_here(void **state)
{
    (void)state;
    const char *good[] = {"127.0.0.1:31001", "127.255.0.9:31001", "\"[::1]:31001\"",
                          "\"[::ffff:127.0.0.1]:31001\""};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), "%shttp:\n  listen: %s\n", WHOLE, good[i]);
        assert_int_equal(parse(text, NULL), OK);
    }
    char *outside[] = {(char *)"SEAM_HTTP_LISTEN=0.0.0.0:31001", NULL};
    assert_int_equal(parse(WHOLE, outside), ERR_PARAM);
    assert_string_equal(detail.field, "http.listen");
    assert_non_null(strstr(detail.hint, "TLS proxy"));
}

static void test_refused(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum err err;
        const char *field;
    } rows[] = {
        {"", ERR_PARSE, "config"},
        {"just a text", ERR_PARSE, "config"},
        {WHOLE "unknown: 1\n", ERR_UNKNOWN_FIELD, "config"},
        {WHOLE "http:\n  port: 80\n", ERR_UNKNOWN_FIELD, "config"},
        {WHOLE "data_dir: /other\n", ERR_PARSE, "config"},
        {BASE, ERR_MISSING, "peer.listen"},
        {"key_dir: /k\ngenesis: /g\npeer:\n  listen: 127.0.0.1:1\n", ERR_MISSING, "data_dir"},
        {BASE "peer:\n  listen: 127.0.0.1:0\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: 127.0.0.1:65536\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: 127.0.0.1:80x\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: 127.0.0.1:080\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: 127.0.0.1\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: localhost:80\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: \"::1:80\"\n", ERR_PARAM, "peer.listen"},
        {BASE "peer:\n  listen: \"[127.0.0.1]:80\"\n", ERR_PARAM, "peer.listen"},
        {WHOLE "http:\n  threads: 0\n", ERR_RANGE, "http.threads"},
        {WHOLE "http:\n  threads: 65\n", ERR_RANGE, "http.threads"},
        {WHOLE "http:\n  threads: 2.0\n", ERR_RANGE, "http.threads"},
        {WHOLE "http:\n  threads: -2\n", ERR_RANGE, "http.threads"},
        {WHOLE "http:\n  listen: 127.0.0.1:31000\n", ERR_CONFLICT, "http.listen"},
        /* plain HTTP leaves no machine [KSSJ 9.2.2] */
        {WHOLE "http:\n  listen: 0.0.0.0:31001\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: 10.0.0.7:31001\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: 126.255.255.255:31001\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: 128.0.0.0:31001\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: \"[::]:31001\"\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: \"[::2]:31001\"\n", ERR_PARAM, "http.listen"},
        {WHOLE "http:\n  listen: \"[::ffff:10.0.0.7]:31001\"\n", ERR_PARAM, "http.listen"},
        {WHOLE "metrics:\n  public: yes\n", ERR_ENUM, "metrics.public"},
        {WHOLE "http:\n  allow: [\"10.0.0.0/33\"]\n", ERR_PARAM, "http.allow"},
        {WHOLE "http:\n  allow: [\"host\"]\n", ERR_PARAM, "http.allow"},
        {WHOLE "log:\n  level: loud\n", ERR_ENUM, "log.level"},
        {WHOLE "log:\n  format: xml\n", ERR_ENUM, "log.format"},
        {WHOLE "name: Mine A\n", ERR_PARAM, "name"},
        {WHOLE "limits:\n  mempool_count: 99\n", ERR_RANGE, "limits.mempool_count"},
        {WHOLE "peers:\n  - address: 127.0.0.1:1\n", ERR_MISSING, "peers[0].node_key"},
        {WHOLE "peers:\n  - address: 127.0.0.1:1\n    node_key: 01\n", ERR_PARAM,
         "peers[0].node_key"},
        {"data_dir: var\nkey_dir: /k\ngenesis: /g\n", ERR_PARAM, "data_dir"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const enum err err = parse(rows[i].text, NULL);
        if (err != rows[i].err || strcmp(detail.field, rows[i].field) != 0) {
            fail_msg("row %zu: %s at %s (%s)", i, err_name(err), detail.field, detail.hint);
        }
    }
    /* The first refusal of the library names the key and the line. */
    assert_int_equal(parse(WHOLE "unknown: 1\n", NULL), ERR_UNKNOWN_FIELD);
    assert_non_null(strstr(detail.hint, "unknown"));
}

static void test_same_peer_twice(void **state)
{
    (void)state;
    const char *text = WHOLE "peers:\n"
                             "  - address: 127.0.0.1:1\n    node_key: "
                             "0101010101010101010101010101010101010101010101010101010101010101\n"
                             "  - address: 127.0.0.1:2\n    node_key: "
                             "0101010101010101010101010101010101010101010101010101010101010101\n";
    assert_int_equal(parse(text, NULL), ERR_TWICE);
    assert_string_equal(detail.field, "peers[1].node_key");
}

static void test_key_dir(void **state)
{
    (void)state;
    const char *const inside[] = {"/d", "/d/", "/d/keys", "/d/../d/keys"};
    for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
        char text[256];
        snprintf(text, sizeof(text),
                 "data_dir: /d\nkey_dir: %s\ngenesis: /g\npeer:\n  listen: 127.0.0.1:1\n",
                 inside[i]);
        const enum err err = parse(text, NULL);
        if (i < 3) {
            assert_int_equal(err, ERR_CONFLICT);
            assert_string_equal(detail.field, "key_dir");
        }
    }
    assert_int_equal(parse("data_dir: /d\nkey_dir: /dd/keys\ngenesis: /g\n"
                           "peer:\n  listen: 127.0.0.1:1\n",
                           NULL),
                     OK);
}

/* A link into the data directory is seen through. */
static void test_key_dir_link(void **state)
{
    (void)state;
    char dir[64] = "/tmp/seam-config-XXXXXX";
    char link_path[96];
    char text[512];
    assert_non_null(mkdtemp(dir));
    snprintf(link_path, sizeof(link_path), "%s-link", dir);
    assert_int_equal(symlink(dir, link_path), 0);
    snprintf(text, sizeof(text),
             "data_dir: %s\nkey_dir: %s/keys\ngenesis: /g\npeer:\n  listen: 127.0.0.1:1\n", dir,
             link_path);
    assert_int_equal(parse(text, NULL), ERR_CONFLICT);
    unlink(link_path);
    rmdir(dir);
}

static void test_environment(void **state)
{
    (void)state;
    char *const good[] = {"HOME=/root", "SEAM_LOG_LEVEL=error", "SEAM_PEER_LISTEN=127.0.0.1:5",
                          "SEAM_TOKEN=x", NULL};
    assert_int_equal(parse(BASE, good), OK);
    assert_int_equal(config.log_level, CONFIG_LOG_ERROR);
    assert_int_equal(config.peer_listen.port, 5);
    char *const unknown[] = {"SEAM_LOG_LEVELS=error", NULL};
    assert_int_equal(parse(WHOLE, unknown), ERR_UNKNOWN_FIELD);
    assert_string_equal(detail.field, "SEAM_LOG_LEVELS");
    char *const shorter[] = {"SEAM_LOG=error", NULL};
    assert_int_equal(parse(WHOLE, shorter), ERR_UNKNOWN_FIELD);
    char *const bad[] = {"SEAM_HTTP_THREADS=many", NULL};
    assert_int_equal(parse(WHOLE, bad), ERR_RANGE);
    assert_string_equal(detail.field, "SEAM_HTTP_THREADS");
}

static void test_untouched_on_failure(void **state)
{
    (void)state;
    assert_int_equal(parse(WHOLE, NULL), OK);
    const struct config before = config;
    assert_int_equal(parse(BASE, NULL), ERR_MISSING);
    assert_memory_equal(&before, &config, sizeof(config));
    assert_int_equal(config_load(&config, "/nowhere/at/all", NULL, &detail), ERR_ABSENT);
}

/* The sample loads, and no key of the schema is missing in it. */
static void test_sample(void **state)
{
    (void)state;
    assert_int_equal(parse(config_sample(), NULL), OK);
    assert_int_equal(config.http_threads, 2);
    assert_int_equal(config.allow_count, 2);
    assert_int_equal(config.peer_count, 1);
    const char *const keys[] = {"name:",
                                "data_dir:",
                                "key_dir:",
                                "genesis:",
                                "passphrase_file:",
                                "listen:",
                                "address:",
                                "node_key:",
                                "threads:",
                                "access:",
                                "calls_per_second:",
                                "allow:",
                                "public:",
                                "level:",
                                "format:",
                                "mempool_bytes:",
                                "mempool_count:",
                                "peer_queue_bytes:"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        assert_non_null(strstr(config_sample(), keys[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),           cmocka_unit_test(test_full),
        cmocka_unit_test(test_http_stays_here), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_same_peer_twice), cmocka_unit_test(test_key_dir),
        cmocka_unit_test(test_key_dir_link),    cmocka_unit_test(test_sample),
        cmocka_unit_test(test_environment),     cmocka_unit_test(test_untouched_on_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
