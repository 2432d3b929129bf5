// One text in, the number of its lines out, and kept in a table. docs/abi.md of the fabric says what else a cell may do.
#include "vx.h"

static int32_t task(const vx_event *event) {
    if (event->input.n == 0) return vx_refuse(VX_S("empty"), VX_S("there is no text"));

    int64_t lines = 0;
    for (int32_t i = 0; i < event->input.n; i++) lines += event->input.p[i] == '\n';

    vx_tuple row = vx_tuple_new(128);
    vx_t_text(&row, event->item);
    vx_t_int(&row, lines);
    int32_t status = vx_put(VX_S("line_count"), &row);
    if (status != VX_OK) return status;

    vx_out out = vx_out_new(32);
    vx_w_int(&out, lines);
    return vx_complete_out(&out);
}

VX_MODULE()
VX_ON_TASK(task)
