/* SPDX-License-Identifier: Apache-2.0 */
/* Asset classes are a register of their own: what a unit is and what may be done with it
 * [KSSJ 8c]. */

#include <string.h>

#include "ledger/registry/rules.h"
#include "ledger/registry/view.h"

enum judgement asset_register(struct rule_context *context, const ProtobufCMessage *payload,
                              const ProtobufCMessage *detached, struct err_detail *detail)
{
    (void)detached;
    const Seam__AssetRegister *in = (const Seam__AssetRegister *)payload;
    if (!id_code_valid(in->asset)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "asset", NULL, NULL);
    }
    /* Projects are written in small letters, so a registry's name is never taken for one. */
    if (!id_code_valid(in->registry) || in->registry[0] < 'A' || in->registry[0] > 'Z') {
        return unit_refuse(detail, JUDGE_NEVER, ERR_TYPE, "D43", "registry", "begins with A-Z",
                           NULL);
    }
    const bool unit = strcmp(in->kind, "ALLOWANCE") == 0 || strcmp(in->kind, "OFFSET") == 0;
    if (in->surrenderable && !unit) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "surrenderable",
                           "ALLOWANCE, OFFSET", "this kind cannot be surrendered");
    }
    const struct state_key key = state_key_named(KEY_ASSET, in->asset);
    enum judgement judgement = unit_new(context, &key, "asset", detail);
    if (judgement == JUDGE_OK) {
        judgement = unit_world(detail, unit_list(context, KEY_ASSET, in->asset));
    }
    if (judgement != JUDGE_OK) {
        return judgement;
    }
    Seam__AssetRecord record = SEAM__ASSET_RECORD__INIT;
    record.asset = (Seam__AssetRegister *)in;
    record.issuer = (char *)context->organisation_id;
    record.height = context->height;
    return unit_put(context, &key, &record.base, detail);
}

void asset_register_links(struct rule_context *context, const ProtobufCMessage *payload,
                          struct bytes *creates, struct bytes *needs)
{
    const Seam__AssetRegister *in = (const Seam__AssetRegister *)payload;
    const struct state_key key = state_key_named(KEY_ASSET, in->asset);
    *creates = unit_link(context, &key);
    *needs = (struct bytes){0};
}

enum judgement holding_takes(struct rule_context *context, const Seam__HoldingRecord *record,
                             const char *asset_id, const Seam__AssetRecord **asset,
                             struct err_detail *detail)
{
    const Seam__AssetRecord *found = NULL;
    const Seam__SchemeRecord *scheme = NULL;
    enum err err = registry_asset(&found, context->state, asset_id, context->arena);
    if (err != OK) {
        return unit_missing(detail, err, "asset", asset_id);
    }
    err = registry_scheme(&scheme, context->state, record->scheme, context->arena);
    if (err != OK) {
        return unit_world(detail, err);
    }
    if (!registry_scheme_takes(scheme, asset_id)) {
        return unit_refuse(detail, JUDGE_NEVER, ERR_ENUM, "D43", "asset", record->scheme,
                           "the scheme of this account does not take this asset");
    }
    if (asset != NULL) {
        *asset = found;
    }
    return holding_may(context, record, HOLDING_RECEIVE, record->holding, detail);
}
