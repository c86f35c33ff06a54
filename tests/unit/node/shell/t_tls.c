/* SPDX-License-Identifier: Apache-2.0 */
/* Two TLS sessions over memory: the right keys meet, everything else ends before any payload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/shell/tls.h"

#define WIRE_SIZE (2 * 1024 * 1024)

struct side {
    struct sign_key key;
    struct tls_identity *identity;
    struct tls *tls;
    const uint8_t *expected; /* NULL: refuses everybody */
    uint32_t asked;
    uint8_t *wire; /* ciphertext on its way out */
    size_t wire_size;
    size_t largest; /* piece given to the wire */
    bool broken; /* its wire takes nothing more */
};

struct pair {
    struct side dialer;
    struct side listener;
};

static bool allow(void *context, const uint8_t node_key[32])
{
    struct side *side = context;
    side->asked++;
    return side->expected != NULL && memcmp(side->expected, node_key, 32) == 0;
}

static enum err put_wire(void *context, struct bytes cipher)
{
    struct side *side = context;
    if (side->broken) {
        return ERR_CLOSED;
    }
    assert_true(cipher.size <= WIRE_SIZE - side->wire_size);
    side->largest = cipher.size > side->largest ? cipher.size : side->largest;
    memcpy(side->wire + side->wire_size, cipher.data, cipher.size);
    side->wire_size += cipher.size;
    return OK;
}

static void side_init(struct side *side, enum tls_side which, uint8_t seed)
{
    uint8_t bytes[SIGN_SEED_SIZE];
    memset(bytes, seed, sizeof(bytes));
    memset(side, 0, sizeof(*side));
    sign_key_from_seed(&side->key, bytes);
    side->wire = malloc(WIRE_SIZE);
    assert_non_null(side->wire);
    assert_int_equal(tls_identity_new(&side->identity, &side->key), OK);
    const struct tls_handler handler = {.context = side, .allow = allow, .send = put_wire};
    assert_int_equal(tls_new(&side->tls, side->identity, which, &handler), OK);
}

static void side_deinit(struct side *side)
{
    tls_free(side->tls);
    tls_identity_free(side->identity);
    free(side->wire);
}

static int setup(void **state)
{
    assert_int_equal(sign_start(), OK);
    struct pair *pair = calloc(1, sizeof(*pair));
    assert_non_null(pair);
    side_init(&pair->dialer, TLS_DIALER, 1);
    side_init(&pair->listener, TLS_LISTENER, 2);
    pair->dialer.expected = pair->listener.key.public_key;
    pair->listener.expected = pair->dialer.key.public_key;
    *state = pair;
    return 0;
}

static int teardown(void **state)
{
    struct pair *pair = *state;
    side_deinit(&pair->dialer);
    side_deinit(&pair->listener);
    free(pair);
    return 0;
}

/* Carries what one side sent to the other, at most TLS_INPUT_MAX, and lets it step. */
static enum err carry(struct side *from, struct side *to)
{
    const size_t size = from->wire_size < TLS_INPUT_MAX / 2 ? from->wire_size : TLS_INPUT_MAX / 2;
    const enum err err = tls_feed(to->tls, bytes_of(from->wire, size));
    memmove(from->wire, from->wire + size, from->wire_size - size);
    from->wire_size -= size;
    return err == OK ? tls_step(to->tls) : err;
}

static enum err shake(struct pair *pair)
{
    enum err err = tls_step(pair->dialer.tls);
    for (int turn = 0; err == OK && turn < 10; turn++) {
        err = carry(&pair->dialer, &pair->listener);
        if (err == OK) {
            err = carry(&pair->listener, &pair->dialer);
        }
    }
    return err;
}

static void test_right_keys(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    assert_true(tls_ready(pair->dialer.tls));
    assert_true(tls_ready(pair->listener.tls));
    assert_memory_equal(tls_peer(pair->dialer.tls), pair->listener.key.public_key, 32);
    assert_memory_equal(tls_peer(pair->listener.tls), pair->dialer.key.public_key, 32);
    assert_int_equal(pair->dialer.asked, 1);
    assert_int_equal(pair->listener.asked, 1);
}

static void test_payload(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    const size_t size = 1000000;
    uint8_t *out = malloc(size);
    uint8_t *in = malloc(size);
    assert_non_null(out);
    assert_non_null(in);
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(tls_write(pair->dialer.tls, bytes_of(out, size)), OK);
    size_t have = 0;
    while (have < size) {
        assert_int_equal(carry(&pair->dialer, &pair->listener), OK);
        size_t got = 1;
        while (got > 0 && have < size) {
            assert_int_equal(tls_read(pair->listener.tls, in + have, size - have, &got), OK);
            have += got;
        }
    }
    assert_memory_equal(in, out, size);
    tls_close(pair->dialer.tls);
    assert_int_equal(carry(&pair->dialer, &pair->listener), OK);
    size_t got = 0;
    assert_int_equal(tls_read(pair->listener.tls, in, 1, &got), ERR_CLOSED);
    free(out);
    free(in);
}

/* The dialer meets another key than it dialed: it ends before it shows its own. */
static void test_dialer_refuses(void **state)
{
    struct pair *pair = *state;
    pair->dialer.expected = pair->dialer.key.public_key;
    assert_int_equal(shake(pair), ERR_KEY);
    assert_false(tls_ready(pair->dialer.tls));
    assert_int_equal(pair->listener.asked, 0);
    assert_int_equal(carry(&pair->dialer, &pair->listener), ERR_FRAME);
    assert_false(tls_ready(pair->listener.tls));
}

