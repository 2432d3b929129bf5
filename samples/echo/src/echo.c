// The smallest useful guest: completes with the bytes it was given. A start for a module of one's own.
#include "vx.h"

static int32_t task(const vx_event *event) { return vx_complete(event->input); }

VX_MODULE()
VX_ON_TASK(task)
