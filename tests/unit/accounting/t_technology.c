/* SPDX-License-Identifier: Apache-2.0 */
/* Choose and justify [methodology part 8]: every comparison of tests/vectors/technology/, and what
 * another technology set may and may not be. */
#include "ledger/accounting/technology.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define FOLDER SEAM_SOURCE_DIR "/tests/vectors/technology"
#define TEXT_MAX (256 * 1024)

static char text[TEXT_MAX];

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    assert_true(size < sizeof text);
    return bytes_of(text, size);
}

static const char *text_at(const struct json_node *node, const char *key)
{
    return json_node_text(json_node_get(node, key));
}

static void same_grams(const char *name, const struct json_node *expect, const char *key,
                       int64_t got)
{
    int64_t want = 0;
    const struct json_node *node = json_node_get(expect, key);
    if (node == NULL) {
        return;
    }
    assert_true(json_node_integer(node, &want));
    if (want != got) {
        fail_msg("%s: %s is %lld, expected %lld", name, key, (long long)got, (long long)want);
    }
}

static void same_option(const char *name, const struct json_node *expect,
                        const Seam__TechnologyOption *got)
{
    assert_string_equal(got->technology, text_at(expect, "technology"));
    same_grams(name, expect, "destroyed_ch4_g", got->destroyed_ch4_g);
    same_grams(name, expect, "avoided_g", got->avoided_g);
    same_grams(name, expect, "oxidation_g", got->oxidation_g);
    same_grams(name, expect, "electricity_g", got->electricity_g);
    same_grams(name, expect, "heat_g", got->heat_g);
    same_grams(name, expect, "auxiliary_g", got->auxiliary_g);
    same_grams(name, expect, "net_g", got->net_g);
}

static void check_lists(const char *name, const struct json_node *expect,
                        const Seam__TechnologyResult *got)
{
    const struct json_node *ranked = json_node_get(expect, "ranked");
    const struct json_node *names = json_node_get(expect, "ranked_names");
    const struct json_node *rejected = json_node_get(expect, "rejected");
    const struct json_node *options = json_node_get(expect, "options");
    if (ranked != NULL) {
        assert_int_equal(got->n_ranked, json_node_count(ranked));
    }
    for (size_t i = 0; i < json_node_count(ranked); i++) {
        same_option(name, json_node_at(ranked, i), got->ranked[i]);
    }
    if (names != NULL) {
        assert_int_equal(got->n_ranked, json_node_count(names));
    }
    for (size_t i = 0; i < json_node_count(names); i++) {
        assert_string_equal(got->ranked[i]->technology, json_node_text(json_node_at(names, i)));
    }
    if (rejected != NULL) {
        assert_int_equal(got->n_rejected, json_node_count(rejected));
    }
    for (size_t i = 0; i < json_node_count(rejected); i++) {
        const struct json_node *one = json_node_at(rejected, i);
        assert_string_equal(got->rejected[i]->technology, text_at(one, "technology"));
        assert_string_equal(got->rejected[i]->reason, text_at(one, "reason"));
    }
    for (size_t i = 0; i < json_node_count(options); i++) {
        const struct json_node *one = json_node_at(options, i);
        bool found = false;
        for (size_t k = 0; k < got->n_ranked; k++) {
            if (strcmp(got->ranked[k]->technology, text_at(one, "technology")) == 0) {
                same_option(name, one, got->ranked[k]);
                found = true;
            }
        }
        assert_true(found);
    }
}

