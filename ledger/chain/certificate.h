/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CHAIN_CERTIFICATE_H
#define LEDGER_CHAIN_CERTIFICATE_H

/* The two files that people keep: certificate.json and genesis.json (decision D9), as forms for
 * codec/document.h. The readable part is made from the bytes alone; it says what they say, not that
 * it is true: that is proof_verify's answer. */

#include "ledger/codec/document.h"

/* {"format": "seam-certificate-1", "proof": base64 of Proof, "readable": {...}} */
extern const struct document_form certificate_form;

/* {"format": "seam-genesis-1", "chain_id": hex, "genesis": base64 of Genesis, "readable": {...}} */
extern const struct document_form genesis_form;

#endif
