/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_REFUSAL_H
#define LEDGER_ASSURANCE_REFUSAL_H

/* How the rules of verification say no: error, field and rule, and what would have been accepted.
 * Inside this folder only. */

#include "ledger/governance/view.h"

/* What a refusal names; texts may be NULL. */
struct refusal {
    enum err err;
    const char *field;
    const char *rule; /* V14, D42, COI.SAME_GROUP */
    const char *limit;
    const char *hint;
};

/* refusal_never: wrong whatever happens. refusal_not_yet: something before it is absent. */
enum judgement refusal_never(struct err_detail *detail, struct refusal refusal);
enum judgement refusal_not_yet(struct err_detail *detail, struct refusal refusal);
/* refusal_of_view is for what a view answered: ERR_ABSENT is NOT_YET and names id, the world's
 * trouble UNABLE, anything else NEVER. JUDGE_OK for OK. */
enum judgement refusal_of_view(struct err_detail *detail, enum err err, const char *field,
                               const char *id);
/* refusal_of_world is for calls that can only fail by the world. JUDGE_OK for OK. */
enum judgement refusal_of_world(struct err_detail *detail, enum err err);

#endif
