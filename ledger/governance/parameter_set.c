/* SPDX-License-Identifier: Apache-2.0 */
/* Parameter sets are immutable and named by the hash of their bytes. Adopting one whose values have
 * no source must name these values one by one (decision D46). */

#include "ledger/governance/registry.h"

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/account.pb-c.h"

static enum judgement set_decode(Seam__ParameterSet **out, struct rule_context *context,
                                 struct bytes bytes, struct err_detail *detail)
{
    ProtobufCMessage *message = NULL;
    const enum err err = message_unpack(&message, &seam__parameter_set__descriptor, bytes,
                                        GOVERNANCE_SET_BYTES, context->arena, detail);
    if (err != OK) {
        return registry_refuse(detail, view_judgement(err, JUDGE_NEVER), err, "parameter_set", NULL,
                               NULL);
    }
    *out = (Seam__ParameterSet *)message;
    return JUDGE_OK;
}

/* What governance relies on: a name, a version, an edition and values that can be found. What the
 * formulas need is asked when an account uses the set. */
static enum judgement set_valid(const Seam__ParameterSet *set, struct err_detail *detail)
{
    struct period period;
    if (!id_code_valid(set->id)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "parameter_set.id", NULL, NULL);
    }
    if (set->version == 0) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "parameter_set.version", "1..",
                               NULL);
    }
    if (set->edition[0] == '\0') {
        return registry_refuse(detail, JUDGE_NEVER, ERR_MISSING, "parameter_set.edition", NULL,
                               "the edition of the formulas the set was made for");
    }
    if ((set->valid_from[0] != '\0' && period_parse(&period, bytes_text(set->valid_from)) != OK) ||
        (set->valid_to[0] != '\0' && period_parse(&period, bytes_text(set->valid_to)) != OK)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "parameter_set.valid_from",
                               "YYYY-MM or YYYY", NULL);
    }
    for (size_t i = 0; i < set->n_values; i++) {
        if (i > 0 && strcmp(set->values[i - 1]->key, set->values[i]->key) >= 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_NOT_CANONICAL, "parameter_set.values",
                                   NULL, "values ascending by key, each once");
        }
        if (set->values[i]->grade[0] == '\0') {
            return registry_refuse(detail, JUDGE_NEVER, ERR_MISSING, "parameter_set.values", NULL,
                                   "every value shows its grade");
        }
    }
    return JUDGE_OK;
}

/* Versions of one id are dense: 1, 2, 3. */
static enum judgement set_follows(struct rule_context *context, const Seam__ParameterSet *set,
                                  struct err_detail *detail)
{
    struct state_key key = state_key_named(KEY_PARAMETER_SET, set->id);
    state_key_u32(&key, set->version);
    const enum judgement judgement =
        registry_new(context, state_key_bytes(&key), "parameter_set.version", detail);
    if (judgement != JUDGE_OK || set->version == 1) {
        return judgement;
    }
    struct state_key before = state_key_named(KEY_PARAMETER_SET, set->id);
    state_key_u32(&before, set->version - 1);
    bool exists = false;
    const enum err err = view_exists(&exists, context->state, state_key_bytes(&before));
    if (err != OK) {
        return registry_world(detail, err);
    }
    if (!exists) {
        return registry_refuse(detail, JUDGE_NOT_YET, ERR_GAP, "parameter_set.version", NULL,
                               "the version before it is missing");
    }
    return JUDGE_OK;
}

static enum err set_put(struct rule_context *context, const Seam__ParameterSet *set,
                        const struct hash *hash, ProtobufCBinaryData bytes)
{
    struct hash copy = *hash;
    Seam__ParameterSetRecord record = SEAM__PARAMETER_SET_RECORD__INIT;
    record.id = set->id;
    record.version = set->version;
    record.hash = (ProtobufCBinaryData){.len = sizeof copy.bytes, .data = copy.bytes};
    record.parameter_set = bytes;
    record.publisher = (char *)context->organisation_id;
    record.height = context->height;
    record.time_ms = context->time_ms;
    struct state_key key = state_key_named(KEY_PARAMETER_SET, set->id);
    state_key_u32(&key, set->version);
    enum err err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    if (err != OK) {
        return err;
    }
    Seam__ParameterSetName name = SEAM__PARAMETER_SET_NAME__INIT;
    name.id = set->id;
    name.version = set->version;
    struct state_key by_hash = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&by_hash, hash);
    err = view_put(context->state, state_key_bytes(&by_hash), &name.base, context->arena);
    if (err != OK) {
        return err;
    }
    return registry_list_all(context, KEY_PARAMETER_SET, set->id, set->version);
}

