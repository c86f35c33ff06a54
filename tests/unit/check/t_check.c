/* SPDX-License-Identifier: Apache-2.0 */
/* Each invariant holds in a good state and fails, by its name, when what it guards is broken. */

#include "ledger/check/check.h"

#include "tests/unit/governance/world.h"

#define FIRST 672 /* 2026-01, in months since 1970 */

static struct state_key account_key(enum key_table table, uint32_t number)
{
    struct state_key key = state_key_of(table);
    state_key_id(&key, KEY_FACILITY, "mine-a");
    state_key_u32(&key, number);
    return key;
}

static void put(struct world *world, const struct state_key *key, const ProtobufCMessage *record)
{
    assert_int_equal(view_put(world->state, state_key_bytes(key), record, &world->arena), OK);
}

/* Writes version `version` of a month; gives its hash. */
static struct hash write_version(struct world *world, uint32_t month, uint32_t version,
                                 const struct hash *previous)
{
    Seam__Account account = SEAM__ACCOUNT__INIT;
    Seam__AccountRecord record = SEAM__ACCOUNT_RECORD__INIT;
    char period[16];
    struct hash hash;
    snprintf(period, sizeof period, "2026-%02u", (unsigned)month % 100);
    account.facility = (char *)"mine-a";
    account.period = period;
    account.version = version;
    if (previous != NULL) {
        account.previous.data = (uint8_t *)previous->bytes;
        account.previous.len = HASH_SIZE;
    }
    const struct bytes bytes = world_pack(world, &account.base);
    hash_tagged(&hash, TAG_ACCOUNT, bytes);
    record.account = world_bytes(world, bytes.data, bytes.size);
    record.account_hash = world_bytes(world, hash.bytes, HASH_SIZE);
    struct state_key key = account_key(KEY_ACCOUNT_VERSION, FIRST + month - 1);
    state_key_u32(&key, version);
    put(world, &key, &record.base);
    Seam__AccountHead head = SEAM__ACCOUNT_HEAD__INIT;
    head.facility = (char *)"mine-a";
    head.period = period;
    head.version = version;
    head.account_hash = record.account_hash;
    key = account_key(KEY_ACCOUNT, FIRST + month - 1);
    put(world, &key, &head.base);
    return hash;
}

static void write_head(struct world *world, uint32_t month, uint32_t periods,
                       const struct hash *hash)
{
    Seam__FacilityHead head = SEAM__FACILITY_HEAD__INIT;
    char period[16];
    snprintf(period, sizeof period, "2026-%02u", (unsigned)month % 100);
    head.facility = (char *)"mine-a";
    head.period = period;
    head.periods = periods;
    head.account_hash = world_bytes(world, hash->bytes, HASH_SIZE);
    struct state_key key = state_key_of(KEY_FACILITY_HEAD);
    state_key_id(&key, KEY_FACILITY, "mine-a");
    put(world, &key, &head.base);
}

/* Three months, the second corrected once after the third was filed. */
static void write_chain(struct world *world)
{
    const struct hash january = write_version(world, 1, 1, NULL);
    const struct hash february = write_version(world, 2, 1, &january);
    const struct hash march = write_version(world, 3, 1, &february);
    (void)write_version(world, 2, 2, &february);
    write_head(world, 3, 3, &march);
}

static void holds(struct world *world)
{
    const enum err err = check_state(world->state, &world->detail);
    if (err != OK) {
        print_error("%s: %s: %s\n", world->detail.rule, world->detail.field, world->detail.hint);
    }
    assert_int_equal(err, OK);
}

#define assert_breaks(name_)                                                                       \
    do {                                                                                           \
        memset(&world->detail, 0, sizeof world->detail);                                           \
        assert_int_equal(check_state(world->state, &world->detail), ERR_CORRUPT);                  \
        assert_string_equal(world->detail.rule, name_);                                            \
    } while (0)

