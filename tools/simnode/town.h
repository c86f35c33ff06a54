/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_SIMNODE_TOWN_H
#define TOOLS_SIMNODE_TOWN_H

/* Who lives in a simulated network: one organisation a validator, two officers each, and what they
 * send. Keys follow from names. A failure here is a bug of the simulation: it aborts. */

#include "ledger/base/arena.h"
#include "ledger/crypto/sign.h"
#include "tools/load/account.h"

#define TOWN_TIME UINT64_C(1790000000000) /* 2026-09-21, the genesis block's */
#define TOWN_VALIDATORS_MAX 16

struct town {
    struct arena arena; /* everything below; lives as long as the town */
    uint16_t validators;
    struct bytes genesis;
    struct hash chain_id;
    struct load_accounts *accounts; /* of ten lines */
};

/* town_open makes the founding document of so many validators. */
void town_open(struct town *town, uint16_t validators);
void town_close(struct town *town);

/* The consensus key and the node key of a validator's machine. */
struct sign_key town_consensus_key(uint16_t validator);
struct sign_key town_node_key(uint16_t validator);

/* town_register is a transaction of an organisation, signed by both officers: one more person,
 * whose name follows from the number. The bytes are the town's. */
struct bytes town_register(struct town *town, uint16_t organisation, uint32_t number,
                           uint64_t valid_until_ms);

/* town_register_two: that person with two keys, its own and the one that follows from shared. */
struct bytes town_register_two(struct town *town, uint16_t organisation, uint32_t number,
                               uint32_t shared, uint64_t valid_until_ms);
/* town_facility registers a facility that is no regulator's, town_account submits the account of
 * its month, or one whose total is off by a gram. */
struct bytes town_facility(struct town *town, uint16_t organisation, uint32_t number,
                           uint64_t valid_until_ms);
struct bytes town_account(struct town *town, uint16_t organisation, uint32_t number, bool right,
                          uint64_t valid_until_ms);
/* Names and keys, as they stand in the state. */
#define TOWN_NAME 32
void town_organisation(char out[TOWN_NAME], uint16_t organisation);
void town_person(char out[TOWN_NAME], uint32_t number);
struct sign_key town_person_key(uint32_t number);
struct sign_key town_shared_key(uint32_t shared);

#endif
