/* SPDX-License-Identifier: Apache-2.0 */
/* Sections are numbered by hand: a number stands for the same section in every language and
 * whatever the engagement has come to. */

#include "tools/verification_report.h"

#include <inttypes.h>
#include <string.h>

#include "tools/view.h"

#define TEXT_SIZE 64
#define GRAMS_A_TONNE 1000000

struct report {
    FILE *out;
    const struct json_node *engagement;
    const struct json_node *opinion;
    enum language language;
};

/* --- pieces ------------------------------------------------------------------------------------*/

static const char *word(const struct report *report, const char *key)
{
    return verification_word(key, report->language);
}

static const char *code(const struct report *report, const char *kind, const char *text)
{
    return verification_code(kind, text, report->language);
}

static int64_t number_of(const struct json_node *node, const char *key)
{
    int64_t value = 0;
    (void)!json_node_integer(json_node_get(node, key), &value);
    return value;
}

/* value / 10^places with the language's decimal sign. */
static const char *scaled(char out[TEXT_SIZE], const struct report *report, int64_t value,
                          int64_t scale, int places)
{
    const uint64_t size = value < 0 ? (uint64_t)0 - (uint64_t)value : (uint64_t)value;
    (void)snprintf(out, TEXT_SIZE, "%s%" PRIu64 "%c%0*" PRIu64, value < 0 ? "-" : "",
                   size / (uint64_t)scale, report->language == LANGUAGE_RU ? ',' : '.', places,
                   size % (uint64_t)scale);
    return out;
}

static const char *tonnes(char out[TEXT_SIZE], const struct report *report, int64_t grams)
{
    return scaled(out, report, grams, GRAMS_A_TONNE, 6);
}

/* A cell holds no line break and no bar: what people wrote cannot break the table. */
static void put(const struct report *report, const char *text)
{
    for (; *text != '\0'; text++) {
        const bool breaks = *text == '\n' || *text == '\r' || *text == '|';
        (void)fputc(breaks ? ' ' : *text, report->out);
    }
}

static void cell(const struct report *report, const char *text)
{
    (void)fputs(" ", report->out);
    put(report, *text != '\0' ? text : "–");
    (void)fputs(" |", report->out);
}

static void cell_number(const struct report *report, int64_t value)
{
    (void)fprintf(report->out, " %" PRId64 " |", value);
}

static void nothing(const struct report *report)
{
    (void)fprintf(report->out, "%s\n", word(report, "none"));
}

static void table(const struct report *report, const char *const *keys, size_t count)
{
    (void)fputs("|", report->out);
    for (size_t i = 0; i < count; i++) {
        cell(report, word(report, keys[i]));
    }
    (void)fputs("\n|", report->out);
    for (size_t i = 0; i < count; i++) {
        (void)fputs("---|", report->out);
    }
    (void)fputs("\n", report->out);
}

/* The head of a table with a row for each of a list, or a word where there is none. */
static void table_of(const struct report *report, const struct json_node *list,
                     const char *const *keys, size_t count)
{
    if (json_node_count(list) > 0) {
        table(report, keys, count);
    } else {
        nothing(report);
    }
}

static void heading(const struct report *report, int number, const char *key)
{
    (void)fprintf(report->out, "\n## %d. %s\n\n", number, word(report, key));
}

static void line(const struct report *report, const char *key, const char *text)
{
    (void)fprintf(report->out, "- %s%s%s\n", word(report, key), word(report, "colon"),
                  *text != '\0' ? text : word(report, "none"));
}

static void percent(const struct report *report, const char *key, int64_t bp)
{
    char text[TEXT_SIZE];
    (void)fprintf(report->out, "- %s%s%s %%\n", word(report, key), word(report, "colon"),
                  scaled(text, report, bp, 100, 2));
}

/* --- sections ----------------------------------------------------------------------------------*/

const char *verification_report_number(const struct json_node *engagement,
                                       const struct json_node *opinion)
{
    return opinion != NULL ? view_text(opinion, "report_number")
                           : view_text(engagement, "next_report_number");
}

