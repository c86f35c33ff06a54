/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is computed here but the place of a decimal point. */

#include "api/lot_show.h"

#include "ledger/base/dec.h"

#include <stdio.h>
#include <string.h>

static void field_decimal(struct json_out *out, const char *key, int64_t value, uint8_t decimals)
{
    char text[DEC_TEXT_SIZE];
    dec_text(text, dec_of(value, decimals));
    json_out_field_text(out, key, text);
}

static void field_text(struct json_out *out, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        json_out_field_text(out, key, text);
    }
}

static void field_hash(struct json_out *out, const char *key, ProtobufCBinaryData hash)
{
    if (hash.len > 0) {
        json_out_field_hex(out, key, bytes_of(hash.data, hash.len));
    }
}

void lot_show_tonnes(struct json_out *out, const char *key, int64_t kg)
{
    field_decimal(out, key, kg, 3);
}

void lot_show_ppm(struct json_out *out, const char *key, uint32_t ppm)
{
    field_decimal(out, key, ppm, 6);
}

void lot_show_share(struct json_out *out, const char *key, uint64_t share)
{
    char text[40];
    snprintf(text, sizeof text, "%llu.%012llu", (unsigned long long)(share / LOT_SHARE_WHOLE),
             (unsigned long long)(share % LOT_SHARE_WHOLE));
    size_t size = strlen(text);
    for (; size > 0 && text[size - 1] == '0'; size--) {
        text[size - 1] = '\0';
    }
    if (size > 0 && text[size - 1] == '.') {
        text[size - 1] = '\0';
    }
    json_out_field_text(out, key, text);
}

const char *lot_show_state(uint32_t state)
{
    static const char *const names[] = {"IN_STOCK", "LOADED", "IN_TRANSIT",
                                        "ARRIVED",  "CLOSED", "VOID"};
    return state < sizeof names / sizeof names[0] ? names[state] : "?";
}

const char *lot_show_type(uint32_t type)
{
    static const char *const names[] = {
        "PRODUCT", "MINE",  "WASH",   "BLEND", "SPLIT", "LOAD",      "UNLOAD", "DEPART",
        "ARRIVE",  "OFFER", "ANSWER", "USE",   "LOSS",  "STOCKTAKE", "ERROR",  "STOCKTAKE_CONFIRM"};
    const uint32_t index = type - PRODUCT_REGISTER_TYPE;
    return index < sizeof names / sizeof names[0] ? names[index] : "?";
}

/* Moisture of the mass as received, ash and carbon of the dry mass, ncv in GJ/t as received. */
static void show_quality(struct json_out *out, uint32_t moisture_e4, uint32_t ash_e4,
                         uint32_t ncv_mj_t)
{
    field_decimal(out, "moisture", moisture_e4, 4);
    field_decimal(out, "ash", ash_e4, 4);
    field_decimal(out, "ncv", ncv_mj_t, 3);
}

static void show_amounts(struct json_out *out, const Seam__LotRecord *lot)
{
    json_out_field_object(out, "amounts");
    lot_show_tonnes(out, "created", lot->created_kg);
    lot_show_tonnes(out, "gained", lot->gained_kg);
    lot_show_tonnes(out, "returned", lot->returned_kg);
    lot_show_tonnes(out, "consumed", lot->consumed_kg);
    lot_show_tonnes(out, "used", lot->used_kg);
    lot_show_tonnes(out, "lost", lot->lost_kg);
    lot_show_tonnes(out, "voided", lot->voided_kg);
    lot_show_tonnes(out, "carried_gain", lot->carried_gain_kg); /* of what is there */
    json_out_end(out);
}

