/* SPDX-License-Identifier: Apache-2.0 */
/* A facility is registered by whoever answers for it, visibly to all; a regulator can set its next
 * boundary. Boundary versions are records of their own, so that a facility may change its sources
 * for decades without a record that grows. */

#include "ledger/governance/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/period.h"

static int source_compare(const Seam__Source *a, const Seam__Source *b)
{
    int order = strcmp(a->source, b->source);
    if (order == 0) {
        order = strcmp(a->code, b->code);
    }
    return order != 0 ? order : strcmp(a->detail, b->detail);
}

static int source_order(const void *a, const void *b)
{
    return source_compare(*(Seam__Source *const *)a, *(Seam__Source *const *)b);
}

static enum judgement source_valid(const Seam__Source *source, size_t index,
                                   struct err_detail *detail)
{
    char field[40];
    if (!id_text_valid(source->source)) {
        (void)snprintf(field, sizeof field, "sources[%zu].source", index);
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, field, NULL, NULL);
    }
    if (!id_code_valid(source->code)) {
        (void)snprintf(field, sizeof field, "sources[%zu].code", index);
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, field, NULL, NULL);
    }
    if (source->detail[0] != '\0' && !id_text_valid(source->detail)) {
        (void)snprintf(field, sizeof field, "sources[%zu].detail", index);
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, field, NULL, NULL);
    }
    return JUDGE_OK;
}

/* Writes one boundary version, its sources sorted. */
static enum judgement boundary_put(struct rule_context *context, Seam__BoundaryRecord *record,
                                   Seam__Source *const *sources, size_t count,
                                   struct err_detail *detail)
{
    if (count == 0 || count > GOVERNANCE_SOURCES) {
        return registry_refuse(detail, JUDGE_NEVER, count == 0 ? ERR_MISSING : ERR_RANGE, "sources",
                               "1..500", "a boundary has at least one source");
    }
    Seam__Source **sorted = arena_alloc(context->arena, count * sizeof *sorted);
    if (sorted == NULL) {
        return registry_world(detail, ERR_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        const enum judgement judgement = source_valid(sources[i], i, detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        sorted[i] = sources[i];
    }
    qsort(sorted, count, sizeof *sorted, source_order);
    for (size_t i = 1; i < count; i++) {
        if (source_compare(sorted[i - 1], sorted[i]) == 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_TWICE, "sources", NULL,
                                   sorted[i]->source);
        }
    }
    record->n_sources = count;
    record->sources = sorted;
    record->height = context->height;
    struct state_key key = state_key_of(KEY_BOUNDARY);
    state_key_id(&key, KEY_FACILITY, record->facility);
    state_key_u32(&key, record->version);
    enum err err = view_put(context->state, state_key_bytes(&key), &record->base, context->arena);
    if (err == OK) {
        err = rule_created(context, state_key_bytes(&key));
    }
    return registry_world(detail, err);
}

static bool cadence_of(enum cadence *out, const char *name)
{
    if (strcmp(name, "MONTH") == 0) {
        *out = CADENCE_MONTH;
        return true;
    }
    if (strcmp(name, "YEAR") == 0) {
        *out = CADENCE_YEAR;
        return true;
    }
    return false;
}

/* The period must be of the facility's cadence. */
static enum judgement period_of(struct period *out, const char *text, const char *cadence,
                                const char *field, struct err_detail *detail)
{
    enum cadence wanted;
    if (!cadence_of(&wanted, cadence)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, "cadence", "MONTH, YEAR", NULL);
    }
    if (period_parse(out, bytes_text(text)) != OK || out->cadence != wanted) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, field,
                               wanted == CADENCE_MONTH ? "YYYY-MM" : "YYYY", NULL);
    }
    return JUDGE_OK;
}

/* Open-pit mines have the grade OPEN_PIT or none, the others never have it. */
static enum judgement gas_grade_fits(const char *kind, const char *grade, struct err_detail *detail)
{
    if (grade[0] == '\0') {
        return JUDGE_OK;
    }
    static const char *const grades[] = {"HIGH", "OUTBURST", "LOW", "OPEN_PIT"};
    for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++) {
        if (strcmp(grade, grades[i]) == 0) {
            if ((strcmp(kind, "OP") == 0) == (strcmp(grade, "OPEN_PIT") == 0)) {
                return JUDGE_OK;
            }
            return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, "gas_grade", NULL,
                                   "this grade does not fit the kind of the facility");
        }
    }
    return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, "gas_grade",
                           "HIGH, OUTBURST, LOW, OPEN_PIT", NULL);
}

