/* SPDX-License-Identifier: Apache-2.0 */
/* `seam certificate verify`: two files in, an answer out, no network. What is printed comes from
 * the verified result only, never from the readable part of the file. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ledger/base/num.h"
#include "ledger/chain/certificate.h"
#include "ledger/chain/proof.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/proof_print.h"

#define BUDGET (64 * 1024 * 1024)
#define FILE_MAX (16 * 1024 * 1024)

struct verify {
    const char *certificate;
    const char *genesis;
    const char *max_age; /* hours, or NULL */
    bool json;
};

/* True where the anchor is older than so many hours by this machine's clock. */
static bool too_old(const struct proof_result *result, uint64_t hours)
{
    const uint64_t now_ms = (uint64_t)time(NULL) * 1000;
    const uint64_t age_ms = now_ms > result->anchor.time_ms ? now_ms - result->anchor.time_ms : 0;
    return age_ms > hours * 3600 * 1000;
}

static int answer(const struct verify *verify, const struct proof_result *result, bool old)
{
    if (verify->json) {
        if (proof_print_json(result, old) != OK) {
            return TOOL_NO;
        }
    } else {
        proof_print(result);
        if (old) {
            output_note("seam: the certificate is older than %s hours", verify->max_age);
        }
    }
    return result->failure == PROOF_OK && !old ? TOOL_OK : TOOL_NO;
}

/* A file that cannot be read at all is wrong use; one that was changed is an invalid certificate.
 */
static int refuse(const struct verify *verify, enum err err, const struct err_detail *detail)
{
    output_refusal(verify->json, err, detail);
    return err == ERR_ABSENT || err == ERR_STORAGE || err == ERR_MEMORY ? TOOL_USAGE : TOOL_NO;
}

static int verify_run(const struct verify *verify, uint64_t hours, struct arena *arena)
{
    struct err_detail detail = {0};
    struct bytes genesis;
    struct bytes proof;
    enum err err =
        file_read_document(&genesis, &genesis_form, verify->genesis, FILE_MAX, arena, &detail);
    if (err == OK) {
        err = file_read_document(&proof, &certificate_form, verify->certificate, FILE_MAX, arena,
                                 &detail);
    }
    if (err != OK) {
        return refuse(verify, err, &detail);
    }
    struct proof_result result;
    const enum proof_failure failure = proof_verify(&result, genesis, proof, arena);
    const bool old = failure == PROOF_OK && verify->max_age != NULL && too_old(&result, hours);
    return answer(verify, &result, old);
}

int certificate_verify(int argc, char **argv)
{
    struct verify verify = {.genesis = "genesis.json"};
    const struct option_row rows[] = {
        OPTION_GENESIS(&verify.genesis),
        OPTION_TEXT("max-age", 0, "HOURS", NULL, "an older status is answered with no",
                    &verify.max_age),
        OPTION_JSON(&verify.json),
    };
    const struct option_set set = OPTION_SET(
        "certificate verify FILE [--genesis FILE] [--max-age HOURS]",
        "Checks a certificate without any network: the founding document of the network and the\n"
        "certificate are all it needs. Prints what is proven line by line, or why not. Exit 0 "
        "when\n"
        "it is valid, 1 when not.",
        rows, 1, 1);
    int first = 0;
    const int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    verify.certificate = argv[first];
    uint64_t hours = 0;
    if (verify.max_age != NULL && !num_parse_u64(&hours, bytes_text(verify.max_age), 1000000)) {
        output_note("seam: --max-age takes a whole number of hours");
        return TOOL_USAGE;
    }
    struct arena arena;
    arena_init(&arena, BUDGET);
    const int result = verify_run(&verify, hours, &arena);
    arena_free(&arena);
    return result;
}

int cmd_certificate(int argc, char **argv)
{
    static const struct command table[] = {
        {"verify", certificate_verify, "is it true? needs the certificate and genesis.json only"},
    };
    return command_run(table, sizeof table / sizeof table[0], "seam certificate",
                       "Certificates of what the ledger holds.", argc, argv);
}
