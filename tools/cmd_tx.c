/* SPDX-License-Identifier: Apache-2.0 */
/* `seam tx`: the way without a token. One person makes and signs a file, the next adds a signature,
 * anybody submits it to any node (decision D26). */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/base/num.h"
#include "ledger/chain/certificate.h"
#include "ledger/codec/base64.h"
#include "ledger/codec/message.h"
#include "ledger/codec/spell.h"
#include "ledger/crypto/hash.h"
#include "ledger/exec/exec.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/passphrase.h"
#include "tools/remote.h"
#include "tools/tx_file.h"
#include "tools/tx_make.h"
#include "tools/view.h"

#define BUDGET (128 * 1024 * 1024)
#define FILE_MAX (32 * 1024 * 1024)
#define DAY_MS (UINT64_C(24) * 3600 * 1000)

static int fail(enum err err, const struct err_detail *detail)
{
    output_error(err, detail);
    return err == ERR_ABSENT || err == ERR_STORAGE ? TOOL_USAGE : TOOL_NO;
}

static enum err chain_id_of(struct hash *chain_id, const char *path, struct arena *arena,
                            struct err_detail *detail)
{
    struct bytes genesis;
    const enum err err = file_read_document(&genesis, &genesis_form, path, FILE_MAX, arena, detail);
    if (err == OK) {
        hash_tagged(chain_id, TAG_CHAIN, genesis);
    }
    return err;
}

/* --- show ------------------------------------------------------------------------------------ */

static int show_run(const char *path, bool json, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes text;
    struct bytes bytes;
    struct json_doc *doc = NULL;
    enum err err = file_read(&text, path, FILE_MAX, arena, &detail);
    if (err == OK) {
        err = document_read(&bytes, &tx_form, text, arena, &detail);
    }
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, &detail);
    }
    if (err != OK) {
        return fail(err, &detail);
    }
    const struct json_node *readable = json_node_get(json_doc_root(doc), "readable");
    int status = TOOL_OK;
    if (json) {
        struct json_out out;
        json_out_init(&out, JSON_OUT_INDENT, FILE_MAX);
        json_node_write(&out, readable);
        status = output_json(&out) == OK ? TOOL_OK : TOOL_NO;
    } else {
        view_print(readable);
    }
    json_doc_free(doc);
    return status;
}

static int show_remote(const struct remote *remote, const char *tx_id)
{
    static const struct remote_row row = {"show", "GetTransaction", "transaction",
                                          "a final transaction, or why one still waits"};
    char *argv[] = {(char *)(uintptr_t)row.name,
                    (char *)(uintptr_t) "--node",
                    (char *)(uintptr_t)remote->node,
                    (char *)(uintptr_t) "--token",
                    (char *)(uintptr_t)(remote->token == NULL ? "" : remote->token),
                    (char *)(uintptr_t)tx_id,
                    (char *)(uintptr_t)(remote->json ? "--json" : "--"),
                    NULL};
    return remote_run(&row, "tx", 7, argv);
}

static bool is_id(const char *text)
{
    uint8_t out[HASH_SIZE];
    return hex_decode(out, sizeof out, bytes_text(text));
}

