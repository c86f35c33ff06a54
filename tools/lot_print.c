/* SPDX-License-Identifier: Apache-2.0 */
/* Lots and events in words: names and units instead of the members of an answer. What became of an
 * event is asked of the ledger again, so a receipt says what was recorded, not what was typed. */

#include "tools/lot_commands.h"

#include <stdio.h>
#include <string.h>

#include "tools/command.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/view.h"

#define REQUEST_MAX 4096
#define NAME_WIDTH 14

static bool given(const struct json_node *node, const char *key)
{
    return view_text(node, key)[0] != '\0';
}

/* A line of a name and its value, where there is one. */
static void line(const char *name, const char *value, const char *unit)
{
    if (value[0] != '\0') {
        output_line("%-*s %s%s", NAME_WIDTH, name, value, unit);
    }
}

/* --- events ----------------------------------------------------------------------------------- */

static void print_parts(const struct json_node *event, const char *list, const char *name)
{
    const struct json_node *parts = json_node_get(event, list);
    for (size_t i = 0; i < json_node_count(parts); i++) {
        const struct json_node *part = json_node_at(parts, i);
        if (strcmp(list, "inputs") == 0 && given(part, "after")) {
            output_line("%-*s %s: %s t, %s t are left of it", NAME_WIDTH, name,
                        view_text(part, "lot"), view_text(part, "qty"), view_text(part, "after"));
        } else {
            output_line("%-*s %s%s%s t", NAME_WIDTH, name, view_text(part, "lot"),
                        given(part, "lot") ? ": " : "", view_text(part, "qty"));
        }
    }
}

static void print_findings(const struct json_node *event)
{
    const struct json_node *findings = json_node_get(event, "findings");
    for (size_t i = 0; i < json_node_count(findings); i++) {
        const struct json_node *finding = json_node_at(findings, i);
        output_line("%-*s %s of %s: %s, admitted %s", NAME_WIDTH, "finding",
                    view_text(finding, "code"), view_text(finding, "about"),
                    view_text(finding, "amount"), view_text(finding, "limit"));
    }
}

static void print_event(const struct json_node *event, const char *transaction)
{
    line("place", view_text(event, "place"), "");
    print_parts(event, "inputs", "of lot");
    print_parts(event, "outputs", "made lot");
    print_parts(event, "losses", "loss");
    line("load", view_text(event, "sscc"), "");
    line("to", view_text(event, "to"), "");
    line("distance", view_text(event, "distance_km"), " km");
    line("what", view_text(event, "what"), "");
    line("answer", view_text(event, "answer"), "");
    print_findings(event);
    if (strcmp(view_text(event, "type"), "OFFER") == 0) {
        output_line("%-*s the other organisation answers: seam lot answer offer=%s answer=ACCEPT "
                    "place=... event_time=...",
                    NAME_WIDTH, "next", transaction);
    }
}

void lot_print_receipt(const struct json_node *data, const struct remote *remote)
{
    struct json_out out;
    struct http_reply reply = {0};
    const char *transaction = view_text(data, "transaction");
    int64_t height = 0;
    if (strcmp(view_text(data, "state"), "FINAL") != 0 || !given(data, "transaction")) {
        view_print(data); /* a draft, or not final yet */
        return;
    }
    (void)!json_node_integer(json_node_get(data, "height"), &height);
    output_line("%-*s FINAL in block %lld, %s", NAME_WIDTH, "state", (long long)height,
                view_text(data, "time"));
    output_line("%-*s %s", NAME_WIDTH, "transaction", transaction);
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "event", transaction);
    json_out_end(&out);
    if (remote_ask(&reply, remote, "GetLotEvent", &out) == TOOL_OK) {
        print_event(reply.data, transaction);
        http_reply_free(&reply);
    }
}

/* --- a lot ------------------------------------------------------------------------------------ */

static void print_amounts(const struct json_node *lot)
{
    static const char *const keys[] = {"created", "gained", "returned", "consumed",
                                       "used",    "lost",   "voided"};
    const struct json_node *amounts = json_node_get(lot, "amounts");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (strcmp(view_text(amounts, keys[i]), "0") != 0) {
            char name[NAME_WIDTH + 1];
            (void)snprintf(name, sizeof name, "  %.11s", keys[i]);
            line(name, view_text(amounts, keys[i]), " t");
        }
    }
}

static void print_quality(const struct json_node *lot)
{
    const bool carbon = given(lot, "carbon");
    output_line("%-*s moisture %s as received; ash %s%s%s of the dry mass; %s GJ/t as received",
                NAME_WIDTH, "quality", view_text(lot, "moisture"), view_text(lot, "ash"),
                carbon ? ", carbon " : "", carbon ? view_text(lot, "carbon") : "",
                view_text(lot, "ncv"));
}

static void print_origins(const struct json_node *lot)
{
    const struct json_node *origins = json_node_get(lot, "origins");
    for (size_t i = 0; i < json_node_count(origins); i++) {
        const struct json_node *origin = json_node_at(origins, i);
        output_line("%-*s %s of %s, share %s", NAME_WIDTH, "mined at",
                    view_text(origin, "facility"), view_text(origin, "organisation"),
                    view_text(origin, "share"));
    }
}

/* Grams of one member as "509338", or a dash where there is no figure. */
static const char *grams_text(char out[24], const struct json_node *node, const char *key)
{
    int64_t grams = 0;
    (void)snprintf(out, 24, "-");
    if (json_node_integer(json_node_get(node, key), &grams)) {
        (void)snprintf(out, 24, "%lld", (long long)grams);
    }
    return out;
}

