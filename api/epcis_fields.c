/* SPDX-License-Identifier: Apache-2.0 */
/* Values are texts: decimals of the ledger are exact, and nobody's parser rounds a text. */

#include "api/epcis_fields.h"

#include "ledger/base/dec.h"
#include "ledger/provenance/identifier.h"

static void field_decimal(struct json_out *out, const char *key, int64_t value, uint8_t decimals)
{
    char text[DEC_TEXT_SIZE];
    dec_text(text, dec_of(value, decimals));
    json_out_field_text(out, key, text);
}

static void field_text(struct json_out *out, const char *key, const char *text)
{
    if (text[0] != '\0') {
        json_out_field_text(out, key, text);
    }
}

/* Moisture of the mass as received, ash and carbon of the dry mass, ncv in GJ/t as received. */
static void write_quality(struct json_out *out, const Seam__LotEventPart *part)
{
    field_decimal(out, "seam:moisture", part->moisture_e4, 4);
    field_decimal(out, "seam:ash", part->ash_e4, 4);
    field_decimal(out, "seam:ncv", part->ncv_mj_t, 3);
    if (part->has_carbon) {
        field_decimal(out, "seam:carbon", part->carbon_e4, 4);
    }
}

/* Several lots have a quality each; GS1 speaks of one. */
void epcis_write_ilmd(struct json_out *out, const Seam__LotEventRecord *event)
{
    char link[LOT_LINK_SIZE];
    if (event->n_outputs == 0) {
        return;
    }
    json_out_field_object(out, "ilmd");
    if (event->n_outputs == 1) {
        write_quality(out, event->outputs[0]);
        json_out_end(out);
        return;
    }
    json_out_field_array(out, "seam:lots");
    for (size_t i = 0; i < event->n_outputs; i++) {
        identifier_lot_link(link, event->outputs[i]->lot);
        json_out_object(out);
        json_out_field_text(out, "seam:lot", link);
        write_quality(out, event->outputs[i]);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static void write_losses(struct json_out *out, const Seam__LotEventRecord *event)
{
    if (event->n_losses == 0) {
        return;
    }
    json_out_field_array(out, "seam:losses");
    for (size_t i = 0; i < event->n_losses; i++) {
        json_out_object(out);
        field_decimal(out, "seam:tonnes", event->losses[i]->qty_kg, 3);
        write_quality(out, event->losses[i]);
        json_out_end(out);
    }
    json_out_end(out);
}

void epcis_write_extensions(struct json_out *out, const Seam__LotEventRecord *event)
{
    field_text(out, "seam:facility", event->facility);
    field_text(out, "seam:stage", event->stage);
    field_text(out, "seam:month", event->month);
    field_text(out, "seam:face", event->face);
    field_text(out, "seam:mode", event->mode);
    if (event->distance_hm != 0) {
        field_decimal(out, "seam:kilometres", event->distance_hm, 1);
    }
    field_text(out, "seam:vehicle", event->vehicle);
    field_text(out, "seam:fuel", event->fuel);
    field_text(out, "seam:use", event->use);
    field_text(out, "seam:cause", event->cause);
    field_text(out, "seam:reason", event->reason);
    field_text(out, "seam:answer", event->answer);
    field_text(out, "seam:water", event->water);
    write_losses(out, event);
    if (event->n_devices > 0) {
        json_out_field_array(out, "seam:devices");
        for (size_t i = 0; i < event->n_devices; i++) {
            json_out_text(out, event->devices[i]);
        }
        json_out_end(out);
    }
    field_text(out, "seam:organisation", event->organisation);
    json_out_field_hex(out, "seam:transaction",
                       bytes_of(event->event_id.data, event->event_id.len));
    json_out_field_uint(out, "seam:height", event->height);
}
