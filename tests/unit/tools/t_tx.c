/* SPDX-License-Identifier: Apache-2.0 */
/* `seam key` and `seam tx`: two people sign one file without a node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "ledger/chain/certificate.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/sign.h"
#include "ledger/exec/exec.h"
#include "tests/unit/chain/vectors.h"
#include "tests/unit/tools/capture.h"
#include "tools/command.h"
#include "tools/tx_file.h"

static struct arena arena;
static struct hash chain_id;

static const char facility[] =
    "{\"facility\": \"mine-a\", \"name\": {\"en\": \"Mine A\"}, \"kind\": \"UG\",\n"
    " \"jurisdiction\": \"CN-14\", \"scheme\": \"demo\", \"cadence\": \"MONTH\",\n"
    " \"start_period\": \"2026-08\", \"gas_grade\": \"HIGH\",\n"
    " \"sources\": [{\"source\": \"boiler-1\", \"code\": \"L_FUEL\", \"detail\": \"diesel\"}]}\n";

static int start(void **state)
{
    static uint8_t data[16384];
    if (sign_start() != OK || capture_start(state) != 0) {
        return -1;
    }
    arena_init(&arena, 64 * 1024 * 1024);
    struct json_doc *doc = vectors_open("proof.json");
    const struct json_node *entry = json_node_at(vectors_get(json_doc_root(doc), "cases"), 0);
    const struct bytes genesis = vectors_bytes(entry, "genesis", data, sizeof data);
    struct bytes text;
    vectors_hash(&chain_id, json_doc_root(doc), "chain_id");
    json_doc_free(doc);
    if (document_write(&text, &genesis_form, genesis, &arena, NULL) != OK) {
        return -1;
    }
    capture_file("genesis.json", text.data, text.size);
    capture_file("facility.json", facility, sizeof facility - 1);
    return 0;
}

static int finish(void **state)
{
    arena_free(&arena);
    return capture_finish(state);
}

static void test_keys(void **state)
{
    (void)state;
    struct stat status;
    assert_int_equal(capture_run(cmd_key, "key new li.key"), TOOL_OK);
    assert_int_equal(stat("li.key", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(capture_run(cmd_key, "key new li.key"), TOOL_NO);
    assert_int_equal(capture_run(cmd_key, "key new wang.key --kind person"), TOOL_OK);
    assert_int_equal(capture_run(cmd_key, "key show li.key --json"), TOOL_OK);
    assert_contains(capture.out, "\"kind\": \"person\"");
    assert_null(strstr(capture.out, "seed"));
    assert_int_equal(capture_run(cmd_key, "key export-public li.key"), TOOL_OK);
    assert_int_equal(strlen(capture.out), 65);
    assert_int_equal(capture_run(cmd_key, "key new x.key --kind coal"), TOOL_USAGE);
    assert_int_equal(capture_run(cmd_key, "key show absent.key"), TOOL_USAGE);
    assert_int_equal(chmod("wang.key", 0644), 0);
    assert_int_equal(capture_run(cmd_key, "key show wang.key"), TOOL_NO);
    assert_int_equal(chmod("wang.key", 0600), 0);
}

static void decode(struct exec_tx *tx, size_t signatures)
{
    Seam__Transaction *message = NULL;
    struct err_detail detail = {0};
    struct bytes raw;
    assert_int_equal(tx_file_read(&message, "tx.json", &arena, &detail), OK);
    assert_int_equal(message->n_signatures, signatures);
    assert_int_equal(message_pack(&raw, &message->base, &arena), OK);
    assert_int_equal(exec_decode(tx, &chain_id, raw, &arena, &detail), OK);
}

static void test_two_people(void **state)
{
    (void)state;
    struct exec_tx tx;
    struct bytes message;
    assert_int_equal(capture_run(cmd_tx,
                                 "tx new RegisterFacility facility.json --organisation mine "
                                 "--out tx.json --key li.key"),
                     TOOL_OK);
    assert_contains(capture.err, "1 signatures");
    /* Nothing is overwritten by a new one. */
    assert_int_equal(capture_run(cmd_tx,
                                 "tx new RegisterFacility facility.json --organisation mine "
                                 "--out tx.json --key li.key"),
                     TOOL_NO);
    assert_int_equal(capture_run(cmd_tx, "tx sign tx.json --key li.key"), TOOL_NO);
    assert_contains(capture.err, "signed already");
    assert_int_equal(capture_run(cmd_tx, "tx sign tx.json --key wang.key"), TOOL_OK);
    decode(&tx, 2);
    assert_string_equal(tx.organisation, "mine");
    assert_string_equal(tx.row->operation, "RegisterFacility");
    assert_int_equal(exec_signed_message(&message, &chain_id, tx.body_bytes, &arena), OK);
    for (size_t i = 0; i < 2; i++) {
        static const char *const files[] = {"li.key", "wang.key"};
        bool found = false;
        for (size_t j = 0; j < 2; j++) {
            char line[64];
            uint8_t key[SIGN_PUBLIC_SIZE];
            struct hash key_id;
            snprintf(line, sizeof line, "key export-public %s", files[j]);
            assert_int_equal(capture_run(cmd_key, line), TOOL_OK);
            assert_true(hex_decode(key, sizeof key, bytes_of(capture.out, 64)));
            sign_key_id(&key_id, 1, bytes_of(key, sizeof key));
            if (hash_equal(&key_id, &tx.signatures[i].key_id)) {
                found = sign_verify(key, message, tx.signatures[i].signature);
            }
        }
        assert_true(found);
    }
    assert_int_equal(capture_run(cmd_tx, "tx show tx.json"), TOOL_OK);
    assert_contains(capture.out, "FACILITY_REGISTER");
    assert_contains(capture.out, "boiler-1");
}

