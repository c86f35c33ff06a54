/* SPDX-License-Identifier: Apache-2.0 */
/* One number decides: how many offsets are used. Given it, the rest follows: own allowances first,
 * the missing ones bought; of a surplus, the fewest are sold so that the others can be carried, as
 * each sale raises the limit. The cost over that number is linear with a ripple of the carry-over
 * ratio's period between a few corners, so the best lies within one period of a corner. */

#include "ledger/registry/compliance_plan.h"

#include <assert.h>

__extension__ typedef __int128 int128;

#define CORNERS_MAX 6

/* The question, boiled down. */
struct book {
    const struct plan_input *in;
    int64_t need;
    int64_t allowances; /* own */
    int64_t offsets; /* own */
    int64_t offsets_max; /* under the cap and the need */
    int64_t ratio_num;
    int64_t ratio_den;
};

/* One answer. */
struct trial {
    int64_t offsets;
    int64_t buy;
    int64_t sell;
    int64_t carry;
    int64_t limit;
    int128 cost;
};

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t carry_limit(const struct book *book, int64_t sell, int64_t buy)
{
    if (!book->in->carry) {
        return 0;
    }
    const int128 net = (int128)book->in->sold_t + sell - book->in->bought_t - buy;
    const int128 more = net > 0 ? net * book->ratio_num / book->ratio_den : 0;
    const int128 limit = tonnes_value(book->in->carry_rule.base) + more;
    return limit > INT64_MAX ? INT64_MAX : (int64_t)limit;
}

