/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of states: sound, the same as docs/lots.md draws, and what a record may not be. */

#include "tests/unit/provenance/world.h"

static char *page(struct world *world)
{
    FILE *file = fopen(SEAM_SOURCE_DIR "/docs/lots.md", "rb");
    assert_non_null(file);
    char *text = world_alloc(world, 65536);
    const size_t size = fread(text, 1, 65535, file);
    fclose(file);
    assert_true(size > 0);
    return text;
}

/* The rows behind "| lot | may become |" are those of the table, in its order, and no others. */
static void same_picture(const char *text, const struct sm_table *table)
{
    char line[256];
    snprintf(line, sizeof line, "| %s | may become |\n|---|---|\n", table->name);
    const char *at = strstr(text, line);
    assert_non_null(at);
    at += strlen(line);
    for (uint8_t i = 0; i < table->count; i++) {
        size_t size = (size_t)snprintf(line, sizeof line, "| %s | ", table->rows[i].name);
        const char *comma = "";
        for (uint8_t k = 0; k < table->count; k++) {
            if ((table->rows[i].next & SM_TO(k)) != 0) {
                size += (size_t)snprintf(line + size, sizeof line - size, "%s%s", comma,
                                         table->rows[k].name);
                comma = ", ";
            }
        }
        snprintf(line + size, sizeof line - size, "%s |\n", comma[0] == '\0' ? "–" : "");
        if (strncmp(at, line, strlen(line)) != 0) {
            fail_msg("docs/lots.md: %s: expected %s", table->name, line);
        }
        at += strlen(line);
    }
    assert_int_equal(*at, '\n');
}

static void tables(void **state)
{
    struct world *world = *state;
    const char *text = page(world);
    const struct sm_table *const machines[] = {&lot_machine, &load_machine, &offer_machine};
    for (size_t i = 0; i < 3; i++) {
        assert_true(sm_valid(machines[i]));
        same_picture(text, machines[i]);
    }
}

/* Every row of the table stands in the page with its operation. */
static void operations(void **state)
{
    struct world *world = *state;
    const char *text = page(world);
    char line[128];
    for (size_t i = 0; i < provenance_rules.count; i++) {
        const struct rule_row *row = &provenance_rules.rows[i];
        snprintf(line, sizeof line, "| %u %s | %s | ", (unsigned)row->type, row->name,
                 row->operation);
        const char *at = strstr(text, line);
        if (at == NULL) {
            fail_msg("docs/lots.md has no %s", line);
        }
        const char *signs = strstr(at + strlen(line), " | ");
        assert_non_null(signs);
        assert_int_equal(signs[3] - '0', row->signatures);
    }
}

/* Who may send what: who handles no coal, nothing; a carrier neither mines, washes nor uses. */
static void roles(void **state)
{
    (void)state;
    const uint32_t outside = ROLE_VERIFIER | ROLE_REGULATOR | ROLE_DESK | ROLE_LABORATORY |
                             ROLE_SETTLEMENT | ROLE_AUTHORITY | ROLE_REGISTRAR;
    for (size_t i = 0; i < provenance_rules.count; i++) {
        assert_int_equal(provenance_rules.rows[i].roles & outside, 0);
    }
    static const uint32_t not_carrier[] = {LOT_MINE_TYPE, LOT_WASH_TYPE, LOT_USE_TYPE};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(world_row(not_carrier[i])->roles & ROLE_CARRIER, 0);
    }
    assert_int_equal(world_row(LOT_MINE_TYPE)->roles & ROLE_USER, 0);
    assert_int_not_equal(world_row(LOT_DEPART_TYPE)->roles & ROLE_CARRIER, 0);
}

static Seam__LotRecord sound(Seam__LotOrigin **origins)
{
    Seam__LotRecord lot = SEAM__LOT_RECORD__INIT;
    lot.owner = (char *)"mine";
    lot.custodian = (char *)"mine";
    lot.place = (char *)"mine-a";
    lot.qty_kg = 60;
    lot.created_kg = 100;
    lot.used_kg = 50;
    lot.gained_kg = 10;
    lot.origins = origins;
    lot.n_origins = 1;
    return lot;
}

static void invariants(void **state)
{
    (void)state;
    Seam__LotOrigin origin = SEAM__LOT_ORIGIN__INIT;
    Seam__LotOrigin *origins[] = {&origin};
    origin.share_ppm = 1000000;
    Seam__LotRecord lot = sound(origins);
    assert_true(lot_sound(&lot));
#define BREAK(change)                                                                              \
    do {                                                                                           \
        lot = sound(origins);                                                                      \
        change;                                                                                    \
        assert_false(lot_sound(&lot));                                                             \
    } while (0)
    BREAK(lot.qty_kg = 61);
    BREAK(lot.used_kg = 49);
    BREAK(lot.lost_kg = -1; lot.used_kg = 51);
    BREAK(lot.state = LOT_CLOSED);
    BREAK(lot.state = LOT_LOADED);
    BREAK(lot.sscc = (char *)"1");
    BREAK(lot.state = 6);
    BREAK(lot.qty_kg = 0; lot.used_kg = 110);
    BREAK(lot.claim_kg = 61);
    BREAK(lot.moisture_e4 = 10000);
    BREAK(lot.ash_e4 = 10001);
    BREAK(lot.carbon_e4 = 1);
    BREAK(lot.has_carbon = true; lot.carbon_e4 = 8000; lot.ash_e4 = 2001);
    BREAK(lot.model = MODEL_COUNT);
    BREAK(lot.owner = (char *)"");
    BREAK(lot.voided_kg = 1; lot.used_kg = 49);
    origin.share_ppm = 999999;
    lot = sound(origins);
    assert_false(lot_sound(&lot));
}

static void loads_and_names(void **state)
{
    (void)state;
    char *lots[] = {(char *)"a"};
    uint8_t id[HASH_SIZE] = {1};
    Seam__LoadRecord load = SEAM__LOAD_RECORD__INIT;
    load.custodian = (char *)"carrier";
    load.lots = lots;
    load.n_lots = 1;
    assert_true(load_sound(&load));
    load.state = LOAD_IN_TRANSIT;
    assert_false(load_sound(&load));
    load.legs = 1;
    load.depart_event = (ProtobufCBinaryData){.len = HASH_SIZE, .data = id};
    assert_true(load_sound(&load));
    load.state = 4;
    assert_false(load_sound(&load));
    load.offer_expires_ms = 5;
    assert_true(load_offered(&load, 5));
    assert_false(load_offered(&load, 6));
    assert_string_equal(model_name(MODEL_MASS_BALANCE), "MASS_BALANCE");
    assert_string_equal(model_name(MODEL_COUNT), "?");
}

/* The rules that are published are those of the file; changing one is a new version (D7). */
static void rules_are_fixed(void **state)
{
    struct world *world = *state;
    struct set set;
    char hash[2 * HASH_SIZE + 1];
    world_set(world, &set);
    hex_encode(hash, hash_bytes(&set.hash));
    assert_string_equal(hash, "577ab7b0c4399a4395ad04518b6625eff2e302fa1a663d85e2d47557ea4d17de");
    for (size_t i = 0; i < set.message->n_values; i++) {
        assert_string_equal(set.message->values[i]->grade, "choice"); /* none of them was seen */
    }
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
    const struct CMUnitTest tests[] = {
        T(tables), T(operations), T(roles), T(invariants), T(loads_and_names), T(rules_are_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
