/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TOOLS_GENESIS_DEMO_H
#define TOOLS_GENESIS_DEMO_H

/* A demonstration consortium in one directory: a mine, its group, a verifier and a regulator, their
 * people, keys and nodes; members without a node (another mine and verifier, washery, carrier,
 * power station, coking plant, laboratory, two desks, bank, authority, registrar) and their people;
 * the facilities of a boundaries file and the built-in parameter sets.
 *
 *   DIR/genesis.json
 *   DIR/nodes.json                 what a starter of nodes needs to know
 *   DIR/node-N/keys/               validator.key, signer.state, node.key, <person>.key
 *   DIR/node-N/data/               empty; never holds a key
 *
 * The first four organisations take the nodes in turn; the keys of an organisation's people lie
 * with its first node, those of the members without one are spread over the first four nodes
 * (members in nodes.json). Every file is new: nothing is overwritten. */

#include "ledger/base/err.h"
#include "ledger/proto/genesis.pb-c.h"

struct genesis_demo {
    const char *dir;
    const char *network;
    /* A file, JSON: {"facilities": [GenesisFacility, ...]}; NULL: the built-in sample. */
    const char *boundaries;
    uint64_t time_ms;
    uint32_t nodes; /* 4 to 64 */
};

enum err NODISCARD genesis_demo_make(const struct genesis_demo *demo, struct err_detail *detail);

/* genesis_parameters fills in the values of a pilot (decision D18). */
void genesis_parameters(Seam__ConsensusParameters *consensus, Seam__ChainParameters *chain);

/* genesis_demo_check executes a document as a node would at its first start. */
enum err NODISCARD genesis_demo_check(struct bytes genesis, struct hash *chain_id,
                                      struct err_detail *detail);

#endif