static int tx_show(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set = OPTION_SET(
        "tx show FILE|TRANSACTION",
        "Shows a transaction: of a file what will be signed, of an id what a node knows about it.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (is_id(argv[first])) {
        return show_remote(&remote, argv[first]);
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = show_run(argv[first], remote.json, &arena);
    arena_free(&arena);
    return result;
}

/* --- sign, new ------------------------------------------------------------------------------- */

struct signing {
    const char *key;
    const char *passphrase_file;
    const char *genesis;
    const char *out;
};

/* Signs tx and writes it; prints its id. */
static int sign_and_write(const struct signing *signing, Seam__Transaction *tx, bool replace,
                          struct arena *arena)
{
    struct err_detail detail = {0};
    struct hash chain_id;
    struct hash tx_id;
    struct sign_key key;
    char hex[2 * HASH_SIZE + 1];
    enum err err = chain_id_of(&chain_id, signing->genesis, arena, &detail);
    if (err != OK) {
        return fail(err, &detail);
    }
    if (signing->key != NULL) {
        if (key_open(&key, NULL, signing->key, signing->passphrase_file) != OK) {
            return TOOL_USAGE;
        }
        err = tx_sign(tx, &chain_id, &key, arena, &detail);
        sign_key_wipe(&key);
    }
    if (err == OK) {
        err = tx_file_write(signing->out, tx, replace, arena, &detail);
    }
    if (err != OK) {
        return fail(err, &detail);
    }
    exec_tx_id(&tx_id, &chain_id, bytes_of(tx->body.data, tx->body.len));
    hex_encode(hex, hash_bytes(&tx_id));
    output_note("transaction %s, %zu signatures", hex, tx->n_signatures);
    return TOOL_OK;
}

static int sign_run(struct signing *signing, const char *path, struct arena *arena)
{
    struct err_detail detail = {0};
    Seam__Transaction *tx = NULL;
    const enum err err = tx_file_read(&tx, path, arena, &detail);
    if (err != OK) {
        return fail(err, &detail);
    }
    if (signing->out == NULL) {
        signing->out = path;
    }
    return sign_and_write(signing, tx, true, arena);
}

static int tx_sign_command(int argc, char **argv)
{
    struct signing signing = {.genesis = "genesis.json"};
    const struct option_row rows[] = {
        OPTION_KEY(&signing.key),
        OPTION_PASSPHRASE(&signing.passphrase_file),
        OPTION_GENESIS(&signing.genesis),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to write it (default: the same file)",
                    &signing.out),
    };
    const struct option_set set = OPTION_SET(
        "tx sign FILE --key FILE [--genesis FILE]",
        "Adds one signature to a transaction file. Read it with `tx show` before.", rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (signing.key == NULL) {
        output_note("seam: --key is missing");
        return TOOL_USAGE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = sign_run(&signing, argv[first], &arena);
    arena_free(&arena);
    return result;
}

struct making {
    struct signing signing;
    struct tx_make make;
    const char *valid_until;
    const char *version;
    const char *previous;
    const char *salt_key;
};

static bool making_read(struct making *making, struct hash *previous)
{
    if (making->make.organisation == NULL || making->signing.out == NULL) {
        output_note("seam: --organisation and --out are needed");
        return false;
    }
    const time_t now = time(NULL);
    making->make.valid_until_ms = (uint64_t)now * 1000 + 7 * DAY_MS;
    if (making->valid_until != NULL &&
        !spell_time_read(&making->make.valid_until_ms, making->valid_until)) {
        output_note("seam: --valid-until takes a time like 2026-10-01T00:00:00Z");
        return false;
    }
    making->make.version = 1;
    if (making->version != NULL &&
        !num_parse_u64(&making->make.version, bytes_text(making->version), UINT32_MAX)) {
        output_note("seam: --account-version takes a whole number");
        return false;
    }
    if (making->previous != NULL) {
        if (!hex_decode(previous->bytes, HASH_SIZE, bytes_text(making->previous))) {
            output_note("seam: --previous takes 64 hexadecimal digits");
            return false;
        }
        making->make.previous = previous;
    }
    return true;
}

/* Salts come from a key of the organisation, so that it can find them again; without one from fresh
 * randomness, which then lives in the transaction alone. */
static enum err salt_seed(uint8_t seed[SIGN_SEED_SIZE], const struct making *making)
{
    struct sign_key key;
    if (making->salt_key == NULL) {
        sign_key_random(&key);
    } else if (key_open(&key, NULL, making->salt_key, making->signing.passphrase_file) != OK) {
        return ERR_KEY;
    }
    memcpy(seed, key.seed, SIGN_SEED_SIZE);
    sign_key_wipe(&key);
    return OK;
}

static int new_run(struct making *making, char **operands, struct arena *arena)
{
    struct hash previous;
    uint8_t seed[SIGN_SEED_SIZE];
    Seam__Transaction *tx = NULL;
    if (!making_read(making, &previous) || salt_seed(seed, making) != OK) {
        return TOOL_USAGE;
    }
    making->make.operation = operands[0];
    making->make.file = operands[1];
    making->make.salt_seed = seed;
    const enum err err = tx_make(&tx, &making->make, arena);
    seal_wipe(seed, sizeof seed);
    if (err != OK) {
        return err == ERR_OPERATION || err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
    }
    return sign_and_write(&making->signing, tx, false, arena);
}

static int tx_new(int argc, char **argv)
{
    struct making making = {.signing.genesis = "genesis.json"};
    const struct option_row rows[] = {
        OPTION_TEXT("organisation", 0, "ID", NULL, "who answers for it", &making.make.organisation),
        OPTION_TEXT("out", 'o', "FILE", NULL, "transaction file to write", &making.signing.out),
        OPTION_KEY(&making.signing.key),
        OPTION_PASSPHRASE(&making.signing.passphrase_file),
        OPTION_GENESIS(&making.signing.genesis),
        OPTION_TEXT("valid-until", 0, "TIME", NULL, "last moment (default: in seven days)",
                    &making.valid_until),
        OPTION_TEXT("idempotency-key", 0, "TEXT", NULL, "the same key is the same transaction",
                    &making.make.idempotency_key),
        OPTION_TEXT("set", 0, "FILE", NULL, "accounts: parameter set, if not a built-in one",
                    &making.make.set),
        OPTION_TEXT("account-version", 0, "N", NULL, "accounts: version (default 1)",
                    &making.version),
        OPTION_TEXT("previous", 0, "HEX", NULL, "accounts: account hash that this one follows",
                    &making.previous),
        OPTION_TEXT("salt-key", 0, "FILE", NULL, "accounts: key file that the salts come from",
                    &making.salt_key),
    };
    const struct option_set set = OPTION_SET(
        "tx new OPERATION FILE --organisation ID --out FILE",
        "Makes a transaction without a node: FILE is the request of the operation, for accounts a\n"
        "calculation file. With --key it is signed at once.",
        rows, 2, 2);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = new_run(&making, argv + first, &arena);
    arena_free(&arena);
    return result;
}

/* --- submit ---------------------------------------------------------------------------------- */

static enum err submit_request(struct json_out *out, const Seam__Transaction *tx, const char *wait,
                               struct arena *arena)
{
    struct bytes bytes;
    const enum err err = message_pack(&bytes, &tx->base, arena);
    if (err != OK) {
        return err;
    }
    json_out_object(out);
    json_out_key(out, "transaction");
    json_out_base64(out, bytes);
    if (wait != NULL) {
        json_out_field_text(out, "wait", wait);
    }
    json_out_end(out);
    return OK;
}

static int submit_run(const struct remote *remote, const char *path, const char *wait,
                      struct arena *arena)
{
    struct err_detail detail = {0};
    Seam__Transaction *tx = NULL;
    enum err err = tx_file_read(&tx, path, arena, &detail);
    if (err != OK) {
        return fail(err, &detail);
    }
    struct json_out out;
    struct bytes request = {0};
    struct http_reply reply = {0};
    json_out_init(&out, JSON_OUT_COMPACT, LIMIT_HTTP_BODY);
    err = submit_request(&out, tx, wait, arena);
    if (err == OK) {
        err = json_out_finish(&out, &request);
    }
    const int status =
        err == OK ? remote_call(&reply, remote, "SubmitTransaction", request) : fail(err, NULL);
    json_out_free(&out);
    return status == TOOL_OK ? remote_print(remote, &reply) : status;
}

static int tx_submit(int argc, char **argv)
{
    struct remote remote = {.node = HTTP_CLIENT_NODE};
    const char *wait = NULL;
    const struct option_row rows[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("wait", 0, "final|accepted", NULL, "when to answer (default: final)", &wait),
        OPTION_JSON(&remote.json),
    };
    const struct option_set set =
        OPTION_SET("tx submit FILE", "Submits a signed transaction file to a node.", rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = submit_run(&remote, argv[first], wait, &arena);
    arena_free(&arena);
    return result;
}

int cmd_tx(int argc, char **argv)
{
    static const struct command table[] = {
        {"new", tx_new, "make a transaction file without a node"},
        {"show", tx_show, "what a file or a transaction says"},
        {"sign", tx_sign_command, "add a signature to a file"},
        {"submit", tx_submit, "submit a file to a node"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam tx",
                       "Transactions as files: made, read, signed, submitted.", argc, argv);
}
