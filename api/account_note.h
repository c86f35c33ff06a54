/* SPDX-License-Identifier: Apache-2.0 */
#ifndef API_ACCOUNT_NOTE_H
#define API_ACCOUNT_NOTE_H

/* What a person is shown before signing an account, the first and the second one alike (decision
 * D26): totals, the difference to the month before and to the version before. */

#include "api/call.h"

/* account_note gives a finished JSON object in the call's arena. */
enum err NODISCARD account_note(struct call *call, struct query *query,
                                const Seam__Account *account, struct bytes *out);

/* account_fields writes the totals of an account into an open object. */
void account_fields(struct json_out *out, const Seam__Account *account);

#endif
