/* SPDX-License-Identifier: Apache-2.0 */
/* The seed block is the first one after the commitment that nobody of the parties' groups proposed.
 */
#include "ledger/query/audit.h"

#include "ledger/assurance/kinship.h"
#include "ledger/chain/proof_parts.h"
#include "ledger/store/proof_build.h"

static ProtobufCBinaryData binary(struct bytes in)
{
    return (ProtobufCBinaryData){.data = (uint8_t *)(uintptr_t)in.data, .len = in.size};
}

/* Did one of the parties, or of their groups, propose this block? */
static enum err of_party(bool *out, struct query *query, const Seam__EngagementRecord *engagement,
                         const Seam__ValidatorSetRecord *validators, uint16_t proposer,
                         struct arena *arena)
{
    bool client = false;
    bool verifier = false;
    if (proposer >= validators->n_validators) {
        return ERR_RANGE;
    }
    const char *organisation = validators->validators[proposer]->organisation;
    enum err err =
        kinship_same(&client, query_state(query), organisation, engagement->client, arena);
    if (err == OK) {
        err =
            kinship_same(&verifier, query_state(query), organisation, engagement->verifier, arena);
    }
    *out = client || verifier;
    return err;
}

static enum err add_anchor(Seam__AuditSampleDraw *draw, struct chain_view *view, uint64_t seed,
                           struct arena *arena)
{
    uint64_t anchor = 0;
    struct bytes finalization;
    struct bytes header;
    struct merkle_path path;
    enum err err = chain_view_anchor(view, seed, arena, &anchor, &finalization);
    if (err != OK) {
        return err;
    }
    draw->anchor_finalization = binary(finalization);
    if (anchor == seed) {
        return OK;
    }
    err = chain_view_block(view, anchor, arena, &header, NULL);
    if (err == OK) {
        err = proof_build_history(view, seed, anchor, &path);
    }
    if (err == OK) {
        draw->anchor_header = binary(header);
        err = proof_path_pack(&draw->anchor_path, &draw->n_anchor_path, &path, arena);
    }
    return err;
}

enum err audit_seed(Seam__AuditSampleDraw *draw, struct hash *block_id, struct query *query,
                    const Seam__EngagementRecord *engagement, const Seam__AuditSampleRecord *sample,
                    struct arena *arena)
{
    struct chain_view *view = query_view(query);
    const Seam__ValidatorSetRecord *validators = NULL;
    if (view == NULL) {
        return ERR_ABSENT;
    }
    enum err err = view_validators(&validators, query_state(query), arena);
    draw->headers = arena_alloc(arena, LIMIT_VALIDATORS * sizeof *draw->headers);
    if (err != OK || draw->headers == NULL) {
        return err != OK ? err : ERR_MEMORY;
    }
    bool party = true;
    uint64_t height = sample->commit_height;
    while (party && draw->n_headers < LIMIT_VALIDATORS) {
        struct header header;
        struct bytes bytes;
        height++;
        err = chain_view_header(view, height, &header, block_id);
        if (err == OK) {
            err = chain_view_block(view, height, arena, &bytes, NULL);
        }
        if (err == OK) {
            err = of_party(&party, query, engagement, validators, header.proposer, arena);
        }
        if (err != OK) {
            return err;
        }
        draw->headers[draw->n_headers++] = binary(bytes);
    }
    return party ? ERR_RANGE : add_anchor(draw, view, height, arena);
}
