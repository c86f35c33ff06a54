/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_BENCH_ANCHOR_H
#define TOOLS_BENCH_ANCHOR_H

/* The smallest load: the anchor of a log (type 14), signed by one person, which writes exactly one
 * key of about 100 bytes (decision D21). */

#include "tools/load/sign.h"

#define BENCH_NOTE_MAX 1000

/* bench_anchor_make gives signed transaction `number`, each of a log of its own, with a note of so
 * many bytes. It lives in arena. ERR_MEMORY, ERR_RANGE. */
enum err NODISCARD bench_anchor_make(struct bytes *out, const struct load_sender *sender,
                                     uint64_t number, size_t note, struct arena *arena);

/* bench_anchor_note says how long the note of a transaction of about size bytes is; lengths written
 * with one byte more make it a few bytes longer. */
enum err NODISCARD bench_anchor_note(size_t *note, const struct load_sender *sender, size_t size,
                                     struct arena *arena);

#endif
