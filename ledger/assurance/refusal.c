/* SPDX-License-Identifier: Apache-2.0 */
/* err_set cuts what does not fit; the rule is put in afterwards, as in the other folders. */
#include "ledger/assurance/refusal.h"

#include <stdio.h>

static void say(struct err_detail *detail, const struct refusal *refusal)
{
    (void)err_set(detail, refusal->err, refusal->field, "KSSJ 6", refusal->limit, refusal->hint);
    if (detail != NULL && refusal->rule != NULL) {
        (void)snprintf(detail->rule, sizeof detail->rule, "%.47s", refusal->rule);
    }
}

enum judgement refusal_never(struct err_detail *detail, struct refusal refusal)
{
    say(detail, &refusal);
    return JUDGE_NEVER;
}

enum judgement refusal_not_yet(struct err_detail *detail, struct refusal refusal)
{
    say(detail, &refusal);
    return JUDGE_NOT_YET;
}

enum judgement refusal_of_view(struct err_detail *detail, enum err err, const char *field,
                               const char *id)
{
    if (err == ERR_ABSENT) {
        return refusal_not_yet(detail, (struct refusal){ERR_ABSENT, field, "D16", NULL, id});
    }
    if (err != OK) {
        (void)err_set(detail, err, field, NULL, NULL, NULL);
        return view_judgement(err, JUDGE_NEVER);
    }
    return JUDGE_OK;
}

enum judgement refusal_of_world(struct err_detail *detail, enum err err)
{
    if (err == OK) {
        return JUDGE_OK;
    }
    (void)err_set(detail, err, NULL, NULL, NULL, NULL);
    return view_judgement(err, JUDGE_NEVER);
}
