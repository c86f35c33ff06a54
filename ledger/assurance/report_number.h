/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_REPORT_NUMBER_H
#define LEDGER_ASSURANCE_REPORT_NUMBER_H

/* The number of a verification report as the guide wants it (F11): province, agency, unit, year,
 * version, e.g. CN14-CNASVB001-00MINE-2026-1. Nobody chooses it: province and year are those of the
 * scope's first period, the agency is the verifier's accreditation number, the unit the last six
 * characters of the client's USCC (or of its id), the version counts the reports whose number
 * begins alike. */

#include "ledger/assurance/engagement.h"

#define REPORT_NUMBER_SIZE 80

/* report_number_next is the number that the next opinion of an engagement has. The world's errors.
 */
enum err NODISCARD report_number_next(char out[REPORT_NUMBER_SIZE], struct overlay *state,
                                      const Seam__EngagementRecord *engagement,
                                      struct arena *arena);

/* report_number_check: stated is this number, or nothing. */
enum judgement report_number_check(const struct engaging *in, const char *stated);

/* report_number_take gives the number and counts it. */
enum err NODISCARD report_number_take(char out[REPORT_NUMBER_SIZE], struct rule_context *context,
                                      const Seam__EngagementRecord *engagement);

#endif
