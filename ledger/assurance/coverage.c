/* SPDX-License-Identifier: Apache-2.0 */
/* One pass over the findings; of each, one over the lines that differ. Both are bounded. */
#include "ledger/assurance/coverage.h"

#include "ledger/base/num.h"

#include <string.h>

struct covering {
    bool found[COVERAGE_LINES_MAX];
    int64_t effect[COVERAGE_LINES_MAX];
};

static bool speaks_of(const Seam__FindingRaise *raise, const Seam__LineDifference *line)
{
    return record_same(raise->code, line->code) && record_same(raise->source, line->source) &&
           record_same(raise->detail, line->detail) && record_same(raise->category, line->category);
}

static bool finding_add_up(struct covering *covering, const Seam__RecomputeRecord *record,
                           const Seam__FindingRecord *finding)
{
    for (size_t i = 0; i < record->n_lines; i++) {
        if (speaks_of(finding->raise, record->lines[i])) {
            covering->found[i] = true;
            return num_add_i64(&covering->effect[i], covering->effect[i], finding->effect_g);
        }
    }
    return true;
}

/* More emission, less sink than was recomputed is on the safe side. */
static bool covered(const struct covering *covering, const Seam__LineDifference *line, size_t index)
{
    const bool sink = record_same(line->category, "SINK");
    const int64_t effect = covering->effect[index];
    return covering->found[index] &&
           (sink ? effect <= line->difference_g : effect >= line->difference_g);
}

static enum judgement findings_read(struct covering *covering, const struct engaging *in,
                                    const Seam__RecomputeRecord *record, const char *facility,
                                    const char *period)
{
    for (uint32_t i = 1; i <= in->record->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        const enum err err = view_finding(&finding, in->context->state, in->record->engagement, i,
                                          in->context->arena);
        if (err != OK) {
            return refusal_of_world(in->detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        const Seam__FindingRaise *raise = finding->raise;
        if (raise->version == record->version && record_same(raise->facility, facility) &&
            record_same(raise->period, period) && !record_same(raise->kind, "COMMENT") &&
            !finding_add_up(covering, record, finding)) {
            return refusal_never(in->detail, (struct refusal){ERR_RANGE, "findings", "D34", period,
                                                              "the sum leaves what a number "
                                                              "holds"});
        }
    }
    return JUDGE_OK;
}

enum judgement coverage_of(struct coverage *out, const struct engaging *in,
                           const Seam__RecomputeRecord *record, const char *facility,
                           const char *period)
{
    struct covering covering;
    struct coverage coverage = {0};
    memset(&covering, 0, sizeof covering);
    if (record->n_lines > COVERAGE_LINES_MAX) {
        return refusal_of_world(in->detail, ERR_CORRUPT);
    }
    if (record->n_lines > 0) {
        const enum judgement judgement = findings_read(&covering, in, record, facility, period);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    for (size_t i = 0; i < record->n_lines; i++) {
        int64_t rest = 0;
        if (covered(&covering, record->lines[i], i)) {
            continue;
        }
        coverage.uncovered++;
        if (!num_sub_i64(&rest, record->lines[i]->difference_g, covering.effect[i]) ||
            !num_add_i64(&coverage.grams, coverage.grams, rest)) {
            return refusal_never(in->detail, (struct refusal){ERR_RANGE, "findings", "D34", period,
                                                              "the sum leaves what a number "
                                                              "holds"});
        }
    }
    *out = coverage;
    return JUDGE_OK;
}