static void check_result(const char *name, const struct json_node *expect,
                         const Seam__TechnologyResult *got)
{
    bool vent = false;
    check_lists(name, expect, got);
    if (json_node_bool(json_node_get(expect, "must_not_vent"), &vent)) {
        assert_int_equal(got->must_not_vent, vent);
    }
    if (text_at(expect, "justification") != NULL) {
        assert_string_equal(got->justification, text_at(expect, "justification"));
    }
    if (text_at(expect, "advice") != NULL) {
        assert_string_equal(got->advice, text_at(expect, "advice"));
    }
    for (size_t i = 0; i < got->n_ranked; i++) {
        const Seam__TechnologyOption *one = got->ranked[i];
        assert_true(i == 0 || got->ranked[i - 1]->net_g >= one->net_g);
        assert_int_equal(one->net_g, one->avoided_g - one->oxidation_g + one->electricity_g +
                                         one->heat_g - one->auxiliary_g);
        assert_int_equal(one->remaining_g, got->baseline_g - one->net_g);
        assert_true(one->avoided_g <= got->baseline_g);
    }
}

static enum err compare(const Seam__TechnologyResult **out, const struct json_node *file,
                        const struct set *set, struct arena *arena, struct errors *errors)
{
    const Seam__TechnologyFile *message = NULL;
    assert_int_equal(errors_new(errors, arena), OK);
    const enum err err = technology_file_read_node(&message, file, NULL, arena, errors);
    return err == OK ? technology_compare(out, message, set, arena, errors) : err;
}

static void run_vector(const char *path, const char *name)
{
    struct arena arena;
    struct json_doc *doc = NULL;
    struct errors errors;
    struct set set;
    const Seam__TechnologyResult *got = NULL;
    arena_init(&arena, 16 * 1024 * 1024);
    assert_int_equal(errors_new(&errors, &arena), OK);
    assert_int_equal(technology_default(&set, &arena, &errors), OK);
    assert_int_equal(json_doc_read(&doc, read_file(path), TEXT_MAX, NULL), OK);
    const struct json_node *expect = json_node_get(json_doc_root(doc), "expect");
    const enum err err =
        compare(&got, json_node_get(json_doc_root(doc), "file"), &set, &arena, &errors);
    const char *error = text_at(expect, "error");
    if (error != NULL) {
        if (err == OK) {
            fail_msg("%s: accepted", name);
        }
        assert_null(got);
        if (strcmp(err_name(err), error) != 0) {
            fail_msg("%s: %s", name, err_name(err));
        }
        assert_string_equal(errors.items[0].field, text_at(expect, "field"));
    } else {
        if (err != OK) {
            fail_msg("%s: %s in %s", name, err_name(err), errors.items[0].field);
        }
        check_result(name, expect, got);
    }
    json_doc_free(doc);
    arena_free(&arena);
}

static void vectors(void **state)
{
    (void)state;
    DIR *folder = opendir(FOLDER);
    assert_non_null(folder);
    unsigned count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (strstr(entry->d_name, ".json") != NULL) {
            char path[512];
            snprintf(path, sizeof path, "%s/%.200s", FOLDER, entry->d_name);
            run_vector(path, entry->d_name);
            count++;
        }
    }
    closedir(folder);
    assert_true(count >= 26);
}

/* --- another set -------------------------------------------------------------------------------*/

struct vendor {
    struct arena arena;
    struct errors errors;
    struct set set;
};

/* The default set with one value changed (key, value) or taken away (value NULL). */
static enum err vendor_set(struct vendor *vendor, const char *key, const char *to,
                           const char *edition)
{
    struct set base;
    struct bytes bytes;
    arena_init(&vendor->arena, 16 * 1024 * 1024);
    assert_int_equal(errors_new(&vendor->errors, &vendor->arena), OK);
    assert_int_equal(technology_default(&base, &vendor->arena, &vendor->errors), OK);
    Seam__ParameterSet copy = *base.message;
    Seam__ParameterValue *values[200];
    Seam__ParameterValue changed;
    copy.values = values;
    copy.n_values = 0;
    bool found = key == NULL;
    for (size_t i = 0; i < base.message->n_values; i++) {
        Seam__ParameterValue *value = base.message->values[i];
        if (key != NULL && strcmp(value->key, key) == 0) {
            found = true;
            if (to == NULL) {
                continue;
            }
            changed = *value;
            changed.value = (char *)to;
            value = &changed;
        }
        values[copy.n_values++] = value;
    }
    assert_true(found);
    copy.edition = (char *)(edition != NULL ? edition : copy.edition);
    assert_int_equal(message_pack(&bytes, &copy.base, &vendor->arena), OK);
    return set_decode(&vendor->set, bytes, &vendor->arena, NULL);
}

