// Cells that write, and cells that follow a view of what was written, event by event. Input of the task:
//   "write ID GROUP AMOUNT …"   puts rows (GROUP '-' deletes), completes
//   "steps SEED COUNT GROUPS"   draws a row or a deletion for each of COUNT timers, one after the other, then completes
//   "follow GROUP|* MODE UNTIL" follows the view `sums` by GROUP, or all of it, and keeps the sum of what it is told in its
//                               table `seen`; completes with how many deltas came when it is told of a row whose amount is
//                               UNTIL. MODE: plain; first (writes a row in the event that subscribes); trap (the first delivery of each second delta traps,
//                               in a cell that has acted before); self (writes a row of its own group for each delta, ten times);
//                               quit (unsubscribes after three)
//   "read LOW HIGH"             completes with the view's rows between two groups
// Each delta is emitted as "delta": FROM TO then the rows, so that a test can check every range.
#include "vx.h"

static const vx_str entry = VX_S("entry"), seen = VX_S("seen"), state = VX_S("follower"), sums = VX_S("sums");

// Linear memory is a cache: it tells a fresh cell from one that has acted before, and nothing else.
static int64_t acted;

static vx_str next_word(vx_str *s) {
    int32_t end = vx_index_of(*s, ' ');
    vx_str word = vx_sub(*s, 0, end < 0 ? s->n : end);
    *s = end < 0 ? VX_NONE : vx_sub(*s, end + 1, s->n);
    return word;
}

static int64_t next_int(vx_str *s) {
    int64_t value = 0;
    (void)vx_parse_int(next_word(s), &value);
    return value;
}

static int32_t put_entry(int64_t id, vx_str group, int64_t amount) {
    vx_tuple row = vx_tuple_new(128);
    vx_t_int(&row, id);
    if (vx_eq(group, VX_S("-"))) {
        int32_t status = vx_delete(entry, &row);
        return status == VX_E_NOT_FOUND ? VX_OK : status;
    }
    vx_t_text(&row, group);
    vx_t_int(&row, amount);
    return vx_put(entry, &row);
}

// follower: task, group, mode, until, deltas
static int32_t put_follower(vx_str task, vx_str group, vx_str mode, int64_t until, int64_t deltas) {
    vx_tuple row = vx_tuple_new(256);
    vx_t_text(&row, task);
    vx_t_text(&row, group);
    vx_t_text(&row, mode);
    vx_t_int(&row, until);
    vx_t_int(&row, deltas);
    return vx_put(state, &row);
}

static int32_t steps(vx_str tag);

static int32_t task(const vx_event *event) {
    vx_str rest = event->input;
    vx_str what = next_word(&rest);
    if (vx_eq(what, VX_S("write"))) {
        while (rest.n > 0) {
            int64_t id = next_int(&rest);
            vx_str group = next_word(&rest);
            if (put_entry(id, group, next_int(&rest)) != VX_OK) return vx_refuse(VX_S("refused"), VX_S("a row was refused"));
        }
        return vx_complete(VX_S("written"));
    }
    if (vx_eq(what, VX_S("steps"))) {
        int64_t seed = next_int(&rest), count = next_int(&rest), groups = next_int(&rest);
        vx_out tag = vx_out_new(64);
        vx_w_int(&tag, seed); vx_w_char(&tag, '.'); vx_w_int(&tag, count); vx_w_char(&tag, '.'); vx_w_int(&tag, groups);
        return vx_timer(0, vx_out_str(&tag)) > 0 ? 0 : 1;
    }
    if (vx_eq(what, VX_S("read"))) {
        vx_tuple low = vx_tuple_new(64), high = vx_tuple_new(64);
        vx_t_text(&low, next_word(&rest));
        vx_t_text(&high, next_word(&rest));
        int32_t handle = vx_view(sums, &low, &high);
        if (handle < 0) return 1;
        vx_out out = vx_out_new(65536);
        vx_row row;
        while (vx_scan_next(handle, &row) > 0) {
            vx_w_text(&out, vx_r_text(&row)); vx_w_char(&out, ':');
            vx_w_int(&out, vx_r_int(&row)); vx_w_char(&out, ':');
            vx_w_int(&out, vx_r_int(&row)); vx_w_char(&out, 'x');
            vx_w_int(&out, vx_r_int(&row)); vx_w_char(&out, ' ');
        }
        return vx_complete_out(&out);
    }
    vx_str group = next_word(&rest), mode = next_word(&rest);
    // What the event that subscribes writes is told too.
    if (vx_eq(mode, VX_S("first")) && put_entry(200000, vx_eq(group, VX_S("*")) ? VX_S("g0") : group, 1) != VX_OK) return 1;
    if (put_follower(event->task, group, mode, next_int(&rest), 0) != VX_OK) return 1;
    vx_tuple prefix = vx_tuple_new(64);
    vx_t_text(&prefix, group);
    return vx_subscribe(sums, vx_eq(group, VX_S("*")) ? NULL : &prefix) > 0 ? 0 : 1;
}

static int32_t timer(const vx_event *event) { return steps(event->tag); }

// A linear congruential step, so that a test can draw the same rows.
static int64_t draw(int64_t *seed, int64_t below) {
    *seed = (int64_t)((uint64_t)*seed * 6364136223846793005u + 1442695040888963407u);
    return (int64_t)((uint64_t)*seed >> 33) % below;
}

