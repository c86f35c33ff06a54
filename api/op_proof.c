/* SPDX-License-Identifier: Apache-2.0 */
/* Proofs out, and certificates checked: the same check as anybody makes without us. */

#include "api/operations.h"

#include "api/sight.h"
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

/* The certificate file as a text: its bytes are what a check compares. */
static enum err write_certificate(struct call *call, struct bytes proof)
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
    return err == OK ? write_certificate(call, proof) : err;
}

/* Whether the caller asks for lines and may have them. */
static enum err want_lines(struct call *call, const char *facility, bool *lines)
{
    struct query *query = NULL;
    const Seam__FacilityRecord *record = NULL;
    bool allowed = false;
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
    err = view_facility(&record, query_state(query), facility, &call->arena);
    if (err == OK) {
        err = sight_lines(call, query, record, &allowed);
    } else {
        call_fail(call, err, "facility", NULL, NULL);
    }
    query_close(query);
    if (err == OK && !allowed) {
        return call_fail(call, ERR_ROLE, "lines", NULL,
                         "lines are for the owner, its group and its regulator");
    }
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
        err = want_lines(call, facility, &lines);
    }
    if (err == OK) {
        err = open_chain(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = certificate_account(&proof, query, facility, period, (uint32_t)version, lines,
                              &call->arena, &call->detail);
    query_close(query);
    return err == OK ? write_certificate(call, proof) : err;
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
