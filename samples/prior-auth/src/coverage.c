// Joins each requested service with the coverage schedule. What it can say without clinical judgement it says here:
// covered, unknown (a person has to look), or denied because the plan, the period or the service is not covered.
#include "tables.h"

static int32_t put_result(const pa_line *line, vx_str status, vx_str label) {
    vx_tuple row = vx_tuple_new(1024);
    vx_t_text(&row, line->request);
    vx_t_int(&row, line->line);
    vx_t_text(&row, status);
    vx_t_text_or_null(&row, label);
    return vx_put(T_COVERAGE_RESULT, &row);
}

// A schedule that lost rows while loading must not turn a gap into a denial.
static bool schedule_is_whole(void) {
    vx_tuple all = vx_tuple_new(16);
    return !pa_any(T_COVERAGE_REJECTED, &all);
}

// VX_NONE when nothing about plan or membership stands in the way of this line.
static vx_str membership(const pa_fact *fact, const pa_line *line, bool plan_known) {
    if (!plan_known) return schedule_is_whole() ? S_NO_PLAN : S_UNKNOWN;
    if (!vx_eq(fact->coverage_status, VX_S("active"))) return S_NOT_ACTIVE;
    if (fact->coverage_start.p != NULL && vx_cmp(line->service_date, fact->coverage_start) < 0) return S_OUTSIDE;
    if (fact->coverage_end.p != NULL && vx_cmp(line->service_date, fact->coverage_end) > 0) return S_OUTSIDE;
    return VX_NONE;
}

static int32_t judge(const pa_fact *fact, const pa_line *line, bool plan_known, vx_str *status) {
    pa_coverage schedule = {.label = VX_NONE};
    *status = membership(fact, line, plan_known);
    if (status->p == NULL) {
        int32_t found = pa_get_coverage(fact->payer, line->system, line->code, &schedule);
        if (found != VX_OK && found != VX_E_NOT_FOUND) return found;
        *status = found == VX_E_NOT_FOUND ? S_UNKNOWN : schedule.covered ? S_COVERED : S_EXCLUDED;
    }
    return put_result(line, *status, schedule.label);
}

static int32_t result(int64_t lines, int64_t covered, int64_t denied) {
    vx_out out = vx_out_new(128);
    vx_j_object(&out);
    vx_j_name(&out, VX_S("covered"));
    vx_j_int(&out, covered);
    vx_j_name(&out, VX_S("denied"));
    vx_j_int(&out, denied);
    vx_j_name(&out, VX_S("lines"));
    vx_j_int(&out, lines);
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    pa_fact fact;
    if (pa_get_fact(event->item, &fact) != VX_OK) return 1;
    vx_tuple key = pa_key(fact.request), plan = vx_tuple_new(512);
    vx_t_text(&plan, fact.payer);
    bool plan_known = pa_any(T_COVERAGE, &plan);
    int64_t lines = 0, covered = 0, denied = 0;
    vx_row row;
    int32_t more, scan = vx_scan(T_LINE, &key);
    if (scan < 0) return 1;
    while ((more = vx_scan_next(scan, &row)) == 1) {
        pa_line line;
        vx_str status;
        if (!pa_read_line(&row, &line) || judge(&fact, &line, plan_known, &status) != VX_OK) return 1;
        lines++;
        covered += vx_eq(status, S_COVERED);
        denied += pa_denies(status);
    }
    vx_scan_close(scan);
    return more < 0 ? 1 : result(lines, covered, denied);
}

VX_MODULE()
VX_ON_TASK(task)
