/* SPDX-License-Identifier: Apache-2.0 */
/* A balance is an exact sum of four readings; the unit of the set's fuel row holds for all four. */
#include "ledger/accounting/fuel.h"

const Seam__FuelName *fuel_find(struct line *line)
{
    if (line->in->fuel[0] == '\0') {
        line_fail(line, ERR_MISSING, "fuel", NULL, "docs/formulas.md lists the fuels of the set");
        return NULL;
    }
    const Seam__FuelName *fuel = set_fuel(line->calc->set, line->in->fuel);
    if (fuel == NULL) {
        line_fail(line, ERR_PARAM, "fuel", NULL, "the parameter set does not know this fuel");
    }
    return fuel;
}

static bool read_stock(struct line *line, struct ratio *out, const Seam__Stock *stock,
                       const char *unit)
{
    const struct {
        const char *name;
        const Seam__Quantity *quantity;
        bool minus;
    } parts[] = {{"stock.purchased", stock->purchased, false},
                 {"stock.sold", stock->sold, true},
                 {"stock.opening", stock->opening, false},
                 {"stock.closing", stock->closing, true}};
    bool good = true;
    struct input values[4] = {{.text = "0"}, {.text = "0"}, {.text = "0"}, {.text = "0"}};
    *out = ratio_of_int(0);
    for (size_t i = 0; i < 4; i++) {
        if (parts[i].quantity == NULL && i > 0) {
            continue; /* nothing sold, nothing in stock */
        }
        if (!line_quantity(line, &values[i], parts[i].name, "ad", parts[i].quantity, unit)) {
            good = false;
        } else if (parts[i].minus) {
            ratio_sub_dec(out, values[i].value);
        } else {
            ratio_add_dec(out, values[i].value);
        }
    }
    if (!good) {
        return false;
    }
    line_step(line, "AD", out, unit, "%s - %s + %s - %s", values[0].text, values[1].text,
              values[2].text, values[3].text);
    if (ratio_sign(out) < 0) {
        line_fail(line, ERR_NEG, "stock", "not below 0",
                  "purchased - sold + opening - closing is negative");
        return false;
    }
    return true;
}

bool fuel_amount(struct line *line, struct ratio *out, const char *unit)
{
    if (line->in->stock != NULL) {
        if (line->in->ad != NULL) {
            line_fail(line, ERR_PARAM, "stock", NULL, "give ad or stock, not both");
            return false;
        }
        return read_stock(line, out, line->in->stock, unit);
    }
    struct input ad;
    if (!line_quantity(line, &ad, "ad", "ad", line->in->ad, unit)) {
        return false;
    }
    *out = ratio_of_dec(ad.value);
    return true;
}
