/* SPDX-License-Identifier: Apache-2.0 */
/* Sampling and conservative corrections against tests/vectors/audit.json, which audit.py computed
 * apart; and what must hold for any population: nobody twice, the weight decides. */
#include "ledger/assurance/correction.h"
#include "ledger/assurance/sample.h"
#include "ledger/codec/json_in.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX (1024 * 1024)

static char *text;
static struct json_doc *doc;
static struct arena arena;

static int setup(void **state)
{
    (void)state;
    FILE *file = fopen(SEAM_SOURCE_DIR "/tests/vectors/audit.json", "rb");
    text = malloc(TEXT_MAX);
    if (file == NULL || text == NULL) {
        return -1;
    }
    const size_t size = fread(text, 1, TEXT_MAX, file);
    fclose(file);
    arena_init(&arena, (size_t)64 << 20);
    return json_doc_read(&doc, bytes_of(text, size), TEXT_MAX, NULL) == OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    json_doc_free(doc);
    arena_free(&arena);
    free(text);
    return 0;
}

static int64_t integer(const struct json_node *row, const char *key)
{
    int64_t value = 0;
    assert_true(json_node_integer(json_node_get(row, key), &value));
    return value;
}

static bool flag(const struct json_node *row, const char *key)
{
    bool value = false;
    assert_true(json_node_bool(json_node_get(row, key), &value));
    return value;
}

static struct hash hex(const struct json_node *node)
{
    struct hash hash;
    assert_true(hex_decode(hash.bytes, HASH_SIZE, bytes_text(json_node_text(node))));
    return hash;
}

static struct sample_population population_of(const struct json_node *list)
{
    const size_t count = json_node_count(list);
    struct sample_item *items = arena_alloc(&arena, count * sizeof *items);
    struct sample_population out;
    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        items[i].id = hex(json_node_get(json_node_at(list, i), "id"));
        items[i].weight = (uint64_t)integer(json_node_at(list, i), "weight");
    }
    assert_int_equal(sample_population_of(&out, items, count), OK);
    return out;
}

#define assert_hash(got_, row_, key_)                                                              \
    do {                                                                                           \
        const struct hash want_ = hex(json_node_get(row_, key_));                                  \
        assert_true(hash_equal(&(got_), &want_));                                                  \
    } while (0)

static void samples_are_those_of_the_vectors(void **state)
{
    (void)state;
    const struct json_node *list = json_node_get(json_doc_root(doc), "samples");
    assert_int_equal(json_node_count(list), 5);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        const struct json_node *ids = json_node_get(row, "picked");
        const struct sample_population population = population_of(json_node_get(row, "items"));
        const uint32_t size = (uint32_t)json_node_count(ids);
        const struct hash opening = hex(json_node_get(row, "opening"));
        const struct hash block = hex(json_node_get(row, "block"));
        uint8_t salt[16];
        uint32_t picked[SAMPLE_SIZE_MAX];
        struct hash hash;
        assert_true(
            hex_decode(salt, sizeof salt, bytes_text(json_node_text(json_node_get(row, "salt")))));
        sample_population_hash(&hash, bytes_of(salt, sizeof salt), &population);
        assert_hash(hash, row, "population_hash");
        sample_commitment(&hash, &opening);
        assert_hash(hash, row, "commitment");
        sample_seed(&hash, &opening, &block);
        assert_hash(hash, row, "seed");
        assert_int_equal(assurance_sample(picked, &hash, &population, size, &arena), OK);
        for (uint32_t k = 0; k < size; k++) {
            const struct hash want = hex(json_node_at(ids, k));
            assert_true(hash_equal(&population.items[picked[k]].id, &want));
        }
        sample_list_hash(&hash, &population, picked, size);
        assert_hash(hash, row, "list_hash");
    }
}

/* domain.md 3.2: 95 % and 5 % give 60. */
static void size_follows_from_materiality(void **state)
{
    (void)state;
    const struct json_node *list = json_node_get(json_doc_root(doc), "sizes");
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        assert_int_equal(sample_size((uint32_t)integer(row, "count"),
                                     (uint32_t)integer(row, "reliability_centi"),
                                     (uint32_t)integer(row, "materiality_bp")),
                         integer(row, "size"));
    }
    assert_int_equal(sample_size(1000, 300, 500), 60);
}

