/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_VERIFICATION_REPORT_H
#define TOOLS_VERIFICATION_REPORT_H

/* The verification report in the order of the guide (F11), from what the node answers to
 * GetEngagement and GetOpinion. Every code is said in words; every number is the node's. */

#include <stdio.h>

#include "ledger/codec/json_in.h"
#include "ledger/codec/json_out.h"
#include "tools/verification_words.h"

/* verification_report_number: of the opinion, or the one it will have. */
const char *verification_report_number(const struct json_node *engagement,
                                       const struct json_node *opinion);

/* verification_report_markdown writes it for people; opinion NULL: none is issued. */
void verification_report_markdown(FILE *out, const struct json_node *engagement,
                                  const struct json_node *opinion, enum language language);

/* verification_report_json writes both answers, and the words of their codes. */
void verification_report_json(struct json_out *out, const struct json_node *engagement,
                              const struct json_node *opinion, enum language language);

#endif
