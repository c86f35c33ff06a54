/* SPDX-License-Identifier: Apache-2.0 */
/* Projects and their reductions [KSSJ 8b]. A reduction is hours of one gas at one source; each hour
 * is claimed once, whoever claims it and under whichever project [B12]. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/space.h"
#include "ledger/registry/view.h"

#define HOUR_MS UINT64_C(3600000)

void reduction_space(struct hash *out, const char *facility, const char *source, const char *gas)
{
    char text[3 * LIMIT_ID_TEXT + 8];
    (void)snprintf(text, sizeof text, "%.64s:%.64s:%.64s", facility, source, gas);
    id_hash(out, KEY_HOURS, text);
}

/* --- projects -------------------------------------------------------------------------------- */

enum judgement project_register(struct rule_context *context, const ProtobufCMessage *payload,
                                const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ProjectRegister *in = (const Seam__ProjectRegister *)payload;
    const Seam__FacilityRecord *facility = NULL;
    struct date start;
    struct date end;
    if (!id_text_valid(in->project)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D44", "project", NULL, NULL);
    }
    if (date_parse(&start, bytes_text(in->start)) != OK ||
        date_parse(&end, bytes_text(in->end)) != OK || date_to_days(start) > date_to_days(end)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D44", "end", "YYYY-MM-DD, start <= end",
                           NULL);
    }
    const enum err err = view_facility(&facility, context->state, in->facility, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "facility", in->facility);
    }
    if (strcmp(facility->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D44", "facility", facility->organisation,
                           "another organisation answers for this facility");
    }
    const struct state_key key = state_key_named(KEY_PROJECT, in->project);
    enum judgement judgement = unit_new(context, &key, "project", detail);
    if (judgement == JUDGE_OK) {
        judgement = unit_world(detail, unit_list(context, KEY_PROJECT, in->project));
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ProjectRecord record = SEAM__PROJECT_RECORD__INIT;
    record.project = (Seam__ProjectRegister *)in;
    record.organisation = (char *)context->organisation_id;
    record.height = context->height;
    return unit_put(context, &key, &record.base, detail);
}

void project_register_links(struct rule_context *context, const ProtobufCMessage *payload,
                            struct bytes *creates, struct bytes *needs)
{
    const Seam__ProjectRegister *in = (const Seam__ProjectRegister *)payload;
    const struct state_key key = state_key_named(KEY_PROJECT, in->project);
    const struct state_key facility = state_key_named(KEY_FACILITY, in->facility);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &facility);
}

/* --- claims ---------------------------------------------------------------------------------- */

enum judgement not_managed(struct rule_context *context, const char *facility, uint32_t from,
                           uint32_t to, struct err_detail *detail)
{
    const Seam__CoverageRecord *coverage = NULL;
    enum err err = registry_coverage(&coverage, context->state, facility, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? JUDGE_OK : unit_world(detail, err);
    }
    for (size_t i = 0; i < coverage->n_entries; i++) {
        const Seam__Coverage *entry = coverage->entries[i];
        const Seam__SchemeRecord *scheme = NULL;
        if (entry->from_year > to || (entry->to_year != 0 && entry->to_year < from)) {
            continue;
        }
        err = registry_scheme(&scheme, context->state, entry->scheme, context->arena);
        if (err != OK) {
            return unit_world(detail, err);
        }
        if (scheme->scheme->offset_projects_excluded) {
            char hint[160];
            const uint32_t first = entry->from_year > from ? entry->from_year : from;
            const uint32_t last = entry->to_year != 0 && entry->to_year < to ? entry->to_year : to;
            (void)snprintf(hint, sizeof hint, "%.64s was under allowance management %u to %u",
                           facility, first, last);
            return unit_refuse(detail, JUDGE_NEVER, ERR_NOT_ELIGIBLE, "V19", "project",
                               entry->scheme, hint);
        }
    }
    return JUDGE_OK;
}

static uint32_t year_of(uint64_t time_ms)
{
    return (uint32_t)date_of_days((int64_t)(time_ms / DAY_MS)).year;
}