static bool kind_valid(const char *kind)
{
    return strcmp(kind, "UG") == 0 || strcmp(kind, "OP") == 0 || strcmp(kind, "WP") == 0 ||
           strcmp(kind, "AM") == 0;
}

static enum judgement facility_fields(struct rule_context *context,
                                      const Seam__FacilityRegister *in, struct err_detail *detail)
{
    if (!id_text_valid(in->facility)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "facility", NULL, NULL);
    }
    if (!kind_valid(in->kind)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ENUM, "kind", "UG, OP, WP, AM", NULL);
    }
    if (!id_text_valid(in->scheme)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "scheme", NULL, NULL);
    }
    struct period start;
    enum judgement judgement =
        period_of(&start, in->start_period, in->cadence, "start_period", detail);
    if (judgement == JUDGE_OK) {
        judgement = gas_grade_fits(in->kind, in->gas_grade, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = registry_names(in->name, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = registry_identifiers(in->ids, in->n_ids, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const Seam__JurisdictionRecord *place = NULL;
    const enum err err =
        view_jurisdiction(&place, context->state, in->jurisdiction, context->arena);
    return err == OK ? JUDGE_OK : registry_missing(detail, err, "jurisdiction", in->jurisdiction);
}

static enum err facility_list(struct rule_context *context, const char *facility)
{
    const Seam__OrganisationRecord *old = NULL;
    enum err err =
        view_organisation(&old, context->state, context->organisation_id, context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    err = registry_list_add(context, KEY_FACILITY, &context->organisation, old->facilities,
                            facility, 0);
    if (err != OK) {
        return err;
    }
    Seam__OrganisationRecord record = *old;
    record.facilities++;
    const struct state_key key = state_key_named(KEY_ORGANISATION, record.organisation);
    err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    if (err != OK) {
        return err;
    }
    return registry_list_all(context, KEY_FACILITY, facility, 0);
}

static enum err facility_put(struct rule_context *context, const Seam__FacilityRegister *in)
{
    Seam__GasGrade grade = SEAM__GAS_GRADE__INIT;
    grade.grade = in->gas_grade;
    grade.from_period = in->start_period;
    Seam__GasGrade *grades[] = {&grade};
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = in->facility;
    record.organisation = (char *)context->organisation_id;
    record.name = in->name;
    record.kind = in->kind;
    record.jurisdiction = in->jurisdiction;
    record.scheme = in->scheme;
    record.cadence = in->cadence;
    record.start_period = in->start_period;
    record.n_gas_grades = in->gas_grade[0] != '\0' ? 1 : 0;
    record.gas_grades = grades;
    record.n_ids = in->n_ids;
    record.ids = in->ids;
    record.boundary_version = 1;
    record.height = context->height;
    record.time_ms = context->time_ms;
    const struct state_key key = state_key_named(KEY_FACILITY, in->facility);
    return view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
}

enum judgement facility_register(struct rule_context *context, const ProtobufCMessage *payload,
                                 const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__FacilityRegister *in = (const Seam__FacilityRegister *)payload;
    enum judgement judgement = facility_fields(context, in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct state_key key = state_key_named(KEY_FACILITY, in->facility);
    judgement = registry_new(context, state_key_bytes(&key), "facility", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__BoundaryRecord boundary = SEAM__BOUNDARY_RECORD__INIT;
    boundary.facility = in->facility;
    boundary.version = 1;
    boundary.from_period = in->start_period;
    judgement = boundary_put(context, &boundary, in->sources, in->n_sources, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    enum err err = facility_put(context, in);
    if (err == OK) {
        err = facility_list(context, in->facility);
    }
    return registry_world(detail, err);
}

void facility_register_links(struct rule_context *context, const ProtobufCMessage *payload,
                             struct bytes *creates, struct bytes *needs)
{
    const Seam__FacilityRegister *in = (const Seam__FacilityRegister *)payload;
    const struct state_key key = state_key_named(KEY_FACILITY, in->facility);
    *creates = registry_link(context, &key);
    const struct state_key place = state_key_named(KEY_JURISDICTION, in->jurisdiction);
    *needs = registry_link(context, &place);
}

/* --- the next boundary ----------------------------------------------------------------------- */

/* Adds the grade from this period on; replaces the last one when it starts in the same period. */
static enum judgement gas_grade_add(struct rule_context *context, Seam__FacilityRecord *record,
                                    const Seam__BoundarySet *in, struct err_detail *detail)
{
    if (in->gas_grade[0] == '\0') {
        return JUDGE_OK;
    }
    const enum judgement judgement = gas_grade_fits(record->kind, in->gas_grade, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    size_t count = record->n_gas_grades;
    if (count > 0 && strcmp(record->gas_grades[count - 1]->from_period, in->from_period) == 0) {
        count--;
    }
    if (count >= GOVERNANCE_GAS_GRADES) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "gas_grade", NULL,
                               "this facility has as many gas grades as it may have");
    }
    Seam__GasGrade **grades = arena_alloc(context->arena, (count + 1) * sizeof *grades);
    Seam__GasGrade *grade = arena_alloc(context->arena, sizeof *grade);
    if (grades == NULL || grade == NULL) {
        return registry_world(detail, ERR_MEMORY);
    }
    seam__gas_grade__init(grade);
    grade->grade = in->gas_grade;
    grade->from_period = in->from_period;
    for (size_t i = 0; i < count; i++) {
        grades[i] = record->gas_grades[i];
    }
    grades[count] = grade;
    record->gas_grades = grades;
    record->n_gas_grades = count + 1;
    return JUDGE_OK;
}

static enum judgement boundary_follows(struct rule_context *context,
                                       const Seam__FacilityRecord *facility,
                                       const Seam__BoundarySet *in, struct err_detail *detail)
{
    if (strcmp(facility->organisation, context->organisation_id) != 0 &&
        (context->roles & ROLE_REGULATOR) == 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_ROLE, "facility", NULL,
                               "the facility belongs to another organisation");
    }
    if (in->version <= facility->boundary_version) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SUPERSEDED, "version", NULL,
                               "this boundary version exists already");
    }
    if (in->version > facility->boundary_version + 1) {
        return registry_refuse(detail, JUDGE_NOT_YET, ERR_GAP, "version", NULL,
                               "the boundary version before it is missing");
    }
    const Seam__BoundaryRecord *last = NULL;
    const enum err err = view_boundary(&last, context->state, in->facility,
                                       facility->boundary_version, context->arena);
    if (err != OK) {
        return registry_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    struct period from;
    const enum judgement judgement =
        period_of(&from, in->from_period, facility->cadence, "from_period", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(in->from_period, last->from_period) < 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "from_period", last->from_period,
                               "not before the previous boundary");
    }
    return JUDGE_OK;
}

enum judgement boundary_set(struct rule_context *context, const ProtobufCMessage *payload,
                            const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__BoundarySet *in = (const Seam__BoundarySet *)payload;
    const Seam__FacilityRecord *old = NULL;
    const enum err err = view_facility(&old, context->state, in->facility, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "facility", in->facility);
    }
    enum judgement judgement = boundary_follows(context, old, in, detail);
    Seam__FacilityRecord record = *old;
    if (judgement == JUDGE_OK) {
        judgement = gas_grade_add(context, &record, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__BoundaryRecord boundary = SEAM__BOUNDARY_RECORD__INIT;
    boundary.facility = in->facility;
    boundary.version = in->version;
    boundary.from_period = in->from_period;
    judgement = boundary_put(context, &boundary, in->sources, in->n_sources, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.boundary_version = in->version;
    const struct state_key key = state_key_named(KEY_FACILITY, in->facility);
    return registry_world(
        detail, view_put(context->state, state_key_bytes(&key), &record.base, context->arena));
}

void boundary_set_links(struct rule_context *context, const ProtobufCMessage *payload,
                        struct bytes *creates, struct bytes *needs)
{
    const Seam__BoundarySet *in = (const Seam__BoundarySet *)payload;
    struct state_key key = state_key_of(KEY_BOUNDARY);
    state_key_id(&key, KEY_FACILITY, in->facility);
    state_key_u32(&key, in->version);
    *creates = registry_link(context, &key);
    struct state_key before = state_key_of(KEY_BOUNDARY);
    state_key_id(&before, KEY_FACILITY, in->facility);
    state_key_u32(&before, in->version - 1);
    *needs = registry_link(context, &before);
}
