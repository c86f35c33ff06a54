/* SPDX-License-Identifier: Apache-2.0 */
#include "api/primary_share.h"

#include "ledger/assurance/assurance.h"

#include <stdio.h>
#include <string.h>

#define BP 10000
#define NAME_SIZE 256

struct share {
    uint64_t gross;
    uint64_t stated;
    uint64_t proven;
    bool *unproven; /* by line */
};

static bool form_of(const Seam__FindingRecord *finding, const Seam__Account *account)
{
    const Seam__FindingRaise *raise = finding->raise;
    return finding->automatic && strcmp(raise->facility, account->facility) == 0 &&
           strcmp(raise->period, account->period) == 0 && raise->version == account->version &&
           (strcmp(raise->field, "UNSIGNED") == 0 || strcmp(raise->field, "LATE") == 0) &&
           strcmp(finding->resolution, "NO_EFFECT") != 0;
}

static enum err mark(struct share *share, struct call *call, struct query *query,
                     const Seam__EngagementRecord *engagement, const Seam__Account *account,
                     const Seam__CalculationResult *result)
{
    for (uint32_t i = 1; i <= engagement->findings; i++) {
        const Seam__FindingRecord *finding = NULL;
        const enum err err =
            view_finding(&finding, query_state(query), engagement->engagement, i, &call->arena);
        if (err != OK) {
            return call_fail(call, err, "engagement", NULL, NULL);
        }
        for (size_t k = 0; form_of(finding, account) && k < result->n_lines; k++) {
            const Seam__LineResult *line = result->lines[k];
            share->unproven[k] =
                share->unproven[k] || (strcmp(finding->raise->code, line->code) == 0 &&
                                       strcmp(finding->raise->source, line->source) == 0 &&
                                       strcmp(finding->raise->detail, line->detail) == 0);
        }
    }
    return OK;
}

static void add_up(struct share *share, const Seam__CalculationFile *file,
                   const Seam__CalculationResult *result)
{
    for (size_t i = 0; i < result->n_lines && i < file->n_lines; i++) {
        const Seam__LineResult *line = result->lines[i];
        const char *origin = file->lines[i]->origin;
        const uint64_t grams = (uint64_t)(line->co2e_g < 0 ? -line->co2e_g : line->co2e_g);
        if (strcmp(line->scope, "1") != 0 && strcmp(line->scope, "2") != 0) {
            continue;
        }
        const bool stated = strcmp(origin, "MEASURED") == 0 || strcmp(origin, "INVOICED") == 0;
        share->gross += grams;
        share->stated += stated ? grams : 0;
        share->proven += stated && !share->unproven[i] ? grams : 0;
    }
}

static uint64_t share_bp(uint64_t part, uint64_t all)
{
    return all == 0 ? 0 : (uint64_t)(((unsigned __int128)part * 2 * BP + all) / 2 / all);
}

enum err primary_share_write(struct call *call, struct query *query,
                             const Seam__EngagementRecord *engagement, const Seam__Account *account,
                             const Seam__CalculationFile *file,
                             const Seam__CalculationResult *result)
{
    struct json_out *out = &call->data;
    struct share share = {
        .unproven = arena_alloc(&call->arena, (result->n_lines + 1) * sizeof *share.unproven)};
    if (share.unproven == NULL) {
        return call_fail(call, ERR_MEMORY, NULL, NULL, NULL);
    }
    const enum err err = mark(&share, call, query, engagement, account, result);
    if (err != OK) {
        return err;
    }
    add_up(&share, file, result);
    json_out_field_object(out, "primary");
    json_out_field_uint(out, "gross_g", share.gross);
    json_out_field_uint(out, "stated_g", share.stated);
    json_out_field_uint(out, "stated_bp", share_bp(share.stated, share.gross));
    json_out_field_uint(out, "proven_g", share.proven);
    json_out_field_uint(out, "proven_bp", share_bp(share.proven, share.gross));
    json_out_field_array(out, "unproven");
    for (size_t i = 0; i < result->n_lines; i++) {
        char name[NAME_SIZE];
        if (share.unproven[i]) {
            (void)snprintf(name, sizeof name, "%.64s %.64s %.64s", result->lines[i]->code,
                           result->lines[i]->source, result->lines[i]->detail);
            json_out_text(out, name);
        }
    }
    json_out_end(out);
    json_out_end(out);
    return OK;
}
