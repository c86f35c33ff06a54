/* SPDX-License-Identifier: Apache-2.0 */
/* Findings [KSSJ 6.1c]: people write words, the ledger signs their salted hash (decision D3). The
 * words go into the detached part here, with a fresh salt; whoever made that part elsewhere sends
 * it as "detached", as for every other transaction. */

#include "api/operations.h"

#include "api/submit.h"
#include "ledger/assurance/assurance.h"
#include "ledger/assurance/finding.h"
#include "ledger/codec/field_check.h"
#include "ledger/crypto/box.h"

#include <assert.h>
#include <string.h>

#define KEYS_MAX 16

/* The names of the two texts of each operation; the second one may be none. */
struct words {
    const char *first;
    const char *second;
    bool required;
};

static const struct words raise_words = {"text", NULL, true};
static const struct words answer_words = {"cause", "correction", true};
static const struct words close_words = {"text", NULL, false};

static enum err read_words(struct call *call, const struct words *words, Seam__FindingText *text,
                           bool *given)
{
    const char *first = NULL;
    const char *second = NULL;
    uint8_t random[BOX_KEY_SIZE];
    struct bytes salt;
    enum err err = call_text(call, words->first, words->required, &first);
    if (err == OK && words->second != NULL) {
        err = call_text(call, words->second, false, &second);
    }
    if (err != OK) {
        return err;
    }
    box_key_random(random);
    if (!arena_copy(&call->arena, bytes_of(random, FINDING_SALT_SIZE), &salt)) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    seam__finding_text__init(text);
    text->salt = (ProtobufCBinaryData){salt.size, (uint8_t *)(uintptr_t)salt.data};
    text->text = (char *)(uintptr_t)(first != NULL ? first : "");
    text->correction = (char *)(uintptr_t)(second != NULL ? second : "");
    *given = first != NULL || second != NULL;
    return OK;
}

/* All three payloads name their words by a field of the same name. */
static ProtobufCBinaryData *text_hash_of(ProtobufCMessage *payload)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(payload->descriptor, "text_hash");
    assert(field != NULL && field->type == PROTOBUF_C_TYPE_BYTES);
    return (ProtobufCBinaryData *)(void *)((uint8_t *)payload + field->offset);
}

static enum err submit_words(struct call *call, const struct rule_row *row,
                             const struct words *words, const char *const *keys)
{
    Seam__FindingText text;
    ProtobufCMessage *payload = NULL;
    struct bytes detached = {NULL, 0};
    struct hash hash;
    bool given = false;
    enum err err = read_words(call, words, &text, &given);
    if (err == OK) {
        err = errors_new(&call->errors, &call->arena);
    }
    if (err == OK) {
        err = json_in_message(&payload, row->payload, &call->api->fields, call->root, keys,
                              &call->arena, &call->errors);
    }
    if (err == OK && given) {
        finding_text_hash(&hash, &text);
        *text_hash_of(payload) = (ProtobufCBinaryData){HASH_SIZE, hash.bytes};
        err = field_check(&text.base, &call->api->fields, &call->arena, &call->errors);
    }
    if (err == OK) {
        err = field_check(payload, &call->api->fields, &call->arena, &call->errors);
    }
    if (err == OK && given) {
        err = message_pack(&detached, &text.base, &call->arena);
    }
    return err == OK ? submit_payload(call, row, payload, detached, NULL) : err;
}

static enum err finding(struct call *call, const char *name, const struct words *words)
{
    const char *keys[KEYS_MAX] = {words->first};
    const struct rule_row *row = exec_row_by_name(name);
    size_t count = 1;
    assert(row != NULL);
    if (json_node_get(call->root, "detached") != NULL) {
        const bool both =
            json_node_get(call->root, words->first) != NULL ||
            (words->second != NULL && json_node_get(call->root, words->second) != NULL);
        return both ? call_fail(call, ERR_TWICE, words->first, NULL,
                                "the words stand in detached already")
                    : op_rule(call, row);
    }
    if (words->second != NULL) {
        keys[count++] = words->second;
    }
    for (size_t i = 0; submit_keys[i] != NULL; i++) {
        assert(count + 1 < KEYS_MAX);
        keys[count++] = submit_keys[i];
    }
    return submit_words(call, row, words, keys);
}

static enum err op_raise_finding(struct call *call, const struct rule_row *row)
{
    (void)row;
    return finding(call, "FINDING_RAISE", &raise_words);
}

static enum err op_answer_finding(struct call *call, const struct rule_row *row)
{
    (void)row;
    return finding(call, "FINDING_ANSWER", &answer_words);
}

static enum err op_close_finding(struct call *call, const struct rule_row *row)
{
    (void)row;
    return finding(call, "FINDING_CLOSE", &close_words);
}

const struct operation finding_operations[] = {
    {"RaiseFinding", op_raise_finding, NULL, false,
     "Raises a finding, or comments on a single field; the words stay off the signed body.",
     "engagement!, number!, kind!, facility!, period!, version!, category?, code?, source?, "
     "detail?, field?, effect_g?, size_t?, refs?, basis?, text?, detached?, " OPERATION_WRITE},
    {"AnswerFinding", op_answer_finding, NULL, false,
     "Answers a finding with its cause and correction, and whether its effect is agreed.",
     "engagement!, number!, agrees?, evidence?, cause?, correction?, detached?, " OPERATION_WRITE},
    {"CloseFinding", op_close_finding, NULL, false,
     "Accepts or rejects an answer, closes a finding or leaves it unresolved.",
     "engagement!, number!, verdict!, resolution?, effect_g?, text?, detached?, " OPERATION_WRITE},
};
const size_t finding_operation_count = sizeof finding_operations / sizeof finding_operations[0];
