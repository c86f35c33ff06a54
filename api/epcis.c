/* SPDX-License-Identifier: Apache-2.0 */
/* A table says what each of our events is in EPCIS; the fields follow in the order of the standard.
 * An event is written once without its id, hashed as anybody would hash it, and written again. */

#include "api/epcis.h"

#include "api/epcis_fields.h"
#include "api/epcis_hash.h"
#include "api/epcis_uri.h"
#include "ledger/base/dec.h"
#include "ledger/provenance/identifier.h"

#include <string.h>

#define NAMESPACE "urn:seam:epcis:"
#define CONTEXT "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"

enum form_kind { FORM_OBJECT, FORM_TRANSFORMATION, FORM_AGGREGATION, FORM_TRANSACTION };

struct form {
    uint32_t type;
    enum form_kind kind;
    const char *action; /* NULL: this kind has none */
    const char *step;
    const char *disposition;
};

/* domain.md 4.5. */
static const struct form forms[] = {
    {LOT_MINE_TYPE, FORM_OBJECT, "ADD", "commissioning", "active"},
    {LOT_WASH_TYPE, FORM_TRANSFORMATION, NULL, "commissioning", "in_progress"},
    {LOT_BLEND_TYPE, FORM_TRANSFORMATION, NULL, "commissioning", "in_progress"},
    {LOT_SPLIT_TYPE, FORM_TRANSFORMATION, NULL, "repackaging", "in_progress"},
    {LOT_LOAD_TYPE, FORM_AGGREGATION, "ADD", "loading", "in_progress"},
    {LOT_UNLOAD_TYPE, FORM_AGGREGATION, "DELETE", "unloading", "in_progress"},
    {LOT_DEPART_TYPE, FORM_OBJECT, "OBSERVE", "departing", "in_transit"},
    {LOT_ARRIVE_TYPE, FORM_OBJECT, "OBSERVE", "arriving", "in_transit"},
    {LOT_OFFER_TYPE, FORM_TRANSACTION, "ADD", "shipping", "in_progress"},
    {LOT_ANSWER_TYPE, FORM_TRANSACTION, "OBSERVE", "receiving", "in_progress"},
    {LOT_USE_TYPE, FORM_OBJECT, "DELETE", "destroying", "destroyed"},
    {LOT_LOSS_TYPE, FORM_OBJECT, "DELETE", "destroying", "destroyed"},
    {LOT_STOCKTAKE_TYPE, FORM_OBJECT, "OBSERVE", "stock_taking", "available"},
    {LOT_STOCKTAKE_CONFIRM_TYPE, FORM_OBJECT, "OBSERVE", "stock_taking", "available"},
};

static const char *const kind_names[] = {"ObjectEvent", "TransformationEvent", "AggregationEvent",
                                         "TransactionEvent"};

static bool is(const char *text, const char *word)
{
    return strcmp(text, word) == 0;
}

/* False for what is no event: an error declaration belongs to the event it is about. */
static bool form_of(struct form *form, const Seam__LotEventRecord *event)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].type != event->type) {
            continue;
        }
        *form = forms[i];
        if (event->type == LOT_ANSWER_TYPE && !is(event->answer, "ACCEPT")) {
            form->action = "DELETE";
            form->step = "void_shipping";
        }
        /* Coke and chemicals hold the coal on, in another form. */
        if (event->type == LOT_USE_TYPE && (is(event->use, "COKE") || is(event->use, "CHEM"))) {
            form->step = "decommissioning";
        }
        if (event->type == LOT_LOSS_TYPE && is(event->cause, "THEFT")) {
            form->step = "decommissioning";
            form->disposition = "stolen";
        }
        return true;
    }
    return false;
}

/* --- parts of an event ------------------------------------------------------------------------ */

struct writing {
    struct json_out *out;
    struct overlay *state;
    const Seam__LotEventRecord *event;
    const Seam__OfferRecord *offer; /* of OFFER and ANSWER, else NULL */
    struct form form;
    struct arena *arena;
};

