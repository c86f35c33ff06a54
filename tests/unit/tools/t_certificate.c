/* SPDX-License-Identifier: Apache-2.0 */
/* `seam certificate verify` over the cases of proof.json: exit status, first line, one JSON
 * document. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/chain/certificate.h"
#include "ledger/crypto/sign.h"
#include "tests/unit/chain/vectors.h"
#include "tests/unit/tools/capture.h"
#include "tools/certificate_save.h"
#include "tools/command.h"

static struct json_doc *doc;
static uint8_t genesis_data[16384];
static uint8_t proof_data[32768];
static struct arena arena;

static int start(void **state)
{
    if (sign_start() != OK) {
        return -1;
    }
    doc = vectors_open("proof.json");
    return capture_start(state);
}

static int finish(void **state)
{
    json_doc_free(doc);
    arena_free(&arena);
    return capture_finish(state);
}

/* Writes genesis.json and c.json of a case; false where the bytes have no readable form. */
static bool put_case(size_t i)
{
    const struct json_node *entry = json_node_at(vectors_get(json_doc_root(doc), "cases"), i);
    struct bytes text;
    arena_free(&arena);
    arena_init(&arena, 64 * 1024 * 1024);
    const struct bytes genesis = vectors_bytes(entry, "genesis", genesis_data, sizeof genesis_data);
    const struct bytes proof = vectors_bytes(entry, "proof", proof_data, sizeof proof_data);
    if (document_write(&text, &genesis_form, genesis, &arena, NULL) != OK) {
        return false;
    }
    capture_file("genesis.json", text.data, text.size);
    if (document_write(&text, &certificate_form, proof, &arena, NULL) != OK) {
        return false;
    }
    capture_file("c.json", text.data, text.size);
    return true;
}

static const char *failure_of(size_t i)
{
    return vectors_text(json_node_at(vectors_get(json_doc_root(doc), "cases"), i), "failure");
}

static void test_good(void **state)
{
    (void)state;
    assert_true(put_case(0));
    assert_int_equal(capture_run(cmd_certificate, "certificate verify c.json"), TOOL_OK);
    static const char first[] =
        "status as of height 9, date 2026-09-21 16:43:20 UTC; later changes are not excluded\n";
    assert_memory_equal(capture.out, first, sizeof first - 1);
    assert_contains(capture.out, "VALID");
    assert_contains(capture.out, "mine-a");
    assert_contains(capture.out, "748754.538194 t");
    assert_contains(capture.out, "boiler-2");
    assert_contains(capture.out, "signed by wang of mine");
    assert_contains(capture.out, "version 2 is the one that counts");
    assert_contains(capture.out, "4 of 5 validators");
    assert_string_equal(capture.err, "");
    assert_int_equal(capture_run(cmd_proof, "proof verify c.json -g genesis.json"), TOOL_OK);
    assert_int_equal(capture_run(cmd_certificate, "certificate verify c.json --max-age 1000000"),
                     TOOL_OK);
}

static void test_superseded(void **state)
{
    (void)state;
    assert_true(put_case(1));
    assert_int_equal(capture_run(cmd_certificate, "certificate verify c.json"), TOOL_OK);
    assert_contains(capture.out, "SUPERSEDED by version 3");
}

static void check_json(bool valid, const char *failure)
{
    struct json_doc *answer = NULL;
    bool said = !valid;
    assert_int_equal(json_doc_read(&answer, bytes_text(capture.out), CAPTURE_MAX, NULL), OK);
    const struct json_node *root = json_doc_root(answer);
    assert_true(json_node_bool(json_node_get(root, "valid"), &said));
    assert_int_equal(said, valid);
    assert_string_equal(json_node_text(json_node_get(root, "failure")), failure);
    json_doc_free(answer);
}

/* Every case of the vectors through the whole command: 0 or 1, and the right name. */
static void test_all(void **state)
{
    (void)state;
    const size_t count = json_node_count(vectors_get(json_doc_root(doc), "cases"));
    size_t ran = 0;
    for (size_t i = 0; i < count; i++) {
        if (!put_case(i)) {
            continue;
        }
        const bool valid = strcmp(failure_of(i), "OK") == 0;
        const int status = capture_run(cmd_certificate, "certificate verify c.json --json");
        assert_int_equal(status, valid ? TOOL_OK : TOOL_NO);
        check_json(valid, failure_of(i));
        assert_string_equal(capture.err, "");
        ran++;
    }
    assert_true(ran > count / 2);
}

/* A changed letter of the readable part is refused although the proof would hold. */
static void test_changed_readable(void **state)
{
    (void)state;
    static char text[CAPTURE_MAX];
    assert_true(put_case(0));
    const size_t size = capture_read("c.json", text);
    char *number = strstr(text, "748754538194");
    assert_non_null(number);
    number[0] = '6';
    capture_file("c.json", text, size);
    assert_int_equal(capture_run(cmd_certificate, "certificate verify c.json"), TOOL_NO);
    assert_contains(capture.err, "E_NOT_CANONICAL");
    assert_string_equal(capture.out, "");
    assert_int_equal(capture_run(cmd_certificate, "certificate verify c.json --json"), TOOL_NO);
    assert_contains(capture.out, "\"code\"");
}

static void test_wrong_use(void **state)
{
    (void)state;
    assert_true(put_case(0));
    static const char *const lines[] = {"certificate verify",
                                        "certificate verify absent.json",
                                        "certificate verify a b",
                                        "certificate verify c.json -g absent.json",
                                        "certificate",
                                        "certificate verify c.json --max-age soon",
                                        "certificate verify c.json --max-age -1"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_int_equal(capture_run(cmd_certificate, lines[i]), TOOL_USAGE);
        assert_string_equal(capture.out, "");
    }
}

/* A node that sends an invalid certificate is found out before anything is saved. */
static struct json_doc *answer;
static struct certificate_save save = {.out = "saved.json", .genesis = "genesis.json"};

static int save_answer(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return certificate_save(&save, json_doc_root(answer));
}

static int answer_of(size_t i)
{
    static char certificate[CAPTURE_MAX];
    struct json_out out;
    struct bytes text;
    assert_true(put_case(i));
    capture_read("c.json", certificate);
    json_out_init(&out, JSON_OUT_COMPACT, CAPTURE_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "certificate", certificate);
    json_out_end(&out);
    assert_int_equal(json_out_finish(&out, &text), OK);
    assert_int_equal(json_doc_read(&answer, text, CAPTURE_MAX, NULL), OK);
    json_out_free(&out);
    const int status = capture_run(save_answer, "save");
    json_doc_free(answer);
    return status;
}

static void test_save(void **state)
{
    (void)state;
    size_t bad = 0;
    while (strcmp(failure_of(bad), "ANCHOR_FINAL") != 0) {
        bad++;
    }
    assert_int_equal(answer_of(bad), TOOL_NO);
    assert_contains(capture.err, "invalid certificate");
    assert_int_not_equal(access("saved.json", F_OK), 0);
    assert_int_equal(answer_of(0), TOOL_OK);
    assert_int_equal(capture_run(cmd_certificate, "certificate verify saved.json"), TOOL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_superseded),
        cmocka_unit_test(test_all),       cmocka_unit_test(test_changed_readable),
        cmocka_unit_test(test_wrong_use), cmocka_unit_test(test_save),
    };
    return cmocka_run_group_tests(tests, start, finish);
}