static enum err vendor_table(struct vendor *vendor, const char *source, struct technology *rows,
                             size_t *count)
{
    return technology_table(rows, count, &vendor->set, source, &vendor->errors);
}

static void table_of_the_default(void **state)
{
    (void)state;
    static const char *const drainage[] = {"CHP", "BOILER", "FLARE", "BLEND_RTO"};
    struct vendor vendor;
    struct technology rows[TECHNOLOGY_SOURCE_MAX];
    size_t count = 0;
    assert_int_equal(vendor_set(&vendor, NULL, NULL, NULL), OK);
    assert_int_equal(vendor_table(&vendor, "drainage", rows, &count), OK);
    assert_int_equal(count, 4);
    /* a changed document is a new version, never an edit */
    char hash[2 * HASH_SIZE + 1];
    hex_encode(hash, hash_bytes(&vendor.set.hash));
    assert_string_equal(hash, "4787a16e1460590373651873d84f1c27a7737914c73d06c5c305489fd9ea8a39");
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(rows[i].name, drainage[i]);
        assert_true(rows[i].unsourced);
    }
    assert_int_equal(dec_compare(rows[0].c_min_transport, dec_of(9, 2)), 0);
    assert_int_equal(dec_compare(rows[1].c_min_transport, rows[1].c_min), 0);
    assert_int_equal(vendor_table(&vendor, "ventilation", rows, &count), OK);
    assert_int_equal(count, 2);
    arena_free(&vendor.arena);
}

static void refused_set(const char *key, const char *to, const char *edition, enum err want,
                        const char *field)
{
    struct vendor vendor;
    struct technology rows[TECHNOLOGY_SOURCE_MAX];
    size_t count = 0;
    assert_int_equal(vendor_set(&vendor, key, to, edition), OK);
    assert_int_equal(vendor_table(&vendor, "drainage", rows, &count), want);
    assert_string_equal(vendor.errors.items[0].field, field);
    arena_free(&vendor.arena);
}

static void sets_that_are_none(void **state)
{
    (void)state;
    refused_set(NULL, NULL, "CN-1", ERR_SET, "parameter_set");
    refused_set("drainage.1.CHP.availability", NULL, NULL, ERR_PARAM, "CHP.availability");
    refused_set("drainage.4.BLEND_RTO.aux", NULL, NULL, ERR_PARAM, "BLEND_RTO.aux");
    refused_set("drainage.2.BOILER.eta_heat", "1.000001", NULL, ERR_PARAM,
                "drainage.2.BOILER.eta_heat");
    refused_set("drainage.3.FLARE.aux", "-1", NULL, ERR_PARAM, "drainage.3.FLARE.aux");
}

/* A constant that is missing is named too. */
static void missing_constant(void **state)
{
    (void)state;
    struct vendor vendor;
    struct json_doc *doc = NULL;
    const Seam__TechnologyResult *got = NULL;
    assert_int_equal(vendor_set(&vendor, "ch4.lhv", NULL, NULL), OK);
    assert_int_equal(json_doc_read(&doc, read_file(FOLDER "/W50.1.json"), TEXT_MAX, NULL), OK);
    assert_int_equal(compare(&got, json_node_get(json_doc_root(doc), "file"), &vendor.set,
                             &vendor.arena, &vendor.errors),
                     ERR_PARAM);
    assert_string_equal(vendor.errors.items[0].field, "ch4.lhv");
    json_doc_free(doc);
    arena_free(&vendor.arena);
}