/* The fewest to sell so that the rest can be carried; 63 halvings at most. */
static int64_t sell_least(const struct book *book, int64_t surplus)
{
    int64_t low = 0;
    int64_t high = surplus;
    while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        if (surplus - middle <= carry_limit(book, middle, 0)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static struct trial trial_of(const struct book *book, int64_t offsets)
{
    const struct plan_prices *prices = &book->in->prices;
    const int64_t rest = book->need - offsets;
    struct trial trial = {.offsets = offsets};
    trial.cost = (int128)offsets * prices->offset_fen;
    if (rest >= book->allowances) {
        trial.buy = rest - book->allowances;
        trial.cost += (int128)trial.buy * prices->allowance_fen;
    } else {
        const int64_t surplus = book->allowances - rest;
        trial.sell =
            prices->carried_fen < prices->allowance_fen ? surplus : sell_least(book, surplus);
        trial.carry = surplus - trial.sell;
        trial.cost -= (int128)trial.sell * prices->allowance_fen;
        trial.cost -= (int128)trial.carry * prices->carried_fen;
    }
    trial.limit = carry_limit(book, trial.sell, trial.buy);
    return trial;
}

/* Units that change hands. */
static int64_t trading(const struct book *book, const struct trial *trial)
{
    const int64_t bought = trial->offsets > book->offsets ? trial->offsets - book->offsets : 0;
    return trial->buy + trial->sell + bought;
}

static bool better(const struct book *book, const struct trial *a, const struct trial *b)
{
    if (a->cost != b->cost) {
        return a->cost < b->cost;
    }
    const int64_t moved_a = trading(book, a);
    const int64_t moved_b = trading(book, b);
    return moved_a != moved_b ? moved_a < moved_b : a->offsets < b->offsets;
}

static struct trial best_of(const struct book *book)
{
    const int64_t covered = book->need - book->allowances; /* above it nothing is bought */
    const int64_t full = covered + carry_limit(book, 0, 0); /* above it something is sold */
    const int64_t debt = book->in->bought_t - book->in->sold_t;
    const int64_t corners[CORNERS_MAX] = {0,    book->offsets_max,           book->offsets, covered,
                                          full, full + (debt > 0 ? debt : 0)};
    const int64_t reach = book->ratio_num + book->ratio_den;
    struct trial best = trial_of(book, 0);
    for (size_t i = 0; i < CORNERS_MAX; i++) {
        for (int64_t step = -reach; step <= reach; step++) {
            const int64_t offsets = corners[i] + step;
            if (offsets < 0 || offsets > book->offsets_max) {
                continue;
            }
            const struct trial trial = trial_of(book, offsets);
            if (better(book, &trial, &best)) {
                best = trial;
            }
        }
    }
    return best;
}

/* --- the answer ------------------------------------------------------------------------------ */

static void reason(struct plan *out, enum plan_why why, int64_t a, int64_t b)
{
    assert(out->reason_count < PLAN_REASONS_MAX);
    out->reasons[out->reason_count++] = (struct plan_reason){.why = why, .a = a, .b = b};
}

static void offset_reasons(struct plan *out, const struct plan_input *in, const struct trial *best)
{
    if (in->offset_cap_bp == 0) {
        reason(out, PLAN_NO_OFFSETS, 0, 0);
        return;
    }
    const int64_t worth = best->carry > 0 ? in->prices.carried_fen : in->prices.allowance_fen;
    if (best->offsets > 0) {
        reason(out, PLAN_OFFSETS_CHEAPER, in->prices.offset_fen, worth);
    } else if (in->prices.offset_fen >= worth) {
        reason(out, PLAN_OFFSETS_DEARER, in->prices.offset_fen, worth);
    }
    if (best->offsets == out->cap_left_t) {
        reason(out, PLAN_CAP_REACHED, in->surrendered_offsets_t + best->offsets, out->cap_t);
    }
    if (out->buy_offsets_t > 0) {
        reason(out, PLAN_BUY_OFFSETS, out->buy_offsets_t, in->prices.offset_fen);
    }
}

static void reasons(struct plan *out, const struct plan_input *in, const struct trial *best)
{
    if (out->need_t == 0) {
        reason(out, PLAN_COVERED, out->need_t, 0);
    } else {
        offset_reasons(out, in, best);
    }
    for (size_t i = 0; i < in->count && out->own_allowances_t > 0; i++) {
        if (!in->holdings[i].offset && out->use_t[i] > 0) {
            reason(out, PLAN_OLDEST_FIRST, out->own_allowances_t, (int64_t)in->holdings[i].vintage);
            break;
        }
    }
    if (out->buy_allowances_t > 0) {
        reason(out, PLAN_BUY_ALLOWANCES, out->buy_allowances_t, in->prices.allowance_fen);
    }
    if (out->carry_t > 0) {
        reason(out, PLAN_CARRY, out->carry_t, out->carry_limit_t);
    }
    if (out->sell_allowances_t > 0) {
        if (!in->carry) {
            reason(out, PLAN_NO_CARRY, out->sell_allowances_t, 0);
        }
        reason(out, PLAN_SELL, out->sell_allowances_t, in->prices.allowance_fen);
    }
}

/* The oldest units first: they are the first that lapse. */
static void use(struct plan *out, const struct plan_input *in)
{
    int64_t allowances = out->own_allowances_t;
    int64_t offsets = out->own_offsets_t;
    for (size_t i = 0; i < in->count; i++) {
        int64_t *left = in->holdings[i].offset ? &offsets : &allowances;
        out->use_t[i] = least(*left, in->holdings[i].available_t);
        *left -= out->use_t[i];
    }
    assert(allowances == 0);
    assert(offsets == 0);
}

static enum err bounds(const struct plan_input *in)
{
    const int64_t amounts[] = {
        in->obligation_t, in->surrendered_allowances_t,     in->surrendered_offsets_t, in->sold_t,
        in->bought_t,     tonnes_value(in->carry_rule.base)};
    const int64_t prices[] = {in->prices.allowance_fen, in->prices.offset_fen,
                              in->prices.carried_fen};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        if (amounts[i] < 0 || amounts[i] > PLAN_TONNES_MAX) {
            return amounts[i] < 0 ? ERR_NEG : ERR_RANGE;
        }
    }
    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        if (prices[i] < 0 || prices[i] > PLAN_FEN_MAX) {
            return prices[i] < 0 ? ERR_NEG : ERR_RANGE;
        }
    }
    if (in->carry && (in->carry_rule.ratio_den == 0 || in->carry_rule.ratio_den > PLAN_RATIO_MAX ||
                      in->carry_rule.ratio_num > PLAN_RATIO_MAX)) {
        return ERR_RANGE;
    }
    return in->count > PLAN_HOLDINGS_MAX ? ERR_RANGE : OK;
}

