/*
 * Tables of the prior-authorisation mission, shared by its modules. Column order here is the order of mission.json;
 * change both together. Everything about one request is keyed by its item key first, so one request is one range.
 */
#ifndef PA_TABLES_H
#define PA_TABLES_H

#include "vx.h"

#define T_COVERAGE VX_S("coverage")                   /* payer, system, code -> what the plan says about a service */
#define T_COVERAGE_REJECTED VX_S("coverage_rejected") /* rows of the file that were not loaded, and why */
#define T_FACT VX_S("fact")                           /* one row a request */
#define T_LINE VX_S("line")                           /* one row a requested service */
#define T_THERAPY VX_S("therapy")                     /* treatments the request documents as tried before */
#define T_COVERAGE_RESULT VX_S("coverage_result")     /* one row a line: what the schedule says */
#define T_EXCEPTION VX_S("exception")                 /* what a person has to look at; line 0 is the whole request */
#define T_DECISION VX_S("decision")                   /* one row a request */
#define T_SUMMARY VX_S("summary")                     /* counts over all requests */

/* coverage_result.status. The first two leave the line open; the others deny it on administrative grounds. */
#define S_COVERED VX_S("covered")
#define S_UNKNOWN VX_S("unknown")
#define S_EXCLUDED VX_S("service_excluded")
#define S_NO_PLAN VX_S("plan_not_administered")
#define S_NOT_ACTIVE VX_S("coverage_not_active")
#define S_OUTSIDE VX_S("outside_coverage_period")

static inline bool pa_denies(vx_str status) { return !vx_eq(status, S_COVERED) && !vx_eq(status, S_UNKNOWN); }

typedef struct {
    vx_str request, kind, patient, payer, payer_name, provider, created, birth_date, coverage_status, coverage_start, coverage_end;
    bool urgent, beneficiary_matches;
    int64_t lines;
} pa_fact;

typedef struct {
    vx_str request, system, code, label, service_date, diagnoses;
    int64_t line, quantity_milli;
} pa_line;

/* A limit of -1 is "none". Lists are separated by '|'. Dates are YYYY-MM-DD, so text order is date order. */
typedef struct {
    vx_str payer, system, code, label, diagnoses, step_codes, effective_from, effective_to;
    bool covered, review;
    int64_t max_quantity_milli, min_age, max_age;
} pa_coverage;

static inline vx_tuple pa_key(vx_str request) {
    vx_tuple key = vx_tuple_new(128);
    vx_t_text(&key, request);
    return key;
}

static inline vx_tuple pa_line_key(vx_str request, int64_t line) {
    vx_tuple key = vx_tuple_new(160);
    vx_t_text(&key, request);
    vx_t_int(&key, line);
    return key;
}

static inline int32_t pa_put_fact(const pa_fact *f) {
    vx_tuple row = vx_tuple_new(4096);
    vx_t_text(&row, f->request);
    vx_t_text(&row, f->kind);
    vx_t_text(&row, f->patient);
    vx_t_text(&row, f->payer);
    vx_t_text_or_null(&row, f->payer_name);
    vx_t_text(&row, f->provider);
    vx_t_text(&row, f->created);
    vx_t_bool(&row, f->urgent);
    vx_t_text_or_null(&row, f->birth_date);
    vx_t_text(&row, f->coverage_status);
    vx_t_text_or_null(&row, f->coverage_start);
    vx_t_text_or_null(&row, f->coverage_end);
    vx_t_bool(&row, f->beneficiary_matches);
    vx_t_int(&row, f->lines);
    return vx_put(T_FACT, &row);
}

static inline int32_t pa_get_fact(vx_str request, pa_fact *f) {
    vx_tuple key = pa_key(request);
    vx_row row;
    int32_t status = vx_get(T_FACT, &key, &row);
    if (status != VX_OK) return status;
    f->request = vx_r_text(&row);
    f->kind = vx_r_text(&row);
    f->patient = vx_r_text(&row);
    f->payer = vx_r_text(&row);
    f->payer_name = vx_r_text(&row);
    f->provider = vx_r_text(&row);
    f->created = vx_r_text(&row);
    f->urgent = vx_r_bool(&row);
    f->birth_date = vx_r_text(&row);
    f->coverage_status = vx_r_text(&row);
    f->coverage_start = vx_r_text(&row);
    f->coverage_end = vx_r_text(&row);
    f->beneficiary_matches = vx_r_bool(&row);
    f->lines = vx_r_int(&row);
    return row.bad ? VX_E_BAD_TUPLE : VX_OK;
}

