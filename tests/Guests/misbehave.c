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
    if (vx_eq(what, VX_S("grow"))) return grow();
    if (vx_eq(what, VX_S("nonzero"))) return 42;
    if (vx_eq(what, VX_S("complete_then_nonzero"))) { (void)vx_complete(VX_S("x")); return 7; }
    if (vx_eq(what, VX_S("fail"))) return vx_refuse(VX_S("not_covered"), VX_S("no policy covers this"));
    if (vx_eq(what, VX_S("nothing"))) return 0;
    return 1;
}

VX_MODULE()
VX_ON_TASK(task)
