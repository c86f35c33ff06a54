/* SPDX-License-Identifier: Apache-2.0 */
/* Newton's iteration from above: the guesses fall until they meet the root, so the first one that
 * does not fall is the answer. The start is a power of two not below the root. */
#include "ledger/base/root.h"

uint64_t root_floor(root_wide value)
{
    if (value == 0) {
        return 0;
    }
    unsigned bits = 0;
    for (root_wide rest = value; rest > 0; rest >>= 1) {
        bits++;
    }
    root_wide guess = (root_wide)1 << ((bits + 1) / 2);
    for (unsigned i = 0; i < 128; i++) {
        const root_wide next = (guess + value / guess) / 2;
        if (next >= guess) {
            break;
        }
        guess = next;
    }
    return (uint64_t)guess;
}
