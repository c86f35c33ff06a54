/* SPDX-License-Identifier: Apache-2.0 */
/* An event on the command line has the columns of an event in a table (api/lot_table.h), so people
 * learn one vocabulary: NAME=VALUE ... is a table of one row. */

#include "tools/lot_commands.h"

#include <stdio.h>
#include <string.h>

#include "api/lot_table.h"
#include "ledger/base/limits.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define OPERANDS_MAX 40
#define BUDGET (16 * 1024 * 1024)

struct event_command {
    const char *name;
    const char *type;
    const char *help;
    const char *fields; /* beside those of every event */
    const char *example;
};

#define EVERY                                                                                      \
    "  event_time   when it happened: 2026-09-01T06:00:00Z or with an offset, +08:00\n"            \
    "  place        facility, or GLN of 13 digits, perhaps with a point and an extension\n"        \
    "  documents, devices, note, corrects, parameter_set_hash: may be left out\n"

static const struct event_command events[] = {
    {"product", "PRODUCT", "register a GTIN and the product it stands for",
     "  gtin         14 digits\n  product      the word of calculation files: raw, clean\n"
     "  name.en, name.zh, name.ru\n",
     "gtin=06901234567892 product=raw name.en=\"raw coal\""},
    {"mine", "MINE", "coal comes out of the ground",
     "  lot          GTIN14.BATCH, of a product you registered\n"
     "  qty          t, at most 3 decimals\n"
     "  moisture     fraction of the mass as received: 0.07\n"
     "  ash          fraction of the dry mass: 0.28\n"
     "  ncv          GJ/t as received: 22.4\n  carbon       fraction of the dry mass, where "
     "measured\n"
     "  facility, month   of the monthly account it belongs to\n"
     "  face, model, claim   may be left out\n",
     "lot=06901234567892.RAW-1 qty=1000.5 moisture=0.07 ash=0.28 ncv=22.4 facility=mine-a "
     "month=2026-09 place=mine-a event_time=2026-09-01T06:00:00Z"},
    {"wash", "WASH", "inputs become outputs in a washing plant",
     "  facility, month   of the plant's account\n"
     "  inputs       LOT QTY | LOT QTY ...\n"
     "  outputs      LOT QTY MOISTURE ASH NCV [CARBON [MODEL [CLAIM_QTY]]] | ...\n"
     "               the first is the washed product; - stands for none\n"
     "  losses       SLURRY|DUST|SPILL|OTHER as: KIND QTY MOISTURE ASH [CARBON]\n"
     "  water        t added less t returned, where metered\n",
     "facility=wp-1 month=2026-09 place=wp-1 event_time=2026-09-03T12:00:00Z inputs=\"LOT 1000\" "
     "outputs=\"CLEAN 620 0.11 0.095 25.1 | REST 390 0.12 0.62 9.8\""},
    {"blend", "BLEND", "lots become one lot of their whole mass",
     "  inputs       LOT QTY | LOT QTY ...\n  lot          the new one\n"
     "  moisture, ash, ncv, carbon   all or none; none: the weighted means\n  model, claim_qty\n",
     "inputs=\"LOT-A 500 | LOT-B 300\" lot=06901234567922.B1 place=wp-1 event_time=..."},
    {"split", "SPLIT", "parts of a lot become lots",
     "  lot          what is split\n  outputs      LOT QTY | LOT QTY ...\n",
     "lot=06901234567922.B1 outputs=\"06901234567922.B2 100 | 06901234567922.B3 50.5\" ..."},
    {"load", "LOAD", "lots go into a train or ship",
     "  sscc         18 digits, a new one for each train or ship load\n"
     "  parts        LOT (all of it), or LOT QTY NEW-LOT | ...\n",
     "sscc=106901234567890128 parts=\"LOT 61.2 06901234567908.C1-T1\" place=wp-1 event_time=..."},
    {"unload", "UNLOAD", "everything of a load goes into stock", "  sscc\n",
     "sscc=106901234567890128 place=6901234567892 event_time=..."},
    {"depart", "DEPART", "a leg of transport begins",
     "  sscc\n  to           place where it goes\n"
     "  mode         RAIL, ROAD, SEA, RIVER, CONVEYOR\n  distance_km  at most 1 decimal\n"
     "  vehicle, fuel   may be left out\n",
     "sscc=106901234567890128 to=6901234567892 mode=RAIL distance_km=812.5 place=wp-1 "
     "event_time=..."},
    {"arrive", "ARRIVE", "the leg ends, with the mass found there",
     "  sscc\n  qty_unload   t found\n"
     "  cause        of a loss above tolerance: FIRE, SPILL, DUST, MOISTURE, THEFT\n  reason\n",
     "sscc=106901234567890128 qty_unload=61.1 place=6901234567892 event_time=..."},
    {"offer", "OFFER", "offer ownership, custody or both to another organisation",
     "  what         OWNERSHIP, CUSTODY, BOTH\n  lot          or sscc, of a load's custody\n"
     "  qty, to_lot  of a part only\n  to           organisation\n"
     "  price_hash   hash of the contract's price, never the price\n",
     "what=BOTH lot=06901234567908.C1 to=power place=wp-1 event_time=..."},
    {"answer", "ANSWER", "accept, refuse or withdraw an offer",
     "  offer        transaction of the offer\n  answer       ACCEPT, REFUSE, WITHDRAW\n"
     "  qty_received t; left out: as offered\n"
     "  cause, reason   of a difference, refusal or withdrawal\n",
     "offer=HEX answer=ACCEPT qty_received=61.1 place=6901234567892 event_time=..."},
    {"use", "USE", "coal is used up",
     "  lot, qty\n  use          POWER, COKE, CHEM, OTHER\n  facility     of the user, where "
     "registered\n",
     "lot=06901234567908.C1 qty=100 use=POWER place=6901234567892 event_time=..."},
    {"loss", "LOSS", "coal is lost",
     "  lot, qty\n  cause        FIRE, SPILL, DUST, MOISTURE, THEFT\n  reason\n"
     "  moisture     of cause MOISTURE: what it is afterwards\n",
     "lot=06901234567908.C1 qty=0.5 cause=DUST reason=\"loading in a storm\" place=wp-1 "
     "event_time=..."},
    {"stocktake", "STOCKTAKE", "what was measured of lots of one product in one place",
     "  product\n  lots         LOT MEASURED | ...\n"
     "               above the tolerance use stocktake-confirm, which two persons sign\n",
     "product=clean lots=\"06901234567908.C1 99.2\" place=wp-1 event_time=..."},
    {"stocktake-confirm", "STOCKTAKE_CONFIRM", "the same above the tolerance: two persons sign",
     "  product\n  lots         LOT MEASURED | ...\n",
     "product=clean lots=\"06901234567908.C1 90\" place=wp-1 event_time=..."},
    {"error", "ERROR", "declare an event recorded wrongly; it stays visible",
     "  event_id     its transaction\n  reason       DID_NOT_OCCUR, INCORRECT_DATA\n"
     "  corrective_events   transactions that took its place\n  note\n",
     "event_id=HEX reason=INCORRECT_DATA note=\"typing error\""},
};
#define EVENTS (sizeof events / sizeof events[0])

