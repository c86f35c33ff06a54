/* SPDX-License-Identifier: Apache-2.0 */
/* `seam genesis`: a consortium is composed in a draft, a JSON text of the Genesis message, one
 * entry after another; closing it executes it and writes genesis.json, which never changes again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ledger/accounting/set.h"
#include "ledger/base/num.h"
#include "ledger/base/period.h"
#include "ledger/chain/certificate.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "ledger/governance/governance.h"
#include "ledger/proto/genesis.pb-c.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/genesis_demo.h"
#include "tools/genesis_sets.h"
#include "tools/options.h"
#include "tools/output.h"

#define BUDGET ((size_t)256 << 20)
#define FILE_MAX ((size_t)16 << 20)

static int fail(bool json, enum err err, const struct err_detail *detail)
{
    output_refusal(json, err, detail);
    return err == ERR_ABSENT || err == ERR_STORAGE ? TOOL_USAGE : TOOL_NO;
}

static enum err time_of(uint64_t *out, const char *text, struct err_detail *detail)
{
    if (text == NULL) {
        const time_t now = time(NULL);
        *out = now > 0 ? (uint64_t)now * 1000 : 0;
        return OK;
    }
    const enum err err = time_parse(out, bytes_text(text));
    return err == OK ? OK : err_set(detail, err, "time", NULL, "2026-10-01T00:00:00Z", NULL);
}

static enum err document_open(struct bytes *out, const char *path, struct arena *arena,
                              struct err_detail *detail)
{
    return file_read_document(out, &genesis_form, path, FILE_MAX, arena, detail);
}

/* --- show, hash ------------------------------------------------------------------------------ */

static void show_people(const struct hash *chain_id, const Seam__Genesis *genesis)
{
    char hex[2 * HASH_SIZE + 1];
    char time_at[TIME_TEXT_SIZE];
    hex_encode(hex, hash_bytes(chain_id));
    time_text(time_at, genesis->time_ms);
    output_line("network       %s", genesis->network);
    output_line("chain id      %s", hex);
    output_line("begins        %s", time_at);
    output_line("validators    %zu, %u of them make a block final", genesis->n_validators,
                quorum_size((uint32_t)genesis->n_validators));
    static const struct output_column columns[] = {
        {"ORGANISATION", false}, {"ROLES", false}, {"PERSONS", true}, {"NAME", false}};
    struct output_table *table = output_table_new(columns, 4);
    for (size_t i = 0; i < genesis->n_organisations; i++) {
        const Seam__OrganisationRegister *entry = genesis->organisations[i];
        char count[24];
        char roles[120] = "";
        (void)snprintf(count, sizeof count, "%zu", entry->n_persons);
        for (size_t k = 0; k < entry->n_roles; k++) {
            const size_t used = strlen(roles);
            (void)snprintf(roles + used, sizeof roles - used, "%s%s", k > 0 ? " " : "",
                           entry->roles[k]);
        }
        const char *const cells[] = {entry->organisation, roles, count,
                                     entry->name != NULL ? entry->name->en : ""};
        output_table_row(table, cells);
    }
    output_table_print(table);
}

static void show_facilities(const Seam__Genesis *genesis)
{
    static const struct output_column columns[] = {{"FACILITY", false},     {"KIND", false},
                                                   {"ORGANISATION", false}, {"SCHEME", false},
                                                   {"CADENCE", false},      {"FROM", false}};
    struct output_table *table = output_table_new(columns, 6);
    for (size_t i = 0; i < genesis->n_facilities; i++) {
        const Seam__FacilityRegister *facility = genesis->facilities[i]->facility;
        const char *const cells[] = {
            facility->facility, facility->kind,    genesis->facilities[i]->organisation,
            facility->scheme,   facility->cadence, facility->start_period};
        output_table_row(table, cells);
    }
    output_table_print(table);
    for (size_t i = 0; i < genesis->n_adoptions; i++) {
        const Seam__ParameterSetAdopt *adoption = genesis->adoptions[i]->adoption;
        char hex[2 * HASH_SIZE + 1] = "";
        if (adoption->set_hash.len == HASH_SIZE) {
            hex_encode(hex, bytes_of(adoption->set_hash.data, HASH_SIZE));
        }
        output_line("%s adopts set %.16s from %s, %zu values without a source named",
                    adoption->scheme, hex, adoption->from_period, adoption->n_unsourced);
    }
}

