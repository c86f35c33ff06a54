/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_ALLOCATION_H
#define LEDGER_REGISTRY_ALLOCATION_H

/* What ALLOCATE and ADJUST share. Inside this folder only. */

#include "ledger/registry/block.h"

/* The account, its asset and the record of what it was given of a vintage. */
struct allocating {
    Seam__HoldingRecord holding;
    Seam__AllocationRecord record;
    struct series series;
    struct state_key key;
};

/* allocation_load checks that the sender regulates the account, that the asset is an allowance and
 * that the account answers for the facility (empty: the holder as a whole). Where units are given,
 * the account must also take the asset and be able to receive; taking back needs neither. */
enum judgement allocation_load(struct rule_context *context, struct allocating *out,
                               const Seam__AllocationRecord *what, bool gives,
                               struct err_detail *detail);
/* allocation_give issues quantity less what the account owes, which is added to *set_off. */
enum judgement allocation_give(struct rule_context *context, Seam__HoldingRecord *holding,
                               const struct series *series, uint64_t quantity, uint64_t *set_off,
                               struct err_detail *detail);
/* allocation_after_cut is quantity less a cut in basis points; the cut is rounded down. */
uint64_t allocation_after_cut(uint64_t quantity, uint32_t cut_bp);

#endif
