/* SPDX-License-Identifier: Apache-2.0 */
/* What a government and a mine's engineer read out of anchored accounts. ReportPolicy adds bodies
 * only, so it may be shown to everybody with a token [KSSJ 7.2.2a]; ReportSources needs lines, so
 * only those of decision D3 get it [KSSJ 7.2.2c]. Both are sums of integers that were anchored. */

#include "api/operations.h"

#include "api/account_note.h"
#include "api/sight.h"
#include "ledger/accounting/annual.h"
#include "ledger/base/ratio.h"
#include "ledger/codec/message.h"

#include <string.h>

#define LIST_PAGE 50
#define REGIONS_MAX 512
#define SOURCES_MAX 2000

/* The accounts of one facility inside a year or month. */
struct span {
    struct period first;
    uint32_t count;
};

/* Months where the facility has months; the year where it has years. */
static struct span span_of(const Seam__FacilityRecord *facility, struct period period)
{
    if (strcmp(facility->cadence, "MONTH") != 0) {
        const bool year = period.cadence == CADENCE_YEAR;
        return (struct span){period, year ? 1 : 0};
    }
    if (period.cadence == CADENCE_YEAR) {
        return (struct span){annual_month(period, 0), ANNUAL_MONTHS};
    }
    return (struct span){period, 1};
}

static enum err read_account(struct call *call, struct query *query, const char *facility,
                             struct period period, const Seam__AccountRecord **record,
                             const Seam__Account **account)
{
    char text[PERIOD_TEXT_SIZE];
    const Seam__AccountHead *head = NULL;
    period_text(text, period);
    enum err err = query_account(&head, query, facility, text, &call->arena);
    if (err == OK) {
        err = query_account_version(record, query, facility, text, head->version, &call->arena);
    }
    return err == OK ? view_account_body(account, *record, &call->arena) : err;
}

static enum err read_period(struct call *call, const char *key, bool year, struct period *out)
{
    const char *text = NULL;
    const enum err err = call_text(call, key, true, &text);
    if (err != OK) {
        return err;
    }
    if (period_parse(out, bytes_text(text)) != OK || out->cadence == CADENCE_QUARTER ||
        (year && out->cadence != CADENCE_YEAR)) {
        return call_fail(call, ERR_TYPE, key, year ? "YYYY" : "YYYY or YYYY-MM", NULL);
    }
    return OK;
}

/* --- policy ------------------------------------------------------------------------------------*/

/* One region and kind of facility. */
struct region {
    const char *region;
    const char *kind;
    uint32_t facilities;
    uint32_t accounts;
    uint32_t missing; /* periods of the year without an account */
    struct annual_totals sum;
};

struct policy {
    const char *region; /* "" : all */
    struct period year;
    struct region *rows;
    size_t count;
    struct region total;
};

/* What a kind of facility makes. */
static const char *product_of(const char *kind)
{
    if (strcmp(kind, "UG") == 0 || strcmp(kind, "OP") == 0) {
        return "RAW_COAL";
    }
    return strcmp(kind, "WP") == 0 ? "WASHED_COAL" : "";
}

/* CN holds CN-14. */
static bool inside(const char *outer, const char *inner)
{
    const size_t size = strlen(outer);
    return size == 0 ||
           (strncmp(outer, inner, size) == 0 && (inner[size] == '\0' || inner[size] == '-'));
}

/* Rows ascend by region, then kind. */
static struct region *row_of(struct policy *policy, const Seam__FacilityRecord *facility)
{
    size_t at = 0;
    int order = 1;
    for (; at < policy->count; at++) {
        order = strcmp(policy->rows[at].region, facility->jurisdiction);
        order = order != 0 ? order : strcmp(policy->rows[at].kind, facility->kind);
        if (order >= 0) {
            break;
        }
    }
    if (at < policy->count && order == 0) {
        return &policy->rows[at];
    }
    if (policy->count == REGIONS_MAX) {
        return NULL;
    }
    memmove(&policy->rows[at + 1], &policy->rows[at],
            (policy->count - at) * sizeof policy->rows[0]);
    policy->rows[at] = (struct region){.region = facility->jurisdiction, .kind = facility->kind};
    policy->count++;
    return &policy->rows[at];
}

