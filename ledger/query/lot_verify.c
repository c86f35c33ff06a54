/* SPDX-License-Identifier: Apache-2.0 */
/* Proven records become a state of their own, through which the very walk of the node runs again;
 * what the bundle leaves out is missing there. Quantities are made from the events alone and then
 * held against the records. */

#include "ledger/query/lot_verify.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/base/map.h"
#include "ledger/codec/message.h"
#include "ledger/query/bundle_state.h"
#include "ledger/query/lot_payload.h"
#include "ledger/query/lot_walk.h"

struct row {
    const char *name;
    const char *sentence;
};

#define LOT_VERIFY_TABLE_ROW(id, name, sentence) [id] = {name, sentence},
static const struct row rows[LOT_VERIFY_FAILURE_COUNT] = {LOT_VERIFY_ROWS(LOT_VERIFY_TABLE_ROW)};
#undef LOT_VERIFY_TABLE_ROW

/* What the events say of one lot of the trace. */
struct tally {
    uint32_t events;
    int64_t kg;
};

struct check {
    struct lot_verify_result *result;
    struct arena *arena;
    struct overlay *state;
    struct query *query;
    struct map nodes; /* lot: index + 1 */
    struct map named; /* hashes of the documents that events name */
    struct tally *tallies;
};

#define NAMED_MAX (LIMIT_BUNDLE_TX * LIMIT_BUNDLE_DOCUMENTS)

const char *lot_verify_name(const struct lot_verify_result *result)
{
    assert(result->failure < LOT_VERIFY_FAILURE_COUNT);
    return result->failure == LOT_VERIFY_BUNDLE ? bundle_failure_name(&result->bundle)
                                                : rows[result->failure].name;
}

const char *lot_verify_sentence(const struct lot_verify_result *result)
{
    assert(result->failure < LOT_VERIFY_FAILURE_COUNT);
    return result->failure == LOT_VERIFY_BUNDLE ? bundle_failure_sentence(&result->bundle)
                                                : rows[result->failure].sentence;
}

static enum lot_verify_failure about(struct check *check, const char *what,
                                     enum lot_verify_failure failure)
{
    check->result->about = what;
    return failure;
}

/* The event in hex, as people are shown it. */
static enum lot_verify_failure about_event(struct check *check, const struct hash *id,
                                           enum lot_verify_failure failure)
{
    char *text = arena_alloc(check->arena, 2 * HASH_SIZE + 1);
    if (text != NULL) {
        hex_encode(text, hash_bytes(id));
        check->result->about = text;
    }
    return failure;
}

/* --- the state of the bundle ------------------------------------------------------------------ */

static enum lot_verify_failure fill_state(struct check *check)
{
    const struct header *anchor = &check->result->bundle.anchor;
    enum err err = bundle_state_open(&check->state, &check->result->bundle);
    if (err == OK) {
        err = query_of_overlay(&check->query, check->state, anchor->height, anchor->time_ms);
    }
    return err == OK ? LOT_VERIFY_OK : LOT_VERIFY_MEMORY;
}

static enum lot_verify_failure trace_again(struct check *check)
{
    struct lot_trace *trace = &check->result->trace;
    const char *lot = check->result->bundle.bundle->manifest->subject;
    const Seam__LotRecord *record = NULL;
    enum err err = view_lot(&record, check->state, lot, check->arena);
    if (err != OK) {
        return err == ERR_MEMORY ? LOT_VERIFY_MEMORY : about(check, lot, LOT_VERIFY_SUBJECT);
    }
    err = lot_trace_lot(trace, check->query, lot, LOT_UP, LOT_DEPTH_ANY, check->arena);
    if (err != OK) {
        return err == ERR_MEMORY ? LOT_VERIFY_MEMORY : about(check, lot, LOT_VERIFY_PARENT);
    }
    check->result->lots = trace->count;
    check->tallies = arena_alloc(check->arena, trace->count * sizeof *check->tallies);
    if (check->tallies == NULL) {
        return LOT_VERIFY_MEMORY;
    }
    for (size_t i = 0; i < trace->count; i++) {
        if (map_put(&check->nodes, bytes_text(trace->nodes[i].lot->lot), (void *)(uintptr_t)(i + 1),
                    NULL) != OK) {
            return LOT_VERIFY_MEMORY;
        }
    }
    return LOT_VERIFY_OK;
}

/* --- events ----------------------------------------------------------------------------------- */

static bool in_lots(uint32_t type)
{
    return type >= LOT_MINE_TYPE && type <= LOT_STOCKTAKE_CONFIRM_TYPE;
}

static struct tally *tally_of(const struct check *check, const char *lot)
{
    const uintptr_t place = (uintptr_t)map_get(&check->nodes, bytes_text(lot));
    return place == 0 ? NULL : &check->tallies[place - 1];
}

