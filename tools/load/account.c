/* SPDX-License-Identifier: Apache-2.0 */
/* A mine with a shaft, drainage with engine and flare, purchased electricity and heat, and as many
 * boilers and engines as make up the lines: no two lines alike, none of them free of calculation.
 */

#include "tools/load/account.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/accounting/account.h"
#include "ledger/base/period.h"
#include "ledger/proto/governance.pb-c.h"

#define SET "CN-NDRC-COAL-2014"
#define SET_BUDGET ((size_t)16 << 20)
#define LINE_TEXT 320
#define UNIT_TEXT 32
#define GIVEN 9 /* lines that are the same in every account; the rest are fuels of units */

struct load_accounts {
    struct arena arena;
    struct set set;
    char period[PERIOD_TEXT_SIZE];
    uint32_t lines;
};

/* One source and what its line says. */
static const struct {
    const char *source;
    const char *code;
    const char *detail;
    const char *rest; /* of the line, after code and source */
} given[GIVEN] = {
    {"boiler-1", "L_FUEL", "bituminous",
     "\"fuel\":\"bituminous\",\"ad\":{\"value\":\"4200\",\"unit\":\"t\"}"},
    {"truck-pool", "L_FUEL", "diesel",
     "\"fuel\":\"diesel\",\"ad\":{\"value\":\"310.4\",\"unit\":\"t\"},"
     "\"ncv\":{\"value\":\"43.330\",\"unit\":\"GJ/t\"},"
     "\"cc\":{\"value\":\"0.02020\",\"unit\":\"tC/GJ\"},\"of\":\"0.98\""},
    {"engine-2", "L_CMM_USE", "",
     "\"gas\":{\"value\":\"800\",\"unit\":\"1e4Nm3\"},"
     "\"composition\":{\"CH4\":\"0.42\"},\"of\":\"0.99\""},
    {"flare-1", "L_FLARE", "",
     "\"gas\":{\"value\":\"120\",\"unit\":\"1e4Nm3\"},"
     "\"composition\":{\"CH4\":\"0.35\"},\"of\":\"0.98\""},
    {"shaft-1", "L_CH4_UG", "",
     "\"ventilation\":{\"value\":\"2745.6\",\"unit\":\"1e4Nm3\"},"
     "\"drained\":{\"value\":\"1180.25\",\"unit\":\"1e4Nm3\"},"
     "\"flare_destroyed\":{\"value\":\"41.16\",\"unit\":\"1e4Nm3\"},"
     "\"utilised\":{\"value\":\"336\",\"unit\":\"1e4Nm3\"}"},
    {"shaft-1", "L_CO2_UG", "", "\"net\":{\"value\":\"1414\",\"unit\":\"1e4Nm3\"}"},
    {"surface", "L_CH4_POST", "",
     "\"coal\":{\"value\":\"2750000\",\"unit\":\"t\"},\"gas_grade\":\"HIGH\""},
    {"grid", "L_ELEC", "",
     "\"bought\":{\"value\":\"96500\",\"unit\":\"MWh\"},\"sold\":{\"value\":\"0\",\"unit\":"
     "\"MWh\"},\"factor\":\"EF.EL.CN.NAT.2022\""},
    {"district", "L_HEAT", "", "\"heat\":{\"value\":\"15400\",\"unit\":\"GJ\"}"},
};

static bool is_diesel(uint32_t line)
{
    return line % 3 == 0;
}

static void unit_name(char out[UNIT_TEXT], uint32_t line)
{
    (void)snprintf(out, UNIT_TEXT, "unit-%03" PRIu32, line);
}

void load_accounts_facility(char out[LOAD_FACILITY_TEXT], uint64_t number)
{
    (void)snprintf(out, LOAD_FACILITY_TEXT, "bench-%012" PRIu64, number);
}

const char *load_accounts_period(const struct load_accounts *accounts)
{
    return accounts->period;
}

/* The month before the one that is now, by the latest clock of China: it is over everywhere. */
static void last_month(char out[PERIOD_TEXT_SIZE], uint64_t time_ms)
{
    const struct date today = date_of_days((int64_t)(time_ms / DAY_MS));
    const uint32_t months = (uint32_t)(today.year - PERIOD_YEAR_MIN) * 12 + today.month - 1;
    period_text(out, (struct period){.cadence = CADENCE_MONTH, .number = months - 1});
}

enum err load_accounts_open(struct load_accounts **out, uint32_t lines, uint64_t time_ms,
                            struct err_detail *detail)
{
    struct load_accounts *accounts = calloc(1, sizeof *accounts);
    if (accounts == NULL) {
        return ERR_MEMORY;
    }
    struct errors errors;
    errors_init(&errors, detail, detail == NULL ? 0 : 1);
    arena_init(&accounts->arena, SET_BUDGET);
    accounts->lines = lines;
    last_month(accounts->period, time_ms);
    const enum err err = set_load(&accounts->set, SET, &accounts->arena, &errors);
    if (err != OK) {
        load_accounts_close(accounts);
        return err;
    }
    *out = accounts;
    return OK;
}

void load_accounts_close(struct load_accounts *accounts)
{
    if (accounts != NULL) {
        arena_free(&accounts->arena);
        free(accounts);
    }
}

/* --- the facility ---------------------------------------------------------------------------- */

static void source_of(Seam__Source *out, char name[UNIT_TEXT], uint32_t line)
{
    seam__source__init(out);
    if (line < GIVEN) {
        out->source = (char *)(uintptr_t)given[line].source;
        out->code = (char *)(uintptr_t)given[line].code;
        out->detail = (char *)(uintptr_t)given[line].detail;
        return;
    }
    unit_name(name, line);
    out->source = name;
    out->code = (char *)"L_FUEL";
    out->detail = (char *)(is_diesel(line) ? "diesel" : "bituminous");
}

