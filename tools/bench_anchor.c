/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/bench_anchor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/proto/governance.pb-c.h"

enum err bench_anchor_make(struct bytes *out, const struct load_sender *sender, uint64_t number,
                           size_t note, struct arena *arena)
{
    char log[32];
    char text[BENCH_NOTE_MAX + 1];
    uint8_t head[HASH_SIZE] = {0};
    if (note > BENCH_NOTE_MAX) {
        return ERR_RANGE;
    }
    (void)snprintf(log, sizeof log, "load-%012" PRIu64, number);
    memset(text, 'n', note);
    text[note] = '\0';
    for (size_t i = 0; i < sizeof number; i++) {
        head[i] = (uint8_t)(number >> (8 * i));
    }
    Seam__AuditAnchor payload = SEAM__AUDIT_ANCHOR__INIT;
    payload.log = log;
    payload.first = 1;
    payload.last = 1;
    payload.head = (ProtobufCBinaryData){.len = sizeof head, .data = head};
    payload.note = text;
    return load_sign(out, sender, "AUDIT_ANCHOR", &payload.base, bytes_of(NULL, 0), arena);
}

enum err bench_anchor_note(size_t *note, const struct load_sender *sender, size_t size,
                           struct arena *arena)
{
    struct bytes with;
    const enum err err = bench_anchor_make(&with, sender, 0, 1, arena);
    if (err != OK) {
        return err;
    }
    const size_t room = size > with.size ? size - with.size + 1 : 0;
    *note = room < BENCH_NOTE_MAX ? room : BENCH_NOTE_MAX;
    return OK;
}