static void count_parts(const struct check *check, const Seam__LotEventRecord *event)
{
    for (size_t i = 0; i < event->n_inputs + event->n_outputs; i++) {
        const Seam__LotEventPart *part =
            i < event->n_inputs ? event->inputs[i] : event->outputs[i - event->n_inputs];
        struct tally *tally = tally_of(check, part->lot);
        if (tally != NULL) {
            tally->events++;
            tally->kg = part->after_kg;
        }
    }
}

/* What went in is there again; what came out is not. */
static void return_parts(const struct check *check, const Seam__LotEventRecord *event)
{
    for (size_t i = 0; i < event->n_inputs + event->n_outputs; i++) {
        const bool input = i < event->n_inputs;
        const Seam__LotEventPart *part =
            input ? event->inputs[i] : event->outputs[i - event->n_inputs];
        struct tally *tally = tally_of(check, part->lot);
        if (tally == NULL) {
            continue;
        }
        tally->events++;
        if (lot_event_undone(event)) {
            tally->kg = input ? tally->kg + part->qty_kg : 0;
        }
    }
}

/* Sums of the parts are what the balance states, and nothing is left over. */
static bool balanced(const Seam__LotEventRecord *event)
{
    const Seam__LotBalance *balance = event->balance;
    __int128 in = 0;
    __int128 out = 0;
    __int128 loss = 0;
    if (balance == NULL) {
        return true;
    }
    for (size_t i = 0; i < event->n_inputs; i++) {
        in += event->inputs[i]->qty_kg;
    }
    for (size_t i = 0; i < event->n_outputs; i++) {
        out += event->outputs[i]->qty_kg;
    }
    for (size_t i = 0; i < event->n_losses; i++) {
        loss += event->losses[i]->qty_kg;
    }
    const bool mixes = lot_event_mixes(event->type);
    return (__int128)balance->out_kg + balance->loss_kg + balance->difference_kg ==
               balance->in_kg &&
           (!mixes || (in == balance->in_kg && out == balance->out_kg && loss == balance->loss_kg));
}

static enum lot_verify_failure read_event(struct check *check, const struct bundle_tx *tx,
                                          const Seam__LotEventRecord **out)
{
    ProtobufCMessage *message = NULL;
    const struct state_key key = view_lot_event_key(&tx->tx_id);
    const enum err err = view_record(&message, &seam__lot_event_record__descriptor, check->state,
                                     state_key_bytes(&key), check->arena);
    if (err == ERR_MEMORY) {
        return LOT_VERIFY_MEMORY;
    }
    *out = (const Seam__LotEventRecord *)message;
    return err == OK ? LOT_VERIFY_OK : about_event(check, &tx->tx_id, LOT_VERIFY_RECORD);
}

static bool same_signed(const struct bundle_tx *tx, const Seam__LotEventRecord *event,
                        struct arena *arena)
{
    return event->type == tx->body->type &&
           strcmp(event->organisation, tx->body->organisation) == 0 &&
           event->height == tx->block->height && event->time_ms == tx->block->time_ms &&
           bytes_equal(bytes_of(event->event_id.data, event->event_id.len),
                       hash_bytes(&tx->tx_id)) &&
           lot_payload_agrees(tx->body, event, arena);
}

/* What an event names counts where the bundle brings it along: else there is nothing to hold it
 * against. */
static enum lot_verify_failure name_documents(struct check *check,
                                              const Seam__LotEventRecord *event)
{
    const size_t brought = check->result->bundle.bundle->n_documents;
    for (size_t i = 0; brought > 0 && i < event->n_documents; i++) {
        const enum err err =
            map_put(&check->named, bytes_of(event->documents[i].data, event->documents[i].len),
                    check, NULL);
        if (err != OK) {
            return LOT_VERIFY_MEMORY;
        }
    }
    return LOT_VERIFY_OK;
}

static enum lot_verify_failure check_event(struct check *check, const struct bundle_tx *tx)
{
    const Seam__LotEventRecord *event = NULL;
    enum lot_verify_failure failure = read_event(check, tx, &event);
    if (failure != LOT_VERIFY_OK) {
        return failure;
    }
    if (!same_signed(tx, event, check->arena)) {
        return about_event(check, &tx->tx_id, LOT_VERIFY_CONTENT);
    }
    if (!balanced(event)) {
        return about_event(check, &tx->tx_id, LOT_VERIFY_BALANCE);
    }
    count_parts(check, event);
    check->result->events++;
    return name_documents(check, event);
}

