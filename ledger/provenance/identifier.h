/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_PROVENANCE_IDENTIFIER_H
#define LEDGER_PROVENANCE_IDENTIFIER_H

/* The numbers of GS1 that lots use, with their check digits [KSSJ 7.2.1a]: GTIN-14, SSCC-18, lots
 * as GTIN14.BATCH (LGTIN), places as facility id or SGLN. All pure. */

#include "ledger/base/bytes.h"

#define GTIN_SIZE 15 /* 14 digits and NUL */
#define BATCH_MAX 20
#define LOT_ID_SIZE (GTIN_SIZE + 1 + BATCH_MAX) /* 14 digits, point, batch, NUL */
#define LOT_LINK_SIZE 80

/* identifier_check_digit gives the digit ('0' to '9') that completes size digits: weights 3 and 1
 * from the right. All must be digits. */
char identifier_check_digit(const char *digits, size_t size);

bool NODISCARD identifier_gtin_valid(const char *text); /* 14 digits */
bool NODISCARD identifier_sscc_valid(const char *text); /* 18 digits */
bool NODISCARD identifier_lot_valid(const char *text); /* GTIN14.BATCH, batch [A-Za-z0-9_-]{1,20} */
/* identifier_place_valid: the form of a facility id, or an SGLN with its check digit. A text of 13
 * digits, perhaps with a point behind them, is an SGLN and nothing else. */
bool NODISCARD identifier_place_valid(const char *text);
/* identifier_place_is_sgln: is a valid place an SGLN? (Else it is a facility id.) */
bool NODISCARD identifier_place_is_sgln(const char *text);

/* identifier_lot_gtin writes the 14 digits of a valid lot id; out holds GTIN_SIZE. */
void identifier_lot_gtin(char *out, const char *lot);
/* identifier_lot_batch is the part behind the point of a valid lot id; borrows. */
const char *identifier_lot_batch(const char *lot);

/* identifier_lot_link writes the Digital Link of a valid lot id,
 * https://id.gs1.org/01/GTIN/10/BATCH; out holds LOT_LINK_SIZE. */
void identifier_lot_link(char *out, const char *lot);
/* identifier_lot_urn writes urn:epc:class:lgtin:PREFIX.ITEM.BATCH for a company prefix of so many
 * digits (6 to 12); out holds LOT_LINK_SIZE. False for another count of digits. */
bool NODISCARD identifier_lot_urn(char *out, const char *lot, size_t prefix_digits);
/* identifier_lot_read takes a lot id, a Digital Link (of any host) or an LGTIN URN and writes the
 * lot id; out holds LOT_ID_SIZE. False where it is none of them; out is then untouched. */
bool NODISCARD identifier_lot_read(char *out, const char *text);

#endif
