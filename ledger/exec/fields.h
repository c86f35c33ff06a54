/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_EXEC_FIELDS_H
#define LEDGER_EXEC_FIELDS_H

/* The fields of what is common to all transactions: Transaction, Body, Signature, Receipt. */

#include "ledger/codec/field.h"

extern const struct field_table exec_own_fields;

#endif
