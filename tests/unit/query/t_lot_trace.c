/* SPDX-License-Identifier: Apache-2.0 */
/* Ancestors and descendants [KSSJ 7.2.1b]: shares that add up, pages that stay, and that up and
 * down are inverse, over random graphs. */

#include "tests/unit/query/lots.h"

#define RAW "06901234567892"
#define CLEAN "06901234567908"
#define GRAPHS 3000

static struct lots lots;
static uint64_t running = UINT64_MAX; /* graph of a property under way */

static int setup(void **state)
{
    (void)state;
    lots_open(&lots);
    lots_facility(&lots, "mine-a", "UG", "mine");
    lots_product(&lots, "mine", RAW, "raw");
    lots_product(&lots, "mine", CLEAN, "clean");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    if (running != UINT64_MAX) {
        print_error("seed %llu\n", (unsigned long long)running);
    }
    lots_close(&lots);
    return 0;
}

static Seam__LotRecord *mined(int64_t kg)
{
    struct lots_event event = lots_begin(&lots, LOT_MINE_TYPE);
    Seam__LotRecord *lot = lots_make(&event, RAW, "raw", kg, 20000);
    lots_stage(&lots, lot, "mine-a", "MI", "2026-03");
    event.record->devices = lots_alloc(&lots, sizeof(char *));
    event.record->devices[event.record->n_devices++] =
        lots_text(&lots, kg % 2 == 0 ? "belt" : "pit");
    lots_end(&event);
    return lot;
}

static Seam__LotRecord *blended(Seam__LotRecord *a, int64_t kg_a, Seam__LotRecord *b, int64_t kg_b)
{
    struct lots_event event = lots_begin(&lots, LOT_BLEND_TYPE);
    lots_take(&event, a, kg_a);
    lots_take(&event, b, kg_b);
    Seam__LotRecord *lot = lots_make(&event, RAW, "raw", kg_a + kg_b, 20000);
    lots_end(&event);
    return lot;
}

static Seam__LotRecord *parted(Seam__LotRecord *from, int64_t kg)
{
    struct lots_event event = lots_begin(&lots, LOT_SPLIT_TYPE);
    lots_take(&event, from, kg);
    Seam__LotRecord *lot = lots_make(&event, RAW, "raw", kg, 20000);
    lots_end(&event);
    return lot;
}

static struct lot_trace trace_of(const Seam__LotRecord *lot, enum lot_direction direction)
{
    struct lot_trace trace;
    assert_int_equal(
        lot_trace_lot(&trace, lots_ask(&lots), lot->lot, direction, LOT_DEPTH_ANY, &lots.arena),
        OK);
    return trace;
}

static const struct lot_node *find(const struct lot_trace *trace, const Seam__LotRecord *lot)
{
    for (size_t i = 0; i < trace->count; i++) {
        if (strcmp(trace->nodes[i].id, lot->lot) == 0) {
            return &trace->nodes[i];
        }
    }
    return NULL;
}

static uint64_t share(const struct lot_trace *trace, const Seam__LotRecord *lot)
{
    const struct lot_node *node = find(trace, lot);
    return node != NULL ? node->share : 0;
}

static void shares_follow_mass(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(3000);
    Seam__LotRecord *b = mined(3001);
    Seam__LotRecord *c = blended(a, 1000, b, 2000);
    Seam__LotRecord *d = parted(c, 600);
    Seam__LotRecord *e = blended(d, 300, a, 900);
    const struct lot_trace up = trace_of(e, LOT_UP);
    assert_int_equal(up.count, 5);
    assert_int_equal(up.start_count, 1);
    assert_int_equal(up.depth, 3);
    assert_int_equal(up.event_count, 5);
    assert_ptr_equal(find(&up, e), &up.nodes[0]);
    assert_true(share(&up, d) == LOT_SHARE_WHOLE / 4);
    assert_true(share(&up, c) == LOT_SHARE_WHOLE / 4);
    /* a: three quarters itself and a third of the quarter that is c */
    assert_true(share(&up, a) == UINT64_C(833333333333));
    assert_true(share(&up, b) == UINT64_C(166666666667));
    assert_int_equal(find(&up, a)->depth, 1);
    assert_int_equal(find(&up, b)->depth, 3);
    const struct lot_trace down = trace_of(b, LOT_DOWN);
    assert_int_equal(down.count, 4);
    assert_true(share(&down, c) == UINT64_C(666666666666));
    assert_true(share(&down, d) == UINT64_C(666666666666));
    assert_true(share(&down, e) == UINT64_C(166666666666));
    assert_int_equal(find(&down, c)->links[0].qty_kg, 600);
}

