/* SPDX-License-Identifier: Apache-2.0 */
/* Documents beside the ledger [KSSJ 6.1b], [KSSJ 9.3.2a]: stored sealed, in parts, under their
 * hash; opened by the owner's node, or by a reader with the envelope, and by nobody else. */
#include "api/evidence.h"

#include "ledger/crypto/hash.h"
#include "ledger/proto/local.pb-c.h"
#include "ledger/store/storage_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MARKER "LEAK-7f3a"

struct world {
    struct api api;
    struct api_node node;
    struct arena arena;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    memset(world->api.config.token_key, 0x42, sizeof world->api.config.token_key);
    world->api.node = &world->node;
    pthread_mutex_init(&world->api.evidence, NULL);
    arena_init(&world->arena, 256 << 20);
    *state = world;
    return kv_open_mem(&world->node.local, storage_local_plan(), NULL) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    struct world *world = *state;
    kv_close(world->node.local);
    arena_free(&world->arena);
    pthread_mutex_destroy(&world->api.evidence);
    free(world);
    return 0;
}

static struct bytes document(struct world *world, size_t size)
{
    uint8_t *bytes = arena_alloc(&world->arena, size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (uint8_t)MARKER[i % (sizeof MARKER - 1)];
    }
    return bytes_of(bytes, size);
}

static struct hash content_hash(struct bytes bytes)
{
    struct hasher hasher;
    struct hash hash;
    hash_begin_raw(&hasher);
    hash_add(&hasher, bytes);
    hash_end(&hasher, &hash);
    return hash;
}

static Seam__EvidenceDocument head_of(const char *owner, struct hash *sha256, size_t size)
{
    Seam__EvidenceDocument head = SEAM__EVIDENCE_DOCUMENT__INIT;
    head.sha256 = (ProtobufCBinaryData){HASH_SIZE, sha256->bytes};
    head.owner = (char *)(uintptr_t)owner;
    head.class_ = (char *)"LAB_REPORT";
    head.media = (char *)"application/pdf";
    head.name = (char *)"report";
    head.size = size;
    return head;
}

static enum err put(struct world *world, const Seam__EvidenceDocument *head, uint32_t part,
                    struct bytes bytes, bool *complete)
{
    return evidence_put(complete, &world->api, head, part, bytes, 1000, &world->arena);
}

static void parts_come_back_and_lie_sealed(void **state)
{
    struct world *world = *state;
    const size_t size = EVIDENCE_PART + 77;
    const struct bytes bytes = document(world, size);
    struct hash sha256 = content_hash(bytes);
    const Seam__EvidenceDocument head = head_of("mine", &sha256, size);
    const struct bytes first = bytes_of(bytes.data, EVIDENCE_PART);
    const struct bytes rest = bytes_of(bytes.data + EVIDENCE_PART, 77);
    bool complete = true;
    assert_int_equal(put(world, &head, 1, rest, &complete), ERR_RANGE);
    assert_int_equal(put(world, &head, 0, rest, &complete), ERR_LENGTH);
    assert_int_equal(put(world, &head, 0, first, &complete), OK);
    assert_false(complete);
    assert_int_equal(put(world, &head, 0, first, &complete), OK);
    assert_int_equal(put(world, &head, 1, rest, &complete), OK);
    assert_true(complete);
    assert_int_equal(put(world, &head, 2, rest, &complete), ERR_RANGE);
    Seam__EvidenceDocument *found = NULL;
    assert_int_equal(evidence_get(&found, &world->api, "mine", &sha256, &world->arena), OK);
    assert_int_equal(found->parts, 2);
    struct bytes part;
    assert_int_equal(evidence_plain(&part, &world->api, found, 0, &world->arena), OK);
    assert_true(bytes_equal(part, first));
    assert_int_equal(evidence_plain(&part, &world->api, found, 1, &world->arena), OK);
    assert_true(bytes_equal(part, rest));
    assert_int_equal(evidence_plain(&part, &world->api, found, 2, &world->arena), ERR_ABSENT);
    assert_int_equal(evidence_sealed(&part, &world->api, found, 0, &world->arena), OK);
    assert_null(memmem(part.data, part.size, MARKER, sizeof MARKER - 1));
    assert_int_equal(evidence_get(&found, &world->api, "group", &sha256, &world->arena),
                     ERR_ABSENT);
}

static void another_hash_keeps_nothing(void **state)
{
    struct world *world = *state;
    const struct bytes bytes = document(world, 100);
    struct hash sha256 = content_hash(bytes);
    sha256.bytes[0] ^= 1;
    const Seam__EvidenceDocument head = head_of("mine", &sha256, 100);
    bool complete = false;
    assert_int_equal(put(world, &head, 0, bytes, &complete), ERR_TOTAL);
    assert_false(complete);
    Seam__EvidenceDocument *found = NULL;
    assert_int_equal(evidence_get(&found, &world->api, "mine", &sha256, &world->arena), ERR_ABSENT);
}

