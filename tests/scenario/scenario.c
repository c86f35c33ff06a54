/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol stories whose transcript is the test: four nodes, a fixed delay, a script. Validators
 * are numbered n0 to n3; the leader of view v is n(v mod 4). */

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/sim/sim.h"

#define TEXT_MAX (1 << 20)
#define ANY CONS_NONE

struct story {
    const char *name;
    const char *title;
    uint16_t nodes;
    uint32_t delay_ms;
    uint32_t t0_ms;
    bool (*play)(struct sim *sim); /* what must hold besides the transcript */
};

static struct cons_params params_of(uint32_t t0_ms)
{
    struct cons_params params = cons_params_default();
    params.t0_ms = t0_ms;
    return params;
}

/* Block interval 2 delays, finality after 3; an idle chain needs no further block. */
static bool good_case(struct sim *sim)
{
    sim_submit(sim, 0);
    sim_until(sim, 299);
    const bool early = sim_is_final(sim, 0);
    sim_until(sim, 300);
    const bool in_time = sim_is_final(sim, 0);
    sim_until(sim, 700);
    const uint64_t before = sim_counters(sim)->blocks;
    sim_submit(sim, 1);
    sim_until(sim, 750);
    sim_submit(sim, 2);
    sim_until(sim, 1200);
    return !early && in_time && before == 1 && sim_is_final(sim, 2);
}

/* G10: an idle network sends only STATUS, and a heartbeat block when it is due. */
static bool idle(struct sim *sim)
{
    sim_until(sim, 59000);
    const struct sim_counters *counters = sim_counters(sim);
    const bool quiet = counters->casts == 0 && counters->messages < 4 * 3 * 14;
    sim_until(sim, 62000);
    return quiet && counters->blocks == 1;
}

static bool dead_leader(struct sim *sim)
{
    sim_crash(sim, 1);
    sim_submit(sim, 0);
    sim_until(sim, 1200);
    return sim_is_final(sim, 0) && sim_counters(sim)->nullify == 3;
}

/* n0 alone sees N(1) and finalizes; the others leave view 1 by Z(1) and never had N(1). Neither
 * side needs the other's certificate (Commonware 2137, 2192). */
static bool split_certificate(struct sim *sim)
{
    sim_drop(sim, ANY, ANY, CONS_M_NOTARIZE);
    sim_submit(sim, 0);
    sim_until(sim, 1050);
    sim_say(sim, "from now on n0 hears, and is not heard");
    sim_drop_none(sim);
    for (uint16_t to = 1; to < 4; to++) {
        sim_drop(sim, ANY, to, CONS_M_NOTARIZE);
        sim_cut(sim, 0, to);
    }
    sim_until(sim, 1450);
    const bool notarized = sim_status(sim, 0).high_view == 1;
    sim_drop_none(sim);
    sim_until(sim, 1530);
    const bool split = sim_status(sim, 2).view == 2 && sim_status(sim, 2).high_view == 0;
    sim_say(sim, "the network is whole again");
    for (uint16_t to = 1; to < 4; to++) {
        sim_join(sim, 0, to);
    }
    sim_until(sim, 2500);
    return notarized && split && sim_is_final(sim, 0);
}

/* N(1) reaches n3 after it has nullified: it moves on, and casts no FINALIZE (Commonware 2695). */
static bool late_notarization(struct sim *sim)
{
    sim_drop(sim, ANY, 3, CONS_M_NOTARIZE);
    sim_drop(sim, ANY, 3, CONS_M_FINALIZE);
    sim_drop(sim, ANY, 3, CONS_M_CERT);
    sim_drop(sim, ANY, 3, CONS_M_FINAL);
    sim_submit(sim, 0);
    sim_until(sim, 600);
    const bool stayed = sim_status(sim, 3).view == 1 && sim_status(sim, 3).phase == 2;
    sim_drop_none(sim);
    sim_drop(sim, ANY, 3, CONS_M_FINAL);
    sim_until(sim, 2200);
    const bool moved = sim_status(sim, 3).view == 2;
    sim_drop_none(sim);
    sim_until(sim, 6500);
    return stayed && moved && sim_is_final(sim, 0) && sim_counters(sim)->finalize == 3;
}

/* Exactly a quorum is up; all of it restarts after NULLIFY. Each must count its own vote again
 * (Commonware 4275). */
static bool restart_after_nullify(struct sim *sim)
{
    sim_crash(sim, 1);
    sim_drop(sim, ANY, ANY, CONS_M_NULLIFY);
    sim_submit(sim, 0);
    sim_until(sim, 600);
    const bool stuck = sim_status(sim, 0).view == 1 && sim_status(sim, 0).phase == 2;
    sim_crash(sim, 0);
    sim_crash(sim, 2);
    sim_crash(sim, 3);
    sim_drop_none(sim);
    sim_until(sim, 700);
    sim_restart(sim, 0);
    sim_restart(sim, 2);
    sim_restart(sim, 3);
    sim_until(sim, 1500);
    return stuck && sim_is_final(sim, 0) && sim_counters(sim)->nullify == 3;
}

/* Block 1 is notarized but not final when its successor's leader is dead: the NULLIFY votes carry
 * lock 1, and the next leader builds on it. */
static bool lock_carried_over(struct sim *sim)
{
    sim_crash(sim, 2);
    sim_drop(sim, ANY, ANY, CONS_M_FINALIZE);
    sim_submit(sim, 0);
    sim_until(sim, 500);
    sim_drop_none(sim);
    sim_until(sim, 2500);
    return sim_is_final(sim, 0) && sim_counters(sim)->lock_carried == 3;
}