static void write_quantity(struct json_out *out, const char *lot, int64_t qty_kg)
{
    char link[LOT_LINK_SIZE];
    char tonnes[DEC_TEXT_SIZE];
    identifier_lot_link(link, lot);
    dec_text(tonnes, dec_of(qty_kg, 3));
    json_out_object(out);
    json_out_field_text(out, "epcClass", link);
    json_out_key(out, "quantity");
    json_out_raw(out, bytes_text(tonnes));
    json_out_field_text(out, "uom", "TNE");
    json_out_end(out);
}

static void write_parts(struct json_out *out, const char *key, Seam__LotEventPart *const *parts,
                        size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        if (parts[i]->lot[0] != '\0') {
            write_quantity(out, parts[i]->lot, parts[i]->qty_kg);
        }
    }
    json_out_end(out);
}

/* Was this input taken over by one of the outputs? A part of a lot becomes a lot of its own when it
 * is loaded or sold; then the new one is what the event is about. */
static bool is_replaced(const Seam__LotEventRecord *event, const Seam__LotEventPart *input,
                        bool *taken)
{
    for (size_t i = 0; i < event->n_outputs; i++) {
        const Seam__LotEventPart *output = event->outputs[i];
        if (!taken[i] && output->qty_kg == input->qty_kg &&
            strncmp(output->lot, input->lot, GTIN_SIZE - 1) == 0) {
            taken[i] = true;
            return true;
        }
    }
    return false;
}

#define PARTS_MAX 256

/* What an event is about: the lots it made and those it found and left as they were. */
static void write_subjects(struct writing *writing, const char *key)
{
    const Seam__LotEventRecord *event = writing->event;
    struct json_out *out = writing->out;
    bool taken[PARTS_MAX] = {false};
    const bool replaces =
        event->n_outputs > 0 && event->n_outputs <= PARTS_MAX && event->type != LOT_MINE_TYPE;
    json_out_field_array(out, key);
    for (size_t i = 0; i < event->n_outputs; i++) {
        write_quantity(out, event->outputs[i]->lot, event->outputs[i]->qty_kg);
    }
    for (size_t i = 0; i < event->n_inputs; i++) {
        if (!replaces || !is_replaced(event, event->inputs[i], taken)) {
            write_quantity(out, event->inputs[i]->lot, event->inputs[i]->qty_kg);
        }
    }
    if (event->n_outputs + event->n_inputs == 0 && writing->offer != NULL &&
        writing->offer->lot[0] != '\0') {
        write_quantity(out, writing->offer->lot, writing->offer->qty_kg);
    }
    json_out_end(out);
}

static void write_load(struct json_out *out, const char *key, const char *sscc)
{
    char uri[EPCIS_URI_SIZE];
    epcis_load_uri(uri, sscc);
    json_out_field_array(out, key);
    json_out_text(out, uri);
    json_out_end(out);
}

static void write_what(struct writing *writing)
{
    struct json_out *out = writing->out;
    const Seam__LotEventRecord *event = writing->event;
    char uri[EPCIS_URI_SIZE];
    switch (writing->form.kind) {
    case FORM_TRANSFORMATION:
        write_parts(out, "inputQuantityList", event->inputs, event->n_inputs);
        write_parts(out, "outputQuantityList", event->outputs, event->n_outputs);
        break;
    case FORM_AGGREGATION:
        epcis_load_uri(uri, event->sscc);
        json_out_field_text(out, "parentID", uri);
        write_subjects(writing, "childQuantityList");
        break;
    case FORM_OBJECT:
    case FORM_TRANSACTION:
        if (event->sscc[0] != '\0') {
            write_load(out, "epcList", event->sscc);
        } else if (writing->offer != NULL && writing->offer->sscc[0] != '\0') {
            write_load(out, "epcList", writing->offer->sscc);
        }
        write_subjects(writing, "quantityList");
        break;
    }
}

