/* SPDX-License-Identifier: Apache-2.0 */
/* An observation is independent: whoever answers for the facility, or belongs to the same group,
 * cannot add one. A wrong one is withdrawn by whoever made it; both stay visible. */

#include "ledger/assurance/observation.h"

#include <string.h>

#include "ledger/assurance/dispute.h"
#include "ledger/assurance/dispute_rules.h"
#include "ledger/assurance/kinship.h"
#include "ledger/assurance/record.h"
#include "ledger/assurance/refusal.h"
#include "ledger/base/period.h"
#include "ledger/base/qty.h"
#include "ledger/base/ratio.h"

/* Months, quarters and years of one facility stand side by side. */
static bool head_key(struct state_key *out, const char *facility, const char *period)
{
    struct period parsed;
    if (period_parse(&parsed, bytes_text(period)) != OK) {
        return false;
    }
    *out = state_key_of(KEY_OBSERVATION_HEAD);
    state_key_id(out, KEY_FACILITY, facility);
    state_key_u32(out, (uint32_t)parsed.cadence << 24 | parsed.number);
    return true;
}

enum err view_observation(const Seam__ObservationRecord **out, struct overlay *state,
                          const char *observation, struct arena *arena)
{
    const struct state_key key = record_key(KEY_OBSERVATION, observation);
    ProtobufCMessage *message = NULL;
    const enum err err =
        record_get(&message, &seam__observation_record__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (const Seam__ObservationRecord *)message;
    }
    return err;
}

enum err view_observations(const Seam__ObservationHead **out, struct overlay *state,
                           const char *facility, const char *period, struct arena *arena)
{
    struct state_key key;
    ProtobufCMessage *message = NULL;
    if (!head_key(&key, facility, period)) {
        return ERR_TYPE;
    }
    const enum err err =
        record_get(&message, &seam__observation_head__descriptor, state, &key, arena);
    if (err == OK) {
        *out = (const Seam__ObservationHead *)message;
    }
    return err;
}

/* --- adding -----------------------------------------------------------------------------------*/

/* Tonnes as typed, in grams, exactly. */
static enum err grams_typed(int64_t *out, const char *text)
{
    struct dec dec;
    struct grams grams;
    enum err err = dec_parse(&dec, bytes_text(text));
    if (err != OK) {
        return err;
    }
    if (dec.m < 0 || dec.s > 6) {
        return dec.m < 0 ? ERR_NEG : ERR_DEC;
    }
    const struct ratio tonnes = ratio_of_dec(dec);
    err = grams_round(&grams, &tonnes);
    if (err == OK) {
        *out = grams_value(grams);
    }
    return err;
}

static enum judgement read_amounts(Seam__ObservationRecord *record, const Seam__ObservationAdd *in,
                                   struct err_detail *detail)
{
    const struct {
        const char *field;
        const char *text;
        int64_t *out;
    } amounts[] = {{"value", in->value, &record->value_g},
                   {"low", in->low, &record->low_g},
                   {"high", in->high, &record->high_g}};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        const enum err err = grams_typed(amounts[i].out, amounts[i].text);
        if (err != OK) {
            return refusal_never(detail, (struct refusal){err, amounts[i].field, "B9", NULL,
                                                          "tonnes, at most 6 decimals"});
        }
    }
    if (record->low_g > record->value_g) {
        return refusal_never(
            detail, (struct refusal){ERR_RANGE, "low", "B9", in->value, "not above the value"});
    }
    if (record->high_g < record->value_g || record->high_g == record->low_g) {
        return refusal_never(detail, (struct refusal){ERR_RANGE, "high", "B9", in->value,
                                                      "not below the value, and an interval"});
    }
    return JUDGE_OK;
}

static enum judgement check_independent(struct rule_context *context, const char *facility,
                                        struct err_detail *detail)
{
    const Seam__FacilityRecord *record = NULL;
    enum err err = view_facility(&record, context->state, facility, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "facility", facility);
    }
    bool kin = false;
    err = kinship_same(&kin, context->state, context->organisation_id, record->organisation,
                       context->arena);
    if (err != OK && err != ERR_RANGE) {
        return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    if (kin || err == ERR_RANGE) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "facility", "B9", NULL,
                                                      "an observation comes from somebody else"});
    }
    return JUDGE_OK;
}

/* Nobody uses up the room of the others: a regulator's estimate always finds a place. */
static enum judgement room_left(struct rule_context *context, const Seam__ObservationHead *head,
                                struct err_detail *detail)
{
    const bool regulator = (context->roles & ROLE_REGULATOR) != 0;
    const size_t most = regulator ? OBSERVATIONS_MAX : OBSERVATIONS_OTHERS;
    size_t own = 0;
    for (size_t i = 0; !regulator && i < head->n_observations; i++) {
        const Seam__ObservationRecord *record = NULL;
        const enum err err =
            view_observation(&record, context->state, head->observations[i], context->arena);
        if (err != OK) {
            return refusal_of_world(detail, err == ERR_ABSENT ? ERR_CORRUPT : err);
        }
        own += record_same(record->organisation, context->organisation_id) ? 1 : 0;
    }
    if (head->n_observations >= most || own >= OBSERVATIONS_OWN) {
        return refusal_never(detail, (struct refusal){ERR_RANGE, "period", "B9",
                                                      own >= OBSERVATIONS_OWN ? "8" : "64",
                                                      "observations of one period"});
    }
    return JUDGE_OK;
}

