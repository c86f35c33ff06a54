/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_MODEL_STATE_SET_H
#define TESTS_MODEL_STATE_SET_H

/* A state of the model as one number, the same for all states that differ only in the names of the
 * correct validators or of the two blocks of a view; and the set of numbers seen. */

#include <stddef.h>

#include "tests/model/model.h"

#define STATE_VIEWS_MAX 3u /* more do not fit 64 bits */

struct state_code {
    uint32_t views;
    uint32_t powers; /* 3 ^ views */
    uint64_t node_codes; /* how many codes a validator has */
    uint8_t swapped[8][27]; /* block numbers by view, base 3, under a renaming */
};

void state_code_init(struct state_code *code, uint32_t views);
/* state_encode gives the smallest number among all renamings. */
uint64_t state_encode(const struct state_code *code, const struct model *state);
/* state_decode gives one state of that number. */
void state_decode(const struct state_code *code, struct model *state, uint64_t number);

struct state_set {
    uint64_t *slots;
    size_t capacity; /* a power of two */
    size_t count;
};

/* state_set_open allocates 2^bits slots of 8 bytes; false: no memory. */
bool state_set_open(struct state_set *set, uint32_t bits);
void state_set_close(struct state_set *set);
/* state_set_add returns whether the number is new; the caller keeps some slots free. */
bool state_set_add(struct state_set *set, uint64_t number);
bool state_set_is_full(const struct state_set *set);

#endif
