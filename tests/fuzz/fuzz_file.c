/* SPDX-License-Identifier: Apache-2.0 */
/* Files that people write: the first byte chooses a scenario of technologies, a year's file, a
 * parameter set as a document or as its canonical bytes, or a document around a transaction or a
 * bundle. What is taken has one canonical form, read again it is the same; what is refused is
 * refused with a name. */

#include "ledger/accounting/annual.h"
#include "ledger/accounting/technology.h"
#include "ledger/chain/bundle.h"
#include "ledger/codec/document.h"
#include "ledger/codec/json_in.h"
#include "ledger/codec/message.h"
#include "tests/fuzz/fuzz.h"
#include "tools/tx_file.h"

#define INPUT_MAX 65536

struct run {
    struct bytes in;
    struct arena arena;
    struct errors errors;
};

static void is_refused(const struct run *run, enum err err)
{
    check(err == OK || err == ERR_MEMORY || (run->errors.count > 0 && run->errors.items[0].err));
}

static void has_one_form(struct run *run, const ProtobufCMessage *message)
{
    ProtobufCMessage *again = NULL;
    struct bytes packed;
    struct bytes twice;
    check(message_pack(&packed, message, &run->arena) == OK);
    check(message_unpack(&again, message->descriptor, packed, LIMIT_TX, &run->arena, NULL) == OK);
    check(message_pack(&twice, again, &run->arena) == OK && bytes_equal(packed, twice));
}

static void try_technology(struct run *run)
{
    const Seam__TechnologyFile *file = NULL;
    const Seam__TechnologyResult *result = NULL;
    struct set set;
    struct bytes text;
    enum err err = technology_file_read(&file, run->in, &run->arena, &run->errors);
    is_refused(run, err);
    if (err != OK) {
        return;
    }
    has_one_form(run, &file->base);
    check(technology_default(&set, &run->arena, &run->errors) == OK);
    err = technology_compare(&result, file, &set, &run->arena, &run->errors);
    is_refused(run, err);
    if (err == OK) {
        check(technology_result_json(&text, result, &run->arena) == OK && text.size > 0);
    }
}

static void try_annual(struct run *run)
{
    const Seam__AnnualFile *file = NULL;
    struct json_doc *doc = NULL;
    if (json_doc_read(&doc, run->in, LIMIT_HTTP_BODY, NULL) != OK) {
        return;
    }
    const enum err err =
        annual_file_read_node(&file, json_doc_root(doc), NULL, &run->arena, &run->errors);
    is_refused(run, err);
    if (err == OK) {
        has_one_form(run, &file->base);
    }
    json_doc_free(doc);
}

/* What the formulas ask of a set they must find in one that was taken. */
static void use_set(const struct set *set)
{
    for (size_t i = 0; i < set->message->n_values; i++) {
        const Seam__ParameterValue *value = set->message->values[i];
        check(set_value(set, value->key) == value);
        (void)set_dec(value);
    }
    for (size_t i = 0; i < set->message->n_fuels; i++) {
        check(set_fuel(set, set->message->fuels[i]->fuel) != NULL);
    }
    for (size_t i = 0; i < set->message->n_grid_factors; i++) {
        check(set_grid(set, set->message->grid_factors[i]->key) != NULL);
    }
}

static void try_set(struct run *run)
{
    struct set set;
    struct set again;
    const enum err err = set_read_json(&set, run->in, &run->arena, &run->errors);
    is_refused(run, err);
    if (err == OK) {
        check(set_decode(&again, set.bytes, &run->arena, NULL) == OK);
        check(hash_equal(&set.hash, &again.hash));
        use_set(&set);
    }
}

static void try_set_bytes(struct run *run)
{
    struct set set;
    struct set stored;
    struct bytes packed;
    if (set_decode(&set, run->in, &run->arena, NULL) == OK) {
        check(message_pack(&packed, &set.message->base, &run->arena) == OK);
        check(bytes_equal(packed, run->in));
        check(set_stored(&stored, run->in, &run->arena, NULL) == OK);
        check(hash_equal(&set.hash, &stored.hash));
        use_set(&set);
    }
    /* What the ledger holds is not asked for its form again, and must not harm either. */
    if (set_stored(&stored, run->in, &run->arena, NULL) == OK) {
        use_set(&stored);
    }
}

static void try_document(struct run *run, const struct document_form *form)
{
    struct bytes inside;
    struct bytes again;
    if (document_read(&inside, form, run->in, &run->arena, NULL) == OK) {
        check(document_write(&again, form, inside, &run->arena, NULL) == OK);
        check(bytes_equal(again, run->in));
    }
}

static void try_transaction(struct run *run)
{
    try_document(run, &tx_form);
}

static void try_bundle(struct run *run)
{
    try_document(run, &bundle_form);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const kinds[])(struct run *) = {try_technology, try_annual,      try_set,
                                                  try_set_bytes,  try_transaction, try_bundle};
    struct run run;
    if (size < 1 || size > INPUT_MAX) {
        return 0;
    }
    run.in = bytes_of(data + 1, size - 1);
    arena_init(&run.arena, (size_t)64 << 20);
    if (errors_new(&run.errors, &run.arena) == OK) {
        kinds[data[0] % (sizeof kinds / sizeof kinds[0])](&run);
    }
    arena_free(&run.arena);
    return 0;
}
