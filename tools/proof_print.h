/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_PROOF_PRINT_H
#define TOOLS_PROOF_PRINT_H

/* What a verified proof says, for people and as JSON. The first line is always the status sentence
 * of decision D45. */

#include "ledger/chain/proof.h"

void proof_print(const struct proof_result *result);
/* proof_print_json prints one document; old says that the caller's age limit was exceeded. */
enum err NODISCARD proof_print_json(const struct proof_result *result, bool old);

#endif