static void depth_and_pages(void **state)
{
    (void)state;
    Seam__LotRecord *lot = mined(1000);
    for (size_t i = 0; i < 20; i++) {
        lot = parted(lot, lot->qty_kg - 1);
    }
    struct lot_trace trace;
    assert_int_equal(lot_trace_lot(&trace, lots_ask(&lots), lot->lot, LOT_UP, 5, &lots.arena), OK);
    assert_int_equal(trace.count, 6);
    assert_true(trace.nodes[5].more);
    assert_false(trace.nodes[4].more);
    assert_int_equal(lot_trace_lot(&trace, lots_ask(&lots), lot->lot, LOT_UP, 0, &lots.arena), OK);
    assert_int_equal(trace.count, 1);
    assert_true(trace.nodes[0].more);
    const struct lot_trace first = trace_of(lot, LOT_UP);
    const struct lot_trace second = trace_of(lot, LOT_UP);
    assert_int_equal(first.count, 21);
    assert_false(first.nodes[20].more);
    for (size_t i = 0; i < first.count; i++) {
        assert_string_equal(first.nodes[i].lot->lot, second.nodes[i].lot->lot);
    }
    assert_int_equal(lot_trace_lot(&trace, lots_ask(&lots), RAW ".X", LOT_UP, 0, &lots.arena),
                     ERR_ABSENT);
}

static void cursors(void **state)
{
    (void)state;
    char text[LOT_CURSOR_SIZE];
    uint64_t height = 0;
    uint64_t index = 0;
    lot_cursor_write(text, 17, 200);
    assert_string_equal(text, "17.200");
    assert_int_equal(lot_cursor_read(&height, &index, text), OK);
    assert_int_equal(height, 17);
    assert_int_equal(index, 200);
    static const char *const bad[] = {
        "",    "17",    "17.",   ".5",       "17.5.1", "017.1", "-1.1", "17.+1",
        "x.1", "17.1 ", " 17.1", "17.50001", "17,1",   "1e3.0", "17.x", "99999999999999999999.1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(lot_cursor_read(&height, &index, bad[i]), ERR_PARAM);
    }
}

/* A train takes parts of two lots of one product: each part has its own parent. */
static void parts_of_a_load_keep_apart(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(1000);
    Seam__LotRecord *b = mined(1001);
    struct lots_event event = lots_begin(&lots, LOT_LOAD_TYPE);
    lots_take(&event, a, 400);
    Seam__LotRecord *x = lots_make(&event, RAW, "raw", 400, 20000);
    lots_take(&event, b, 400);
    Seam__LotRecord *y = lots_make(&event, RAW, "raw", 400, 20000);
    lots_end(&event);
    const struct lot_trace of_x = trace_of(x, LOT_UP);
    const struct lot_trace of_y = trace_of(y, LOT_UP);
    assert_int_equal(of_x.count, 2);
    assert_non_null(find(&of_x, a));
    assert_int_equal(of_y.count, 2);
    assert_non_null(find(&of_y, b));
    assert_true(share(&of_y, b) == LOT_SHARE_WHOLE);
    const struct lot_trace down = trace_of(a, LOT_DOWN);
    assert_int_equal(down.count, 2);
    assert_true(share(&down, x) == LOT_SHARE_WHOLE);
}

