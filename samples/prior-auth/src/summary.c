// The join: counts over every request once the input is closed and every decision is settled.
#include "tables.h"

enum { COUNTS = 10 };
enum { REQUESTS, DECIDED, APPROVED, PENDED, DENIED, URGENT_WAITING, EXCEPTIONS, LINES, COVERAGE_ROWS, COVERAGE_REJECTED };

static const vx_str names[COUNTS] = {
    [REQUESTS] = {"requests", 8}, [DECIDED] = {"decided", 7}, [APPROVED] = {"approved", 8}, [PENDED] = {"pended", 6},
    [DENIED] = {"denied", 6}, [URGENT_WAITING] = {"urgent_waiting", 14}, [EXCEPTIONS] = {"exceptions", 10}, [LINES] = {"lines", 5},
    [COVERAGE_ROWS] = {"coverage_rows", 13}, [COVERAGE_REJECTED] = {"coverage_rejected", 17},
};

typedef bool (*visit)(vx_row *row, int64_t *counts);

static bool each(vx_str table, visit look, int64_t *count, int64_t *counts) {
    vx_tuple all = vx_tuple_new(16);
    vx_row row;
    int32_t more, scan = vx_scan(table, &all);
    if (scan < 0) return false;
    uint32_t mark = vx_arena_mark();
    while ((more = vx_scan_next(scan, &row)) == 1) {
        ++*count;
        if (look != NULL && !look(&row, counts)) return false;
        vx_arena_release(mark);
    }
    vx_scan_close(scan);
    return more == 0;
}

static bool decision(vx_row *row, int64_t *counts) {
    (void)vx_r_text(row);
    vx_str outcome = vx_r_text(row);
    (void)vx_r_text(row);
    counts[LINES] += vx_r_int(row);
    for (int32_t i = 0; i < 3; i++) (void)vx_r_int(row);
    bool urgent = vx_r_bool(row), pended = vx_eq(outcome, VX_S("pend"));
    counts[APPROVED] += vx_eq(outcome, VX_S("approve"));
    counts[DENIED] += vx_eq(outcome, VX_S("deny"));
    counts[PENDED] += pended;
    counts[URGENT_WAITING] += pended && urgent;
    return !row->bad;
}

static int32_t task(const vx_event *event) {
    (void)event;
    int64_t counts[COUNTS] = {0};
    bool read = each(T_FACT, NULL, &counts[REQUESTS], counts) && each(T_DECISION, decision, &counts[DECIDED], counts)
        && each(T_EXCEPTION, NULL, &counts[EXCEPTIONS], counts) && each(T_COVERAGE, NULL, &counts[COVERAGE_ROWS], counts)
        && each(T_COVERAGE_REJECTED, NULL, &counts[COVERAGE_REJECTED], counts);
    if (!read) return 1;
    vx_out out = vx_out_new(1024);
    vx_j_object(&out);
    for (int32_t i = 0; i < COUNTS; i++) {
        vx_tuple row = vx_tuple_new(128);
        vx_t_text(&row, names[i]);
        vx_t_int(&row, counts[i]);
        if (vx_put(T_SUMMARY, &row) != VX_OK) return 1;
        vx_j_name(&out, names[i]);
        vx_j_int(&out, counts[i]);
    }
    vx_j_end_object(&out);
    return vx_complete_out(&out);
}

VX_MODULE()
VX_ON_TASK(task)
