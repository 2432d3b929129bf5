// Says and writes as much as one event may, in bytes that take six times their room as JSON: the largest entry there can be.
// Refuses with `not_full` where something still had room.
#include "vx.h"

enum { ROW = 255 * 1024, RESULT = 512 * 1024, EMITS = 256, EMIT = 1024, LINES = 256, LINE = 192 };

static const vx_str table = {"brim", 4};
static const char name[65] = "0123456789012345678901234567890123456789012345678901234567890123";

static int32_t put(int64_t id, vx_str text) {
    uint32_t mark = vx_arena_mark();
    vx_tuple row = vx_tuple_new(text.n + 64);
    vx_t_int(&row, id);
    vx_t_text(&row, text);
    int32_t status = vx_put(table, &row);
    vx_arena_release(mark);
    return status;
}

static int32_t task(const vx_event *event) {
    (void)event;
    char *ones = vx_new(RESULT);
    if (ones == NULL) return 1;
    memset(ones, 1, RESULT);
    int64_t id = 0;
    for (int32_t n = ROW; n > 0; n /= 2)
        while (put(id, (vx_str){ones, n}) == VX_OK) id++;
    if (put(id, (vx_str){ones, 1}) != VX_E_LIMIT) return vx_refuse(VX_S("not_full"), VX_S("writes"));
    for (int32_t i = 0; i < EMITS; i++)
        if (vx_import_emit(name, 64, ones, EMIT) != VX_OK) return vx_refuse(VX_S("not_full"), VX_S("an emit was refused"));
    if (vx_import_emit("e", 1, ones, 0) != VX_E_LIMIT) return vx_refuse(VX_S("not_full"), VX_S("emits"));
    for (int32_t i = 0; i < LINES; i++)
        if (vx_import_log(VX_LOG_INFO, ones, LINE) != VX_OK) return vx_refuse(VX_S("not_full"), VX_S("a line was refused"));
    if (vx_import_log(VX_LOG_INFO, ones, 0) != VX_E_LIMIT) return vx_refuse(VX_S("not_full"), VX_S("logs"));
    return vx_complete((vx_str){ones, RESULT});
}

VX_MODULE()
VX_ON_TASK(task)
