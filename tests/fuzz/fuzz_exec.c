/* SPDX-License-Identifier: Apache-2.0 */
/* A transaction from a stranger: what is accepted has one encoding, and the state of a small chain
 * is untouched by what is refused. */

#include "ledger/codec/message.h"
#include "ledger/crypto/sign.h"
#include "ledger/exec/exec.h"
#include "ledger/governance/view.h"
#include "ledger/proto/tx.pb-c.h"
#include "tests/fuzz/fuzz.h"

static enum err nothing_below(void *context, struct bytes key, struct arena *arena,
                              struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

/* Judges above an empty state with a bare chain record: most end at the sender, none may crash. */
static void judge(const struct exec_env *env, const struct exec_tx *tx, struct arena *arena)
{
    const struct state_base base = {.get = nothing_below};
    struct overlay *overlay = overlay_new(NULL, &base);
    check(overlay != NULL);
    Seam__ChainState chain = SEAM__CHAIN_STATE__INIT;
    chain.rules_version = 1;
    chain.window_ms = UINT64_MAX / 2;
    chain.recent_max = 1;
    const struct state_key key = state_key_of(KEY_CHAIN);
    check(view_put(overlay, state_key_bytes(&key), &chain.base, arena) == OK);
    const size_t mark = overlay_mark(overlay);
    const enum judgement judgement =
        exec_judge(env, overlay, 1, UINT64_C(1790000000000), tx, arena, NULL, NULL);
    check(judgement != JUDGE_OK);
    check(overlay_mark(overlay) == mark);
    overlay_drop(overlay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct exec_env env = {.chain_id = {{1}}};
    struct arena arena;
    struct exec_tx tx;
    struct err_detail detail = {0};
    check(sign_start() == OK);
    arena_init(&arena, EXEC_TX_BUDGET);
    const struct bytes raw = bytes_of(data, size);
    if (exec_decode(&tx, &env.chain_id, raw, &arena, &detail) == OK) {
        ProtobufCMessage *message = NULL;
        struct bytes packed;
        struct hash leaf;
        check(message_unpack(&message, &seam__transaction__descriptor, raw, LIMIT_TX, &arena,
                             NULL) == OK);
        check(message_pack(&packed, message, &arena) == OK);
        check(bytes_equal(packed, raw));
        check(tx.signature_count == tx.row->signatures);
        exec_tx_leaf(&leaf, &tx);
        check(exec_cost(&tx) >= tx.row->cost);
        judge(&env, &tx, &arena);
    } else {
        check(detail.err != OK);
    }
    arena_free(&arena);
    return 0;
}
