/* SPDX-License-Identifier: Apache-2.0 */
/* The published vectors of the event hash, read where they lie beside the project, and our own. */
#include "api/epcis_hash.h"

#include "api/epcis_link.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PUBLISHED SEAM_SOURCE_DIR "/../shared/data/epcis-hash"
#define OWN SEAM_SOURCE_DIR "/tests/vectors/epcis_hash.json"
#define FILE_MAX (1 << 20)

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

/* NULL where there is no such file. */
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = arena_alloc(&arena, FILE_MAX + 1);
    assert_non_null(text);
    text[fread(text, 1, FILE_MAX, file)] = '\0';
    fclose(file);
    return text;
}

static struct json_doc *document(const char *text)
{
    struct json_doc *doc = NULL;
    struct bytes prepared;
    assert_int_equal(epcis_hash_prepare(&prepared, bytes_text(text), &arena), OK);
    assert_int_equal(json_doc_read(&doc, prepared, 2 * FILE_MAX, NULL), OK);
    return doc;
}

/* Checks one document against lines of ids, and lines of hash strings where they are whole. */
static size_t check_document(const char *name, const char *text, char *ids, char *strings)
{
    struct json_doc *doc = document(text);
    const struct json_node *root = json_doc_root(doc);
    const struct json_node *events = json_node_get(json_node_get(root, "epcisBody"), "eventList");
    char *save_ids = NULL;
    char *save_strings = NULL;
    size_t checked = 0;
    for (size_t i = 0; i < json_node_count(events); i++) {
        const char *id = strtok_r(i == 0 ? ids : NULL, "\n", &save_ids);
        const char *string = strtok_r(i == 0 ? strings : NULL, "\n", &save_strings);
        char computed[EPCIS_HASH_SIZE];
        struct bytes canonical;
        assert_int_equal(epcis_hash_string(&canonical, json_node_at(events, i), root, &arena), OK);
        epcis_hash_id(computed, canonical);
        if (strcmp(computed, id) != 0) {
            print_error("%s, event %zu:\n%s\n%s\n", name, i, (const char *)canonical.data, string);
        }
        assert_string_equal(computed, id);
        epcis_hash_id(computed, bytes_text(string));
        if (strcmp(computed, id) == 0) {
            assert_string_equal((const char *)canonical.data, string);
        } else {
            /* One published string is spoilt; its id is not. */
            print_message("%s: the published string does not give the published id\n", name);
        }
        checked++;
    }
    json_doc_free(doc);
    return checked;
}

static char *beside(const char *folder, const char *name, size_t stem, const char *suffix)
{
    char path[600];
    snprintf(path, sizeof path, "%s/%.*s%s", folder, (int)stem, name, suffix);
    return read_file(path);
}

static void published(void **state)
{
    (void)state;
    DIR *folder = opendir(PUBLISHED);
    size_t checked = 0;
    if (folder == NULL) {
        print_message("skipped: the published vectors are not in " PUBLISHED "\n");
        skip();
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const char *suffix = strstr(entry->d_name, ".jsonld");
        if (suffix != NULL) {
            const size_t stem = (size_t)(suffix - entry->d_name);
            checked +=
                check_document(entry->d_name, beside(PUBLISHED, entry->d_name, stem, ".jsonld"),
                               beside(PUBLISHED, entry->d_name, stem, ".hashes"),
                               beside(PUBLISHED, entry->d_name, stem, ".prehashes"));
        }
    }
    closedir(folder);
    assert_true(checked >= 8);
}

/* This one is published as XML only; the events are rebuilt from its hash strings. */
static void published_without_document(void **state)
{
    (void)state;
    static const char name[] = "epcisDocWith2DifferentTransformationEvents";
    static const char text[] =
        "{\"epcisBody\":{\"eventList\":["
        "{\"type\":\"TransformationEvent\",\"eventTime\":\"2019-09-10T10:40:21.3138+02:00\","
        "\"eventTimeZoneOffset\":\"+02:00\",\"outputEPCList\":"
        "[\"urn:epc:id:sgtin:4047111.012345.3333\"],\"inputEPCList\":"
        "[\"urn:epc:id:sgtin:4047111.012345.2222\",\"urn:epc:id:sgtin:4047111.012345.1111\"],"
        "\"bizStep\":\"urn:epcglobal:cbv:bizstep:repairing\",\"disposition\":\"damaged\"},"
        "{\"isA\":\"TransformationEvent\",\"eventTime\":\"2019-09-10T08:40:21.314Z\","
        "\"eventTimeZoneOffset\":\"+02:00\",\"inputEPCList\":"
        "[\"https://shop.example.org/gtin/4047111123453/ser/1111?x=y\"],\"outputEPCList\":"
        "[\"urn:epc:id:sgtin:4047111.012345.3333\",\"urn:epc:id:sgtin:4047111.012345.2222\"],"
        "\"bizStep\":\"repairing\",\"disposition\":\"cbv:Disp-damaged\"}]}}";
    char *ids = beside(PUBLISHED, name, strlen(name), ".hashes");
    char *strings = beside(PUBLISHED, name, strlen(name), ".prehashes");
    if (ids == NULL || strings == NULL) {
        print_message("skipped: the published vectors are not in " PUBLISHED "\n");
        skip();
    }
    assert_int_equal(check_document(name, text, ids, strings), 2);
}