static enum err show_json(const struct hash *chain_id, const Seam__Genesis *genesis)
{
    struct json_out out;
    json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
    json_out_object(&out);
    json_out_field_hash(&out, "chain_id", chain_id);
    json_out_key(&out, "genesis");
    json_out_message(&out, &genesis->base, &governance_fields);
    json_out_end(&out);
    return output_json(&out);
}

/* A document that a node would refuse is not shown as if it were one. */
static enum err show_run(const char *path, bool json, bool only_hash, struct arena *arena,
                         struct err_detail *detail)
{
    struct bytes bytes;
    struct hash chain_id;
    ProtobufCMessage *message = NULL;
    enum err err = document_open(&bytes, path, arena, detail);
    if (err == OK) {
        err = genesis_demo_check(bytes, &chain_id, detail);
    }
    if (err == OK) {
        err = message_unpack(&message, &seam__genesis__descriptor, bytes, LIMIT_GENESIS, arena,
                             detail);
    }
    if (err != OK) {
        return err;
    }
    const Seam__Genesis *genesis = (const Seam__Genesis *)message;
    if (only_hash) {
        char hex[2 * HASH_SIZE + 1];
        hex_encode(hex, hash_bytes(&chain_id));
        output_line("%s", hex);
        return OK;
    }
    if (json) {
        return show_json(&chain_id, genesis);
    }
    show_people(&chain_id, genesis);
    show_facilities(genesis);
    return OK;
}

static int show_any(int argc, char **argv, bool only_hash)
{
    bool json = false;
    const struct option_row rows[] = {OPTION_JSON(&json)};
    const struct option_set set =
        OPTION_SET(only_hash ? "genesis hash FILE" : "genesis show FILE",
                   "Reads genesis.json, checks it as a node would, and prints it.", rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    struct err_detail detail = {0};
    arena_init(&arena, BUDGET);
    const enum err err = show_run(argv[first], json, only_hash, &arena, &detail);
    const int result = err == OK ? TOOL_OK : fail(json, err, &detail);
    arena_free(&arena);
    return result;
}

static int genesis_show(int argc, char **argv)
{
    return show_any(argc, argv, false);
}

static int genesis_hash(int argc, char **argv)
{
    return show_any(argc, argv, true);
}

/* --- drafts ---------------------------------------------------------------------------------- */

static enum err draft_read(Seam__Genesis **out, const ProtobufCMessageDescriptor *type,
                           ProtobufCMessage **other, const char *path, struct arena *arena,
                           struct err_detail *detail)
{
    struct bytes text;
    struct json_doc *doc = NULL;
    enum err err = file_read(&text, path, FILE_MAX, arena, detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, detail);
    }
    if (err != OK) {
        return err;
    }
    struct errors errors;
    struct err_detail first = {0};
    ProtobufCMessage *message = NULL;
    errors_init(&errors, &first, 1);
    err = json_in_message(&message, type, &governance_fields, json_doc_root(doc), NULL, arena,
                          &errors);
    if (err != OK && errors.count > 0) {
        *detail = first;
    }
    json_doc_free(doc);
    if (err == OK && out != NULL) {
        *out = (Seam__Genesis *)message;
    }
    if (err == OK && other != NULL) {
        *other = message;
    }
    return err;
}

static enum err draft_write(const char *path, const Seam__Genesis *genesis, bool replace,
                            struct err_detail *detail)
{
    struct json_out out;
    struct bytes text;
    json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
    json_out_message(&out, &genesis->base, &governance_fields);
    enum err err = json_out_finish(&out, &text);
    if (err == OK) {
        err = file_write(path, text, replace, detail);
    }
    json_out_free(&out);
    return err;
}

/* The values of a pilot (decision D18); everybody may edit the draft. */
static void draft_defaults(Seam__Genesis *genesis, Seam__ConsensusParameters *consensus,
                           Seam__ChainParameters *chain)
{
    genesis_parameters(consensus, chain);
    genesis->consensus = consensus;
    genesis->chain = chain;
    genesis->suite = SUITE_ED25519_SHA256;
}

