/* SPDX-License-Identifier: Apache-2.0 */
/* One row an account; whoever should have one by now and has none is a row, too. */

#include "ledger/query/gap.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/accounting/obligation.h"
#include "ledger/assurance/observation.h"
#include "ledger/assurance/view.h"
#include "ledger/base/num.h"
#include "ledger/base/root.h"

__extension__ typedef __int128 int128;

#define WHOLE_BP 10000
#define Z95_MILLI 1960 /* half-width of a 95 % interval in thousandths of a standard deviation */
#define PERIODS_MAX 12
#define QUARTERS 4
#define ROOM 64 /* entries of a list read at once */

const char *gap_colour_name(enum gap_colour colour)
{
    static const char *const names[] = {"NONE", "GREEN", "YELLOW", "ORANGE", "RED"};
    return names[colour];
}

/* --- rules ------------------------------------------------------------------------------------*/

static bool rule_value(uint32_t *out, const Seam__ParameterSet *set, const char *key,
                       uint8_t decimals)
{
    for (size_t i = 0; i < set->n_values; i++) {
        struct dec value;
        if (strcmp(set->values[i]->key, key) != 0) {
            continue;
        }
        if (dec_parse(&value, bytes_text(set->values[i]->value)) != OK || value.m < 0 ||
            value.m > 1000000 || value.s > decimals) {
            return false;
        }
        *out = (uint32_t)((uint64_t)value.m * dec_power((unsigned)(decimals - value.s)));
        return true;
    }
    return false;
}

enum err gap_rules_of(struct gap_rules *out, const Seam__ParameterSet *set,
                      struct err_detail *detail)
{
    struct gap_rules rules = {0};
    const struct {
        const char *key;
        uint32_t *value;
        uint8_t decimals;
    } rows[] = {
        {"gap.yellow_bp", &rules.yellow_bp, 0},   {"gap.orange_bp", &rules.orange_bp, 0},
        {"gap.red_bp", &rules.red_bp, 0},         {"gap.yellow_z", &rules.yellow_z, 3},
        {"gap.orange_z", &rules.orange_z, 3},     {"gap.red_z", &rules.red_z, 3},
        {"gap.account_bp", &rules.account_bp, 0}, {"gap.material_bp", &rules.material_bp, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!rule_value(rows[i].value, set, rows[i].key, rows[i].decimals)) {
            return err_set(detail, ERR_PARAM, rows[i].key, NULL, NULL, "not in the set of rules");
        }
    }
    *out = rules;
    return OK;
}

/* --- numbers ----------------------------------------------------------------------------------*/

/* num / den, half away from zero, kept within 2^53. */
static int64_t rounded(int128 num, int128 den)
{
    const int128 size = num < 0 ? -num : num;
    int128 quotient = (2 * size + den) / (2 * den);
    quotient = quotient > QTY_SAFE_MAX ? QTY_SAFE_MAX : quotient;
    return (int64_t)(num < 0 ? -quotient : quotient);
}

static int64_t share_bp(int64_t difference, int64_t of)
{
    if (of == 0) {
        return 0;
    }
    const int128 num = (int128)difference * WHOLE_BP;
    return of < 0 ? rounded(-num, -(int128)of) : rounded(num, of);
}

static enum gap_colour colour_of(int64_t value, uint32_t yellow, uint32_t orange, uint32_t red)
{
    const int64_t size = value < 0 ? -value : value;
    if (size >= (int64_t)red) {
        return GAP_RED;
    }
    if (size >= (int64_t)orange) {
        return GAP_ORANGE;
    }
    return size >= (int64_t)yellow ? GAP_YELLOW : GAP_GREEN;
}

static enum gap_colour worse(enum gap_colour a, enum gap_colour b)
{
    return a > b ? a : b;
}

/* The half of the interval that points to the amount; the other one where that side is closed. */
static int64_t half_width(const Seam__ObservationRecord *observation, int64_t difference)
{
    const int64_t above = observation->high_g - observation->value_g;
    const int64_t below = observation->value_g - observation->low_g;
    const int64_t side = difference >= 0 ? above : below;
    return side > 0 ? side : above + below;
}