static void bad_populations_are_refused(void **state)
{
    (void)state;
    struct sample_item items[2] = {{.weight = 1}, {.weight = 1}};
    struct sample_population population;
    items[1].id.bytes[0] = 1;
    assert_int_equal(sample_population_of(&population, items, 2), OK);
    assert_int_equal(sample_population_of(&population, items, 0), ERR_LENGTH);
    items[1].id.bytes[0] = 0;
    assert_int_equal(sample_population_of(&population, items, 2), ERR_NOT_CANONICAL);
    items[1].id.bytes[0] = 1;
    items[1].weight = 0;
    assert_int_equal(sample_population_of(&population, items, 2), ERR_RANGE);
    items[1].weight = (UINT64_C(1) << 53) - 2;
    assert_int_equal(sample_population_of(&population, items, 2), OK);
    items[1].weight++;
    assert_int_equal(sample_population_of(&population, items, 2), ERR_RANGE);
}

/* Nobody twice; all of them where size is the count; the heavy one of 9 to 1 comes first in about
 * nine of ten draws. */
static void weight_decides(void **state)
{
    (void)state;
    struct sample_item items[2] = {{.weight = 9000}, {.weight = 1000}};
    struct sample_population population;
    unsigned heavy = 0;
    items[1].id.bytes[0] = 1;
    assert_int_equal(sample_population_of(&population, items, 2), OK);
    for (uint32_t i = 0; i < 2000; i++) {
        struct hash seed;
        uint32_t picked[2];
        hash_tagged(&seed, TAG_SAMPLE_SEED, bytes_of(&i, sizeof i));
        assert_int_equal(assurance_sample(picked, &seed, &population, 2, &arena), OK);
        assert_int_equal(picked[0] + picked[1], 1);
        heavy += picked[0] == 0 ? 1 : 0;
    }
    assert_in_range(heavy, 1740, 1860); /* 1800, and 4.5 standard deviations either way */
}

/* [F11] V15. */
static void corrections_are_those_of_the_vectors(void **state)
{
    (void)state;
    const struct json_node *list = json_node_get(json_doc_root(doc), "corrections");
    assert_true(json_node_count(list) > 200);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        const struct correction_input in = {
            .amount = integer(row, "amount"),
            .side = strcmp(json_node_text(json_node_get(row, "side")), "UP") == 0 ? CORRECTION_UP
                                                                                  : CORRECTION_DOWN,
            .calibrated = flag(row, "calibrated"),
            .specified_ppm = (uint32_t)integer(row, "specified_ppm"),
            .found_ppm = (uint32_t)integer(row, "found_ppm"),
            .hours = (uint32_t)integer(row, "hours"),
            .hours_missing = (uint32_t)integer(row, "hours_missing"),
            .measured = flag(row, "measured"),
            .default_amount = integer(row, "default_amount"),
        };
        struct correction out;
        assert_int_equal(correction_of(&out, &in), OK);
        assert_string_equal(correction_kind_text(out.kind),
                            json_node_text(json_node_get(row, "kind")));
        assert_int_equal(out.amount, integer(row, "corrected"));
        assert_int_equal(out.effect, out.amount - in.amount);
        /* never in the client's favour */
        assert_true(in.side == CORRECTION_UP ? out.effect >= 0 : out.effect <= 0);
    }
}

static void bad_corrections_are_refused(void **state)
{
    (void)state;
    const struct correction_input good = {
        .amount = 1, .calibrated = true, .hours = 10, .measured = true};
    struct correction_input in = good;
    struct correction out;
    assert_int_equal(correction_of(&out, &in), OK);
    in.amount = -1;
    assert_int_equal(correction_of(&out, &in), ERR_NEG);
    in = good;
    in.hours_missing = 11;
    assert_int_equal(correction_of(&out, &in), ERR_RANGE);
    in.hours_missing = 10; /* nothing is known: the default applies, which says that nothing was
                              measured */
    assert_int_equal(correction_of(&out, &in), ERR_RANGE);
    in.hours_missing = 9;
    assert_int_equal(correction_of(&out, &in), OK);
    in.amount = (INT64_C(1) << 53) - 1;
    assert_int_equal(correction_of(&out, &in), ERR_RANGE);
    in = good;
    in.specified_ppm = 1000001;
    assert_int_equal(correction_of(&out, &in), ERR_RANGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_those_of_the_vectors),
        cmocka_unit_test(size_follows_from_materiality),
        cmocka_unit_test(bad_populations_are_refused),
        cmocka_unit_test(weight_decides),
        cmocka_unit_test(corrections_are_those_of_the_vectors),
        cmocka_unit_test(bad_corrections_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