/* `transport` is departing, or arriving where a mass is given. */
static const struct event_command *find(const char *name, int argc, char **argv)
{
    if (strcmp(name, "transport") == 0) {
        name = "depart";
        for (int i = 1; i < argc; i++) {
            name = strncmp(argv[i], "qty_unload=", 11) == 0 ? "arrive" : name;
        }
    }
    for (size_t i = 0; i < EVENTS; i++) {
        if (strcmp(events[i].name, name) == 0) {
            return &events[i];
        }
    }
    return NULL;
}

bool lot_event_command(const char *name)
{
    return find(name, 0, NULL) != NULL;
}

void lot_event_help(void)
{
    for (size_t i = 0; i < EVENTS; i++) {
        (void)printf("  %-18s %s\n", events[i].name, events[i].help);
    }
    (void)printf("  %-18s %s\n", "transport", "depart, or arrive where qty_unload is given");
}

/* --- the request ------------------------------------------------------------------------------ */

static enum err copy_object(struct json_out *out, struct bytes text, const char *name)
{
    struct json_doc *doc = NULL;
    void *iterator = NULL;
    const char *key = NULL;
    const struct json_node *value = NULL;
    const enum err err = remote_object(&doc, text, name);
    if (err != OK) {
        return err;
    }
    while (json_node_next(json_doc_root(doc), &iterator, &key, &value)) {
        if (strcmp(key, "type") != 0) {
            json_out_key(out, key);
            json_node_write(out, value);
        }
    }
    json_doc_free(doc);
    return OK;
}

static enum err write_file(struct json_out *out, const char *path, struct arena *arena)
{
    struct bytes text;
    const enum err err = remote_file(&text, path, arena);
    return err == OK ? copy_object(out, text, path) : err;
}

