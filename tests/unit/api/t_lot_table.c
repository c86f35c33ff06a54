/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of tables become the JSON of their event, or say what is wrong with them. */
#include "api/lot_table.h"

#include "ledger/provenance/provenance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static struct arena arena;
static struct errors errors;

/* The second row of a table; json is "" where it fails. */
static enum err convert(const char *text, const char **json)
{
    struct csv_table table;
    const struct rule_row *rule = NULL;
    struct bytes out = {NULL, 0};
    arena_free(&arena);
    arena_init(&arena, (size_t)16 << 20);
    assert_int_equal(errors_new(&errors, &arena), OK);
    *json = "";
    enum err err = csv_read(&table, bytes_text(text), 1 << 20, &arena, &errors);
    if (err == OK && table.count < 2) {
        return ERR_MISSING;
    }
    if (err == OK) {
        err = lot_table_type(&rule, &table.rows[0], &table.rows[1], &errors);
    }
    if (err == OK) {
        err = lot_table_row(&out, rule, &table.rows[0], &table.rows[1], &arena, &errors);
    }
    if (err == OK) {
        *json = arena_text(&arena, (const char *)out.data, out.size);
        assert_non_null(*json);
    } else {
        assert_true(errors.count > 0);
        assert_true(errors.items[0].line >= 1);
    }
    return err;
}

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        const char *json;
    } rows[] = {
        {"type,event_time,place,lot,qty,moisture,ash,ncv,facility,month\n"
         "MINE,2026-09-01T06:00:00+08:00,mine-a,06901234567892.R1,1000.5,0.07,0.28,22.4,mine-a,"
         "2026-09\n",
         "{\"lot\":\"06901234567892.R1\",\"qty\":\"1000.5\",\"facility\":\"mine-a\","
         "\"month\":\"2026-09\",\"event\":{\"event_time_ms\":\"2026-09-01T06:00:00+08:00\","
         "\"place\":\"mine-a\"},\"quality\":{\"moisture\":\"0.07\",\"ash\":\"0.28\","
         "\"ncv\":\"22.4\"}}"},
        {"type;inputs;outputs;losses\nWashLot;A 10 | B 5.5;C 9 0.1 0.09 25 - SEGREGATED|D 6 .2 .6 "
         "9;SLURRY 0.5 0.3 0.4\n",
         "{\"inputs\":[{\"lot\":\"A\",\"qty\":\"10\"},{\"lot\":\"B\",\"qty\":\"5.5\"}],"
         "\"outputs\":[{\"lot\":\"C\",\"qty\":\"9\",\"quality\":{\"moisture\":\"0.1\","
         "\"ash\":\"0.09\",\"ncv\":\"25\"},\"model\":\"SEGREGATED\"},{\"lot\":\"D\",\"qty\":\"6\","
         "\"quality\":{\"moisture\":\".2\",\"ash\":\".6\",\"ncv\":\"9\"}}],"
         "\"losses\":[{\"kind\":\"SLURRY\",\"qty\":\"0.5\",\"moisture\":\"0.3\",\"ash\":\"0.4\"}]"
         "}"},
        /* The same column means the quality of one event and a field of another. */
        {"type,lot,moisture\nLOSS,A,0.05\n", "{\"lot\":\"A\",\"moisture\":\"0.05\"}"},
        {"type,lot,moisture\nBLEND,A,0.05\n",
         "{\"lot\":\"A\",\"quality\":{\"moisture\":\"0.05\"}}"},
        {"type,gtin,name.en,name.zh\nPRODUCT,06901234567892,raw,\xE5\x8E\x9F\xE7\x85\xA4\n",
         "{\"gtin\":\"06901234567892\",\"name\":{\"en\":\"raw\",\"zh\":"
         "\"\xE5\x8E\x9F\xE7\x85\xA4\"}"
         "}"},
        /* Other spellings of a lot. */
        {"type,lot,inputs\nBLEND,https://id.gs1.org/01/06901234567892/10/B1,"
         "urn:epc:class:lgtin:6901234.056789.R1 5\n",
         "{\"lot\":\"06901234567892.B1\",\"inputs\":[{\"lot\":\"06901234567892.R1\",\"qty\":\"5\"}]"
         "}"},
        {"type,parts,documents,devices\nLOAD,A | B 5 C,aa bb,belt-1 belt-2\n",
         "{\"parts\":[{\"lot\":\"A\"},{\"lot\":\"B\",\"qty\":\"5\",\"to_lot\":\"C\"}],"
         "\"event\":{\"documents\":[\"aa\",\"bb\"],\"devices\":[\"belt-1\",\"belt-2\"]}}"},
        /* Cells of other events in the same table stay empty. */
        {"type,lot,sscc,qty,use\nUSE,A,,5,POWER\n",
         "{\"lot\":\"A\",\"qty\":\"5\",\"use\":\"POWER\"}"},
        {"type,note\nERROR,\"said \"\"no\"\", <b>\"\n", "{\"note\":\"said \\\"no\\\", <b>\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *json = NULL;
        assert_int_equal(convert(rows[i].table, &json), OK);
        assert_string_equal(json, rows[i].json);
    }
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        enum err err;
        const char *field;
    } rows[] = {
        {"type,lot\nMINING,A\n", ERR_ENUM, "type"},
        {"type,lot\n,A\n", ERR_MISSING, "type"},
        {"lot,qty\nA,5\n", ERR_MISSING, "type"},
        {"type,lot\nSubmitAccount,A\n", ERR_ENUM, "type"},
        {"type,lot,sscc\nUSE,A,106901234567890128\n", ERR_UNKNOWN_FIELD, "sscc"},
        {"type,lot,quality\nMINE,A,good\n", ERR_UNKNOWN_FIELD, "quality"},
        {"type,lot,nothing.here\nMINE,A,x\n", ERR_UNKNOWN_FIELD, "nothing.here"},
        {"type,lot,.\nMINE,A,x\n", ERR_UNKNOWN_FIELD, "."},
        {"type,lot,event.quality\nMINE,A,x\n", ERR_UNKNOWN_FIELD, "event.quality"},
        {"type,lot,lot\nMINE,A,B\n", ERR_TWICE, "lot"},
        {"type,moisture,quality.moisture\nMINE,0.1,0.2\n", ERR_TWICE, "quality.moisture"},
        {"type,inputs\nWASH,A 1 2\n", ERR_LENGTH, "inputs"},
        {"type,outputs\nWASH,A 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18\n", ERR_LENGTH,
         "outputs"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *json = NULL;
        assert_int_equal(convert(rows[i].table, &json), rows[i].err);
        assert_string_equal(errors.items[0].field, rows[i].field);
        assert_int_equal(errors.items[0].line, 2);
    }
}