static void head(const struct report *report)
{
    const struct json_node *engagement = report->engagement;
    const char *number = verification_report_number(engagement, report->opinion);
    (void)fprintf(report->out, "# %s %s\n\n", word(report, "title"), number);
    line(report, report->opinion != NULL ? "number" : "number.next", number);
    line(report, "client", view_text(engagement, "client"));
    line(report, "verifier", view_text(engagement, "verifier"));
    line(report, "level", code(report, "level", view_text(engagement, "level")));
    percent(report, "materiality", number_of(engagement, "materiality_bp"));
    line(report, "guide", view_text(engagement, "guide_edition"));
    line(report, "state", code(report, "state", view_text(engagement, "state")));
    line(report, "deviation", view_text(engagement, "deviation_reason"));
    if (number_of(engagement, "late_days") > 0) {
        (void)fprintf(report->out, "- %s%s%" PRId64 "\n", word(report, "late"),
                      word(report, "colon"), number_of(engagement, "late_days"));
    }
    (void)fprintf(report->out, "- %s%s%" PRId64 " (%s)%s%s\n", word(report, "as_of"),
                  word(report, "colon"), number_of(engagement, "at"),
                  view_text(engagement, "as_of"), word(report, "semicolon"),
                  word(report, "changes"));
}

static void steps(const struct report *report)
{
    const struct json_node *list = json_node_get(report->engagement, "steps");
    heading(report, 1, "steps");
    for (size_t i = 0; i < json_node_count(list); i++) {
        bool done = false;
        (void)!json_node_bool(json_node_get(json_node_at(list, i), "done"), &done);
        (void)fprintf(report->out, "%zu. %s%s%s\n", i + 1,
                      code(report, "step", view_text(json_node_at(list, i), "name")),
                      word(report, "colon"), word(report, done ? "done" : "not_done"));
    }
}

static void team(const struct report *report)
{
    const struct json_node *list = json_node_get(report->engagement, "team");
    heading(report, 2, "team");
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)fprintf(report->out, "- %s%s%s\n",
                      code(report, "function", view_text(at, "function")), word(report, "colon"),
                      view_text(at, "person"));
    }
    if (json_node_count(list) == 0) {
        nothing(report);
    }
    list = json_node_get(report->engagement, "verifier_declarations");
    (void)fprintf(report->out, "\n%s%s\n\n", word(report, "independence"), word(report, "colon"));
    for (size_t i = 0; i < json_node_count(list); i++) {
        const char *text = json_node_text(json_node_at(list, i));
        (void)fprintf(report->out, "- %s\n", code(report, "declaration", text != NULL ? text : ""));
    }
    if (json_node_count(list) == 0) {
        nothing(report);
    }
}

static void sections(const struct report *report)
{
    static const char *const keys[] = {"section", "documents"};
    const struct json_node *list = json_node_get(report->engagement, "sections");
    heading(report, 3, "sections");
    table_of(report, list, keys, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)fputs("|", report->out);
        cell(report, code(report, "section", view_text(at, "section")));
        cell(report, view_text(at, "hash"));
        (void)fputs("\n", report->out);
    }
}

static void recomputation(const struct report *report, const struct json_node *made)
{
    const char *outcome = view_text(made, "outcome");
    const int64_t differences = number_of(made, "differences");
    if (*outcome == '\0') {
        cell(report, word(report, "not_done"));
        return;
    }
    (void)fprintf(report->out, " %s", code(report, "recomputation", outcome));
    if (differences > 0) {
        (void)fprintf(report->out, " (%s%s%" PRId64 ")", word(report, "differences"),
                      word(report, "colon"), differences);
    }
    (void)fputs(" |", report->out);
}

/* A row begins with the account that it is about. */
static void subject(const struct report *report, const struct json_node *at)
{
    (void)fputs("|", report->out);
    cell(report, view_text(at, "facility"));
    cell(report, view_text(at, "period"));
    cell_number(report, number_of(at, "version"));
}

static void scope(const struct report *report)
{
    static const char *const keys[] = {"facility",      "period",     "version", "reported_t",
                                       "recomputation", "in_force_t", "status"};
    const struct json_node *list = json_node_get(report->engagement, "scope");
    char text[TEXT_SIZE];
    heading(report, 4, "scope");
    table(report, keys, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        subject(report, at);
        cell(report, tonnes(text, report, number_of(at, "reported_g")));
        recomputation(report, json_node_get(at, "recomputation"));
        cell(report, tonnes(text, report, number_of(at, "value_in_force_g")));
        cell(report, code(report, "status", view_text(at, "status")));
        (void)fputs("\n", report->out);
    }
}

