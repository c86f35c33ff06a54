/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_ENERGY_H
#define LEDGER_PROVENANCE_ENERGY_H

/* Emissions follow mass x calorific value (methodology (21)), so who may state any calorific value
 * may park them in coal that nobody buys [V11, V13]. Energy therefore balances like ash, free of
 * water; what is declared gangue has the ash of gangue; and what lies outside of what coal can be,
 * or takes far more than its share, is found. Inside provenance/ only. */

#include "ledger/provenance/event.h"

/* energy_judge fills the energy of the event's balance: more out than in by balance.energy is
 * refused (ERR_BALANCE, V11), less is the finding W_BALANCE (D38). Asked only where every input
 * states a calorific value. Losses state none: they have as much as what burns in the inputs. */
enum judgement energy_judge(struct event *event, const struct balance *balance);
/* energy_of_blend is the highest calorific value, in MJ/t as received, with which a blend of so
 * much moisture has no more energy than its inputs, counted as washing counts it. */
enum judgement energy_of_blend(struct event *event, uint32_t *most_mj_t, const struct masses *in,
                               uint32_t moisture_e4);
/* energy_share flags outputs that take more than share.most times the average grams a tonne of all
 * that carry any (W_SHARE). Outputs are the last count lots that the event made. */
enum judgement energy_share(struct event *event, size_t count);
/* energy_gangue refuses (ERR_BALANCE, D41) what is declared gangue with less ash than
 * gangue.ash_least; anything else holds. */
enum judgement energy_gangue(struct event *event, const Seam__LotRecord *lot, const char *field);
/* energy_plausible asks a lot whose quality was declared: gangue as above, coal a calorific value
 * between energy.daf_least and energy.daf_most, free of water and ash (W_NCV). */
enum judgement energy_plausible(struct event *event, const Seam__LotRecord *lot, const char *field);

#endif