static int genesis_new(int argc, char **argv)
{
    const char *network = "pilot";
    const char *at = NULL;
    const struct option_row rows[] = {
        OPTION_TEXT("network", 0, "NAME", NULL, "name of the network", &network),
        OPTION_TEXT("time", 0, "TIME", NULL, "when the chain begins, RFC 3339; default now", &at),
    };
    const struct option_set set =
        OPTION_SET("genesis new DRAFT", "Begins the draft of a founding document.", rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    Seam__Genesis genesis = SEAM__GENESIS__INIT;
    Seam__ConsensusParameters consensus;
    Seam__ChainParameters chain;
    struct err_detail detail = {0};
    draft_defaults(&genesis, &consensus, &chain);
    genesis.network = (char *)network;
    enum err err = time_of(&genesis.time_ms, at, &detail);
    if (err == OK) {
        err = draft_write(argv[first], &genesis, false, &detail);
    }
    return err == OK ? TOOL_OK : fail(false, err, &detail);
}

/* What can be added, and the field of Genesis it goes to. */
static const struct {
    const char *kind;
    const char *field;
    const ProtobufCMessageDescriptor *type;
} kinds[] = {
    {"jurisdiction", "jurisdictions", &seam__jurisdiction_set__descriptor},
    {"organisation", "organisations", &seam__organisation_register__descriptor},
    {"validator", "validators", &seam__validator_record__descriptor},
    {"facility", "facilities", &seam__genesis_facility__descriptor},
    {"adoption", "adoptions", &seam__genesis_adoption__descriptor},
};

static int validator_order(const void *a, const void *b)
{
    const Seam__ValidatorRecord *const *left = a;
    const Seam__ValidatorRecord *const *right = b;
    const size_t size = (*left)->public_key.len < (*right)->public_key.len
                            ? (*left)->public_key.len
                            : (*right)->public_key.len;
    return memcmp((*left)->public_key.data, (*right)->public_key.data, size);
}

/* Appends a message to a repeated field of the draft, found by its name. */
static enum err list_append(Seam__Genesis *genesis, const char *field, ProtobufCMessage *entry,
                            struct arena *arena)
{
    const ProtobufCFieldDescriptor *at =
        protobuf_c_message_descriptor_get_field_by_name(&seam__genesis__descriptor, field);
    size_t *count = (size_t *)((uint8_t *)genesis + at->quantifier_offset);
    ProtobufCMessage ***list = (ProtobufCMessage ***)((uint8_t *)genesis + at->offset);
    ProtobufCMessage **longer = arena_alloc(arena, (*count + 1) * sizeof *longer);
    if (longer == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < *count; i++) {
        longer[i] = (*list)[i];
    }
    longer[*count] = entry;
    *list = longer;
    *count += 1;
    if (strcmp(field, "validators") == 0) {
        qsort(longer, *count, sizeof *longer, validator_order);
    }
    return OK;
}

/* A built-in parameter set by its id, published by the first regulator named with --organisation.
 */
static enum err set_append(Seam__Genesis *genesis, const char *id, const char *organisation,
                           struct arena *arena, struct err_detail *detail)
{
    struct set set;
    struct errors errors;
    struct err_detail first = {0};
    errors_init(&errors, &first, 1);
    const enum err err = genesis_set_load(&set, id, arena, &errors);
    if (err != OK) {
        *detail = first;
        return err;
    }
    Seam__GenesisParameterSet *entry = arena_alloc(arena, sizeof *entry);
    if (entry == NULL) {
        return ERR_MEMORY;
    }
    seam__genesis_parameter_set__init(entry);
    entry->organisation = (char *)organisation;
    entry->parameter_set.len = set.bytes.size;
    entry->parameter_set.data = (uint8_t *)set.bytes.data;
    return list_append(genesis, "parameter_sets", &entry->base, arena);
}

static enum err add_run(const char *path, const char *kind, const char *what,
                        const char *organisation, struct arena *arena, struct err_detail *detail)
{
    Seam__Genesis *genesis = NULL;
    enum err err = draft_read(&genesis, &seam__genesis__descriptor, NULL, path, arena, detail);
    if (err != OK) {
        return err;
    }
    if (strcmp(kind, "set") == 0) {
        err = set_append(genesis, what, organisation, arena, detail);
        return err == OK ? draft_write(path, genesis, true, detail) : err;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, kind) != 0) {
            continue;
        }
        ProtobufCMessage *entry = NULL;
        err = draft_read(NULL, kinds[i].type, &entry, what, arena, detail);
        if (err == OK) {
            err = list_append(genesis, kinds[i].field, entry, arena);
        }
        return err == OK ? draft_write(path, genesis, true, detail) : err;
    }
    return err_set(detail, ERR_ENUM, "KIND", NULL,
                   "jurisdiction, organisation, validator, facility, set, adoption", NULL);
}

