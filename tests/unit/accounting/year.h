/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ACCOUNTING_YEAR_H
#define TESTS_UNIT_ACCOUNTING_YEAR_H

/* The year of mine B, twelve months of genesis/samples/, and annual accounts built from it. */

#include "tests/unit/accounting/world.h"

#include <stdlib.h>

#include "ledger/accounting/annual.h"

#define MONTHS_GROSS INT64_C(318626702413)
#define INVOICE_GRAMS INT64_C(3107264)
#define LAB_GRAMS INT64_C(-11968403)
#define CHANGES_MAX 64

static const char *const files[ANNUAL_MONTHS] = {
    "05-mine-b-2025-01.json",     "06-mine-b-2025-02.json", "07-mine-b-2025-03.json",
    "08-mine-b-2025-04.json",     "09-mine-b-2025-05.json", "10-mine-b-2025-06.json",
    "11-mine-b-2025-07-nil.json", "12-mine-b-2025-08.json", "13-mine-b-2025-09.json",
    "14-mine-b-2025-10.json",     "15-mine-b-2025-11.json", "16-mine-b-2025-12.json"};

struct year {
    struct world world;
    struct set set;
    struct annual_source months[ANNUAL_MONTHS];
    struct annual_change changes[CHANGES_MAX];
};

static inline void file_month(struct year *year, size_t index)
{
    struct world *world = &year->world;
    struct account_draft draft;
    const Seam__CalculationFile *file = world_read(world, files[index]);
    assert_int_equal(
        world_build(world, &draft, file, 1, index > 0 ? &year->months[index - 1].hash : NULL), OK);
    const enum judgement judgement = world_submit(world, &draft);
    if (judgement != JUDGE_OK) {
        fail_msg("%s: %s", files[index], err_name(world->detail.err));
    }
    year->months[index] = (struct annual_source){draft.account, draft.hash, NULL, &year->set};
    if (strcmp(draft.account->state, "VALUE") == 0) {
        year->months[index].lines = world_lines(world, &draft);
    }
}

static inline int open_year(void **state)
{
    struct year *year = calloc(1, sizeof *year);
    struct errors errors;
    assert_non_null(year);
    world_open(&year->world);
    assert_int_equal(errors_new(&errors, &year->world.arena), OK);
    assert_int_equal(set_load(&year->set, "CN-NDRC-COAL-2014", &year->world.arena, &errors), OK);
    for (size_t i = 0; i < ANNUAL_MONTHS; i++) {
        file_month(year, i);
    }
    *state = year;
    return 0;
}

static inline int close_year(void **state)
{
    struct year *year = *state;
    world_close(&year->world);
    free(year);
    return 0;
}

/* --- helpers -----------------------------------------------------------------------------------*/

#define FILE_OF(more) "{\"facility\":\"mine-b\",\"year\":\"2025\"" more "}"
#define UPS(list) ",\"true_ups\":[" list "]"
#define ELEC                                                                                       \
    "{\"month\":\"2025-01\",\"reason\":\"FACTOR_PUBLISHED\",\"change\":{\"code\":\"L_ELEC\","      \
    "\"source\":\"grid\",\"factor\":\"EF.EL.CN.NAT.2022\"}}"
#define INVOICE                                                                                    \
    "{\"month\":\"2025-01\",\"reason\":\"LATE_INVOICE\",\"change\":{\"code\":\"L_FUEL\","          \
    "\"source\":\"boiler-1\",\"fuel\":\"bituminous\",\"ad\":{\"value\":\"483.5\",\"unit\":"        \
    "\"t\"}}}"
#define LAB                                                                                        \
    "{\"month\":\"2025-02\",\"reason\":\"LAB_RESULT\",\"change\":{\"code\":\"L_FUEL\","            \
    "\"source\":\"boiler-1\",\"fuel\":\"bituminous\",\"ncv\":{\"value\":\"22.9\",\"unit\":"        \
    "\"GJ/t\"}}}"

static inline enum err build(struct year *year, struct annual_draft *draft, const char *json,
                             uint32_t version, const struct hash *previous)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {7, 1, 7};
    struct world *world = &year->world;
    struct json_doc *doc = NULL;
    struct errors errors;
    const Seam__AnnualFile *file = NULL;
    memset(&world->detail, 0, sizeof world->detail);
    assert_int_equal(errors_new(&errors, &world->arena), OK);
    assert_int_equal(json_doc_read(&doc, bytes_text(json), WORLD_TEXT_MAX, NULL), OK);
    enum err err = annual_file_read_node(&file, json_doc_root(doc), NULL, &world->arena, &errors);
    json_doc_free(doc);
    if (err != OK) {
        world->detail = errors.items[0];
        return err;
    }
    assert_true(file->n_true_ups <= CHANGES_MAX);
    for (size_t i = 0; i < file->n_true_ups; i++) {
        year->changes[i] = (struct annual_change){file->true_ups[i], &year->set, false};
    }
    return annual_build(draft, file, year->months, year->changes, version, previous, secret,
                        &world->arena, &world->detail);
}

static inline const Seam__AnnualLines *lines_of(struct year *year, const struct annual_draft *draft)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(message_unpack(&message, &seam__annual_lines__descriptor, draft->detached,
                                    LIMIT_TX_DETACHED, &year->world.arena, NULL),
                     OK);
    return (const Seam__AnnualLines *)message;
}

static inline enum judgement apply(struct year *year, const Seam__AnnualAccount *annual,
                                   const Seam__AnnualLines *lines)
{
    return world_apply_row(&year->world, &annual_rules.rows[0], &annual->base,
                           lines != NULL ? &lines->base : NULL);
}

static inline struct annual_draft made(struct year *year, const char *json, uint32_t version,
                                       const struct hash *previous)
{
    struct annual_draft draft;
    const enum err err = build(year, &draft, json, version, previous);
    if (err != OK) {
        fail_msg("%s in %s: %s", err_name(err), year->world.detail.field, year->world.detail.hint);
    }
    return draft;
}

static inline void expect(struct year *year, const Seam__AnnualAccount *annual,
                          const Seam__AnnualLines *lines, enum judgement want, enum err err,
                          const char *field)
{
    const enum judgement judgement = apply(year, annual, lines);
    const struct err_detail *detail = &year->world.detail;
    if (judgement != want || detail->err != err || strcmp(detail->field, field) != 0) {
        fail_msg("judgement %d, %s %s: %s %s", (int)judgement, err_name(detail->err), detail->field,
                 detail->limit, detail->hint);
    }
}

static inline void accept(struct year *year, const struct annual_draft *draft)
{
    expect(year, draft->annual, lines_of(year, draft), JUDGE_OK, OK, "");
}

#endif
