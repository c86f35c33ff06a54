/* SPDX-License-Identifier: Apache-2.0 */
/* One validator, one vote (decision D20): the set is a sorted list of keys. */

#include "ledger/governance/validators.h"

#include <string.h>

enum err validators_valset(struct valset *out, const Seam__ValidatorSetRecord *record,
                           uint8_t suite)
{
    struct valset set = {.suite = suite, .epoch = record->epoch};
    if (record->n_validators < LIMIT_VALIDATORS_MIN || record->n_validators > LIMIT_VALIDATORS) {
        return ERR_RANGE;
    }
    for (size_t i = 0; i < record->n_validators; i++) {
        const Seam__ValidatorRecord *in = record->validators[i];
        struct validator *validator = &set.validators[i];
        if (in->public_key.len != 32 || in->node_key.len != 32) {
            return ERR_RANGE;
        }
        validator->key_size = 32;
        memcpy(validator->key, in->public_key.data, 32);
        memcpy(validator->node_key, in->node_key.data, 32);
        id_hash(&validator->organisation, KEY_ORGANISATION, in->organisation);
        if (i > 0 && memcmp(validator[-1].key, validator->key, sizeof validator->key) >= 0) {
            return ERR_NOT_CANONICAL;
        }
        for (size_t k = 0; k < i; k++) {
            if (memcmp(set.validators[k].node_key, validator->node_key, 32) == 0) {
                return ERR_NOT_CANONICAL;
            }
        }
    }
    set.count = (uint16_t)record->n_validators;
    *out = set;
    return OK;
}

enum err view_valset(struct valset *out, struct overlay *state, struct arena *arena)
{
    const Seam__ChainState *chain = NULL;
    const Seam__ValidatorSetRecord *record = NULL;
    enum err err = view_chain(&chain, state, arena);
    if (err == OK) {
        err = view_validators(&record, state, arena);
    }
    if (err == OK && validators_valset(out, record, (uint8_t)chain->suite) != OK) {
        err = ERR_CORRUPT;
    }
    return err;
}

bool validators_has(const Seam__ValidatorSetRecord *record, const char *organisation)
{
    for (size_t i = 0; i < record->n_validators; i++) {
        if (strcmp(record->validators[i]->organisation, organisation) == 0) {
            return true;
        }
    }
    return false;
}
