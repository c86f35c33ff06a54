/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/state_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EMPTY UINT64_MAX

static_assert(MODEL_NODES == 3 && MODEL_IDS == 2, "the number is made for three nodes, two blocks");

/* 0 none, 1 the start, then (1,1), (1,2), (2,1), ... */
static uint32_t parent_code(struct model_block parent)
{
    if (parent.view == MODEL_ABSENT) {
        return 0;
    }
    return parent.view == 0 ? 1 : 2u * parent.view + parent.id - 1u;
}

static struct model_block parent_of_code(uint32_t code)
{
    if (code == 0) {
        return (struct model_block){.view = MODEL_ABSENT};
    }
    return code == 1 ? (struct model_block){0}
                     : (struct model_block){.view = (model_number)(code / 2),
                                            .id = (uint8_t)(code % 2 + 1)};
}

static uint32_t parent_swapped(uint32_t code, uint32_t renaming)
{
    return code >= 2 && (renaming >> (code / 2 - 1) & 1) != 0 ? code ^ 1u : code;
}

void state_code_init(struct state_code *code, uint32_t views)
{
    assert(views >= 1 && views <= STATE_VIEWS_MAX);
    memset(code, 0, sizeof *code);
    code->views = views;
    code->powers = 1;
    code->node_codes = (uint64_t)(views + 1) * (views + 2) / 2;
    for (uint32_t view = 1; view <= views; view++) {
        code->powers *= 3;
        code->node_codes *= 9u * (view + 1);
    }
    for (uint32_t renaming = 0; renaming < 1u << views; renaming++) {
        for (uint32_t from = 0; from < code->powers; from++) {
            uint32_t rest = from;
            uint32_t to = 0;
            uint32_t power = 1;
            for (uint32_t view = 1; view <= views; view++) {
                const uint32_t id = rest % 3;
                const bool swap = id != 0 && (renaming >> (view - 1) & 1) != 0;
                to += power * (swap ? 3 - id : id);
                rest /= 3;
                power *= 3;
            }
            code->swapped[renaming][from] = (uint8_t)to;
        }
    }
}

/* A validator in parts: what a renaming of blocks leaves alone, and its two rows of votes. */
struct parts {
    uint32_t fixed, notarized, finalized;
};

static struct parts node_parts(const struct state_code *code, const struct model_node *node)
{
    struct parts parts = {.fixed = node->view * (node->view - 1u) / 2 + node->lock};
    uint32_t power = 1;
    for (uint32_t view = 1; view <= code->views; view++) {
        parts.fixed = parts.fixed * (view + 1) + node->nullified[view];
        parts.notarized += power * node->notarized[view];
        parts.finalized += power * node->finalized[view];
        power *= 3;
    }
    return parts;
}

static void node_of_code(const struct state_code *code, struct model_node *node, uint64_t number)
{
    uint32_t finalized = (uint32_t)(number % code->powers);
    uint32_t notarized = (uint32_t)(number / code->powers % code->powers);
    uint32_t fixed = (uint32_t)(number / code->powers / code->powers);
    for (uint32_t view = 1; view <= code->views; view++) {
        node->notarized[view] = (uint8_t)(notarized % 3);
        node->finalized[view] = (uint8_t)(finalized % 3);
        notarized /= 3;
        finalized /= 3;
    }
    for (uint32_t view = code->views; view >= 1; view--) {
        node->nullified[view] = (model_number)(fixed % (view + 1));
        fixed /= view + 1;
    }
    node->view = 1;
    while (fixed >= node->view) {
        fixed -= node->view;
        node->view++;
    }
    node->lock = (model_number)fixed;
}

static void sort_three(uint64_t values[3])
{
    for (uint32_t i = 0; i < 3; i++) {
        const uint32_t at = i == 1 ? 1 : 0;
        if (values[at] > values[at + 1]) {
            const uint64_t value = values[at];
            values[at] = values[at + 1];
            values[at + 1] = value;
        }
    }
}

