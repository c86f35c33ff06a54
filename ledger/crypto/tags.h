/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_CRYPTO_TAGS_H
#define LEDGER_CRYPTO_TAGS_H

/* Every domain tag of the ledger, eight bytes each, never reused. A hash or signature of one kind
 * can therefore never be taken for another. */

#define TAG_SIZE 8

#define TAG_CHAIN "SEAMCHN1" /* chain id = H(tag, genesis bytes) */
#define TAG_HEADER "SEAMHDR1" /* block id */
#define TAG_VOTE "SEAMVOT1" /* the 100 signed bytes of a vote begin with it */
#define TAG_TX "SEAMTXN1" /* transaction id and what its signers sign */
#define TAG_TX_SIGNATURES "SEAMTXS1" /* hash of the signatures part */
#define TAG_TX_DETACHED "SEAMTXD1" /* hash of the detached part */
#define TAG_TX_LEAF "SEAMTXL1" /* leaf of tx_root */
#define TAG_RECEIPT_LEAF "SEAMRCP1" /* leaf of receipts_root */
#define TAG_LINE_LEAF "SEAMLIN1" /* leaf of lines_root: salt, canonical line bytes */
#define TAG_EVIDENCE_LEAF "SEAMEVD1" /* leaf of evidence_root: salt, canonical evidence bytes */
#define TAG_PRODUCT_LEAF "SEAMPRD1" /* leaf of products_root: salt, canonical product bytes */
#define TAG_SALT "SEAMSLT1" /* salt of a line or document, from the account's secret */
#define TAG_BLOCK_LEAF "SEAMBLK1" /* leaf of history_root */
#define TAG_VALSET "SEAMVAL1" /* validator set bytes begin with it */
#define TAG_STATE_KEY "SEAMSKY1" /* path of a state key */
#define TAG_STATE_VALUE "SEAMSVA1" /* value hash in the state tree */
#define TAG_STATE_LEAF "SEAMSTL1" /* leaf of the state tree */
#define TAG_STATE_NODE "SEAMSTN1" /* inner node of the state tree */
#define TAG_KEY "SEAMKEY1" /* key id = H(tag, suite, public key) */
#define TAG_ID "SEAMIDN1" /* state-key form of a text id = H(tag, kind, text) */
#define TAG_ACCOUNT "SEAMACC1" /* account hash over its payload bytes */
#define TAG_ANNUAL "SEAMANN1" /* hash of an annual account over its payload bytes */
#define TAG_CLAIM "SEAMCLM1" /* key of what may be counted once: a face, a piece of land */
#define TAG_DISPUTE_CLAIM "SEAMDCL1" /* leaf of a dispute's claims_root: salt, claim bytes */
#define TAG_DECISION_LINE "SEAMDDL1" /* leaf of a decision's lines_root: salt, line bytes */
#define TAG_SET "SEAMSET1" /* hash of a parameter set's canonical bytes */
#define TAG_FINDING "SEAMFND1" /* what a party wrote about a finding: salt, texts */
#define TAG_SAMPLE_COMMIT "SEAMSCM1" /* commitment to a sample: the opening */
#define TAG_SAMPLE_SEED "SEAMSSD1" /* seed of a sample: opening, id of the seed block */
#define TAG_SAMPLE_ROLL "SEAMSRL1" /* one number drawn from a seed: round, attempt */
#define TAG_SAMPLE_LIST "SEAMSLS1" /* list of a sample: ids in the order drawn */
#define TAG_SAMPLE_ACCOUNTS "SEAMSAC1" /* versions of the accounts that a sample is drawn from */
#define TAG_SAMPLE_RESULTS "SEAMSRS1" /* what came of each item drawn, with their salt */
#define TAG_POPULATION "SEAMPOP1" /* population of a sample: salt, ids and weights */
#define TAG_LABORATORY "SEAMLAB1" /* values of a laboratory report, with their salt */
#define TAG_VERIFIED "SEAMVER1" /* name of a verified signature among what is known, local */
#define TAG_CALCULATED "SEAMCAL1" /* name of a recomputed account among what is known, local */
#define TAG_IDEMPOTENCY "SEAMIDE1" /* H(tag, organisation id, key) */

#endif
