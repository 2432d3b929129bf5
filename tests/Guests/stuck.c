// follow.c in a version that can never take over from another: its on_resume fails.
#include "follow.c"

static int32_t resume(const vx_event *event) {
    (void)event;
    return 1;
}

VX_ON_RESUME(resume)