/* The declaration of an error touched what the wrong event had touched. */
static enum lot_verify_failure check_error(struct check *check, const struct bundle_tx *tx)
{
    struct hash wrong;
    const Seam__LotEventRecord *event = NULL;
    if (!lot_payload_wrong_event(&wrong, tx->body, check->arena)) {
        return about_event(check, &tx->tx_id, LOT_VERIFY_CONTENT);
    }
    const enum err err = view_lot_event(&event, check->state, &wrong, check->arena);
    if (err != OK) {
        return err == ERR_MEMORY ? LOT_VERIFY_MEMORY
                                 : about_event(check, &tx->tx_id, LOT_VERIFY_EVENT);
    }
    return_parts(check, event);
    check->result->events++;
    return LOT_VERIFY_OK;
}

static enum lot_verify_failure check_events(struct check *check)
{
    const struct bundle_result *bundle = &check->result->bundle;
    enum lot_verify_failure failure = LOT_VERIFY_OK;
    for (size_t i = 0; failure == LOT_VERIFY_OK && i < bundle->tx_count; i++) {
        const struct bundle_tx *tx = &bundle->txs[i];
        if (tx->body->type == LOT_ERROR_TYPE) {
            failure = check_error(check, tx);
        } else if (in_lots(tx->body->type)) {
            failure = check_event(check, tx);
        }
    }
    return failure;
}

/* A paper that no event speaks of shows nothing of this lot, however well it is kept. */
static enum lot_verify_failure check_documents(struct check *check)
{
    const Seam__Bundle *bundle = check->result->bundle.bundle;
    for (size_t i = 0; i < bundle->n_documents; i++) {
        const Seam__BundleDocument *document = bundle->documents[i];
        if (map_get(&check->named, bytes_of(document->sha256.data, document->sha256.len)) == NULL) {
            return about(check, document->name, LOT_VERIFY_DOCUMENT);
        }
    }
    return LOT_VERIFY_OK;
}

/* --- lots ------------------------------------------------------------------------------------- */

static bool signed_here(const struct check *check, const Seam__LotEventRecord *event)
{
    const struct bundle_result *bundle = &check->result->bundle;
    for (size_t i = 0; i < bundle->tx_count; i++) {
        if (bytes_equal(bytes_of(event->event_id.data, event->event_id.len),
                        hash_bytes(&bundle->txs[i].tx_id))) {
            return true;
        }
    }
    return false;
}

static enum lot_verify_failure check_lot(struct check *check, size_t node)
{
    const Seam__LotRecord *lot = check->result->trace.nodes[node].lot;
    const struct tally *tally = &check->tallies[node];
    if (tally->events != lot->events) {
        /* Is it the event that made it? Only then is looking for it worth the time. */
        return about(check, lot->lot,
                     signed_here(check, check->result->trace.nodes[node].event) ? LOT_VERIFY_HISTORY
                                                                                : LOT_VERIFY_EVENT);
    }
    return tally->kg == lot->qty_kg && lot_sound(lot) ? LOT_VERIFY_OK
                                                      : about(check, lot->lot, LOT_VERIFY_QUANTITY);
}

static enum lot_verify_failure check_lots(struct check *check)
{
    enum lot_verify_failure failure = LOT_VERIFY_OK;
    for (size_t i = 0; failure == LOT_VERIFY_OK && i < check->result->trace.count; i++) {
        failure = check_lot(check, i);
    }
    return failure;
}

enum lot_verify_failure lot_verify(struct lot_verify_result *result, struct bytes genesis,
                                   struct bytes bundle, struct arena *arena)
{
    static enum lot_verify_failure (*const steps[])(struct check *) = {
        fill_state, trace_again, check_events, check_lots, check_documents};
    *result = (struct lot_verify_result){.failure = LOT_VERIFY_OK, .about = ""};
    if (bundle_verify(&result->bundle, genesis, bundle, arena) != BUNDLE_OK) {
        result->failure = LOT_VERIFY_BUNDLE;
        return result->failure;
    }
    if (strcmp(result->bundle.bundle->manifest->kind, "LOT") != 0) {
        result->failure = LOT_VERIFY_KIND;
        return result->failure;
    }
    struct check check = {.result = result, .arena = arena};
    map_init(&check.nodes, LOT_TRACE_MAX);
    map_init(&check.named, NAMED_MAX);
    enum lot_verify_failure failure = LOT_VERIFY_OK;
    for (size_t i = 0; failure == LOT_VERIFY_OK && i < sizeof steps / sizeof steps[0]; i++) {
        failure = steps[i](&check);
    }
    map_free(&check.nodes, NULL);
    map_free(&check.named, NULL);
    query_close(check.query);
    if (check.state != NULL) {
        overlay_drop(check.state);
    }
    result->failure = failure;
    return failure;
}