/* Four views are nullified without n3; one justification brings it to the fifth. */
static bool skip_several_views(struct sim *sim)
{
    for (uint16_t other = 0; other < 3; other++) {
        sim_cut(sim, other, 3);
        sim_cut(sim, 3, other);
    }
    sim_drop(sim, ANY, ANY, CONS_M_PROPOSE);
    sim_submit(sim, 0);
    while (sim_status(sim, 0).view < 5) {
        sim_until(sim, sim_status(sim, 0).view_since_ms + 1);
        for (uint64_t ms = sim_status(sim, 0).view_since_ms; sim_status(sim, 0).view < 5;
             ms += 10) {
            sim_until(sim, ms);
            if (ms > 60000) {
                return false;
            }
        }
    }
    const bool behind = sim_status(sim, 3).view == 1;
    sim_say(sim, "n3 is back");
    for (uint16_t other = 0; other < 3; other++) {
        sim_join(sim, other, 3);
        sim_join(sim, 3, other);
    }
    sim_drop_none(sim);
    sim_until(sim, 20000);
    return behind && sim_is_final(sim, 0);
}

/* T0 is a third of what a view needs: levels rise by certificates until blocks become final; a
 * node that restarts in between agrees with the others at once. */
static bool level_rises(struct sim *sim)
{
    sim_submit(sim, 0);
    sim_until(sim, 700);
    sim_crash(sim, 0);
    sim_until(sim, 900);
    sim_restart(sim, 0);
    sim_until(sim, 1000);
    const bool agrees =
        sim_status(sim, 0).level >= sim_status(sim, 2).level && sim_status(sim, 2).level > 0;
    sim_until(sim, 15000);
    return agrees && sim_is_final(sim, 0);
}

/* The body of the proposal is lost on its way to n3, and so is every push of it: n3 fetches. */
static bool body_fetched(struct sim *sim)
{
    sim_drop(sim, 1, 3, CONS_M_BODY);
    sim_submit(sim, 0);
    sim_until(sim, 700);
    const struct sim_counters *counters = sim_counters(sim);
    return sim_is_final(sim, 0) && counters->fetches > 0;
}

static const struct story stories[] = {
    {"good_case", "a block in 2 delays, final in 3", 4, 100, 1000, good_case},
    {"idle", "an idle network, and its heartbeat", 4, 50, 1000, idle},
    {"dead_leader", "the leader of view 1 is dead", 4, 50, 500, dead_leader},
    {"split_certificate", "one node has only N(1), the others only Z(1)", 4, 20, 1500,
     split_certificate},
    {"late_notarization", "N(1) comes after NULLIFY(1)", 4, 50, 500, late_notarization},
    {"restart_after_nullify", "a bare quorum restarts after NULLIFY", 4, 50, 500,
     restart_after_nullify},
    {"lock_carried_over", "a notarized block survives the next leader", 4, 50, 500,
     lock_carried_over},
    {"skip_several_views", "one justification over four views", 4, 50, 500, skip_several_views},
    {"level_rises", "T0 far too short", 4, 100, 100, level_rises},
    {"body_fetched", "a body that never arrives by itself", 4, 50, 1000, body_fetched},
};

static char *play(const struct story *story, bool *good)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out != NULL);
    (void)fprintf(out, "# %s: %s\n# %u nodes, delay %u ms, T0 %u ms\n", story->name, story->title,
                  story->nodes, story->delay_ms, story->t0_ms);
    const struct cons_params params = params_of(story->t0_ms);
    struct sim *sim = sim_open(story->nodes, story->delay_ms, &params, out);
    const bool held = story->play(sim);
    const char *failure = sim_failure(sim);
    if (failure != NULL) {
        (void)printf("not ok %s: %s\n", story->name, failure);
    } else if (!held) {
        (void)printf("not ok %s: the story did not go as told\n", story->name);
    }
    *good = held && failure == NULL;
    sim_close(sim);
    (void)fclose(out);
    return text;
}

static bool write_transcript(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return false;
    }
    (void)fputs(text, file);
    return fclose(file) == 0;
}

static bool same_transcript(const char *path, const char *text)
{
    static char expected[TEXT_MAX];
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        (void)printf("not ok %s is missing\n", path);
        return false;
    }
    const size_t size = fread(expected, 1, sizeof expected - 1, file);
    (void)fclose(file);
    expected[size] = '\0';
    if (strcmp(expected, text) == 0) {
        return true;
    }
    uint32_t line = 1;
    size_t at = 0;
    size_t start = 0;
    for (; text[at] != '\0' && text[at] == expected[at]; at++) {
        if (text[at] == '\n') {
            line++;
            start = at + 1;
        }
    }
    (void)printf("not ok %s:%u\n  expected %.*s\n  is       %.*s\n", path, line,
                 (int)strcspn(expected + start, "\n"), expected + start,
                 (int)strcspn(text + start, "\n"), text + start);
    return false;
}

int main(int argc, char **argv)
{
    const bool writing = argc > 1 && strcmp(argv[1], "--write") == 0;
    const char *only = argc > 1 && !writing ? argv[1] : argc > 2 ? argv[2] : NULL;
    int failed = 0;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const struct story *story = &stories[i];
        if (only != NULL && strcmp(only, story->name) != 0) {
            continue;
        }
        char path[512];
        (void)snprintf(path, sizeof path, "%s/%s.txt", SCENARIO_FOLDER, story->name);
        bool good = false;
        char *text = play(story, &good);
        good &= writing ? write_transcript(path, text) : same_transcript(path, text);
        if (good) {
            (void)printf("ok %s\n", story->name);
        }
        failed += good ? 0 : 1;
        free(text);
    }
    return failed == 0 ? 0 : 1;
}