static void our_own(void **state)
{
    (void)state;
    char *text = read_file(OWN);
    assert_non_null(text);
    struct json_doc *doc = document(text);
    const struct json_node *root = json_doc_root(doc);
    const struct json_node *vectors = json_node_get(root, "vectors");
    assert_true(json_node_count(vectors) >= 5);
    for (size_t i = 0; i < json_node_count(vectors); i++) {
        const struct json_node *vector = json_node_at(vectors, i);
        const struct json_node *events = json_node_get(vector, "events");
        assert_true(json_node_count(events) > 0);
        for (size_t j = 0; j < json_node_count(events); j++) {
            char id[EPCIS_HASH_SIZE];
            struct bytes canonical;
            assert_int_equal(epcis_hash_string(&canonical, json_node_at(events, j), root, &arena),
                             OK);
            assert_string_equal((const char *)canonical.data,
                                json_node_text(json_node_get(vector, "string")));
            epcis_hash_id(id, canonical);
            assert_string_equal(id, json_node_text(json_node_get(vector, "id")));
        }
    }
    json_doc_free(doc);
}

static void links(void **state)
{
    (void)state;
    char *text = read_file(OWN);
    struct json_doc *doc = document(text);
    const struct json_node *list = json_node_get(json_doc_root(doc), "links");
    assert_true(json_node_count(list) >= 20);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *pair = json_node_at(list, i);
        const char *expected = json_node_text(json_node_at(pair, 1));
        const char *in = json_node_text(json_node_at(pair, 0));
        char link[EPCIS_LINK_SIZE] = "untouched";
        const bool found = epcis_link(link, in);
        if (found != (expected != NULL)) {
            print_error("%s\n", in);
        }
        assert_int_equal(found, expected != NULL);
        assert_string_equal(link, expected != NULL ? expected : "untouched");
    }
    json_doc_free(doc);
}

static enum err hash_of(const char *event)
{
    struct json_doc *doc = document(event);
    struct bytes canonical;
    const enum err err = epcis_hash_string(&canonical, json_doc_root(doc), NULL, &arena);
    json_doc_free(doc);
    return err;
}

static void refused(void **state)
{
    (void)state;
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\"}"), OK);
    assert_int_equal(hash_of("{\"eventTime\":\"2026-01-01T00:00:00Z\"}"), ERR_MISSING);
    assert_int_equal(hash_of("[]"), ERR_MISSING);
    assert_int_equal(hash_of("{\"type\":7}"), ERR_MISSING);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"eventTime\":\"yesterday\"}"), ERR_TYPE);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"eventTime\":\"2026-01-01T00:00:00.Z\"}"),
                     ERR_TYPE);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"eventTime\":{\"a\":1}}"), ERR_TYPE);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"x:y\":[[1]]}"), ERR_TYPE);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"readPoint\":\"gate\"}"), ERR_TYPE);
    assert_int_equal(hash_of("{\"type\":\"ObjectEvent\",\"quantityList\":[7]}"), ERR_TYPE);
    struct json_doc *doc = NULL;
    struct bytes canonical;
    assert_int_equal(
        json_doc_read(&doc, bytes_text("{\"type\":\"ObjectEvent\",\"x:y\":1.5}"), 100, NULL), OK);
    assert_int_equal(epcis_hash_string(&canonical, json_doc_root(doc), NULL, &arena), ERR_FLOAT);
    json_doc_free(doc);
    /* A small budget ends as an error, never as a wrong id. */
    for (size_t budget = 0; budget < 20000; budget += 160) {
        struct arena small;
        arena_init(&small, budget);
        doc = document("{\"type\":\"ObjectEvent\",\"epcList\":[\"b\",\"a\"],\"ilmd\":{\"x:y\":1}}");
        const enum err err = epcis_hash_string(&canonical, json_doc_root(doc), NULL, &small);
        assert_true(err == OK || err == ERR_MEMORY);
        if (err == OK) {
            assert_string_equal((const char *)canonical.data,
                                "eventType=ObjectEventepcListepc=aepc=bilmdx:y=1");
        }
        json_doc_free(doc);
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published, setup, teardown),
        cmocka_unit_test_setup_teardown(published_without_document, setup, teardown),
        cmocka_unit_test_setup_teardown(our_own, setup, teardown),
        cmocka_unit_test_setup_teardown(links, setup, teardown),
        cmocka_unit_test_setup_teardown(refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
