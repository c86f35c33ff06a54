/* SPDX-License-Identifier: Apache-2.0 */
/* The verification report in three languages [KSSJ 6.1c] (F11): against the files that people have
 * read; and no code of the ledger is without words. */

#include "tools/verification_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/assurance/assurance.h"
#include "ledger/codec/json_in.h"

#define VECTORS SEAM_SOURCE_DIR "/tests/vectors/report/"
#define SIZE_MAX_FILE 65536

static const char *const names[LANGUAGES] = {"en", "zh", "ru"};

static char *content(const char *path)
{
    char *text = calloc(1, SIZE_MAX_FILE);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("no %s", path);
    }
    assert_true(fread(text, 1, SIZE_MAX_FILE - 1, file) > 0);
    fclose(file);
    return text;
}

static struct json_doc *document(const char *name)
{
    struct json_doc *doc = NULL;
    char path[400];
    snprintf(path, sizeof path, VECTORS "%s.json", name);
    char *text = content(path);
    assert_int_equal(json_doc_read(&doc, bytes_text(text), SIZE_MAX_FILE, NULL), OK);
    free(text);
    return doc;
}

static char *written(const struct json_node *engagement, const struct json_node *opinion,
                     enum language language)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    verification_report_markdown(out, engagement, opinion, language);
    fclose(out);
    return text;
}

/* SEAM_WRITE_GOLDEN=1 writes the files anew, to be read by people before they are kept. */
static void compare(const char *file, const char *text)
{
    char path[400];
    snprintf(path, sizeof path, VECTORS "%s", file);
    if (getenv("SEAM_WRITE_GOLDEN") != NULL) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        fputs(text, out);
        fclose(out);
    }
    char *want = content(path);
    assert_string_equal(text, want);
    free(want);
}

static void reads_as_people_have_read_it(void **state)
{
    (void)state;
    struct json_doc *engagement = document("engagement");
    struct json_doc *opinion = document("opinion");
    for (enum language language = LANGUAGE_EN; language < LANGUAGES; language++) {
        char file[40];
        char *text = written(json_doc_root(engagement), json_doc_root(opinion), language);
        snprintf(file, sizeof file, "report.%s.md", names[language]);
        compare(file, text);
        free(text);
    }
    json_doc_free(engagement);
    json_doc_free(opinion);
}

/* Before the opinion the report has the number that it will have, and says that it is none. */
static void a_draft_says_that_it_is_one(void **state)
{
    (void)state;
    static const char draft[] =
        "{\"at\":7,\"as_of\":\"2026-05-01T00:00:00Z\",\"engagement\":\"eng-2\",\"state\":\"SITE\","
        "\"client\":\"mine\",\"verifier\":\"verifier\",\"level\":\"LIMITED\","
        "\"next_report_number\":\"CN14-CNASVB001-00MINE-2026-1\","
        "\"scope\":[{\"facility\":\"mine-a\",\"period\":\"2026-01\"}]}";
    struct json_doc *doc = NULL;
    assert_int_equal(json_doc_read(&doc, bytes_text(draft), SIZE_MAX_FILE, NULL), OK);
    char *text = written(json_doc_root(doc), NULL, LANGUAGE_EN);
    assert_non_null(strstr(text, "# Verification report CN14-CNASVB001-00MINE-2026-1\n"));
    assert_non_null(strstr(text, "Report number on delivery"));
    assert_non_null(strstr(text, "No opinion has been issued."));
    assert_non_null(strstr(text, "not yet done"));
    free(text);
    json_doc_free(doc);
}

/* Every code that the ledger can say has words in every language. */
static void no_code_is_without_words(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "level.LIMITED",
        "level.REASONABLE",
        "section.BASIC_DATA",
        "section.BOUNDARY",
        "section.METHOD",
        "section.DATA",
        "section.QUALITY_PLAN",
        "section.QA_FILING",
        "function.LEAD",
        "function.MEMBER",
        "function.APPROVER",
        "function.TECHNICAL_REVIEWER",
        "kind.ERROR",
        "kind.OMISSION",
        "kind.NONCONFORMITY",
        "kind.EVIDENCE_MISMATCH",
        "kind.BALANCE",
        "kind.SCOPE_LIMITATION",
        "kind.COMMENT",
        "category.SCOPE1",
        "category.SCOPE2",
        "category.SINK",
        "category.INFORMATION",
        "subject.LINES",
        "subject.EVIDENCE",
        "subject.LOTS",
        "subject.READINGS",
        "resolution.ADJUSTED",
        "resolution.CORRECTED",
        "resolution.NO_EFFECT",
        "type.UNMODIFIED",
        "type.MODIFIED",
        "type.ADVERSE",
        "type.DISCLAIMER",
        "status.REPORTED",
        "status.VERIFIED",
        "status.DISPUTED",
        "status.SETTLED",
        "status.LOCKED",
        "recomputation.EQUAL",
        "recomputation.DIFFERENT",
        "cause.ERROR",
        "cause.NEW_FACTS",
        "cause.OTHER",
        "cause.FALSE_DECLARATION",
        "cause.FALSIFICATION",
        "cause.ACCREDITATION",
        "declaration.FEE_FIXED",
        "declaration.NO_EMPLOYMENT",
        "declaration.NO_PREPARATION",
        "declaration.NO_SALES",
        "declaration.NO_SHARES",
    };
    static const struct {
        const char *kind;
        const struct sm_table *table;
    } machines[] = {{"state", &engagement_machine},
                    {"finding", &finding_machine},
                    {"opinion", &opinion_machine}};
    char key[80];
    for (enum language language = LANGUAGE_EN; language < LANGUAGES; language++) {
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            if (verification_word(keys[i], language) == NULL) {
                fail_msg("%s", keys[i]);
            }
        }
        for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
            for (uint8_t k = 0; k < machines[i].table->count; k++) {
                snprintf(key, sizeof key, "%s.%s", machines[i].kind, sm_name(machines[i].table, k));
                if (verification_word(key, language) == NULL) {
                    fail_msg("%s", key);
                }
            }
        }
        for (size_t i = 0; i < verification_word_count; i++) {
            assert_non_null(verification_words[i].text[language]);
            assert_true(strlen(verification_words[i].text[language]) > 0);
        }
    }
    assert_string_equal(verification_code("type", "QUALIFIED-2", LANGUAGE_ZH), "QUALIFIED-2");
}

static void json_has_the_words_beside_the_codes(void **state)
{
    (void)state;
    struct json_doc *engagement = document("engagement");
    struct json_doc *opinion = document("opinion");
    struct json_doc *read = NULL;
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_INDENT, 1 << 20);
    verification_report_json(&out, json_doc_root(engagement), json_doc_root(opinion), LANGUAGE_ZH);
    assert_int_equal(json_out_finish(&out, &text), OK);
    assert_int_equal(json_doc_read(&read, text, 1 << 20, NULL), OK);
    const struct json_node *root = json_doc_root(read);
    assert_string_equal(json_node_text(json_node_get(root, "report_number")),
                        "CN14-CNASVB001-1ABC3X-2025-1");
    assert_string_equal(json_node_text(json_node_get(root, "language")), "zh");
    assert_string_equal(
        json_node_text(json_node_get(json_node_get(root, "words"), "type.MODIFIED")), "保留意见");
    json_doc_free(read);
    json_out_free(&out);
    json_doc_free(engagement);
    json_doc_free(opinion);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_people_have_read_it),
        cmocka_unit_test(a_draft_says_that_it_is_one),
        cmocka_unit_test(no_code_is_without_words),
        cmocka_unit_test(json_has_the_words_beside_the_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
