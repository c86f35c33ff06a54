/* SPDX-License-Identifier: Apache-2.0 */
/* A scheme is data: whoever sets it says what it covers, what may be surrendered, and when
 * [decision D43]. The record holds the newest version; older ones are in the history of the state.
 */

#include <stdio.h>
#include <string.h>

#include "ledger/base/period.h"
#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

/* Two days in order, or both empty. */
static enum judgement days_valid(const char *from, const char *to, size_t year, const char *name,
                                 struct err_detail *detail)
{
    struct date first;
    struct date last;
    char field[64];
    if (from[0] == '\0' && to[0] == '\0') {
        return JUDGE_OK;
    }
    (void)snprintf(field, sizeof field, "years[%zu].%s", year, name);
    if (date_parse(&first, bytes_text(from)) != OK || date_parse(&last, bytes_text(to)) != OK ||
        date_to_days(first) > date_to_days(last)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "D43", field,
                           "YYYY-MM-DD, first <= last", NULL);
    }
    return JUDGE_OK;
}

static enum judgement years_valid(const Seam__SchemeSet *in, struct err_detail *detail)
{
    for (size_t i = 0; i < in->n_years; i++) {
        const Seam__SchemeYear *year = in->years[i];
        if (i > 0 && in->years[i - 1]->year >= year->year) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "D43", "years", NULL,
                               "years ascend");
        }
        enum judgement judgement = days_valid(year->surrender_from, year->surrender_deadline, i,
                                              "surrender_deadline", detail);
        if (judgement == JUDGE_OK) {
            judgement = days_valid(year->carry_from, year->carry_to, i, "carry_to", detail);
        }
        if (judgement == JUDGE_OK) {
            judgement = days_valid(year->sold_from, year->sold_to, i, "sold_to", detail);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static enum judgement assets_valid(struct rule_context *context, const Seam__SchemeSet *in,
                                   struct err_detail *detail)
{
    for (size_t i = 0; i < in->n_assets; i++) {
        const Seam__AssetRecord *asset = NULL;
        if (i > 0 && strcmp(in->assets[i - 1], in->assets[i]) >= 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "D43", "assets", NULL,
                               "assets ascend");
        }
        const enum err err = registry_asset(&asset, context->state, in->assets[i], context->arena);
        if (err != OK) {
            return unit_missing(detail, err, "assets", in->assets[i]);
        }
    }
    return JUDGE_OK;
}

/* Each venue once; who publishes keeps the market and has no part in it (holding_open.c refuses
 * such an organisation an account to trade with) [F9]. */
static enum judgement venues_valid(struct rule_context *context, const Seam__SchemeSet *in,
                                   struct err_detail *detail)
{
    for (size_t i = 0; i < in->n_venues; i++) {
        char field[64];
        const Seam__OrganisationRecord *publisher = NULL;
        (void)snprintf(field, sizeof field, "venues[%zu]", i);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(in->venues[k]->venue, in->venues[i]->venue) == 0) {
                return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "D43", field, NULL,
                                   "this venue stands above");
            }
        }
        const enum err err = view_organisation(&publisher, context->state,
                                               in->venues[i]->organisation, context->arena);
        if (err != OK) {
            return unit_missing(detail, err, field, in->venues[i]->organisation);
        }
        if ((publisher->roles & (ROLE_REGULATOR | ROLE_REGISTRAR | ROLE_SETTLEMENT)) == 0) {
            return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", field, NULL,
                               "a regulator, registrar or settlement organisation publishes");
        }
    }
    return JUDGE_OK;
}

/* The version follows, and the same regulator sets it. */
static enum judgement follows(struct rule_context *context, const Seam__SchemeSet *in, bool *is_new,
                              struct err_detail *detail)
{
    const Seam__SchemeRecord *old = NULL;
    const enum err err = registry_scheme(&old, context->state, in->scheme, context->arena);
    if (err != OK && err != ERR_ABSENT) {
        return unit_world(detail, err);
    }
    *is_new = err == ERR_ABSENT;
    const uint32_t next = *is_new ? 1 : old->scheme->version + 1;
    if (in->version != next) {
        char limit[16];
        (void)snprintf(limit, sizeof limit, "%u", next);
        return in->version > next
                   ? unit_refuse(detail, JUDGE_NOT_YET, ERR_GAP, "D43", "version", limit, NULL)
                   : unit_refuse(detail, JUDGE_NEVER, ERR_SUPERSEDED, "D43", "version", limit,
                                 NULL);
    }
    if (!*is_new && strcmp(old->organisation, context->organisation_id) != 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ROLE, "D43", "scheme", old->organisation,
                           "another regulator set this scheme");
    }
    return JUDGE_OK;
}

static enum judgement scheme_valid(struct rule_context *context, const Seam__SchemeSet *in,
                                   struct err_detail *detail)
{
    const Seam__JurisdictionRecord *place = NULL;
    if (!id_text_valid(in->scheme)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "scheme", NULL, NULL);
    }
    if (in->carry_ratio_num > 0 && in->carry_ratio_den == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_RANGE, "V20", "carry_ratio_den", "1 or more",
                           NULL);
    }
    if (in->n_gases == 2 && strcmp(in->gases[0], in->gases[1]) == 0) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TWICE, "D43", "gases", NULL, NULL);
    }
    const enum err err =
        view_jurisdiction(&place, context->state, in->jurisdiction, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "jurisdiction", in->jurisdiction);
    }
    enum judgement judgement = years_valid(in, detail);
    if (judgement == JUDGE_OK) {
        judgement = assets_valid(context, in, detail);
    }
    return judgement == JUDGE_OK ? venues_valid(context, in, detail) : judgement;
}

enum judgement scheme_set(struct rule_context *context, const ProtobufCMessage *payload,
                          const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__SchemeSet *in = (const Seam__SchemeSet *)payload;
    bool is_new = false;
    enum judgement judgement = follows(context, in, &is_new, detail);
    if (judgement == JUDGE_OK) {
        judgement = scheme_valid(context, in, detail);
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const struct state_key key = state_key_named(KEY_SCHEME, in->scheme);
    if (is_new) {
        judgement = unit_new(context, &key, "scheme", detail);
        if (judgement == JUDGE_OK) {
            judgement = unit_world(detail, unit_list(context, KEY_SCHEME, in->scheme));
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    Seam__SchemeRecord record = SEAM__SCHEME_RECORD__INIT;
    record.scheme = (Seam__SchemeSet *)in;
    record.organisation = (char *)context->organisation_id;
    record.height = context->height;
    record.time_ms = context->time_ms;
    return unit_put(context, &key, &record.base, detail);
}

void scheme_set_links(struct rule_context *context, const ProtobufCMessage *payload,
                      struct bytes *creates, struct bytes *needs)
{
    const Seam__SchemeSet *in = (const Seam__SchemeSet *)payload;
    const struct state_key key = state_key_named(KEY_SCHEME, in->scheme);
    *creates = unit_link(context, &key);
    if (in->n_assets > 0) {
        const struct state_key asset = state_key_named(KEY_ASSET, in->assets[in->n_assets - 1]);
        *needs = unit_link(context, &asset);
    }
}
