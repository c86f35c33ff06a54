/* SPDX-License-Identifier: Apache-2.0 */
/* A stored block against what its header and the validators say, one thing wrong at a time. */
#include "ledger/check/block_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/chain/encode.h"
#include "ledger/exec/exec.h"

static const struct hash CHAIN = {{0xc4}};

struct world {
    struct block_checker checker;
    struct header header;
    struct hash id;
    uint8_t final[4096];
    size_t final_size;
};

static void make_final(struct world *world, const struct hash *id)
{
    static struct cert cert;
    memset(&cert, 0, sizeof cert);
    cert.kind = VOTE_FINALIZE;
    cert.epoch = 1;
    cert.view = 9;
    cert.block_id = *id;
    cert.signers = 7;
    world->final_size = cert_size(&cert);
    assert_true(world->final_size <= sizeof world->final);
    struct writer writer = writer_of(world->final, world->final_size);
    cert_write(&writer, &cert);
}

static struct world make(void)
{
    struct world world = {.checker = {.chain_id = CHAIN},
                          .header = {.version = 1, .chain_id = CHAIN, .height = 5, .epoch = 1}};
    assert_int_equal(exec_tx_root(&world.header.tx_root, &CHAIN, bytes_of(NULL, 0), 0, NULL), OK);
    header_id(&world.id, &world.header);
    make_final(&world, &world.id);
    return world;
}

static void expect(struct world *world, struct bytes body, struct bytes just, const char *words)
{
    const char *what = "";
    const enum err err = block_check(&world->checker, &world->header, &world->id, body,
                                     bytes_of(world->final, world->final_size), just, &what);
    assert_int_equal(err, words ? ERR_CORRUPT : OK);
    assert_string_equal(what, words ? words : "");
}

static void test_good(void **state)
{
    (void)state;
    struct world world = make();
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), NULL);
    world.final_size = 0; /* most blocks have none of their own */
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), NULL);
}

static void test_body(void **state)
{
    (void)state;
    struct world world = make();
    expect(&world, bytes_text("x"), bytes_of(NULL, 0),
           "the body has not the size that the header names");
    world.header.tx_root.bytes[31] ^= 1;
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0),
           "the body does not give the header's transaction root");
    world = make();
    world.header.chain_id.bytes[0] ^= 1;
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), "the block belongs to another chain");
}

static void test_final(void **state)
{
    (void)state;
    struct world world = make();
    world.final_size--;
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), "the finalization cannot be read");
    world = make();
    world.id.bytes[3] ^= 1;
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0),
           "the finalization is that of another block");
    world = make();
    world.checker.valset.count = 4; /* of this epoch: now signatures count, and these are zero */
    world.checker.valset.epoch = 1;
    world.checker.valset.suite = SUITE_ED25519_SHA256;
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), "the finalization does not verify");
    world.checker.valset.epoch = 2; /* of another epoch: read only */
    expect(&world, bytes_of(NULL, 0), bytes_of(NULL, 0), NULL);
}

static void test_justification(void **state)
{
    (void)state;
    struct world world = make();
    expect(&world, bytes_of(NULL, 0), bytes_text("?"), "the justification cannot be read");
}

static void test_founding_block(void **state)
{
    (void)state;
    struct world world = make();
    world.header.height = 0;
    expect(&world, bytes_text("anything"), bytes_of(NULL, 0), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),           cmocka_unit_test(test_body),
        cmocka_unit_test(test_final),          cmocka_unit_test(test_justification),
        cmocka_unit_test(test_founding_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
