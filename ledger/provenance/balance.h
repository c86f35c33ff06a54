/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_BALANCE_H
#define LEDGER_PROVENANCE_BALANCE_H

/* V11: what goes in is what comes out, of dry mass, ash and carbon [KSSJ 7.2.1b]. Pure arithmetic,
 * never rounded. Inside provenance/ only. */

#include "ledger/provenance/quality.h"

struct balance {
    struct masses in;
    struct masses out;
    struct masses loss;
};

enum balance_part { BALANCE_MASS, BALANCE_DRY, BALANCE_ASH, BALANCE_CARBON };

enum balance_verdict {
    BALANCE_HOLDS,
    BALANCE_EXCESS, /* more came out than went in, above tolerance */
    BALANCE_DEFICIT /* less, above tolerance */
};

/* balance_difference is in - out - loss, in kg for the mass, 10^-4 kg for dry mass, 10^-8 kg else.
 */
__int128 balance_difference(const struct balance *balance, enum balance_part part);
/* balance_judge compares the difference with tolerance (a fraction) of what went in; exactly at the
 * tolerance it holds. */
enum balance_verdict balance_judge(const struct balance *balance, enum balance_part part,
                                   struct dec tolerance);
/* balance_kg gives an amount of a part in whole kg, away from zero. */
__int128 balance_kg(__int128 amount, enum balance_part part);
/* balance_measured: were carbon contents measured everywhere? */
bool balance_measured(const struct balance *balance);
/* balance_record fills a record; every side must be at most MASS_KG_MAX. */
void balance_record(Seam__LotBalance *out, const struct balance *balance);

/* within is true where magnitude <= tolerance * whole; whole is not negative. */
bool balance_within(__int128 magnitude, __int128 whole, struct dec tolerance);

/* balance_yield_e4 is (raw - tail) / (clean - tail) in 10^-4, rounded half up, of ash contents in
 * one unit (V11). False where it is no fraction: contents equal, or raw not between them. */
bool NODISCARD balance_yield_e4(uint32_t *out, int64_t raw, int64_t clean, int64_t tail);
/* balance_yields gives actual and expected yield of product, one of balance->out, by the ash of
 * everything else that came out. False where it has no answer. */
bool NODISCARD balance_yields(uint32_t *actual_e4, uint32_t *expected_e4,
                              const struct balance *balance, const struct masses *product);

#endif
