/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_ASSURANCE_PARAMETER_H
#define LEDGER_ASSURANCE_PARAMETER_H

/* The verification rules that a scheme may choose: a parameter set like any other, published and
 * adopted, named by its hash (genesis/sets/VERIFICATION-RULES-1.json). Inside this folder only. */

#include "ledger/assurance/refusal.h"
#include "ledger/proto/account.pb-c.h"

struct parameters {
    const Seam__ParameterSet *set; /* borrowed */
};

/* parameter_read finds the published set with this hash. NOT_YET with ERR_SET where there is none.
 */
enum judgement parameter_read(struct parameters *out, struct rule_context *context,
                              ProtobufCBinaryData set_hash, struct err_detail *detail);
/* parameter_adopted: has the scheme of a facility adopted the set for a period? */
enum judgement parameter_adopted(struct rule_context *context, ProtobufCBinaryData set_hash,
                                 const char *scheme, const char *period, struct err_detail *detail);
/* parameter_integer reads a value times 10^decimals. False: the set has none of this key, or it is
 * no such number between 0 and 10^9. */
bool NODISCARD parameter_integer(uint32_t *out, const struct parameters *in, const char *key,
                                 uint8_t decimals);
/* parameter_need is parameter_integer for a value that a rule cannot do without. */
enum judgement parameter_need(uint32_t *out, const struct parameters *in, const char *key,
                              uint8_t decimals, struct err_detail *detail);

#endif
