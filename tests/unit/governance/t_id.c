/* SPDX-License-Identifier: Apache-2.0 */
/* Ids, keys of the state, and check digits of numbers that exist. */

#include "ledger/governance/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/crypto/hash.h"

static void text_ids(void **state)
{
    (void)state;
    char longest[LIMIT_ID_TEXT + 2];
    memset(longest, 'a', sizeof longest);
    longest[LIMIT_ID_TEXT] = '\0';
    assert_true(id_text_valid("a"));
    assert_true(id_text_valid("mine-a.1_x"));
    assert_true(id_text_valid("0"));
    assert_true(id_text_valid(longest));
    longest[LIMIT_ID_TEXT] = 'a';
    longest[LIMIT_ID_TEXT + 1] = '\0';
    assert_false(id_text_valid(longest));
    assert_false(id_text_valid(""));
    assert_false(id_text_valid("-a"));
    assert_false(id_text_valid(".a"));
    assert_false(id_text_valid("A"));
    assert_false(id_text_valid("a b"));
    assert_false(id_text_valid("a/b"));
    assert_false(id_text_valid("\xd0\xb0"));
    assert_true(id_code_valid("CN-14"));
    assert_true(id_code_valid("L_CH4_UG"));
    assert_false(id_code_valid("_L"));
    assert_false(id_code_valid(""));
}

static void keys_have_fixed_width(void **state)
{
    (void)state;
    struct state_key key = state_key_named(KEY_FACILITY, "mine-a");
    assert_int_equal(key.size, 33);
    assert_int_equal(key.data[0], KEY_FACILITY);
    struct hash id;
    hash_id(&id, KEY_FACILITY, "mine-a");
    assert_memory_equal(key.data + 1, id.bytes, HASH_SIZE);
    state_key_u32(&key, 0x01020304);
    assert_int_equal(key.size, 37);
    assert_memory_equal(key.data + 33, "\1\2\3\4", 4);
    const struct state_key list = state_key_list(KEY_PERSON, &id, 1);
    assert_int_equal(list.size, 1 + 1 + 32 + 4);
    assert_int_equal(list.data[0], KEY_LIST);
    assert_int_equal(list.data[1], KEY_PERSON);
    assert_int_equal(list.data[37], 1);
}

static void ids_of_two_kinds_differ(void **state)
{
    (void)state;
    struct hash a;
    struct hash b;
    id_hash(&a, KEY_ORGANISATION, "mine");
    id_hash(&b, KEY_FACILITY, "mine");
    assert_false(hash_equal(&a, &b));
}

static void check_digits(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        const char *value;
        bool valid;
    } vectors[] = {
        {"USCC", "91350100M000100Y43", true},
        {"USCC", "9111000071093515XC", false},
        {"USCC", "91350100M000100Y44", false},
        {"USCC", "91350100M000100Y4", false},
        {"USCC", "91350100M000100Y433", false},
        {"USCC", "91350100I000100Y43", false}, /* I is not in the charset */
        {"INN", "7707083893", true},
        {"INN", "7707083894", false},
        {"INN", "500100732259", true},
        {"INN", "500100732258", false},
        {"INN", "77070838931", false},
        {"INN", "770708389x", false},
        {"OGRN", "1027700132195", true},
        {"OGRN", "1027700132196", false},
        {"OGRN", "102770013219", false},
        {"LEI", "529900T8BM49AURSDO55", true},
        {"LEI", "529900T8BM49AURSDO56", false},
        {"LEI", "529900T8BM49AURSDO5", false},
        {"LEI", "529900t8BM49AURSDO55", false},
        {"GLN", "6901234567892", true},
        {"GLN", "6901234567893", false},
        {"GLN", "690123456789", false},
        {"SGLN", "6901234567892", true},
        {"SGLN", "6901234567892.SHAFT-1", true},
        {"SGLN", "6901234567892.", false},
        {"SGLN", "6901234567893.SHAFT-1", false},
        {"SGLN", "6901234567892.shaft", false},
        {"SGLN", "6901234567892.123456789012345678901", false},
        {"PERMIT", "A-1/2", true},
        {"PERMIT", "", false},
        {"PERMIT", "a b", false},
        {"DID", "did:web:example.org", true},
        {"DID", "did:", false},
        {"DID", "web:example.org", false},
        {"VAT", "1", false},
        {"", "", false},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        if (id_number_valid(vectors[i].scheme, vectors[i].value) != vectors[i].valid) {
            fail_msg("%s %s", vectors[i].scheme, vectors[i].value);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_ids),
        cmocka_unit_test(keys_have_fixed_width),
        cmocka_unit_test(ids_of_two_kinds_differ),
        cmocka_unit_test(check_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