/* May the two blocks of these views change names? Only where both exist. */
static bool is_renaming(const struct state_code *code, const uint32_t parents[][2],
                        uint32_t renaming)
{
    for (uint32_t view = 1; view <= code->views; view++) {
        if ((renaming >> (view - 1) & 1) != 0 && parents[view][1] == 0) {
            return false;
        }
    }
    return true;
}

static uint64_t renamed(const struct state_code *code, const struct parts parts[3],
                        const uint32_t parents[][2], uint32_t renaming)
{
    uint64_t nodes[3];
    for (uint32_t i = 0; i < 3; i++) {
        nodes[i] = ((uint64_t)parts[i].fixed * code->powers +
                    code->swapped[renaming][parts[i].notarized]) *
                       code->powers +
                   code->swapped[renaming][parts[i].finalized];
    }
    sort_three(nodes);
    uint64_t number = (nodes[2] * code->node_codes + nodes[1]) * code->node_codes + nodes[0];
    for (uint32_t view = 1; view <= code->views; view++) {
        const uint32_t first = renaming >> (view - 1) & 1;
        const uint64_t one = parent_swapped(parents[view][first], renaming);
        const uint64_t two = parent_swapped(parents[view][1 - first], renaming);
        number = (number * (2u * view) + one) * (2u * view) + two;
    }
    return number;
}

uint64_t state_encode(const struct state_code *code, const struct model *state)
{
    struct parts parts[3];
    uint32_t parents[STATE_VIEWS_MAX + 1][2] = {{0}};
    for (uint32_t i = 0; i < 3; i++) {
        parts[i] = node_parts(code, &state->nodes[i]);
    }
    for (uint32_t view = 1; view <= code->views; view++) {
        parents[view][0] = parent_code(state->parents[view][0]);
        parents[view][1] = parent_code(state->parents[view][1]);
    }
    uint64_t smallest = EMPTY;
    for (uint32_t renaming = 0; renaming < 1u << code->views; renaming++) {
        if (!is_renaming(code, (const uint32_t(*)[2])parents, renaming)) {
            continue;
        }
        const uint64_t number = renamed(code, parts, (const uint32_t(*)[2])parents, renaming);
        smallest = number < smallest ? number : smallest;
    }
    assert(smallest != EMPTY);
    return smallest;
}

void state_decode(const struct state_code *code, struct model *state, uint64_t number)
{
    model_init(state);
    for (uint32_t view = code->views; view >= 1; view--) {
        for (uint32_t i = 2; i > 0; i--) {
            state->parents[view][i - 1] = parent_of_code((uint32_t)(number % (2u * view)));
            number /= 2u * view;
        }
    }
    for (uint32_t i = 0; i < 3; i++) {
        node_of_code(code, &state->nodes[i], number % code->node_codes);
        number /= code->node_codes;
    }
}

bool state_set_open(struct state_set *set, uint32_t bits)
{
    *set = (struct state_set){.capacity = (size_t)1 << bits};
    set->slots = malloc(set->capacity * sizeof *set->slots);
    if (set->slots == NULL) {
        return false;
    }
    memset(set->slots, 0xff, set->capacity * sizeof *set->slots);
    return true;
}

void state_set_close(struct state_set *set)
{
    free(set->slots);
    set->slots = NULL;
}

bool state_set_add(struct state_set *set, uint64_t number)
{
    uint64_t hash = number * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    hash ^= hash >> 29;
    for (size_t at = (size_t)hash & (set->capacity - 1);; at = (at + 1) & (set->capacity - 1)) {
        if (set->slots[at] == number) {
            return false;
        }
        if (set->slots[at] == EMPTY) {
            set->slots[at] = number;
            set->count++;
            return true;
        }
    }
}

bool state_set_is_full(const struct state_set *set)
{
    return set->count >= set->capacity - set->capacity / 16;
}
