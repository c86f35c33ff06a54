/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that only a holder makes: an access file (first byte even), or a sealed statement, which is
 * opened only by whom it was sealed to. */

#include "api/access.h"
#include "api/sealed.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 262144) {
        return 0;
    }
    struct arena arena;
    arena_init(&arena, (size_t)16 << 20);
    const struct bytes in = bytes_of(data + 1, size - 1);
    if ((data[0] & 1) == 0) {
        struct access_list list;
        struct err_detail detail = {0};
        const enum err err = access_read(&list, in, &arena, &detail);
        check(err == OK || err == ERR_MEMORY || detail.err == err);
        check(err != OK || list.count <= size);
    } else {
        const uint8_t seed[SIGN_SEED_SIZE] = {1};
        const struct hash key_id = {{0x10}};
        struct sign_key key;
        struct bytes plain;
        sign_key_from_seed(&key, seed);
        if (sealed_open(&plain, in, "D-1", &key_id, &key, &arena) == OK) {
            check(plain.size < in.size);
        }
    }
    arena_free(&arena);
    return 0;
}