static enum err write_place(struct writing *writing)
{
    static const uint32_t settled[] = {LOT_MINE_TYPE, LOT_WASH_TYPE, LOT_BLEND_TYPE,
                                       LOT_UNLOAD_TYPE, LOT_STOCKTAKE_TYPE};
    struct json_out *out = writing->out;
    char uri[EPCIS_URI_SIZE];
    if (writing->event->place[0] == '\0') {
        return OK;
    }
    const enum err err =
        epcis_place_uri(uri, writing->state, writing->event->place, writing->arena);
    if (err != OK) {
        return err;
    }
    json_out_field_object(out, "readPoint");
    json_out_field_text(out, "id", uri);
    json_out_end(out);
    for (size_t i = 0; i < sizeof settled / sizeof settled[0]; i++) {
        if (settled[i] == writing->event->type) {
            json_out_field_object(out, "bizLocation");
            json_out_field_text(out, "id", uri);
            json_out_end(out);
        }
    }
    return OK;
}

static void write_business(struct json_out *out, const char *type, const char *uri)
{
    json_out_object(out);
    if (type != NULL) {
        json_out_field_text(out, "type", type);
    }
    json_out_field_text(out, "bizTransaction", uri);
    json_out_end(out);
}

/* The offer, what was agreed, and the documents that show the event. */
static void write_documents(struct writing *writing)
{
    const Seam__LotEventRecord *event = writing->event;
    struct json_out *out = writing->out;
    char uri[EPCIS_URI_SIZE];
    const bool trade = writing->form.kind == FORM_TRANSACTION;
    if (!trade && event->n_documents == 0) {
        return;
    }
    json_out_field_array(out, "bizTransactionList");
    if (trade) {
        epcis_hash_uri(uri, "urn:seam:offer:", event->offer);
        write_business(out, event->type == LOT_OFFER_TYPE ? "desadv" : "recadv", uri);
    }
    if (event->price_hash.len == HASH_SIZE) {
        epcis_hash_uri(uri, "ni:///sha-256;", event->price_hash);
        write_business(out, "inv", uri);
    }
    for (size_t i = 0; i < event->n_documents; i++) {
        epcis_hash_uri(uri, "ni:///sha-256;", event->documents[i]);
        write_business(out, "cert", uri);
    }
    json_out_end(out);
}

static enum err write_party(struct writing *writing, const char *list, const char *key,
                            const char *organisation)
{
    const Seam__OfferRecord *offer = writing->offer;
    struct json_out *out = writing->out;
    char uri[EPCIS_URI_SIZE];
    const enum err err = epcis_party_uri(uri, writing->state, organisation, writing->arena);
    if (err != OK) {
        return err;
    }
    json_out_field_array(out, list);
    for (int i = 0; i < 2; i++) {
        if (!is(offer->what, i == 0 ? "CUSTODY" : "OWNERSHIP")) {
            json_out_object(out);
            json_out_field_text(out, "type", i == 0 ? "owning_party" : "possessing_party");
            json_out_field_text(out, key, uri);
            json_out_end(out);
        }
    }
    json_out_end(out);
    return OK;
}

static enum err write_parties(struct writing *writing)
{
    const Seam__LotEventRecord *event = writing->event;
    char uri[EPCIS_URI_SIZE];
    enum err err = OK;
    if (event->type == LOT_DEPART_TYPE && event->to[0] != '\0') {
        err = epcis_place_uri(uri, writing->state, event->to, writing->arena);
        json_out_field_array(writing->out, "destinationList");
        json_out_object(writing->out);
        json_out_field_text(writing->out, "type", "location");
        json_out_field_text(writing->out, "destination", err == OK ? uri : "");
        json_out_end(writing->out);
        json_out_end(writing->out);
    }
    if (writing->offer == NULL) {
        return err;
    }
    err = write_party(writing, "sourceList", "source", writing->offer->from);
    return err != OK ? err
                     : write_party(writing, "destinationList", "destination", writing->offer->to);
}

/* --- one event -------------------------------------------------------------------------------- */

