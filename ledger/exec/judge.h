/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_EXEC_JUDGE_H
#define LEDGER_EXEC_JUDGE_H

/* exec_judge with the transaction's place in its block, which only the receipt shows. Inside this
 * folder only. */

#include "ledger/exec/exec.h"

struct judge_place {
    uint64_t height;
    uint64_t time_ms;
    uint32_t index;
};

/* judge_tx: as exec_judge. */
enum judgement judge_tx(const struct exec_env *env, struct overlay *state,
                        const struct judge_place *place, const struct exec_tx *tx,
                        struct arena *arena, struct bytes *receipt, struct err_detail *detail);

#endif
