/* SPDX-License-Identifier: Apache-2.0 */
/* Salted claims below their root, some shown, some masked: with seeds. */
#include "tests/unit/assurance/case.h"

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(seed >> 33) % below;
}

/* Whatever is masked, what is shown verifies, at its own place only. */
static void a_masked_export_still_verifies(void **state)
{
    struct world *world = *state;
    for (uint64_t run = 0; run < 300; run++) {
        Seam__DisputeLines *lines = case_lines(world);
        struct hash leaves[40];
        seed = 20261123 + run;
        const size_t count = 1 + draw(40);
        for (size_t i = 0; i < count; i++) {
            struct hasher hasher;
            case_claim(world, lines, "SCOPE1", draw(1000), draw(1000));
            merkle_leaf_begin(&hasher, TAG_DISPUTE_CLAIM);
            hash_add(&hasher, bytes_of(lines->lines[i]->salt.data, 16));
            hash_add(&hasher,
                     bytes_of(lines->lines[i]->content.data, lines->lines[i]->content.len));
            hash_end(&hasher, &leaves[i]);
        }
        const ProtobufCBinaryData root = case_root(world, TAG_DISPUTE_CLAIM, lines);
        for (size_t i = 0; i < count; i++) {
            struct merkle_path path;
            ProtobufCBinaryData siblings[MERKLE_PATH_MAX];
            Seam__ShownLine shown = SEAM__SHOWN_LINE__INIT;
            if (draw(2) == 0) {
                continue; /* masked */
            }
            merkle_path_of(&path, i, leaves, count);
            for (size_t k = 0; k < path.count; k++) {
                siblings[k] = case_data(&path.siblings[k]);
            }
            shown.list = (char *)"CLAIMS";
            shown.part = 1;
            shown.index = (uint32_t)i;
            shown.leaf = lines->lines[i];
            shown.path = siblings;
            shown.n_path = path.count;
            if (!dispute_shown_check(&shown, root, (uint32_t)count)) {
                fail_msg("seed %llu: line %zu", (unsigned long long)(20261123 + run), i);
            }
            shown.index = (uint32_t)((i + 1) % count);
            assert_true(count == 1 || !dispute_shown_check(&shown, root, (uint32_t)count));
            shown.index = (uint32_t)i;
            shown.leaf->content.data[draw((uint32_t)shown.leaf->content.len)] ^= 1;
            assert_false(dispute_shown_check(&shown, root, (uint32_t)count));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_masked_export_still_verifies, case_setup, case_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
