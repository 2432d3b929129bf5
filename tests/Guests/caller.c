// Calls imports as its input says, with any numbers: a byte with the count of records, then records of one byte (which
// import), one with a bit for each argument that counts from the start of the input, and six int32 arguments; behind them
// whatever those point at. For fuzzing the host's side of the boundary. Completes with the last status when nothing
// concluded the task before.
#include "vx.h"

#define P(i) ((void *)(uintptr_t)(uint32_t)a[i])

static int32_t call(uint8_t which, const int32_t *a) {
    switch (which) {
        case 0: return vx_import_state_get(P(0), a[1], P(2), a[3], P(4), a[5]);
        case 1: return vx_import_state_put(P(0), a[1], P(2), a[3]);
        case 2: return vx_import_state_delete(P(0), a[1], P(2), a[3]);
        case 3: return vx_import_state_scan(P(0), a[1], P(2), a[3]);
        case 4: return vx_import_scan_next(a[0], P(1), a[2]);
        case 5: return vx_import_scan_close(a[0]);
        case 6: return vx_import_view_read(P(0), a[1], P(2), a[3], P(4), a[5]);
        case 7: return vx_import_subscribe(P(0), a[1], P(2), a[3]);
        case 8: return vx_import_emit(P(0), a[1], P(2), a[3]);
        case 9: return vx_import_log(a[0], P(1), a[2]);
        case 10: return (int32_t)vx_import_now();
        case 11: return vx_import_random(P(0), a[1]);
        case 12: return vx_import_timer_begin((int64_t)a[0] << 32 | (uint32_t)a[1], P(2), a[3]);
        case 13: return vx_import_http_begin(P(0), a[1], P(2), a[3]);
        case 14: return vx_import_model_begin(P(0), a[1]);
        case 15: return vx_import_gate_begin(P(0), a[1]);
        case 16: return vx_import_task_spawn(P(0), a[1], P(2), a[3]);
        case 17: return vx_import_complete(P(0), a[1]);
        case 18: return vx_import_unsubscribe(a[0]);
        case 19: return vx_import_delta_next(P(0), a[1]);
        case 20: return vx_import_reply_read(P(0), a[1]);
        default: return vx_import_fail(P(0), a[1], P(2), a[3]);
    }
}

VX_MODULE()

// Without the SDK's wrapper: the fuzzer may overwrite any memory, so nothing but the input is read.
VX_EXPORT(on_task) int32_t on_task(int32_t envelope, int32_t envelope_len, int32_t input, int32_t input_len) {
    (void)envelope;
    (void)envelope_len;
    static int32_t last;
    int32_t records = input_len > 0 ? *(const uint8_t *)(uintptr_t)(uint32_t)input : 0;
    for (int32_t i = 0; i < records && 1 + (i + 1) * 26 <= input_len; i++) {
        int32_t args[6];
        const uint8_t *record = (const uint8_t *)(uintptr_t)(uint32_t)(input + 1 + i * 26);
        uint8_t which = record[0], from_input = record[1];
        memcpy(args, record + 2, sizeof args);
        for (int32_t a = 0; a < 6; a++) if (from_input >> a & 1) args[a] += input;
        last = call(which, args);
    }
    (void)vx_import_complete(&last, 4);
    vx_arena_reset();
    return 0;
}
