/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ledger/accounting/calc.h"
#include "ledger/chain/encode.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/exec/exec.h"
#include "tools/bench.h"
#include "tools/bench_anchor.h"
#include "tools/bench_parts.h"

#define SCRATCH ((size_t)64 << 20)
#define BLOCK 250
#define CALL 25
#define QUORUM 3
#define JSON_MAX ((size_t)1 << 20)

/* What is encoded and decoded; all of it in arena. */
struct codec {
    struct arena arena;
    struct hash chain_id;
    struct bytes transactions[2]; /* an anchor, an account */
    struct bytes transaction; /* the present one */
    const Seam__Transaction *message; /* the same, decoded */
    struct header header;
    uint8_t header_bytes[HEADER_SIZE];
    struct bytes body; /* of BLOCK anchors */
    struct cert cert;
    uint8_t cert_bytes[CERT_SIZE_MAX];
    struct bytes file; /* JSON: a calculation file */
    struct bytes call; /* JSON: SubmitBatch of CALL anchors */
    const Seam__CalculationFile *calculation;
    struct err_detail detail;
};

typedef enum err (*once_fn)(struct codec *codec, struct arena *arena);

struct job {
    struct codec *codec;
    once_fn once;
};

static enum err repeat(void *context, uint64_t times, uint64_t *ns)
{
    const struct job *job = context;
    enum err err = OK;
    const uint64_t start = bench_thread_ns();
    for (uint64_t i = 0; i < times && err == OK; i++) {
        struct arena arena;
        arena_init(&arena, SCRATCH);
        err = job->once(job->codec, &arena);
        arena_free(&arena);
    }
    *ns = bench_thread_ns() - start;
    return err;
}

/* --- one of each ----------------------------------------------------------------------------- */

static enum err tx_encode(struct codec *codec, struct arena *arena)
{
    struct bytes out;
    return message_pack(&out, &codec->message->base, arena);
}

static enum err tx_decode(struct codec *codec, struct arena *arena)
{
    struct exec_tx tx;
    return exec_decode(&tx, &codec->chain_id, codec->transaction, arena, &codec->detail);
}

static enum err header_out(struct codec *codec, struct arena *arena)
{
    (void)arena;
    header_encode(codec->header_bytes, &codec->header);
    return OK;
}

static enum err header_in(struct codec *codec, struct arena *arena)
{
    struct header header;
    (void)arena;
    return header_decode(&header, bytes_of(codec->header_bytes, HEADER_SIZE));
}

static enum err block_in(struct codec *codec, struct arena *arena)
{
    struct hash root;
    (void)arena;
    return exec_tx_root(&root, &codec->chain_id, codec->body, BLOCK, &codec->detail);
}

static enum err cert_out(struct codec *codec, struct arena *arena)
{
    struct writer writer = writer_of(codec->cert_bytes, sizeof codec->cert_bytes);
    (void)arena;
    cert_write(&writer, &codec->cert);
    return OK;
}

static enum err cert_in(struct codec *codec, struct arena *arena)
{
    struct cert cert;
    (void)arena;
    return cert_decode(&cert, bytes_of(codec->cert_bytes, cert_size(&codec->cert)));
}

static enum err file_in(struct codec *codec, struct arena *arena)
{
    const Seam__CalculationFile *file = NULL;
    struct errors errors;
    errors_init(&errors, &codec->detail, 1);
    return calc_file_read(&file, codec->file, arena, &errors);
}

static enum err file_out(struct codec *codec, struct arena *arena)
{
    struct json_out out;
    struct bytes text;
    (void)arena;
    json_out_init(&out, JSON_OUT_COMPACT, JSON_MAX);
    json_out_message(&out, &codec->calculation->base, NULL);
    const enum err err = json_out_finish(&out, &text);
    json_out_free(&out);
    return err;
}

static enum err call_in(struct codec *codec, struct arena *arena)
{
    struct json_doc *doc = NULL;
    (void)arena;
    const enum err err = json_doc_read(&doc, codec->call, JSON_MAX, &codec->detail);
    json_doc_free(doc);
    return err;
}

/* --- what is measured ------------------------------------------------------------------------ */

