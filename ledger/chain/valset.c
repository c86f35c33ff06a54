/* SPDX-License-Identifier: Apache-2.0 */
/* Sets are small (at most 64), so sorting is by insertion. The decoder refuses what is out of
 * order, which makes duplicates impossible as well. */

#include "ledger/chain/valset.h"

#include <assert.h>

#include "ledger/crypto/hash.h"

static struct bytes key_of(const struct validator *validator)
{
    return bytes_of(validator->key, sizeof validator->key);
}

void valset_sort(struct valset *valset)
{
    assert(valset->count <= LIMIT_VALIDATORS);
    for (uint16_t i = 1; i < valset->count; i++) {
        const struct validator moved = valset->validators[i];
        uint16_t at = i;
        while (at > 0 && bytes_compare(key_of(&valset->validators[at - 1]), key_of(&moved)) > 0) {
            valset->validators[at] = valset->validators[at - 1];
            at--;
        }
        valset->validators[at] = moved;
    }
}

size_t valset_size(const struct valset *valset)
{
    return 19 + (size_t)valset->count * VALSET_ENTRY_SIZE;
}

void valset_write(struct writer *writer, const struct valset *valset)
{
    assert(valset->count <= LIMIT_VALIDATORS);
    write_raw(writer, TAG_VALSET, TAG_SIZE);
    write_u8(writer, valset->suite);
    write_u64(writer, valset->epoch);
    write_u16(writer, valset->count);
    for (uint16_t i = 0; i < valset->count; i++) {
        const struct validator *validator = &valset->validators[i];
        write_u8(writer, validator->key_size);
        write_raw(writer, validator->key, sizeof validator->key);
        write_raw(writer, validator->node_key, sizeof validator->node_key);
        write_raw(writer, validator->organisation.bytes, HASH_SIZE);
    }
}

static void validator_read(struct validator *validator, struct reader *reader)
{
    validator->key_size = read_u8(reader);
    read_raw(reader, validator->key, sizeof validator->key);
    read_raw(reader, validator->node_key, sizeof validator->node_key);
    read_raw(reader, validator->organisation.bytes, HASH_SIZE);
}

static enum err valset_form(const struct valset *valset)
{
    for (uint16_t i = 0; i < valset->count; i++) {
        const struct validator *validator = &valset->validators[i];
        uint8_t padding = 0;
        for (size_t j = 32; j < sizeof validator->key; j++) {
            padding |= validator->key[j];
        }
        if (validator->key_size != 32 || padding != 0) {
            return ERR_NOT_CANONICAL;
        }
        if (i > 0 && bytes_compare(key_of(validator - 1), key_of(validator)) >= 0) {
            return ERR_NOT_CANONICAL;
        }
    }
    return OK;
}

enum err valset_decode(struct valset *valset, struct bytes in)
{
    struct reader reader = reader_of(in);
    struct valset out = {0};
    const struct bytes tag = read_bytes(&reader, TAG_SIZE);
    out.suite = read_u8(&reader);
    out.epoch = read_u64(&reader);
    out.count = read_u16(&reader);
    if (reader.failed || !bytes_equal(tag, bytes_of(TAG_VALSET, TAG_SIZE))) {
        return ERR_LENGTH;
    }
    if (out.suite != SUITE_ED25519_SHA256) {
        return ERR_VERSION;
    }
    if (out.count < LIMIT_VALIDATORS_MIN || out.count > LIMIT_VALIDATORS) {
        return ERR_RANGE;
    }
    for (uint16_t i = 0; i < out.count; i++) {
        validator_read(&out.validators[i], &reader);
    }
    if (!reader_done(&reader)) {
        return ERR_LENGTH;
    }
    const enum err err = valset_form(&out);
    if (err == OK) {
        *valset = out;
    }
    return err;
}

void valset_hash(struct hash *hash, const struct valset *valset)
{
    uint8_t encoded[VALSET_SIZE_MAX];
    struct writer writer = writer_of(encoded, sizeof encoded);
    valset_write(&writer, valset);
    assert(!writer.failed);
    struct hasher hasher;
    hash_begin_raw(&hasher);
    hash_add(&hasher, writer_bytes(&writer));
    hash_end(&hasher, hash);
}

int valset_find(const struct valset *valset, struct bytes key)
{
    for (uint16_t i = 0; i < valset->count; i++) {
        const struct validator *validator = &valset->validators[i];
        if (bytes_equal(bytes_of(validator->key, validator->key_size), key)) {
            return i;
        }
    }
    return -1;
}

struct seat {
    uint16_t turn; /* how many of the organisation came before */
    uint16_t index;
};

static bool seat_before(const struct valset *valset, struct seat a, struct seat b)
{
    if (a.turn != b.turn) {
        return a.turn < b.turn;
    }
    const int order = bytes_compare(hash_bytes(&valset->validators[a.index].organisation),
                                    hash_bytes(&valset->validators[b.index].organisation));
    return order != 0 ? order < 0 : a.index < b.index;
}

void leader_order(uint16_t order[LIMIT_VALIDATORS], const struct valset *valset)
{
    assert(valset->count > 0);
    assert(valset->count <= LIMIT_VALIDATORS);
    struct seat seats[LIMIT_VALIDATORS];
    const uint16_t count = valset->count;
    for (uint16_t i = 0; i < count; i++) {
        struct seat seat = {.index = i};
        for (uint16_t j = 0; j < i; j++) {
            seat.turn = (uint16_t)(seat.turn + hash_equal(&valset->validators[i].organisation,
                                                          &valset->validators[j].organisation));
        }
        uint16_t at = i;
        while (at > 0 && seat_before(valset, seat, seats[at - 1])) {
            seats[at] = seats[at - 1];
            at--;
        }
        seats[at] = seat;
    }
    for (uint16_t i = 0; i < count; i++) {
        order[i] = seats[(i + valset->epoch) % count].index;
    }
}
