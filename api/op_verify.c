/* SPDX-License-Identifier: Apache-2.0 */
/* Verification as it stands [KSSJ 6.1b]: both parties and the regulator follow the same steps from
 * the same records, at once. What a party wrote in words is for the two of them and the regulator.
 */

#include "api/op_verify.h"

#include "api/sight.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/report_number.h"
#include "ledger/codec/message.h"
#include "ledger/governance/id.h"

#include <string.h>

#define PAGE_MAX 200

/* --- small things ------------------------------------------------------------------------------*/

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

static void hashes(struct json_out *out, const char *key, const ProtobufCBinaryData *list,
                   size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_hex(out, data(list[i]));
    }
    json_out_end(out);
}

/* Persons are named in records by the hash of their id; the team says whose it is. */
static void persons(struct json_out *out, const char *key, const ProtobufCBinaryData *list,
                    size_t count, const Seam__EngagementRecord *engagement)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        const char *name = NULL;
        for (size_t k = 0; engagement != NULL && k < engagement->n_team && name == NULL; k++) {
            struct hash id;
            id_hash(&id, KEY_PERSON, engagement->team[k]->person);
            name = bytes_equal(hash_bytes(&id), data(list[i])) ? engagement->team[k]->person : NULL;
        }
        if (name != NULL) {
            json_out_text(out, name);
        } else {
            json_out_hex(out, data(list[i]));
        }
    }
    json_out_end(out);
}

static void texts(struct json_out *out, const char *key, char *const *list, size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_text(out, list[i]);
    }
    json_out_end(out);
}

enum err verify_engagement(struct call *call, struct query *query,
                           const Seam__EngagementRecord **out)
{
    const char *id = NULL;
    enum err err = call_text(call, "engagement", true, &id);
    if (err == OK) {
        err = view_engagement(out, query_state(query), id, &call->arena);
        err = err == OK ? OK : call_fail(call, err, "engagement", NULL, NULL);
    }
    return err;
}

enum err verify_party(struct call *call, struct query *query,
                      const Seam__EngagementRecord *engagement, bool *out)
{
    const Seam__OrganisationRecord *caller = NULL;
    const char *own = call->caller->organisation;
    *out = strcmp(own, engagement->client) == 0 || strcmp(own, engagement->verifier) == 0;
    if (*out) {
        return OK;
    }
    const enum err err = call_organisation(call, query, &caller);
    *out = err == OK && (caller->roles & ROLE_REGULATOR) != 0;
    return err;
}

/* --- findings ----------------------------------------------------------------------------------*/

/* The detached text of the transaction with this id; nothing where this node does not hold it. */
static void words(struct call *call, struct query *query, const char *key, ProtobufCBinaryData id)
{
    struct hash tx_id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    if (id.len != HASH_SIZE) {
        return;
    }
    memcpy(tx_id.bytes, id.data, HASH_SIZE);
    if (query_tx(&tx, query, &tx_id, &call->arena) != OK || tx.message->detached.len == 0 ||
        message_unpack(&message, &seam__finding_text__descriptor, data(tx.message->detached),
                       LIMIT_TX_DETACHED, &call->arena, NULL) != OK) {
        return;
    }
    const Seam__FindingText *text = (const Seam__FindingText *)message;
    json_out_field_object(&call->data, key);
    json_out_field_hex(&call->data, "salt", data(text->salt));
    json_out_field_text(&call->data, "text", text->text);
    json_out_field_text(&call->data, "correction", text->correction);
    json_out_end(&call->data);
}

