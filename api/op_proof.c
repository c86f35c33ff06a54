/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs out, and certificates checked: the same check as anybody makes without us. */

#include "api/operations.h"

#include "api/sight.h"
#include "ledger/assurance/view.h"
#include "ledger/chain/certificate.h"
#include "ledger/query/certificate.h"

/* A state with blocks behind it. */
static enum err open_chain(struct call *call, struct query **query)
{
    const enum err err = call_query(call, query);
    if (err == OK && query_view(*query) == NULL) {
        query_close(*query);
        return call_fail(call, ERR_ABSENT, NULL, NULL, "this node has no chain to prove from");
    }
    return err;
}

/* The certificate file as a text: its bytes are what a check compares. Standing (may be NULL): on
 * whose word the value stands at the moment, and whether an opinion on it was withdrawn. */
static enum err write_certificate(struct call *call, struct bytes proof,
                                  const struct assurance_standing *standing)
{
    struct bytes text;
    const enum err err =
        document_write(&text, &certificate_form, proof, &call->arena, &call->detail);
    if (err != OK) {
        return err;
    }
    json_out_object(&call->data);
    json_out_key(&call->data, "certificate");
    json_out_text_bytes(&call->data, text);
    if (standing != NULL) {
        json_out_field_text(&call->data, "grade", assurance_grade_text(standing->grade));
        json_out_field_bool(&call->data, "superseded", standing->superseded);
        json_out_field_int(&call->data, "value_in_force_g", grams_value(standing->in_force.net));
        json_out_field_text(&call->data, "opinion", standing->opinion);
        json_out_field_bool(&call->data, "opinion_withdrawn", standing->opinion_withdrawn);
        json_out_field_text(&call->data, "restates", standing->restates);
        json_out_field_text(&call->data, "dispute", standing->dispute);
    }
    json_out_end(&call->data);
    return OK;
}

enum err op_get_proof(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"transaction", NULL};
    struct certificate_request request = {.all_lines = false};
    bool given = false;
    struct query *query = NULL;
    struct bytes proof;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_hash(call, "transaction", true, &request.tx_id, &given);
    }
    if (err == OK) {
        err = open_chain(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = certificate_build(&proof, query, &request, &call->arena, &call->detail);
    query_close(query);
    return err == OK ? write_certificate(call, proof, NULL) : err;
}

/* Decision D3: the owner, its group, its regulator, and verifiers with a grant on these lines. */
static enum err lines_allowed(struct call *call, struct query *query, const char *facility,
                              const char *period, uint32_t version)
{
    const Seam__FacilityRecord *record = NULL;
    const Seam__AccountHead *head = NULL;
    const Seam__AccountRecord *account = NULL;
    const Seam__Account *body = NULL;
    bool allowed = false;
    enum err err = view_facility(&record, query_state(query), facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = query_account(&head, query, facility, period, &call->arena);
    if (err == OK) {
        err = query_account_version(&account, query, facility, period,
                                    version != 0 ? version : head->version, &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&body, account, &call->arena);
    }
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    err = sight_account(call, query, record, body, &allowed);
    return err != OK || allowed ? err
                                : call_fail(call, ERR_ROLE, "lines", NULL,
                                            "lines are for the owner, its group, its regulator, "
                                            "and verifiers with a grant");
}

/* Whether the caller asks for lines and may have them. */
static enum err want_lines(struct call *call, const char *facility, const char *period,
                           uint32_t version, bool *lines)
{
    struct query *query = NULL;
    *lines = false;
    const struct json_node *node = json_node_get(call->root, "lines");
    if (node != NULL && !json_node_bool(node, lines)) {
        return call_fail(call, ERR_TYPE, "lines", "true or false", NULL);
    }
    if (!*lines) {
        return OK;
    }
    enum err err = call_query(call, &query);
    if (err != OK) {
        return err;
    }
    err = lines_allowed(call, query, facility, period, version);
    query_close(query);
    return err;
}

enum err op_get_certificate(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "version", "lines", NULL};
    const char *facility = NULL;
    const char *period = NULL;
    int64_t version = 0;
    bool lines = false;
    struct query *query = NULL;
    struct bytes proof;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &facility);
    }
    if (err == OK) {
        err = call_text(call, "period", true, &period);
    }
    if (err == OK) {
        err = call_number(call, "version", false, &version);
    }
    if (err == OK && version > UINT32_MAX) {
        err = call_fail(call, ERR_RANGE, "version", NULL, NULL);
    }
    if (err == OK) {
        err = want_lines(call, facility, period, (uint32_t)version, &lines);
    }
    if (err == OK) {
        err = open_chain(call, &query);
    }
    if (err != OK) {
        return err;
    }
    struct assurance_standing standing;
    err = certificate_account(&proof, query, facility, period, (uint32_t)version, lines,
                              &call->arena, &call->detail);
    if (err == OK) {
        err = assurance_standing(&standing, query_state(query), facility, period, (uint32_t)version,
                                 query_time(query), &call->arena);
    }
    query_close(query);
    return err == OK ? write_certificate(call, proof, &standing) : err;
}

static void write_verdict(struct json_out *out, const struct proof_result *result)
{
    json_out_object(out);
    json_out_field_bool(out, "valid", result->failure == PROOF_OK);
    json_out_field_text(out, "failure", proof_failure_name(result->failure));
    json_out_field_text(out, "sentence", proof_failure_sentence(result->failure));
    if (result->failure == PROOF_OK) {
        json_out_field_uint(out, "as_of_height", result->anchor.height);
        json_out_field_time(out, "as_of_time", result->anchor.time_ms);
        json_out_field_uint(out, "height", result->subject.height);
        json_out_field_hash(out, "transaction", &result->tx_id);
        json_out_field_text(out, "status",
                            result->status == PROOF_STATUS_CURRENT      ? "CURRENT"
                            : result->status == PROOF_STATUS_SUPERSEDED ? "SUPERSEDED"
                                                                        : "NONE");
        if (result->account != NULL) {
            json_out_field_text(out, "facility", result->account->facility);
            json_out_field_text(out, "period", result->account->period);
            json_out_field_int(out, "net_g", result->account->net_g);
        }
    }
    json_out_end(out);
}

enum err op_verify_certificate(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"certificate", NULL};
    const char *text = NULL;
    struct bytes proof;
    struct proof_result result;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "certificate", true, &text);
    }
    if (err == OK) {
        err =
            document_read(&proof, &certificate_form, bytes_text(text), &call->arena, &call->detail);
    }
    if (err != OK) {
        return err;
    }
    (void)proof_verify(&result, call->api->node->genesis, proof, &call->arena);
    write_verdict(&call->data, &result);
    return OK;
}
