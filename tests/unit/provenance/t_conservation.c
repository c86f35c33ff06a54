/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1b] V11, V12 over ten thousand random histories, valid and invalid events mixed: mass
 * is conserved to the kilogram, dry mass and ash to the last unit, nothing is negative, what left a
 * lot stands in its children, and owner and custodian change by acceptance alone. A failure prints
 * the seed; SEAM_SEED repeats it. */

#include "tests/unit/provenance/story.h"

#define SEQUENCES 10000
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define STEPS 12 /* a sanitized build takes its time */
#define ADMITTED_LEAST 10
#else
#define STEPS 18
#define ADMITTED_LEAST 50
#endif
#define LONG_SEED 1000000 /* seeds from here on: long histories */
#define LONG_STEPS 60

/* --- what must hold -------------------------------------------------------------------------- */

struct sums {
    __int128 kg;
    __int128 dry;
    __int128 ash;
};

/* What an event took away for good: negative where it added. Undone ones took nothing. */
static void event_removed(struct sums *removed, struct sums *mined,
                          const Seam__LotEventRecord *event)
{
    if (event->error != NULL && event->error->undone) {
        return;
    }
    if (event->type == LOT_MINE_TYPE) {
        const Seam__LotEventPart *part = event->outputs[0];
        const __int128 dry = (__int128)part->qty_kg * (10000 - part->moisture_e4);
        mined->kg += part->qty_kg;
        mined->dry += dry;
        mined->ash += dry * part->ash_e4;
        return;
    }
    const Seam__LotBalance *balance = event->balance;
    if (balance == NULL) {
        return;
    }
    const bool used = event->type == LOT_USE_TYPE;
    removed->kg += balance->in_kg - (used ? 0 : balance->out_kg);
    removed->dry += balance->in_dry_dg - (used ? 0 : balance->out_dry_dg);
    removed->ash += balance->in_ash_10ug - (used ? 0 : balance->out_ash_10ug);
}

/* What left a lot by an edge is what its children are made of. */
static void edges_add_up(struct story *story, const Seam__LotRecord *lot)
{
    struct world *world = story->world;
    int64_t through = 0;
    for (uint32_t i = 0; i < lot->edges; i++) {
        const Seam__LotEdge *edge = NULL;
        int64_t children = 0;
        assert_int_equal(view_lot_edge(&edge, world->state, lot->lot, i, &world->arena), OK);
        through += edge->qty_kg;
        for (size_t k = 0; k < edge->n_children; k++) {
            children += world_read(world, edge->children[k])->created_kg;
        }
        const bool mixed = edge->type == LOT_WASH_TYPE || edge->type == LOT_BLEND_TYPE;
        if (!mixed && children != edge->qty_kg) {
            story_fail(story, "%s: children %lld of %lld", lot->lot, (long long)children,
                       (long long)edge->qty_kg);
        }
    }
    if (through != lot->consumed_kg) {
        story_fail(story, "%s: edges %lld of %lld", lot->lot, (long long)through,
                   (long long)lot->consumed_kg);
    }
}

/* The history of a lot leads from nothing to what is in it. */
static void history_adds_up(struct story *story, const Seam__LotRecord *lot)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < lot->events; i++) {
        const Seam__LotHistoryEntry *entry = NULL;
        assert_int_equal(
            view_lot_history(&entry, story->world->state, lot->lot, i, &story->world->arena), OK);
        sum += entry->change_kg;
        if (sum < 0 || entry->created != (i == 0)) {
            story_fail(story, "%s: history %lld", lot->lot, (long long)sum);
        }
    }
    if (sum != lot->qty_kg) {
        story_fail(story, "%s: history %lld, lot %lld", lot->lot, (long long)sum,
                   (long long)lot->qty_kg);
    }
}