static enum err add_facility(struct call *call, struct query *query, struct policy *policy,
                             const char *id)
{
    const Seam__FacilityRecord *facility = NULL;
    enum err err = view_facility(&facility, query_state(query), id, &call->arena);
    if (err != OK || !inside(policy->region, facility->jurisdiction)) {
        return err;
    }
    struct region *row = row_of(policy, facility);
    if (row == NULL) {
        return ERR_TOO_LARGE;
    }
    const struct span span = span_of(facility, policy->year);
    row->facilities++;
    policy->total.facilities++;
    for (uint32_t i = 0; i < span.count; i++) {
        const struct period period = {span.first.cadence, span.first.number + i};
        const Seam__AccountRecord *record = NULL;
        const Seam__Account *account = NULL;
        err = read_account(call, query, id, period, &record, &account);
        if (err == ERR_ABSENT) {
            row->missing++;
            policy->total.missing++;
            continue;
        }
        if (err != OK) {
            return err;
        }
        row->accounts++;
        policy->total.accounts++;
        if (!annual_add_month(&row->sum, account) ||
            !annual_add_month(&policy->total.sum, account)) {
            return ERR_RANGE;
        }
    }
    return OK;
}

static enum err add_facilities(struct call *call, struct query *query, struct policy *policy)
{
    const Seam__ListEntry *entries[LIST_PAGE];
    uint32_t total = 1;
    enum err err = OK;
    for (uint32_t from = 0; from < total && err == OK; from += LIST_PAGE) {
        size_t count = 0;
        err = query_list(query, KEY_FACILITY, NULL, from, entries, LIST_PAGE, &count, &total,
                         &call->arena);
        for (size_t i = 0; i < count && err == OK; i++) {
            err = add_facility(call, query, policy, entries[i]->id);
        }
    }
    return err == OK ? OK : call_fail(call, err, NULL, NULL, NULL);
}

static void write_sums(struct json_out *out, const struct region *row)
{
    json_out_field_uint(out, "facilities", row->facilities);
    json_out_field_uint(out, "accounts", row->accounts);
    json_out_field_uint(out, "missing", row->missing);
    json_out_field_int(out, "gross_g", row->sum.gross_g);
    json_out_field_int(out, "net_g", row->sum.net_g);
    json_out_field_int(out, "scope1_g", row->sum.scope1_g);
    json_out_field_int(out, "scope2_g", row->sum.scope2_g);
    json_out_field_int(out, "sinks_g", row->sum.sinks_g);
    json_out_field_int(out, "co2_g", row->sum.co2_g);
    json_out_field_int(out, "ch4_g", row->sum.ch4_g);
}

static void write_policy(struct json_out *out, struct query *query, const struct policy *policy)
{
    char year[PERIOD_TEXT_SIZE];
    period_text(year, policy->year);
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "year", year);
    json_out_field_text(out, "region", policy->region);
    write_sums(out, &policy->total);
    json_out_field_array(out, "regions");
    for (size_t i = 0; i < policy->count; i++) {
        json_out_object(out);
        json_out_field_text(out, "region", policy->rows[i].region);
        json_out_field_text(out, "kind", policy->rows[i].kind);
        json_out_field_text(out, "product", product_of(policy->rows[i].kind));
        write_sums(out, &policy->rows[i]);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

enum err op_report_policy(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"year", "region", "at", NULL};
    struct policy policy = {.region = NULL};
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = read_period(call, "year", true, &policy.year);
    }
    if (err == OK) {
        err = call_text(call, "region", false, &policy.region);
    }
    if (err == OK) {
        policy.region = policy.region != NULL ? policy.region : "";
        policy.rows = arena_alloc(&call->arena, REGIONS_MAX * sizeof *policy.rows);
        err = policy.rows != NULL ? call_query(call, &query)
                                  : call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    if (err != OK) {
        return err;
    }
    err = add_facilities(call, query, &policy);
    if (err == OK) {
        write_policy(&call->data, query, &policy);
    }
    query_close(query);
    return err;
}

/* --- sources -----------------------------------------------------------------------------------*/

/* One source over all accounts of the span. */
struct source {
    const Seam__LineResult *key; /* code, source, detail, scope */
    int64_t co2_g;
    int64_t ch4_g;
    int64_t co2e_g;
};

struct ranking {
    const Seam__FacilityRecord *facility;
    struct period period;
    struct source *sources;
    size_t count;
    uint32_t accounts;
    struct annual_totals sum; /* of the accounts' bodies */
    struct annual_totals lines; /* of their lines, which must be the same */
    struct ratio coal; /* t of raw coal */
};

static struct source *source_of(struct ranking *ranking, const Seam__LineResult *line)
{
    for (size_t i = 0; i < ranking->count; i++) {
        const Seam__LineResult *key = ranking->sources[i].key;
        if (strcmp(key->code, line->code) == 0 && strcmp(key->source, line->source) == 0 &&
            strcmp(key->detail, line->detail) == 0 && strcmp(key->scope, line->scope) == 0) {
            return &ranking->sources[i];
        }
    }
    if (ranking->count == SOURCES_MAX) {
        return NULL;
    }
    ranking->sources[ranking->count] = (struct source){.key = line};
    return &ranking->sources[ranking->count++];
}