void gap_estimate_of(struct gap_estimate *out, const Seam__ObservationRecord *observation,
                     struct grams account, uint32_t interval_bp, const struct gap_rules *rules)
{
    const int64_t amount = grams_value(account);
    const int64_t difference = amount - observation->value_g;
    const int64_t theirs = half_width(observation, difference);
    const int64_t own = rounded((int128)(amount < 0 ? -amount : amount) * interval_bp, WHOLE_BP);
    const root_wide square = (root_wide)((int128)theirs * theirs) + (root_wide)((int128)own * own);
    const uint64_t width = root_floor(square);
    *out = (struct gap_estimate){
        .observation = observation,
        .compared = true,
        .account = account,
        .difference = grams_of(difference),
        .gap_bp = share_bp(difference, observation->value_g),
        .z = width == 0 ? 0 : rounded((int128)difference * Z95_MILLI, (int128)width),
    };
    out->colour = colour_of(out->z, rules->yellow_z, rules->orange_z, rules->red_z);
}

/* --- one account ------------------------------------------------------------------------------*/

struct board {
    struct query *query;
    const struct gap_rules *rules;
    const Seam__JurisdictionRecord *place;
    uint32_t year;
    struct arena *arena;
    struct gap_list list;
    size_t room;
};

static struct grams quantity_of(const Seam__Account *account, const char *quantity)
{
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {{"GROSS", account->gross_g},
                {"SCOPE1", account->scope1_g},
                {"SCOPE2", account->scope2_g},
                {"CH4", account->ch4_g},
                {"CO2", account->co2_g}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(quantity, rows[i].name) == 0) {
            return grams_of(rows[i].value);
        }
    }
    return grams_of(account->gross_g);
}

static void compare(const struct board *board, struct gap_row *row, struct gap_estimate *estimate,
                    const Seam__ObservationRecord *observation, const Seam__Account *account)
{
    if (account == NULL) {
        *estimate = (struct gap_estimate){.observation = observation, .colour = GAP_NONE};
        return;
    }
    gap_estimate_of(estimate, observation, quantity_of(account, observation->observation->quantity),
                    board->rules->account_bp, board->rules);
    row->colour = worse(row->colour, estimate->colour);
    if (llabs(estimate->z) > llabs(row->z)) {
        row->z = estimate->z;
    }
}

/* Every observation that stands; account NULL: there is nothing to hold them against. */
static enum err add_estimates(struct board *board, struct gap_row *row,
                              const Seam__Account *account)
{
    const Seam__ObservationHead *head = NULL;
    enum err err = view_observations(&head, query_state(board->query), row->facility, row->period,
                                     board->arena);
    if (err == ERR_ABSENT) {
        return OK;
    }
    if (err != OK) {
        return err;
    }
    row->estimates = arena_alloc(board->arena, (head->n_observations + 1) * sizeof *row->estimates);
    if (row->estimates == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < head->n_observations && row->estimate_count < GAP_ESTIMATES_MAX; i++) {
        const Seam__ObservationRecord *observation = NULL;
        err = view_observation(&observation, query_state(board->query), head->observations[i],
                               board->arena);
        if (err != OK) {
            return err == ERR_ABSENT ? ERR_CORRUPT : err;
        }
        if (observation->withdrawn[0] != '\0') {
            continue;
        }
        compare(board, row, &row->estimates[row->estimate_count++], observation, account);
    }
    return OK;
}

/* Reported against verified, in a row that has both. */
static void compare_verified(const struct board *board, struct gap_row *row, int64_t verified)
{
    row->verified = true;
    row->verified_value = grams_of(verified);
    const int64_t difference = grams_value(row->reported) - verified;
    row->difference = grams_of(difference);
    row->gap_bp = share_bp(difference, verified);
    row->material =
        obligation_material(row->reported, row->verified_value, board->rules->material_bp);
    const enum gap_colour colour = verified == 0 && difference != 0
                                       ? GAP_RED
                                       : colour_of(row->gap_bp, board->rules->yellow_bp,
                                                   board->rules->orange_bp, board->rules->red_bp);
    row->colour = worse(row->colour, colour);
}

