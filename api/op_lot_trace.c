/* SPDX-License-Identifier: Apache-2.0 */
/* Traces [KSSJ 7.2.1b, 7.2.1d]. A trace at a height is always the same, so a page is a range of its
 * nodes and the cursor names height and index. Both directions are answered as two traces. */

#include "api/op_lot.h"

#include "api/lot_show.h"
#include "api/lot_svg.h"
#include "ledger/query/lot_factor.h"

#include <string.h>

#define TRACE_PAGE_DEFAULT 200
#define TRACE_PAGE_MAX 1000
/* Whole figures need all events of all ancestors: of a page whose lots have more of them each step
 * says the factor of its own facility and month, and GetLot the whole figure of one lot. */
#define TRACE_FIGURES 2000

struct trace_wanted {
    const char *lot;
    const char *facility;
    const char *month;
    const char *device;
    const char *organisation;
    bool up;
    bool down;
    bool svg;
    uint32_t depth;
    uint64_t from;
    uint64_t count;
};

/* --- figures of nodes ------------------------------------------------------------------------- */

static int64_t per_tonne(int64_t grams, int64_t kg)
{
    const __int128 whole = (__int128)grams * 1000 + kg / 2;
    return kg > 0 ? (int64_t)(whole / kg) : LOT_FIGURE_UNKNOWN;
}

/* Marks what has no account behind it: a lot whose own pool has none, and what was made of it. */
static enum err mark_missing(int64_t *figures, const struct lot_trace *trace,
                             struct lot_pools *pools)
{
    for (size_t i = 0; i < trace->count; i++) {
        const Seam__LotRecord *lot = trace->nodes[i].lot;
        const struct lot_pool *pool = NULL;
        int64_t own = 0;
        if (lot->facility[0] == '\0' || lot->state == LOT_VOID) {
            continue;
        }
        const enum err err = lot_pools_get(&pool, &own, pools, lot);
        if (err != OK) {
            return err;
        }
        if (pool->grade == LOT_GRADE_NONE) {
            figures[i] = LOT_FIGURE_NO_ACCOUNT;
        }
    }
    /* Parents stand behind their children but for those met on a shorter way: again until calm. */
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = trace->count; i-- > 0;) {
            const struct lot_node *node = &trace->nodes[i];
            for (size_t j = 0; j < node->link_count && figures[i] != LOT_FIGURE_NO_ACCOUNT; j++) {
                if (figures[node->links[j].node] == LOT_FIGURE_NO_ACCOUNT) {
                    figures[i] = LOT_FIGURE_NO_ACCOUNT;
                    changed = true;
                }
            }
        }
    }
    return OK;
}

/* What the lots of a page carried when they were made, by one replay over all their ancestors. */
static enum err replay(int64_t *figures, struct query *query, const char *const *lots, size_t count,
                       struct arena *arena)
{
    struct lot_trace trace;
    struct lot_ledger ledger;
    enum err err = lot_trace_lots(&trace, query, lots, count, TRACE_FIGURES, arena);
    int64_t *made = err == OK ? arena_alloc(arena, (trace.count + 1) * sizeof *made) : NULL;
    struct lot_pools *pools = lot_pools_new(query, LOT_VERSIONS_NOW, arena);
    if (err == OK) {
        err = made == NULL || pools == NULL
                  ? ERR_MEMORY
                  : lot_trace_records(&trace, query, 0, trace.count, arena);
    }
    if (err == OK) {
        err = lot_ledger_run(&ledger, query, &trace, pools, arena);
    }
    for (size_t i = 0; err == OK && i < trace.count; i++) {
        made[i] = per_tonne(lot_grams_total(&ledger.made[i]), trace.nodes[i].lot->created_kg);
    }
    if (err == OK) {
        err = mark_missing(made, &trace, pools);
    }
    if (err == OK) {
        memcpy(figures, made, count * sizeof *figures);
    }
    lot_pools_free(pools);
    return err;
}