static void print_accounts(const struct json_node *footprint)
{
    const struct json_node *accounts = json_node_get(footprint, "accounts");
    for (size_t i = 0; i < json_node_count(accounts); i++) {
        const struct json_node *account = json_node_at(accounts, i);
        char version[24];
        char given_g[24];
        const bool none = strcmp(grams_text(version, account, "version"), "0") == 0;
        output_line("%-*s %s %s %s%s%s, %s: gave this coal %s g", NAME_WIDTH, "  account",
                    view_text(account, "facility"), view_text(account, "stage"),
                    view_text(account, "month"), none ? ", none yet" : ", version ",
                    none ? "" : version, view_text(account, "grade"),
                    grams_text(given_g, account, "attributed_g"));
    }
}

static void print_footprint(const struct json_node *footprint)
{
    const struct json_node *stages = json_node_get(footprint, "stages_g_per_t");
    char total[24];
    char mining[24];
    char washing[24];
    char transport[24];
    bool corrected = false;
    int64_t known = 0;
    if (!json_node_integer(json_node_get(footprint, "g_per_t"), &known)) {
        output_line("%-*s no account yet of a facility behind it", NAME_WIDTH, "footprint");
        print_accounts(footprint);
        return;
    }
    output_line("%-*s %s g CO2e/t: mining %s, washing %s, transport %s; %s", NAME_WIDTH,
                "footprint", grams_text(total, footprint, "g_per_t"),
                grams_text(mining, stages, "MI"), grams_text(washing, stages, "WA"),
                grams_text(transport, stages, "TR"), view_text(footprint, "grade"));
    output_line("%-*s %s g CO2e in the %s t there are; %s g when it was made", NAME_WIDTH,
                "  carries", grams_text(total, footprint, "now_g"), view_text(footprint, "now"),
                grams_text(mining, footprint, "made_g"));
    if (json_node_bool(json_node_get(footprint, "corrected"), &corrected) && corrected) {
        output_line("%-*s %s g CO2e/t before an account was corrected", NAME_WIDTH, "  before",
                    grams_text(total, footprint, "before_g_per_t"));
    }
    print_accounts(footprint);
}

static void print_history(const struct json_node *data)
{
    static const struct output_column columns[] = {
        {"what happened", false}, {"change, t", true}, {"event", false}};
    const struct json_node *history = json_node_get(data, "history");
    struct output_table *table = output_table_new(columns, 3);
    int64_t total = 0;
    for (size_t i = 0; i < json_node_count(history); i++) {
        const struct json_node *entry = json_node_at(history, i);
        const char *const cells[] = {view_text(entry, "type"), view_text(entry, "change"),
                                     view_text(entry, "event")};
        output_table_row(table, cells);
    }
    output_table_print(table);
    if (json_node_integer(json_node_get(data, "total"), &total) &&
        total > (int64_t)json_node_count(history)) {
        output_line("%zu of %lld events; GetLot gives the others with from and count",
                    json_node_count(history), (long long)total);
    }
}

static void print_lot(const struct json_node *lot)
{
    bool offered = false;
    int64_t height = 0;
    output_line("%-*s %s, %s", NAME_WIDTH, "lot", view_text(lot, "lot"), view_text(lot, "product"));
    output_line("%-*s %s, in the custody of %s", NAME_WIDTH, "owner", view_text(lot, "owner"),
                view_text(lot, "custodian"));
    output_line("%-*s %s, %s%s%s", NAME_WIDTH, "place", view_text(lot, "place"),
                view_text(lot, "state"), given(lot, "sscc") ? " in load " : "",
                view_text(lot, "sscc"));
    line("mass now", view_text(lot, "qty"), " t");
    print_amounts(lot);
    print_quality(lot);
    line("custody model", view_text(lot, "model"), "");
    line("claim", view_text(lot, "claim"), "");
    print_origins(lot);
    output_line("%-*s %s%s%s%s%s", NAME_WIDTH, "made", view_text(lot, "created_time"),
                given(lot, "facility") ? ", for the account of " : "", view_text(lot, "facility"),
                given(lot, "month") ? " for " : "", view_text(lot, "month"));
    if (json_node_bool(json_node_get(lot, "offered"), &offered) && offered) {
        output_line("%-*s %s, open until %s", NAME_WIDTH, "offer", view_text(lot, "offer"),
                    view_text(lot, "offer_expires"));
    }
    const struct json_node *footprint = json_node_get(lot, "footprint");
    if (json_node_kind(footprint) == JSON_KIND_OBJECT) {
        print_footprint(footprint);
    }
    print_history(lot);
    (void)!json_node_integer(json_node_get(lot, "at"), &height);
    output_line("status as of height %lld, %s", (long long)height, view_text(lot, "as_of"));
}

int lot_show(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const char *at = NULL;
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("at", 0, "HEIGHT|TIME", NULL, "as it was then", &at),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set =
        OPTION_SET("lot show LOT",
                   "A lot: mass, quality, owner, place, footprint by stage with the accounts it\n"
                   "rests on, and everything that happened to it.",
                   rows, 1, 1);
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct json_out out;
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&out);
    json_out_field_text(&out, "lot", argv[first]);
    lot_field_at(&out, at);
    json_out_end(&out);
    status = remote_ask(&reply, &remote, "GetLot", &out);
    if (status == TOOL_OK) {
        if (remote.json) {
            status = remote_print_json(reply.root);
        } else {
            print_lot(reply.data);
        }
        http_reply_free(&reply);
    }
    return status;
}