/* What the opinion says, whether or not a dispute went on from there. */
static enum err add_verified(struct board *board, struct gap_row *row)
{
    const Seam__OpinionHead *head = NULL;
    const enum err err = view_opinion_head(&head, query_state(board->query), row->facility,
                                           row->period, board->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    if (head->version != row->version || head->withdrawn || !head->counts ||
        head->verified == NULL) {
        return OK;
    }
    compare_verified(board, row, head->verified->net_g);
    return OK;
}

/* *account is what the row is about; ERR_ABSENT: there is none. */
static enum err fill_row(struct board *board, struct gap_row *row, const Seam__Account **account)
{
    struct overlay *state = query_state(board->query);
    struct assurance_standing standing;
    const Seam__AccountRecord *first = NULL;
    const Seam__AccountRecord *record = NULL;
    enum err err = assurance_standing(&standing, state, row->facility, row->period, 0,
                                      query_time(board->query), board->arena);
    if (err == OK) {
        err = view_account_version(&first, state, row->facility, row->period, 1, board->arena);
    }
    if (err == OK) {
        err = view_account_version(&record, state, row->facility, row->period, standing.version,
                                   board->arena);
    }
    if (err == OK) {
        err = view_account_body(account, record, board->arena);
    }
    if (err != OK) {
        return err;
    }
    row->anchored = true;
    row->version = standing.version;
    row->days_late = first->days_late;
    row->grade = assurance_grade_text(standing.grade);
    row->reported = standing.reported.net;
    row->in_force = standing.in_force.net;
    row->dispute = standing.dispute[0] != '\0' ? standing.dispute : NULL;
    return add_verified(board, row);
}

/* --- all of a year ----------------------------------------------------------------------------*/

static struct gap_row *next_row(struct board *board)
{
    if (board->list.count == board->room) {
        const size_t room = board->room == 0 ? ROOM : 2 * board->room;
        struct gap_row *rows = arena_alloc(board->arena, room * sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        if (board->list.count > 0) {
            memcpy(rows, board->list.rows, board->list.count * sizeof *rows);
        }
        board->list.rows = rows;
        board->room = room;
    }
    return &board->list.rows[board->list.count];
}

static enum err begin_row(const struct board *board, struct gap_row *out,
                          const Seam__FacilityRecord *facility, struct period period)
{
    char text[PERIOD_TEXT_SIZE];
    period_text(text, period);
    *out = (struct gap_row){
        .facility = facility->facility,
        .period = arena_text(board->arena, text, strlen(text)),
        .grade = "MISSING",
    };
    return out->period != NULL ? OK : ERR_MEMORY;
}

static enum err keep_row(struct board *board, const struct gap_row *row)
{
    struct gap_row *place = next_row(board);
    if (place == NULL) {
        return ERR_MEMORY;
    }
    board->list.by_colour[row->colour]++;
    *place = *row;
    board->list.count++;
    return OK;
}

static enum err add_row(struct board *board, const Seam__FacilityRecord *facility,
                        struct period period)
{
    struct gap_row row;
    const Seam__Account *account = NULL;
    enum err err = begin_row(board, &row, facility, period);
    if (err == OK) {
        err = fill_row(board, &row, &account);
    }
    if (err != OK && err != ERR_ABSENT) {
        return err;
    }
    const bool due =
        query_time(board->query) >= period_end_ms(period, board->place->utc_offset_minutes);
    err = add_estimates(board, &row, account);
    if (err == OK && account == NULL && !due && row.estimate_count == 0) {
        return OK; /* not yet due */
    }
    return err == OK ? keep_row(board, &row) : err;
}

/* --- periods that only an observation has -----------------------------------------------------*/

static bool add_i64(int64_t *sum, int64_t value)
{
    return num_add_i64(sum, *sum, value);
}

/* What an observation can be held against, added up. */
static bool add_account(Seam__Account *sum, const Seam__Account *account)
{
    return add_i64(&sum->gross_g, account->gross_g) && add_i64(&sum->scope1_g, account->scope1_g) &&
           add_i64(&sum->scope2_g, account->scope2_g) && add_i64(&sum->ch4_g, account->ch4_g) &&
           add_i64(&sum->co2_g, account->co2_g);
}

/* Adds the accounts of the months inside a quarter or year, from where the facility begins. */
static enum err add_months(struct board *board, struct gap_row *row,
                           const Seam__FacilityRecord *facility, struct period period,
                           struct period start, Seam__Account *sum)
{
    const uint32_t first = (board->year - PERIOD_YEAR_MIN) * PERIODS_MAX;
    uint32_t verified = 0;
    int64_t value = 0;
    for (uint32_t i = 0; i < PERIODS_MAX; i++) {
        const struct period month = {.cadence = CADENCE_MONTH, .number = first + i};
        const Seam__Account *account = NULL;
        struct gap_row of;
        if (month.number < start.number || !period_contains_month(period, month)) {
            continue;
        }
        row->periods_due++;
        enum err err = begin_row(board, &of, facility, month);
        if (err == OK) {
            err = fill_row(board, &of, &account);
        }
        if (err == ERR_ABSENT) {
            continue;
        }
        if (err != OK) {
            return err;
        }
        row->periods++;
        verified += of.verified ? 1 : 0;
        if (!add_account(sum, account) || !grams_add(&row->reported, row->reported, of.reported) ||
            !grams_add(&row->in_force, row->in_force, of.in_force) ||
            !add_i64(&value, of.verified ? grams_value(of.verified_value) : 0)) {
            return ERR_RANGE;
        }
    }
    row->anchored = row->periods > 0 && row->periods == row->periods_due;
    if (row->anchored && verified == row->periods) {
        compare_verified(board, row, value);
    }
    return OK;
}

/* A period in which the facility has no account of its own. */
static enum err add_observed(struct board *board, const Seam__FacilityRecord *facility,
                             struct period period, struct period start)
{
    struct gap_row row;
    const Seam__ObservationHead *head = NULL;
    Seam__Account sum = SEAM__ACCOUNT__INIT;
    enum err err = begin_row(board, &row, facility, period);
    if (err == OK) {
        err = view_observations(&head, query_state(board->query), row.facility, row.period,
                                board->arena);
    }
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    if (start.cadence == CADENCE_MONTH) {
        row.grade = "SUM";
        err = add_months(board, &row, facility, period, start, &sum);
    }
    if (err == OK) {
        err = add_estimates(board, &row, row.anchored ? &sum : NULL);
    }
    return err == OK && row.estimate_count > 0 ? keep_row(board, &row) : err;
}

static enum err add_others(struct board *board, const Seam__FacilityRecord *facility,
                           struct period start)
{
    const uint32_t since = board->year - PERIOD_YEAR_MIN;
    enum err err = OK;
    for (uint32_t i = 0; err == OK && start.cadence == CADENCE_YEAR && i < PERIODS_MAX; i++) {
        const struct period month = {.cadence = CADENCE_MONTH, .number = since * PERIODS_MAX + i};
        err = add_observed(board, facility, month, start);
    }
    for (uint32_t i = 0; err == OK && i < QUARTERS; i++) {
        const struct period quarter = {.cadence = CADENCE_QUARTER, .number = since * QUARTERS + i};
        err = add_observed(board, facility, quarter, start);
    }
    if (err == OK && start.cadence == CADENCE_MONTH) {
        const struct period year = {.cadence = CADENCE_YEAR, .number = since};
        err = add_observed(board, facility, year, start);
    }
    return err;
}

static enum err add_facility(struct board *board, const char *id)
{
    const Seam__FacilityRecord *facility = NULL;
    struct period start;
    enum err err = view_facility(&facility, query_state(board->query), id, board->arena);
    if (err != OK) {
        return err == ERR_ABSENT ? ERR_CORRUPT : err;
    }
    if (strcmp(facility->jurisdiction, board->place->jurisdiction) != 0) {
        return OK;
    }
    board->list.facilities++;
    if (period_parse(&start, bytes_text(facility->start_period)) != OK) {
        return ERR_CORRUPT;
    }
    const bool yearly = start.cadence == CADENCE_YEAR;
    const uint32_t since = board->year - PERIOD_YEAR_MIN;
    const uint32_t count = yearly ? 1 : PERIODS_MAX;
    for (uint32_t i = 0; err == OK && i < count; i++) {
        const struct period period = {.cadence = yearly ? CADENCE_YEAR : CADENCE_MONTH,
                                      .number = yearly ? since : since * PERIODS_MAX + i};
        err = period.number >= start.number ? add_row(board, facility, period) : OK;
    }
    return err == OK ? add_others(board, facility, start) : err;
}

enum err gap_list_make(struct gap_list *out, struct query *query, const char *jurisdiction,
                       uint32_t year, const struct gap_rules *rules, struct arena *arena)
{
    struct board board = {.query = query, .rules = rules, .year = year, .arena = arena};
    if (year < PERIOD_YEAR_MIN || year > PERIOD_YEAR_MAX) {
        return ERR_RANGE;
    }
    enum err err = view_jurisdiction(&board.place, query_state(query), jurisdiction, arena);
    uint32_t total = 1;
    for (uint32_t from = 0; err == OK && from < total; from += ROOM) {
        const Seam__ListEntry *entries[ROOM];
        size_t count = 0;
        err = query_list(query, KEY_FACILITY, NULL, from, entries, ROOM, &count, &total, arena);
        for (size_t i = 0; err == OK && i < count; i++) {
            err = add_facility(&board, entries[i]->id);
        }
    }
    if (err == OK) {
        *out = board.list;
    }
    return err;
}