static inline int32_t pa_put_line(const pa_line *l) {
    vx_tuple row = vx_tuple_new(4096);
    vx_t_text(&row, l->request);
    vx_t_int(&row, l->line);
    vx_t_text(&row, l->system);
    vx_t_text(&row, l->code);
    vx_t_text_or_null(&row, l->label);
    vx_t_int(&row, l->quantity_milli);
    vx_t_text(&row, l->service_date);
    vx_t_text(&row, l->diagnoses);
    return vx_put(T_LINE, &row);
}

static inline bool pa_read_line(vx_row *row, pa_line *l) {
    l->request = vx_r_text(row);
    l->line = vx_r_int(row);
    l->system = vx_r_text(row);
    l->code = vx_r_text(row);
    l->label = vx_r_text(row);
    l->quantity_milli = vx_r_int(row);
    l->service_date = vx_r_text(row);
    l->diagnoses = vx_r_text(row);
    return !row->bad;
}

static inline void pa_limit(vx_tuple *row, int64_t limit) { if (limit < 0) vx_t_null(row); else vx_t_int(row, limit); }

static inline int64_t pa_read_limit(vx_row *row) {
    if (!vx_r_is_null(row)) return vx_r_int(row);
    vx_r_skip_null(row);
    return -1;
}

static inline int32_t pa_put_coverage(const pa_coverage *c) {
    vx_tuple row = vx_tuple_new(4096);
    vx_t_text(&row, c->payer);
    vx_t_text(&row, c->system);
    vx_t_text(&row, c->code);
    vx_t_text(&row, c->label);
    vx_t_bool(&row, c->covered);
    pa_limit(&row, c->max_quantity_milli);
    pa_limit(&row, c->min_age);
    pa_limit(&row, c->max_age);
    vx_t_text(&row, c->diagnoses);
    vx_t_text(&row, c->step_codes);
    vx_t_bool(&row, c->review);
    vx_t_text(&row, c->effective_from);
    vx_t_text_or_null(&row, c->effective_to);
    return vx_put(T_COVERAGE, &row);
}

static inline int32_t pa_get_coverage(vx_str payer, vx_str system, vx_str code, pa_coverage *c) {
    vx_tuple key = vx_tuple_new(1024);
    vx_t_text(&key, payer);
    vx_t_text(&key, system);
    vx_t_text(&key, code);
    vx_row row;
    int32_t status = vx_get(T_COVERAGE, &key, &row);
    if (status != VX_OK) return status;
    c->payer = vx_r_text(&row);
    c->system = vx_r_text(&row);
    c->code = vx_r_text(&row);
    c->label = vx_r_text(&row);
    c->covered = vx_r_bool(&row);
    c->max_quantity_milli = pa_read_limit(&row);
    c->min_age = pa_read_limit(&row);
    c->max_age = pa_read_limit(&row);
    c->diagnoses = vx_r_text(&row);
    c->step_codes = vx_r_text(&row);
    c->review = vx_r_bool(&row);
    c->effective_from = vx_r_text(&row);
    c->effective_to = vx_r_text(&row);
    return row.bad ? VX_E_BAD_TUPLE : VX_OK;
}

/* Waiting for a person: nothing in this mission ever clears an exception. */
static inline int32_t pa_put_exception(const pa_fact *fact, int64_t line, vx_str rule, vx_str detail) {
    vx_tuple row = vx_tuple_new(1024 + detail.n);
    vx_t_text(&row, fact->request);
    vx_t_int(&row, line);
    vx_t_text(&row, rule);
    vx_t_text(&row, detail);
    vx_t_bool(&row, fact->urgent);
    vx_t_text(&row, VX_S("waiting"));
    return vx_put(T_EXCEPTION, &row);
}

/* True when the table holds a row under this prefix. */
static inline bool pa_any(vx_str table, const vx_tuple *prefix) {
    vx_row row;
    int32_t handle = vx_scan(table, prefix);
    if (handle < 0) return false;
    int32_t found = vx_scan_next(handle, &row);
    vx_scan_close(handle);
    return found == 1;
}

#endif