void lot_show_record(struct json_out *out, const Seam__LotRecord *lot, uint64_t time_ms)
{
    json_out_field_text(out, "lot", lot->lot);
    json_out_field_text(out, "gtin", lot->gtin);
    json_out_field_text(out, "product", lot->product);
    json_out_field_text(out, "owner", lot->owner);
    json_out_field_text(out, "custodian", lot->custodian);
    json_out_field_text(out, "place", lot->place);
    json_out_field_text(out, "state", lot_show_state(lot->state));
    lot_show_tonnes(out, "qty", lot->qty_kg);
    show_amounts(out, lot);
    show_quality(out, lot->moisture_e4, lot->ash_e4, lot->ncv_mj_t);
    if (lot->has_carbon) {
        field_decimal(out, "carbon", lot->carbon_e4, 4);
    }
    json_out_field_text(out, "model", model_name(lot->model));
    if (lot->claim[0] != '\0') {
        json_out_field_text(out, "claim", lot->claim);
        lot_show_tonnes(out, "claim_qty", lot->claim_kg);
    }
    json_out_field_array(out, "origins");
    for (size_t i = 0; i < lot->n_origins; i++) {
        json_out_object(out);
        json_out_field_text(out, "facility", lot->origins[i]->facility);
        json_out_field_text(out, "organisation", lot->origins[i]->organisation);
        lot_show_ppm(out, "share", lot->origins[i]->share_ppm);
        json_out_end(out);
    }
    json_out_end(out);
    field_text(out, "facility", lot->facility);
    field_text(out, "stage", lot->stage);
    field_text(out, "month", lot->month);
    field_hash(out, "created_event", lot->created_event);
    json_out_field_time(out, "created_time", lot->created_time_ms);
    json_out_field_time(out, "moved_time", lot->moved_time_ms);
    field_text(out, "sscc", lot->sscc);
    const bool offered = lot_offered(lot, time_ms);
    json_out_field_bool(out, "offered", offered);
    if (offered) {
        field_hash(out, "offer", lot->offer);
        json_out_field_time(out, "offer_expires", lot->offer_expires_ms);
    }
    json_out_field_uint(out, "findings", lot->findings);
}

static void show_parts(struct json_out *out, const char *key, Seam__LotEventPart *const *parts,
                       size_t count)
{
    if (count == 0) {
        return;
    }
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        const Seam__LotEventPart *part = parts[i];
        json_out_object(out);
        field_text(out, "lot", part->lot);
        lot_show_tonnes(out, "qty", part->qty_kg);
        lot_show_ppm(out, "share", part->share_ppm);
        show_quality(out, part->moisture_e4, part->ash_e4, part->ncv_mj_t);
        if (part->has_carbon) {
            field_decimal(out, "carbon", part->carbon_e4, 4);
        }
        if (part->lot[0] != '\0') {
            lot_show_tonnes(out, "after", part->after_kg);
        }
        json_out_end(out);
    }
    json_out_end(out);
}

/* in = out + loss + difference of each of them, in t. */
static void show_line(struct json_out *out, const char *key, const int64_t values[4],
                      uint8_t decimals)
{
    static const char *const names[] = {"in", "out", "loss", "difference"};
    json_out_field_object(out, key);
    for (size_t i = 0; i < 4; i++) {
        field_decimal(out, names[i], values[i], decimals);
    }
    json_out_end(out);
}

static void show_balance(struct json_out *out, const Seam__LotBalance *b)
{
    const int64_t mass[] = {b->in_kg, b->out_kg, b->loss_kg, b->difference_kg};
    const int64_t dry[] = {b->in_dry_dg, b->out_dry_dg, b->loss_dry_dg, b->difference_dry_dg};
    const int64_t ash[] = {b->in_ash_10ug, b->out_ash_10ug, b->loss_ash_10ug,
                           b->difference_ash_10ug};
    const int64_t carbon[] = {b->in_carbon_10ug, b->out_carbon_10ug, b->loss_carbon_10ug,
                              b->difference_carbon_10ug};
    json_out_field_object(out, "balance");
    show_line(out, "mass_t", mass, 3);
    show_line(out, "dry_kg", dry, 4);
    show_line(out, "ash_kg", ash, 8);
    if (b->has_carbon) {
        show_line(out, "carbon_kg", carbon, 8);
    }
    if (b->has_energy) {
        const int64_t energy[] = {b->in_energy_mj, b->out_energy_mj, b->loss_energy_mj,
                                  b->difference_energy_mj};
        show_line(out, "energy_gj", energy, 3);
    }
    if (b->has_yield) {
        field_decimal(out, "yield", b->yield_actual_e4, 4);
        field_decimal(out, "yield_expected", b->yield_expected_e4, 4);
    }
    json_out_end(out);
}

