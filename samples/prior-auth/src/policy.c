// Applies the plan's medical policy to each line that is still open. A rule never denies: what it finds becomes a row
// in table exception, waiting for a clinician. Lines already denied on administrative grounds are left alone.
#include "date.h"
#include "tables.h"

// "G89.4" and "G894" are the same code; a listed prefix covers every code below it.
static bool code_under(vx_str code, vx_str prefix) {
    int32_t i = 0;
    for (int32_t k = 0; k < prefix.n; k++) {
        if (prefix.p[k] == '.') continue;
        while (i < code.n && code.p[i] == '.') i++;
        if (i >= code.n || code.p[i] != prefix.p[k]) return false;
        i++;
    }
    return prefix.n > 0;
}

// The next '|'-separated part of list from *at on; false at the end.
static bool next_part(vx_str list, int32_t *at, vx_str *part) {
    if (*at >= list.n) return false;
    vx_str rest = vx_sub(list, *at, list.n);
    int32_t bar = vx_index_of(rest, '|');
    *part = vx_trim(bar < 0 ? rest : vx_sub(rest, 0, bar));
    *at += bar < 0 ? rest.n : bar + 1;
    return true;
}

static bool any_under(vx_str codes, vx_str prefixes) {
    vx_str code, prefix;
    for (int32_t c = 0; next_part(codes, &c, &code);)
        for (int32_t p = 0; next_part(prefixes, &p, &prefix);)
            if (code_under(code, prefix)) return true;
    return false;
}

static bool any_equal(vx_str list, vx_str code) {
    vx_str part;
    for (int32_t at = 0; next_part(list, &at, &part);)
        if (vx_eq(part, code)) return true;
    return false;
}

static bool therapy_documented(vx_str request, vx_str step_codes) {
    vx_tuple key = pa_key(request);
    vx_row row;
    bool found = false;
    int32_t scan = vx_scan(T_THERAPY, &key);
    while (scan >= 0 && !found && vx_scan_next(scan, &row) == 1) {
        (void)vx_r_text(&row);
        (void)vx_r_int(&row);
        vx_str code = vx_r_text(&row);
        found = !row.bad && any_equal(step_codes, code);
    }
    if (scan >= 0) vx_scan_close(scan);
    return found;
}

typedef struct {
    const pa_fact *fact;
    int64_t raised;
    int32_t status; // first failed put
} findings;

static void raise(findings *f, int64_t line, vx_str rule, vx_str detail) {
    int32_t status = pa_put_exception(f->fact, line, rule, detail);
    if (f->status == VX_OK) f->status = status;
    f->raised++;
}

static vx_str limit_text(vx_str label, int64_t asked_milli, int64_t limit_milli) {
    vx_out out = vx_out_new(128);
    vx_w_text(&out, label);
    vx_w_text(&out, VX_S(" "));
    vx_w_milli(&out, asked_milli);
    vx_w_text(&out, VX_S(", limit "));
    vx_w_milli(&out, limit_milli);
    return vx_out_str(&out);
}

static void check_age(findings *f, const pa_line *line, const pa_coverage *rule) {
    if (rule->min_age < 0 && rule->max_age < 0) return;
    int32_t age = f->fact->birth_date.p == NULL ? -1 : pa_years(f->fact->birth_date, line->service_date);
    if (age < 0) raise(f, line->line, VX_S("age_unknown"), VX_S("the plan limits age and the request has no usable birth date"));
    else if (rule->min_age >= 0 && age < rule->min_age)
        raise(f, line->line, VX_S("age_outside_limits"), limit_text(VX_S("age"), age * 1000, rule->min_age * 1000));
    else if (rule->max_age >= 0 && age > rule->max_age)
        raise(f, line->line, VX_S("age_outside_limits"), limit_text(VX_S("age"), age * 1000, rule->max_age * 1000));
}

static void check_line(findings *f, const pa_line *line, const pa_coverage *rule) {
    if (vx_cmp(line->service_date, rule->effective_from) < 0)
        raise(f, line->line, VX_S("code_not_effective"), rule->effective_from);
    if (rule->effective_to.p != NULL && vx_cmp(line->service_date, rule->effective_to) > 0)
        raise(f, line->line, VX_S("code_expired"), rule->effective_to);
    if (rule->diagnoses.n > 0 && !any_under(line->diagnoses, rule->diagnoses))
        raise(f, line->line, VX_S("diagnosis_not_matched"), rule->diagnoses);
    if (rule->max_quantity_milli >= 0 && line->quantity_milli > rule->max_quantity_milli)
        raise(f, line->line, VX_S("quantity_over_limit"), limit_text(VX_S("quantity"), line->quantity_milli, rule->max_quantity_milli));
    check_age(f, line, rule);
    if (rule->step_codes.n > 0 && !therapy_documented(line->request, rule->step_codes))
        raise(f, line->line, VX_S("step_therapy_not_documented"), rule->step_codes);
    if (rule->review) raise(f, line->line, VX_S("clinician_review_required"), rule->label);
}

static int32_t coverage_status(const pa_line *line, vx_str *status) {
    vx_tuple key = pa_line_key(line->request, line->line);
    vx_row row;
    int32_t found = vx_get(T_COVERAGE_RESULT, &key, &row);
    if (found != VX_OK) return found;
    (void)vx_r_text(&row);
    (void)vx_r_int(&row);
    *status = vx_r_text(&row);
    return row.bad ? VX_E_BAD_TUPLE : VX_OK;
}

static bool review_line(findings *f, const pa_line *line) {
    vx_str status;
    pa_coverage rule;
    if (coverage_status(line, &status) != VX_OK) return false;
    if (pa_denies(status)) return true;
    if (vx_eq(status, S_UNKNOWN)) {
        raise(f, line->line, VX_S("service_not_listed"), line->code);
        return true;
    }
    if (pa_get_coverage(f->fact->payer, line->system, line->code, &rule) != VX_OK) return false;
    check_line(f, line, &rule);
    return true;
}

static int32_t result(int64_t exceptions) {
    vx_out out = vx_out_new(64);
    vx_j_object(&out);
    vx_j_name(&out, VX_S("exceptions"));
    vx_j_int(&out, exceptions);
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    pa_fact fact;
    if (pa_get_fact(event->item, &fact) != VX_OK) return 1;
    findings found = {.fact = &fact};
    if (vx_eq(fact.kind, VX_S("inquiry"))) raise(&found, 0, VX_S("inquiry"), VX_S("asks about an earlier authorisation"));
    if (!fact.beneficiary_matches) raise(&found, 0, VX_S("beneficiary_mismatch"), VX_S("the coverage names another patient"));
    vx_tuple key = pa_key(fact.request);
    vx_row row;
    int32_t more, scan = vx_scan(T_LINE, &key);
    if (scan < 0) return 1;
    while ((more = vx_scan_next(scan, &row)) == 1) {
        pa_line line;
        if (!pa_read_line(&row, &line) || !review_line(&found, &line)) return 1;
    }
    vx_scan_close(scan);
    return more < 0 || found.status != VX_OK ? 1 : result(found.raised);
}

VX_MODULE()
VX_ON_TASK(task)
