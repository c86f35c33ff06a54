/* SPDX-License-Identifier: Apache-2.0 */
/* [KSSJ 7.2.1a] Numbers with check digits, from vectors that another language can read. */

#include "ledger/codec/json_in.h"
#include "tests/unit/provenance/world.h"

#define VECTORS SEAM_SOURCE_DIR "/tests/vectors/lot_identifiers.json"

static struct json_doc *vectors(struct world *world)
{
    FILE *file = fopen(VECTORS, "rb");
    struct json_doc *doc = NULL;
    assert_non_null(file);
    char *text = world_alloc(world, 65536);
    const size_t size = fread(text, 1, 65536, file);
    fclose(file);
    assert_int_equal(json_doc_read(&doc, bytes_of(text, size), 65536, &world->detail), OK);
    return doc;
}

static const char *member(const struct json_node *node, const char *name)
{
    const struct json_node *value = json_node_get(node, name);
    assert_non_null(value);
    return json_node_text(value);
}

static bool valid(const char *kind, const char *value)
{
    if (strcmp(kind, "gtin") == 0) {
        return identifier_gtin_valid(value);
    }
    if (strcmp(kind, "sscc") == 0) {
        return identifier_sscc_valid(value);
    }
    if (strcmp(kind, "lot") == 0) {
        return identifier_lot_valid(value);
    }
    assert_string_equal(kind, "place");
    return identifier_place_valid(value);
}

static void numbers(void **state)
{
    struct world *world = *state;
    struct json_doc *doc = vectors(world);
    const struct json_node *list = json_node_get(json_doc_root(doc), "numbers");
    assert_true(json_node_count(list) > 30);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        const bool wanted = strcmp(member(row, "valid"), "yes") == 0;
        if (valid(member(row, "kind"), member(row, "value")) != wanted) {
            fail_msg("%s %s: %s", member(row, "kind"), member(row, "value"), member(row, "why"));
        }
    }
    json_doc_free(doc);
}

static void spellings(void **state)
{
    struct world *world = *state;
    struct json_doc *doc = vectors(world);
    const struct json_node *list = json_node_get(json_doc_root(doc), "lots");
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *row = json_node_at(list, i);
        const char *lot = member(row, "lot");
        char out[LOT_ID_SIZE] = "untouched";
        char link[LOT_LINK_SIZE];
        const bool read = identifier_lot_read(out, member(row, "text"));
        if (read != (lot[0] != '\0') || strcmp(out, read ? lot : "untouched") != 0) {
            fail_msg("%s reads as %s", member(row, "text"), out);
        }
        if (read) {
            identifier_lot_link(link, lot);
            assert_true(identifier_lot_read(out, link));
            assert_string_equal(out, lot);
            for (size_t digits = 6; digits <= 12; digits++) {
                assert_true(identifier_lot_urn(link, lot, digits));
                assert_true(identifier_lot_read(out, link));
                assert_string_equal(out, lot);
            }
            assert_false(identifier_lot_urn(link, lot, 5));
            assert_false(identifier_lot_urn(link, lot, 13));
        }
    }
    json_doc_free(doc);
}

static void parts(void **state)
{
    (void)state;
    char gtin[GTIN_SIZE];
    identifier_lot_gtin(gtin, "06901234567892.RAW-1");
    assert_string_equal(gtin, "06901234567892");
    assert_string_equal(identifier_lot_batch("06901234567892.RAW-1"), "RAW-1");
    assert_true(identifier_place_is_sgln("6901234567892.AB"));
    assert_false(identifier_place_is_sgln("mine-a"));
    assert_int_equal(identifier_check_digit("690123456789", 12), '2'); /* domain.md 4.1 */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {T(numbers), T(spellings), T(parts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