/* The listener does not know the key: it never becomes ready, the dialer hears an alert. */
static void test_listener_refuses(void **state)
{
    struct pair *pair = *state;
    pair->listener.expected = NULL;
    assert_int_equal(shake(pair), ERR_KEY);
    assert_int_equal(pair->listener.asked, 1);
    assert_false(tls_ready(pair->listener.tls));
    assert_int_equal(carry(&pair->listener, &pair->dialer), OK);
    uint8_t byte;
    size_t got = 0;
    assert_int_equal(tls_read(pair->dialer.tls, &byte, 1, &got), ERR_FRAME);
    assert_int_equal(tls_step(pair->listener.tls), ERR_FRAME);
}

static void test_garbage(void **state)
{
    struct pair *pair = *state;
    const char *const texts[] = {"GET / HTTP/1.1\r\n\r\n", "SEAMPEER\1\0",
                                 "\x16\x03\x01\x00\x05hello", "\x15\x03\x03\x00\x02\x02\x28"};
    const size_t sizes[] = {18, 10, 10, 7};
    uint8_t rest[20000];
    memset(rest, 'x', sizeof(rest));
    for (size_t i = 0; i < 4; i++) {
        struct side listener;
        side_init(&listener, TLS_LISTENER, 9);
        listener.expected = pair->dialer.key.public_key;
        assert_int_equal(tls_feed(listener.tls, bytes_of(texts[i], sizes[i])), OK);
        /* Some of it might still become a record; the deadline of the link ends that. */
        const enum err err = tls_step(listener.tls);
        assert_true(err == OK || err == ERR_FRAME);
        assert_int_equal(tls_feed(listener.tls, bytes_of(rest, sizeof(rest))), OK);
        assert_int_equal(tls_step(listener.tls), ERR_FRAME);
        assert_int_equal(listener.asked, 0);
        assert_false(tls_ready(listener.tls));
        side_deinit(&listener);
    }
}

/* An older TLS and a handshake without a key of the dialer are refused. */
static void test_changed_hello(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(tls_step(pair->dialer.tls), OK);
    const size_t hello = pair->dialer.wire_size;
    assert_true(hello > 50);
    for (size_t i = 0; i < hello; i += 7) {
        struct side listener;
        side_init(&listener, TLS_LISTENER, 2);
        listener.expected = pair->dialer.key.public_key;
        pair->dialer.wire[i] ^= 0x20;
        assert_int_equal(tls_feed(listener.tls, bytes_of(pair->dialer.wire, hello)), OK);
        const enum err err = tls_step(listener.tls);
        assert_true(err == OK || err == ERR_FRAME);
        assert_false(tls_ready(listener.tls));
        pair->dialer.wire[i] ^= 0x20;
        side_deinit(&listener);
    }
}

/* One changed bit of a record ends the session. */
static void test_changed_record(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    assert_int_equal(tls_write(pair->dialer.tls, bytes_text("a vote")), OK);
    assert_true(pair->dialer.wire_size > 10);
    pair->dialer.wire[pair->dialer.wire_size - 1] ^= 1;
    assert_int_equal(carry(&pair->dialer, &pair->listener), OK);
    uint8_t out[16];
    size_t got = 0;
    assert_int_equal(tls_read(pair->listener.tls, out, sizeof(out), &got), ERR_FRAME);
    assert_int_equal(tls_read(pair->listener.tls, out, sizeof(out), &got), ERR_FRAME);
    assert_false(tls_ready(pair->listener.tls));
}

/* A record cut short is not an end: the session waits for the rest. */
static void test_cut_record(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    assert_int_equal(tls_write(pair->dialer.tls, bytes_text("a vote")), OK);
    uint8_t out[16];
    size_t got = 1;
    assert_int_equal(
        tls_feed(pair->listener.tls, bytes_of(pair->dialer.wire, pair->dialer.wire_size - 1)), OK);
    assert_int_equal(tls_read(pair->listener.tls, out, sizeof(out), &got), OK);
    assert_int_equal(got, 0);
    assert_int_equal(
        tls_feed(pair->listener.tls, bytes_of(pair->dialer.wire + pair->dialer.wire_size - 1, 1)),
        OK);
    assert_int_equal(tls_read(pair->listener.tls, out, sizeof(out), &got), OK);
    assert_int_equal(got, 6);
}

static void test_input_limit(void **state)
{
    struct pair *pair = *state;
    uint8_t *block = calloc(1, TLS_INPUT_MAX);
    assert_non_null(block);
    assert_int_equal(tls_feed(pair->listener.tls, bytes_of(block, TLS_INPUT_MAX)), OK);
    assert_int_equal(tls_feed(pair->listener.tls, bytes_of(block, 1)), ERR_BUSY);
    free(block);
}

static void test_broken_wire(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    pair->dialer.broken = true;
    assert_int_equal(tls_write(pair->dialer.tls, bytes_text("x")), ERR_CLOSED);
    assert_int_equal(tls_write(pair->dialer.tls, bytes_text("x")), ERR_FRAME);
    assert_false(tls_ready(pair->dialer.tls));
}

/* However much is written at once, it passes through a buffer of bounded size. */
static void test_large_write(void **state)
{
    struct pair *pair = *state;
    assert_int_equal(shake(pair), OK);
    uint8_t *plain = calloc(1, WIRE_SIZE / 2);
    assert_non_null(plain);
    pair->dialer.wire_size = 0;
    assert_int_equal(tls_write(pair->dialer.tls, bytes_of(plain, WIRE_SIZE / 2)), OK);
    assert_true(pair->dialer.wire_size > WIRE_SIZE / 2);
    assert_true(pair->dialer.largest < TLS_OUTPUT_PIECE + 20 * 1024);
    free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_right_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_payload, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dialer_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_listener_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_garbage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changed_hello, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changed_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_record, setup, teardown),
        cmocka_unit_test_setup_teardown(test_input_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_wire, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large_write, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
