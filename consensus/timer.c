/* SPDX-License-Identifier: Apache-2.0 */
/* Timers by name and generation, when the view timer runs, and how long (consensus.md 2.7). */

#include "consensus/state.h"

#define IDLE_HOLD 16u

void timer_set(struct cons *cons, enum cons_timer timer, uint32_t delay_ms)
{
    assert(timer < CONS_TIMER_COUNT);
    struct timer *state = &cons->timers[timer];
    state->generation++;
    state->armed = true;
    state->due_ms = cons->now_ms + delay_ms;
    struct cons_action *action = out_add(cons, CONS_A_SET_TIMER);
    action->u.timer.timer = timer;
    action->u.timer.generation = state->generation;
    action->u.timer.delay_ms = delay_ms;
}

void timer_cancel(struct cons *cons, enum cons_timer timer)
{
    struct timer *state = &cons->timers[timer];
    if (!state->armed) {
        return;
    }
    state->armed = false;
    struct cons_action *action = out_add(cons, CONS_A_CANCEL_TIMER);
    action->u.timer.timer = timer;
    action->u.timer.generation = state->generation;
}

bool timer_fired(struct cons *cons, enum cons_timer timer, uint32_t generation)
{
    assert(timer < CONS_TIMER_COUNT);
    struct timer *state = &cons->timers[timer];
    if ((!state->armed || state->generation != generation) && !MUTANT(MUTANT_ANY_TIMER)) {
        return false;
    }
    state->armed = false;
    return true;
}

/* R8: f + 1 NULLIFY votes hold one of a correct validator, so there is something to do. */
bool timer_nullify_seen(const struct cons *cons)
{
    const uint64_t voted = tally_voted(cons, cons->view, VOTE_NULLIFY);
    return (uint32_t)__builtin_popcountll(voted) > cons->faulty;
}

bool timer_active(const struct cons *cons)
{
    return cons->self != CONS_NONE && !cons->closed &&
           (cons->work || cons->heartbeat_due || high_view(cons) > final_view(cons) ||
            timer_nullify_seen(cons));
}

/* Grows only after f + 2 consecutive views without finality: up to f + 1 of them are explained by
 * dead leaders and pipelining. Made of certificates, so a restarted node agrees at once. */
static uint32_t middle_term(const struct cons *cons)
{
    const uint64_t gap = cons->view - final_view(cons) - 1;
    const uint64_t level = gap / (cons->faulty + 2);
    return level < CONS_LEVEL_MAX ? (uint32_t)level : CONS_LEVEL_MAX;
}

uint32_t timer_own_level(const struct cons *cons)
{
    const uint32_t middle = middle_term(cons);
    return middle > cons->sticky ? middle : cons->sticky;
}

/* The (f+1)-th highest of all validators' levels, our own being one of them: every correct node
 * takes the same rank of nearly the same list, so none holds views open, or gives them up, alone.
 * Hints carry own terms only; were they to carry this result, levels could never fall again. */
static uint32_t common_level(const struct cons *cons)
{
    uint32_t count_at[CONS_LEVEL_MAX + 1] = {0};
    count_at[timer_own_level(cons)]++;
    for (uint32_t i = 0; i < cons->count; i++) {
        const uint32_t level = cons->peers[i].level;
        if (cons->peers[i].has_level && i != cons->self) {
            count_at[level < CONS_LEVEL_MAX ? level : CONS_LEVEL_MAX]++;
        }
    }
    const uint32_t rank = MUTANT(MUTANT_HIGHEST_HINT) ? 1 : cons->faulty + 1;
    uint32_t seen = 0;
    for (uint32_t level = CONS_LEVEL_MAX; level > 0; level--) {
        seen += count_at[level];
        if (seen >= rank) {
            return level;
        }
    }
    return 0;
}

uint32_t timer_level(const struct cons *cons)
{
    const uint32_t middle = middle_term(cons);
    const uint32_t common = common_level(cons);
    return middle > common ? middle : common;
}

