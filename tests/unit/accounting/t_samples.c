/* SPDX-License-Identifier: Apache-2.0 */
/* Each file of genesis/samples/ gives its published total, is accepted in the order of index.json,
 * and is refused when any stated total is one gram off. */
#include "tests/unit/accounting/world.h"

struct sample {
    const char *file;
    const char *action;
    int64_t version;
    int64_t gross_g;
    const char *published;
};

static size_t read_index(struct world *world, struct sample *samples, size_t room,
                         struct json_doc **doc)
{
    assert_int_equal(
        json_doc_read(doc, world_file(world, SAMPLES "index.json"), WORLD_TEXT_MAX, &world->detail),
        OK);
    const struct json_node *list = json_doc_root(*doc);
    assert_true(json_node_count(list) <= room);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *entry = json_node_at(list, i);
        samples[i].file = json_node_text(json_node_get(entry, "file"));
        samples[i].action = json_node_text(json_node_get(entry, "action"));
        samples[i].published = json_node_text(json_node_get(entry, "published_t"));
        assert_true(json_node_integer(json_node_get(entry, "version"), &samples[i].version));
        assert_true(json_node_integer(json_node_get(entry, "gross_g"), &samples[i].gross_g));
    }
    return json_node_count(list);
}

/* One gram more in each total in turn: the validators refuse it and name the total. */
static void refuse_wrong_grams(struct world *world, const struct account_draft *draft,
                               uint32_t type)
{
    static const char *const names[] = {"gross_g", "net_g",         "scope1_g", "scope2_g",
                                        "sinks_g", "information_g", "co2_g",    "ch4_g"};
    for (size_t i = 0; i < 8; i++) {
        Seam__Account wrong = *draft->account;
        int64_t *const totals[] = {&wrong.gross_g,  &wrong.net_g,   &wrong.scope1_g,
                                   &wrong.scope2_g, &wrong.sinks_g, &wrong.information_g,
                                   &wrong.co2_g,    &wrong.ch4_g};
        *totals[i] += i % 2 == 0 ? 1 : -1;
        const Seam__AccountLines *lines =
            type == ACCOUNT_NIL_TYPE ? NULL : world_lines(world, draft);
        assert_int_equal(world_apply(world, type, &wrong, lines), JUDGE_NEVER);
        assert_int_equal(world->detail.err, ERR_TOTAL);
        assert_string_equal(err_code(world->detail.err), "303018");
        assert_string_equal(world->detail.field, names[i]);
    }
}

static void samples(void **state)
{
    (void)state;
    struct world world;
    struct sample list[32];
    struct json_doc *doc = NULL;
    world_open(&world);
    const size_t count = read_index(&world, list, 32, &doc);
    assert_int_equal(count, 17);
    struct hash last = {{0}}; /* of the last period of the facility before */
    struct hash may = {{0}};
    char facility[80] = "";
    for (size_t i = 0; i < count; i++) {
        const Seam__CalculationFile *file = world_read(&world, list[i].file);
        struct account_draft draft;
        const bool first = strcmp(facility, file->facility) != 0;
        const bool correct = strcmp(list[i].action, "correct") == 0;
        const struct hash *previous = correct ? &may : first ? NULL : &last;
        const enum err err = world_build(&world, &draft, file, (uint32_t)list[i].version, previous);
        if (err != OK) {
            fail_msg("%s: %s %s", list[i].file, err_name(err), world.detail.field);
        }
        assert_int_equal(draft.account->gross_g, list[i].gross_g);
        if (list[i].published != NULL && strchr(list[i].published, '.') == NULL) {
            char whole[32];
            snprintf(whole, sizeof whole, "%lld", (long long)draft.result->whole_t);
            assert_string_equal(whole, list[i].published);
        } else if (list[i].published != NULL) {
            assert_string_equal(draft.result->report_t, list[i].published);
        }
        const bool nil = strcmp(list[i].action, "nil") == 0;
        refuse_wrong_grams(&world, &draft,
                           nil ? ACCOUNT_NIL_TYPE
                               : (correct ? ACCOUNT_CORRECT_TYPE : ACCOUNT_SUBMIT_TYPE));
        const enum judgement judgement = world_submit(&world, &draft);
        if (judgement != JUDGE_OK) {
            fail_msg("%s: %s %s %s", list[i].file, err_name(world.detail.err), world.detail.field,
                     world.detail.hint);
        }
        assert_int_equal(draft.account->reconstructed, strncmp(file->facility, "kuzbass", 7) == 0);
        snprintf(facility, sizeof facility, "%s", file->facility);
        last = draft.hash;
        if (strcmp(file->period, "2025-05") == 0) {
            may = draft.hash;
        }
    }
    json_doc_free(doc);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(samples)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
