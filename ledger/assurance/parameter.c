/* SPDX-License-Identifier: Apache-2.0 */
/* Values ascend by key, which governance asked for when the set was published, so a key is found by
 * halving. */
#include "ledger/assurance/parameter.h"

#include "ledger/base/dec.h"

#include <string.h>

#define SET_BYTES (64 * 1024)
#define VALUE_MAX 1000000000

static bool hash_of(struct hash *out, ProtobufCBinaryData data)
{
    if (data.len != HASH_SIZE) {
        return false;
    }
    memcpy(out->bytes, data.data, HASH_SIZE);
    return true;
}

enum judgement parameter_read(struct parameters *out, struct rule_context *context,
                              ProtobufCBinaryData set_hash, struct err_detail *detail)
{
    struct hash hash;
    const Seam__ParameterSetRecord *record = NULL;
    ProtobufCMessage *message = NULL;
    if (!hash_of(&hash, set_hash)) {
        return refusal_never(
            detail, (struct refusal){ERR_LENGTH, "parameter_set_hash", "D7", "32 bytes", NULL});
    }
    enum err err = view_parameter_set(&record, context->state, &hash, context->arena);
    if (err == ERR_ABSENT) {
        return refusal_not_yet(detail, (struct refusal){ERR_SET, "parameter_set_hash", "D7", NULL,
                                                        "not published on this chain"});
    }
    if (err == OK) {
        err = message_unpack(&message, &seam__parameter_set__descriptor,
                             bytes_of(record->parameter_set.data, record->parameter_set.len),
                             SET_BYTES, context->arena, NULL);
        if (err != OK && err != ERR_MEMORY) {
            err = ERR_CORRUPT;
        }
    }
    if (err != OK) {
        return refusal_of_world(detail, err);
    }
    out->set = (const Seam__ParameterSet *)message;
    return JUDGE_OK;
}

enum judgement parameter_adopted(struct rule_context *context, ProtobufCBinaryData set_hash,
                                 const char *scheme, const char *period, struct err_detail *detail)
{
    struct hash hash;
    const Seam__AdoptionRecord *adoption = NULL;
    if (!hash_of(&hash, set_hash)) {
        return refusal_never(
            detail, (struct refusal){ERR_LENGTH, "parameter_set_hash", "D7", "32 bytes", NULL});
    }
    const enum err err = view_adoption(&adoption, context->state, scheme, &hash, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return refusal_of_world(detail, err);
    }
    if (err == ERR_ABSENT || !view_adoption_covers(adoption, period)) {
        return refusal_not_yet(detail,
                               (struct refusal){ERR_SET, "parameter_set_hash", "D46", scheme,
                                                "not adopted by the scheme for this period"});
    }
    return JUDGE_OK;
}

static const char *value_of(const struct parameters *in, const char *key)
{
    size_t low = 0;
    size_t high = in->set->n_values;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(in->set->values[middle]->key, key);
        if (order == 0) {
            return in->set->values[middle]->value;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

bool parameter_integer(uint32_t *out, const struct parameters *in, const char *key,
                       uint8_t decimals)
{
    const char *text = value_of(in, key);
    struct dec dec;
    if (text == NULL || dec_parse(&dec, bytes_text(text)) != OK || dec.s > decimals || dec.m < 0 ||
        dec.m > VALUE_MAX) {
        return false;
    }
    const uint64_t value = (uint64_t)dec.m * dec_power((unsigned)(decimals - dec.s));
    if (value > VALUE_MAX) {
        return false;
    }
    *out = (uint32_t)value;
    return true;
}

enum judgement parameter_need(uint32_t *out, const struct parameters *in, const char *key,
                              uint8_t decimals, struct err_detail *detail)
{
    if (parameter_integer(out, in, key, decimals)) {
        return JUDGE_OK;
    }
    return refusal_never(detail, (struct refusal){ERR_PARAM, "parameter_set_hash", "D42", key,
                                                  "the rule set has no such value"});
}
