/* SPDX-License-Identifier: Apache-2.0 */
/* The lot rules an event is judged by. Which they are says the ledger, not the sender: the newest
 * that the scheme adopted for the month of the event [D7, D46]. Where coal of several schemes
 * meets, the strictest value of all their rules holds, so that nobody picks the laxest by the order
 * in which lots are named. */

#include "ledger/provenance/event.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define RULES_PREFIX "LOT-"

static enum judgement scheme_add(struct event *event, const char *scheme)
{
    size_t at = 1; /* the first stays: its rules are named */
    if (scheme[0] == '\0') {
        return JUDGE_OK;
    }
    for (size_t i = 0; i < event->scheme_count; i++) {
        const int order = strcmp(event->schemes[i], scheme);
        if (order == 0) {
            return JUDGE_OK;
        }
        at += i > 0 && order < 0 ? 1 : 0;
    }
    if (event->scheme_count == LIMIT_LOT_SCHEMES) {
        char limit[32];
        (void)snprintf(limit, sizeof limit, "%d", LIMIT_LOT_SCHEMES);
        return event_refuse(event, JUDGE_NEVER, ERR_LENGTH, "inputs", "D46", limit,
                            "coal of too many schemes");
    }
    for (size_t i = event->scheme_count; i > at; i--) {
        event->schemes[i] = event->schemes[i - 1];
    }
    event->schemes[at] = scheme;
    event->scheme_count++;
    return JUDGE_OK;
}

static enum judgement read_schemes(struct event *event, const char *scheme)
{
    enum judgement judgement = JUDGE_OK;
    event->schemes[0] = scheme;
    event->scheme_count = 1;
    for (size_t i = 0; i < event->lot_count && judgement == JUDGE_OK; i++) {
        const Seam__LotRecord *lot = event->lots[i].lot;
        judgement = scheme_add(event, lot->scheme);
        for (size_t k = 0; k < lot->n_schemes && judgement == JUDGE_OK; k++) {
            judgement = scheme_add(event, lot->schemes[k]);
        }
    }
    return judgement;
}

void event_schemes(struct event *event, Seam__LotRecord *lot)
{
    assert(event->scheme_count > 0);
    lot->scheme = (char *)(uintptr_t)event->schemes[0];
    lot->n_schemes = event->scheme_count - 1;
    lot->schemes = (char **)(uintptr_t)(event->schemes + 1);
}

/* Why the set that the head names is not the one in force. */
static enum judgement refuse_rules(struct event *event, const char *scheme, const struct hash *hash,
                                   const Seam__AdoptionRecord *newest)
{
    struct rule_context *context = event->context;
    const Seam__AdoptionRecord *adoption = NULL;
    const enum err err = view_adoption(&adoption, context->state, scheme, hash, context->arena);
    if (err == ERR_ABSENT) {
        return event_refuse(event, JUDGE_NOT_YET, ERR_SET, "event.parameter_set_hash", "D7", scheme,
                            "not published, or not adopted by this scheme");
    }
    if (err != OK) {
        return event_world(event, err);
    }
    if (newest == NULL || !view_adoption_covers(adoption, event->month)) {
        return event_refuse(event, JUDGE_NEVER, ERR_SET, "event.parameter_set_hash", "D46",
                            adoption->from_period, "not adopted for the month of the event");
    }
    char limit[LIMIT_ID_TEXT + 16];
    (void)snprintf(limit, sizeof limit, "%.64s %u", newest->id, (unsigned)newest->version);
    return event_refuse(event, JUDGE_NEVER, ERR_SET, "event.parameter_set_hash", "D46", limit,
                        "these are in force for the month of the event; the scheme adopted them "
                        "later than those named");
}

static enum judgement read_set(struct event *event, struct set *out, const struct hash *hash)
{
    const Seam__ParameterSetRecord *record = NULL;
    enum err err = view_parameter_set(&record, event->context->state, hash, event->context->arena);
    if (err != OK) {
        return event_world(event, err == ERR_ABSENT ? ERR_CORRUPT : err);
    }
    err = set_stored(out, bytes_of(record->parameter_set.data, record->parameter_set.len),
                     event->context->arena, event->detail);
    return err == OK ? JUDGE_OK : view_judgement(err, JUDGE_NEVER);
}

static enum judgement read_named(struct event *event, const char *scheme)
{
    const Seam__AdoptionRecord *newest = NULL;
    struct hash hash;
    memcpy(hash.bytes, event->head->parameter_set_hash.data, HASH_SIZE);
    const enum err err = view_adoption_newest(&newest, event->context->state, scheme, RULES_PREFIX,
                                              event->month, event->context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return event_world(event, err);
    }
    if (newest == NULL ||
        !bytes_equal(bytes_of(newest->set_hash.data, newest->set_hash.len), hash_bytes(&hash))) {
        return refuse_rules(event, scheme, &hash, newest);
    }
    return read_set(event, &event->rules, &hash);
}

/* A scheme without rules for this month has nothing to be strict with. */
static enum judgement read_other(struct event *event, const char *scheme)
{
    const Seam__AdoptionRecord *newest = NULL;
    struct hash *hash = &event->other_hashes[event->other_count];
    const enum err err = view_adoption_newest(&newest, event->context->state, scheme, RULES_PREFIX,
                                              event->month, event->context->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? JUDGE_OK : event_world(event, err);
    }
    memcpy(hash->bytes, newest->set_hash.data, HASH_SIZE);
    const enum judgement judgement = read_set(event, &event->others[event->other_count], hash);
    if (judgement == JUDGE_OK) {
        event->other_rules[event->other_count] = event_data(hash);
        event->other_count++;
        event->record.other_rules = event->other_rules;
        event->record.n_other_rules = event->other_count;
    }
    return judgement;
}

enum judgement event_rules(struct event *event, const char *scheme)
{
    enum judgement judgement = read_named(event, scheme);
    event->other_count = 0;
    if (judgement == JUDGE_OK) {
        judgement = read_schemes(event, scheme);
    }
    for (size_t i = 1; i < event->scheme_count && judgement == JUDGE_OK; i++) {
        judgement = read_other(event, event->schemes[i]);
    }
    return judgement == JUDGE_OK ? event_age(event) : judgement;
}

/* --- values ---------------------------------------------------------------------------------- */

/* Tolerances and days are strict when small, least values when large. Factors and constants are
 * those of the rules that the event names. */
static int strict_by(const char *key)
{
    const size_t size = strlen(key);
    if (strncmp(key, "transport.", 10) == 0 || strcmp(key, "energy.water") == 0) {
        return 0;
    }
    return size > 6 && strcmp(key + size - 6, "_least") == 0 ? 1 : -1;
}

enum judgement event_value(struct event *event, struct dec *out, const char *key)
{
    assert(event->rules.message != NULL);
    const Seam__ParameterValue *value = set_value(&event->rules, key);
    const int strict = strict_by(key);
    if (value == NULL || set_dec(value).m < 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_PARAM, "event.parameter_set_hash", "D41", key,
                            "the lot rules have no such value");
    }
    struct dec best = set_dec(value);
    for (size_t i = 0; i < event->other_count && strict != 0; i++) {
        const Seam__ParameterValue *other = set_value(&event->others[i], key);
        if (other == NULL || set_dec(other).m < 0) {
            continue;
        }
        const struct dec there = set_dec(other);
        best = dec_compare(there, best) * strict > 0 ? there : best;
    }
    *out = best;
    return JUDGE_OK;
}
