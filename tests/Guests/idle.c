// A cell that waits, as most of a factory's cells do most of the time. Input of the task: "GROUP". It keeps ten rows of its own, follows the
// rows of one group of the view `news` (grp, value, id), and adds up what it is told in one of its rows; a negative value ends it.
// Input "tell ID GROUP VALUE" writes a row of table `note`, which the view shows, and completes.
#include "vx.h"

static const vx_str own = VX_S("own"), news = VX_S("news");

static int32_t put_own(int64_t slot, int64_t n) {
    vx_tuple row = vx_tuple_new(32);
    vx_t_int(&row, slot);
    vx_t_int(&row, n);
    return vx_put(own, &row);
}

static int64_t next_int(vx_str *s) {
    int32_t end = vx_index_of(*s, ' ');
    int64_t value = 0;
    (void)vx_parse_int(vx_sub(*s, 0, end < 0 ? s->n : end), &value);
    *s = end < 0 ? VX_NONE : vx_sub(*s, end + 1, s->n);
    return value;
}

static int32_t tell(vx_str rest) {
    vx_tuple row = vx_tuple_new(48);
    vx_t_int(&row, next_int(&rest));
    vx_t_int(&row, next_int(&rest));
    vx_t_int(&row, next_int(&rest));
    return vx_put(VX_S("note"), &row) == VX_OK ? 0 : 1;
}

static int32_t task(const vx_event *event) {
    int64_t group = 0;
    if (vx_starts(event->input, VX_S("tell "))) return tell(vx_sub(event->input, 5, event->input.n));
    if (!vx_parse_int(event->input, &group)) return 1;
    for (int64_t slot = 0; slot < 10; slot++) if (put_own(slot, slot == 0 ? 0 : group) != VX_OK) return 1;
    vx_tuple prefix = vx_tuple_new(16);
    vx_t_int(&prefix, group);
    return vx_subscribe(news, &prefix) >= 1 ? 0 : 1;
}

static int32_t delta(const vx_event *event) {
    (void)event;
    vx_row row;
    int64_t sum = 0;
    int32_t more;
    while ((more = vx_delta_next(&row)) > 0) {
        (void)vx_r_int(&row);
        int64_t value = vx_r_int(&row);
        (void)vx_r_int(&row);
        int64_t weight = vx_r_int(&row);
        if (row.bad) return 1;
        if (weight < 1) continue;
        if (value < 0) {
            vx_out out = vx_out_new(32);
            vx_w_int(&out, sum);
            return vx_complete_out(&out);
        }
        sum += value;
    }
    return more == 0 && put_own(0, sum) == VX_OK ? 0 : 1;
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_DELTA(delta)