/* Each line once into its source, and as the month did into the totals. */
static enum err add_line(struct ranking *ranking, const Seam__LineResult *line)
{
    Seam__TrueUp part = SEAM__TRUE_UP__INIT;
    struct source *source = source_of(ranking, line);
    if (source == NULL) {
        return ERR_TOO_LARGE;
    }
    part.scope = line->scope;
    part.co2_g = line->co2_g;
    part.ch4_g = line->ch4_g;
    part.co2e_g = line->co2e_g;
    if (__builtin_add_overflow(source->co2_g, line->co2_g, &source->co2_g) ||
        __builtin_add_overflow(source->ch4_g, line->ch4_g, &source->ch4_g) ||
        __builtin_add_overflow(source->co2e_g, line->co2e_g, &source->co2e_g) ||
        !annual_add_true_up(&ranking->lines, &part)) {
        return ERR_RANGE;
    }
    return OK;
}

/* Raw coal is what methane after mining is counted on. */
static void add_coal(struct ranking *ranking, const Seam__Line *line)
{
    struct dec coal;
    if (strcmp(line->code, "L_CH4_POST") == 0 && line->coal != NULL &&
        dec_parse(&coal, bytes_text(line->coal->value)) == OK) {
        ratio_add_dec(&ranking->coal, coal);
    }
}

static enum err read_result(struct call *call, struct query *query,
                            const Seam__AccountRecord *record, const Seam__Account *account,
                            const Seam__CalculationFile **file,
                            const Seam__CalculationResult **result)
{
    const Seam__ParameterSetRecord *set_record = NULL;
    ProtobufCMessage *lines = NULL;
    struct query_tx tx;
    struct hash hash;
    struct set set;
    if (record->tx_id.len != HASH_SIZE || account->parameter_set_hash.len != HASH_SIZE) {
        return ERR_CORRUPT;
    }
    memcpy(hash.bytes, record->tx_id.data, HASH_SIZE);
    enum err err = query_tx(&tx, query, &hash, &call->arena);
    if (err == OK) {
        err = message_unpack(&lines, &seam__account_lines__descriptor,
                             bytes_of(tx.message->detached.data, tx.message->detached.len),
                             LIMIT_TX_DETACHED, &call->arena, NULL);
    }
    if (err == OK) {
        memcpy(hash.bytes, account->parameter_set_hash.data, HASH_SIZE);
        err = view_parameter_set(&set_record, query_state(query), &hash, &call->arena);
    }
    if (err == OK) {
        const ProtobufCBinaryData bytes = set_record->parameter_set;
        err = set_stored(&set, bytes_of(bytes.data, bytes.len), &call->arena, &call->detail);
    }
    if (err == OK) {
        err = account_file(file, account, (const Seam__AccountLines *)lines, &set, &call->arena,
                           &call->detail);
    }
    return err == OK ? calc_run(result, *file, &set, CALC_ALONE, &call->arena, &call->errors) : err;
}

static enum err add_account(struct call *call, struct query *query, struct ranking *ranking,
                            struct period period)
{
    const Seam__AccountRecord *record = NULL;
    const Seam__Account *account = NULL;
    const Seam__CalculationFile *file = NULL;
    const Seam__CalculationResult *result = NULL;
    enum err err =
        read_account(call, query, ranking->facility->facility, period, &record, &account);
    if (err != OK) {
        return err == ERR_ABSENT ? OK : err;
    }
    ranking->accounts++;
    if (!annual_add_month(&ranking->sum, account)) {
        return ERR_RANGE;
    }
    if (strcmp(account->state, "VALUE") != 0) {
        return OK;
    }
    err = read_result(call, query, record, account, &file, &result);
    for (size_t i = 0; err == OK && i < result->n_lines; i++) {
        err = add_line(ranking, result->lines[i]);
    }
    for (size_t i = 0; err == OK && i < file->n_lines; i++) {
        add_coal(ranking, file->lines[i]);
    }
    return err;
}

/* Emissions before sinks and information; then the largest first, ties by their key. */
static bool before(const struct source *a, const struct source *b)
{
    const bool a_counts = a->key->scope[0] < 'A';
    const bool b_counts = b->key->scope[0] < 'A';
    if (a_counts != b_counts) {
        return a_counts;
    }
    if (a->co2e_g != b->co2e_g) {
        return a->co2e_g > b->co2e_g;
    }
    const int order = strcmp(a->key->code, b->key->code);
    return order != 0 ? order < 0 : strcmp(a->key->source, b->key->source) < 0;
}

static void sort(struct ranking *ranking)
{
    for (size_t i = 1; i < ranking->count; i++) {
        const struct source moved = ranking->sources[i];
        size_t at = i;
        for (; at > 0 && before(&moved, &ranking->sources[at - 1]); at--) {
            ranking->sources[at] = ranking->sources[at - 1];
        }
        ranking->sources[at] = moved;
    }
}