enum judgement parameter_set_publish(struct rule_context *context, const ProtobufCMessage *payload,
                                     const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ParameterSetPublish *in = (const Seam__ParameterSetPublish *)payload;
    const struct bytes bytes = bytes_of(in->parameter_set.data, in->parameter_set.len);
    Seam__ParameterSet *set = NULL;
    enum judgement judgement = set_decode(&set, context, bytes, detail);
    if (judgement == JUDGE_OK) {
        judgement = set_valid(set, detail);
    }
    if (judgement == JUDGE_OK) {
        judgement = set_follows(context, set, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct hash hash;
    hash_tagged(&hash, TAG_SET, bytes);
    return registry_world(detail, set_put(context, set, &hash, in->parameter_set));
}

void parameter_set_publish_links(struct rule_context *context, const ProtobufCMessage *payload,
                                 struct bytes *creates, struct bytes *needs)
{
    const Seam__ParameterSetPublish *in = (const Seam__ParameterSetPublish *)payload;
    const struct bytes bytes = bytes_of(in->parameter_set.data, in->parameter_set.len);
    Seam__ParameterSet *set = NULL;
    if (set_decode(&set, context, bytes, NULL) != JUDGE_OK) {
        return;
    }
    struct hash hash;
    hash_tagged(&hash, TAG_SET, bytes);
    struct state_key key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &hash);
    *creates = registry_link(context, &key);
    (void)needs;
}

/* --- adoption -------------------------------------------------------------------------------- */

/* However the grade is spelt: a capital letter must not hide that a value has no source. */
static bool grade_is(const char *grade, const char *name)
{
    size_t i = 0;
    for (; name[i] != '\0'; i++) {
        const char c = grade[i] >= 'A' && grade[i] <= 'Z' ? (char)(grade[i] - 'A' + 'a') : grade[i];
        if (c != name[i]) {
            return false;
        }
    }
    return grade[i] == '\0';
}

static bool unsourced(const Seam__ParameterValue *value)
{
    return grade_is(value->grade, "memory") || grade_is(value->grade, "choice");
}

/* Both lists ascend, so one walk compares them. */
static enum judgement unsourced_named(const Seam__ParameterSet *set,
                                      const Seam__ParameterSetAdopt *in, struct err_detail *detail)
{
    size_t named = 0;
    for (size_t i = 0; i < set->n_values; i++) {
        if (!unsourced(set->values[i])) {
            continue;
        }
        if (named == in->n_unsourced || strcmp(in->unsourced[named], set->values[i]->key) != 0) {
            return registry_refuse(detail, JUDGE_NEVER, ERR_SET, "unsourced", set->values[i]->key,
                                   "a value without a source must be named to be adopted (D46)");
        }
        named++;
    }
    if (named != in->n_unsourced) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_PARAM, "unsourced", NULL,
                               in->unsourced[named]);
    }
    return JUDGE_OK;
}

static enum judgement adoption_periods(const Seam__ParameterSetAdopt *in, struct err_detail *detail)
{
    struct period from;
    struct period to;
    if (period_parse(&from, bytes_text(in->from_period)) != OK) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "from_period",
                               "YYYY-MM, YYYY or YYYY-Qn", NULL);
    }
    if (in->to_period[0] == '\0') {
        return JUDGE_OK;
    }
    if (period_parse(&to, bytes_text(in->to_period)) != OK) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "to_period",
                               "YYYY-MM, YYYY or YYYY-Qn", NULL);
    }
    if (date_to_days(period_next_first_day(to)) <= date_to_days(period_first_day(from))) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_RANGE, "to_period", NULL,
                               "not before from_period");
    }
    return JUDGE_OK;
}