struct identity {
    const char *id; /* NULL: not known yet */
    bool declared; /* with its errorDeclaration */
    const char *const *corrective; /* ids of events */
    size_t corrective_count;
};

static void write_declaration(struct json_out *out, const Seam__LotErrorMark *error,
                              const struct identity *identity)
{
    json_out_field_object(out, "errorDeclaration");
    json_out_field_time(out, "declarationTime", error->time_ms);
    json_out_field_text(out, "reason",
                        is(error->reason, "DID_NOT_OCCUR") ? "did_not_occur" : "incorrect_data");
    if (identity->corrective_count > 0) {
        json_out_field_array(out, "correctiveEventIDs");
        for (size_t i = 0; i < identity->corrective_count; i++) {
            json_out_text(out, identity->corrective[i]);
        }
        json_out_end(out);
    }
    json_out_end(out);
}

static enum err write_event(struct writing *writing, const struct identity *identity)
{
    struct json_out *out = writing->out;
    const Seam__LotEventRecord *event = writing->event;
    json_out_object(out);
    json_out_field_text(out, "type", kind_names[writing->form.kind]);
    if (identity->id != NULL) {
        json_out_field_text(out, "eventID", identity->id);
    }
    json_out_field_time(out, "eventTime", event->event_time_ms);
    json_out_field_time(out, "recordTime", event->time_ms);
    json_out_field_text(out, "eventTimeZoneOffset", "+00:00");
    if (identity->declared) {
        write_declaration(out, event->error, identity);
    }
    if (writing->form.action != NULL) {
        json_out_field_text(out, "action", writing->form.action);
    }
    json_out_field_text(out, "bizStep", writing->form.step);
    json_out_field_text(out, "disposition", writing->form.disposition);
    write_what(writing);
    enum err err = write_place(writing);
    write_documents(writing);
    if (err == OK) {
        err = write_parties(writing);
    }
    if (writing->form.kind == FORM_TRANSFORMATION || event->type == LOT_MINE_TYPE) {
        epcis_write_ilmd(out, event);
    }
    epcis_write_extensions(out, event);
    json_out_end(out);
    return err;
}

static void write_context(struct json_out *out)
{
    json_out_field_array(out, "@context");
    json_out_text(out, CONTEXT);
    json_out_object(out);
    json_out_field_text(out, "seam", NAMESPACE);
    json_out_end(out);
    json_out_end(out);
    json_out_field_array(out, "seam:ignoreFields");
    json_out_text(out, "seam:transaction");
    json_out_text(out, "seam:height");
    json_out_end(out);
}

/* The bytes are ours, so they parse; what can fail is memory. */
static enum err hash_event(const char **out, struct bytes text, struct arena *arena)
{
    struct bytes prepared;
    struct bytes string;
    struct json_doc *doc = NULL;
    char id[EPCIS_HASH_SIZE];
    enum err err = epcis_hash_prepare(&prepared, text, arena);
    if (err == OK) {
        err = json_doc_read(&doc, prepared, 2 * EPCIS_EVENT_MAX, NULL);
    }
    if (err == OK) {
        const struct json_node *root = json_doc_root(doc);
        err = epcis_hash_string(&string, json_node_get(root, "event"), root, arena);
        json_doc_free(doc);
    }
    if (err != OK) {
        return err;
    }
    epcis_hash_id(id, string);
    *out = arena_text(arena, id, strlen(id));
    return *out != NULL ? OK : ERR_MEMORY;
}

static enum err writing_of(struct writing *writing, struct overlay *state,
                           const Seam__LotEventRecord *event, struct arena *arena)
{
    struct hash offer;
    *writing = (struct writing){.state = state, .event = event, .arena = arena};
    if (!form_of(&writing->form, event)) {
        return ERR_TYPE;
    }
    if (writing->form.kind != FORM_TRANSACTION || event->offer.len != HASH_SIZE) {
        return OK;
    }
    memcpy(offer.bytes, event->offer.data, HASH_SIZE);
    return view_offer(&writing->offer, state, &offer, arena);
}

