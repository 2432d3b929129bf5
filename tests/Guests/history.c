// Transactions over a few shared objects, told to whoever watches: what a history checker judges. One delivery is one
// transaction of operations "KIND KEY [VALUE]" joined by ';', and answers in the same order, joined the same way:
//   lr k: a list's values, joined by ','   la k v: append                          answers "" for what has none to give
//   rr k: a register's value, or '-'       rw k v: write
//   cr k: a counter's value                ca k v: add
//   ur k: the row of a unique key, or '-'  ui k v: insert, 1 or (conflict) 0       ud k: delete, 1 or (none) 0
// Input of the task: "once OPERATIONS": done at once, the answers are the result. After "trap OPERATIONS" the first attempt does
// it all and then traps: none of it may ever be seen. "many SEED COUNT PERIOD_US GROUPS" draws a transaction for each of COUNT
// timers, which it begins one after the other; every fifth traps first, in a cell that has acted before.
// Each transaction is emitted as "txn": OPERATIONS|ANSWERS.
#include "vx.h"

enum { MOST_TEXT = 8192, VALUES_PER_TIMER = 10 };

static const vx_str lists = VX_S("list"), registers = VX_S("register"), counters = VX_S("counter"), holders = VX_S("holder"),
                    holder_names = VX_S("holder.one_name");

// Linear memory is a cache: it tells a fresh cell from one that has acted before, and nothing else.
static int64_t acted;

static vx_str next_word(vx_str *s, char stop) {
    int32_t end = vx_index_of(*s, stop);
    vx_str word = vx_sub(*s, 0, end < 0 ? s->n : end);
    *s = end < 0 ? VX_NONE : vx_sub(*s, end + 1, s->n);
    return word;
}

static bool next_int(vx_str *s, char stop, int64_t *out) { return vx_parse_int(next_word(s, stop), out); }

static vx_tuple text_key(vx_str key) {
    vx_tuple tuple = vx_tuple_new(64);
    vx_t_text(&tuple, key);
    return tuple;
}

// Rows of lists, registers and counters are a name and one value.
static bool find(vx_str table, vx_str key, vx_row *row) {
    vx_tuple tuple = text_key(key);
    if (vx_get(table, &tuple, row) != VX_OK) return false;
    (void)vx_r_text(row);
    return true;
}

static bool put_int(vx_str table, vx_str key, int64_t value) {
    vx_tuple row = vx_tuple_new(96);
    vx_t_text(&row, key);
    vx_t_int(&row, value);
    return vx_put(table, &row) == VX_OK;
}

static bool append(vx_str key, vx_str value) {
    vx_row row;
    vx_out items = vx_out_new(MOST_TEXT);
    if (find(lists, key, &row)) {
        vx_w_text(&items, vx_r_text(&row));
        vx_w_char(&items, ',');
    }
    vx_w_text(&items, value);
    vx_tuple changed = vx_tuple_new(MOST_TEXT + 64);
    vx_t_text(&changed, key);
    vx_t_text(&changed, vx_out_str(&items));
    return !items.full && vx_put(lists, &changed) == VX_OK;
}

static bool holder_of(vx_str name, int64_t *id) {
    vx_tuple key = text_key(name);
    vx_row row;
    if (vx_get(holder_names, &key, &row) != VX_OK) return false;
    *id = vx_r_int(&row);
    return true;
}

static int32_t insert(vx_str name, int64_t id) {
    vx_tuple row = vx_tuple_new(96);
    vx_t_int(&row, id);
    vx_t_text(&row, name);
    return vx_put(holders, &row);
}

static bool delete(int64_t id) {
    vx_tuple key = vx_tuple_new(16);
    vx_t_int(&key, id);
    return vx_delete(holders, &key) == VX_OK;
}

static bool unique(char act, vx_str key, int64_t value, vx_out *answers) {
    int64_t id;
    bool held = holder_of(key, &id);
    if (act == 'r') {
        if (held) vx_w_int(answers, id); else vx_w_char(answers, '-');
        return true;
    }
    if (act == 'i') {
        int32_t status = insert(key, value);
        vx_w_int(answers, status == VX_OK);
        return status == VX_OK || status == VX_E_CONFLICT;
    }
    vx_w_int(answers, held);
    return !held || delete(id);
}

