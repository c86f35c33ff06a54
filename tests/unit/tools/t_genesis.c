/* SPDX-License-Identifier: Apache-2.0 */
/* `seam genesis`: a draft composed entry by entry becomes the very document that a node starts
 * from; what a node would refuse is never written. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ledger/codec/json_in.h"
#include "tests/unit/tools/capture.h"
#include "tools/command.h"

static const char *const boundaries =
    "{\"facilities\": [{\"organisation\": \"mine\", \"facility\": {\"facility\": \"mine-a\", "
    "\"name\": {\"en\": \"Mine A\"}, \"kind\": \"UG\", \"jurisdiction\": \"CN-14\", "
    "\"scheme\": \"cn-coal\", \"cadence\": \"MONTH\", \"start_period\": \"2026-01\", "
    "\"sources\": [{\"source\": \"grid\", \"code\": \"L_ELEC\"}]}}]}";

static int genesis(const char *arguments)
{
    char line[512];
    snprintf(line, sizeof line, "genesis %s", arguments);
    return capture_run(cmd_genesis, line);
}

/* A demonstration consortium in `run`, whose entries are then composed again by hand. */
static void make_demo(void)
{
    capture_file("b.json", boundaries, strlen(boundaries));
    assert_int_equal(genesis("demo --dir run --boundaries b.json --time 2026-10-01T00:00:00Z"), 0);
}

/* Writes entry index of a list of the document's readable part to a file of its own. */
static bool entry_write(const struct json_node *readable, const char *list, size_t index)
{
    const struct json_node *entry = json_node_at(json_node_get(readable, list), index);
    if (entry == NULL) {
        return false;
    }
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_COMPACT, 1 << 20);
    json_node_write(&out, entry);
    assert_int_equal(json_out_finish(&out, &text), OK);
    capture_file("entry.json", text.data, text.size);
    json_out_free(&out);
    return true;
}

static void add_list(const struct json_node *readable, const char *list, const char *kind)
{
    char line[128];
    for (size_t i = 0; entry_write(readable, list, i); i++) {
        snprintf(line, sizeof line, "add draft.json %s entry.json", kind);
        assert_int_equal(genesis(line), 0);
    }
}

static void a_draft_becomes_the_document(void **state)
{
    (void)state;
    static char text[CAPTURE_MAX];
    make_demo();
    assert_int_equal(genesis("hash run/genesis.json"), 0);
    const size_t size = capture_read("run/genesis.json", text);
    struct json_doc *doc = NULL;
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), size, NULL), OK);
    const struct json_node *readable = json_node_get(json_doc_root(doc), "readable");
    assert_int_equal(genesis("new draft.json --network pilot --time 2026-10-01T00:00:00Z"), 0);
    assert_int_equal(genesis("new draft.json"), 1); /* a draft is not overwritten */
    add_list(readable, "jurisdictions", "jurisdiction");
    add_list(readable, "organisations", "organisation");
    assert_int_equal(genesis("close draft.json --out early.json"), 1); /* no validators */
    assert_int_not_equal(access("early.json", F_OK), 0);
    add_list(readable, "validators", "validator");
    add_list(readable, "facilities", "facility");
    assert_int_equal(genesis("add draft.json set CN-GBT-32151.11-2018"), 0);
    assert_int_equal(genesis("add draft.json set CN-KSSJ-YY25-2023"), 0);
    assert_int_equal(genesis("add draft.json set CN-NDRC-COAL-2014"), 0);
    assert_int_equal(genesis("add draft.json set CN-PROV-2011"), 0);
    assert_int_equal(genesis("add draft.json set LOT-RULES-1"), 0);
    assert_int_equal(genesis("add draft.json set VERIFICATION-RULES-1"), 0);
    add_list(readable, "adoptions", "adoption");
    json_doc_free(doc);
    assert_int_equal(genesis("close draft.json --out genesis.json"), 0);
    static char chain_id[80];
    snprintf(chain_id, sizeof chain_id, "%.79s", capture.out);
    assert_int_equal(strlen(chain_id), 65);
    assert_int_equal(genesis("hash genesis.json"), 0);
    assert_string_equal(capture.out, chain_id);
    assert_int_equal(genesis("show genesis.json"), 0);
    assert_non_null(strstr(capture.out, "pilot"));
    assert_non_null(strstr(capture.out, "mine-a"));
    assert_int_equal(genesis("show genesis.json --json"), 0);
    assert_int_equal(json_doc_read(&doc, bytes_text(capture.out), CAPTURE_MAX, NULL), OK);
    json_doc_free(doc);
    assert_int_equal(genesis("close draft.json --out genesis.json"), 1); /* never changes again */
}

static void wrong_use_is_said(void **state)
{
    (void)state;
    capture_file("entry.json", "{\"jurisdiction\": 5}", 19);
    assert_int_equal(genesis("new other.json"), 0);
    assert_int_equal(genesis("add other.json jurisdiction entry.json"), 1);
    assert_non_null(strstr(capture.err, "jurisdiction"));
    assert_int_equal(genesis("add other.json nonsense entry.json"), 1);
    assert_int_equal(genesis("add other.json set NOTHING"), 1);
    assert_int_equal(genesis("add missing.json set CN-NDRC-COAL-2014"), 2);
    assert_int_equal(genesis("new third.json --time yesterday"), 1);
    assert_int_equal(genesis("show missing.json"), 2);
    assert_int_equal(genesis("hash"), 2);
    assert_int_equal(genesis("demo --dir run2 --nodes many"), 1);
    assert_int_equal(genesis("demo --dir run2 --boundaries missing.json"), 2);
}

static void a_changed_document_is_refused(void **state)
{
    (void)state;
    static char text[CAPTURE_MAX];
    const size_t size = capture_read("run/genesis.json", text);
    char *name = strstr(text, "Mine A");
    assert_non_null(name);
    name[5] = 'B'; /* only in what people read */
    capture_file("changed.json", text, size);
    assert_int_equal(genesis("show changed.json"), 1);
    assert_int_equal(genesis("hash changed.json"), 1);
    assert_string_equal(capture.out, "");
}

/* Outside the source tree there are no samples: those of the demonstration are in the program. */
static void a_demo_is_made_anywhere(void **state)
{
    (void)state;
    static char text[CAPTURE_MAX];
    assert_int_equal(genesis("demo --dir anywhere --time 2026-10-01T00:00:00Z"), 0);
    const size_t size = capture_read("anywhere/genesis.json", text);
    assert_true(size > 0);
    assert_non_null(strstr(text, "\"mine-c\""));
    assert_non_null(strstr(text, "\"wp-1\""));
    assert_int_equal(genesis("demo --dir other --boundaries none.json"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_becomes_the_document),
        cmocka_unit_test(wrong_use_is_said),
        cmocka_unit_test(a_changed_document_is_refused),
        cmocka_unit_test(a_demo_is_made_anywhere),
    };
    return cmocka_run_group_tests(tests, capture_start, capture_finish);
}