static enum err book_open(struct book *book, struct plan *out, const struct plan_input *in)
{
    *book = (struct book){.in = in, .ratio_den = 1};
    if (in->carry) {
        book->ratio_num = in->carry_rule.ratio_num;
        book->ratio_den = in->carry_rule.ratio_den;
    }
    for (size_t i = 0; i < in->count; i++) {
        int64_t *sum = in->holdings[i].offset ? &book->offsets : &book->allowances;
        if (in->holdings[i].available_t < 0) {
            return ERR_NEG;
        }
        if (in->holdings[i].available_t > PLAN_TONNES_MAX - *sum) {
            return ERR_RANGE;
        }
        *sum += in->holdings[i].available_t;
    }
    struct tonnes cap;
    const enum err err =
        obligation_offset_cap(&cap, tonnes_of(in->obligation_t), in->offset_cap_bp);
    if (err != OK) {
        return err;
    }
    /* Offsets above the cap count for nothing [V17]. */
    const int64_t done =
        in->surrendered_allowances_t + least(in->surrendered_offsets_t, tonnes_value(cap));
    out->need_t = in->obligation_t > done ? in->obligation_t - done : 0;
    out->cap_t = tonnes_value(cap);
    out->cap_left_t =
        out->cap_t > in->surrendered_offsets_t ? out->cap_t - in->surrendered_offsets_t : 0;
    book->need = out->need_t;
    book->offsets_max = least(out->cap_left_t, out->need_t);
    return OK;
}

static enum err price(struct plan *out, const struct plan_input *in, const struct trial *best,
                      const struct trial *without)
{
    const int128 pay = (int128)out->buy_allowances_t * in->prices.allowance_fen +
                       (int128)out->buy_offsets_t * in->prices.offset_fen;
    const int128 receive = (int128)out->sell_allowances_t * in->prices.allowance_fen;
    const int128 sums[] = {pay, receive, best->cost, without->cost};
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        if (sums[i] > INT64_MAX || sums[i] < INT64_MIN) {
            return ERR_RANGE;
        }
    }
    out->pay_fen = (int64_t)pay;
    out->receive_fen = (int64_t)receive;
    out->cost_fen = (int64_t)best->cost;
    out->without_offsets_fen = (int64_t)without->cost;
    return OK;
}

enum err plan_make(struct plan *out, const struct plan_input *in)
{
    struct plan plan = {0};
    struct book book;
    enum err err = bounds(in);
    if (err == OK) {
        err = book_open(&book, &plan, in);
    }
    if (err != OK) {
        return err;
    }
    const struct trial best = best_of(&book);
    const struct trial without = trial_of(&book, 0);
    plan.own_offsets_t = least(best.offsets, book.offsets);
    plan.buy_offsets_t = best.offsets - plan.own_offsets_t;
    plan.buy_allowances_t = best.buy;
    plan.own_allowances_t = plan.need_t - best.offsets - best.buy;
    plan.sell_allowances_t = best.sell;
    plan.carry_t = best.carry;
    plan.carry_limit_t = best.limit;
    err = price(&plan, in, &best, &without);
    if (err != OK) {
        return err;
    }
    use(&plan, in);
    reasons(&plan, in, &best);
    *out = plan;
    return OK;
}

const char *plan_why_name(enum plan_why why)
{
    static const char *const names[] = {
        [PLAN_COVERED] = "COVERED",
        [PLAN_OFFSETS_CHEAPER] = "OFFSETS_CHEAPER",
        [PLAN_OFFSETS_DEARER] = "OFFSETS_DEARER",
        [PLAN_CAP_REACHED] = "CAP_REACHED",
        [PLAN_NO_OFFSETS] = "NO_OFFSETS",
        [PLAN_OLDEST_FIRST] = "OLDEST_FIRST",
        [PLAN_BUY_ALLOWANCES] = "BUY_ALLOWANCES",
        [PLAN_BUY_OFFSETS] = "BUY_OFFSETS",
        [PLAN_CARRY] = "CARRY",
        [PLAN_SELL] = "SELL",
        [PLAN_NO_CARRY] = "NO_CARRY",
    };
    return names[why];
}