/* Grams a tonne of coal, half up; left out where no coal is known. */
static void write_per_tonne(struct json_out *out, const struct ranking *ranking, int64_t grams)
{
    int64_t rounded = 0;
    if (ratio_sign(&ranking->coal) <= 0) {
        return;
    }
    struct ratio each = ratio_of_int(grams);
    struct ratio inverse = ratio_of_int(1);
    bool exact = false;
    char coal[RATIO_TEXT_SIZE];
    ratio_text(coal, &exact, &ranking->coal, 9);
    struct dec tonnes;
    if (dec_parse(&tonnes, bytes_text(coal)) != OK || dec_is_zero(tonnes)) {
        return;
    }
    ratio_div_dec(&inverse, tonnes);
    ratio_mul(&each, &inverse);
    if (ratio_round(&rounded, &each, 0) == OK) {
        json_out_field_int(out, "g_per_t_coal", rounded);
    }
}

static void write_ranking(struct json_out *out, struct query *query, const struct ranking *ranking)
{
    char text[PERIOD_TEXT_SIZE];
    char coal[RATIO_TEXT_SIZE];
    bool exact = false;
    period_text(text, ranking->period);
    ratio_text(coal, &exact, &ranking->coal, 3);
    json_out_object(out);
    json_out_field_uint(out, "at", query_height(query));
    json_out_field_time(out, "as_of", query_time(query));
    json_out_field_text(out, "facility", ranking->facility->facility);
    json_out_field_text(out, "period", text);
    json_out_field_uint(out, "accounts", ranking->accounts);
    json_out_field_int(out, "gross_g", ranking->sum.gross_g);
    json_out_field_int(out, "net_g", ranking->sum.net_g);
    if (ratio_sign(&ranking->coal) > 0) {
        json_out_field_text(out, "coal_t", coal);
    }
    write_per_tonne(out, ranking, ranking->sum.gross_g);
    json_out_field_array(out, "sources");
    for (size_t i = 0; i < ranking->count; i++) {
        const struct source *one = &ranking->sources[i];
        json_out_object(out);
        json_out_field_uint(out, "rank", i + 1);
        json_out_field_text(out, "code", one->key->code);
        json_out_field_text(out, "source", one->key->source);
        json_out_field_text(out, "detail", one->key->detail);
        json_out_field_text(out, "scope", one->key->scope);
        json_out_field_int(out, "co2e_g", one->co2e_g);
        json_out_field_int(out, "co2_g", one->co2_g);
        json_out_field_int(out, "ch4_g", one->ch4_g);
        write_per_tonne(out, ranking, one->co2e_g);
        json_out_end(out);
    }
    json_out_end(out);
    json_out_end(out);
}

static enum err rank_sources(struct call *call, struct query *query, const char *facility,
                             struct period period)
{
    bool allowed = false;
    struct ranking ranking = {.period = period, .coal = ratio_of_int(0)};
    enum err err = view_facility(&ranking.facility, query_state(query), facility, &call->arena);
    if (err != OK) {
        return call_fail(call, err, "facility", NULL, NULL);
    }
    err = sight_lines(call, query, ranking.facility, &allowed);
    if (err == OK && !allowed) {
        err = call_fail(call, ERR_ROLE, "facility", NULL,
                        "lines are for the owner, its group and its regulator");
    }
    if (err != OK) {
        return err;
    }
    ranking.sources = arena_alloc(&call->arena, SOURCES_MAX * sizeof *ranking.sources);
    if (ranking.sources == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    const struct span span = span_of(ranking.facility, period);
    for (uint32_t i = 0; i < span.count && err == OK; i++) {
        err = add_account(call, query, &ranking,
                          (struct period){span.first.cadence, span.first.number + i});
    }
    if (err == OK && memcmp(&ranking.sum, &ranking.lines, sizeof ranking.sum) != 0) {
        err = ERR_CORRUPT; /* the anchored totals are the sums of the anchored lines */
    }
    if (err == OK && ranking.accounts == 0) {
        err = ERR_ABSENT;
    }
    if (err != OK) {
        return call_fail(call, err, "period", NULL, NULL);
    }
    sort(&ranking);
    write_ranking(&call->data, query, &ranking);
    return OK;
}

enum err op_report_sources(struct call *call, const struct rule_row *row)
{
    (void)row;
    static const char *const keys[] = {"facility", "period", "at", NULL};
    const char *facility = NULL;
    struct period period;
    struct query *query = NULL;
    enum err err = call_only(call, keys);
    if (err == OK) {
        err = call_text(call, "facility", true, &facility);
    }
    if (err == OK) {
        err = read_period(call, "period", false, &period);
    }
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    if (err == OK) {
        err = call_query(call, &query);
    }
    if (err != OK) {
        return err;
    }
    err = rank_sources(call, query, facility, period);
    query_close(query);
    return err;
}
