// Keeps all it knows in linear memory, as no cell should that wants to survive: what was written in one event is read in later ones, so a
// cell that was put away and came back with one byte wrong answers wrong from then on. Each timer (and the task itself) does some hundred
// random steps: writes into zeroes and over data the module came with, wipes them again, adds floats, grows its memory, recurses; then it
// logs a hash of what it saw and begins the next timer. Input of the task, and tag: a seed for the steps.
#include "vx.h"

enum { LAND = 192 * 1024, STEPS = 200, PAGE = 65536, MOST_PAGES = 48 };

#define FOUR(x) x, x + 1, x + 2, x + 3
#define SIXTEEN(x) FOUR(x), FOUR(x + 4), FOUR(x + 8), FOUR(x + 12)
#define MANY(x) SIXTEEN(x), SIXTEEN(x + 16), SIXTEEN(x + 32), SIXTEEN(x + 48)
// Data the module comes with, and changes: 64 KiB of the image.
static uint32_t given[16384] = {MANY(1), MANY(65), [8000] = MANY(7), [16300] = SIXTEEN(9)};
static uint8_t land[LAND];
static uint64_t random_state, seen;
static double sum;
static uint8_t *grown;
static uint32_t grown_bytes;

static uint64_t next(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static void note(uint64_t value) { seen = (seen ^ value) * 1099511628211u; }

static uint64_t dig(uint32_t depth, uint64_t value) {
    volatile uint64_t here[8];
    for (int i = 0; i < 8; i++) here[i] = value + (uint64_t)i;
    uint64_t below = depth == 0 ? 1 : dig(depth - 1, value * 31 + 7);
    return below ^ here[value & 7];
}

static void grow(void) {
    if (__builtin_wasm_memory_size(0) >= MOST_PAGES) return;
    size_t before = __builtin_wasm_memory_grow(0, 1);
    if (before == (size_t)-1) return;
    // The newest page only: the allocator of the events may use those before it.
    grown = (uint8_t *)(before * PAGE);
    grown_bytes = PAGE;
}

static void step(void) {
    uint64_t r = next();
    uint32_t at = (uint32_t)(r >> 16) % LAND;
    switch (r & 15) {
    case 0: grow(); break;
    case 1: case 2: for (uint32_t i = at; i < at + 300 && i < LAND; i++) land[i] = 0; break;
    case 3: given[(r >> 20) & 16383] ^= (uint32_t)(r >> 32); break;
    case 4: given[(r >> 20) & 16383] = 0; break;
    case 5: note(given[(r >> 20) & 16383]); break;
    case 6: sum = sum * 0.9999 + (double)(int64_t)r / 3.0; break;
    case 7: note(dig((uint32_t)(r >> 40) % 40, r)); break;
    case 8: if (grown_bytes) grown[(r >> 24) % grown_bytes] = (uint8_t)r; break;
    case 9: if (grown_bytes) note(grown[(r >> 24) % grown_bytes]); break;
    case 10: case 11: note(land[at]); break;
    default: land[at] = (uint8_t)(r >> 8); break;
    }
}

static int32_t run(vx_str seed) {
    int64_t value = 0;
    if (!vx_parse_int(seed, &value)) return 1;
    random_state ^= (uint64_t)value * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < STEPS; i++) step();
    union { double number; uint64_t bits; } total = {sum};
    note(total.bits);
    vx_out line = vx_out_new(64);
    vx_w_int(&line, (int64_t)seen);
    vx_w_char(&line, ' ');
    vx_w_int(&line, (int64_t)__builtin_wasm_memory_size(0));
    vx_log(VX_LOG_INFO, vx_out_str(&line));
    return vx_timer(1000, VX_S("next")) > 0 ? 0 : 1;
}

static int32_t task(const vx_event *event) { return run(event->input); }

static int32_t timer(const vx_event *event) { return run(event->tag); }

VX_MODULE()
VX_ON_TASK(task)
VX_ON_TIMER(timer)
