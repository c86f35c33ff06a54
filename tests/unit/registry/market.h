/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_REGISTRY_MARKET_H
#define TESTS_UNIT_REGISTRY_MARKET_H

/* A small market: a scheme, three accounts, a bank that keeps out of it and one that does not, a
 * power plant with twelve verified months. Rules are called as a block would call them. */

#include "ledger/base/period.h"
#include "ledger/codec/errors.h"
#include "ledger/codec/field_check.h"
#include "ledger/codec/message.h"
#include "ledger/crypto/hash.h"
#include "ledger/proto/account.pb-c.h"
#include "ledger/registry/carry.h"
#include "ledger/registry/price.h"
#include "ledger/registry/registry.h"
#include "ledger/registry/surrender.h"
#include "ledger/registry/trade.h"
#include "ledger/registry/units_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define MARKET_T INT64_C(1000000) /* grams in a tonne */
#define MARKET_HOUR UINT64_C(3600000)

struct market {
    struct arena arena;
    struct overlay *state;
    uint64_t time_ms;
    uint64_t height;
    struct err_detail detail;
    struct hash tx_id;
};

__attribute__((unused)) static uint64_t market_time(const char *text)
{
    uint64_t out = 0;
    assert_int_equal(time_parse(&out, bytes_text(text)), OK);
    return out;
}

static enum err market_nothing(void *context, struct bytes key, struct arena *arena,
                               struct bytes *out)
{
    (void)context, (void)key, (void)arena, (void)out;
    return ERR_ABSENT;
}

static void market_release(void *context)
{
    (void)context;
}

static void market_put(struct market *market, const struct state_key *key,
                       const ProtobufCMessage *record)
{
    assert_int_equal(view_put(market->state, state_key_bytes(key), record, &market->arena), OK);
}

static void market_organisation(struct market *market, const char *id, const char *parent,
                                uint32_t roles)
{
    Seam__OrganisationRecord record = SEAM__ORGANISATION_RECORD__INIT;
    record.organisation = (char *)id;
    record.parent = (char *)parent;
    record.jurisdiction = (char *)"CN-14";
    record.roles = roles;
    const struct state_key key = state_key_named(KEY_ORGANISATION, id);
    market_put(market, &key, &record.base);
}

static void market_asset(struct market *market, const char *id, const char *kind)
{
    Seam__AssetRegister asset = SEAM__ASSET_REGISTER__INIT;
    Seam__AssetRecord record = SEAM__ASSET_RECORD__INIT;
    asset.asset = (char *)id;
    asset.registry = (char *)"CN";
    asset.kind = (char *)kind;
    asset.unit = (char *)"tCO2e";
    asset.transferable = true;
    asset.surrenderable = strcmp(kind, "ALLOWANCE") == 0 || strcmp(kind, "OFFSET") == 0;
    record.asset = &asset;
    record.issuer = (char *)"registrar";
    const struct state_key key = state_key_named(KEY_ASSET, id);
    market_put(market, &key, &record.base);
}

static void market_holding(struct market *market, const char *id, const char *holder,
                           const char *facility)
{
    Seam__HoldingRecord record = SEAM__HOLDING_RECORD__INIT;
    char *facilities[] = {(char *)facility};
    record.holding = (char *)id;
    record.holder = (char *)holder;
    record.scheme = (char *)"ets";
    record.kind = (char *)(facility != NULL ? "OPERATOR" : "TRADING");
    record.state = HOLDING_OPEN;
    record.n_facilities = facility != NULL ? 1 : 0;
    record.facilities = facilities;
    record.covered_from = 2024;
    const struct state_key key = state_key_named(KEY_HOLDING, id);
    market_put(market, &key, &record.base);
}

__attribute__((unused)) static void market_holding_state(struct market *market, const char *id,
                                                         enum holding_state state)
{
    const Seam__HoldingRecord *old = NULL;
    assert_int_equal(registry_holding(&old, market->state, id, &market->arena), OK);
    Seam__HoldingRecord record = *old;
    record.state = state;
    const struct state_key key = state_key_named(KEY_HOLDING, id);
    market_put(market, &key, &record.base);
}