static bool operate(vx_str text, vx_out *answers) {
    vx_str kind = next_word(&text, ' '), key = next_word(&text, ' ');
    int64_t value = 0, before = 0;
    vx_row row;
    if (kind.n != 2 || (text.n > 0 && !vx_parse_int(text, &value))) return false;
    char act = kind.p[1];
    switch (kind.p[0]) {
    case 'l':
        if (act == 'a') return append(key, text);
        if (find(lists, key, &row)) vx_w_text(answers, vx_r_text(&row));
        return true;
    case 'r':
        if (act == 'w') return put_int(registers, key, value);
        if (find(registers, key, &row)) vx_w_int(answers, vx_r_int(&row)); else vx_w_char(answers, '-');
        return true;
    case 'c':
        if (find(counters, key, &row)) before = vx_r_int(&row);
        if (act == 'a') return put_int(counters, key, before + value);
        vx_w_int(answers, before);
        return true;
    default: return unique(act, key, value, answers);
    }
}

// The answers are in the arena until the event ends.
static bool transact(vx_str operations, vx_str *answers) {
    vx_out out = vx_out_new(MOST_TEXT), told = vx_out_new(2 * MOST_TEXT);
    vx_str left = operations;
    while (left.n > 0) {
        if (left.p != operations.p) vx_w_char(&out, ';');
        if (!operate(next_word(&left, ';'), &out)) return false;
    }
    *answers = vx_out_str(&out);
    vx_w_text(&told, operations);
    vx_w_char(&told, '|');
    vx_w_text(&told, *answers);
    static const vx_str name = VX_S("txn");
    return !out.full && !told.full && vx_import_emit(name.p, name.n, vx_out_str(&told).p, vx_out_str(&told).n) == VX_OK;
}

/* ---- many ---- */

typedef struct { int64_t seed, left, period, groups; } plan;

static bool read_plan(vx_str s, char stop, plan *p) {
    return next_int(&s, stop, &p->seed) && next_int(&s, stop, &p->left) && next_int(&s, stop, &p->period) && next_int(&s, stop, &p->groups);
}

static int32_t arm(const plan *p) {
    vx_out tag = vx_out_new(96);
    int64_t fields[4] = {p->seed, p->left, p->period, p->groups};
    for (int i = 0; i < 4; i++) {
        if (i > 0) vx_w_char(&tag, '.');
        vx_w_int(&tag, fields[i]);
    }
    return vx_timer(p->period, vx_out_str(&tag)) > 0 ? 0 : 1;
}

static uint64_t draw(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u;
    uint64_t x = *state;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// One to four operations on the objects of one group; values are the agent's own, so that no two of a kind are equal.
static vx_str drawn(const plan *p) {
    static const char kinds[9][3] = {"lr", "la", "rr", "rw", "cr", "ca", "ur", "ui", "ud"};
    uint64_t state = (uint64_t)p->seed * 1000003u + (uint64_t)p->left;
    int64_t group = (int64_t)(draw(&state) % (uint64_t)p->groups), count = 1 + (int64_t)(draw(&state) % 4);
    vx_out out = vx_out_new(512);
    for (int64_t i = 0; i < count; i++) {
        const char *kind = kinds[draw(&state) % 9];
        if (i > 0) vx_w_char(&out, ';');
        vx_w_text(&out, (vx_str){kind, 2});
        vx_w_text(&out, VX_S(" g"));
        vx_w_int(&out, group);
        bool takes_value = kind[1] == 'a' || kind[1] == 'w' || kind[1] == 'i';
        if (!takes_value) continue;
        vx_w_char(&out, ' ');
        vx_w_int(&out, kind[0] == 'c' ? 1 + i : (p->seed * 1000 + p->left) * VALUES_PER_TIMER + i);
    }
    return vx_out_str(&out);
}

static int32_t timer(const vx_event *event) {
    plan p = {0};
    vx_str answers;
    if (!read_plan(event->tag, '.', &p) || !transact(drawn(&p), &answers)) return 1;
    if (p.left % 5 == 0 && acted > 0) __builtin_trap();
    acted++;
    if (--p.left > 0) return arm(&p);
    return vx_complete(VX_S("done"));
}

static int32_t task(const vx_event *event) {
    vx_str input = event->input, answers;
    vx_str mode = next_word(&input, ' ');
    if (vx_eq(mode, VX_S("many"))) {
        plan p = {0};
        return read_plan(input, ' ', &p) && p.left > 0 && p.groups > 0 ? arm(&p) : 1;
    }
    if (!transact(input, &answers)) return 1;
    if (vx_eq(mode, VX_S("trap")) && event->attempt == 1) __builtin_trap();
    return vx_complete(answers);
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_TIMER(timer)
