/* SPDX-License-Identifier: Apache-2.0 */
/* `seam evidence`: documents beside the ledger. A reader's node hands out sealed bytes; they are
 * opened here with the reader's own key file, so that no node ever sees them plain. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/evidence.h"
#include "ledger/codec/base64.h"
#include "ledger/crypto/hash.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/passphrase.h"
#include "tools/remote.h"

#define ARENA_SIZE ((size_t)128 << 20)
#define REQUEST_MAX (2 * EVIDENCE_PART)

struct asked {
    struct remote remote;
    const char *class;
    const char *media;
    const char *owner;
    const char *key;
    const char *passphrase;
    const char *out;
};

/* --- add ---------------------------------------------------------------------------------------*/

static int add_part(const struct asked *asked, const struct hash *hash, struct bytes whole,
                    uint64_t part)
{
    const size_t from = (size_t)part * EVIDENCE_PART;
    const size_t left = whole.size - from;
    struct json_out request;
    struct http_reply reply = {0};
    json_out_init(&request, JSON_OUT_COMPACT, REQUEST_MAX);
    json_out_object(&request);
    json_out_field_hash(&request, "evidence", hash);
    json_out_field_text(&request, "class", asked->class);
    json_out_field_text(&request, "media", asked->media);
    json_out_field_uint(&request, "size", whole.size);
    json_out_field_uint(&request, "part", part);
    json_out_key(&request, "data");
    json_out_base64(&request,
                    bytes_of(whole.data + from, left < EVIDENCE_PART ? left : EVIDENCE_PART));
    json_out_end(&request);
    const int status = remote_ask(&reply, &asked->remote, "PutEvidence", &request);
    if (status == TOOL_OK) {
        http_reply_free(&reply);
    }
    return status;
}

static int add(const struct asked *asked, char **argv)
{
    struct err_detail detail = {0};
    struct arena arena;
    struct bytes whole;
    struct hasher hasher;
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    arena_init(&arena, ARENA_SIZE);
    const enum err err = file_read(&whole, argv[0], EVIDENCE_SIZE_MAX, &arena, &detail);
    int status = err == OK ? TOOL_OK : TOOL_NO;
    if (err != OK) {
        output_error(err, &detail);
    } else {
        hash_begin_raw(&hasher);
        hash_add(&hasher, whole);
        hash_end(&hasher, &hash);
        for (uint64_t part = 0; status == TOOL_OK && part * EVIDENCE_PART < whole.size; part++) {
            status = add_part(asked, &hash, whole, part);
        }
    }
    if (status == TOOL_OK) {
        hex_encode(hex, hash_bytes(&hash));
        (void)printf("%s\n", hex);
    }
    arena_free(&arena);
    return status;
}

/* --- fetch and line ----------------------------------------------------------------------------*/

struct opening {
    const struct asked *asked;
    struct arena arena;
    struct sign_key key;
    struct bytes plain; /* so far */
    uint64_t parts;
};

/* One sealed part of an answer, opened with the reader's key. */
static enum err open_part(struct opening *in, const struct json_node *data, uint32_t part)
{
    const char *name = json_node_text(json_node_get(data, "evidence"));
    const char *sealed_text = json_node_text(json_node_get(data, "data"));
    const char *envelope_text = json_node_text(json_node_get(data, "envelope"));
    uint8_t envelope[ENVELOPE_SIZE];
    uint8_t key[BOX_KEY_SIZE];
    struct hash hash;
    struct bytes sealed;
    struct bytes plain;
    int64_t parts = 0;
    if (name == NULL || sealed_text == NULL || envelope_text == NULL ||
        !hex_decode(hash.bytes, HASH_SIZE, bytes_text(name)) ||
        !hex_decode(envelope, sizeof envelope, bytes_text(envelope_text)) ||
        !json_node_integer(json_node_get(data, "parts"), &parts) || parts < 1 ||
        parts > EVIDENCE_PARTS) {
        return ERR_PARSE;
    }
    enum err err = base64_read(&sealed, bytes_text(sealed_text), &in->arena);
    if (err == OK) {
        err = envelope_open(key, envelope, &in->key);
    }
    if (err == OK) {
        err = evidence_open(&plain, &hash, part, (uint32_t)parts, sealed, key, &in->arena);
        box_key_wipe(key);
    }
    uint8_t *joined = err == OK ? arena_alloc(&in->arena, in->plain.size + plain.size + 1) : NULL;
    if (joined == NULL) {
        return err != OK ? err : ERR_MEMORY;
    }
    if (in->plain.size > 0) {
        memcpy(joined, in->plain.data, in->plain.size);
    }
    memcpy(joined + in->plain.size, plain.data, plain.size);
    in->plain = bytes_of(joined, in->plain.size + plain.size);
    in->parts = (uint64_t)parts;
    return OK;
}

typedef void (*request_write)(struct json_out *out, const struct asked *asked, char **argv,
                              uint64_t part);

static void fetch_request(struct json_out *out, const struct asked *asked, char **argv,
                          uint64_t part)
{
    json_out_field_text(out, "evidence", argv[0]);
    json_out_field_text(out, "owner", asked->owner);
    json_out_field_uint(out, "part", part);
}

