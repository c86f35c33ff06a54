/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_REGISTRY_UNITS_FIELDS_H
#define LEDGER_REGISTRY_UNITS_FIELDS_H

/* Bounds of the messages that name units. A payload is checked against the table of its own rows,
 * so each table of this folder takes these in. */

#include "ledger/codec/field.h"
#include "ledger/proto/registry.pb-c.h"

#define UNITS_FIELD(type, name, kind_, required_, ...)                                             \
    {                                                                                              \
        .message = &seam__##type##__descriptor, .field = name, .kind = FIELD_##kind_,              \
        .required = required_, .help_en = __VA_ARGS__                                              \
    }

#define UNITS_FIELD_ROWS                                                                           \
    UNITS_FIELD(serial_range, "start", INTEGER, 1, "First serial number.", .min = "1",             \
                .max = "1000000000000"),                                                           \
        UNITS_FIELD(serial_range, "end", INTEGER, 1, "Last serial number, included.", .min = "1",  \
                    .max = "1000000000000"),                                                       \
        UNITS_FIELD(units, "registry", ID, 0,                                                      \
                    "Issuer of the serial numbers; the asset's own when "                          \
                    "empty.",                                                                      \
                    .choices = "A-Z"),                                                             \
        UNITS_FIELD(units, "asset", ID, 1, "Asset class.", .choices = "A-Z"),                      \
        UNITS_FIELD(units, "project", ID, 0, "Project of a credit."),                              \
        UNITS_FIELD(units, "vintage", INTEGER, 1, "Year of allocation or of the reduction.",       \
                    .min = "1990", .max = "2199"),                                                 \
        UNITS_FIELD(units, "quantity", INTEGER, 1, "Number of units.", .min = "1",                 \
                    .max = "1000000000000"),                                                       \
        UNITS_FIELD(units, "ranges", MESSAGE, 0, "Exactly these serial numbers.", .max = "64")

#endif