/* Registering a product and declaring an error happen nowhere; everything else has a time and
 * place.
 */
static bool has_time_and_place(const struct event_command *command, const char *const *names,
                               size_t count)
{
    bool time = strcmp(command->type, "PRODUCT") == 0 || strcmp(command->type, "ERROR") == 0;
    bool place = time;
    for (size_t i = 0; i < count; i++) {
        time = time || strcmp(names[i], "event_time") == 0;
        place = place || strcmp(names[i], "place") == 0;
    }
    return time && place;
}

/* NAME=VALUE ... as a table of one row. */
static enum err write_operands(struct json_out *out, const struct event_command *command,
                               char **operands, size_t count, struct arena *arena)
{
    const char *names[OPERANDS_MAX];
    const char *values[OPERANDS_MAX];
    const struct csv_row head = {1, count, names};
    const struct csv_row row = {0, count, values};
    struct errors errors;
    struct bytes json;
    const struct rule_row *rule = lot_table_rule(command->type);
    enum err err = errors_new(&errors, arena);
    if (err != OK || rule == NULL || count > OPERANDS_MAX) {
        output_note("seam lot %s: too many values", command->name);
        return ERR_LENGTH;
    }
    for (size_t i = 0; i < count; i++) {
        const char *sign = strchr(operands[i], '=');
        if (sign == NULL || sign == operands[i]) {
            output_note("seam lot %s: NAME=VALUE or one file, not '%s'", command->name,
                        operands[i]);
            return ERR_PARSE;
        }
        names[i] = arena_text(arena, operands[i], (size_t)(sign - operands[i]));
        values[i] = sign + 1;
        if (names[i] == NULL) {
            return ERR_MEMORY;
        }
    }
    err = lot_table_row(&json, rule, &head, &row, arena, &errors);
    if (err != OK) {
        return errors.count > 0 ? output_errors(&errors) : err;
    }
    if (!has_time_and_place(command, names, count)) {
        output_note("seam lot %s: event_time= and place= are needed; seam lot %s --help lists all "
                    "names and shows an example",
                    command->name, command->name);
        return ERR_MISSING;
    }
    return copy_object(out, json, command->name);
}

static int send(const struct event_command *command, const struct remote *remote, const char *wait,
                char **operands, size_t count)
{
    struct arena arena;
    struct json_out out;
    struct http_reply reply = {0};
    arena_init(&arena, BUDGET);
    json_out_init(&out, JSON_OUT_COMPACT, LIMIT_HTTP_BODY);
    json_out_object(&out);
    json_out_field_text(&out, "type", command->type);
    const bool file = count == 1 && strchr(operands[0], '=') == NULL;
    const enum err err = file ? write_file(&out, operands[0], &arena)
                              : write_operands(&out, command, operands, count, &arena);
    if (wait != NULL) {
        json_out_field_text(&out, "wait", wait);
    }
    json_out_end(&out);
    int status = TOOL_USAGE;
    if (err == OK) {
        status = remote_ask(&reply, remote, "RecordLotEvent", &out);
    } else {
        json_out_free(&out);
    }
    if (status == TOOL_OK) {
        if (remote->json) {
            status = remote_print_json(reply.root);
        } else {
            lot_print_receipt(reply.data, remote);
        }
        http_reply_free(&reply);
    }
    arena_free(&arena);
    return status;
}

int lot_event(int argc, char **argv)
{
    const struct event_command *command = find(argv[0], argc, argv);
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const char *wait = NULL;
    char usage[64];
    char purpose[2048];
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("wait", 0, "final|accepted", NULL, "when it answers (default: final)", &wait),
        OPTION_JSON(&remote.json),
    };
    (void)snprintf(usage, sizeof usage, "lot %s FILE.json | NAME=VALUE ...", command->name);
    (void)snprintf(
        purpose, sizeof purpose,
        "%c%s. The names are those of the columns of `seam lot import`:\n\n%s%s\n"
        "Example: seam lot %s %s",
        command->help[0] >= 'a' ? command->help[0] - 'a' + 'A' : command->help[0],
        command->help + 1, command->fields,
        strcmp(command->type, "PRODUCT") == 0 || strcmp(command->type, "ERROR") == 0 ? "" : EVERY,
        command->name, command->example);
    const struct option_set set = OPTION_SET(usage, purpose, rows, 1, OPERANDS_MAX);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    return send(command, &remote, wait, argv + first, (size_t)(argc - first));
}