static void show_findings(struct json_out *out, const Seam__LotEventRecord *event)
{
    json_out_field_array(out, "findings");
    for (size_t i = 0; i < event->n_findings; i++) {
        json_out_message(out, &event->findings[i]->base, NULL);
    }
    json_out_end(out);
}

static void show_hashes(struct json_out *out, const char *key, const ProtobufCBinaryData *hashes,
                        size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_hex(out, bytes_of(hashes[i].data, hashes[i].len));
    }
    json_out_end(out);
}

static void show_error(struct json_out *out, const Seam__LotErrorMark *error)
{
    json_out_field_object(out, "error");
    field_hash(out, "declared_by", error->declared_by);
    json_out_field_text(out, "reason", error->reason);
    json_out_field_bool(out, "undone", error->undone);
    field_text(out, "note", error->note);
    json_out_field_time(out, "time", error->time_ms);
    show_hashes(out, "corrective_events", error->corrective_events, error->n_corrective_events);
    json_out_end(out);
}

static void show_details(struct json_out *out, const Seam__LotEventRecord *event)
{
    field_text(out, "facility", event->facility);
    field_text(out, "stage", event->stage);
    field_text(out, "month", event->month);
    field_text(out, "face", event->face);
    field_text(out, "sscc", event->sscc);
    field_text(out, "to", event->to);
    field_text(out, "mode", event->mode);
    if (event->distance_hm != 0) {
        field_decimal(out, "distance_km", event->distance_hm, 1);
    }
    field_text(out, "vehicle", event->vehicle);
    field_text(out, "fuel", event->fuel);
    field_text(out, "factor_key", event->factor_key);
    field_text(out, "use", event->use);
    field_text(out, "cause", event->cause);
    field_text(out, "reason", event->reason);
    field_hash(out, "offer", event->offer);
    field_text(out, "what", event->what);
    field_text(out, "answer", event->answer);
    field_hash(out, "price_hash", event->price_hash);
    field_hash(out, "depart_event", event->depart_event);
    field_text(out, "water", event->water);
}

void lot_show_event(struct json_out *out, const Seam__LotEventRecord *event)
{
    field_hash(out, "event", event->event_id);
    json_out_field_text(out, "type", lot_show_type(event->type));
    json_out_field_text(out, "organisation", event->organisation);
    field_text(out, "place", event->place);
    json_out_field_time(out, "event_time", event->event_time_ms);
    json_out_field_time(out, "time", event->time_ms);
    json_out_field_uint(out, "height", event->height);
    show_hashes(out, "signers", event->persons, event->n_persons);
    field_hash(out, "parameter_set_hash", event->parameter_set_hash);
    if (event->n_other_rules > 0) {
        show_hashes(out, "other_rules", event->other_rules, event->n_other_rules);
    }
    show_hashes(out, "documents", event->documents, event->n_documents);
    json_out_field_array(out, "devices");
    for (size_t i = 0; i < event->n_devices; i++) {
        json_out_text(out, event->devices[i]);
    }
    json_out_end(out);
    field_text(out, "note", event->note);
    field_hash(out, "corrects", event->corrects);
    show_parts(out, "inputs", event->inputs, event->n_inputs);
    show_parts(out, "outputs", event->outputs, event->n_outputs);
    show_parts(out, "losses", event->losses, event->n_losses);
    if (event->balance != NULL) {
        show_balance(out, event->balance);
    }
    show_findings(out, event);
    if (event->error != NULL) {
        show_error(out, event->error);
    }
    show_details(out, event);
}

