/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NODE_CORE_MUTANT_H
#define NODE_CORE_MUTANT_H

/* Seeded bugs of the node around the state machine. A normal build defines nothing, NODE_MUTANT()
 * is false and the compiler drops the branch. tests/sim builds this folder, and
 * node/shell/startup.c, once more with NODE_MUTANTS and requires the simulator of whole nodes or a
 * named unit test to catch each of them; the table stands in tests/sim/README.md. */

enum node_mutant {
    NODE_MUTANT_NONE = 0,
    NODE_MUTANT_GUARD_FORGOTTEN, /* after a restart the guard knows nothing of log and slot */
    NODE_MUTANT_NO_SYNC, /* votes leave before log and slot are synced */
    NODE_MUTANT_NO_SLOT, /* the slot is not written */
    NODE_MUTANT_SLOT_FIRST, /* the slot is written before the log */
    NODE_MUTANT_SYNC_RETRIED, /* a failed sync is taken for a good one */
    NODE_MUTANT_LOST_LOG_VOTES, /* a node that lost its log votes at once */
    NODE_MUTANT_CHECKPOINT_EMPTY, /* a checkpoint drops blocks and certificates still needed */
    NODE_MUTANT_NO_BARRIER, /* the database does not wait for the log */
    NODE_MUTANT_EARLY_ANSWER, /* "final" is answered before the batch is written */
    NODE_MUTANT_BLOCKS_FORGOTTEN, /* a restart ignores the blocks in the log */
    NODE_MUTANT_FUTURE_INVALID, /* a block ahead of the clock is INVALID instead of waiting */
    NODE_MUTANT_CLOCK_HOLDS_FINAL, /* what a quorum decided waits for this node's clock */
    NODE_MUTANT_RECENT_FORGOTTEN, /* after a restart the last blocks are not given by id */
    NODE_MUTANT_BODY_UNCHECKED, /* a wrong body is taken for the block's, and nobody convicted */
    NODE_MUTANT_OWN_KEY_IGNORED, /* a second machine with the same key is not noticed */
    NODE_MUTANT_ROOT_UNCHECKED, /* a block's state root is not compared */
    NODE_MUTANT_SILENT_STOP, /* a node that stops does not say why */
    NODE_MUTANT_EQUAL_POSITION, /* the signer signs other bytes at the position of the last vote */
    NODE_MUTANT_UNCHAINED, /* records of the log need not follow from each other */
    NODE_MUTANT_UNSYNCED_BELIEVED, /* what a killed process had not synced is not synced at a start
                                    */
    NODE_MUTANT_NOT_FORGOTTEN, /* who is forgotten at the door is answered all the same */
    NODE_MUTANT_NEVER_REJUDGED, /* what became impossible stays in the pool */
    NODE_MUTANT_REJUDGE_FIRST, /* looking again begins with the first each time */
    NODE_MUTANT_ASIDE_ALONE, /* a damaged database is set aside without asking who is in reach */
    NODE_MUTANT_ASIDE_NO_LOG, /* it is set aside although the consensus log is damaged, too */
    NODE_MUTANT_DAMAGE_INVALID, /* a block that damage kept from being executed is INVALID */
    NODE_MUTANT_DAMAGE_VALID, /* such a block is voted for */
    NODE_MUTANT_EMPTY_IS_NEW, /* with an empty database log and slot are not asked for past votes */
    NODE_MUTANT_REFUSED_UNSEEN, /* what a builder found no place for is refused without a look */
    NODE_MUTANT_LATE_BY_CLOCK, /* what is too late by this clock alone is dropped */
    NODE_MUTANT_SLOT_UNASKED, /* where log and database agree the slot is not asked for more */
    NODE_MUTANT_TELL_ALL, /* any amount that one peer tells is kept before the door */
    NODE_MUTANT_VAIN_UNNOTICED, /* what a peer tells for nothing is looked at without end */
    NODE_MUTANT_SECOND_INSTANCE, /* a second process on the same directory or keys is let start */
    NODE_MUTANT_OPS_UNBOUNDED, /* what waits for a disk that stands still has no end */
    NODE_MUTANTS_END
};

#ifdef NODE_MUTANTS
extern enum node_mutant node_mutant; /* chosen at run time by the one program built so */
#define NODE_MUTANT(m) (node_mutant == (m))
#else
#define NODE_MUTANT(m) ((m) == NODE_MUTANT_NONE)
#endif

#endif
