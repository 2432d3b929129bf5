// Steady work for measuring: a decimal number in the input is how often one row is read; nothing is logged.
#include "vx.h"

static int32_t task(const vx_event *event) {
    int64_t times = 0;
    if (!vx_parse_int(event->input, &times)) return 1;
    static uint8_t out[128];
    vx_tuple row = vx_tuple_new(64), key = vx_tuple_new(32);
    vx_t_text(&row, VX_S("busy"));
    vx_t_int(&row, times);
    vx_t_float(&row, 1);
    vx_t_text(&key, VX_S("busy"));
    if (vx_put(VX_S("item"), &row) != VX_OK) return 2;
    for (int64_t i = 0; i < times; i++)
        if (vx_import_state_get("item", 4, key.p, key.n, out, sizeof out) != row.n) return 3;
    return 0;
}

// The cheapest import, to separate the boundary's cost from the store's.
static int32_t start(const vx_event *event) {
    int64_t sum = 0;
    for (int32_t i = 0; i < event->attempt; i++) sum += vx_now();
    return sum == 1;
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_START(start)
