/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a verification: opinions and whether they stand, who may read what and who did, coal
 * samples on their way to the laboratory's report. */

#include "api/op_verify.h"

#include "ledger/assurance/assurance.h"

#include <string.h>

#define DISCLOSURES 10000

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

/* --- opinions ----------------------------------------------------------------------------------*/

static enum err subjects(struct call *call, struct query *query, const Seam__OpinionIssue *issue)
{
    struct json_out *out = &call->data;
    json_out_field_array(out, "subjects");
    for (size_t i = 0; i < issue->n_subjects; i++) {
        const Seam__OpinionSubject *subject = issue->subjects[i];
        struct assurance_standing standing;
        const enum err err =
            assurance_standing(&standing, query_state(query), subject->facility, subject->period, 0,
                               query_time(query), &call->arena);
        if (err != OK) {
            return call_fail(call, err, NULL, NULL, NULL);
        }
        json_out_object(out);
        json_out_message_fields(out, &subject->base, &call->api->fields);
        json_out_field_object(out, "now");
        json_out_field_uint(out, "version", standing.version);
        json_out_field_text(out, "status", assurance_grade_text(standing.grade));
        json_out_field_int(out, "value_in_force_g", grams_value(standing.in_force.net));
        json_out_field_text(out, "opinion", standing.opinion);
        json_out_field_bool(out, "opinion_withdrawn", standing.opinion_withdrawn);
        json_out_field_text(out, "restates", standing.restates);
        json_out_end(out);
        json_out_end(out);
    }
    json_out_end(out);
    return OK;
}

static const char *opinion_state_text(const Seam__OpinionRecord *record)
{
    const enum opinion_state state = record->withdrawn_height == 0    ? OPINION_IN_FORCE
                                     : record->replaced_by[0] != '\0' ? OPINION_REPLACED
                                                                      : OPINION_WITHDRAWN;
    return sm_name(&opinion_machine, (uint8_t)state);
}

/* By name, or the last one on a period. */
static enum err find_opinion(struct call *call, struct query *query,
                             const Seam__OpinionRecord **out)
{
    const char *id = NULL;
    const char *facility = NULL;
    const char *period = NULL;
    const Seam__OpinionHead *head = NULL;
    enum err err = call_text(call, "opinion", false, &id);
    if (err == OK) {
        err = call_text(call, "facility", id == NULL, &facility);
    }
    if (err == OK) {
        err = call_text(call, "period", id == NULL, &period);
    }
    if (err != OK) {
        return err;
    }
    if (id == NULL) {
        err = view_opinion_head(&head, query_state(query), facility, period, &call->arena);
        if (err == OK && head->opinion[0] == '\0') {
            err = ERR_ABSENT;
        }
        if (err != OK) {
            return call_fail(call, err, "period", NULL, "no opinion speaks of it");
        }
        id = head->opinion;
    }
    err = view_opinion(out, query_state(query), id, &call->arena);
    return err == OK ? OK : call_fail(call, err, "opinion", NULL, NULL);
}

static enum err write_opinion(struct call *call, struct query *query)
{
    struct json_out *out = &call->data;
    const Seam__OpinionRecord *record = NULL;
    enum err err = find_opinion(call, query, &record);
    if (err != OK) {
        return err;
    }
    const Seam__OpinionIssue *issue = record->issue;
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_text(out, "opinion", issue->opinion);
    json_out_field_text(out, "state", opinion_state_text(record));
    json_out_field_text(out, "type", issue->type);
    json_out_field_text(out, "engagement", issue->engagement);
    json_out_field_text(out, "verifier", record->verifier);
    json_out_field_text(out, "client", record->client);
    json_out_field_time(out, "issued", record->time_ms);
    json_out_field_uint(out, "height", record->height);
    json_out_field_uint(out, "late_days", record->days_late);
    json_out_field_hex(out, "transaction", data(record->tx_id));
    json_out_field_text(out, "report_number", record->report_number);
    json_out_field_hex(out, "report_hash", data(issue->report_hash));
    json_out_field_uint(out, "uncertainty_bp", issue->uncertainty_bp);
    json_out_field_text(out, "deviation_reason", issue->deviation_reason);
    json_out_field_text(out, "replaces", issue->replaces);
    json_out_field_text(out, "replaced_by", record->replaced_by);
    json_out_field_array(out, "open_findings");
    for (size_t i = 0; i < issue->n_open_findings; i++) {
        json_out_uint(out, issue->open_findings[i]);
    }
    json_out_end(out);
    json_out_field_array(out, "samples_repeated");
    for (size_t i = 0; i < record->n_samples_repeated; i++) {
        json_out_uint(out, record->samples_repeated[i]);
    }
    json_out_end(out);
    json_out_field_text(out, "no_sample_reason", record->no_sample_reason);
    if (record->withdrawn_height > 0) {
        json_out_field_object(out, "withdrawn");
        json_out_field_text(out, "by", record->withdrawn_by);
        json_out_field_text(out, "cause", record->cause);
        json_out_field_text(out, "reason", record->reason);
        json_out_field_uint(out, "height", record->withdrawn_height);
        json_out_field_time(out, "time", record->withdrawn_ms);
        json_out_end(out);
    }
    err = subjects(call, query, issue);
    json_out_end(out);
    return err;
}

enum err op_get_opinion(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"opinion", "facility", "period", "at", NULL};
    return verify_read(call, keys, write_opinion);
}

/* --- grants and disclosures --------------------------------------------------------------------*/