static void show_source(struct json_out *out, const struct lot_source *source)
{
    const struct lot_pool *pool = source->now;
    json_out_object(out);
    json_out_field_text(out, "facility", pool->facility);
    json_out_field_text(out, "stage", pool->stage);
    json_out_field_text(out, "month", pool->month);
    field_text(out, "product", pool->product);
    field_text(out, "period", pool->period);
    json_out_field_uint(out, "version", pool->version);
    json_out_field_uint(out, "version_newest", pool->version_newest);
    field_text(out, "factor_period", pool->factor_period);
    json_out_field_text(out, "grade", lot_grade_name(pool->grade));
    field_text(out, "opinion", pool->opinion);
    field_text(out, "dispute", pool->dispute);
    if (pool->version > 0) {
        json_out_field_uint(out, "height", pool->height);
        json_out_field_hash(out, "transaction", &pool->tx_id);
        json_out_field_hash(out, "account_hash", &pool->account_hash);
    }
    json_out_field_bool(out, "exact", pool->exact);
    json_out_field_int(out, "factor_g_per_t", pool->factor_g_per_t);
    json_out_field_int(out, "grams", pool->grams);
    json_out_field_int(out, "attributed_g", source->now_g);
    json_out_field_int(out, "not_in_lots_g", pool->not_in_lots_g);
    if (pool->average_g_per_t != 0) {
        json_out_field_int(out, "average_g_per_t", pool->average_g_per_t);
    }
    if (pool->parked != NULL) { /* W_SHARE: that product takes far more a tonne than the average */
        json_out_field_text(out, "parked_in", pool->parked);
    }
    if (pool->excess_kg != 0) {
        lot_show_tonnes(out, "excess", pool->excess_kg);
        json_out_field_int(out, "excess_g", pool->excess_g);
    }
    lot_show_ppm(out, "primary", pool->primary_ppm);
    if (source->before != NULL) {
        json_out_field_object(out, "before");
        json_out_field_uint(out, "version", source->before->version);
        json_out_field_hash(out, "account_hash", &source->before->account_hash);
        json_out_field_int(out, "attributed_g", source->before_g);
        json_out_end(out);
    }
    json_out_end(out);
}

static void show_sources(struct json_out *out, const struct lot_footprint *footprint)
{
    json_out_field_array(out, "accounts");
    for (size_t i = 0; i < footprint->source_count; i++) {
        show_source(out, &footprint->sources[i]);
    }
    json_out_end(out);
}

/* Without an account there is no figure, which is not the same as none of it. */
static void show_figure(struct json_out *out, const char *key, bool known, int64_t figure)
{
    json_out_key(out, key);
    if (known) {
        json_out_int(out, figure);
    } else {
        json_out_null(out);
    }
}

void lot_show_footprint(struct json_out *out, const struct lot_footprint *footprint)
{
    json_out_field_uint(out, "at", footprint->height);
    json_out_field_time(out, "as_of", footprint->time_ms);
    const bool known = footprint->grade != LOT_GRADE_NONE;
    show_figure(out, "g_per_t", known, footprint->g_per_t);
    json_out_field_object(out, "stages_g_per_t");
    for (int i = 0; i < LOT_STAGE_COUNT; i++) {
        show_figure(out, lot_stage_name((enum lot_stage)i), known, footprint->stage_g_per_t[i]);
    }
    json_out_end(out);
    json_out_field_int(out, "now_g", lot_grams_total(&footprint->now));
    lot_show_tonnes(out, "now", footprint->now_kg);
    json_out_field_int(out, "made_g", lot_grams_total(&footprint->made));
    lot_show_tonnes(out, "made", footprint->made_kg);
    json_out_field_text(out, "grade", lot_grade_name(footprint->grade));
    json_out_field_object(out, "grades");
    for (int i = 0; i < LOT_GRADE_COUNT; i++) {
        if (footprint->grade_ppm[i] > 0) {
            lot_show_ppm(out, lot_grade_name((enum lot_grade)i), footprint->grade_ppm[i]);
        }
    }
    json_out_end(out);
    lot_show_ppm(out, "primary", footprint->primary_ppm);
    json_out_field_bool(out, "exact", footprint->exact);
    json_out_field_bool(out, "corrected", footprint->corrected);
    if (footprint->corrected) {
        json_out_field_int(out, "before_g_per_t", footprint->before_g_per_t);
        json_out_field_int(out, "before_g", lot_grams_total(&footprint->before));
    }
    show_sources(out, footprint);
}
