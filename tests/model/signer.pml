/* SPDX-License-Identifier: Apache-2.0 */
/* One validator's signer with its log and its slot, and every crash: the process alone (what was
 * written but not synced can still be read), or the machine (of what was not synced any part is
 * left, and a slot under way may be old, new or torn). Once, the whole log is lost too.
 *
 * Never do two different signatures leave for one position (epoch, view, phase: one number here),
 * and never one that log and slot do not hold on the disk.
 *
 * spin -a signer.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m100000
 * With -DBUG_EARLY, _LOG_ONLY, _SLOT_ONLY, _NO_GUARD, _GUARD_FROM_SLOT, _OVERWRITE_NEWER,
 * _TORN_IS_FRESH, _SYNC_ERROR, _TRUST_CACHE or _NO_COMPLETE an assertion must fail. */

#define POSITIONS 3
#define TORN 15

/* the disk */
byte log_vote[POSITIONS + 1]; /* by position: what is signed, 1 or 2; 0 none */
byte log_top; /* last position written */
byte log_safe; /* last position synced */
byte slot_at[2]; /* position on the disk, or TORN */
byte slot_vote[2];
bit newer; /* which slot was written last and is whole */
byte dirty; /* 1 + slot written but not synced; 0 none */
byte dirty_at, dirty_vote;
bool log_lost; /* happens once */

/* the signer's memory */
bool up;
byte guard, guard_vote;
byte pending[POSITIONS + 1]; /* signed, not yet released */
byte log_done; /* position to which it believes the log synced */
byte slot_done; /* position that it believes in the slot */
bit target; /* slot being written */

byte left[POSITIONS + 1]; /* what other nodes have seen */

#define NEWEST_AT (dirty == newer + 1 -> dirty_at : slot_at[newer])
#define NEWEST_VOTE (dirty == newer + 1 -> dirty_vote : slot_vote[newer])

#ifdef BUG_SLOT_ONLY
#define LOG_IS_DONE true
#else
#define LOG_IS_DONE (log_done == log_top)
#endif
#define SLOT_IS_DONE (slot_done == guard && dirty == 0)
#ifdef BUG_EARLY
#define MAY_RELEASE true
#else
#ifdef BUG_LOG_ONLY
#define MAY_RELEASE LOG_IS_DONE
#else
#define MAY_RELEASE (LOG_IS_DONE && SLOT_IS_DONE)
#endif
#endif

inline forget() {
    up = false; guard = 0; guard_vote = 0; log_done = 0; slot_done = 0; target = 0;
    pending[1] = 0; pending[2] = 0; pending[3] = 0
}

/* What the crash of the machine leaves of a slot under way. */
inline settle_slot() {
    if
    :: dirty == 0
    :: dirty != 0 -> /* all of it */
        slot_at[dirty - 1] = dirty_at; slot_vote[dirty - 1] = dirty_vote
    :: dirty != 0 /* nothing of it */
    :: dirty != 0 -> slot_at[dirty - 1] = TORN; slot_vote[dirty - 1] = 0 /* some of it */
    fi;
    dirty = 0; dirty_at = 0; dirty_vote = 0;
    newer = (slot_at[0] == TORN -> 1 : (slot_at[1] == TORN -> 0 : slot_at[1] > slot_at[0]))
}

/* What was not synced may be there up to any point. */
inline cut_log() {
    do
    :: log_top > log_safe -> log_vote[log_top] = 0; log_top--
    :: break
    od
}

inline lose_log() {
    log_lost = true; log_top = 0; log_safe = 0;
    log_vote[1] = 0; log_vote[2] = 0; log_vote[3] = 0
}

/* The guard is the higher of slot and log. No crash damages both slots. */
inline recover() {
    assert(NEWEST_AT != TORN);
    guard = NEWEST_AT; guard_vote = NEWEST_VOTE; slot_done = guard;
#ifdef BUG_TORN_IS_FRESH
    if
    :: slot_at[1 - newer] == TORN -> guard = 0; guard_vote = 0; slot_done = 0
    :: else
    fi;
#endif
    at = POSITIONS;
    do
    :: at > 0 && log_vote[at] == 0 -> at--
    :: else -> break
    od;
    if
    :: at >= guard && at > 0 -> /* otherwise the log was lost: nothing is sent again */
        pending[1] = log_vote[1]; pending[2] = log_vote[2]; pending[3] = log_vote[3];
#ifndef BUG_GUARD_FROM_SLOT
        guard = at; guard_vote = log_vote[at]
#endif
    :: else
    fi;
    log_done = log_top; at = 0;
#ifndef BUG_TRUST_CACHE
    log_safe = log_top;
    if
    :: dirty != 0 ->
        slot_at[dirty - 1] = dirty_at; slot_vote[dirty - 1] = dirty_vote;
        dirty = 0; dirty_at = 0; dirty_vote = 0
    :: else
    fi;
#endif
#ifdef BUG_NO_COMPLETE
    slot_done = guard;
#endif
    up = true
}

active proctype signer() {
    byte at, vote;
end:
    do
    /* the core asks for a vote; the signer signs in memory and appends */
    :: atomic {
            up && guard < POSITIONS ->
            at = guard + 1;
            do
            :: at < POSITIONS -> at++
            :: break
            od;
            vote = 1;
            if
            :: vote = 2
            :: skip
            fi;
            pending[at] = vote;
            log_vote[at] = vote;
            log_top = at;
#ifndef BUG_NO_GUARD
            guard = at;
#else
            guard = at - 1;
#endif
            guard_vote = vote;
            at = 0; vote = 0
        }
#ifndef BUG_SLOT_ONLY
    /* log first */
    :: atomic { up && log_done < log_top -> log_safe = log_top; log_done = log_top }
#ifdef BUG_SYNC_ERROR
    :: atomic { up && log_done < log_top -> log_done = log_top }
#endif
#endif
    /* slot second: the older of the two, written, then synced */
    :: atomic {
            up && dirty == 0 && slot_done != guard && LOG_IS_DONE ->
#ifdef BUG_OVERWRITE_NEWER
            target = newer;
#else
            target = 1 - newer;
#endif
            dirty = target + 1; dirty_at = guard; dirty_vote = guard_vote; newer = target
        }
    :: atomic {
            up && dirty != 0 ->
            slot_at[dirty - 1] = dirty_at; slot_vote[dirty - 1] = dirty_vote;
            slot_done = dirty_at;
            dirty = 0; dirty_at = 0; dirty_vote = 0
        }
    /* then release */
    :: atomic {
            up && (pending[1] != 0 || pending[2] != 0 || pending[3] != 0) && MAY_RELEASE ->
            at = 1;
            do
            :: at <= POSITIONS && pending[at] != 0 ->
                assert(left[at] == 0 || left[at] == pending[at]);
                assert(at <= log_safe && log_vote[at] == pending[at]);
                left[at] = pending[at];
                pending[at] = 0;
                at++
            :: at <= POSITIONS && pending[at] == 0 -> at++
            :: at > POSITIONS -> break
            od;
            at = 0
        }
    /* crashes */
    :: atomic { up -> forget(); cut_log() }
    :: atomic { forget(); cut_log(); log_safe = log_top; settle_slot() }
    :: atomic { !log_lost -> forget(); settle_slot(); lose_log() }
    :: atomic { !up -> recover() }
    od
}
