// follow.c in a version that often cannot begin: its on_resume fails every second time, by the random stream of that delivery.
// For reloads that fail half-way, and for cells that cannot go back to it.
#include "follow.c"

static int32_t resume(const vx_event *event) {
    (void)event;
    uint8_t drawn = 0;
    return vx_import_random(&drawn, 1) == VX_OK && drawn >= 128 ? 0 : 1;
}

VX_ON_RESUME(resume)
