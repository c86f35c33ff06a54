/* SPDX-License-Identifier: Apache-2.0 */
/* A node that is asked for a certificate may lie; with genesis at hand that is found out before
 * anything is saved. */

#include "tools/certificate_save.h"

#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/output.h"

#define BUDGET (64 * 1024 * 1024)
#define GENESIS_FILE_MAX (32 * 1024 * 1024)

static int verify(const struct certificate_save *save, struct bytes proof, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes genesis;
    const enum err err = file_read_document(&genesis, &genesis_form, save->genesis,
                                            GENESIS_FILE_MAX, arena, &detail);
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

/* The text is taken only in the one form its bytes give, so what is saved is what was checked. */
static int save_text(const struct certificate_save *save, struct bytes text, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes proof;
    enum err err = document_read(&proof, &certificate_form, text, arena, &detail);
    if (err == OK && save->genesis != NULL) {
        const int status = verify(save, proof, arena);
        if (status != TOOL_OK) {
            return status;
        }
    }
    if (err == OK) {
        err = file_write(save->out, text, true, &detail);
    }
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_NO;
    }
    return TOOL_OK;
}

int certificate_save(const struct certificate_save *save, const struct json_node *data)
{
    const char *text = json_node_text(json_node_get(data, "certificate"));
    if (text == NULL) {
        output_note("seam: the answer has no certificate in it");
        return TOOL_UNREACHABLE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int status = save_text(save, bytes_text(text), &arena);
    arena_free(&arena);
    return status;
}