/* Formulas stay texts, control characters are refused, odd lists end. */
static void hostile(void **state)
{
    (void)state;
    const char *json = NULL;
    assert_int_equal(convert("type,note\nERROR,'=cmd|'/c calc'!A1\n", &json), OK);
    assert_string_equal(json, "{\"note\":\"=cmd|'/c calc'!A1\"}");
    assert_int_equal(convert("type,note\nERROR,a\x01z\n", &json), ERR_TEXT);
    assert_int_equal(convert("type,note\nERROR,\xFF\n", &json), ERR_TEXT);
    assert_int_equal(convert("type,inputs\nWASH,| | |\n", &json), OK);
    assert_string_equal(json, "{\"inputs\":[]}");
    assert_int_equal(convert("type,inputs\nWASH,- - | -\n", &json), OK);
    assert_string_equal(json, "{\"inputs\":[{},{}]}");
    assert_int_equal(convert("type,lot\nMINE,http://\n", &json), OK);
    assert_string_equal(json, "{\"lot\":\"http://\"}");
    char *wide = malloc(16384);
    assert_non_null(wide);
    size_t size = (size_t)sprintf(wide, "type,inputs\nWASH,");
    memset(wide + size, '|', 1900);
    strcpy(wide + size + 1900, "\n");
    assert_int_equal(convert(wide, &json), OK);
    memset(wide + size, 'x', 2001);
    strcpy(wide + size + 2001, "\n");
    assert_int_equal(convert(wide, &json), ERR_LENGTH);
    free(wide);
}

/* Any bytes end as JSON or as an error with a row; the seed is printed. */
static void any_bytes(void **state)
{
    (void)state;
    static const char alphabet[] = "typelotqMINEWASH,;\n\"|- .:=0123456789inputsevent_";
    uint64_t seed = 20260901;
    for (int run = 0; run < 3000; run++) {
        char text[200];
        const uint64_t from = seed;
        size_t size = (size_t)sprintf(text, "type,lot,inputs,event.note\nWASH,");
        for (size_t i = 0; i < 120; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            text[size++] = alphabet[(seed >> 33) % (sizeof alphabet - 1)];
        }
        text[size] = '\0';
        const char *json = NULL;
        const enum err err = convert(text, &json);
        if (err != OK && errors.count == 0 && err != ERR_MISSING) {
            print_error("seed %llu\n", (unsigned long long)from);
        }
        assert_true(err != OK || json[0] == '{');
    }
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(refusals),
        cmocka_unit_test(hostile),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