static enum err verify_finding(struct call *call, struct query *query, const char *engagement,
                               uint32_t number, bool party)
{
    struct json_out *out = &call->data;
    const Seam__FindingRecord *finding = NULL;
    const enum err err =
        view_finding(&finding, query_state(query), engagement, number, &call->arena);
    if (err != OK) {
        return call_fail(call, err == ERR_ABSENT ? ERR_CORRUPT : err, "findings", NULL, NULL);
    }
    const Seam__FindingRaise *raise = finding->raise;
    json_out_object(out);
    json_out_field_uint(out, "number", raise->number);
    json_out_field_text(out, "state", sm_name(&finding_machine, (uint8_t)finding->state));
    json_out_field_text(out, "kind", raise->kind);
    json_out_field_bool(out, "automatic", finding->automatic);
    json_out_field_text(out, "facility", raise->facility);
    json_out_field_text(out, "period", raise->period);
    json_out_field_uint(out, "version", raise->version);
    json_out_field_text(out, "category", raise->category);
    json_out_field_text(out, "code", raise->code);
    json_out_field_text(out, "source", raise->source);
    json_out_field_text(out, "detail", raise->detail);
    json_out_field_text(out, "field", raise->field);
    json_out_field_int(out, "claimed_g", raise->effect_g);
    json_out_field_int(out, "effect_g", finding->effect_g);
    json_out_field_text(out, "size_t", raise->size_t);
    if (raise->basis != NULL) {
        json_out_key(out, "correction_basis");
        json_out_message(out, &raise->basis->base, &call->api->fields);
    }
    json_out_field_text(out, "resolution", finding->resolution);
    json_out_field_uint(out, "rounds", finding->rounds);
    json_out_field_bool(out, "agrees", finding->agrees);
    hashes(out, "refs", raise->refs, raise->n_refs);
    hashes(out, "evidence", finding->evidence, finding->n_evidence);
    json_out_field_time(out, "raised", finding->time_ms);
    if (finding->closed_ms > 0) {
        json_out_field_time(out, "closed", finding->closed_ms);
    }
    json_out_field_hex(out, "transaction", data(finding->tx_id));
    json_out_field_hex(out, "text_hash", data(raise->text_hash));
    if (party) {
        words(call, query, "words", finding->tx_id);
        words(call, query, "answer", finding->answer_tx);
        words(call, query, "verdict", finding->verdict_tx);
    }
    json_out_end(out);
    return OK;
}

static enum err findings(struct call *call, struct query *query,
                         const Seam__EngagementRecord *engagement, bool party)
{
    enum err err = OK;
    json_out_field_array(&call->data, "findings");
    for (uint32_t i = 1; i <= engagement->findings && err == OK; i++) {
        err = verify_finding(call, query, engagement->engagement, i, party);
    }
    json_out_end(&call->data);
    return err;
}

/* --- an engagement -----------------------------------------------------------------------------*/

/* The eight steps of decision D42. */
static const enum engagement_state eight[] = {
    ENGAGEMENT_ACCEPTED,     ENGAGEMENT_PLANNED,     ENGAGEMENT_DOC_REVIEW, ENGAGEMENT_SITE,
    ENGAGEMENT_REPORT_DRAFT, ENGAGEMENT_TECH_REVIEW, ENGAGEMENT_ISSUED,     ENGAGEMENT_ARCHIVED};
#define STEPS (sizeof eight / sizeof eight[0])

/* A step is done when the machine stands on it or has passed it; a return takes the later ones
 * back. The site may be left out, or come after the draft. */
static bool step_done(const Seam__EngagementRecord *record, size_t index)
{
    const enum engagement_state state = (enum engagement_state)record->state;
    if (state == ENGAGEMENT_PROPOSED) {
        return false;
    }
    if (eight[index] == ENGAGEMENT_SITE) {
        return record->visited;
    }
    if (state == ENGAGEMENT_WITHDRAWN || state == ENGAGEMENT_REVOKED) {
        return eight[index] == ENGAGEMENT_ACCEPTED && record->accepted_ms > 0;
    }
    return (state == ENGAGEMENT_SITE ? ENGAGEMENT_DOC_REVIEW : state) >= eight[index] ||
           (state == ENGAGEMENT_SITE && eight[index] <= ENGAGEMENT_DOC_REVIEW);
}