/* Block body and batch call of so many anchors: raws one after another, with their lengths. */
static enum err make_many(struct bench_parts *parts, struct codec *codec)
{
    uint8_t *body = arena_alloc(&codec->arena, (size_t)BLOCK * 400);
    struct json_out call;
    struct bytes done;
    size_t at = 0;
    enum err err = body == NULL ? ERR_MEMORY : OK;
    json_out_init(&call, JSON_OUT_COMPACT, JSON_MAX);
    json_out_object(&call);
    json_out_field_array(&call, "transactions");
    for (uint64_t i = 0; i < BLOCK && err == OK; i++) {
        struct bytes raw;
        err = bench_anchor_make(&raw, &parts->world.anchors[0], i, parts->notes[0], &codec->arena);
        if (err != OK || raw.size > 396) {
            err = err == OK ? ERR_LENGTH : err;
            break;
        }
        struct writer writer = writer_of(body + at, 4);
        write_u32(&writer, (uint32_t)raw.size);
        memcpy(body + at + 4, raw.data, raw.size);
        at += 4 + raw.size;
        if (i < CALL) {
            json_out_base64(&call, raw);
        }
    }
    json_out_end(&call);
    json_out_end(&call);
    codec->body = bytes_of(body, at);
    if (err == OK) {
        err = json_out_finish(&call, &done);
    }
    if (err == OK && !arena_copy(&codec->arena, done, &codec->call)) {
        err = ERR_MEMORY;
    }
    json_out_free(&call);
    return err;
}

static enum err prepare(struct bench_parts *parts, struct codec *codec)
{
    struct errors errors;
    errors_init(&errors, &parts->detail, 1);
    codec->chain_id = parts->world.anchors[0].chain_id;
    codec->header = (struct header){.suite = 1, .version = 1, .epoch = 1, .view = 9, .height = 9};
    codec->cert = (struct cert){.kind = VOTE_FINALIZE,
                                .epoch = 1,
                                .view = 9,
                                .block_id = {{1}},
                                .signers = (1u << QUORUM) - 1};
    enum err err = bench_anchor_make(&codec->transactions[0], &parts->world.anchors[0], 0,
                                     parts->notes[0], &codec->arena);
    if (err == OK) {
        err = load_accounts_make(&codec->transactions[1], parts->accounts, &parts->world.mines[0],
                                 0, &codec->arena, &parts->detail);
    }
    if (err == OK) {
        err = load_accounts_text(&codec->file, parts->accounts, 0, &codec->arena);
    }
    if (err == OK) {
        err = calc_file_read(&codec->calculation, codec->file, &codec->arena, &errors);
    }
    return err == OK ? make_many(parts, codec) : err;
}

static enum err time_one(struct bench_parts *parts, struct codec *codec, once_fn once,
                         const char *name)
{
    struct job job = {.codec = codec, .once = once};
    return bench_part_time(parts, "codec", BENCH_US, repeat, &job, "%s", name);
}

static enum err transactions(struct bench_parts *parts, struct codec *codec)
{
    static const char *const names[2][2] = {
        {"transaction, anchor of 300 B: encode", "transaction, anchor of 300 B: decode"},
        {"transaction, account of 50 lines: encode", "transaction, account of 50 lines: decode"}};
    enum err err = OK;
    for (size_t i = 0; i < 2 && err == OK; i++) {
        ProtobufCMessage *message = NULL;
        codec->transaction = codec->transactions[i];
        err = message_unpack(&message, &seam__transaction__descriptor, codec->transaction, LIMIT_TX,
                             &codec->arena, &parts->detail);
        codec->message = (const Seam__Transaction *)message;
        if (err == OK) {
            err = time_one(parts, codec, tx_encode, names[i][0]);
        }
        if (err == OK) {
            err = time_one(parts, codec, tx_decode, names[i][1]);
        }
    }
    return err;
}

enum err bench_parts_codec(struct bench_parts *parts)
{
    static const struct {
        once_fn once;
        const char *name;
    } rest[] = {
        {header_out, "block: encode its header"},
        {header_in, "block: decode its header"},
        {block_in, "block of 250 anchors: take the body apart, root"},
        {cert_out, "finalization by 3: encode"},
        {cert_in, "finalization by 3: decode"},
        {file_in, "JSON in: calculation file of 50 lines"},
        {file_out, "JSON out: the same file"},
        {call_in, "JSON in: call with 25 anchors"},
    };
    static struct codec codec;
    codec = (struct codec){0};
    arena_init(&codec.arena, SCRATCH);
    enum err err = prepare(parts, &codec);
    if (err == OK) {
        err = transactions(parts, &codec);
    }
    for (size_t i = 0; i < sizeof rest / sizeof rest[0] && err == OK; i++) {
        err = time_one(parts, &codec, rest[i].once, rest[i].name);
    }
    arena_free(&codec.arena);
    return err;
}