/* The scheme of the tests; a test changes what it asks about and puts it again. */
struct market_scheme {
    Seam__SchemeSet set;
    Seam__SchemeYear years[2];
    Seam__SchemeYear *list[2];
    char *assets[3];
    char *kinds[1];
    char *scopes[1];
    char *gases[2];
    Seam__SchemeVenue venues[2];
    Seam__SchemeVenue *places[2];
};

static void market_scheme_init(struct market_scheme *scheme)
{
    seam__scheme_set__init(&scheme->set);
    scheme->assets[0] = (char *)"CCER";
    scheme->assets[1] = (char *)"CEA";
    scheme->assets[2] = (char *)"FUND";
    scheme->kinds[0] = (char *)"UG";
    scheme->scopes[0] = (char *)"1";
    for (size_t i = 0; i < 2; i++) {
        seam__scheme_year__init(&scheme->years[i]);
        scheme->list[i] = &scheme->years[i];
    }
    for (size_t i = 0; i < 2; i++) {
        seam__scheme_venue__init(&scheme->venues[i]);
        scheme->places[i] = &scheme->venues[i];
    }
    scheme->venues[0].venue = (char *)"SHEX";
    scheme->venues[0].organisation = (char *)"bank";
    scheme->venues[1].venue = (char *)"BJEX";
    scheme->venues[1].organisation = (char *)"registrar";
    scheme->years[0].year = 2025;
    scheme->years[0].surrender_from = (char *)"2026-07-01";
    scheme->years[0].surrender_deadline = (char *)"2026-12-31";
    scheme->years[0].carry_from = (char *)"2026-09-01";
    scheme->years[0].carry_to = (char *)"2027-02-28";
    scheme->years[0].sold_from = (char *)"2025-01-01";
    scheme->years[0].sold_to = (char *)"2026-12-31";
    scheme->years[1].year = 2026;
    scheme->years[1].surrender_from = (char *)"2027-07-01";
    scheme->years[1].surrender_deadline = (char *)"2027-12-31";
    Seam__SchemeSet *set = &scheme->set;
    set->scheme = (char *)"ets";
    set->version = 1;
    set->jurisdiction = (char *)"CN-14";
    set->n_assets = 3;
    set->assets = scheme->assets;
    set->n_covered_kinds = 1;
    set->covered_kinds = scheme->kinds;
    set->n_covered_scopes = 1;
    set->covered_scopes = scheme->scopes;
    set->currency = (char *)"CNY";
    set->tick_fen = 5;
    set->price_band_bp = 1000;
    set->offset_cap_bp = 500;
    set->offset_projects_excluded = true;
    set->first_vintage = 2021;
    set->carry_base_t = 10000;
    set->carry_ratio_num = 3;
    set->carry_ratio_den = 2;
    set->reversal_days = 14;
    set->offer_hours = 48;
    set->n_years = 2;
    set->years = scheme->list;
    set->n_venues = 2;
    set->venues = scheme->places;
}

static void market_scheme_put(struct market *market, struct market_scheme *scheme)
{
    Seam__SchemeRecord record = SEAM__SCHEME_RECORD__INIT;
    record.scheme = &scheme->set;
    record.organisation = (char *)"authority-cn";
    const struct state_key key = state_key_named(KEY_SCHEME, "ets");
    market_put(market, &key, &record.base);
}

static void market_facility(struct market *market, const char *id, const char *kind)
{
    Seam__FacilityRecord record = SEAM__FACILITY_RECORD__INIT;
    record.facility = (char *)id;
    record.organisation = (char *)"mine";
    record.kind = (char *)kind;
    record.jurisdiction = (char *)"CN-14";
    record.scheme = (char *)"cn-coal";
    record.cadence = (char *)"MONTH";
    record.start_period = (char *)"2025-01";
    const struct state_key key = state_key_named(KEY_FACILITY, id);
    market_put(market, &key, &record.base);
}

__attribute__((unused)) static void market_cover(struct market *market, const char *facility,
                                                 const char *holding, uint32_t from, uint32_t to)
{
    Seam__Coverage entry = SEAM__COVERAGE__INIT;
    Seam__Coverage *entries[] = {&entry};
    Seam__CoverageRecord record = SEAM__COVERAGE_RECORD__INIT;
    entry.scheme = (char *)"ets";
    entry.holding = (char *)holding;
    entry.from_year = from;
    entry.to_year = to;
    record.facility = (char *)facility;
    record.n_entries = 1;
    record.entries = entries;
    struct state_key key = state_key_of(KEY_COVERAGE);
    state_key_id(&key, KEY_FACILITY, facility);
    market_put(market, &key, &record.base);
}

