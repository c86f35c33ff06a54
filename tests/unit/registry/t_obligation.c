/* SPDX-License-Identifier: Apache-2.0 */
/* What counts for a year: months and the true-ups of the annual account, each once; one gas alone.
 */

#include "ledger/accounting/annual.h"
#include "ledger/registry/emission.h"
#include "tests/unit/registry/market.h"

#define YEAR 2025
#define T MARKET_T

static struct hash month_hash(uint32_t month, uint32_t version)
{
    struct hash hash = {{0}};
    hash.bytes[0] = (uint8_t)month;
    hash.bytes[1] = (uint8_t)version;
    return hash;
}

/* A month of mine-a: 100 t of scope 1, of them 30 t CO2; 10 t of scope 2. */
static void month_put(struct market *market, uint32_t month, uint32_t version)
{
    char period[16];
    struct hash hash = month_hash(month, version);
    Seam__Account account = SEAM__ACCOUNT__INIT;
    snprintf(period, sizeof period, "%u-%02u", YEAR, month);
    account.facility = (char *)"mine-a";
    account.period = period;
    account.version = version;
    account.scope1_g = 100 * T;
    account.scope2_g = 10 * T;
    account.gross_g = 110 * T;
    account.net_g = 110 * T;
    account.co2_g = 40 * T;
    struct bytes bytes;
    assert_int_equal(message_pack(&bytes, &account.base, &market->arena), OK);
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    record.account = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    record.account_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = hash.bytes};
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = account.facility;
    head.period = period;
    head.version = version;
    head.account_hash = record.account_hash;
    head.state = (char *)"VALUE";
    struct state_key key;
    assert_true(view_account_key(&key, "mine-a", period));
    market_put(market, &key, &head.base);
    assert_true(view_account_version_key(&key, "mine-a", period, version));
    market_put(market, &key, &record.base);
}

/* Twelve months, verified as filed: 1,200 t of scope 1. */
static void year_put(struct market *market)
{
    for (uint32_t month = 1; month <= 12; month++) {
        char period[16];
        month_put(market, month, 1);
        snprintf(period, sizeof period, "%u-%02u", YEAR, month);
        market_opinion(market, "mine-a", period, 100 * T, 10 * T);
    }
}

struct change {
    uint32_t month;
    const char *reason;
    const char *scope;
    int64_t co2_t;
    int64_t co2e_t;
};

/* An annual account of months in version 1, with true-ups, filed at a time. */
static void annual_put(struct market *market, uint32_t version, uint64_t filed_ms,
                       const struct change *changes, size_t count)
{
    struct period year;
    Seam__AnnualMonth months[12];
    Seam__AnnualMonth *list[12];
    struct hash hashes[12];
    char periods[12][16];
    Seam__TrueUp true_ups[8];
    Seam__TrueUp *lines[8];
    Seam__AnnualAccount annual = SEAM__ANNUAL_ACCOUNT__INIT;
    assert_true(annual_year(&year, "2025"));
    assert_true(count <= 8);
    for (uint32_t i = 0; i < 12; i++) {
        seam__annual_month__init(&months[i]);
        snprintf(periods[i], sizeof periods[i], "%u-%02u", YEAR, i + 1);
        hashes[i] = month_hash(i + 1, 1);
        months[i].period = periods[i];
        months[i].version = 1;
        months[i].account_hash = (ProtobufCBinaryData){.len = HASH_SIZE, .data = hashes[i].bytes};
        list[i] = &months[i];
    }
    for (size_t i = 0; i < count; i++) {
        seam__true_up__init(&true_ups[i]);
        true_ups[i].month = periods[changes[i].month - 1];
        true_ups[i].reason = (char *)changes[i].reason;
        true_ups[i].scope = (char *)changes[i].scope;
        true_ups[i].co2_g = changes[i].co2_t * T;
        true_ups[i].co2e_g = changes[i].co2e_t * T;
        lines[i] = &true_ups[i];
    }
    annual.facility = (char *)"mine-a";
    annual.year = (char *)"2025";
    annual.version = version;
    annual.n_months = 12;
    annual.months = list;
    annual.n_true_ups = count;
    annual.true_ups = lines;
    annual.gross_g = 1320 * T; /* must not be counted */
    annual.scope1_g = 1200 * T;
    struct bytes bytes;
    assert_int_equal(message_pack(&bytes, &annual.base, &market->arena), OK);
    Seam__AnnualRecord record = SEAM__ANNUAL_RECORD__INIT;
    Seam__AnnualHead head = SEAM__ANNUAL_HEAD__INIT;
    record.annual = (ProtobufCBinaryData){.len = bytes.size, .data = (uint8_t *)bytes.data};
    record.time_ms = filed_ms;
    head.version = version;
    struct state_key key = annual_key("mine-a", year);
    market_put(market, &key, &head.base);
    key = annual_version_key("mine-a", year, version);
    market_put(market, &key, &record.base);
}

static struct obligation owed(struct market *market)
{
    struct compliance out;
    assert_int_equal(
        compliance_of(&out, market->state, "h-mine", YEAR, market->time_ms, &market->arena), OK);
    return out.obligation;
}

static int64_t owed_t(struct market *market)
{
    return tonnes_value(owed(market).tonnes);
}

static void scheme_put(struct market *market, const char *gas, bool both_scopes)
{
    struct market_scheme scheme;
    char *scopes[] = {(char *)"1", (char *)"2"};
    market_scheme_init(&scheme);
    scheme.gases[0] = (char *)gas;
    scheme.set.n_gases = gas != NULL ? 1 : 0;
    scheme.set.gases = scheme.gases;
    scheme.set.n_covered_scopes = both_scopes ? 2 : 1;
    scheme.set.covered_scopes = scopes;
    market_scheme_put(market, &scheme);
}