static void parties_hold(struct story *story)
{
    for (size_t i = 0; i < story->lot_count; i++) {
        const struct party *party = &story->lots[i];
        const Seam__LotRecord *lot = world_read(story->world, party->lot);
        if (strcmp(lot->owner, party->owner) != 0 ||
            strcmp(lot->custodian, party->custodian) != 0) {
            story_fail(story, "%s: %s holds for %s, expected %s for %s", lot->lot, lot->custodian,
                       lot->owner, party->custodian, party->owner);
        }
    }
}

static void conserved(struct story *story)
{
    struct world *world = story->world;
    struct sums left = {0, 0, 0};
    struct sums mined = {0, 0, 0};
    struct sums removed = {0, 0, 0};
    uint32_t lots = 0;
    uint32_t events = 0;
    const Seam__LotListEntry *entry = NULL;
    assert_int_equal(view_lot_list_count(&lots, world->state, LOT_LIST_ALL, "", &world->arena), OK);
    assert_int_equal(
        view_lot_list_count(&events, world->state, LOT_LIST_ALL_EVENTS, "", &world->arena), OK);
    assert_int_equal(events, story->accepted);
    for (uint32_t i = 0; i < lots; i++) {
        assert_int_equal(view_lot_list(&entry, world->state, LOT_LIST_ALL, "", i, &world->arena),
                         OK);
        const Seam__LotRecord *lot = world_read(world, entry->lot);
        const __int128 dry = (__int128)lot->qty_kg * (10000 - lot->moisture_e4);
        left.kg += lot->qty_kg;
        left.dry += dry;
        left.ash += dry * lot->ash_e4;
        edges_add_up(story, lot);
        history_adds_up(story, lot);
    }
    for (uint32_t i = 0; i < events; i++) {
        struct hash id;
        assert_int_equal(
            view_lot_list(&entry, world->state, LOT_LIST_ALL_EVENTS, "", i, &world->arena), OK);
        memcpy(id.bytes, entry->id.data, HASH_SIZE);
        event_removed(&removed, &mined, world_event(world, &id));
    }
    if (mined.kg != story->mined_kg || mined.kg != left.kg + removed.kg) {
        story_fail(story, "mass: mined %lld, left %lld, removed %lld", (long long)mined.kg,
                   (long long)left.kg, (long long)removed.kg);
    }
    if (mined.dry != left.dry + removed.dry || mined.ash != left.ash + removed.ash) {
        story_fail(story, "dry mass or ash: %lld units of dry mass differ",
                   (long long)(mined.dry - left.dry - removed.dry));
    }
    parties_hold(story);
}

static void play(struct world *world, uint64_t seed, uint64_t by_type[16])
{
    const size_t steps = seed < LONG_SEED ? STEPS : LONG_STEPS;
    struct story story = {.world = world, .seed = seed, .state = seed};
    arena_free(&world->arena);
    overlay_drop(world->state);
    world->state = overlay_new(world->base, NULL);
    assert_non_null(world->state);
    world->time_ms = world_time("2026-09-02T00:00:00Z");
    for (size_t i = 0; i < steps; i++) {
        step(&story);
    }
    conserved(&story);
    for (size_t i = 0; i < 16; i++) {
        by_type[i] += story.by_type[i];
    }
}

static void conservation(void **state)
{
    struct world *world = *state;
    uint64_t by_type[16] = {0};
    const char *seed = getenv("SEAM_SEED");
    if (seed != NULL) {
        play(world, strtoull(seed, NULL, 10), by_type);
        return;
    }
    for (uint64_t i = 1; i <= SEQUENCES; i++) {
        play(world, i, by_type);
    }
    for (uint64_t i = 0; i < 100; i++) { /* and some long ones */
        play(world, LONG_SEED + i, by_type);
    }
    /* Every type was admitted often: a property of refusals alone would prove nothing. */
    for (size_t i = 1; i < 16; i++) {
        if (by_type[i] < ADMITTED_LEAST) {
            fail_msg("type %zu admitted %llu times", i + PRODUCT_REGISTER_TYPE,
                     (unsigned long long)by_type[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conservation, world_setup, world_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
