/* SPDX-License-Identifier: Apache-2.0 */
/* The proof is taken as bytes and rendered here: the readable part of what is saved is ours, not
 * what the node says. */

#include "tools/certificate_save.h"

#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "ledger/codec/base64.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/output.h"

#define BUDGET (64 * 1024 * 1024)
#define GENESIS_FILE_MAX (32 * 1024 * 1024)

static int verify(const struct certificate_save *save, struct bytes proof, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes text;
    struct bytes genesis;
    enum err err = file_read(&text, save->genesis, GENESIS_FILE_MAX, arena, &detail);
    if (err == OK) {
        err = document_read(&genesis, &genesis_form, text, arena, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_USAGE;
    }
    struct proof_result result;
    if (proof_verify(&result, genesis, proof, arena) != PROOF_OK) {
        output_note("seam: the node sent an invalid certificate: %s",
                    proof_failure_sentence(result.failure));
        return TOOL_NO;
    }
    return TOOL_OK;
}

int certificate_save(const struct certificate_save *save, const struct json_node *data)
{
    const struct json_node *node = json_node_get(data, "proof");
    if (node == NULL) {
        node = json_node_get(json_node_get(data, "certificate"), "proof");
    }
    const char *base64 = json_node_text(node);
    struct err_detail detail = {0};
    struct bytes proof;
    struct bytes text;
    if (base64 == NULL) {
        output_note("seam: the answer has no proof in it");
        return TOOL_UNREACHABLE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    int status = TOOL_NO;
    enum err err = base64_read(&proof, bytes_text(base64), &arena);
    if (err == OK) {
        err = document_write(&text, &certificate_form, proof, &arena, &detail);
    }
    if (err == OK) {
        status = save->genesis == NULL ? TOOL_OK : verify(save, proof, &arena);
    }
    if (err == OK && status == TOOL_OK) {
        err = file_write(save->out, text, true, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
        status = TOOL_NO;
    }
    arena_free(&arena);
    return status;
}