static void line_request(struct json_out *out, const struct asked *asked, char **argv,
                         uint64_t part)
{
    (void)asked;
    (void)part;
    json_out_field_text(out, "facility", argv[0]);
    json_out_field_text(out, "period", argv[1]);
    json_out_field_uint(out, "index", strtoul(argv[2], NULL, 10));
}

static int open_all(struct opening *in, const char *operation, request_write write, char **argv)
{
    int status = TOOL_OK;
    in->parts = 1;
    for (uint32_t part = 0; status == TOOL_OK && part < in->parts; part++) {
        struct json_out request;
        struct http_reply reply = {0};
        json_out_init(&request, JSON_OUT_COMPACT, REQUEST_MAX);
        json_out_object(&request);
        write(&request, in->asked, argv, part);
        json_out_end(&request);
        status = remote_ask(&reply, &in->asked->remote, operation, &request);
        if (status != TOOL_OK) {
            break;
        }
        const enum err err = open_part(in, reply.data, part);
        http_reply_free(&reply);
        if (err != OK) {
            output_error(err, NULL);
            status = TOOL_NO;
        }
    }
    return status;
}

static int open_document(const struct asked *asked, const char *operation, request_write write,
                         char **argv)
{
    struct opening in = {.asked = asked};
    struct err_detail detail = {0};
    enum keystore_kind kind;
    if (asked->key == NULL) {
        output_note("seam: --key names the reader's key file");
        return TOOL_USAGE;
    }
    if (key_open(&in.key, &kind, asked->key, asked->passphrase) != OK) {
        return TOOL_NO;
    }
    arena_init(&in.arena, ARENA_SIZE);
    int status = open_all(&in, operation, write, argv);
    sign_key_wipe(&in.key);
    if (status == TOOL_OK) {
        const enum err err = file_write(asked->out, in.plain, false, &detail);
        if (err != OK) {
            output_error(err, &detail);
            status = TOOL_NO;
        }
    }
    arena_free(&in.arena);
    return status;
}

static int fetch(const struct asked *asked, char **argv)
{
    return open_document(asked, "GetEvidence", fetch_request, argv);
}

static int line(const struct asked *asked, char **argv)
{
    return open_document(asked, "ReadLine", line_request, argv);
}

/* --- the command -------------------------------------------------------------------------------*/

static const struct {
    const char *name;
    const char *usage;
    const char *purpose;
    int operands;
    int (*run)(const struct asked *asked, char **argv);
} files[] = {
    {"add", "evidence add FILE", "Stores a document, sealed, with the node; prints its SHA-256.", 1,
     add},
    {"fetch", "evidence fetch SHA256 --owner ID --key FILE",
     "Fetches a document that was granted and opens it with the reader's key.", 1, fetch},
    {"line", "evidence line FACILITY PERIOD INDEX --key FILE",
     "Fetches a line that was revealed and opens it with the reader's key.", 3, line},
};

static int run_file(size_t index, int argc, char **argv)
{
    struct asked asked = {.remote = {.node = HTTP_CLIENT_NODE},
                          .class = "OTHER",
                          .media = "application/octet-stream",
                          .out = "-"};
    const struct option_row rows[] = {
        OPTION_NODE(&asked.remote.node),
        OPTION_TOKEN(&asked.remote.token),
        OPTION_TEXT("class", 0, "CLASS", NULL,
                    "LEDGER, INVOICE, LAB_REPORT, METER_LOG, OTHER (default)", &asked.class),
        OPTION_TEXT("media", 0, "TYPE", NULL, "media type", &asked.media),
        OPTION_TEXT("owner", 0, "ID", NULL, "whose document it is", &asked.owner),
        OPTION_TEXT("key", 'k', "FILE", "SEAM_KEY", "key file of the reader", &asked.key),
        OPTION_PASSPHRASE(&asked.passphrase),
        OPTION_TEXT("out", 'o', "FILE", NULL, "where to write it (default: stdout)", &asked.out),
    };
    const struct option_set set = OPTION_SET(files[index].usage, files[index].purpose, rows,
                                             files[index].operands, files[index].operands);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    return status == OPTIONS_GO ? files[index].run(&asked, argv + first) : status;
}

int cmd_evidence(int argc, char **argv)
{
    static const struct remote_row rows[] = {
        {"list", "ListEvidence", "", "own documents and who has an envelope (see also add, fetch)"},
        {"grant", "GrantEvidence", "evidence reader person", "grant a document to a reader"},
        {"revoke", "RevokeEvidence", "evidence reader reason", "take a grant back"},
        {"disclose", "RecordDisclosure", "evidence owner reader outcome",
         "log that it was SERVED, RECEIVED, MISSING, MISMATCH"},
        {"grants", "ListGrants", "owner [reader]", "what was granted, and the log"},
        {"grant-lines", "GrantLines", "facility period reader person",
         "let a verifier see all lines of an account"},
        {"reveal", "RevealLine", "facility period index# reader person",
         "show one line of an account (the reader: evidence line)"},
        {"check-line", "CheckLine", "FILE", "is an opened line one of the anchored account?"},
    };
    for (size_t i = 0; argc >= 2 && i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(argv[1], files[i].name) == 0) {
            return run_file(i, argc - 1, argv + 1);
        }
    }
    return remote_group(rows, sizeof rows / sizeof rows[0], "evidence",
                        "Documents beside the ledger, for those to whom they are granted.", argc,
                        argv);
}