/* What was declared an error and taken back is no way from lot to lot. */
static void an_undone_event_does_not_lead_on(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(1000);
    struct lots_event event = lots_begin(&lots, LOT_SPLIT_TYPE);
    lots_take(&event, a, 500);
    Seam__LotRecord *b = lots_make(&event, RAW, "raw", 500, 20000);
    lots_end(&event);
    lots_undo(&event);
    assert_int_equal(a->qty_kg, 1000);
    assert_int_equal(trace_of(b, LOT_UP).count, 1);
    assert_int_equal(trace_of(a, LOT_DOWN).count, 1);
}

/* What leads on is enough for the graph: whole records are read for a page. */
static void records_by_page(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(3000);
    Seam__LotRecord *b = mined(3001);
    Seam__LotRecord *c = blended(a, 1000, b, 1000);
    Seam__LotRecord *d = parted(c, 500);
    struct lot_trace trace;
    struct query *query = lots_ask(&lots);
    assert_int_equal(lot_trace_graph(&trace, query, d->lot, LOT_UP, LOT_DEPTH_ANY, &lots.arena),
                     OK);
    assert_int_equal(trace.count, 4);
    for (size_t i = 0; i < trace.count; i++) {
        assert_null(trace.nodes[i].lot);
        assert_null(trace.nodes[i].event);
    }
    assert_string_equal(trace.nodes[1].id, c->lot);
    assert_int_equal(trace.nodes[1].created_kg, 2000);
    assert_int_equal(lot_trace_records(&trace, query, 1, 3, &lots.arena), OK);
    assert_string_equal(trace.nodes[1].lot->lot, c->lot);
    assert_string_equal(trace.nodes[2].lot->lot, trace.nodes[2].id);
    assert_null(trace.nodes[0].lot);
    assert_null(trace.nodes[3].lot);
    assert_memory_equal(trace.nodes[1].event->event_id.data, trace.nodes[1].event_id.bytes,
                        HASH_SIZE);
    assert_int_equal(lot_trace_records(&trace, query, 0, 100, &lots.arena), OK);
    assert_int_equal(trace.nodes[3].lot->created_kg, trace.nodes[3].created_kg);
}

/* Several lots with all that is behind any of them; no further than was asked for. */
static void several_lots_at_once(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(3000);
    Seam__LotRecord *b = mined(3001);
    Seam__LotRecord *c = blended(a, 1000, b, 1000);
    Seam__LotRecord *d = parted(a, 500);
    mined(9000);
    const char *const two[] = {c->lot, d->lot};
    struct lot_trace trace;
    struct query *query = lots_ask(&lots);
    assert_int_equal(lot_trace_lots(&trace, query, two, 2, 4, &lots.arena), OK);
    assert_int_equal(trace.count, 4);
    assert_int_equal(trace.start_count, 2);
    assert_string_equal(trace.nodes[0].id, c->lot);
    assert_string_equal(trace.nodes[1].id, d->lot);
    assert_int_equal(lot_trace_lots(&trace, query, two, 2, 3, &lots.arena), ERR_TOO_LARGE);
    assert_int_equal(lot_trace_lots(&trace, query, two, 2, 1, &lots.arena), ERR_TOO_LARGE);
    const char *const none[] = {c->lot, RAW ".X"};
    assert_int_equal(lot_trace_lots(&trace, query, none, 2, 100, &lots.arena), ERR_ABSENT);
}

