/* SPDX-License-Identifier: Apache-2.0 */
/* Four files in, a list out. That commitment and draw are final is proven from the founding
 * document; that the population is the one committed to, by its hash; the seed and the list are
 * computed again. That the seed block is the first of an outsider, every validator checked before
 * the draw became final. */
#include "tools/sample_redraw.h"

#include <string.h>

#include "ledger/assurance/assurance.h"
#include "ledger/assurance/sample.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/encode.h"
#include "ledger/chain/proof.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "ledger/proto/assurance.pb-c.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"

#define BUDGET ((size_t)64 << 20)
#define FILE_MAX (16 * 1024 * 1024)
#define SALT_SIZE 16

struct redraw {
    struct arena arena;
    struct bytes genesis;
    struct proof_result commit_proof;
    struct proof_result draw_proof;
    const Seam__AuditSampleCommit *commit;
    const Seam__AuditSampleDraw *draw;
    struct sample_population population;
    struct hash population_hash;
    struct hash seed_block;
    uint32_t *picked;
    const char *wrong; /* NULL: the list is the one that was drawn */
};

static struct bytes data(ProtobufCBinaryData in)
{
    return bytes_of(in.data, in.len);
}

/* A final transaction of one type. */
static enum err read_proof(ProtobufCMessage **out, struct proof_result *result,
                           struct redraw *redraw, const char *path, uint32_t type,
                           const ProtobufCMessageDescriptor *descriptor, struct err_detail *detail)
{
    struct bytes proof;
    const enum err err =
        file_read_document(&proof, &certificate_form, path, FILE_MAX, &redraw->arena, detail);
    if (err != OK) {
        return err;
    }
    const enum proof_failure failure = proof_verify(result, redraw->genesis, proof, &redraw->arena);
    if (failure != PROOF_OK || result->body == NULL || result->body->type != type) {
        return err_set(detail, ERR_CHAIN, path, "D9", proof_failure_name(failure),
                       failure != PROOF_OK ? proof_failure_sentence(failure)
                                           : "a transaction of another type");
    }
    return message_unpack(out, descriptor, data(result->body->payload), LIMIT_TX_BODY,
                          &redraw->arena, detail);
}

/* --- population -------------------------------------------------------------------------------*/

static enum err read_items(struct redraw *redraw, const struct json_node *root,
                           struct err_detail *detail)
{
    const struct json_node *list = json_node_get(root, "items");
    const char *salt_text = json_node_text(json_node_get(root, "salt"));
    const size_t count = json_node_count(list);
    uint8_t salt[SALT_SIZE];
    struct sample_item *items = arena_alloc(&redraw->arena, (count + 1) * sizeof *items);
    bool fits = salt_text != NULL && count <= SAMPLE_POPULATION_MAX &&
                hex_decode(salt, SALT_SIZE, bytes_text(salt_text));
    if (items == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; fits && i < count; i++) {
        const struct json_node *item = json_node_at(list, i);
        const char *id = json_node_text(json_node_get(item, "id"));
        int64_t weight = 0;
        fits = id != NULL && hex_decode(items[i].id.bytes, HASH_SIZE, bytes_text(id)) &&
               json_node_integer(json_node_get(item, "weight"), &weight) && weight > 0;
        items[i].weight = (uint64_t)weight;
    }
    if (!fits || sample_population_of(&redraw->population, items, count) != OK) {
        return err_set(detail, ERR_NOT_CANONICAL, "items", "3.2", NULL,
                       "salt and items {id, weight}, ascending by id");
    }
    sample_population_hash(&redraw->population_hash, bytes_of(salt, SALT_SIZE),
                           &redraw->population);
    return OK;
}

static enum err read_population(struct redraw *redraw, const char *path, struct err_detail *detail)
{
    struct json_doc *doc = NULL;
    struct bytes text;
    enum err err = file_read(&text, path, FILE_MAX, &redraw->arena, detail);
    if (err == OK) {
        err = json_doc_read(&doc, text, FILE_MAX, detail);
    }
    if (err == OK) {
        err = read_items(redraw, json_doc_root(doc), detail);
    }
    json_doc_free(doc);
    return err;
}

/* --- the draw ---------------------------------------------------------------------------------*/

/* From the block after the commitment, each on the one before: the last one gives the seed. */
static bool find_seed_block(struct redraw *redraw)
{
    struct hash before = redraw->commit_proof.subject_id;
    for (size_t i = 0; i < redraw->draw->n_headers; i++) {
        struct header header;
        if (header_decode(&header, data(redraw->draw->headers[i])) != OK ||
            header.height != redraw->commit_proof.subject.height + 1 + i ||
            !hash_equal(&header.parent_id, &before)) {
            return false;
        }
        header_id(&before, &header);
    }
    redraw->seed_block = before;
    return redraw->draw->n_headers > 0;
}

static bool same_hash(ProtobufCBinaryData stated, const struct hash *hash)
{
    return bytes_equal(data(stated), hash_bytes(hash));
}