/* What a person reads is what is signed: the file is refused when the two differ. */
static void test_changed(void **state)
{
    (void)state;
    static char text[CAPTURE_MAX];
    const size_t size = capture_read("tx.json", text);
    char *word = strstr(text, "boiler-1");
    assert_non_null(word);
    word[7] = '2';
    capture_file("changed.json", text, size);
    assert_int_equal(capture_run(cmd_tx, "tx show changed.json"), TOOL_NO);
    assert_int_equal(capture_run(cmd_tx, "tx sign changed.json --key li.key"), TOOL_NO);
    assert_contains(capture.err, "E_NOT_CANONICAL");
}

static void test_refused(void **state)
{
    (void)state;
    static const char bad[] = "{\"facility\": \"Mine A\", \"colour\": \"black\"}";
    capture_file("bad.json", bad, sizeof bad - 1);
    assert_int_equal(
        capture_run(cmd_tx, "tx new RegisterFacility bad.json --organisation mine --out b.json"),
        TOOL_NO);
    assert_contains(capture.err, "colour");
    assert_int_equal(
        capture_run(cmd_tx, "tx new PaintFacility bad.json --organisation mine --out b.json"),
        TOOL_USAGE);
    assert_int_equal(capture_run(cmd_tx, "tx new RegisterFacility facility.json --out b.json"),
                     TOOL_USAGE);
    assert_int_equal(capture_run(cmd_tx, "tx sign tx.json"), TOOL_USAGE);
    assert_int_equal(capture_run(cmd_tx, "tx sign absent.json --key li.key"), TOOL_USAGE);
    assert_int_not_equal(access("b.json", F_OK), 0);
}

/* Nobody listens on port 1 of loopback. */
static void test_unreachable(void **state)
{
    (void)state;
    assert_int_equal(capture_run(cmd_tx, "tx submit tx.json --node http://127.0.0.1:1"),
                     TOOL_UNREACHABLE);
    assert_string_equal(capture.out, "");
    assert_contains(capture.err, "http://127.0.0.1:1");
    assert_int_equal(capture_run(cmd_tx, "tx submit tx.json --node ftp://127.0.0.1"), TOOL_USAGE);
    assert_int_equal(capture_run(cmd_status, "status --node http://127.0.0.1:1"), TOOL_UNREACHABLE);
    assert_int_equal(capture_run(cmd_block, "block show 1 --node http://127.0.0.1:1"),
                     TOOL_UNREACHABLE);
    assert_int_equal(capture_run(cmd_block, "block show one"), TOOL_USAGE);
    assert_int_equal(capture_run(cmd_block, "block show"), TOOL_USAGE);
    assert_int_equal(capture_run(cmd_account, "account submit absent.json"), TOOL_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),        cmocka_unit_test(test_two_people),
        cmocka_unit_test(test_changed),     cmocka_unit_test(test_refused),
        cmocka_unit_test(test_unreachable),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
