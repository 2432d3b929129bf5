// Does the one wrong thing its input names. `count` is the well-behaved task: it counts in linear memory, so that a
// neighbour's fate can be seen not to touch it.
#include "vx.h"

static int32_t counter;
static volatile int32_t sink;

static int32_t recurse(int32_t n) {
    // Not a tail call, and no shadow stack: only the native stack grows.
    if (n < 0) return 0;
    int32_t below = recurse(n + 1);
    sink = below;
    return below + n;
}

static int32_t shadow(int32_t n) {
    if (n < 0) return 0;
    volatile uint8_t room[1024];
    room[n & 1023] = (uint8_t)n;
    return shadow(n + 1) + room[n & 1023];
}

static void put_row(void) {
    vx_tuple row = vx_tuple_new(64);
    vx_t_text(&row, VX_S("written"));
    vx_t_int(&row, 1);
    vx_t_float(&row, 1);
    (void)vx_put(VX_S("item"), &row);
}

// Calls that the host refuses, each after as much of its work as a guest can make it do.
enum { MANY = 1 << 20, A_ROW = 250 * 1024 };

static vx_str many(int32_t n) {
    char *p = vx_new(n);
    memset(p, 'a', (size_t)n);
    return (vx_str){p, n};
}

static void name_loop(void) {
    vx_str name = many(MANY);
    for (;;) (void)vx_import_state_get(name.p, name.n, "", 0, 0, 0);
}

static void key_loop(void) {
    vx_tuple key = vx_tuple_new(MANY + 16);
    vx_t_text(&key, many(MANY));
    for (;;) (void)vx_import_state_get("item", 4, key.p, key.n, 0, 0);
}

static void row_loop(void) {
    vx_tuple row = vx_tuple_new(A_ROW + 64);
    vx_t_text(&row, many(A_ROW));
    vx_t_int(&row, 1);
    vx_t_float(&row, 1);
    for (;;) (void)vx_put(VX_S("item"), &row);
}

// The bytes a write set may have are used up first, so that every delete is refused, after it has looked at its row.
static void delete_loop(void) {
    vx_str ones = many(A_ROW);
    memset((char *)ones.p, 1, A_ROW);
    vx_tuple key = vx_tuple_new(16);
    vx_t_int(&key, 0);
    int32_t status = VX_OK;
    for (int64_t id = 0; status == VX_OK; id++) {
        uint32_t mark = vx_arena_mark();
        vx_tuple row = vx_tuple_new(A_ROW + 64);
        vx_t_int(&row, id);
        vx_t_text(&row, ones);
        status = vx_put(VX_S("brim"), &row);
        vx_arena_release(mark);
    }
    if (status != VX_E_LIMIT || vx_delete(VX_S("brim"), &key) != VX_E_LIMIT) return;
    for (;;) (void)vx_delete(VX_S("brim"), &key);
}

static void json_loop(int32_t length) {
    vx_str digits = many(length);
    for (int32_t i = 0; i < length; i++) ((char *)digits.p)[i] = i % 2 == 0 ? '[' : '1';
    for (int32_t i = 2; i < length; i += 2) ((char *)digits.p)[i] = ',';
    vx_tuple row = vx_tuple_new(length + 128);
    vx_t_text(&row, VX_S("a"));
    vx_t_decimal(&row, 1);
    vx_t_timestamp(&row, 1);
    vx_t_json(&row, digits);
    for (;;) (void)vx_put(VX_S("typed"), &row);
}

static int32_t count(void) {
    vx_out out = vx_out_new(16);
    vx_w_int(&out, ++counter);
    return vx_complete_out(&out);
}

static int32_t grow(void) {
    int32_t pages = 0;
    while (__builtin_wasm_memory_grow(0, 1) != (size_t)-1) pages++;
    vx_out out = vx_out_new(16);
    vx_w_int(&out, (int64_t)__builtin_wasm_memory_size(0));
    return vx_complete_out(&out);
}

static int32_t task(const vx_event *event) {
    vx_str what = event->input;
    put_row();
    if (vx_eq(what, VX_S("count"))) return count();
    if (vx_eq(what, VX_S("oob"))) { sink = *(volatile int32_t *)0x7ffffff0; return 0; }
    if (vx_eq(what, VX_S("unreachable"))) __builtin_trap();
    if (vx_eq(what, VX_S("div0"))) { sink = 1000 / sink; return 0; }
    if (vx_eq(what, VX_S("recurse"))) return recurse(sink);
    if (vx_eq(what, VX_S("shadow"))) return shadow(sink);
    if (vx_eq(what, VX_S("loop"))) { for (;;) sink++; }
    if (vx_eq(what, VX_S("host_loop"))) { for (;;) (void)vx_import_random((void *)&sink, 4); }
    if (vx_eq(what, VX_S("name_loop"))) name_loop();
    if (vx_eq(what, VX_S("key_loop"))) key_loop();
    if (vx_eq(what, VX_S("row_loop"))) row_loop();
    if (vx_eq(what, VX_S("delete_loop"))) delete_loop();
    if (vx_eq(what, VX_S("json_loop"))) json_loop(A_ROW);
    if (vx_eq(what, VX_S("small_json_loop"))) json_loop(2);
    if (vx_eq(what, VX_S("grow"))) return grow();
    if (vx_eq(what, VX_S("nonzero"))) return 42;
    if (vx_eq(what, VX_S("complete_then_nonzero"))) { (void)vx_complete(VX_S("x")); return 7; }
    if (vx_eq(what, VX_S("fail"))) return vx_refuse(VX_S("not_covered"), VX_S("no policy covers this"));
    if (vx_eq(what, VX_S("nothing"))) return 0;
    return 1;
}

VX_MODULE()
VX_ON_TASK(task)
