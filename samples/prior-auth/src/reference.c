// Loads the coverage schedule, a CSV file, into table coverage. A row that cannot be read is not loaded: it goes into
// coverage_rejected with its line number and a reason, and while that table holds anything no module denies for want
// of a row. A file without the right header, or without a single usable row, is refused.
#include "date.h"
#include "tables.h"

enum { COLUMNS = 13 };

#define HEADER VX_S("payer,system,code,label,covered,max_quantity,min_age,max_age,diagnoses,step_codes,review,effective_from,effective_to")

// One record; quotes are removed in place ("" is one quote). -1: a quote is open at the end or text follows one.
static int32_t split(char **at, char *end, vx_str *fields) {
    int32_t count = 0;
    char *p = *at;
    for (;;) {
        char *from = p, *to = p;
        bool quoted = p < end && *p == '"', bad = false;
        if (quoted) {
            from = to = ++p;
            for (; p < end; p++) {
                if (*p == '"' && (p + 1 == end || p[1] != '"')) break;
                if (*p == '"') p++;
                *to++ = *p;
            }
            bad = p >= end;
            if (!bad) p++;
            while (p < end && *p != ',' && *p != '\n') { bad = bad || *p != '\r'; p++; }
        } else {
            while (p < end && *p != ',' && *p != '\n') *to++ = *p++;
        }
        if (bad) { while (p < end && *p != '\n') p++; count = -1; }
        if (count >= 0) {
            if (count < COLUMNS) fields[count] = vx_trim((vx_str){from, (int32_t)(to - from)});
            count++;
        }
        bool more = count > 0 && p < end && *p == ',';
        if (p < end) p++;
        if (!more) { *at = p; return count; }
    }
}

static bool valid_utf8(vx_str s) {
    const uint8_t *p = (const uint8_t *)s.p, *end = p + s.n;
    while (p < end) {
        int32_t n = *p < 0x80 ? 1 : vx_utf8_length(p, end);
        if (n == 0) return false;
        p += n;
    }
    return true;
}

static bool yes_no(vx_str s, bool *out) {
    *out = vx_eq(s, VX_S("yes"));
    return *out || vx_eq(s, VX_S("no"));
}

// Empty is "no limit", -1; otherwise a whole number from 0 to a million, times scale.
static bool limit(vx_str s, int64_t scale, int64_t *out) {
    *out = -1;
    if (s.n == 0) return true;
    if (!vx_parse_int(s, out) || *out < 0 || *out > 1000000) return false;
    *out *= scale;
    return true;
}

static vx_str read_row(int32_t count, const vx_str *f, pa_coverage *c) {
    pa_date date;
    if (count < 0) return VX_S("bad_quotes");
    if (count != COLUMNS) return VX_S("wrong_column_count");
    for (int32_t i = 0; i < COLUMNS; i++) {
        if (!valid_utf8(f[i])) return VX_S("not_utf8");
        if (f[i].n > 200) return VX_S("field_too_long");
    }
    *c = (pa_coverage){.payer = f[0], .system = f[1], .code = f[2], .label = f[3], .diagnoses = f[8], .step_codes = f[9],
                       .effective_from = f[11], .effective_to = f[12].n > 0 ? f[12] : VX_NONE};
    if (c->payer.n == 0 || c->system.n == 0 || c->code.n == 0) return VX_S("missing_key");
    if (!yes_no(f[4], &c->covered) || !yes_no(f[10], &c->review)) return VX_S("bad_yes_no");
    if (!limit(f[5], 1000, &c->max_quantity_milli)) return VX_S("bad_quantity");
    if (!limit(f[6], 1, &c->min_age) || !limit(f[7], 1, &c->max_age)) return VX_S("bad_age");
    if (c->min_age >= 0 && c->max_age >= 0 && c->min_age > c->max_age) return VX_S("bad_age");
    if (!pa_parse_date(f[11], &date) || (f[12].n > 0 && !pa_parse_date(f[12], &date))) return VX_S("bad_date");
    if (f[12].n > 0 && vx_cmp(f[12], f[11]) < 0) return VX_S("bad_date");
    vx_tuple key = vx_tuple_new(1024);
    vx_t_text(&key, c->payer);
    vx_t_text(&key, c->system);
    vx_t_text(&key, c->code);
    return pa_any(T_COVERAGE, &key) ? VX_S("duplicate_key") : VX_NONE;
}

static int32_t reject(int64_t line, vx_str reason) {
    vx_tuple row = vx_tuple_new(256);
    vx_t_int(&row, line);
    vx_t_text(&row, reason);
    return vx_put(T_COVERAGE_REJECTED, &row);
}

static int32_t result(int64_t loaded, int64_t rejected) {
    vx_out out = vx_out_new(128);
    vx_j_object(&out);
    vx_j_name(&out, VX_S("loaded"));
    vx_j_int(&out, loaded);
    vx_j_name(&out, VX_S("rejected"));
    vx_j_int(&out, rejected);
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    vx_str text = event->input;
    if (vx_trim(text).n == 0) return vx_refuse(VX_S("empty"), VX_S("the coverage file is empty"));
    int32_t first = vx_index_of(text, '\n');
    if (!vx_eq(vx_trim(first < 0 ? text : vx_sub(text, 0, first)), HEADER))
        return vx_refuse(VX_S("bad_header"), VX_S("the first line is not the coverage header"));
    char *at = (char *)(uintptr_t)text.p + (first < 0 ? text.n : first + 1), *end = (char *)(uintptr_t)text.p + text.n;
    int64_t line = 1, loaded = 0, rejected = 0;
    while (at < end) {
        uint32_t mark = vx_arena_mark();
        vx_str fields[COLUMNS];
        pa_coverage row;
        line++;
        char *from = at;
        int32_t count = split(&at, end, fields);
        if (vx_trim((vx_str){from, (int32_t)(at - from)}).n == 0) continue;
        vx_str reason = read_row(count, fields, &row);
        int32_t status = reason.p == NULL ? pa_put_coverage(&row) : reject(line, reason);
        if (status != VX_OK) return 1;
        if (reason.p == NULL) loaded++; else rejected++;
        vx_arena_release(mark);
    }
    if (loaded == 0) return vx_refuse(VX_S("no_usable_row"), VX_S("no row of the coverage file could be loaded"));
    return result(loaded, rejected);
}

VX_MODULE()
VX_ON_TASK(task)