/* Adoptions of a scheme are found from the newest back, so that nobody chooses which one counts. */
static enum err adoption_head_put(struct rule_context *context, Seam__AdoptionRecord *record)
{
    const Seam__AdoptionHead *head = NULL;
    Seam__AdoptionHead next = SEAM__ADOPTION_HEAD__INIT;
    const enum err err = view_adoption_head(&head, context->state, record->scheme, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    if (err == OK) {
        record->previous = head->set_hash;
    }
    next.set_hash = record->set_hash;
    const struct state_key key = state_key_named(KEY_ADOPTION_HEAD, record->scheme);
    return view_put(context->state, state_key_bytes(&key), &next.base, context->arena);
}

static enum judgement adoption_put(struct rule_context *context, const Seam__ParameterSet *set,
                                   const Seam__ParameterSetAdopt *in, const struct hash *hash,
                                   struct err_detail *detail)
{
    struct state_key key = state_key_named(KEY_ADOPTION, in->scheme);
    state_key_hash(&key, hash);
    const enum judgement judgement =
        registry_new(context, state_key_bytes(&key), "set_hash", detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__AdoptionRecord record = SEAM__ADOPTION_RECORD__INIT;
    record.scheme = in->scheme;
    record.set_hash = in->set_hash;
    record.id = set->id;
    record.version = set->version;
    record.from_period = in->from_period;
    record.to_period = in->to_period;
    record.n_unsourced = in->n_unsourced;
    record.unsourced = in->unsourced;
    record.adopter = (char *)context->organisation_id;
    record.height = context->height;
    enum err err = adoption_head_put(context, &record);
    if (err == OK) {
        err = view_put(context->state, state_key_bytes(&key), &record.base, context->arena);
    }
    if (err == OK) {
        err = registry_list_all(context, KEY_ADOPTION, in->scheme, set->version);
    }
    return registry_world(detail, err);
}

enum judgement parameter_set_adopt(struct rule_context *context, const ProtobufCMessage *payload,
                                   const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__ParameterSetAdopt *in = (const Seam__ParameterSetAdopt *)payload;
    struct hash hash;
    if (!id_text_valid(in->scheme)) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_TYPE, "scheme", NULL, NULL);
    }
    if (in->set_hash.len != sizeof hash.bytes) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_LENGTH, "set_hash", "32 bytes", NULL);
    }
    memcpy(hash.bytes, in->set_hash.data, sizeof hash.bytes);
    enum judgement judgement = adoption_periods(in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const Seam__ParameterSetRecord *record = NULL;
    const enum err err = view_parameter_set(&record, context->state, &hash, context->arena);
    if (err != OK) {
        return registry_missing(detail, err, "set_hash", "no parameter set with this hash");
    }
    Seam__ParameterSet *set = NULL;
    judgement = set_decode(&set, context,
                           bytes_of(record->parameter_set.data, record->parameter_set.len), detail);
    if (judgement != JUDGE_OK) {
        return JUDGE_UNABLE; /* it was checked when it was published */
    }
    if (set->cross_check) {
        return registry_refuse(detail, JUDGE_NEVER, ERR_SET, "set_hash", NULL,
                               "a cross-check set cannot be adopted for accounts (D46)");
    }
    judgement = unsourced_named(set, in, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    return adoption_put(context, set, in, &hash, detail);
}

void parameter_set_adopt_links(struct rule_context *context, const ProtobufCMessage *payload,
                               struct bytes *creates, struct bytes *needs)
{
    const Seam__ParameterSetAdopt *in = (const Seam__ParameterSetAdopt *)payload;
    struct hash hash = {0};
    memcpy(hash.bytes, in->set_hash.data,
           in->set_hash.len < sizeof hash.bytes ? in->set_hash.len : sizeof hash.bytes);
    struct state_key key = state_key_named(KEY_ADOPTION, in->scheme);
    state_key_hash(&key, &hash);
    *creates = registry_link(context, &key);
    struct state_key set = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&set, &hash);
    *needs = registry_link(context, &set);
}