static void a_founded_state_holds(void **state)
{
    struct world *world = *state;
    holds(world);
    write_chain(world);
    holds(world);
}

static void registrations_keep_it(void **state)
{
    struct world *world = *state;
    Seam__OrganisationRegister *organisation = world_organisation(world, "washer", "mine");
    Seam__FacilityRegister *facility = world_facility(world, "plant-1");
    assert_ok(world_apply(world, "regulator", organisation_register, &organisation->base));
    assert_ok(world_apply(world, "washer", facility_register, &facility->base));
    holds(world);
}

/* Removes a key from the state and asks which invariant notices. */
static void removed(struct world *world, const struct state_key *key, const char *name)
{
    const size_t mark = overlay_mark(world->state);
    assert_int_equal(overlay_delete(world->state, state_key_bytes(key)), OK);
    assert_breaks(name);
    overlay_rollback(world->state, mark);
    holds(world);
}

static void what_is_missing_is_noticed(void **state)
{
    struct world *world = *state;
    write_chain(world);
    struct state_key key = state_key_named(KEY_PERSON, "mine.b");
    removed(world, &key, "people-and-keys");
    const struct hash id = world_key_id("group.a");
    key = state_key_of(KEY_KEY);
    state_key_hash(&key, &id);
    removed(world, &key, "people-and-keys");
    key = state_key_list(KEY_FACILITY, NULL, 0);
    removed(world, &key, "facilities-and-boundaries");
    key = account_key(KEY_BOUNDARY, 1);
    removed(world, &key, "facilities-and-boundaries");
    key = state_key_of(KEY_PARAMETER_SET_HASH);
    state_key_hash(&key, &world->set_hash);
    removed(world, &key, "sets-are-their-hashes");
    key = state_key_of(KEY_VALIDATORS);
    removed(world, &key, "validators-are-a-set");
    key = account_key(KEY_ACCOUNT, FIRST + 1);
    removed(world, &key, "months-are-dense");
    key = account_key(KEY_ACCOUNT_VERSION, FIRST + 1);
    state_key_u32(&key, 1);
    removed(world, &key, "heads-match-versions");
}

static void what_is_too_much_is_noticed(void **state)
{
    struct world *world = *state;
    write_chain(world);
    size_t mark = overlay_mark(world->state);
    const struct hash nothing = {{1}};
    (void)write_version(world, 4, 1, &nothing); /* beyond the head */
    assert_breaks("months-are-dense");
    overlay_rollback(world->state, mark);
    const struct hash third = write_version(world, 3, 1, &nothing); /* follows nothing */
    write_head(world, 3, 3, &third);
    assert_breaks("heads-match-versions");
    overlay_rollback(world->state, mark);
    write_head(world, 3, 3, &nothing);
    assert_breaks("heads-match-versions");
    overlay_rollback(world->state, mark);
    write_head(world, 3, 4, &third);
    assert_breaks("months-are-dense");
    overlay_rollback(world->state, mark);
    Seam__ListEntry entry = SEAM__LIST_ENTRY__INIT;
    entry.id = (char *)"mine";
    const struct state_key key = state_key_list(KEY_ORGANISATION, NULL, 4);
    put(world, &key, &entry.base);
    assert_breaks("people-and-keys");
    overlay_rollback(world->state, mark);
    holds(world);
}

static enum err no_disk(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_STORAGE;
}

static void a_failing_disk_is_no_broken_invariant(void **state)
{
    (void)state;
    const struct state_base base = {.get = no_disk};
    struct overlay *overlay = overlay_new(NULL, &base);
    struct err_detail detail = {0};
    assert_int_equal(check_state(overlay, &detail), ERR_STORAGE);
    overlay_drop(overlay);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(a_founded_state_holds),
        T(registrations_keep_it),
        T(what_is_missing_is_noticed),
        T(what_is_too_much_is_noticed),
        T(a_failing_disk_is_no_broken_invariant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
