/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_GOVERNANCE_REGISTRY_H
#define LEDGER_GOVERNANCE_REGISTRY_H

/* What the governance rules share, and the rules themselves for the table and for genesis: each
 * checks a payload against the state and writes its records. Who may send it and with which
 * signatures was settled before. Inside this folder only. */

#include "ledger/governance/governance.h"
#include "ledger/governance/view.h"

/* registry_refuse fills detail and returns judgement. Texts may be NULL. */
enum judgement registry_refuse(struct err_detail *detail, enum judgement judgement, enum err err,
                               const char *field, const char *limit, const char *hint);
/* registry_missing: NOT_YET, and what is missing is named; UNABLE when err is the world's trouble.
 * err is what a view answered. */
enum judgement registry_missing(struct err_detail *detail, enum err err, const char *field,
                                const char *id);
/* registry_world is for calls that can only fail by the world; ERR_TOO_LARGE becomes NEVER. */
enum judgement registry_world(struct err_detail *detail, enum err err);

/* registry_new: JUDGE_OK when nothing stands under key, NEVER with ERR_CONFLICT when it does.
 * The receipt will name key as created. */
enum judgement registry_new(struct rule_context *context, struct bytes key, const char *field,
                            struct err_detail *detail);

/* registry_list_add writes entry index of a list; the caller keeps the count. */
enum err NODISCARD registry_list_add(struct rule_context *context, enum key_table table,
                                     const struct hash *owner, uint32_t index, const char *id,
                                     uint32_t version);
/* registry_list_all appends to the list of all records of a table and counts it. */
enum err NODISCARD registry_list_all(struct rule_context *context, enum key_table table,
                                     const char *id, uint32_t version);

/* registry_identifiers checks numbers of other registers: form, check digit, one a scheme. */
enum judgement registry_identifiers(Seam__Identifier *const *ids, size_t count,
                                    struct err_detail *detail);
enum judgement registry_names(const Seam__Names *names, struct err_detail *detail);
/* registry_ascending: are texts strictly ascending? */
bool NODISCARD registry_ascending(char *const *texts, size_t count);

/* registry_link gives a copy of key in the context's arena; empty when memory ends (the link is
 * only a hint for the pool). */
struct bytes registry_link(struct rule_context *context, const struct state_key *key);

/* --- the rules ------------------------------------------------------------------------------- */

#define REGISTRY_RULE(name)                                                                        \
    enum judgement name(struct rule_context *context, const ProtobufCMessage *payload,             \
                        const ProtobufCMessage *detached, struct err_detail *detail);              \
    void name##_links(struct rule_context *context, const ProtobufCMessage *payload,               \
                      struct bytes *creates, struct bytes *needs)

REGISTRY_RULE(organisation_register);
REGISTRY_RULE(person_register);
REGISTRY_RULE(key_add);
REGISTRY_RULE(key_revoke);
REGISTRY_RULE(facility_register);
REGISTRY_RULE(boundary_set);
REGISTRY_RULE(jurisdiction_set);
REGISTRY_RULE(parameter_set_publish);
REGISTRY_RULE(parameter_set_adopt);
REGISTRY_RULE(deadline_extend);
REGISTRY_RULE(report_double_vote);
REGISTRY_RULE(support);
REGISTRY_RULE(activate);
REGISTRY_RULE(audit_anchor);

#undef REGISTRY_RULE

/* person_put writes a person of an organisation with its keys. *officer: has it an officer key? */
enum judgement person_put(struct rule_context *context, const char *organisation,
                          const Seam__PersonRegister *person, bool *officer,
                          struct err_detail *detail);

#endif
