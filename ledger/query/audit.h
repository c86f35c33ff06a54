/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LEDGER_QUERY_AUDIT_H
#define LEDGER_QUERY_AUDIT_H

/* What a draw of an audit sample brings from the chain: the headers from the block after the
 * commitment to the seed block, and what makes that block final. The rule checks all of it again
 * (ledger/assurance/audit_sample.c). */

#include "ledger/proto/assurance.pb-c.h"
#include "ledger/query/query.h"

/* audit_seed fills headers, anchor_header, anchor_finalization and anchor_path of draw for a sample
 * of an engagement and gives the id of the seed block. Everything lives in arena. ERR_ABSENT: no
 * block of an outsider since the commitment, or none that is final yet (or a query without blocks);
 * ERR_RANGE: more blocks of the parties than the rule takes; the database's errors. */
enum err NODISCARD audit_seed(Seam__AuditSampleDraw *draw, struct hash *block_id,
                              struct query *query, const Seam__EngagementRecord *engagement,
                              const Seam__AuditSampleRecord *sample, struct arena *arena);

#endif