/* [D37] Twelve months and the annual account: the months once, true-ups on top. What lowers on the
 * operator's word alone does not; nor what the scheme does not cover. */
static void months_and_true_ups_count_once(void **state)
{
    struct market *market = *state;
    static const struct change changes[] = {
        {3, "FACTOR_PUBLISHED", "1", 5, 5},   {4, "FACTOR_PUBLISHED", "1", -2, -2},
        {4, "LATE_INVOICE", "1", 1, 1},       {5, "LATE_INVOICE", "1", -40, -40},
        {5, "LAB_RESULT", "1", -30, -30},     {6, "FACTOR_PUBLISHED", "2", 500, 500},
        {7, "FACTOR_PUBLISHED", "SINK", 9, 9}};
    year_put(market);
    assert_int_equal(owed_t(market), 1200);
    annual_put(market, 1, 1, changes, sizeof changes / sizeof changes[0]);
    const struct obligation now = owed(market);
    assert_int_equal(tonnes_value(now.tonnes), 1204);
    assert_int_equal(grams_value(now.parts[0].true_up), 4 * T);
    assert_int_equal(now.parts[0].true_ups, 3);
    assert_true(now.verified && now.complete);
    assert_false(now.raised); /* no decision did it */
    scheme_put(market, NULL, true);
    assert_int_equal(owed_t(market), 1200 + 120 + 504);
    scheme_put(market, NULL, false);
    /* A later version replaces the true-ups of the one before it. */
    annual_put(market, 2, 2, changes, 1);
    assert_int_equal(owed_t(market), 1205);
    annual_put(market, 3, 3, NULL, 0);
    assert_int_equal(owed_t(market), 1200);
}

/* A corrected month has the true-up in it already, as far as it is right. */
static void a_correction_ends_its_true_ups(void **state)
{
    struct market *market = *state;
    static const struct change changes[] = {{3, "FACTOR_PUBLISHED", "1", 5, 5},
                                            {4, "FACTOR_PUBLISHED", "1", 7, 7}};
    year_put(market);
    annual_put(market, 1, 1, changes, 2);
    assert_int_equal(owed_t(market), 1212);
    month_put(market, 3, 2);
    assert_int_equal(owed_t(market), 1207);
}

/* Where the verifier changed the month, what was filed before is in his value; what lowers it after
 * him needs a correction. */
static void an_opinion_knows_what_was_filed(void **state)
{
    struct market *market = *state;
    static const struct change changes[] = {{3, "FACTOR_PUBLISHED", "1", 5, 5},
                                            {3, "FACTOR_PUBLISHED", "1", -3, -3},
                                            {4, "FACTOR_PUBLISHED", "1", 7, 7}};
    year_put(market);
    annual_put(market, 1, 1, changes, 3);
    assert_int_equal(owed_t(market), 1209);
    market_opinion(market, "mine-a", "2025-03", 105 * T, 10 * T); /* time 0: before */
    assert_int_equal(owed_t(market), 1205 + 5 + 7);
    annual_put(market, 2, 0, changes, 3); /* not after it */
    assert_int_equal(owed_t(market), 1205 + 7);
    market_opinion(market, "mine-a", "2025-03", 100 * T, 11 * T); /* another scope */
    assert_int_equal(owed_t(market), 1209);
}

/* A scheme of one gas. Both gases together are the whole. */
static void one_gas_alone(void **state)
{
    struct market *market = *state;
    year_put(market);
    scheme_put(market, "CO2", false);
    assert_int_equal(owed_t(market), 12 * 30);
    scheme_put(market, "CO2", true);
    assert_int_equal(owed_t(market), 12 * 40);
    scheme_put(market, "CH4", false);
    assert_int_equal(owed_t(market), 12 * 70);
    scheme_put(market, "CH4", true);
    assert_int_equal(owed_t(market), 12 * 70);
    static const struct change changes[] = {{3, "FACTOR_PUBLISHED", "1", 2, 9}};
    annual_put(market, 1, 1, changes, 1);
    assert_int_equal(owed_t(market), 12 * 70 + 7);
    scheme_put(market, "CO2", false);
    assert_int_equal(owed_t(market), 12 * 30 + 2);
}

/* What an opinion adds counts for either gas, since it does not say which; what it takes off is
 * shared. */
static void one_gas_of_a_verified_value(void **state)
{
    struct market *market = *state;
    year_put(market);
    market_opinion(market, "mine-a", "2025-03", 110 * T, 10 * T);
    scheme_put(market, "CO2", false);
    assert_int_equal(owed_t(market), 12 * 30 + 10);
    scheme_put(market, "CH4", true);
    assert_int_equal(owed_t(market), 12 * 70 + 10);
    market_opinion(market, "mine-a", "2025-03", 90 * T, 20 * T);
    assert_int_equal(owed_t(market), 12 * 70 - 7); /* scope 2 has no methane */
    scheme_put(market, "CO2", true);
    assert_int_equal(owed_t(market), 12 * 40 - 3 + 10);
    market_opinion(market, "mine-a", "2025-03", 99999999, 10 * T); /* rounded up: 29,999,999.7 */
    scheme_put(market, "CO2", false);
    assert_int_equal(grams_value(owed(market).grams), 360 * T);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(months_and_true_ups_count_once),  MARKET_TEST(a_correction_ends_its_true_ups),
        MARKET_TEST(an_opinion_knows_what_was_filed), MARKET_TEST(one_gas_alone),
        MARKET_TEST(one_gas_of_a_verified_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
