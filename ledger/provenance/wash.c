/* SPDX-License-Identifier: Apache-2.0 */
/* Washing: dry mass, ash and carbon go in and come out, in clean coal, middlings, slime, gangue and
 * losses; water comes and goes [KSSJ 7.2.1b] (V11). More out than in is refused; less is admitted
 * with its amount, for somebody has to look where it went. */

#include "ledger/provenance/rules.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "ledger/provenance/custody.h"
#include "ledger/provenance/energy.h"
#include "ledger/provenance/gain.h"

struct wash {
    struct event event;
    const Seam__LotWash *in;
    struct balance balance;
    struct masses product; /* outputs[0] */
    struct mixture mixture;
    __int128 gain_dg; /* carried by what went in */
    const Seam__FacilityRecord *facility;
};

static enum judgement field_refuse(const struct event *event, enum err err, const char *list,
                                   size_t index, const char *member)
{
    char field[80];
    (void)snprintf(field, sizeof field, "%s[%zu].%s", list, index, member);
    return event_refuse(event, JUDGE_NEVER, err, field, "4.1", NULL, NULL);
}

static enum judgement check_counts(const struct wash *wash)
{
    const Seam__LotWash *in = wash->in;
    if (in->n_inputs == 0 || in->n_inputs > EVENT_PARTS_MAX) {
        return event_refuse(&wash->event, JUDGE_NEVER, in->n_inputs == 0 ? ERR_MISSING : ERR_LENGTH,
                            "inputs", "D41", "1..64", NULL);
    }
    if (in->n_outputs == 0 || in->n_outputs > EVENT_OUTPUTS_MAX) {
        return event_refuse(&wash->event, JUDGE_NEVER,
                            in->n_outputs == 0 ? ERR_MISSING : ERR_LENGTH, "outputs", "D41",
                            "1..16", NULL);
    }
    if (in->n_losses > EVENT_OUTPUTS_MAX) {
        return event_refuse(&wash->event, JUDGE_NEVER, ERR_LENGTH, "losses", "D41", "0..16", NULL);
    }
    return JUDGE_OK;
}

