/* SPDX-License-Identifier: Apache-2.0 */
/* Safety of Simplex/J: four validators, one of them Byzantine. It signs everything, so that two
 * correct votes make a certificate, which anybody may use at any later time or never. All leaders
 * are Byzantine: two blocks a view, each on any admissible parent. A crash is no step of its own:
 * votes are durable before they count, and what a node knows besides it may leave unused.
 * A block is a number: 0 where the epoch starts, 2v - 1 and 2v in view v.
 *
 * spin -a -DVIEWS=2 consensus.pml && cc -O2 -DSAFETY -o pan pan.c && ./pan -m1000
 * With -DBUG_NO_LOCK, _FORGET_LOCK, _BOTH, _LATE_FINALIZE, _TWO_NOTARIZE or _SMALL_QUORUM an
 * assertion must fail. */

#ifndef VIEWS
#define VIEWS 2
#endif
#define NODES 3
#define BLOCKS (2 * VIEWS + 1)
#define ABSENT 15
#ifdef BUG_SMALL_QUORUM
#define NEEDED 1
#else
#define NEEDED 2
#endif

#define AT(node, view) ((node) * (VIEWS + 1) + (view))
#define VIEW_OF(block) (((block) + 1) / 2)

byte notarized[NODES * (VIEWS + 1)]; /* block voted for; 0 none */
byte nullified[NODES * (VIEWS + 1)]; /* 1 + reported lock; 0 none */
byte finalized[NODES * (VIEWS + 1)]; /* block voted for; 0 none */
byte view[NODES];
byte lock[NODES];
byte parent[BLOCKS]; /* of each block; ABSENT before its first vote */

#define SUM(table, value, v)                                                                     \
    ((table[AT(0, v)] == (value)) + (table[AT(1, v)] == (value)) + (table[AT(2, v)] == (value)))
#define IS_NOTARIZED(b) ((b) == 0 || SUM(notarized, b, VIEW_OF(b)) >= NEEDED)
#define IS_FINAL(b) ((b) != 0 && SUM(finalized, b, VIEW_OF(b)) >= NEEDED)
#ifdef BUG_NO_LOCK
#define WITHIN(node, v, most) (nullified[AT(node, v)] > 0)
#else
#define WITHIN(node, v, most) (nullified[AT(node, v)] > 0 && nullified[AT(node, v)] <= (most) + 1)
#endif
/* Z(v) of votes whose locks are at most `most` */
#define IS_SKIPPED(v, most) ((WITHIN(0, v, most) + WITHIN(1, v, most) + WITHIN(2, v, most)) >= NEEDED)
/* J1 or J2 */
#define ADMITS(v, b)                                                                             \
    (IS_NOTARIZED(b) && (VIEW_OF(b) + 1 == (v) || (VIEW_OF(b) + 1 < (v) && IS_SKIPPED((v) - 1, VIEW_OF(b)))))

#ifdef BUG_TWO_NOTARIZE
#define MAY_NOTARIZE(node) (nullified[AT(node, view[node])] == 0)
#else
#define MAY_NOTARIZE(node)                                                                       \
    (nullified[AT(node, view[node])] == 0 && notarized[AT(node, view[node])] == 0)
#endif

byte low, high, at; /* of check() only */

/* Whatever is final lies in one chain; nothing is both final and nullified. */
inline check() {
    d_step {
        low = 1;
        do
        :: low < BLOCKS && IS_FINAL(low) ->
            assert(IS_NOTARIZED(low));
            assert(!IS_SKIPPED(VIEW_OF(low), VIEWS));
            high = 1;
            do
            :: high < BLOCKS && VIEW_OF(high) >= VIEW_OF(low) && IS_FINAL(high) ->
                at = high;
                do
                :: VIEW_OF(at) > VIEW_OF(low) -> at = parent[at]
                :: else -> break
                od;
                assert(at == low);
                high++
            :: high < BLOCKS && !(VIEW_OF(high) >= VIEW_OF(low) && IS_FINAL(high)) -> high++
            :: high >= BLOCKS -> break
            od;
            low++
        :: low < BLOCKS && !IS_FINAL(low) -> low++
        :: low >= BLOCKS -> break
        od;
        low = 0; high = 0; at = 0
    }
}

proctype correct(byte self) {
    byte block, base, target;
end:
    do
    /* NOTARIZE: a block of this view, known already or made now on an admissible parent */
    :: atomic {
            view[self] <= VIEWS && MAY_NOTARIZE(self) ->
            block = 2 * view[self] - 1;
            if
            :: skip
            :: parent[block] != ABSENT -> block++ /* the second one begins after the first */
            fi;
            if
            :: parent[block] != ABSENT -> base = parent[block]
            :: else ->
                base = 0;
                do
                :: base + 2 < block -> base++
                :: break
                od
            fi;
            if
            :: ADMITS(view[self], base) ->
                parent[block] = base;
                notarized[AT(self, view[self])] = block
            :: else
            fi;
            block = 0; base = 0;
            check()
        }
    /* NULLIFY with the lock */
    :: atomic {
            view[self] <= VIEWS && nullified[AT(self, view[self])] == 0 ->
            nullified[AT(self, view[self])] = 1 + lock[self];
#ifdef BUG_FORGET_LOCK
            if
            :: nullified[AT(self, view[self])] = 1
            :: skip
            fi;
#endif
            check()
        }
    /* N of this view or a higher one: FINALIZE, and on */
    :: atomic {
            view[self] <= VIEWS ->
            block = 2 * view[self] - 1;
            do
            :: block + 1 < BLOCKS -> block++
            :: break
            od;
            if
            :: IS_NOTARIZED(block) ->
                if
#ifndef BUG_BOTH
                :: nullified[AT(self, VIEW_OF(block))] > 0
                :: else ->
#else
                :: true ->
#endif
                    finalized[AT(self, VIEW_OF(block))] = block
                fi;
                lock[self] = VIEW_OF(block);
                view[self] = VIEW_OF(block) + 1
            :: else
            fi;
            block = 0;
            check()
        }
    /* Z of this view or a higher one, with the notarization of a block its locks admit */
    :: atomic {
            view[self] <= VIEWS ->
            target = view[self];
            do
            :: target < VIEWS -> target++
            :: break
            od;
            base = 0;
            do
            :: VIEW_OF(base + 1) < target -> base++
            :: break
            od;
            if
            :: IS_SKIPPED(target, VIEW_OF(base)) && IS_NOTARIZED(base) ->
                if
                :: VIEW_OF(base) > lock[self] -> lock[self] = VIEW_OF(base)
                :: else
                fi;
                view[self] = target + 1
            :: else
            fi;
            base = 0; target = 0
        }
    /* N of a view that was left: the lock rises, no vote */
    :: atomic {
            view[self] > 1 && lock[self] + 1 < view[self] ->
            block = 2 * lock[self] + 1;
            do
            :: VIEW_OF(block + 1) < view[self] -> block++
            :: break
            od;
            if
            :: IS_NOTARIZED(block) ->
                lock[self] = VIEW_OF(block);
#ifdef BUG_LATE_FINALIZE
                finalized[AT(self, VIEW_OF(block))] = block;
#endif
            :: else
            fi;
            block = 0;
            check()
        }
    od
}

init {
    atomic {
        byte i = 1;
        do
        :: i < BLOCKS -> parent[i] = ABSENT; i++
        :: else -> break
        od;
        view[0] = 1; view[1] = 1; view[2] = 1;
        run correct(0); run correct(1); run correct(2)
    }
}
