// A long-lived cell: each timer is one action that reads two rows and writes one of 64 bytes, then begins the next timer.
// Input of the task: "SLOT SLOTS PERIOD_US ACTIONS MODE", decimal; each timer is due one period after the one before was due,
// however late that came. After ACTIONS timers it completes with the count it read
// from its row, so a lost or repeated action shows. All it must remember is in its row and in the timer's tag: a new cell
// goes on where the last committed action left off. MODE 0 behaves; MODE 1 traps on the first delivery of each third timer
// while its memory is older than that timer, which a fresh cell's is not; MODE 2 never stops asking for timers; MODE 3 computes
// for some 100,000 instructions in each third timer.
#include "vx.h"

static const vx_str table = VX_S("slot");

// Linear memory is a cache: it tells a fresh cell from one that has acted before, and nothing else.
static int64_t acted;

typedef struct { int64_t slot, slots, period, left, mode, due; } plan;

static bool next_int(vx_str *s, char stop, int64_t *out) {
    int32_t end = vx_index_of(*s, stop);
    if (end < 0) end = s->n;
    if (!vx_parse_int(vx_sub(*s, 0, end), out)) return false;
    *s = end == s->n ? VX_NONE : vx_sub(*s, end + 1, s->n);
    return true;
}

static bool read_plan(vx_str s, char stop, plan *p) {
    return next_int(&s, stop, &p->slot) && next_int(&s, stop, &p->slots) && next_int(&s, stop, &p->period)
        && next_int(&s, stop, &p->left) && next_int(&s, stop, &p->mode) && (s.n == 0 || next_int(&s, stop, &p->due));
}

static vx_tuple key_of(int64_t slot) {
    vx_tuple key = vx_tuple_new(16);
    vx_t_int(&key, slot);
    return key;
}

// 2 + 9 + 9 + 5 + 39 = 64 bytes.
static int32_t write_slot(int64_t slot, int64_t n) {
    static const char pad[39] = "0123456789abcdefghijklmnopqrstuvwxyzABC";
    vx_tuple row = vx_tuple_new(64);
    vx_t_int(&row, slot);
    vx_t_int(&row, n);
    vx_t_bytes(&row, (vx_str){pad, sizeof pad});
    return vx_put(table, &row);
}

static int32_t arm(const plan *p) {
    vx_out tag = vx_out_new(96);
    int64_t due = p->due + p->period;
    int64_t delay = due - vx_now();
    int64_t fields[6] = {p->slot, p->slots, p->period, p->left, p->mode, due};
    for (int i = 0; i < 6; i++) {
        if (i > 0) vx_w_char(&tag, '.');
        vx_w_int(&tag, fields[i]);
    }
    return vx_timer(delay > 0 ? delay : 0, vx_out_str(&tag)) > 0 ? 0 : 1;
}

static int64_t count_in(int64_t slot) {
    vx_tuple key = key_of(slot);
    vx_row row;
    if (vx_get(table, &key, &row) < 0) return -1;
    (void)vx_r_int(&row);
    return vx_r_int(&row);
}

static int32_t task(const vx_event *event) {
    plan p = {0};
    if (!read_plan(event->input, ' ', &p)) return vx_refuse(VX_S("bad_input"), VX_S("SLOT SLOTS PERIOD_US ACTIONS MODE"));
    if (write_slot(p.slot, 0) != VX_OK) return 1;
    p.due = vx_now();
    return arm(&p);
}

// The SDK parses envelopes whole; at a hundred thousand events a second this cell looks for the one member it needs.
static vx_str tag_of(vx_str envelope) {
    static const char name[] = "\"tag\":\"";
    const int32_t length = sizeof name - 1;
    for (int32_t i = 0; i + length <= envelope.n; i++) {
        if (envelope.p[i] != '"' || memcmp(envelope.p + i, name, (size_t)length) != 0) continue;
        vx_str rest = vx_sub(envelope, i + length, envelope.n);
        return vx_sub(rest, 0, vx_index_of(rest, '"'));
    }
    return VX_NONE;
}

static int32_t timer(vx_str envelope) {
    plan p = {0};
    if (!read_plan(tag_of(envelope), '.', &p)) return 1;
    if (p.mode == 1 && p.left % 3 == 0 && acted > 0) __builtin_trap();
    acted++;
    if (p.mode == 3 && p.left % 3 == 0) for (volatile int32_t i = 0; i < 20000; i++) { }
    int64_t mine = count_in(p.slot);
    (void)count_in((p.slot * 31 + p.left) % p.slots);
    if (mine < 0 || write_slot(p.slot, mine + 1) != VX_OK) return 1;
    if (p.mode == 2) return arm(&p) == 0 && arm(&p) == 0 ? 0 : 1;
    if (--p.left > 0) return arm(&p);
    vx_out out = vx_out_new(32);
    vx_w_int(&out, mine + 1);
    return vx_complete_out(&out);
}

VX_MODULE()
VX_ON_TASK(task)

VX_EXPORT(on_timer) int32_t vx_export_on_timer(int32_t e, int32_t en) {
    int32_t result = timer((vx_str){(const char *)(uintptr_t)(uint32_t)e, en});
    vx_arena_reset();
    return result;
}
