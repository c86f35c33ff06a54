/* SPDX-License-Identifier: Apache-2.0 */
/* The builder is a run that keeps what it accepted. */

#include "ledger/exec/exec.h"

#include <assert.h>
#include <stdlib.h>

#include "ledger/base/buf.h"
#include "ledger/exec/run.h"

struct exec_builder {
    struct run run;
    bool finished;
    size_t body_size;
    uint8_t body[LIMIT_BLOCK_BODY];
};

enum err exec_build_start(struct exec_builder **out, const struct exec_env *env,
                          struct overlay *state, uint64_t height, uint64_t time_ms)
{
    struct exec_builder *builder = malloc(sizeof *builder);
    if (builder == NULL) {
        return ERR_MEMORY;
    }
    builder->finished = false;
    builder->body_size = 0;
    const enum err err = run_init(&builder->run, env, state, height, time_ms);
    if (err != OK) {
        exec_build_free(builder);
        return err;
    }
    *out = builder;
    return OK;
}

enum judgement exec_build_add(struct exec_builder *builder, struct bytes raw,
                              struct err_detail *detail)
{
    assert(!builder->finished);
    if (raw.size > LIMIT_TX) {
        (void)err_set(detail, ERR_TOO_LARGE, NULL, NULL, NULL, NULL);
        return JUDGE_NEVER;
    }
    if (raw.size + 4 > sizeof builder->body - builder->body_size) {
        (void)err_set(detail, ERR_TOO_LARGE, NULL, NULL, NULL, "the block is full");
        return JUDGE_NOT_YET;
    }
    const enum judgement judgement = run_add(&builder->run, raw, detail);
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    struct writer writer =
        writer_of(builder->body + builder->body_size, sizeof builder->body - builder->body_size);
    write_u32(&writer, (uint32_t)raw.size);
    write_bytes(&writer, raw);
    assert(!writer.failed);
    builder->body_size += 4 + raw.size;
    return JUDGE_OK;
}

enum err exec_build_finish(struct exec_builder *builder, const struct exec_roots *roots,
                           struct exec_result *result, struct bytes *body)
{
    assert(!builder->finished);
    builder->finished = true;
    overlay_seal(builder->run.state);
    struct exec_result out = {.tx_count = builder->run.count,
                              .body_size = (uint32_t)builder->body_size};
    const enum err err = roots->state_root_of(roots->context, builder->run.state, &out.state_root);
    if (err != OK) {
        return err;
    }
    run_roots(&builder->run, &out.tx_root, &out.receipts_root);
    *result = out;
    *body = bytes_of(builder->body, builder->body_size);
    return OK;
}

struct bytes exec_build_receipts(const struct exec_builder *builder)
{
    return bytes_of(builder->run.receipts, builder->run.receipts_size);
}

void exec_build_free(struct exec_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    run_deinit(&builder->run);
    free(builder);
}