static int genesis_add(int argc, char **argv)
{
    const char *organisation = "regulator";
    const struct option_row rows[] = {
        OPTION_TEXT("organisation", 0, "ID", NULL, "who publishes a parameter set", &organisation),
    };
    const struct option_set set = OPTION_SET(
        "genesis add DRAFT KIND FILE",
        "Adds one entry to a draft: jurisdiction, organisation, validator, facility or adoption "
        "from a JSON file, or a built-in parameter set by its id (KIND set).",
        rows, 3, 3);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    struct err_detail detail = {0};
    arena_init(&arena, BUDGET);
    const enum err err =
        add_run(argv[first], argv[first + 1], argv[first + 2], organisation, &arena, &detail);
    arena_free(&arena);
    return err == OK ? TOOL_OK : fail(false, err, &detail);
}

static enum err close_run(const char *draft, const char *out, struct arena *arena,
                          struct err_detail *detail)
{
    Seam__Genesis *genesis = NULL;
    struct bytes bytes;
    struct bytes text;
    struct hash chain_id;
    enum err err = draft_read(&genesis, &seam__genesis__descriptor, NULL, draft, arena, detail);
    if (err == OK) {
        err = message_pack(&bytes, &genesis->base, arena);
    }
    if (err == OK) {
        err = genesis_demo_check(bytes, &chain_id, detail);
    }
    if (err == OK) {
        err = document_write(&text, &genesis_form, bytes, arena, detail);
    }
    if (err == OK) {
        err = file_write(out, text, false, detail);
    }
    if (err == OK) {
        char hex[2 * HASH_SIZE + 1];
        hex_encode(hex, hash_bytes(&chain_id));
        output_line("%s", hex);
    }
    return err;
}

static int genesis_close(int argc, char **argv)
{
    const char *out = "genesis.json";
    const struct option_row rows[] = {
        OPTION_TEXT("out", 'o', "FILE", NULL, "founding document to write", &out),
    };
    const struct option_set set =
        OPTION_SET("genesis close DRAFT",
                   "Executes a draft as a node would, writes genesis.json and prints its chain id.",
                   rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    struct err_detail detail = {0};
    arena_init(&arena, BUDGET);
    const enum err err = close_run(argv[first], out, &arena, &detail);
    arena_free(&arena);
    return err == OK ? TOOL_OK : fail(false, err, &detail);
}

/* --- demo ------------------------------------------------------------------------------------ */

static int genesis_demo(int argc, char **argv)
{
    const char *nodes = "4";
    const char *at = NULL;
    struct genesis_demo demo = {.dir = "run", .network = "demo"};
    const struct option_row rows[] = {
        OPTION_TEXT("dir", 'd', "DIR", NULL, "where everything goes", &demo.dir),
        OPTION_TEXT("nodes", 0, "N", NULL, "how many nodes, 4 to 64", &nodes),
        OPTION_TEXT("network", 0, "NAME", NULL, "name of the network", &demo.network),
        OPTION_TEXT("boundaries", 0, "FILE", NULL,
                    "facilities and their sources; without it those of the demonstration",
                    &demo.boundaries),
        OPTION_TEXT("time", 0, "TIME", NULL, "when the chain begins, RFC 3339; default now", &at),
    };
    const struct option_set set = OPTION_SET(
        "genesis demo --dir DIR",
        "Makes keys and a founding document for a mine, its group, a verifier and a regulator.",
        rows, 0, 0);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct err_detail detail = {0};
    uint64_t count = 0;
    if (!num_parse_u64(&count, bytes_text(nodes), LIMIT_VALIDATORS)) {
        (void)err_set(&detail, ERR_RANGE, "nodes", NULL, "4..64", NULL);
        return fail(false, ERR_RANGE, &detail);
    }
    demo.nodes = (uint32_t)count;
    enum err err = time_of(&demo.time_ms, at, &detail);
    if (err == OK) {
        err = genesis_demo_make(&demo, &detail);
    }
    return err == OK ? TOOL_OK : fail(false, err, &detail);
}

int cmd_genesis(int argc, char **argv)
{
    static const struct command table[] = {
        {"new", genesis_new, "begin the draft of a founding document"},
        {"add", genesis_add, "add an entry to a draft"},
        {"close", genesis_close, "check a draft and write genesis.json"},
        {"show", genesis_show, "print a founding document"},
        {"hash", genesis_hash, "print its chain id"},
        {"demo", genesis_demo, "make a demonstration consortium with all its keys"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam genesis",
                       "Compose and read the founding document of a network.", argc, argv);
}