/* How many of the items drawn did not agree, how many were refused. */
static void examined(const struct report *report, const struct json_node *at)
{
    bool done = false;
    (void)!json_node_bool(json_node_get(at, "examined"), &done);
    if (done) {
        cell_number(report, number_of(at, "differing"));
        cell_number(report, number_of(at, "refused"));
    } else {
        cell(report, "");
        cell(report, "");
    }
}

/* A sample that was drawn again is said to be, with its reason. */
static void repeats(const struct report *report, const struct json_node *at)
{
    if (number_of(at, "repeats") == 0) {
        cell(report, "");
        return;
    }
    (void)fprintf(report->out, " %" PRId64 "%s", number_of(at, "repeats"), word(report, "colon"));
    put(report, view_text(at, "reason"));
    (void)fputs(" |", report->out);
}

static void no_sample(const struct report *report)
{
    if (*view_text(report->engagement, "no_sample_reason") != '\0') {
        (void)fputs("\n", report->out);
        line(report, "no_sample", view_text(report->engagement, "no_sample_reason"));
    }
}

static void samples(const struct report *report)
{
    static const char *const keys[] = {"finding_number", "subject",     "size",    "population",
                                       "seed_height",    "disagreeing", "refused", "repeats"};
    const struct json_node *list = json_node_get(report->engagement, "samples");
    heading(report, 5, "samples");
    table_of(report, list, keys, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        (void)fputs("|", report->out);
        cell_number(report, number_of(at, "number"));
        cell(report, code(report, "subject", view_text(at, "subject")));
        cell_number(report, number_of(at, "size"));
        cell_number(report, number_of(at, "population"));
        if (number_of(at, "seed_height") > 0) {
            cell_number(report, number_of(at, "seed_height"));
        } else {
            cell(report, word(report, "waiting"));
        }
        examined(report, at);
        repeats(report, at);
        (void)fputs("\n", report->out);
    }
    no_sample(report);
}

static void finding_line(const struct report *report, const struct json_node *at)
{
    const char *const parts[] = {view_text(at, "code"), view_text(at, "source"),
                                 view_text(at, "detail"), view_text(at, "field")};
    (void)fprintf(report->out, " %s", code(report, "category", view_text(at, "category")));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (*parts[i] != '\0') {
            (void)fputs(" / ", report->out);
            put(report, parts[i]);
        }
    }
    (void)fputs(" |", report->out);
}

/* What is not there may be withheld: words are for the two parties and the regulator. */
static void finding_words(const struct report *report, const struct json_node *at)
{
    const struct json_node *raised = json_node_get(at, "words");
    const struct json_node *answer = json_node_get(at, "answer");
    cell(report, raised != NULL ? view_text(raised, "text") : word(report, "withheld"));
    cell(report, view_text(answer, "text"));
    cell(report, view_text(answer, "correction"));
}

static void findings(const struct report *report)
{
    static const char *const keys[] = {"finding_number",     "finding_kind", "finding_line",
                                       "effect_t",           "finding_text", "finding_cause",
                                       "finding_correction", "conclusion"};
    const struct json_node *list = json_node_get(report->engagement, "findings");
    char text[TEXT_SIZE];
    heading(report, 6, "findings");
    table_of(report, list, keys, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        const char *resolution = view_text(at, "resolution");
        (void)fputs("|", report->out);
        cell_number(report, number_of(at, "number"));
        cell(report, code(report, "kind", view_text(at, "kind")));
        finding_line(report, at);
        cell(report, tonnes(text, report, number_of(at, "effect_g")));
        finding_words(report, at);
        (void)fprintf(report->out, " %s%s%s |", code(report, "finding", view_text(at, "state")),
                      *resolution != '\0' ? word(report, "colon") : "",
                      *resolution != '\0' ? code(report, "resolution", resolution) : "");
        (void)fputs("\n", report->out);
    }
}

