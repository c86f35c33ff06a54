/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/model/model.h"

#include <string.h>

void model_init(struct model *state)
{
    memset(state, 0, sizeof *state);
    for (uint32_t node = 0; node < MODEL_NODES; node++) {
        state->nodes[node].view = 1;
    }
    for (uint32_t view = 0; view <= MODEL_VIEWS; view++) {
        for (uint32_t id = 0; id < MODEL_IDS; id++) {
            state->parents[view][id].view = MODEL_ABSENT;
        }
    }
}

static bool is_start(struct model_block block)
{
    return block.view == 0 && block.id == 0;
}

static bool is_block(const struct model_rules *rules, struct model_block block)
{
    return block.view >= 1 && block.view <= rules->views && block.id >= 1 && block.id <= MODEL_IDS;
}

bool model_is_notarized(const struct model_rules *rules, const struct model *state,
                        struct model_block block)
{
    if (!is_block(rules, block)) {
        return is_start(block);
    }
    uint32_t votes = 0;
    for (uint32_t node = 0; node < rules->nodes; node++) {
        votes += state->nodes[node].notarized[block.view] == block.id ? 1u : 0u;
    }
    return votes >= rules->needed;
}

bool model_is_final(const struct model_rules *rules, const struct model *state,
                    struct model_block block)
{
    if (!is_block(rules, block)) {
        return is_start(block);
    }
    uint32_t votes = 0;
    for (uint32_t node = 0; node < rules->nodes; node++) {
        votes += state->nodes[node].finalized[block.view] == block.id ? 1u : 0u;
    }
    return votes >= rules->needed;
}

bool model_is_skipped(const struct model_rules *rules, const struct model *state, uint32_t view,
                      uint32_t max_lock)
{
    if (view < 1 || view > rules->views) {
        return false;
    }
    uint32_t votes = 0;
    for (uint32_t node = 0; node < rules->nodes; node++) {
        const uint32_t vote = state->nodes[node].nullified[view];
        votes += vote != 0 && (vote - 1 <= max_lock || rules->bug == MODEL_NO_LOCK) ? 1u : 0u;
    }
    return votes >= rules->needed;
}

/* J1 and J2: may a block of this view stand on this parent? */
static bool admits(const struct model_rules *rules, const struct model *state, uint32_t view,
                   struct model_block parent)
{
    return parent.view < view && model_is_notarized(rules, state, parent) &&
           (parent.view + 1u == view || model_is_skipped(rules, state, view - 1, parent.view));
}

bool model_notarize(const struct model_rules *rules, struct model *state, uint32_t node, uint8_t id,
                    struct model_block parent)
{
    struct model_node *self = &state->nodes[node];
    const uint32_t view = self->view;
    if (view > rules->views || id < 1 || id > MODEL_IDS || self->nullified[view] != 0 ||
        self->notarized[view] == id) {
        return false;
    }
    if (self->notarized[view] != 0 && rules->bug != MODEL_TWO_NOTARIZE) {
        return false;
    }
    struct model_block *known = &state->parents[view][id - 1];
    const bool fresh = known->view == MODEL_ABSENT;
    if (!fresh && (known->view != parent.view || known->id != parent.id)) {
        return false; /* a block's parent is part of the block */
    }
    if (!admits(rules, state, view, parent)) {
        return false;
    }
    *known = parent;
    self->notarized[view] = id;
    return true;
}

bool model_nullify(const struct model_rules *rules, struct model *state, uint32_t node,
                   uint32_t lock)
{
    struct model_node *self = &state->nodes[node];
    if (self->view > rules->views || self->nullified[self->view] != 0) {
        return false;
    }
    if (lock != self->lock && !(rules->bug == MODEL_FORGET_LOCK && lock == 0)) {
        return false;
    }
    self->nullified[self->view] = (model_number)(1 + lock);
    return true;
}

bool model_enter_block(const struct model_rules *rules, struct model *state, uint32_t node,
                       struct model_block block, bool finalize)
{
    struct model_node *self = &state->nodes[node];
    if (!is_block(rules, block) || block.view < self->view ||
        !model_is_notarized(rules, state, block)) {
        return false;
    }
    if (finalize && self->nullified[block.view] != 0 && rules->bug != MODEL_BOTH) {
        return false;
    }
    if (finalize) {
        self->finalized[block.view] = block.id;
    }
    self->lock = block.view;
    self->view = (model_number)(block.view + 1);
    return true;
}

bool model_enter_skip(const struct model_rules *rules, struct model *state, uint32_t node,
                      uint32_t view, struct model_block parent)
{
    struct model_node *self = &state->nodes[node];
    if (view < self->view || parent.view >= view || !model_is_notarized(rules, state, parent) ||
        !model_is_skipped(rules, state, view, parent.view)) {
        return false;
    }
    self->lock = parent.view > self->lock ? parent.view : self->lock;
    self->view = (model_number)(view + 1);
    return true;
}

bool model_learn_late(const struct model_rules *rules, struct model *state, uint32_t node,
                      struct model_block block)
{
    struct model_node *self = &state->nodes[node];
    if (!is_block(rules, block) || block.view >= self->view || block.view <= self->lock ||
        !model_is_notarized(rules, state, block)) {
        return false;
    }
    self->lock = block.view;
    if (rules->bug == MODEL_LATE_FINALIZE) {
        self->finalized[block.view] = block.id;
    }
    return true;
}

/* Does the chain of `high` go through `low`, which lies in the same view or below? */
static bool extends(const struct model *state, struct model_block high, struct model_block low)
{
    while (high.view > low.view) {
        high = state->parents[high.view][high.id - 1];
        if (high.view == MODEL_ABSENT) {
            return false;
        }
    }
    return high.view == low.view && high.id == low.id;
}

static const char *broken_view(const struct model_rules *rules, const struct model *state,
                               model_number view, struct model_block *last)
{
    struct model_block notarized = {.view = 0};
    for (uint8_t id = 1; id <= MODEL_IDS; id++) {
        const struct model_block block = {.view = view, .id = id};
        if (state->parents[view][id - 1].view == MODEL_ABSENT) {
            continue;
        }
        const bool is_notarized = model_is_notarized(rules, state, block);
        if (is_notarized && notarized.view != 0) {
            return "two notarized blocks in a view";
        }
        notarized = is_notarized ? block : notarized;
        if (!model_is_final(rules, state, block)) {
            continue;
        }
        if (!is_notarized) {
            return "a final block that is not notarized";
        }
        if (model_is_skipped(rules, state, view, rules->views)) {
            return "a view both finalized and nullified";
        }
        if (!extends(state, block, *last)) {
            return "final blocks in two chains";
        }
        *last = block;
    }
    return NULL;
}

const char *model_broken(const struct model_rules *rules, const struct model *state)
{
    struct model_block last = {.view = 0};
    const char *broken = NULL;
    for (uint32_t view = 1; view <= rules->views && broken == NULL; view++) {
        broken = broken_view(rules, state, (model_number)view, &last);
    }
    return broken;
}
