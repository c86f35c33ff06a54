/* SPDX-License-Identifier: Apache-2.0 */
/* A signer.state of whatever content, as it is or (first byte odd) with the checksums made right:
 * opened or refused; what was opened can be written, and is then read again. */

#include "ledger/base/crc32c.h"
#include "node/core/slot.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/simnode/disk.h"

static const struct hash chain_id = {{3}};
static const struct hash key_id = {{4}};

static void mend(uint8_t raw[SLOT_FILE_SIZE])
{
    for (size_t i = 0; i < 2; i++) {
        uint8_t *slot = raw + i * SLOT_SIZE;
        struct writer end = writer_of(slot + SLOT_SIZE - 4, 4);
        memcpy(slot, "SEAMSLT1", 8);
        write_u32(&end, crc32c_more(0, bytes_of(slot, SLOT_SIZE - 4)));
    }
}

static void use(struct slot *slot, const struct env *env)
{
    struct slot again;
    struct slot_state next = slot->state;
    next.view++;
    check(slot_write(slot, &next) == OK);
    slot_close(slot);
    check(slot_open(&again, env, &chain_id, &key_id, NULL) == OK);
    check(again.state.view == next.view && again.state.phase == next.phase &&
          again.state.has_vote == next.has_vote && again.state.muted == next.muted);
    slot_close(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vdisk_bench machine;
    uint8_t raw[SLOT_FILE_SIZE] = {0};
    struct slot slot;
    if (size < 1) {
        return 0;
    }
    memcpy(raw, data + 1, size - 1 < sizeof raw ? size - 1 : sizeof raw);
    const bool whole = (data[0] & 1) != 0;
    if (whole) {
        mend(raw);
    }
    vdisk_bench_init(&machine, 1);
    const size_t length = whole || size - 1 >= sizeof raw ? sizeof raw : size - 1;
    vdisk_put(&machine.disk, ENV_DIR_KEY, SLOT_FILE, bytes_of(raw, length));
    if (slot_open(&slot, &machine.env, &chain_id, &key_id, NULL) == OK) {
        if (length == sizeof raw && slot.state.seq < UINT64_MAX) {
            use(&slot, &machine.env);
        } else {
            slot_close(&slot);
        }
    }
    vdisk_free(&machine.disk);
    return 0;
}