/* Coverage is by years of the facility's own clock, a vintage by UTC: hours between the two new
 * years belong to both, so that they earn nothing where either was managed [V19]. */
static enum judgement hours_not_managed(struct rule_context *context,
                                        const Seam__ReductionClaim *in, const char *name,
                                        struct err_detail *detail)
{
    const Seam__FacilityRecord *facility = NULL;
    const Seam__JurisdictionRecord *place = NULL;
    enum err err = view_facility(&facility, context->state, name, context->arena);
    if (err == OK) {
        err = view_jurisdiction(&place, context->state, facility->jurisdiction, context->arena);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    const int64_t offset_ms = (int64_t)place->utc_offset_minutes * 60000;
    const uint32_t from = year_of((uint64_t)((int64_t)in->from_ms + offset_ms));
    const uint32_t to = year_of((uint64_t)((int64_t)in->to_ms + offset_ms - 1));
    const uint32_t year = year_of(in->from_ms);
    return not_managed(context, name, from < year ? from : year, to > year ? to : year, detail);
}

static enum judgement hours_valid(const struct rule_context *context,
                                  const Seam__ReductionClaim *in,
                                  const Seam__ProjectRegister *project, struct err_detail *detail)
{
    struct date start;
    struct date end;
    if (in->from_ms % HOUR_MS != 0 || in->to_ms % HOUR_MS != 0 || in->from_ms >= in->to_ms) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "B12", "to_ms", "whole hours, from < to",
                           NULL);
    }
    if (date_parse(&start, bytes_text(project->start)) != OK ||
        date_parse(&end, bytes_text(project->end)) != OK) {
        return unit_world(detail, ERR_CORRUPT);
    }
    if (in->from_ms < (uint64_t)date_to_days(start) * DAY_MS ||
        in->to_ms > (uint64_t)(date_to_days(end) + 1) * DAY_MS) {
        char limit[32];
        (void)snprintf(limit, sizeof limit, "%.10s..%.10s", project->start, project->end);
        return unit_refuse(detail, JUDGE_NEVER, ERR_WINDOW, "B12", "from_ms", limit,
                           "outside the project's time");
    }
    if (in->to_ms > context->time_ms) {
        return unit_refuse(detail, JUDGE_NOT_YET, ERR_PERIOD_OPEN, "B12", "to_ms", NULL,
                           "these hours are not over");
    }
    if (year_of(in->from_ms) != year_of(in->to_ms - 1)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "B12", "to_ms", "one calendar year",
                           "a claim has one vintage");
    }
    return JUDGE_OK;
}

/* The boundary of a facility in a month; versions ascend with their first periods. */
static enum err boundary_at(const Seam__BoundaryRecord **out, struct rule_context *context,
                            const Seam__FacilityRecord *facility, uint64_t time_ms)
{
    char month[DATE_TEXT_SIZE];
    uint32_t low = 1;
    uint32_t high = facility->boundary_version;
    date_text(month, date_of_days((int64_t)(time_ms / DAY_MS)));
    while (low < high) {
        const Seam__BoundaryRecord *middle = NULL;
        const uint32_t version = high - (high - low) / 2;
        const enum err err =
            view_boundary(&middle, context->state, facility->facility, version, context->arena);
        if (err != OK) {
            return err;
        }
        if (strncmp(middle->from_period, month, strlen(middle->from_period)) <= 0) {
            low = version;
        } else {
            high = version - 1;
        }
    }
    return view_boundary(out, context->state, facility->facility, low, context->arena);
}

/* An hour is claimed once at a source, so a source has one name: that of the facility's boundary.
 */
static enum judgement source_valid(struct rule_context *context, const Seam__ReductionClaim *in,
                                   const char *name, struct err_detail *detail)
{
    const Seam__FacilityRecord *facility = NULL;
    const Seam__BoundaryRecord *boundary = NULL;
    enum err err = view_facility(&facility, context->state, name, context->arena);
    if (err == OK) {
        err = boundary_at(&boundary, context, facility, in->from_ms);
    }
    if (err != OK) {
        return unit_world(detail, err);
    }
    for (size_t i = 0; i < boundary->n_sources; i++) {
        if (strcmp(boundary->sources[i]->source, in->source) == 0) {
            return JUDGE_OK;
        }
    }
    return unit_missing(detail, ERR_ABSENT, "source", in->source);
}

