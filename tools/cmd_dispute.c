/* SPDX-License-Identifier: Apache-2.0 */
/* `seam dispute`: operations of the HTTP interface as they are, a case that is checked without any
 * network, and the opening of statements that were sealed to one's key. */

#include <stdio.h>
#include <string.h>

#include "api/sealed.h"
#include "ledger/base/period.h"
#include "ledger/codec/base64.h"
#include "ledger/query/case_verify.h"
#include "tools/bundle_file.h"
#include "tools/command.h"
#include "tools/file.h"
#include "tools/options.h"
#include "tools/output.h"
#include "tools/passphrase.h"
#include "tools/remote.h"
#include "tools/view.h"

#define SEALED_MAX ((size_t)64 << 20)
#define REQUEST_MAX 4096

static const struct remote_row rows[] = {
    {"open", "OpenDispute", "FILE", "contest an account, claim by claim"},
    {"join", "JoinDispute", "FILE", "add one's claims to an open dispute"},
    {"state", "FileStatement", "dispute visibility text",
     "a statement, PUBLIC or SEALED to the regulator"},
    {"extend", "ExtendDispute", "dispute deadline working_days# reason",
     "more time for STATEMENTS or DECISION"},
    {"panel", "NamePanel", "FILE", "name three persons, two of whom decide"},
    {"decide", "DecideDispute", "FILE", "decide every claim with its reason"},
    {"appeal", "AppealDispute", "dispute grounds", "appeal, once"},
    {"close", "CloseDispute", "dispute", "note that the default rule stands"},
    {"withdraw", "WithdrawDispute", "dispute reason", "take back one's own claims"},
    {"publish", "PublishDispute", "FILE", "publish a final case, masked"},
    {"show", "GetDispute", "dispute", "where it stands, deadlines, statements, decisions"},
    {"list", "ListDisputes", "[facility]", "disputes; others by --field period=, status="},
};

/* --- bundle ----------------------------------------------------------------------------------- */

static int save(const struct json_node *data, const char *path)
{
    if (path == NULL) {
        output_line("%s", view_text(data, "bundle"));
        return TOOL_OK;
    }
    return bundle_file_save(data, path, "seam dispute verify");
}

static int dispute_bundle(int argc, char **argv)
{
    struct remote remote = {.node = NULL};
    struct http_reply reply;
    struct json_out request;
    const char *path = NULL;
    const struct option_row options[] = {
        OPTION_NODE(&remote.node),
        OPTION_TOKEN(&remote.token),
        OPTION_TEXT("out", 'o', "FILE", NULL, "save it there", &path),
    };
    const struct option_set set =
        OPTION_SET("dispute bundle DISPUTE",
                   "The whole case as one file, to be checked with `seam dispute verify FILE`.",
                   options, 1, 1);
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    json_out_init(&request, 0, REQUEST_MAX);
    json_out_object(&request);
    json_out_field_text(&request, "dispute", argv[first]);
    json_out_end(&request);
    status = remote_ask(&reply, &remote, "GetCaseBundle", &request);
    if (status == TOOL_OK) {
        status = save(reply.data, path);
        http_reply_free(&reply);
    }
    return status;
}

/* --- verify ----------------------------------------------------------------------------------- */

static int print_result(const struct case_verify_result *result, bool json)
{
    const struct bundle_verdict verdict = {.good = result->failure == CASE_VERIFY_OK,
                                           .name = case_verify_name(result),
                                           .sentence = case_verify_sentence(result),
                                           .about = result->about,
                                           .anchor = &result->bundle.anchor};
    if (json) {
        struct json_out out;
        json_out_init(&out, JSON_OUT_INDENT, 65536);
        json_out_object(&out);
        bundle_verdict_json(&out, &verdict);
        if (verdict.good) {
            char time[TIME_TEXT_SIZE];
            time_text(time, result->bundle.anchor.time_ms);
            json_out_field_text(&out, "as_of", time);
            json_out_field_text(&out, "dispute", result->dispute->dispute);
            json_out_field_text(&out, "status", result->status);
            json_out_field_text(&out, "recomputed", result->recomputed);
            json_out_field_uint(&out, "statements", result->statements);
            json_out_field_uint(&out, "findings", result->findings);
            json_out_field_uint(&out, "decisions", result->dispute->n_decisions);
            json_out_field_uint(&out, "effects", result->effects);
            json_out_field_uint(&out, "shown", result->shown);
        }
        json_out_end(&out);
        return output_json(&out) == OK && verdict.good ? TOOL_OK : TOOL_NO;
    }
    bundle_verdict_print(&verdict);
    if (!verdict.good) {
        return TOOL_NO;
    }
    output_line("dispute %s is %s: %s", result->dispute->dispute, result->status,
                case_verify_sentence(result));
    output_line("%zu statements, %zu findings, %zu decisions, %zu effects; %zu lines published",
                result->statements, result->findings, result->dispute->n_decisions, result->effects,
                result->shown);
    return TOOL_OK;
}