/* A vendor's availability changes the ranking; what the vendor did not touch stays. */
static void vendor_data_count(void **state)
{
    (void)state;
    struct vendor vendor;
    struct json_doc *doc = NULL;
    const Seam__TechnologyResult *got = NULL;
    assert_int_equal(vendor_set(&vendor, "drainage.1.CHP.availability", "0.5", NULL), OK);
    assert_int_equal(json_doc_read(&doc, read_file(FOLDER "/W50.1.json"), TEXT_MAX, NULL), OK);
    assert_int_equal(compare(&got, json_node_get(json_doc_root(doc), "file"), &vendor.set,
                             &vendor.arena, &vendor.errors),
                     OK);
    assert_string_equal(got->ranked[0]->technology, "BOILER");
    assert_true(got->ranked[0]->net_g == INT64_C(199400205352));
    assert_string_equal(got->ranked[2]->technology, "CHP");
    json_doc_free(doc);
    arena_free(&vendor.arena);
}

/* Two technologies with the same numbers stand in the order of the set. */
static void ties(void **state)
{
    (void)state;
    static const char json[] =
        "{\"source\":\"DRAINAGE\",\"ch4\":\"0.5\",\"flow\":{\"value\":\"10\",\"unit\":\"Nm3/min\"},"
        "\"hours\":\"0\",\"heat_demand\":{\"value\":\"0\",\"unit\":\"GJ\"},"
        "\"ef_electricity\":{\"value\":\"0.5\",\"unit\":\"tCO2/MWh\"},"
        "\"ef_heat\":{\"value\":\"0.1\",\"unit\":\"tCO2/GJ\"},\"gwp\":\"28\"}";
    static const char *const order[] = {"CHP", "BOILER", "FLARE"};
    struct vendor vendor;
    const Seam__TechnologyFile *file = NULL;
    const Seam__TechnologyResult *got = NULL;
    struct bytes out;
    assert_int_equal(vendor_set(&vendor, NULL, NULL, NULL), OK);
    assert_int_equal(technology_file_read(&file, bytes_text(json), &vendor.arena, &vendor.errors),
                     OK);
    assert_int_equal(technology_compare(&got, file, &vendor.set, &vendor.arena, &vendor.errors),
                     OK);
    assert_int_equal(got->n_ranked, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(got->ranked[i]->technology, order[i]);
        assert_int_equal(got->ranked[i]->net_g, 0);
    }
    assert_int_equal(technology_result_json(&out, got, &vendor.arena), OK);
    assert_true(out.size > 100);
    arena_free(&vendor.arena);
}

/* Every field of the messages has its row, and no row is left over. */
static void every_field_has_a_row(void **state)
{
    (void)state;
    static const ProtobufCMessageDescriptor *const types[] = {
        &seam__technology_auxiliary__descriptor, &seam__technology_file__descriptor,
        &seam__technology_option__descriptor, &seam__technology_reject__descriptor,
        &seam__technology_result__descriptor};
    size_t fields = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (unsigned k = 0; k < types[i]->n_fields; k++) {
            bool found = false;
            for (size_t j = 0; j < technology_fields.count; j++) {
                const struct field_row *row = &technology_fields.rows[j];
                found = found || (row->message == types[i] &&
                                  strcmp(row->field, types[i]->fields[k].name) == 0);
            }
            if (!found) {
                fail_msg("%s.%s has no row", types[i]->short_name, types[i]->fields[k].name);
            }
            fields++;
        }
    }
    assert_int_equal(fields, technology_fields.count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors),
                                       cmocka_unit_test(table_of_the_default),
                                       cmocka_unit_test(sets_that_are_none),
                                       cmocka_unit_test(missing_constant),
                                       cmocka_unit_test(vendor_data_count),
                                       cmocka_unit_test(ties),
                                       cmocka_unit_test(every_field_has_a_row)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
