// Assembles the decision of one request from coverage_result and exception:
//   approve  every line is covered and nothing was flagged
//   pend     a clinician has to look: any exception, or lines that fare differently
//   deny     every line is denied on administrative grounds (plan, period or service not covered) and nothing was flagged
// There is no path from a medical-policy rule to a denial.
#include "tables.h"

enum { MAX_REASONS = 512 };

typedef struct {
    int64_t line;
    vx_str code, detail;
} reason;

typedef struct {
    pa_fact fact;
    reason reasons[MAX_REASONS];
    int32_t count;
    int64_t approved, pended, denied;
    bool failed;
} decision;

static void add(decision *d, int64_t line, vx_str code, vx_str detail) {
    if (d->count < MAX_REASONS) d->reasons[d->count++] = (reason){line, code, detail};
    else d->failed = true;
}

static bool flagged(const decision *d, int64_t line) {
    for (int32_t i = 0; i < d->count; i++)
        if (d->reasons[i].line == line || d->reasons[i].line == 0) return true;
    return false;
}

static void read_exceptions(decision *d) {
    vx_tuple key = pa_key(d->fact.request);
    vx_row row;
    int32_t more = -1, scan = vx_scan(T_EXCEPTION, &key);
    while (scan >= 0 && (more = vx_scan_next(scan, &row)) == 1) {
        (void)vx_r_text(&row);
        int64_t line = vx_r_int(&row);
        vx_str rule = vx_r_text(&row), detail = vx_r_text(&row);
        add(d, line, rule, detail);
        d->failed = d->failed || row.bad;
    }
    if (scan >= 0) vx_scan_close(scan);
    d->failed = d->failed || more < 0;
}

static void read_lines(decision *d) {
    vx_tuple key = pa_key(d->fact.request);
    vx_row row;
    int32_t more = -1, scan = vx_scan(T_COVERAGE_RESULT, &key);
    while (scan >= 0 && (more = vx_scan_next(scan, &row)) == 1) {
        (void)vx_r_text(&row);
        int64_t line = vx_r_int(&row);
        vx_str status = vx_r_text(&row), label = vx_r_text(&row);
        d->failed = d->failed || row.bad;
        if (flagged(d, line)) d->pended++;
        else if (vx_eq(status, S_COVERED)) d->approved++;
        else if (pa_denies(status)) d->denied++;
        else { d->pended++; add(d, line, VX_S("service_not_listed"), VX_NONE); } // unknown and unflagged: still a person's
        if (pa_denies(status)) add(d, -line, status, label);
    }
    if (scan >= 0) vx_scan_close(scan);
    d->failed = d->failed || more < 0;
}

static vx_str outcome(decision *d) {
    if (d->pended > 0) return VX_S("pend");
    if (d->denied == 0) return VX_S("approve");
    if (d->approved == 0) return VX_S("deny");
    vx_str why = VX_S("some services are covered and some are not");
    add(d, 0, VX_S("mixed_lines"), why);
    if (pa_put_exception(&d->fact, 0, VX_S("mixed_lines"), why) != VX_OK) d->failed = true;
    return VX_S("pend");
}

// Distinct codes in the order found, separated by commas: what a list of decisions shows.
static vx_str codes(const decision *d) {
    vx_out out = vx_out_new(4096);
    for (int32_t i = 0; i < d->count; i++) {
        bool seen = false;
        for (int32_t k = 0; k < i && !seen; k++) seen = vx_eq(d->reasons[k].code, d->reasons[i].code);
        if (seen) continue;
        if (out.n > 0) vx_w_char(&out, ',');
        vx_w_text(&out, d->reasons[i].code);
    }
    return vx_out_str(&out);
}

static int32_t put_decision(const decision *d, vx_str what) {
    vx_tuple row = vx_tuple_new(4608);
    vx_t_text(&row, d->fact.request);
    vx_t_text(&row, what);
    vx_t_text(&row, codes(d));
    vx_t_int(&row, d->fact.lines);
    vx_t_int(&row, d->approved);
    vx_t_int(&row, d->pended);
    vx_t_int(&row, d->denied);
    vx_t_bool(&row, d->fact.urgent);
    return vx_put(T_DECISION, &row);
}

static void count_member(vx_out *out, vx_str name, int64_t value) {
    vx_j_name(out, name);
    vx_j_int(out, value);
}

static int32_t complete(const decision *d, vx_str what) {
    int32_t room = 256;
    for (int32_t i = 0; i < d->count; i++) room += 64 + d->reasons[i].code.n + 6 * d->reasons[i].detail.n; // an escape takes at most 6
    vx_out out = vx_out_new(room);
    vx_j_object(&out);
    count_member(&out, VX_S("approved"), d->approved);
    count_member(&out, VX_S("denied"), d->denied);
    count_member(&out, VX_S("lines"), d->fact.lines);
    vx_j_name(&out, VX_S("outcome"));
    vx_j_text(&out, what);
    count_member(&out, VX_S("pended"), d->pended);
    vx_j_name(&out, VX_S("reasons"));
    vx_j_array(&out);
    for (int32_t i = 0; i < d->count; i++) {
        const reason *r = &d->reasons[i];
        vx_j_object(&out);
        vx_j_name(&out, VX_S("code"));
        vx_j_text(&out, r->code);
        if (r->detail.p != NULL) { vx_j_name(&out, VX_S("detail")); vx_j_text(&out, r->detail); }
        count_member(&out, VX_S("line"), r->line < 0 ? -r->line : r->line);
        vx_j_end_object(&out);
    }
    vx_j_end_array(&out);
    vx_j_name(&out, VX_S("urgent"));
    vx_j_bool(&out, d->fact.urgent);
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    decision *d = vx_new(sizeof *d);
    if (d == NULL) return 1;
    memset(d, 0, sizeof *d);
    if (pa_get_fact(event->item, &d->fact) != VX_OK) return 1;
    read_exceptions(d);
    read_lines(d);
    if (d->approved + d->pended + d->denied != d->fact.lines) return 1; // a line without a coverage result: not ours to guess
    vx_str what = outcome(d);
    if (d->failed || put_decision(d, what) != VX_OK) return 1;
    return complete(d, what);
}

VX_MODULE()
VX_ON_TASK(task)
