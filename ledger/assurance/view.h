/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_VIEW_H
#define LEDGER_ASSURANCE_VIEW_H

/* What other rule folders, queries and interfaces may see of verification, read-only: which value
 * of an account is in force (decision D38), on whose word, and what decisions oblige the registry
 * to do. Everything is derived from records and the time that is asked for (D11). Texts live in
 * arena. */

#include "ledger/accounting/view.h"
#include "ledger/assurance/effect.h"
#include "ledger/base/qty.h"
#include "ledger/proto/assurance.pb-c.h"

enum assurance_grade {
    ASSURANCE_REPORTED, /* the account as filed */
    ASSURANCE_VERIFIED, /* an opinion in force speaks of this version */
    ASSURANCE_DISPUTED, /* contested; the value is the verified one, else the reported one */
    ASSURANCE_SETTLED, /* decided */
    ASSURANCE_LOCKED /* decided or verified, and the year is closed */
};

/* "REPORTED" and so on. */
const char *assurance_grade_text(enum assurance_grade grade);

/* gross = scope1 + scope2, net = gross - sinks. */
struct assurance_totals {
    struct grams scope1;
    struct grams scope2;
    struct grams sinks;
    struct grams information;
    struct grams gross;
    struct grams net;
};

struct assurance_standing {
    enum assurance_grade grade;
    uint32_t version; /* of the account it speaks of */
    bool superseded; /* a later version counts */
    struct assurance_totals reported;
    struct assurance_totals in_force;
    const char *engagement; /* under way or done, that has this period in its scope; "" none */
    const char *opinion; /* "" none */
    const char *opinion_type; /* UNMODIFIED, ...; "" none */
    bool opinion_withdrawn; /* there was one on this version; it was withdrawn and not replaced, so
                             * what was built on it is to be looked at again */
    const char *restates; /* the withdrawn opinion that an earlier version had: this one is a
                           * restatement; "" none */
    const char *dispute; /* "" none */
};

/* assurance_standing: which value of a facility's period counts at time_ms? version 0 asks for the
 * one that counts now. ERR_ABSENT: there is no such account; ERR_TYPE: period is none; the world's
 * errors as in governance/view.h. */
enum err NODISCARD assurance_standing(struct assurance_standing *out, struct overlay *state,
                                      const char *facility, const char *period, uint32_t version,
                                      uint64_t time_ms, struct arena *arena);

/* Records, for other folders and for queries. ERR_ABSENT where there is none. */
enum err NODISCARD view_engagement(const Seam__EngagementRecord **out, struct overlay *state,
                                   const char *engagement, struct arena *arena);
enum err NODISCARD view_engagement_step(const Seam__StepRecord **out, struct overlay *state,
                                        const char *engagement, uint32_t number,
                                        struct arena *arena);
enum err NODISCARD view_finding(const Seam__FindingRecord **out, struct overlay *state,
                                const char *engagement, uint32_t number, struct arena *arena);
enum err NODISCARD view_recompute(const Seam__RecomputeRecord **out, struct overlay *state,
                                  const char *engagement, const char *facility, const char *period,
                                  struct arena *arena);
enum err NODISCARD view_audit_sample(const Seam__AuditSampleRecord **out, struct overlay *state,
                                     const char *engagement, uint32_t number, struct arena *arena);
enum err NODISCARD view_accreditation(const Seam__AccreditationRecord **out, struct overlay *state,
                                      const char *organisation, struct arena *arena);
/* view_opinion: whoever was built on an opinion asks it whether it still stands
 * (record->withdrawn_height) and what replaced it. */
enum err NODISCARD view_opinion(const Seam__OpinionRecord **out, struct overlay *state,
                                const char *opinion, struct arena *arena);
/* view_opinion_head: which opinion spoke last of a period. */
enum err NODISCARD view_opinion_head(const Seam__OpinionHead **out, struct overlay *state,
                                     const char *facility, const char *period, struct arena *arena);
enum err NODISCARD view_coal_sample(const Seam__CoalSampleRecord **out, struct overlay *state,
                                    const char *sample, struct arena *arena);
/* view_lab_report: which sample a laboratory report, named by its hash, speaks of; an account that
 * cites a report as evidence can be held against this (V14). */
enum err NODISCARD view_lab_report(const Seam__LabReportRecord **out, struct overlay *state,
                                   const struct hash *report, struct arena *arena);
enum err NODISCARD view_grant(const Seam__GrantRecord **out, struct overlay *state,
                              const char *owner, const struct hash *evidence, const char *reader,
                              struct arena *arena);
enum err NODISCARD view_disclosure(const Seam__DisclosureRecord **out, struct overlay *state,
                                   const char *owner, const struct hash *evidence,
                                   const char *reader, uint32_t number, struct arena *arena);
/* view_line_reveal: was line index of an account's version shown to reader? */
enum err NODISCARD view_line_reveal(const Seam__LineRevealRecord **out, struct overlay *state,
                                    const char *facility, const char *period, uint32_t version,
                                    uint32_t index, const char *reader, struct arena *arena);

/* Lists under KEY_LIST, read with view_list: engagements of all (owner NULL) and of each party,
 * opinions of a client, grants of a reader, samples of a facility's owner. view_assurance_count is
 * their length. */
enum err NODISCARD view_assurance_count(uint32_t *out, struct overlay *state, enum key_table table,
                                        const struct hash *owner, struct arena *arena);

#endif