uint32_t cons_view_timeout_ms(const struct cons *cons)
{
    const uint32_t level = MUTANT(MUTANT_NO_BACKOFF) ? 0 : timer_level(cons);
    const uint64_t wanted = (uint64_t)cons->params.t0_ms << level;
    return wanted < cons->params.t_max_ms ? (uint32_t)wanted : cons->params.t_max_ms;
}

/* Coming down is a try: whoever must rise again soon tries less often. */
static void probe_down(struct cons *cons, uint32_t level)
{
    cons->sticky = level;
    cons->good = 0;
    cons->probe = 4 * cons->hold;
}

/* A finalization: the sticky level is probed down by one after `hold` of them. */
void timer_finality(struct cons *cons)
{
    const struct timer *rtx = &cons->timers[CONS_TIMER_RTX];
    if (cons->sticky > 0 && rtx->armed && rtx->due_ms > cons->now_ms + cons->params.lag_ms) {
        timer_set(cons, CONS_TIMER_RTX, cons->params.lag_ms); /* looks whether it was the last */
    }
    cons->good++;
    if (cons->sticky > 0 && cons->good >= cons->hold) {
        probe_down(cons, cons->sticky - 1);
        return;
    }
    if (cons->probe > 0) {
        cons->probe--;
        if (cons->probe == 0 && cons->hold > 1) {
            cons->hold /= 2;
        }
    }
}

/* Everything is final and nothing to do: there will be no finalizations to come down by. Where
 * coming down has failed again and again T0 is too short for this network: the level stays. */
void timer_idle(struct cons *cons)
{
    if (cons->sticky > 0 && cons->hold < IDLE_HOLD && !timer_active(cons)) {
        probe_down(cons, 0);
    }
}

/* A new view: the sticky level follows the middle term up; a rise soon after probing down means
 * that the probe was too early. */
void timer_entered(struct cons *cons)
{
    const uint32_t middle = middle_term(cons);
    if (middle <= cons->sticky) {
        return;
    }
    cons->sticky = middle;
    cons->good = 0;
    if (cons->probe > 0) {
        cons->hold = cons->hold < 512 ? cons->hold * 2 : 1024;
        cons->probe = 0;
    }
}

/* R12: the leader has not voted for W = 2n views while a quorum has. */
static bool leader_is_dead(const struct cons *cons)
{
    const uint16_t leader = cons_leader(cons, cons->view);
    const uint64_t window = 2u * (uint64_t)cons->count;
    if (leader == cons->self || cons->peers[leader].seen_view + window >= cons->view) {
        return false;
    }
    uint32_t awake = 0;
    for (uint32_t i = 0; i < cons->count; i++) {
        awake += cons->peers[i].seen_view + window >= cons->view ? 1u : 0u;
    }
    return awake >= cons->quorum;
}

static uint32_t view_delay(const struct cons *cons)
{
    const uint32_t delay = cons_view_timeout_ms(cons);
    if (leader_is_dead(cons) && cons->params.t_skip_ms < delay) {
        return cons->params.t_skip_ms;
    }
    return delay;
}

/* I11: the view timer runs exactly while the node is active and has not nullified. */
void timer_settle(struct cons *cons)
{
    const bool active = timer_active(cons);
    const bool wanted = active && cons->phase < 2 && cast_may_vote(cons);
    if (!active) {
        cons->active_ms = UINT64_MAX;
    } else if (cons->active_ms == UINT64_MAX) {
        cons->active_ms = cons->now_ms;
    }
    const bool armed = cons->timers[CONS_TIMER_VIEW].armed;
    if (wanted && !armed) {
        timer_set(cons, CONS_TIMER_VIEW, view_delay(cons));
    }
    if (!wanted && armed) {
        timer_cancel(cons, CONS_TIMER_VIEW);
    }
    const struct timer *rtx = &cons->timers[CONS_TIMER_RTX];
    if (rtx->armed && active && rtx->due_ms > cons->now_ms + cons->params.rtx_ms) {
        timer_set(cons, CONS_TIMER_RTX, cons->params.rtx_ms);
    }
}