static void from_accounts_and_devices(void **state)
{
    (void)state;
    Seam__LotRecord *a = mined(3000);
    Seam__LotRecord *b = mined(3001);
    Seam__LotRecord *c = blended(a, 1000, b, 1000);
    struct lot_trace trace;
    assert_int_equal(
        lot_trace_account(&trace, lots_ask(&lots), "mine-a", "2026-03", LOT_DEPTH_ANY, &lots.arena),
        OK);
    assert_int_equal(trace.count, 3);
    assert_int_equal(trace.start_count, 2);
    assert_true(share(&trace, c) == LOT_SHARE_WHOLE);
    assert_int_equal(
        lot_trace_account(&trace, lots_ask(&lots), "mine-a", "2026-04", LOT_DEPTH_ANY, &lots.arena),
        ERR_ABSENT);
    assert_int_equal(
        lot_trace_account(&trace, lots_ask(&lots), "mine-z", "2026-03", LOT_DEPTH_ANY, &lots.arena),
        ERR_ABSENT);
    assert_int_equal(
        lot_trace_device(&trace, lots_ask(&lots), "pit", NULL, LOT_DEPTH_ANY, &lots.arena), OK);
    assert_int_equal(trace.start_count, 1);
    assert_true(share(&trace, b) == LOT_SHARE_WHOLE);
    assert_true(share(&trace, c) == LOT_SHARE_WHOLE / 2);
    assert_int_equal(
        lot_trace_device(&trace, lots_ask(&lots), "pit", "mine", LOT_DEPTH_ANY, &lots.arena), OK);
    assert_int_equal(trace.count, 2);
    assert_int_equal(
        lot_trace_device(&trace, lots_ask(&lots), "pit", "power", LOT_DEPTH_ANY, &lots.arena),
        ERR_ABSENT);
    assert_int_equal(
        lot_trace_device(&trace, lots_ask(&lots), "drone", NULL, LOT_DEPTH_ANY, &lots.arena),
        ERR_ABSENT);
}

/* --- properties ------------------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

/* A lot with something in it; NULL where none is found. */
static Seam__LotRecord *any(void)
{
    for (size_t i = 0; i < 20 && lots.count > 0; i++) {
        Seam__LotRecord *lot = lots.lots[draw((uint32_t)lots.count)];
        if (lot->qty_kg > 0) {
            return lot;
        }
    }
    return NULL;
}

static void random_step(void)
{
    Seam__LotRecord *a = any();
    Seam__LotRecord *b = any();
    if (a == NULL || draw(4) == 0) {
        mined(1 + draw(100000));
    } else if (b == NULL || a == b || draw(2) == 0) {
        parted(a, 1 + draw((uint32_t)a->qty_kg));
    } else {
        blended(a, 1 + draw((uint32_t)a->qty_kg), b, 1 + draw((uint32_t)b->qty_kg));
    }
}

/* Shares of lots that nothing went into add up to the whole. */
static void check_whole(const struct lot_trace *up)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < up->count; i++) {
        sum += up->nodes[i].link_count == 0 ? up->nodes[i].share : 0;
    }
    assert_true(sum == LOT_SHARE_WHOLE);
}

static void check_inverse(const Seam__LotRecord *lot)
{
    const struct lot_trace up = trace_of(lot, LOT_UP);
    check_whole(&up);
    for (size_t i = 0; i < lots.count; i++) {
        const struct lot_trace down = trace_of(lots.lots[i], LOT_DOWN);
        const struct lot_node *above = find(&up, lots.lots[i]);
        const struct lot_node *below = find(&down, lot);
        assert_int_equal(above != NULL, below != NULL);
        if (above != NULL) {
            /* They are rounded at different events. */
            const uint64_t greater = above->share > below->share ? above->share : below->share;
            const uint64_t less = above->share > below->share ? below->share : above->share;
            assert_true(greater - less <= 64);
            assert_int_equal(above->depth, below->depth);
        }
    }
}

static void up_and_down_are_inverse(void **state)
{
    (void)state;
    for (uint64_t graph = 0; graph < GRAPHS; graph++) {
        running = graph;
        seed = graph;
        lots_close(&lots);
        setup(NULL);
        const size_t steps = 3 + draw(12);
        for (size_t i = 0; i < steps; i++) {
            random_step();
        }
        const Seam__LotRecord *lot = lots.lots[draw((uint32_t)lots.count)];
        check_inverse(lot);
    }
    running = UINT64_MAX;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(shares_follow_mass),
        T(depth_and_pages),
        T(cursors),
        T(parts_of_a_load_keep_apart),
        T(an_undone_event_does_not_lead_on),
        T(records_by_page),
        T(several_lots_at_once),
        T(from_accounts_and_devices),
        T(up_and_down_are_inverse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