static enum judgement take_inputs(struct wash *wash)
{
    struct event *event = &wash->event;
    for (size_t i = 0; i < wash->in->n_inputs; i++) {
        const Seam__LotAmount *amount = wash->in->inputs[i];
        Seam__LotRecord *lot = NULL;
        int64_t kg = 0;
        int64_t claim = 0;
        char field[40];
        (void)snprintf(field, sizeof field, "inputs[%zu].lot", i);
        enum judgement judgement = event_open(event, &lot, amount->lot, NEED_ALL, field);
        if (judgement == JUDGE_OK) {
            (void)snprintf(field, sizeof field, "inputs[%zu].qty", i);
            judgement = event_amount(event, &kg, lot, amount->qty, field);
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
        const struct quality quality = quality_of(lot);
        masses_add(&wash->balance.in, kg, &quality);
        wash->gain_dg += gain_dry(lot, kg);
        event_consume(event, lot, kg, &claim);
        judgement = custody_add(event, &wash->mixture, lot, kg, claim);
        if (judgement == JUDGE_OK) {
            judgement = event_world(event, event_input(event, lot->lot, kg, &quality));
        }
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static enum judgement make_output(struct wash *wash, size_t index)
{
    struct event *event = &wash->event;
    const Seam__LotOutput *output = wash->in->outputs[index];
    struct quality quality;
    const char *member = NULL;
    char field[64];
    int64_t kg = 0;
    Seam__LotRecord *lot = NULL;
    enum err err = quality_parse(&quality, &member, output->quality);
    if (err == OK) {
        member = "qty";
        err = mass_parse(&kg, output->qty, false);
    }
    if (err != OK) {
        return field_refuse(event, err, "outputs", index, member);
    }
    (void)snprintf(field, sizeof field, "outputs[%zu].lot", index);
    const enum judgement judgement = event_create(event, &lot, output->lot, kg, &quality, field);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    lot->facility = wash->facility->facility;
    lot->stage = event->record.stage;
    lot->month = event->month;
    event_schemes(event, lot);
    masses_add(&wash->balance.out, kg, &quality);
    if (index == 0) {
        masses_add(&wash->product, kg, &quality);
    }
    (void)snprintf(field, sizeof field, "outputs[%zu].quality.ash", index);
    const enum judgement plausible = energy_plausible(event, lot, field);
    if (plausible != JUDGE_OK) {
        return plausible;
    }
    return event_world(event, event_output(event, lot->lot, kg, &quality));
}

static enum judgement take_losses(struct wash *wash)
{
    struct event *event = &wash->event;
    for (size_t i = 0; i < wash->in->n_losses; i++) {
        const Seam__LotWashLoss *loss = wash->in->losses[i];
        struct quality quality = {.has_carbon = loss->carbon[0] != '\0'};
        int64_t kg = 0;
        const char *member = "qty";
        enum err err = mass_parse(&kg, loss->qty, false);
        if (err == OK) {
            member = "moisture";
            err = fraction_parse(&quality.moisture_e4, loss->moisture, false);
        }
        if (err == OK) {
            member = "ash";
            err = fraction_parse(&quality.ash_e4, loss->ash, false);
        }
        if (err == OK && quality.has_carbon) {
            member = "carbon";
            err = fraction_parse(&quality.carbon_e4, loss->carbon, false);
        }
        if (err != OK) {
            return field_refuse(event, err, "losses", i, member);
        }
        masses_add(&wash->balance.loss, kg, &quality);
        err = event_loss(event, kg, &quality);
        if (err != OK) {
            return event_world(event, err);
        }
    }
    return JUDGE_OK;
}

static enum judgement make_outputs(struct wash *wash)
{
    enum judgement judgement = JUDGE_OK;
    for (size_t i = 0; i < wash->in->n_outputs && judgement == JUDGE_OK; i++) {
        judgement = make_output(wash, i);
    }
    if (judgement == JUDGE_OK) {
        judgement = take_losses(wash);
    }
    const struct balance *balance = &wash->balance;
    if (judgement == JUDGE_OK && (balance->in.kg > MASS_KG_MAX || balance->out.kg > MASS_KG_MAX ||
                                  balance->loss.kg > MASS_KG_MAX)) {
        return event_refuse(&wash->event, JUDGE_NEVER, ERR_RANGE, "inputs", "4.1", "10000000 t",
                            "too much for one event");
    }
    return judgement;
}

/* --- the balances of V11 --------------------------------------------------------------------- */

/* What may come out and what came out, and the tolerance as text. */
static enum judgement balance_judged(struct wash *wash, enum balance_part part, const char *about,
                                     const char *key)
{
    struct event *event = &wash->event;
    struct dec tolerance = {0, 0};
    const enum judgement judgement = event_value(event, &tolerance, key);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const enum balance_verdict verdict = balance_judge(&wash->balance, part, tolerance);
    if (verdict == BALANCE_HOLDS) {
        return JUDGE_OK;
    }
    const __int128 difference = balance_difference(&wash->balance, part);
    char amount[MASS_TEXT_SIZE];
    char limit[64];
    char text[DEC_TEXT_SIZE];
    mass_text(amount, balance_kg(difference < 0 ? -difference : difference, part));
    dec_text(text, tolerance);
    if (verdict == BALANCE_DEFICIT) {
        (void)snprintf(limit, sizeof limit, "%s of what went in", text);
        return event_world(event, event_finding(event, "W_BALANCE", about, amount, limit));
    }
    char hint[160];
    char whole[MASS_TEXT_SIZE];
    const struct balance only = {.in = wash->balance.in};
    const __int128 in = balance_difference(&only, part);
    const __int128 most = in + in * tolerance.m / (__int128)dec_power(tolerance.s);
    mass_text(whole, balance_kg(most, part));
    (void)snprintf(limit, sizeof limit, "%s %s", about, whole);
    (void)snprintf(hint, sizeof hint,
                   "%s more of it came out than went in; %s of what went in is tolerated", amount,
                   text);
    return event_refuse(event, JUDGE_NEVER, ERR_BALANCE, "outputs", "V11", limit, hint);
}

/* A yield above what the ash contents allow [V11]. */
static enum judgement yield_judged(struct wash *wash)
{
    struct event *event = &wash->event;
    struct dec tolerance = {0, 0};
    uint32_t actual = 0;
    uint32_t expected = 0;
    const enum judgement judgement = event_value(event, &tolerance, "balance.yield");
    if (judgement != JUDGE_OK ||
        !balance_yields(&actual, &expected, &wash->balance, &wash->product)) {
        return judgement;
    }
    event->balance.has_yield = true;
    event->balance.yield_actual_e4 = actual;
    event->balance.yield_expected_e4 = expected;
    if (actual <= expected ||
        balance_within((__int128)actual - expected, FRACTION_ONE, tolerance)) {
        return JUDGE_OK;
    }
    char amount[MASS_TEXT_SIZE];
    char limit[40];
    const __int128 excess = wash->balance.in.dry_dg * (actual - expected) / FRACTION_ONE;
    mass_text(amount, balance_kg(excess, BALANCE_DRY));
    (void)snprintf(limit, sizeof limit, "yield 0.%04u, declared 0.%04u", expected, actual);
    return event_world(event, event_finding(event, "W_YIELD", "YIELD", amount, limit));
}

/* Where water is metered, the mass as received closes too; a finding, never a refusal. */
static enum judgement water_judged(struct wash *wash)
{
    struct event *event = &wash->event;
    struct dec tolerance = {0, 0};
    int64_t water = 0;
    if (wash->in->water[0] == '\0') {
        return JUDGE_OK;
    }
    const bool negative = wash->in->water[0] == '-';
    const enum err err = mass_parse(&water, wash->in->water + (negative ? 1 : 0), true);
    if (err != OK) {
        return event_refuse(event, JUDGE_NEVER, err, "water", "4.1", "t, at most 3 decimals", NULL);
    }
    event->record.water = wash->in->water;
    const enum judgement judgement = event_value(event, &tolerance, "balance.water");
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    const __int128 rest =
        balance_difference(&wash->balance, BALANCE_MASS) + (negative ? -water : water);
    if (balance_within(rest < 0 ? -rest : rest, wash->balance.in.kg, tolerance)) {
        return JUDGE_OK;
    }
    char amount[MASS_TEXT_SIZE];
    char text[DEC_TEXT_SIZE];
    mass_text(amount, rest);
    dec_text(text, tolerance);
    return event_world(event, event_finding(event, "W_WATER", "MASS", amount, text));
}

static enum judgement judge_balances(struct wash *wash)
{
    balance_record(&wash->event.balance, &wash->balance);
    wash->event.record.balance = &wash->event.balance;
    enum judgement judgement = balance_judged(wash, BALANCE_DRY, "DRY", "balance.dry");
    if (judgement == JUDGE_OK) {
        judgement = balance_judged(wash, BALANCE_ASH, "ASH", "balance.ash");
    }
    if (judgement == JUDGE_OK && balance_measured(&wash->balance)) {
        judgement = balance_judged(wash, BALANCE_CARBON, "CARBON", "balance.carbon");
    }
    if (judgement == JUDGE_OK) {
        judgement = energy_judge(&wash->event, &wash->balance);
    }
    if (judgement == JUDGE_OK) {
        judgement = energy_share(&wash->event, wash->in->n_outputs);
    }
    if (judgement == JUDGE_OK) {
        judgement = yield_judged(wash);
    }
    return judgement == JUDGE_OK ? water_judged(wash) : judgement;
}

/* Dry mass that appeared is a gain, as if a scale had found it, and goes with what was gained
 * before into everything that came out. */
static enum judgement give_gain(struct wash *wash)
{
    struct event *event = &wash->event;
    const struct balance *balance = &wash->balance;
    const size_t first = event->lot_count - wash->in->n_outputs;
    __int128 gain = 0;
    const enum judgement judgement = gain_mix(event, &gain, balance, wash->gain_dg, "outputs");
    for (size_t i = 0; judgement == JUDGE_OK && i < wash->in->n_outputs; i++) {
        Seam__LotRecord *lot = event->lots[first + i].lot;
        lot->carried_gain_kg =
            gain_share(lot->created_kg, gain, balance->out.dry_dg + balance->loss.dry_dg);
    }
    return judgement;
}

/* --- custody --------------------------------------------------------------------------------- */

/* The outputs are the last lots that the event made. */
static enum judgement give_custody(struct wash *wash)
{
    struct event *event = &wash->event;
    const size_t first = event->lot_count - wash->in->n_outputs;
    for (size_t i = 0; i < wash->in->n_outputs; i++) {
        const Seam__LotOutput *output = wash->in->outputs[i];
        const struct custody_wish wish = {output->model, output->claim, output->claim_qty};
        char field[40];
        (void)snprintf(field, sizeof field, "outputs[%zu].model", i);
        const enum judgement judgement =
            custody_inherit(event, event->lots[first + i].lot, &wash->mixture, &wish,
                            (int64_t)wash->balance.out.kg, field);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    return JUDGE_OK;
}

static enum judgement wash_place(struct wash *wash)
{
    struct event *event = &wash->event;
    const enum judgement judgement =
        event_facility(event, &wash->facility, wash->in->facility, "WP", wash->in->month);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    if (strcmp(event->head->place, wash->in->facility) != 0) {
        return event_refuse(event, JUDGE_NEVER, ERR_CONFLICT, "event.place", "D41",
                            wash->in->facility, "coal is washed at the facility");
    }
    event->record.stage = (char *)(uintptr_t) "WA";
    return JUDGE_OK;
}

/* After the inputs: the rules of their schemes count, too. */
static enum judgement wash_rules(struct wash *wash)
{
    return event_rules(&wash->event, wash->facility->scheme);
}

enum judgement lot_wash(struct rule_context *context, const ProtobufCMessage *payload,
                        const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    struct wash wash = {.in = (const Seam__LotWash *)payload,
                        .balance = {masses_none(), masses_none(), masses_none()},
                        .product = masses_none(),
                        .mixture = custody_mixture()};
    static enum judgement (*const steps[])(struct wash *) = {
        wash_place, take_inputs, wash_rules, make_outputs, judge_balances, give_gain, give_custody};
    enum judgement judgement =
        event_start(&wash.event, context, LOT_WASH_TYPE, wash.in->event, detail);
    if (judgement == JUDGE_OK) {
        judgement = check_counts(&wash);
    }
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && judgement == JUDGE_OK; i++) {
        judgement = steps[i](&wash);
    }
    return judgement == JUDGE_OK ? event_finish(&wash.event) : judgement;
}
