/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/query/bundle_state.h"

static enum err nothing(void *context, struct bytes key, struct arena *arena, struct bytes *out)
{
    (void)context;
    (void)key;
    (void)arena;
    (void)out;
    return ERR_ABSENT;
}

enum err bundle_state_open(struct overlay **out, const struct bundle_result *bundle)
{
    const struct state_base base = {.get = nothing};
    const Seam__Bundle *message = bundle->bundle;
    struct overlay *state = overlay_new(NULL, &base);
    if (state == NULL) {
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < message->n_states; i++) {
        const Seam__ProofState *entry = message->states[i];
        if (!entry->absent && overlay_put(state, bytes_of(entry->key.data, entry->key.len),
                                          bytes_of(entry->value.data, entry->value.len)) != OK) {
            overlay_drop(state);
            return ERR_MEMORY;
        }
    }
    overlay_seal(state);
    *out = state;
    return OK;
}