/* *out has a figure for each node; all says whether those of the page are known. */
static enum err node_figures(int64_t **out, bool *all, struct call *call, struct query *query,
                             const struct lot_trace *trace, uint64_t from, uint64_t to)
{
    const size_t count = (size_t)(to - from);
    int64_t *figures = arena_alloc(&call->arena, (trace->count + 1) * sizeof *figures);
    const char **lots = arena_alloc(&call->arena, (count + 1) * sizeof *lots);
    enum err err = OK;
    if (figures == NULL || lots == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < trace->count; i++) {
        figures[i] = LOT_FIGURE_UNKNOWN;
    }
    for (size_t i = 0; i < count; i++) {
        lots[i] = trace->nodes[from + i].id;
    }
    /* The first page upwards begins with the lot that all the others are ancestors of. */
    const bool hopeless = trace->direction == LOT_UP && from == 0 && trace->count > TRACE_FIGURES;
    if (count > 0 && !hopeless) {
        struct arena arena;
        arena_init(&arena, CALL_ARENA);
        err = replay(figures + from, query, lots, count, &arena);
        arena_free(&arena);
    }
    *all = err == OK && !hopeless;
    *out = figures;
    return err == ERR_TOO_LARGE || !view_failed(err) ? OK : err;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_hashes(struct json_out *out, const char *key, const ProtobufCBinaryData *hashes,
                         size_t count)
{
    json_out_field_array(out, key);
    for (size_t i = 0; i < count; i++) {
        json_out_hex(out, bytes_of(hashes[i].data, hashes[i].len));
    }
    json_out_end(out);
}

/* The event that made the lot: its id is the transaction that GetProof proves. */
static void write_event(struct json_out *out, const Seam__LotEventRecord *event)
{
    json_out_field_object(out, "event");
    json_out_field_hex(out, "transaction", bytes_of(event->event_id.data, event->event_id.len));
    json_out_field_text(out, "type", lot_show_type(event->type));
    json_out_field_text(out, "organisation", event->organisation);
    json_out_field_text(out, "place", event->place);
    json_out_field_time(out, "event_time", event->event_time_ms);
    json_out_field_uint(out, "height", event->height);
    write_hashes(out, "signers", event->persons, event->n_persons);
    write_hashes(out, "documents", event->documents, event->n_documents);
    json_out_field_uint(out, "findings", event->n_findings);
    json_out_field_bool(out, "error", event->error != NULL);
    json_out_end(out);
}

/* What the facility's account of the month says of the product; its transaction proves it. */
static void write_factor(struct json_out *out, const struct lot_factor *factor)
{
    json_out_field_object(out, "factor");
    json_out_key(out, "g_per_t");
    if (factor->grade == LOT_GRADE_NONE) {
        json_out_null(out);
    } else {
        json_out_int(out, factor->g_per_t);
    }
    json_out_field_text(out, "grade", lot_grade_name(factor->grade));
    json_out_field_text(out, "period", factor->period);
    if (factor->version > 0) {
        json_out_field_uint(out, "version", factor->version);
        json_out_field_hash(out, "transaction", &factor->tx_id);
    }
    json_out_end(out);
}

static void write_node(struct json_out *out, const struct lot_node *node, uint64_t index,
                       int64_t figure, const struct lot_factor *factor)
{
    const Seam__LotRecord *lot = node->lot;
    json_out_object(out);
    json_out_field_uint(out, "node", index);
    json_out_field_text(out, "lot", lot->lot);
    json_out_field_text(out, "product", lot->product);
    json_out_field_text(out, "owner", lot->owner);
    json_out_field_text(out, "place", lot->place);
    json_out_field_text(out, "state", lot_show_state(lot->state));
    json_out_field_text(out, "model", model_name(lot->model));
    json_out_field_uint(out, "depth", node->depth);
    lot_show_tonnes(out, "created", lot->created_kg);
    lot_show_tonnes(out, "qty", lot->qty_kg);
    lot_show_share(out, "share", node->share);
    json_out_key(out, "g_per_t");
    if (figure >= 0) {
        json_out_int(out, figure);
    } else {
        json_out_null(out);
    }
    if (figure == LOT_FIGURE_NO_ACCOUNT) {
        json_out_field_text(out, "grade", lot_grade_name(LOT_GRADE_NONE));
    }
    if (lot->facility[0] != '\0') {
        json_out_field_text(out, "facility", lot->facility);
        json_out_field_text(out, "stage", lot->stage);
        json_out_field_text(out, "month", lot->month);
    }
    if (factor != NULL) {
        write_factor(out, factor);
    }
    if (node->event != NULL) {
        write_event(out, node->event);
    }
    json_out_field_array(out, "links");
    for (size_t i = 0; i < node->link_count; i++) {
        json_out_object(out);
        json_out_field_uint(out, "node", node->links[i].node);
        lot_show_tonnes(out, "qty", node->links[i].qty_kg);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_field_bool(out, "more", node->more);
    json_out_end(out);
}

static enum err write_nodes(struct call *call, struct query *query,
                            const struct trace_wanted *wanted, const struct lot_trace *trace,
                            const int64_t *figures, uint64_t from, uint64_t to)
{
    struct json_out *out = &call->data;
    char cursor[LOT_CURSOR_SIZE];
    if (wanted->svg) {
        struct bytes picture;
        const enum err err = lot_svg_draw(&picture, trace, figures, &call->arena);
        if (err == OK) {
            json_out_key(out, "svg");
            json_out_text_bytes(out, picture);
        }
        return err;
    }
    json_out_field_uint(out, "from", from);
    json_out_key(out, "cursor");
    if (to < trace->count) {
        lot_cursor_write(cursor, trace->height, to);
        json_out_text(out, cursor);
    } else {
        json_out_null(out);
    }
    struct lot_factors *factors = lot_factors_new(query, &call->arena);
    enum err err = factors == NULL ? ERR_MEMORY : OK;
    json_out_field_array(out, "nodes");
    for (uint64_t i = from; err == OK && i < to; i++) {
        const struct lot_factor *factor = NULL;
        err = lot_factors_get(&factor, factors, trace->nodes[i].lot);
        write_node(out, &trace->nodes[i], i, figures[i], factor);
    }
    json_out_end(out);
    lot_factors_free(factors);
    return err;
}

static enum err make_trace(struct call *call, struct query *query,
                           const struct trace_wanted *wanted, enum lot_direction direction,
                           struct lot_trace *trace)
{
    enum err err;
    const char *field = "lot";
    if (wanted->lot != NULL) {
        err = lot_trace_graph(trace, query, wanted->lot, direction, wanted->depth, &call->arena);
    } else if (wanted->device != NULL) {
        field = "device";
        err = lot_trace_device(trace, query, wanted->device, wanted->organisation, wanted->depth,
                               &call->arena);
    } else {
        field = "facility";
        err = lot_trace_account(trace, query, wanted->facility, wanted->month, wanted->depth,
                                &call->arena);
    }
    if (err == OK) {
        return OK;
    }
    return call_fail(call, err, field, NULL,
                     err == ERR_TOO_LARGE
                         ? "more than 50,000 lots: ask for less depth or start further on"
                     : err == ERR_ABSENT ? "no lots of it; ListLots gives the lots there are"
                                         : NULL);
}

static enum err write_trace(struct call *call, struct query *query,
                            const struct trace_wanted *wanted, enum lot_direction direction)
{
    struct lot_trace trace;
    struct json_out *out = &call->data;
    int64_t *figures = NULL;
    bool all = false;
    enum err err = make_trace(call, query, wanted, direction, &trace);
    if (err != OK) {
        return err;
    }
    /* A picture shows its first nodes, whatever the page. */
    const uint64_t count = wanted->svg ? LOT_SVG_NODES : wanted->count;
    const uint64_t start = wanted->svg ? 0 : wanted->from;
    const uint64_t from = start < trace.count ? start : trace.count;
    const uint64_t to = count < trace.count - from ? from + count : trace.count;
    err = lot_trace_records(&trace, query, from, to, &call->arena);
    if (err == OK) {
        err = node_figures(&figures, &all, call, query, &trace, from, to);
    }
    if (err != OK) {
        return call_fail(call, err, NULL, NULL, NULL);
    }
    json_out_field_text(out, "direction", direction == LOT_UP ? "up" : "down");
    json_out_field_uint(out, "total", trace.count);
    json_out_field_uint(out, "starts", trace.start_count);
    json_out_field_uint(out, "events", trace.event_count);
    json_out_field_uint(out, "depth", trace.depth);
    json_out_field_bool(out, "figures", all);
    err = write_nodes(call, query, wanted, &trace, figures, from, to);
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static enum err answer_trace(struct call *call, struct query *query, void *context)
{
    const struct trace_wanted *wanted = context;
    struct json_out *out = &call->data;
    enum err err = OK;
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    if (wanted->up && wanted->down) {
        json_out_field_object(out, "up");
        err = write_trace(call, query, wanted, LOT_UP);
        json_out_end(out);
        if (err == OK) {
            json_out_field_object(out, "down");
            err = write_trace(call, query, wanted, LOT_DOWN);
            json_out_end(out);
        }
    } else {
        err = write_trace(call, query, wanted, wanted->up ? LOT_UP : LOT_DOWN);
    }
    json_out_end(out);
    return err;
}

/* --- the request ------------------------------------------------------------------------------ */

static enum err read_start(struct call *call, struct trace_wanted *wanted)
{
    const struct {
        const char *key;
        const char **out;
    } texts[] = {{"lot", &wanted->lot},
                 {"facility", &wanted->facility},
                 {"month", &wanted->month},
                 {"device", &wanted->device},
                 {"organisation", &wanted->organisation}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const enum err err = call_text(call, texts[i].key, false, texts[i].out);
        if (err != OK) {
            return err;
        }
    }
    const int given = (wanted->lot != NULL) + (wanted->device != NULL) +
                      (wanted->facility != NULL || wanted->month != NULL);
    if (given != 1) {
        return call_fail(call, given == 0 ? ERR_MISSING : ERR_CONFLICT, "lot", NULL,
                         "a lot, a device, or a facility and month");
    }
    if ((wanted->facility == NULL) != (wanted->month == NULL)) {
        return call_fail(call, ERR_MISSING, wanted->facility == NULL ? "facility" : "month", NULL,
                         NULL);
    }
    return OK;
}

static enum err read_direction(struct call *call, struct trace_wanted *wanted)
{
    const char *direction = NULL;
    const char *format = NULL;
    enum err err = call_text(call, "direction", false, &direction);
    if (err == OK) {
        err = call_text(call, "format", false, &format);
    }
    if (err != OK) {
        return err;
    }
    if (direction == NULL) {
        direction = wanted->lot != NULL ? "up" : "down";
    }
    const bool both = strcmp(direction, "both") == 0;
    wanted->up = both || strcmp(direction, "up") == 0;
    wanted->down = both || strcmp(direction, "down") == 0;
    if (!wanted->up && !wanted->down) {
        return call_fail(call, ERR_ENUM, "direction", "up, down, both", NULL);
    }
    if (wanted->up && wanted->lot == NULL) {
        return call_fail(call, ERR_ENUM, "direction", "down",
                         "from an account or a device coal is followed downwards");
    }
    wanted->svg = format != NULL && strcmp(format, "svg") == 0;
    if (format != NULL && !wanted->svg && strcmp(format, "json") != 0) {
        return call_fail(call, ERR_ENUM, "format", "json, svg", NULL);
    }
    return OK;
}

/* The page; a cursor also says the height, so it stands against "at". */
static enum err read_window(struct call *call, struct trace_wanted *wanted, uint64_t *height)
{
    int64_t depth = -1;
    int64_t count = TRACE_PAGE_DEFAULT;
    const char *cursor = NULL;
    enum err err = call_number(call, "depth", false, &depth);
    if (err == OK) {
        err = call_number(call, "count", false, &count);
    }
    if (err == OK) {
        err = call_text(call, "cursor", false, &cursor);
    }
    if (err != OK) {
        return err;
    }
    if (count < 1 || count > TRACE_PAGE_MAX) {
        return call_fail(call, ERR_RANGE, "count", "1..1000", NULL);
    }
    wanted->count = (uint64_t)count;
    wanted->depth = depth < 0 || depth >= LOT_DEPTH_ANY ? LOT_DEPTH_ANY : (uint32_t)depth;
    if (cursor == NULL) {
        return OK;
    }
    if (wanted->up && wanted->down) {
        return call_fail(call, ERR_CONFLICT, "cursor", NULL, "pages go in one direction");
    }
    if (json_node_kind(json_node_get(call->root, "at")) != JSON_KIND_NULL) {
        return call_fail(call, ERR_CONFLICT, "at", NULL, "the cursor says the height");
    }
    err = lot_cursor_read(height, &wanted->from, cursor);
    return err == OK ? OK : call_fail(call, err, "cursor", NULL, "what the page before gave");
}

enum err op_trace_lot(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"lot",          "facility",  "month", "device",
                                       "organisation", "direction", "depth", "format",
                                       "cursor",       "count",     "at",    NULL};
    const struct api_node *node = call->api->node;
    struct trace_wanted wanted = {.lot = NULL};
    struct query *query = NULL;
    uint64_t height = QUERY_NEWEST;
    enum err err = read_start(call, &wanted);
    if (err == OK) {
        err = read_direction(call, &wanted);
    }
    if (err == OK) {
        err = read_window(call, &wanted, &height);
    }
    if (err != OK || height == QUERY_NEWEST) {
        return err != OK ? err : op_lot_run(call, keys, answer_trace, &wanted);
    }
    err = call_only(call, keys);
    if (err == OK) {
        err = node->query(node->context, &query, height);
        err = err == OK ? OK : call_fail(call, err, "cursor", NULL, "ask for the first page again");
    }
    if (err == OK) {
        err = answer_trace(call, query, &wanted);
        query_close(query);
    }
    return err;
}