static enum err redraw_run(struct redraw *redraw)
{
    const Seam__AuditSampleCommit *commit = redraw->commit;
    const Seam__AuditSampleDraw *draw = redraw->draw;
    struct hash opening;
    struct hash commitment;
    struct hash seed;
    struct hash list;
    redraw->wrong = "the draw is not of this commitment";
    if (strcmp(commit->engagement, draw->engagement) != 0 || commit->number != draw->number ||
        draw->opening.len != HASH_SIZE) {
        return OK;
    }
    memcpy(opening.bytes, draw->opening.data, HASH_SIZE);
    sample_commitment(&commitment, &opening);
    if (!same_hash(commit->commitment, &commitment)) {
        return OK;
    }
    redraw->wrong = "the blocks do not follow the commitment";
    if (!find_seed_block(redraw)) {
        return OK;
    }
    redraw->wrong = "not the population that was committed to";
    if (!same_hash(commit->population_hash, &redraw->population_hash) ||
        commit->population_count != redraw->population.count ||
        commit->size > redraw->population.count) {
        return OK;
    }
    redraw->picked = arena_alloc(&redraw->arena, (commit->size + 1) * sizeof *redraw->picked);
    if (redraw->picked == NULL) {
        return ERR_MEMORY;
    }
    sample_seed(&seed, &opening, &redraw->seed_block);
    const enum err err =
        assurance_sample(redraw->picked, &seed, &redraw->population, commit->size, &redraw->arena);
    if (err != OK) {
        return err;
    }
    sample_list_hash(&list, &redraw->population, redraw->picked, commit->size);
    redraw->wrong = same_hash(draw->list_hash, &list) ? NULL : "another list was recorded";
    return OK;
}

static int answer(const struct redraw *redraw, bool json)
{
    struct json_out out;
    if (!json) {
        if (redraw->wrong != NULL) {
            output_line("INVALID: %s", redraw->wrong);
            return TOOL_NO;
        }
        for (uint32_t i = 0; i < redraw->commit->size; i++) {
            char hex[2 * HASH_SIZE + 1];
            hex_encode(hex, hash_bytes(&redraw->population.items[redraw->picked[i]].id));
            output_line("%s", hex);
        }
        return TOOL_OK;
    }
    json_out_init(&out, JSON_OUT_INDENT, 1 << 20);
    json_out_object(&out);
    json_out_field_bool(&out, "valid", redraw->wrong == NULL);
    if (redraw->wrong != NULL) {
        json_out_field_text(&out, "sentence", redraw->wrong);
    } else {
        json_out_field_text(&out, "engagement", redraw->commit->engagement);
        json_out_field_uint(&out, "number", redraw->commit->number);
        json_out_field_hash(&out, "seed_block", &redraw->seed_block);
        json_out_field_uint(&out, "committed_height", redraw->commit_proof.subject.height);
        json_out_field_array(&out, "picked");
        for (uint32_t i = 0; i < redraw->commit->size; i++) {
            json_out_hash(&out, &redraw->population.items[redraw->picked[i]].id);
        }
        json_out_end(&out);
    }
    json_out_end(&out);
    return output_json(&out) == OK && redraw->wrong == NULL ? TOOL_OK : TOOL_NO;
}

static int run(struct redraw *redraw, const char *const *files, const char *genesis, bool json)
{
    struct err_detail detail = {0};
    ProtobufCMessage *message = NULL;
    enum err err = file_read_document(&redraw->genesis, &genesis_form, genesis, FILE_MAX,
                                      &redraw->arena, &detail);
    if (err == OK) {
        err = read_proof(&message, &redraw->commit_proof, redraw, files[0],
                         AUDIT_SAMPLE_COMMIT_TYPE, &seam__audit_sample_commit__descriptor, &detail);
        redraw->commit = (const Seam__AuditSampleCommit *)message;
    }
    if (err == OK) {
        err = read_proof(&message, &redraw->draw_proof, redraw, files[1], AUDIT_SAMPLE_DRAW_TYPE,
                         &seam__audit_sample_draw__descriptor, &detail);
        redraw->draw = (const Seam__AuditSampleDraw *)message;
    }
    if (err == OK) {
        err = read_population(redraw, files[2], &detail);
    }
    if (err == OK) {
        err = redraw_run(redraw);
    }
    if (err != OK) {
        output_error(err, &detail);
        return err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
    }
    return answer(redraw, json);
}

int sample_redraw(int argc, char **argv)
{
    const char *genesis = "genesis.json";
    bool json = false;
    const struct option_row rows[] = {
        OPTION_GENESIS(&genesis),
        OPTION_JSON(&json),
    };
    const struct option_set set = OPTION_SET(
        "sample redraw COMMIT DRAW POPULATION [--genesis FILE]",
        "Draws a sample again without any network: the proofs of the commitment and of the draw\n"
        "(`seam proof get`), and the population with its salt, as `seam sample prepare` gave it.\n"
        "Prints the list in the order drawn. Exit 0 when it is the one recorded, 1 when not.",
        rows, 3, 3);
    static struct redraw redraw;
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    arena_init(&redraw.arena, BUDGET);
    status = run(&redraw, (const char *const *)&argv[first], genesis, json);
    arena_free(&redraw.arena);
    return status;
}