static enum err disclosures(struct call *call, struct query *query, const Seam__GrantRecord *grant,
                            const struct hash *evidence)
{
    struct json_out *out = &call->data;
    json_out_field_array(out, "disclosures");
    for (uint32_t i = 1; i <= grant->disclosures && i <= DISCLOSURES; i++) {
        const Seam__DisclosureRecord *record = NULL;
        const enum err err = view_disclosure(&record, query_state(query), grant->owner, evidence,
                                             grant->reader, i, &call->arena);
        if (err != OK) {
            return err;
        }
        json_out_object(out);
        json_out_field_text(out, "outcome", record->outcome);
        json_out_field_text(out, "by", record->by);
        json_out_field_time(out, "time", record->time_ms);
        json_out_field_hex(out, "found_hash", data(record->found_hash));
        json_out_field_uint(out, "finding", record->finding);
        json_out_field_hex(out, "transaction", data(record->tx_id));
        json_out_end(out);
    }
    json_out_end(out);
    return OK;
}

/* A reader's list names hashes only; the caller names the owner. */
static enum err entry_grant(struct call *call, struct query *query, const char *id)
{
    struct json_out *out = &call->data;
    const Seam__GrantRecord *grant = NULL;
    const char *owner = json_node_text(json_node_get(call->root, "owner"));
    const char *reader = json_node_text(json_node_get(call->root, "reader"));
    struct hash evidence;
    if (!hex_decode(evidence.bytes, HASH_SIZE, bytes_text(id))) {
        return ERR_CORRUPT;
    }
    enum err err = view_grant(&grant, query_state(query), owner, &evidence,
                              reader != NULL ? reader : call->caller->organisation, &call->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    json_out_object(out);
    json_out_field_hash(out, "evidence", &evidence);
    json_out_field_text(out, "owner", grant->owner);
    json_out_field_text(out, "reader", grant->reader);
    json_out_field_text(out, "state", grant->revoked_height == 0 ? "IN_FORCE" : "REVOKED");
    json_out_field_hex(out, "reader_key", data(grant->reader_key));
    json_out_field_hex(out, "envelope_hash", data(grant->envelope_hash));
    json_out_field_text(out, "engagement", grant->engagement);
    json_out_field_time(out, "granted", grant->granted_ms);
    if (grant->revoked_height > 0) {
        json_out_field_time(out, "revoked", grant->revoked_ms);
        json_out_field_text(out, "revoke_reason", grant->revoke_reason);
    }
    err = disclosures(call, query, grant, &evidence);
    json_out_end(out);
    return err;
}

static enum err write_grants(struct call *call, struct query *query)
{
    const char *owner = NULL;
    const char *reader = NULL;
    enum err err = call_text(call, "owner", true, &owner);
    if (err == OK) {
        err = call_text(call, "reader", false, &reader);
    }
    return err == OK ? verify_page(call, query, KEY_GRANT,
                                   reader != NULL ? reader : call->caller->organisation, "grants",
                                   entry_grant)
                     : err;
}

enum err op_list_grants(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"owner", "reader", "from", "count", "at", NULL};
    return verify_read(call, keys, write_grants);
}

/* --- coal samples ------------------------------------------------------------------------------*/

static enum err entry_sample(struct call *call, struct query *query, const char *id)
{
    struct json_out *out = &call->data;
    const Seam__CoalSampleRecord *record = NULL;
    const enum err err = view_coal_sample(&record, query_state(query), id, &call->arena);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_field_text(out, "sample", id);
    json_out_field_text(out, "state", sm_name(&custody_machine, (uint8_t)record->state));
    json_out_field_text(out, "owner", record->owner);
    json_out_key(out, "taken");
    json_out_message(out, &record->take->base, &call->api->fields);
    json_out_field_time(out, "taken_block", record->taken_ms);
    json_out_field_text(out, "seal", record->seal);
    if (record->sealed_ms > 0) {
        json_out_field_time(out, "sealed", record->sealed_at_ms);
    }
    json_out_field_text(out, "laboratory", record->laboratory);
    json_out_field_text(out, "seal_found", record->seal_found);
    if (record->received_ms > 0) {
        json_out_field_time(out, "received", record->received_at_ms);
    }
    if (record->report != NULL) {
        json_out_key(out, "report");
        json_out_message(out, &record->report->base, &call->api->fields);
        json_out_field_time(out, "reported_block", record->reported_ms);
    }
    json_out_field_uint(out, "reports", record->reports);
    json_out_field_text(out, "reason", record->reason);
    json_out_end(out);
    return OK;
}

static enum err write_sample(struct call *call, struct query *query)
{
    const char *id = NULL;
    enum err err = call_text(call, "sample", true, &id);
    if (err == OK) {
        err = entry_sample(call, query, id);
        err = err == OK ? OK : call_fail(call, err, "sample", NULL, NULL);
    }
    return err;
}

enum err op_get_coal_sample(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"sample", "at", NULL};
    return verify_read(call, keys, write_sample);
}

static enum err write_samples(struct call *call, struct query *query)
{
    const char *owner = NULL;
    const enum err err = call_text(call, "organisation", false, &owner);
    return err == OK ? verify_page(call, query, KEY_COAL_SAMPLE,
                                   owner != NULL ? owner : call->caller->organisation, "samples",
                                   entry_sample)
                     : err;
}

enum err op_list_coal_samples(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"organisation", "from", "count", "at", NULL};
    return verify_read(call, keys, write_samples);
}