static int verify_run(const struct bundle_check *check, struct arena *arena)
{
    struct case_verify_result result;
    struct err_detail detail = {0};
    struct bytes bundle;
    struct bytes genesis;
    const enum err err = bundle_check_read(&genesis, &bundle, check, arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return err == ERR_ABSENT ? TOOL_USAGE : TOOL_NO;
    }
    (void)case_verify(&result, genesis, bundle, arena);
    return print_result(&result, check->json);
}

static int dispute_verify(int argc, char **argv)
{
    return bundle_check_command(
        "dispute verify FILE [--genesis FILE]",
        "Checks a case without any network: signatures, finality, and that nothing of the case is\n"
        "left out and every record says what was signed. Exit 0 when it is valid, 1 when not.",
        verify_run, argc, argv);
}

/* --- sealed statements ------------------------------------------------------------------------ */

struct unsealing {
    const char *dispute;
    const char *file; /* base64, as FileStatement answered */
    const char *key;
    const char *passphrase;
};

static int unseal_run(const struct unsealing *in, struct arena *arena)
{
    struct sign_key key;
    struct hash key_id;
    struct bytes text;
    struct bytes sealed;
    struct bytes plain;
    struct err_detail detail = {0};
    enum err err = file_read(&text, in->file, SEALED_MAX, arena, &detail);
    if (err != OK) {
        output_error(err, &detail);
        return TOOL_USAGE;
    }
    while (text.size > 0 && text.data[text.size - 1] == '\n') {
        text.size--;
    }
    if (key_open(&key, NULL, in->key, in->passphrase) != OK) {
        return TOOL_USAGE;
    }
    sign_key_id(&key_id, SUITE_ED25519_SHA256, bytes_of(key.public_key, SIGN_PUBLIC_SIZE));
    err = base64_read(&sealed, text, arena);
    if (err == OK) {
        err = sealed_open(&plain, sealed, in->dispute, &key_id, &key, arena);
    }
    sign_key_wipe(&key);
    if (err != OK) {
        output_error(err, NULL);
        return TOOL_NO;
    }
    output_line("%.*s", (int)plain.size, (const char *)plain.data);
    return TOOL_OK;
}

static int dispute_unseal(int argc, char **argv)
{
    struct unsealing in = {.key = NULL};
    const struct option_row options[] = {
        OPTION_KEY(&in.key),
        OPTION_PASSPHRASE(&in.passphrase),
    };
    const struct option_set set = OPTION_SET(
        "dispute unseal DISPUTE FILE --key FILE",
        "Opens a statement that was sealed to the regulator, with an officer's key. FILE "
        "holds what FileStatement\ngave as `sealed`. Needs no network.",
        options, 2, 2);
    struct arena arena;
    int first = 0;
    int status = options_parse(&set, argc, argv, &first);
    if (status != OPTIONS_GO) {
        return status;
    }
    if (in.key == NULL) {
        output_note("seam: --key is needed");
        return TOOL_USAGE;
    }
    in.dispute = argv[first];
    in.file = argv[first + 1];
    arena_init(&arena, 4 * SEALED_MAX);
    status = unseal_run(&in, &arena);
    arena_free(&arena);
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

static const struct command files[] = {
    {"bundle", dispute_bundle, "the whole case as one file"},
    {"verify", dispute_verify, "check a case without any network"},
    {"unseal", dispute_unseal, "open a statement sealed to one's key"},
};

int cmd_dispute(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(argv[1], files[i].name) == 0) {
            return files[i].run(argc - 1, argv + 1);
        }
    }
    const int status =
        remote_group(rows, sizeof rows / sizeof rows[0], "dispute",
                     "Who contests an account, who says what, who decides.", argc, argv);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
            (void)printf("  %-12s %s\n", files[i].name, files[i].help);
        }
    }
    return status;
}