enum err epcis_event_id(const char **out, struct overlay *state, const Seam__LotEventRecord *event,
                        struct arena *arena)
{
    static const struct identity unknown = {NULL, false, NULL, 0};
    struct writing writing;
    struct json_out scratch;
    struct bytes text;
    enum err err = writing_of(&writing, state, event, arena);
    if (err != OK) {
        return err;
    }
    json_out_init(&scratch, JSON_OUT_COMPACT, EPCIS_EVENT_MAX);
    writing.out = &scratch;
    json_out_object(&scratch);
    write_context(&scratch);
    json_out_key(&scratch, "event");
    err = write_event(&writing, &unknown);
    json_out_end(&scratch);
    if (err == OK) {
        err = json_out_finish(&scratch, &text);
    }
    if (err == OK) {
        err = hash_event(out, text, arena);
    }
    json_out_free(&scratch);
    return err;
}

/* Ids of the events that took the place of a wrong one. */
static enum err corrective_ids(struct identity *identity, struct overlay *state,
                               const Seam__LotErrorMark *error, struct arena *arena)
{
    const char **ids = arena_alloc(arena, (error->n_corrective_events + 1) * sizeof *ids);
    if (ids == NULL) {
        return ERR_MEMORY;
    }
    identity->corrective = ids;
    for (size_t i = 0; i < error->n_corrective_events; i++) {
        const Seam__LotEventRecord *event = NULL;
        struct hash id;
        if (error->corrective_events[i].len != HASH_SIZE) {
            continue;
        }
        memcpy(id.bytes, error->corrective_events[i].data, HASH_SIZE);
        enum err err = view_lot_event(&event, state, &id, arena);
        if (err == OK) {
            err = epcis_event_id(&ids[identity->corrective_count], state, event, arena);
        }
        if (err != OK) {
            return err;
        }
        identity->corrective_count++;
    }
    return OK;
}

static enum err write_record(struct json_out *out, struct overlay *state,
                             const Seam__LotEventRecord *event, struct arena *arena)
{
    struct identity identity = {NULL, false, NULL, 0};
    struct writing writing;
    struct form form;
    if (!form_of(&form, event)) {
        return OK;
    }
    enum err err = epcis_event_id(&identity.id, state, event, arena);
    if (err == OK) {
        err = writing_of(&writing, state, event, arena);
    }
    if (err != OK) {
        return err;
    }
    writing.out = out;
    err = write_event(&writing, &identity);
    if (err == OK && event->error != NULL) {
        identity.declared = true;
        err = corrective_ids(&identity, state, event->error, arena);
        if (err == OK) {
            err = write_event(&writing, &identity);
        }
    }
    return err;
}

enum err epcis_document_records(struct json_out *out, struct overlay *state,
                                const Seam__LotEventRecord *const *events, size_t count,
                                uint64_t time_ms, struct arena *arena)
{
    enum err err = OK;
    json_out_object(out);
    write_context(out);
    json_out_field_text(out, "type", "EPCISDocument");
    json_out_field_text(out, "schemaVersion", "2.0");
    json_out_field_time(out, "creationDate", time_ms);
    json_out_field_object(out, "epcisBody");
    json_out_field_array(out, "eventList");
    for (size_t i = 0; i < count && err == OK; i++) {
        err = write_record(out, state, events[i], arena);
    }
    json_out_end(out);
    json_out_end(out);
    json_out_end(out);
    return err;
}

enum err epcis_document(struct json_out *out, struct overlay *state, const struct hash *events,
                        size_t count, uint64_t time_ms, struct arena *arena)
{
    const Seam__LotEventRecord **records = arena_alloc(arena, (count + 1) * sizeof *records);
    if (records == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        const enum err err = view_lot_event(&records[i], state, &events[i], arena);
        if (err != OK) {
            return err;
        }
    }
    return epcis_document_records(out, state, records, count, time_ms, arena);
}