/* An account of one period, as filed, with scope 1 and scope 2. */
__attribute__((unused)) static void market_account(struct market *market, const char *facility,
                                                   const char *period, int64_t scope1_g,
                                                   int64_t scope2_g)
{
    static uint8_t hash[HASH_SIZE];
    Seam__Account account = SEAM__ACCOUNT__INIT;
    account.facility = (char *)facility;
    account.period = (char *)period;
    account.version = 1;
    account.scope1_g = scope1_g;
    account.scope2_g = scope2_g;
    account.gross_g = scope1_g + scope2_g;
    account.net_g = account.gross_g;
    struct bytes bytes;
    assert_int_equal(message_pack(&bytes, &account.base, &market->arena), OK);
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    record.account = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    record.account_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash};
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = (char *)facility;
    head.period = (char *)period;
    head.version = 1;
    head.account_hash = record.account_hash;
    head.state = (char *)"VALUE";
    struct state_key key;
    assert_true(view_account_key(&key, facility, period));
    market_put(market, &key, &head.base);
    assert_true(view_account_version_key(&key, facility, period, 1));
    market_put(market, &key, &record.base);
}

/* An opinion that gives the period a value. */
__attribute__((unused)) static void market_opinion(struct market *market, const char *facility,
                                                   const char *period, int64_t scope1_g,
                                                   int64_t scope2_g)
{
    Seam__CategoryTotals totals = SEAM__CATEGORY_TOTALS__INIT;
    Seam__OpinionHead head = SEAM__OPINION_HEAD__INIT;
    totals.scope1_g = scope1_g;
    totals.scope2_g = scope2_g;
    totals.gross_g = scope1_g + scope2_g;
    totals.net_g = totals.gross_g;
    head.facility = (char *)facility;
    head.period = (char *)period;
    head.version = 1;
    head.opinion = (char *)"opinion-1";
    head.type = (char *)"UNMODIFIED";
    head.counts = true;
    head.verified = &totals;
    struct state_key key;
    assert_true(view_account_key(&key, facility, period));
    key.data[0] = KEY_OPINION_HEAD;
    market_put(market, &key, &head.base);
}

/* Twelve months of one twelfth each, the last one with the rest; verified as filed. */
__attribute__((unused)) static void market_year(struct market *market, const char *facility,
                                                uint32_t year, int64_t grams)
{
    for (uint32_t month = 1; month <= 12; month++) {
        char period[16];
        const int64_t part = month < 12 ? grams / 12 : grams - grams / 12 * 11;
        snprintf(period, sizeof period, "%u-%02u", year, month);
        market_account(market, facility, period, part, 0);
        market_opinion(market, facility, period, part, 0);
    }
}

static struct rule_context market_context(struct market *market, const char *organisation,
                                          uint32_t roles)
{
    static const struct rule_signer signers[2] = {{.usage = USAGE_SUBMIT},
                                                  {.usage = USAGE_APPROVE}};
    struct rule_context context = {.state = market->state,
                                   .arena = &market->arena,
                                   .height = ++market->height,
                                   .time_ms = market->time_ms,
                                   .rules_version = 1,
                                   .organisation_id = organisation,
                                   .roles = roles,
                                   .signers = signers,
                                   .signer_count = 2};
    id_hash(&context.organisation, KEY_ORGANISATION, organisation);
    id_hash(&context.tx_id, KEY_CHAIN, organisation);
    memcpy(context.tx_id.bytes, &market->height, sizeof market->height);
    market->tx_id = context.tx_id;
    return context;
}

/* What the market's organisations are. */
static uint32_t market_roles(struct market *market, const char *organisation)
{
    const Seam__OrganisationRecord *record = NULL;
    assert_int_equal(view_organisation(&record, market->state, organisation, &market->arena), OK);
    return record->roles;
}

