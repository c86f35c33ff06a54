/* SPDX-License-Identifier: Apache-2.0 */
#include "rig.h"

/* B13: quorum for n that is not 3f+1, too. */
static void quorum_table(void **state)
{
    (void)state;
    for (uint32_t n = LIMIT_VALIDATORS_MIN; n <= LIMIT_VALIDATORS; n++) {
        const uint32_t f = quorum_faulty(n);
        const uint32_t q = quorum_size(n);
        assert_true(3 * f < n);
        assert_true(3 * (f + 1) >= n);
        assert_int_equal(q, n - f);
        assert_true(2 * q - n >= f + 1); /* two quorums share a correct one */
        assert_true(n - f >= q); /* the correct ones are enough */
    }
    assert_int_equal(quorum_size(4), 3);
    assert_int_equal(quorum_size(5), 4);
    assert_int_equal(quorum_size(6), 5);
    assert_int_equal(quorum_size(7), 5);
    assert_int_equal(quorum_size(10), 7);
    assert_int_equal(quorum_size(64), 43);
}

static void order_is_a_permutation(void **state)
{
    (void)state;
    for (uint16_t n = LIMIT_VALIDATORS_MIN; n <= LIMIT_VALIDATORS; n++) {
        for (uint64_t epoch = 1; epoch < 4; epoch++) {
            struct valset set = valset_of(n);
            set.epoch = epoch;
            for (uint16_t i = 0; i < n; i++) {
                set.validators[i].organisation.bytes[0] = (uint8_t)(i % 5);
            }
            uint16_t order[LIMIT_VALIDATORS];
            cons_leader_order(&set, order);
            uint64_t seen = 0;
            for (uint16_t i = 0; i < n; i++) {
                assert_true(order[i] < n);
                seen |= UINT64_C(1) << order[i];
            }
            assert_true(seen == (n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1));
        }
    }
}

/* One of each organisation in turn; organisation and key ascending; start rotated by epoch. */
static void organisations_are_dealt(void **state)
{
    (void)state;
    struct valset set = valset_of(6);
    set.epoch = 6; /* no rotation */
    const uint8_t organisations[] = {2, 1, 2, 1, 2, 3};
    for (uint16_t i = 0; i < 6; i++) {
        set.validators[i].organisation.bytes[0] = organisations[i];
    }
    uint16_t order[LIMIT_VALIDATORS];
    cons_leader_order(&set, order);
    const uint16_t expected[] = {1, 0, 5, 3, 2, 4};
    assert_memory_equal(order, expected, sizeof expected);
    set.epoch = 7;
    cons_leader_order(&set, order);
    const uint16_t rotated[] = {0, 5, 3, 2, 4, 1};
    assert_memory_equal(order, rotated, sizeof rotated);
}

static void leaders_take_turns(void **state)
{
    (void)state;
    struct rig rig = rig_open(4, 0);
    for (uint64_t view = 1; view < 20; view++) {
        assert_int_equal(cons_leader(rig.cons, view), view % 4);
    }
    rig_close(&rig);
}

static void size_grows_with_validators(void **state)
{
    (void)state;
    for (uint32_t n = LIMIT_VALIDATORS_MIN; n < LIMIT_VALIDATORS; n++) {
        assert_true(cons_size(n) < cons_size(n + 1));
    }
    assert_true(cons_size(LIMIT_VALIDATORS) < 8u * 1024 * 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quorum_table),
        cmocka_unit_test(order_is_a_permutation),
        cmocka_unit_test(organisations_are_dealt),
        cmocka_unit_test(leaders_take_turns),
        cmocka_unit_test(size_grows_with_validators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