enum err load_accounts_register(struct bytes *out, const struct load_accounts *accounts,
                                const struct load_sender *sender, uint64_t number,
                                struct arena *arena)
{
    char facility[LOAD_FACILITY_TEXT];
    const uint32_t count = accounts->lines;
    Seam__Source *sources = arena_alloc(arena, count * sizeof *sources);
    Seam__Source **list = arena_alloc(arena, count * sizeof *list);
    char *names = arena_alloc(arena, (size_t)count * UNIT_TEXT);
    if (sources == NULL || list == NULL || names == NULL) {
        return ERR_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        source_of(&sources[i], names + (size_t)i * UNIT_TEXT, i);
        list[i] = &sources[i];
    }
    load_accounts_facility(facility, number);
    Seam__Names name = SEAM__NAMES__INIT;
    Seam__FacilityRegister payload = SEAM__FACILITY_REGISTER__INIT;
    name.en = facility;
    payload.facility = facility;
    payload.name = &name;
    payload.kind = (char *)"UG";
    payload.jurisdiction = (char *)"CN-14";
    payload.scheme = (char *)(uintptr_t)LOAD_SCHEME;
    payload.cadence = (char *)"MONTH";
    payload.start_period = (char *)(uintptr_t)accounts->period;
    payload.gas_grade = (char *)"HIGH";
    payload.n_sources = count;
    payload.sources = list;
    return load_sign(out, sender, "FACILITY_REGISTER", &payload.base, bytes_of(NULL, 0), arena);
}

/* --- its account ----------------------------------------------------------------------------- */

static int line_text(char *out, size_t size, uint32_t line, uint64_t number)
{
    char unit[UNIT_TEXT];
    if (line < GIVEN) {
        return snprintf(out, size, "{\"code\":\"%s\",\"source\":\"%s\",%s}", given[line].code,
                        given[line].source, given[line].rest);
    }
    unit_name(unit, line);
    if (is_diesel(line)) {
        return snprintf(out, size,
                        "{\"code\":\"L_FUEL\",\"source\":\"%s\",\"fuel\":\"diesel\",\"ad\":{"
                        "\"value\":\"%" PRIu32 ".%03u\",\"unit\":\"t\"},\"ncv\":{\"value\":"
                        "\"43.330\",\"unit\":\"GJ/t\"},\"cc\":{\"value\":\"0.02020\",\"unit\":"
                        "\"tC/GJ\"},\"of\":\"0.98\"}",
                        unit, 10 + line, (unsigned)(number % 1000));
    }
    return snprintf(out, size,
                    "{\"code\":\"L_FUEL\",\"source\":\"%s\",\"fuel\":\"bituminous\",\"ad\":{"
                    "\"value\":\"%" PRIu32 ".%03u\",\"unit\":\"t\"}}",
                    unit, 100 + 7 * line, (unsigned)(number % 1000));
}

enum err load_accounts_text(struct bytes *out, const struct load_accounts *accounts,
                            uint64_t number, struct arena *arena)
{
    char facility[LOAD_FACILITY_TEXT];
    const size_t size = 512 + (size_t)accounts->lines * LINE_TEXT;
    char *text = arena_alloc(arena, size);
    if (text == NULL) {
        return ERR_MEMORY;
    }
    load_accounts_facility(facility, number);
    int at = snprintf(text, size,
                      "{\"facility\":\"%s\",\"kind\":\"UG\",\"period\":\"%s\",\"parameter_set\":"
                      "\"" SET "\",\"boundary\":\"1\",\"lines\":[",
                      facility, accounts->period);
    for (uint32_t i = 0; i < accounts->lines; i++) {
        at += line_text(text + at, size - (size_t)at, i, number);
        at += snprintf(text + at, size - (size_t)at, i + 1 < accounts->lines ? "," : "]}");
    }
    *out = bytes_of(text, (size_t)at);
    return OK;
}

const struct set *load_accounts_set(const struct load_accounts *accounts)
{
    return &accounts->set;
}

static enum err draft_of(struct account_draft *draft, const struct load_accounts *accounts,
                         uint64_t number, struct arena *arena, struct err_detail *detail)
{
    static const uint8_t secret[ACCOUNT_SECRET_SIZE] = {0xbe};
    const Seam__CalculationFile *file = NULL;
    struct errors errors;
    struct bytes text;
    errors_init(&errors, detail, detail == NULL ? 0 : 1);
    enum err err = load_accounts_text(&text, accounts, number, arena);
    if (err == OK) {
        err = calc_file_read(&file, text, arena, &errors);
    }
    return err == OK ? account_build(draft, file, &accounts->set, 1, NULL, secret, arena, &errors)
                     : err;
}

enum err load_accounts_make(struct bytes *out, const struct load_accounts *accounts,
                            const struct load_sender *sender, uint64_t number, struct arena *arena,
                            struct err_detail *detail)
{
    struct account_draft draft;
    const enum err err = draft_of(&draft, accounts, number, arena, detail);
    return err == OK ? load_sign(out, sender, "ACCOUNT_SUBMIT", &draft.account->base,
                                 draft.detached, arena)
                     : err;
}

enum err load_accounts_wrong(struct bytes *out, const struct load_accounts *accounts,
                             const struct load_sender *sender, uint64_t number, struct arena *arena,
                             struct err_detail *detail)
{
    struct account_draft draft;
    const enum err err = draft_of(&draft, accounts, number, arena, detail);
    if (err != OK) {
        return err;
    }
    Seam__Account account = *draft.account;
    account.gross_g++;
    return load_sign(out, sender, "ACCOUNT_SUBMIT", &account.base, draft.detached, arena);
}