static enum judgement add_to_head(struct rule_context *context, const Seam__ObservationAdd *in,
                                  struct err_detail *detail)
{
    struct state_key key;
    const Seam__ObservationHead *old = NULL;
    Seam__ObservationHead head = SEAM__OBSERVATION_HEAD__INIT;
    char *list[OBSERVATIONS_MAX];
    if (!head_key(&key, in->facility, in->period)) {
        return refusal_never(
            detail, (struct refusal){ERR_TYPE, "period", "D30", "YYYY-MM, YYYY-Qn, YYYY", NULL});
    }
    enum err err =
        view_observations(&old, context->state, in->facility, in->period, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return refusal_of_world(detail, err);
    }
    const size_t count = err == OK ? old->n_observations : 0;
    const enum judgement judgement = err == OK ? room_left(context, old, detail) : JUDGE_OK;
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    for (size_t i = 0; i < count; i++) {
        list[i] = old->observations[i];
    }
    list[count] = in->observation;
    head.observations = list;
    head.n_observations = count + 1;
    return refusal_of_world(detail, record_put(context, &key, &head.base));
}

enum judgement observation_add(struct rule_context *context, const ProtobufCMessage *payload,
                               const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ObservationAdd *in = (const Seam__ObservationAdd *)payload;
    Seam__ObservationRecord record = SEAM__OBSERVATION_RECORD__INIT;
    const struct state_key key = record_key(KEY_OBSERVATION, in->observation);
    bool exists = false;
    enum judgement judgement =
        refusal_of_world(detail, view_exists(&exists, context->state, state_key_bytes(&key)));
    if (judgement == JUDGE_OK && exists) {
        return refusal_never(detail, (struct refusal){ERR_CONFLICT, "observation", "D5", NULL,
                                                      "an observation of this id is there"});
    }
    if (judgement == JUDGE_OK && in->document_hash.len != 0 && in->document_hash.len != HASH_SIZE) {
        return refusal_never(detail,
                             (struct refusal){ERR_LENGTH, "document_hash", "B9", "32 bytes", NULL});
    }
    if (judgement == JUDGE_OK) {
        judgement = read_amounts(&record, in, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = check_independent(context, in->facility, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = add_to_head(context, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    record.observation = (Seam__ObservationAdd *)(uintptr_t)in;
    record.organisation = (char *)(uintptr_t)context->organisation_id;
    record.tx_id = record_data(&context->tx_id);
    record.height = context->height;
    record.time_ms = context->time_ms;
    return refusal_of_world(detail, record_add(context, &key, &record.base));
}

void observation_add_links(struct rule_context *context, const ProtobufCMessage *payload,
                           struct bytes *creates, struct bytes *needs)
{
    const Seam__ObservationAdd *in = (const Seam__ObservationAdd *)payload;
    const struct state_key key = record_key(KEY_OBSERVATION, in->observation);
    const struct state_key facility = state_key_named(KEY_FACILITY, in->facility);
    *creates = record_link(context, &key);
    *needs = record_link(context, &facility);
}

/* --- withdrawing ------------------------------------------------------------------------------*/

enum judgement observation_withdraw(struct rule_context *context, const ProtobufCMessage *payload,
                                    const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ObservationWithdraw *in = (const Seam__ObservationWithdraw *)payload;
    const Seam__ObservationRecord *found = NULL;
    enum err err = view_observation(&found, context->state, in->observation, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "observation", in->observation);
    }
    if (!record_same(found->organisation, context->organisation_id)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "observation", "3.3",
                                                      found->organisation, "whoever added it"});
    }
    if (found->withdrawn[0] != '\0') {
        return refusal_never(detail, (struct refusal){ERR_DUPLICATE, "observation", "3.3", NULL,
                                                      "withdrawn before"});
    }
    if (in->replaced_by[0] != '\0') {
        const Seam__ObservationRecord *other = NULL;
        err = view_observation(&other, context->state, in->replaced_by, context->arena);
        if (err != OK) {
            return refusal_of_view(detail, err, "replaced_by", in->replaced_by);
        }
        if (other == found || record_same(in->replaced_by, in->observation)) {
            return refusal_never(detail, (struct refusal){ERR_CONFLICT, "replaced_by", "3.3", NULL,
                                                          "another observation"});
        }
    }
    Seam__ObservationRecord record = *found;
    record.withdrawn = in->reason;
    record.replaced_by = in->replaced_by;
    record.withdrawn_tx = record_data(&context->tx_id);
    record.withdrawn_ms = context->time_ms;
    const struct state_key key = record_key(KEY_OBSERVATION, in->observation);
    return refusal_of_world(detail, record_put(context, &key, &record.base));
}