static void open_findings(const struct report *report)
{
    const struct json_node *list = json_node_get(report->opinion, "open_findings");
    (void)fprintf(report->out, "- %s%s", word(report, "open_findings"), word(report, "colon"));
    for (size_t i = 0; i < json_node_count(list); i++) {
        int64_t number = 0;
        (void)!json_node_integer(json_node_at(list, i), &number);
        (void)fprintf(report->out, "%s%" PRId64, i > 0 ? ", " : "", number);
    }
    (void)fprintf(report->out, "%s\n", json_node_count(list) == 0 ? word(report, "none") : "");
}

static void verified(const struct report *report)
{
    static const char *const keys[] = {"facility",
                                       "period",
                                       "version",
                                       "category.SCOPE1",
                                       "category.SCOPE2",
                                       "category.SINK",
                                       "category.INFORMATION",
                                       "gross",
                                       "net"};
    static const char *const amounts[] = {"scope1_g",      "scope2_g", "sinks_g",
                                          "information_g", "gross_g",  "net_g"};
    const struct json_node *list = json_node_get(report->opinion, "subjects");
    char text[TEXT_SIZE];
    (void)fprintf(report->out, "\n%s%s\n\n", word(report, "verified_t"), word(report, "colon"));
    table(report, keys, sizeof keys / sizeof keys[0]);
    for (size_t i = 0; i < json_node_count(list); i++) {
        const struct json_node *at = json_node_at(list, i);
        subject(report, at);
        for (size_t k = 0; k < sizeof amounts / sizeof amounts[0]; k++) {
            const int64_t grams = number_of(json_node_get(at, "verified"), amounts[k]);
            cell(report, tonnes(text, report, grams));
        }
        (void)fputs("\n", report->out);
    }
}

static void opinion(const struct report *report)
{
    const struct json_node *of = report->opinion;
    heading(report, 7, "opinion");
    if (of == NULL) {
        (void)fprintf(report->out, "%s\n", word(report, "not_issued"));
        return;
    }
    line(report, "opinion_name", view_text(of, "opinion"));
    line(report, "opinion_type", code(report, "type", view_text(of, "type")));
    line(report, "opinion_state", code(report, "opinion", view_text(of, "state")));
    line(report, "issued", view_text(of, "issued"));
    open_findings(report);
    percent(report, "uncertainty", number_of(of, "uncertainty_bp"));
    line(report, "deviation", view_text(of, "deviation_reason"));
    line(report, "report_hash", view_text(of, "report_hash"));
    if (*view_text(of, "replaces") != '\0') {
        line(report, "replaces", view_text(of, "replaces"));
    }
    if (*view_text(of, "replaced_by") != '\0') {
        line(report, "replaced_by", view_text(of, "replaced_by"));
    }
    if (*view_text(of, "cause") != '\0') {
        line(report, "withdrawn", code(report, "cause", view_text(of, "cause")));
    }
    verified(report);
}

void verification_report_markdown(FILE *out, const struct json_node *engagement,
                                  const struct json_node *opinion_of, enum language language)
{
    const struct report report = {out, engagement, opinion_of, language};
    head(&report);
    steps(&report);
    team(&report);
    sections(&report);
    scope(&report);
    samples(&report);
    findings(&report);
    opinion(&report);
}

void verification_report_json(struct json_out *out, const struct json_node *engagement,
                              const struct json_node *opinion_of, enum language language)
{
    static const char *const names[LANGUAGES] = {"en", "zh", "ru"};
    json_out_object(out);
    json_out_field_text(out, "format", "seam-verification-report-1");
    json_out_field_text(out, "report_number", verification_report_number(engagement, opinion_of));
    json_out_field_text(out, "language", names[language]);
    json_out_key(out, "engagement");
    json_node_write(out, engagement);
    if (opinion_of != NULL) {
        json_out_key(out, "opinion");
        json_node_write(out, opinion_of);
    }
    json_out_field_object(out, "words");
    for (size_t i = 0; i < verification_word_count; i++) {
        if (strchr(verification_words[i].key, '.') != NULL) {
            json_out_field_text(out, verification_words[i].key,
                                verification_words[i].text[language]);
        }
    }
    json_out_end(out);
    json_out_end(out);
}
