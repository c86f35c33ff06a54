/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_LOCALNET_TOKEN_H
#define TOOLS_LOCALNET_TOKEN_H

/* Access tokens of the people whose keys lie with the nodes of a localnet. */

#include "tools/localnet.h"

#define LOCALNET_TOKEN_MAX 128

/* Organisation and person, each NULL for the first there is. */
struct localnet_person {
    const char *member;
    const char *person;
};

/* localnet_token asks node n, or with 0 the first node where such a person signs, for a token.
 * ERR_ABSENT: nobody there fits; ERR_TOKEN, ERR_NO_QUORUM and what reading files answers. */
enum err NODISCARD localnet_token(char out[LOCALNET_TOKEN_MAX], const struct localnet *net,
                                  uint32_t n, const struct localnet_person *of,
                                  struct err_detail *detail);

#endif