static const struct rule_row *market_row(uint32_t type)
{
    const struct rule_table *tables[] = {&trade_rules, &compliance_rules};
    for (size_t t = 0; t < 2; t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            if (tables[t]->rows[i].type == type) {
                return &tables[t]->rows[i];
            }
        }
    }
    fail_msg("no row %u", type);
    return NULL;
}

/* One transaction: bounds of its fields, role, rule; nothing is left of a refused one. */
__attribute__((unused)) static enum judgement market_send(struct market *market,
                                                          const char *organisation, uint32_t type,
                                                          const ProtobufCMessage *payload)
{
    const struct rule_row *row = market_row(type);
    const uint32_t roles = market_roles(market, organisation);
    struct errors errors;
    struct err_detail first;
    errors_init(&errors, &first, 1);
    market->detail = (struct err_detail){0};
    if (field_check(payload, &trade_fields, &market->arena, &errors) != OK) {
        market->detail = first;
        return JUDGE_NEVER;
    }
    if ((roles & row->roles) == 0) {
        market->detail.err = ERR_ROLE;
        return JUDGE_NEVER;
    }
    struct rule_context context = market_context(market, organisation, roles);
    const size_t mark = overlay_mark(market->state);
    const enum judgement judgement = row->apply(&context, payload, NULL, &market->detail);
    if (judgement != JUDGE_OK) {
        overlay_rollback(market->state, mark);
        assert_int_not_equal(market->detail.err, OK);
    }
    return judgement;
}

/* Sends what must be accepted. */
__attribute__((unused)) static void market_ok(struct market *market, const char *organisation,
                                              uint32_t type, const ProtobufCMessage *payload)
{
    const enum judgement judgement = market_send(market, organisation, type, payload);
    if (judgement != JUDGE_OK) {
        fail_msg("type %u: %s %s limit %s: %s", type, err_name(market->detail.err),
                 market->detail.field, market->detail.limit, market->detail.hint);
    }
}

__attribute__((unused)) static void market_refused(struct market *market, const char *organisation,
                                                   uint32_t type, const ProtobufCMessage *payload,
                                                   enum err err, const char *limit)
{
    assert_int_not_equal(market_send(market, organisation, type, payload), JUDGE_OK);
    if (market->detail.err != err) {
        fail_msg("%s instead of %s: %s %s", err_name(market->detail.err), err_name(err),
                 market->detail.field, market->detail.hint);
    }
    if (limit != NULL) {
        assert_string_equal(market->detail.limit, limit);
    }
}

__attribute__((unused)) static struct series market_series(const char *asset, const char *project,
                                                           uint32_t vintage)
{
    return series_of("CN", asset, project, vintage);
}

__attribute__((unused)) static void market_issue(struct market *market, const char *holding,
                                                 const char *asset, const char *project,
                                                 uint32_t vintage, uint64_t quantity,
                                                 enum unit_state to)
{
    struct rule_context context = market_context(market, "registrar", ROLE_REGISTRAR);
    const struct series series = market_series(asset, project, vintage);
    const struct block_place place = {.holding = holding, .state = to};
    struct block_range made;
    assert_int_equal(
        block_issue(&context, &series, &place, ENTRY_ISSUE, quantity, &made, &market->detail),
        JUDGE_OK);
}

/* --- what is said of units ------------------------------------------------------------------- */

__attribute__((unused)) static Seam__Units market_units(const char *asset, const char *project,
                                                        uint32_t vintage, uint64_t quantity)
{
    Seam__Units units = SEAM__UNITS__INIT;
    units.asset = (char *)asset;
    units.project = (char *)project;
    units.vintage = vintage;
    units.quantity = quantity;
    return units;
}

__attribute__((unused)) static Seam__Units market_cea(uint64_t quantity)
{
    return market_units("CEA", "", 2025, quantity);
}

/* desk sells to anybody, or to one account, through the bank. */
__attribute__((unused)) static Seam__TradePropose market_offer(Seam__Units *units, const char *id)
{
    Seam__TradePropose propose = SEAM__TRADE_PROPOSE__INIT;
    propose.trade = (char *)id;
    propose.side = (char *)"SELL";
    propose.holding = (char *)"h-desk";
    propose.method = (char *)"BLOCK";
    propose.units = units;
    propose.price_fen = 9000;
    propose.settlement = (char *)"bank";
    propose.payment_hours = 24;
    return propose;
}

