/* SPDX-License-Identifier: Apache-2.0 */
/* A person has one function, so whoever reviews cannot be one of those who verified. */
#include "ledger/assurance/engagement.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    enum team_function function;
} functions[] = {{"LEAD", TEAM_LEAD},
                 {"MEMBER", TEAM_MEMBER},
                 {"TECHNICAL_REVIEWER", TEAM_TECHNICAL_REVIEWER},
                 {"APPROVER", TEAM_APPROVER}};

static uint32_t function_of(const char *name)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (record_same(name, functions[i].name)) {
            return functions[i].function;
        }
    }
    return 0;
}

static enum judgement member_valid(struct rule_context *context, const char *verifier,
                                   const Seam__TeamMember *member, struct err_detail *detail)
{
    const Seam__PersonRecord *person = NULL;
    const enum err err = view_person(&person, context->state, member->person, context->arena);
    if (err != OK) {
        return refusal_of_view(detail, err, "team", member->person);
    }
    if (!record_same(person->organisation, verifier)) {
        return refusal_never(detail, (struct refusal){ERR_ROLE, "team", "V21", verifier,
                                                      "a person of another organisation"});
    }
    return JUDGE_OK;
}

/* [KSSJ 6.2c] internal technical review needs somebody who did not verify. */
enum judgement team_valid(struct rule_context *context, const char *verifier,
                          Seam__TeamMember *const *team, size_t count, struct err_detail *detail)
{
    uint32_t seen = 0;
    unsigned leads = 0;
    if (count == 0 || count > ENGAGEMENT_TEAM_MAX) {
        return refusal_never(detail,
                             (struct refusal){count == 0 ? ERR_MISSING : ERR_RANGE, "team", "D42",
                                              "4..20", "the verifier names its team"});
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && strcmp(team[i - 1]->person, team[i]->person) >= 0) {
            return refusal_never(detail, (struct refusal){ERR_TWICE, "team", "V22", NULL,
                                                          "ascending, one function a person"});
        }
        const uint32_t function = function_of(team[i]->function);
        if (function == 0) {
            return refusal_never(detail, (struct refusal){ERR_ENUM, "team", "D42",
                                                          "LEAD, MEMBER, TECHNICAL_REVIEWER, "
                                                          "APPROVER",
                                                          NULL});
        }
        seen |= function;
        leads += function == TEAM_LEAD ? 1 : 0;
        const enum judgement judgement = member_valid(context, verifier, team[i], detail);
        if (judgement != JUDGE_OK) {
            return judgement;
        }
    }
    if (seen != TEAM_ANY || leads != 1) {
        return refusal_never(detail, (struct refusal){ERR_INCOMPLETE, "team", "D42",
                                                      "one lead, a member, a reviewer, an approver",
                                                      "four different persons at least"});
    }
    return JUDGE_OK;
}

uint32_t team_function(const Seam__EngagementRecord *record, const struct hash *person)
{
    for (size_t i = 0; i < record->n_team; i++) {
        struct hash id;
        id_hash(&id, KEY_PERSON, record->team[i]->person);
        if (hash_equal(&id, person)) {
            return function_of(record->team[i]->function);
        }
    }
    return 0;
}
