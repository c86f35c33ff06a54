/* SPDX-License-Identifier: Apache-2.0 */
/* Why reported and verified amounts differ. The reported lines are those that the account carried;
 * the verified ones come in the verifier's calculation file, which must be the one whose hash the
 * recomputation recorded, where there is one. */

#include "api/op_dispute.h"

#include "api/sight.h"
#include "ledger/accounting/account.h"
#include "ledger/crypto/hash.h"
#include "ledger/query/gap.h"

#include <string.h>

struct explain {
    const char *facility;
    const char *period;
    int64_t version;
    const Seam__CalculationFile *verified;
    struct hash text_hash; /* of the file's text */
    struct hash message_hash; /* of its canonical bytes */
    bool text;

    const Seam__AccountRecord *record;
    const Seam__Account *account;
    const Seam__CalculationFile *reported;
    struct set set;
    struct assurance_standing standing;
    const char *recompute; /* MATCHED, NONE */
};

static void sha256(struct hash *out, struct bytes in)
{
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, in);
    hash_end(&hasher, out);
}

/* --- who may ask ------------------------------------------------------------------------------ */

/* Those who may see the lines, and the verifier of the engagement. */
static enum err check_sight(struct call *call, struct query *query, const struct explain *in)
{
    const Seam__FacilityRecord *facility = NULL;
    const Seam__EngagementRecord *engagement = NULL;
    bool allowed = false;
    enum err err = view_facility(&facility, query_state(query), in->facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = sight_lines(call, query, facility, &allowed);
    if (err == OK && !allowed && in->standing.engagement[0] != '\0' &&
        view_engagement(&engagement, query_state(query), in->standing.engagement, &call->arena) ==
            OK) {
        allowed = strcmp(engagement->verifier, call->caller->organisation) == 0;
    }
    return err != OK || allowed
               ? err
               : call_fail(call, ERR_ROLE, "facility", NULL,
                           "lines are for the owner, its group, its regulator and its verifier");
}

/* --- both sides ------------------------------------------------------------------------------- */

static enum err read_account(struct call *call, struct query *query, struct explain *in)
{
    struct overlay *state = query_state(query);
    enum err err = assurance_standing(&in->standing, state, in->facility, in->period,
                                      (uint32_t)in->version, query_time(query), &call->arena);
    if (err == OK) {
        err = view_account_version(&in->record, state, in->facility, in->period,
                                   in->standing.version, &call->arena);
    }
    if (err == OK) {
        err = view_account_body(&in->account, in->record, &call->arena);
    }
    return err == OK ? OK : call_fail(call, err, "period", NULL, NULL);
}

static enum err read_set(struct call *call, struct query *query, struct explain *in)
{
    const Seam__ParameterSetRecord *record = NULL;
    struct hash hash;
    if (in->account->parameter_set_hash.len != HASH_SIZE) {
        return call_fail(call, ERR_ABSENT, "period", NULL, "this account has no lines");
    }
    memcpy(hash.bytes, in->account->parameter_set_hash.data, HASH_SIZE);
    const enum err err = view_parameter_set(&record, query_state(query), &hash, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    return set_stored(&in->set, bytes_of(record->parameter_set.data, record->parameter_set.len),
                      &call->arena, &call->detail);
}

static enum err read_reported(struct call *call, struct query *query, struct explain *in)
{
    struct hash id;
    struct query_tx tx;
    ProtobufCMessage *message = NULL;
    if (in->record->tx_id.len != HASH_SIZE) {
        return call_fail(call, ERR_CORRUPT, NULL, NULL, NULL);
    }
    memcpy(id.bytes, in->record->tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, query, &id, &call->arena);
    if (err == OK) {
        err = message_unpack(&message, &seam__account_lines__descriptor,
                             bytes_of(tx.message->detached.data, tx.message->detached.len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    if (err != OK) {
        return call_fail(call, err, "period", NULL, "the lines are not on this node");
    }
    return account_file(&in->reported, in->account, (const Seam__AccountLines *)message, &in->set,
                        &call->arena, &call->detail);
}

/* The file as an object, or the text of it: only a text has the hash that its author took. */
static enum err read_verified(struct call *call, struct explain *in)
{
    const struct json_node *node = json_node_get(call->root, "file");
    const char *text = NULL;
    struct bytes packed;
    enum err err = call_text(call, "file_text", node == NULL, &text);
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    if (err != OK) {
        return err;
    }
    if (node == NULL) {
        in->text = true;
        sha256(&in->text_hash, bytes_text(text));
        err = calc_file_read(&in->verified, bytes_text(text), &call->arena, &call->errors);
    } else {
        err = calc_file_read_node(&in->verified, node, NULL, &call->arena, &call->errors);
    }
    if (err == OK) {
        err = message_pack(&packed, &in->verified->base, &call->arena);
    }
    if (err == OK) {
        sha256(&in->message_hash, packed);
    }
    return err;
}

/* Is it the file that was recomputed from? */
static enum err check_recompute(struct call *call, struct query *query, struct explain *in)
{
    const Seam__RecomputeRecord *record = NULL;
    char limit[2 * HASH_SIZE + 1];
    in->recompute = "NONE";
    if (in->standing.engagement[0] == '\0') {
        return OK;
    }
    const enum err err = view_recompute(&record, query_state(query), in->standing.engagement,
                                        in->facility, in->period, &call->arena);
    if (err == ERR_ABSENT || (err == OK && record->version != in->standing.version)) {
        return OK;
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    const struct bytes inputs = bytes_of(record->inputs_hash.data, record->inputs_hash.len);
    if ((in->text && bytes_equal(inputs, hash_bytes(&in->text_hash))) ||
        bytes_equal(inputs, hash_bytes(&in->message_hash))) {
        in->recompute = "MATCHED";
        return OK;
    }
    if (inputs.size != HASH_SIZE) {
        return OK;
    }
    hex_encode(limit, inputs);
    return call_fail(call, ERR_TOTAL, "file", limit,
                     "not the file from which the verifier computed the account again");
}

/* --- the answer ------------------------------------------------------------------------------- */

static void write_parts(struct json_out *out, const struct grams part[GAP_CAUSES])
{
    json_out_field_object(out, "parts");
    for (enum gap_cause cause = GAP_ACTIVITY; cause < GAP_CAUSES; cause++) {
        json_out_field_int(out, gap_cause_name(cause), grams_value(part[cause]));
    }
    json_out_end(out);
}

static const char *method_name(enum split_method method)
{
    switch (method) {
    case SPLIT_NONE:
        return "NONE";
    case SPLIT_LOG_MEAN:
        return "LOG_MEAN";
    case SPLIT_SHAPLEY:
        return "SHAPLEY";
    default:
        return "";
    }
}

static void write_explained(struct call *call, const struct explain *in,
                            const struct gap_explained *explained)
{
    struct json_out *out = &call->data;
    const int64_t reported = grams_value(explained->reported);
    const int64_t verified = grams_value(explained->verified);
    json_out_object(out);
    json_out_field_text(out, "facility", in->facility);
    json_out_field_text(out, "period", in->period);
    json_out_field_uint(out, "version", in->standing.version);
    json_out_field_text(out, "recompute", in->recompute);
    json_out_field_int(out, "reported_g", reported);
    json_out_field_int(out, "verified_g", verified);
    json_out_field_int(out, "difference_g", verified - reported);
    write_parts(out, explained->part);
    json_out_field_array(out, "causes");
    for (size_t i = 0; i < explained->count; i++) {
        const struct gap_line *line = &explained->lines[i];
        json_out_object(out);
        json_out_field_text(out, "code", line->code);
        json_out_field_text(out, "source", line->source);
        json_out_field_text(out, "detail", line->detail);
        json_out_field_bool(out, "sink", line->sink);
        json_out_field_int(out, "reported_g", grams_value(line->reported));
        json_out_field_int(out, "verified_g", grams_value(line->verified));
        json_out_field_text(out, "method", method_name(line->method));
        write_parts(out, line->part);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static enum err answer_explain(struct call *call, struct query *query, void *context)
{
    struct explain *in = context;
    struct gap_explained explained;
    enum err err = read_account(call, query, in);
    if (err == OK) {
        err = check_sight(call, query, in);
    }
    if (err == OK) {
        err = read_verified(call, in);
    }
    if (err == OK) {
        err = check_recompute(call, query, in);
    }
    if (err == OK) {
        err = read_set(call, query, in);
    }
    if (err == OK) {
        err = read_reported(call, query, in);
    }
    if (err == OK) {
        err = gap_explain(&explained, in->reported, in->verified, &in->set, &call->arena,
                          &call->errors);
    }
    if (err == OK) {
        write_explained(call, in, &explained);
    }
    return err;
}

enum err op_explain_gap(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility",  "period", "version", "file",
                                       "file_text", "at",     NULL};
    struct explain in = {.version = 0};
    enum err err = call_text(call, "facility", true, &in.facility);
    if (err == OK) {
        err = call_text(call, "period", true, &in.period);
    }
    if (err == OK) {
        err = call_number(call, "version", false, &in.version);
    }
    if (err == OK && (in.version < 0 || in.version > 1000000)) {
        return call_fail(call, ERR_RANGE, "version", NULL, NULL);
    }
    if (err == OK && json_node_get(call->root, "file") != NULL &&
        json_node_kind(json_node_get(call->root, "file")) != JSON_KIND_OBJECT) {
        return call_fail(call, ERR_TYPE, "file", "a calculation file", "its text is file_text");
    }
    return err == OK ? dispute_run(call, keys, answer_explain, &in) : err;
}