static void sizes_and_heads_are_held(void **state)
{
    struct world *world = *state;
    const struct bytes bytes = document(world, 100);
    struct hash sha256 = content_hash(bytes);
    bool complete = false;
    Seam__EvidenceDocument head = head_of("mine", &sha256, 0);
    assert_int_equal(put(world, &head, 0, bytes_of(NULL, 0), &complete), ERR_RANGE);
    head.size = EVIDENCE_SIZE_MAX + 1;
    assert_int_equal(put(world, &head, 0, bytes, &complete), ERR_RANGE);
    head.size = 100;
    assert_int_equal(put(world, &head, 0, bytes, &complete), OK);
    head.media = (char *)"text/plain";
    assert_int_equal(put(world, &head, 0, bytes, &complete), ERR_CONFLICT);
}

static void only_the_reader_opens_the_envelope(void **state)
{
    struct world *world = *state;
    const struct bytes bytes = document(world, 5000);
    struct hash sha256 = content_hash(bytes);
    const Seam__EvidenceDocument head = head_of("mine", &sha256, 5000);
    struct sign_key key;
    struct sign_key other;
    struct evidence_reader reader = {.organisation = "verifier"};
    uint8_t envelope[ENVELOPE_SIZE];
    uint8_t again[ENVELOPE_SIZE];
    uint8_t opened[BOX_KEY_SIZE];
    bool complete = false;
    sign_key_random(&key);
    sign_key_random(&other);
    memcpy(reader.public_key, key.public_key, SIGN_PUBLIC_SIZE);
    sign_key_id(&reader.key_id, 1, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
    assert_int_equal(
        evidence_envelope(envelope, &world->api, "mine", &sha256, &reader, &world->arena),
        ERR_ABSENT);
    assert_int_equal(put(world, &head, 0, bytes, &complete), OK);
    assert_int_equal(
        evidence_envelope(envelope, &world->api, "mine", &sha256, &reader, &world->arena), OK);
    assert_int_equal(evidence_envelope(again, &world->api, "mine", &sha256, &reader, &world->arena),
                     OK);
    assert_memory_equal(envelope, again, ENVELOPE_SIZE);
    Seam__EvidenceDocument *found = NULL;
    struct bytes sealed;
    struct bytes plain;
    assert_int_equal(evidence_get(&found, &world->api, "mine", &sha256, &world->arena), OK);
    assert_int_equal(found->n_envelopes, 1);
    assert_int_equal(evidence_sealed(&sealed, &world->api, found, 0, &world->arena), OK);
    assert_int_equal(envelope_open(opened, envelope, &other), ERR_KEY);
    assert_int_equal(envelope_open(opened, envelope, &key), OK);
    assert_int_equal(evidence_open(&plain, &sha256, 0, 1, sealed, opened, &world->arena), OK);
    assert_true(bytes_equal(plain, bytes));
    assert_int_equal(evidence_open(&plain, &sha256, 1, 2, sealed, opened, &world->arena), ERR_KEY);
}

static bool count(void *context, const Seam__EvidenceDocument *found)
{
    (void)found;
    return ++*(size_t *)context < 2;
}

static void each_owner_sees_its_own(void **state)
{
    struct world *world = *state;
    bool complete = false;
    for (size_t i = 0; i < 6; i++) {
        const struct bytes bytes = document(world, 10 + i);
        struct hash sha256 = content_hash(bytes);
        const Seam__EvidenceDocument head =
            head_of(i % 2 == 0 ? "mine" : "group", &sha256, bytes.size);
        assert_int_equal(put(world, &head, 0, bytes, &complete), OK);
    }
    size_t found = 0;
    assert_int_equal(evidence_each(&world->api, "mine", count, &found), OK);
    assert_int_equal(found, 2); /* it asked to stop */
    found = 0;
    assert_int_equal(evidence_each(&world->api, "nobody", count, &found), OK);
    assert_int_equal(found, 0);
}

int main(void)
{
    if (sign_start() != OK) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parts_come_back_and_lie_sealed, setup, teardown),
        cmocka_unit_test_setup_teardown(another_hash_keeps_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(sizes_and_heads_are_held, setup, teardown),
        cmocka_unit_test_setup_teardown(only_the_reader_opens_the_envelope, setup, teardown),
        cmocka_unit_test_setup_teardown(each_owner_sees_its_own, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