/* The hours become taken; overlapping another claim is refused with its name. */
static enum judgement hours_take(struct rule_context *context, const Seam__ReductionClaim *in,
                                 const char *facility, struct err_detail *detail)
{
    struct hash space;
    const uint64_t first = in->from_ms / HOUR_MS;
    const uint64_t last = in->to_ms / HOUR_MS - 1;
    uint64_t start = 0;
    reduction_space(&space, facility, in->source, in->gas);
    enum err err = space_before(&start, context->state, &space, last);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    struct state_key key = state_key_of(KEY_HOURS);
    state_key_hash(&key, &space);
    if (err == OK) {
        ProtobufCMessage *message = NULL;
        struct state_key other = key;
        state_key_u64(&other, start);
        err = view_record(&message, &seam__reduction_hours__descriptor, context->state,
                          state_key_bytes(&other), context->arena);
        if (err != OK) {
            return unit_world(detail, err);
        }
        const Seam__ReductionHours *hours = (const Seam__ReductionHours *)message;
        if (hours->end >= first) {
            char free_from[TIME_TEXT_SIZE];
            char hint[120];
            time_text(free_from, (hours->end + 1) * HOUR_MS);
            (void)snprintf(hint, sizeof hint, "claim %.64s has these hours", hours->claim);
            return unit_refuse(detail, JUDGE_NEVER, ERR_OVERLAP, "B12", "from_ms", free_from, hint);
        }
    }
    err = space_add(context->state, &space, first);
    if (err != OK) {
        return unit_world(detail, err);
    }
    Seam__ReductionHours hours = SEAM__REDUCTION_HOURS__INIT;
    hours.claim = in->claim;
    hours.end = last;
    state_key_u64(&key, first);
    return unit_put(context, &key, &hours.base, detail);
}

static enum judgement claim_put(struct rule_context *context, const Seam__ReductionClaim *in,
                                const Seam__ProjectRecord *project, struct err_detail *detail)
{
    Seam__ClaimedReduction claimed = SEAM__CLAIMED_REDUCTION__INIT;
    claimed.claim = (Seam__ReductionClaim *)in;
    claimed.facility = project->project->facility;
    claimed.height = context->height;
    struct state_key key = state_key_named(KEY_REDUCTION, in->claim);
    const enum judgement judgement = unit_put(context, &key, &claimed.base, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__ProjectRecord record = *project;
    record.claimed += in->quantity;
    key = state_key_named(KEY_PROJECT, in->project);
    return unit_put(context, &key, &record.base, detail);
}

enum judgement reduction_claim(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ReductionClaim *in = (const Seam__ReductionClaim *)payload;
    const Seam__ProjectRecord *project = NULL;
    if (!id_text_valid(in->claim)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "B12", "claim", NULL, NULL);
    }
    const enum err err = registry_project(&project, context->state, in->project, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "project", in->project);
    }
    if (strcmp(project->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "B12", "project", project->organisation,
                           "another organisation's project");
    }
    const struct state_key key = state_key_named(KEY_REDUCTION, in->claim);
    enum judgement judgement = unit_new(context, &key, "claim", detail);
    if (judgement == JUDGE_OK) {
        judgement = hours_valid(context, in, project->project, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = source_valid(context, in, project->project->facility, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = hours_not_managed(context, in, project->project->facility, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = hours_take(context, in, project->project->facility, detail);
    }
    return judgement == JUDGE_OK ? claim_put(context, in, project, detail) : judgement;
}

void reduction_claim_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__ReductionClaim *in = (const Seam__ReductionClaim *)payload;
    const struct state_key key = state_key_named(KEY_REDUCTION, in->claim);
    const struct state_key project = state_key_named(KEY_PROJECT, in->project);
    *creates = unit_link(context, &key);
    *needs = unit_link(context, &project);
}