static void steps(struct json_out *out, const Seam__EngagementRecord *record)
{
    uint32_t done = 0;
    json_out_field_array(out, "steps");
    for (size_t i = 0; i < STEPS; i++) {
        const bool is = step_done(record, i);
        done += is ? 1 : 0;
        json_out_object(out);
        json_out_field_uint(out, "step", i + 1);
        json_out_field_text(out, "name", sm_name(&engagement_machine, (uint8_t)eight[i]));
        json_out_field_bool(out, "done", is);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_uint(out, "steps_done", done);
    json_out_field_uint(out, "steps_all", STEPS);
}

static enum err history(struct call *call, struct query *query,
                        const Seam__EngagementRecord *record)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "history");
    for (uint32_t i = 1; i <= record->steps && err == OK; i++) {
        const Seam__StepRecord *step = NULL;
        err = view_engagement_step(&step, query_state(query), record->engagement, i, &call->arena);
        if (err != OK) {
            break;
        }
        json_out_object(out);
        json_out_field_text(out, "state", sm_name(&engagement_machine, (uint8_t)step->state));
        json_out_field_time(out, "time", step->time_ms);
        json_out_field_uint(out, "height", step->height);
        json_out_field_text(out, "verdict", step->verdict);
        hashes(out, "evidence", step->evidence, step->n_evidence);
        texts(out, "on_site", step->persons, step->n_persons);
        persons(out, "signed_by", step->signers, step->n_signers, record);
        if (step->note_counter > 0) {
            json_out_field_uint(out, "note_counter", step->note_counter);
            json_out_field_time(out, "noted_at", step->noted_at_ms);
        }
        json_out_field_hex(out, "report_hash", data(step->report_hash));
        json_out_field_text(out, "deviation_reason", step->deviation_reason);
        json_out_field_hex(out, "transaction", data(step->tx_id));
        json_out_end(out);
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err samples(struct call *call, struct query *query,
                        const Seam__EngagementRecord *record)
{
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_field_array(out, "samples");
    for (uint32_t i = 1; i <= record->samples && err == OK; i++) {
        const Seam__AuditSampleRecord *sample = NULL;
        err = view_audit_sample(&sample, query_state(query), record->engagement, i, &call->arena);
        if (err == OK) {
            verify_sample(out, sample);
        }
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

/* Each period of the scope: which version counts, what it stands at, whether it was recomputed. */
static enum err scope(struct call *call, struct query *query, const Seam__EngagementRecord *record)
{
    struct json_out *out = &call->data;
    struct overlay *state = query_state(query);
    enum err err = OK;
    json_out_field_array(out, "scope");
    for (size_t i = 0; i < record->n_scope && err == OK; i++) {
        const Seam__ScopePeriod *at = record->scope[i];
        const Seam__RecomputeRecord *again = NULL;
        struct assurance_standing standing;
        json_out_object(out);
        json_out_field_text(out, "facility", at->facility);
        json_out_field_text(out, "period", at->period);
        err = assurance_standing(&standing, state, at->facility, at->period, 0, query_time(query),
                                 &call->arena);
        if (err == OK) {
            json_out_field_uint(out, "version", standing.version);
            json_out_field_text(out, "status", assurance_grade_text(standing.grade));
            json_out_field_int(out, "reported_g", grams_value(standing.reported.net));
            json_out_field_int(out, "value_in_force_g", grams_value(standing.in_force.net));
        }
        err = err == ERR_ABSENT ? OK : err;
        const enum err known = view_recompute(&again, state, record->engagement, at->facility,
                                              at->period, &call->arena);
        if (known == OK) {
            json_out_field_object(out, "recomputation");
            json_out_field_uint(out, "version", again->version);
            json_out_field_text(out, "outcome", again->outcome);
            json_out_field_uint(out, "differences", again->differences);
            json_out_field_hex(out, "account_hash", data(again->account_hash));
            json_out_field_hex(out, "result_hash", data(again->result_hash));
            json_out_field_array(out, "lines");
            for (size_t k = 0; k < again->n_lines; k++) {
                json_out_message(out, &again->lines[k]->base, &call->api->fields);
            }
            json_out_end(out);
            json_out_end(out);
        }
        json_out_end(out);
    }
    json_out_end(out);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static void head(struct json_out *out, const Seam__EngagementRecord *record)
{
    json_out_field_text(out, "engagement", record->engagement);
    json_out_field_text(out, "state", sm_name(&engagement_machine, (uint8_t)record->state));
    json_out_field_text(out, "client", record->client);
    json_out_field_text(out, "verifier", record->verifier);
    json_out_field_text(out, "opener", record->opener);
    json_out_field_text(out, "level", record->level);
    json_out_field_uint(out, "materiality_bp", record->materiality_bp);
    json_out_field_text(out, "guide_edition", record->guide_edition);
    json_out_field_uint(out, "late_days", record->days_late);
    json_out_field_uint(out, "findings_all", record->findings);
    json_out_field_uint(out, "findings_open", record->findings_open);
    json_out_field_text(out, "opinion", record->opinion);
    json_out_field_text(out, "deviation_reason", record->deviation_reason);
    json_out_field_time(out, "opened", record->time_ms);
}

static void parts(struct json_out *out, const Seam__EngagementRecord *record)
{
    json_out_field_hex(out, "contract_hash", data(record->contract_hash));
    json_out_field_hex(out, "parameter_set_hash", data(record->parameter_set_hash));
    json_out_field_hex(out, "report_hash", data(record->report_hash));
    json_out_field_array(out, "team");
    for (size_t i = 0; i < record->n_team; i++) {
        json_out_message(out, &record->team[i]->base, NULL);
    }
    json_out_end(out);
    texts(out, "client_declarations", record->client_declarations, record->n_client_declarations);
    texts(out, "verifier_declarations", record->verifier_declarations,
          record->n_verifier_declarations);
    json_out_field_array(out, "overrides");
    for (size_t i = 0; i < record->n_overrides; i++) {
        json_out_message(out, &record->overrides[i]->base, NULL);
    }
    json_out_end(out);
    json_out_field_array(out, "sections");
    for (size_t i = 0; i < record->n_sections; i++) {
        json_out_message(out, &record->sections[i]->base, NULL);
    }
    json_out_end(out);
    persons(out, "workers", record->workers, record->n_workers, record);
    json_out_field_uint(out, "samples_undrawn", record->samples_undrawn);
    json_out_field_array(out, "samples_repeated");
    for (size_t i = 0; i < record->n_samples_repeated; i++) {
        json_out_uint(out, record->samples_repeated[i]);
    }
    json_out_end(out);
    json_out_field_text(out, "no_sample_reason", record->no_sample_reason);
    if (record->retain_until_ms > 0) {
        json_out_field_time(out, "retain_until", record->retain_until_ms);
    }
}

/* The number that a report not yet delivered will have (F11). */
static void next_number(struct call *call, struct query *query,
                        const Seam__EngagementRecord *record)
{
    char number[REPORT_NUMBER_SIZE];
    if (record->state < ENGAGEMENT_ISSUED &&
        report_number_next(number, query_state(query), record, &call->arena) == OK) {
        json_out_field_text(&call->data, "next_report_number", number);
    }
}

static enum err write_engagement(struct call *call, struct query *query)
{
    struct json_out *out = &call->data;
    const Seam__EngagementRecord *record = NULL;
    bool party = false;
    enum err err = verify_engagement(call, query, &record);
    if (err == OK) {
        err = verify_party(call, query, record, &party);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    head(out, record);
    parts(out, record);
    next_number(call, query, record);
    steps(out, record);
    err = scope(call, query, record);
    if (err == OK) {
        err = history(call, query, record);
    }
    if (err == OK) {
        err = samples(call, query, record);
    }
    if (err == OK) {
        err = findings(call, query, record, party);
    }
    json_out_end(out);
    return err;
}

/* Opens the state, runs write, closes it. */
enum err verify_read(struct call *call, const char *const *keys,
                     enum err (*write)(struct call *, struct query *))
{
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = write(call, query);
    query_close(query);
    return err;
}

static enum err op_get_engagement(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"engagement", "at", NULL};
    return verify_read(call, keys, write_engagement);
}

static enum err write_findings(struct call *call, struct query *query)
{
    const Seam__EngagementRecord *record = NULL;
    bool party = false;
    enum err err = verify_engagement(call, query, &record);
    if (err == OK) {
        err = verify_party(call, query, record, &party);
    }
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    json_out_field_uint(&call->data, "at", query_height(query));
    json_out_field_text(&call->data, "engagement", record->engagement);
    json_out_field_uint(&call->data, "findings_open", record->findings_open);
    err = findings(call, query, record, party);
    json_out_end(&call->data);
    return err;
}

static enum err op_list_findings(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"engagement", "at", NULL};
    return verify_read(call, keys, write_findings);
}

/* --- lists -------------------------------------------------------------------------------------*/

/* One page of a list of ids: write is called with each. */
enum err verify_page(struct call *call, struct query *query, enum key_table table,
                     const char *owner, const char *title,
                     enum err (*write)(struct call *, struct query *, const char *id))
{
    struct hash hash;
    int64_t from = 0;
    int64_t count = PAGE_MAX;
    uint32_t total = 0;
    enum err err = call_number(call, "from", false, &from);
    if (err == OK) {
        err = call_number(call, "count", false, &count);
    }
    if (err != OK) {
        return err;
    }
    if (from < 0 || count < 1 || count > PAGE_MAX) {
        return call_fail(call, ERR_RANGE, "count", "1..200", NULL);
    }
    if (owner != NULL) {
        id_hash(&hash, KEY_ORGANISATION, owner);
    }
    const struct hash *whose = owner != NULL ? &hash : NULL;
    err = view_assurance_count(&total, query_state(query), table, whose, &call->arena);
    json_out_object(&call->data);
    json_out_field_uint(&call->data, "at", query_height(query));
    json_out_field_uint(&call->data, "total", total);
    json_out_field_array(&call->data, title);
    for (int64_t i = from; err == OK && i < total && i - from < count; i++) {
        const Seam__ListEntry *entry = NULL;
        err = view_list(&entry, query_state(query), table, whose, (uint32_t)i, &call->arena);
        if (err == OK) {
            err = write(call, query, entry->id);
        }
    }
    json_out_end(&call->data);
    json_out_end(&call->data);
    return err == OK || call->detail.err != OK ? err : call_fail(call, err, NULL, NULL, NULL);
}

static enum err entry_engagement(struct call *call, struct query *query, const char *id)
{
    const Seam__EngagementRecord *record = NULL;
    const enum err err = view_engagement(&record, query_state(query), id, &call->arena);
    if (err == OK) {
        json_out_object(&call->data);
        head(&call->data, record);
        json_out_end(&call->data);
    }
    return err;
}

static enum err write_engagements(struct call *call, struct query *query)
{
    const char *owner = NULL;
    const enum err err = call_text(call, "organisation", false, &owner);
    return err == OK
               ? verify_page(call, query, KEY_ENGAGEMENT, owner, "engagements", entry_engagement)
               : err;
}

static enum err op_list_engagements(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"organisation", "from", "count", "at", NULL};
    return verify_read(call, keys, write_engagements);
}

const struct operation verify_operations[] = {
    {"GetEngagement", op_get_engagement, NULL, false,
     "An engagement as it stands: the eight steps, findings, samples, recomputations, opinion.",
     "engagement!, at?"},
    {"ListEngagements", op_list_engagements, NULL, false,
     "Engagements, all or of one party, with how late they were accepted.",
     "organisation?, " OPERATION_PAGE},
    {"ListFindings", op_list_findings, NULL, false,
     "Findings of an engagement; what was written about them for its parties and the regulator.",
     "engagement!, at?"},
    {"GetOpinion", op_get_opinion, NULL, false,
     "An opinion, by its name or by what it speaks of, and whether it still stands.",
     "opinion?, facility?, period?, at?"},
    {"ListDependents", op_list_dependents, NULL, false,
     "What was built on an opinion: certificates, lots, obligations, surrenders, disputes, each "
     "with a flag where the opinion does not stand any more.",
     "opinion!, at?"},
    {"ListGrants", op_list_grants, NULL, false,
     "What was granted to a reader, and the log of disclosures.",
     "owner!, reader?, " OPERATION_PAGE},
    {"GetCoalSample", op_get_coal_sample, NULL, false,
     "A coal sample: taken, sealed, received, reported.", "sample!, at?"},
    {"ListCoalSamples", op_list_coal_samples, NULL, false, "Coal samples of an organisation.",
     "organisation?, " OPERATION_PAGE},
    {"RecomputeAccount", op_recompute_account, NULL, false,
     "Computes an account again from its lines, or from the verifier's own file, and gives what "
     "RecordRecomputation needs.",
     "facility!, period!, version?, file?, engagement?, at?"},
    {"ComputeCorrection", op_compute_correction, NULL, false,
     "The conservative correction of a reading or an amount.",
     "amount!, side!, calibrated?, specified_ppm?, found_ppm?, hours?, hours_missing?, measured?, "
     "default_amount?"},
    {"PrepareAuditSample", op_prepare_audit_sample, NULL, false,
     "Population, size and commitment of a sample; the answer holds what must stay secret until "
     "the draw.",
     "engagement!, subject!, facility?, items?, repeats?, reason?, at?"},
    {"DrawAuditSample", op_draw_audit_sample, NULL, false,
     "Seed block, its proof and the list of a committed sample: the request that DrawSample takes.",
     "engagement!, number!, opening!, salt!, items!, at?"},
    {"CheckAuditSample", op_check_audit_sample, NULL, false,
     "Draws a sample again from its record and its population.",
     "engagement!, number!, salt!, items!, at?"},
    {"GrantLines", op_grant_lines, NULL, false, "Lets an organisation see all lines of an account.",
     "facility!, period!, version?, reader!, reader_key?, person?, engagement?, " OPERATION_WRITE},
    {"RevealLine", op_reveal_line, NULL, false,
     "Shows one line of an account to a reader: the line sealed for its key, its leaf and path on "
     "the ledger.",
     "facility!, period!, version?, index!, reader!, reader_key?, person?, "
     "engagement?, " OPERATION_WRITE},
    {"ReadLine", op_read_line, NULL, false,
     "A line that was revealed to the caller: sealed bytes and the envelope for its key.",
     "facility!, period!, version?, index!, at?"},
    {"CheckLine", op_check_line, NULL, false, "Is this salted line one of an anchored account?",
     "facility!, period!, version?, index!, reader?, data!, at?"},
};
const size_t verify_operation_count = sizeof verify_operations / sizeof verify_operations[0];