static int32_t steps(vx_str tag) {
    int64_t field[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++) {
        int32_t dot = vx_index_of(tag, '.');
        (void)vx_parse_int(vx_sub(tag, 0, dot < 0 ? tag.n : dot), &field[i]);
        tag = dot < 0 ? VX_NONE : vx_sub(tag, dot + 1, tag.n);
    }
    int64_t seed = field[0] & 0x7fffffff;
    int64_t id = draw(&seed, 200), group = draw(&seed, field[2]), amount = draw(&seed, 100), kind = draw(&seed, 5);
    vx_out name = vx_out_new(16);
    vx_w_char(&name, 'g');
    vx_w_int(&name, group);
    if (put_entry(id, kind == 0 ? VX_S("-") : vx_out_str(&name), amount) != VX_OK) return 1;
    if (--field[1] <= 0) return vx_complete(VX_S("stepped"));
    vx_out next = vx_out_new(64);
    vx_w_int(&next, seed & 0x7fffffff); vx_w_char(&next, '.'); vx_w_int(&next, field[1]); vx_w_char(&next, '.'); vx_w_int(&next, field[2]);
    return vx_timer(0, vx_out_str(&next)) > 0 ? 0 : 1;
}

static vx_tuple seen_key(vx_str task, vx_str group, int64_t amount, int64_t entries) {
    vx_tuple key = vx_tuple_new(160);
    vx_t_text(&key, task);
    vx_t_text(&key, group);
    vx_t_int(&key, amount);
    vx_t_int(&key, entries);
    return key;
}

// Adds a changed row to what this task has seen so far: rows of weight zero are taken out.
static int32_t add_seen(vx_str task, vx_str group, int64_t amount, int64_t entries, int64_t weight) {
    vx_tuple key = seen_key(task, group, amount, entries);
    vx_row row;
    if (vx_get(seen, &key, &row) == VX_OK) {
        (void)vx_r_text(&row); (void)vx_r_text(&row); (void)vx_r_int(&row); (void)vx_r_int(&row);
        weight += vx_r_int(&row);
    }
    if (weight == 0) return vx_delete(seen, &key);
    vx_t_int(&key, weight);
    return vx_put(seen, &key);
}

static int32_t forget_seen(vx_str task) {
    vx_tuple prefix = vx_tuple_new(80);
    vx_t_text(&prefix, task);
    for (;;) {
        int32_t handle = vx_scan(seen, &prefix);
        vx_row row;
        int32_t more = handle < 0 ? handle : vx_scan_next(handle, &row);
        if (more <= 0) return more;
        (void)vx_r_text(&row);
        vx_str group = vx_r_text(&row);
        int64_t amount = vx_r_int(&row);
        vx_tuple key = seen_key(task, group, amount, vx_r_int(&row));
        if (vx_delete(seen, &key) != VX_OK) return -1;
        vx_scan_close(handle);
    }
}

static int32_t take_row(vx_str task, int64_t until, vx_row *row, vx_out *said, bool *done) {
    vx_str group = vx_r_text(row);
    int64_t of_amount = vx_r_int(row), entries = vx_r_int(row), weight = vx_r_int(row);
    if (row->bad) return 1;
    vx_w_char(said, ' '); vx_w_text(said, group); vx_w_char(said, ':'); vx_w_int(said, of_amount); vx_w_char(said, ':');
    vx_w_int(said, entries); vx_w_char(said, 'x'); vx_w_int(said, weight);
    if (weight > 0 && of_amount == until) *done = true;
    return add_seen(task, group, of_amount, entries, weight) == VX_OK ? 0 : 1;
}

static int32_t delta(const vx_event *event) {
    vx_tuple key = vx_tuple_new(80);
    vx_t_text(&key, event->task);
    vx_row row;
    if (vx_get(state, &key, &row) != VX_OK) return 1;
    (void)vx_r_text(&row);
    vx_str group = vx_r_text(&row), mode = vx_r_text(&row);
    int64_t until = vx_r_int(&row), deltas = vx_r_int(&row) + 1;
    if (vx_eq(mode, VX_S("trap")) && deltas % 2 == 0 && acted > 0) __builtin_trap();
    acted++;

    vx_out said = vx_out_new(262144);
    vx_w_int(&said, event->from); vx_w_char(&said, ' '); vx_w_int(&said, event->to);
    bool done = false;
    if (event->reset) {
        vx_w_text(&said, VX_S(" reset"));
        if (forget_seen(event->task) < 0) return 1;
        vx_tuple prefix = vx_tuple_new(64);
        vx_t_text(&prefix, group);
        bool all = vx_eq(group, VX_S("*"));
        int32_t handle = vx_view(sums, all ? NULL : &prefix, all ? NULL : &prefix);
        if (handle < 0) return 1;
        while (vx_scan_next(handle, &row) > 0) if (take_row(event->task, until, &row, &said, &done) != 0) return 1;
    }
    int32_t more;
    while ((more = vx_delta_next(&row)) > 0) if (take_row(event->task, until, &row, &said, &done) != 0) return 1;
    if (more < 0 || said.full) return 1;
    vx_str text = vx_out_str(&said);
    if (vx_import_emit("delta", 5, text.p, text.n) != VX_OK) return 1;
    if (put_follower(event->task, group, mode, until, deltas) != VX_OK) return 1;
    if (vx_eq(mode, VX_S("self")) && deltas <= 10 && !done) return put_entry(100000 + deltas, group, 1) == VX_OK ? 0 : 1;
    if (vx_eq(mode, VX_S("quit")) && deltas == 3) return vx_unsubscribe(event->ticket) == VX_OK ? 0 : 1;
    if (!done) return 0;
    vx_out out = vx_out_new(32);
    vx_w_int(&out, deltas);
    return vx_complete_out(&out);
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_TIMER(timer)
VX_ON_DELTA(delta)