/* mine surrenders for 2025. */
__attribute__((unused)) static Seam__SurrenderPropose
market_surrender(const char *id, Seam__Units **list, size_t count)
{
    Seam__SurrenderPropose message = SEAM__SURRENDER_PROPOSE__INIT;
    message.surrender = (char *)id;
    message.holding = (char *)"h-mine";
    message.year = 2025;
    message.n_units = count;
    message.units = list;
    return message;
}

/* The project wind-1 stands at a facility. */
__attribute__((unused)) static void market_project(struct market *market, const char *facility)
{
    Seam__ProjectRegister project = SEAM__PROJECT_REGISTER__INIT;
    Seam__ProjectRecord record = SEAM__PROJECT_RECORD__INIT;
    project.project = (char *)"wind-1";
    project.facility = (char *)facility;
    record.project = &project;
    const struct state_key key = state_key_named(KEY_PROJECT, "wind-1");
    market_put(market, &key, &record.base);
}

__attribute__((unused)) static uint64_t market_shelf(struct market *market, const char *holding,
                                                     const char *asset, const char *project,
                                                     uint32_t vintage, enum unit_state state)
{
    const struct series series = market_series(asset, project, vintage);
    const Seam__PositionRecord *position = NULL;
    const enum err err =
        registry_position(&position, market->state, holding, &series, &market->arena);
    assert_true(err == OK || err == ERR_ABSENT);
    return err == OK
               ? registry_shelf(position, state, false) + registry_shelf(position, state, true)
               : 0;
}

/* Everything adds up: blocks, shelves, series. */
__attribute__((unused)) static void market_check(struct market *market)
{
    const enum err err = units_check(market->state, &market->arena, &market->detail);
    if (err != OK) {
        fail_msg("%s %s %s", err_name(err), market->detail.field, market->detail.hint);
    }
}

static int market_setup(void **state)
{
    struct market *market = calloc(1, sizeof *market);
    assert_non_null(market);
    const struct state_base base = {.get = market_nothing, .release = market_release};
    arena_init(&market->arena, (size_t)1 << 30);
    market->state = overlay_new(NULL, &base);
    assert_non_null(market->state);
    market->height = 10;
    market->time_ms = market_time("2026-10-05T08:00:00Z");
    Seam__JurisdictionRecord place = SEAM__JURISDICTION_RECORD__INIT;
    place.jurisdiction = (char *)"CN-14";
    place.utc_offset_minutes = 480;
    place.deadline_days = 40;
    place.yearly_deadline = (char *)"03-31";
    const struct state_key key = state_key_named(KEY_JURISDICTION, "CN-14");
    market_put(market, &key, &place.base);
    market_organisation(market, "group", "", ROLE_GROUP);
    market_organisation(market, "mine", "group", ROLE_MINE);
    market_organisation(market, "desk", "", ROLE_DESK);
    market_organisation(market, "desk-2", "", ROLE_DESK);
    market_organisation(market, "bank", "", ROLE_SETTLEMENT);
    market_organisation(market, "house-bank", "group", ROLE_SETTLEMENT);
    market_organisation(market, "registrar", "", ROLE_REGISTRAR);
    market_organisation(market, "authority-cn", "", ROLE_REGULATOR);
    market_organisation(market, "other-authority", "", ROLE_REGULATOR);
    market_asset(market, "CEA", "ALLOWANCE");
    market_asset(market, "CCER", "OFFSET");
    market_asset(market, "FUND", "FUND_SHARE");
    struct market_scheme scheme;
    market_scheme_init(&scheme);
    market_scheme_put(market, &scheme);
    market_facility(market, "mine-a", "UG");
    market_cover(market, "mine-a", "h-mine", 2024, 0);
    market_holding(market, "h-mine", "mine", "mine-a");
    market_holding(market, "h-desk", "desk", NULL);
    market_holding(market, "h-desk-2", "desk-2", NULL);
    *state = market;
    return 0;
}

static int market_teardown(void **state)
{
    struct market *market = *state;
    overlay_drop(market->state);
    arena_free(&market->arena);
    free(market);
    return 0;
}

#define MARKET_TEST(name) cmocka_unit_test_setup_teardown(name, market_setup, market_teardown)

#endif
