/*
 * vx.h: the C side of ABI `vx`, version 1. Header only, freestanding: no libc, no stdio, no abort path.
 *
 * A guest includes this file once, defines a handler and says VX_MODULE(); the module then imports nothing
 * but the functions of "vx" it calls. Shape of a guest:
 *
 *     #include "vx.h"
 *     static int32_t task(const vx_event *event) { return vx_complete(event->input); }
 *     VX_MODULE()
 *     VX_ON_TASK(task)
 *
 * Memory. One bump arena grows from the linker's heap base up to the module's declared maximum. The host
 * places envelope and input with vx_alloc; the handler allocates from the same arena; everything is released
 * when the event ends. So nothing allocated may be kept between events: a cell's memory is a cache, what must
 * last goes into tables.
 *
 * Failure. Every call returns a status; nothing here traps. A handler that cannot go on calls
 * vx_refuse(code, message) (a final, named refusal) or returns non-zero (the action is aborted and retried).
 *
 * docs/abi.md holds the contract this file follows; change both together.
 */
#ifndef VX_H
#define VX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VX_ABI_VERSION 1

/* ---------------------------------------------------------------- status codes ------------------------ */

enum {
    VX_OK = 0,
    VX_E_NOT_FOUND = -1,     /* no row under that key */
    VX_E_NO_TABLE = -2,      /* the mission declares no table of that name */
    VX_E_BAD_TUPLE = -3,     /* the tuple does not fit the table's columns or key */
    VX_E_BAD_MEMORY = -4,    /* a pointer or length lies outside linear memory */
    VX_E_TOO_LARGE = -5,     /* one value, row or message is over its limit */
    VX_E_LIMIT = -6,         /* a count or total of this action or mission is used up */
    VX_UNAVAILABLE = -7,     /* not built in this host, or the cell's profile has no egress */
    VX_E_BAD_ARGUMENT = -8,  /* an argument is not allowed here, or complete/fail was called twice */
    VX_E_NOT_ACTIVE = -9,    /* not allowed during this event */
    VX_E_CONFLICT = -10,     /* another row has that key in a unique index; nothing was written */
    VX_E_DENIED = -11        /* the cell's profile may not reach that place */
};

enum { VX_LOG_ERROR = 1, VX_LOG_WARN = 2, VX_LOG_INFO = 3, VX_LOG_DEBUG = 4 };

/* ---------------------------------------------------------------- imports ----------------------------- */

#define VX_IMPORT(name) __attribute__((import_module("vx"), import_name(#name)))
#define VX_EXPORT(name) __attribute__((export_name(#name), visibility("default")))

/* Length of the row, or a negative status. Longer than out_cap: nothing was written, call again with room. */
VX_IMPORT(state_get) int32_t vx_import_state_get(const void *table, int32_t table_len, const void *key, int32_t key_len, void *out, int32_t out_cap);
VX_IMPORT(state_put) int32_t vx_import_state_put(const void *table, int32_t table_len, const void *row, int32_t row_len);
VX_IMPORT(state_delete) int32_t vx_import_state_delete(const void *table, int32_t table_len, const void *key, int32_t key_len);
/* A handle over rows whose key starts with the prefix tuple, in key order, or a negative status. */
VX_IMPORT(state_scan) int32_t vx_import_state_scan(const void *table, int32_t table_len, const void *prefix, int32_t prefix_len);
/* Length of the next row, 0 at the end. Longer than out_cap: nothing was written and the cursor has not moved. */
VX_IMPORT(scan_next) int32_t vx_import_scan_next(int32_t handle, void *out, int32_t out_cap);
VX_IMPORT(scan_close) int32_t vx_import_scan_close(int32_t handle);
/* A handle over a view's rows from one prefix of its columns to another, both included; an empty one is no bound. */
VX_IMPORT(view_read) int32_t vx_import_view_read(const void *view, int32_t view_len, const void *low, int32_t low_len, const void *high, int32_t high_len);
/* A ticket >= 1, or a negative status: on_delta comes whenever rows that begin with the prefix have changed. */
VX_IMPORT(subscribe) int32_t vx_import_subscribe(const void *view, int32_t view_len, const void *prefix, int32_t prefix_len);
VX_IMPORT(unsubscribe) int32_t vx_import_unsubscribe(int32_t ticket);
/* During on_delta: length of the next changed row, 0 at the end. Longer than out_cap: nothing was written, call again. */
VX_IMPORT(delta_next) int32_t vx_import_delta_next(void *out, int32_t out_cap);
VX_IMPORT(emit) int32_t vx_import_emit(const void *name, int32_t name_len, const void *value, int32_t value_len);
VX_IMPORT(log) int32_t vx_import_log(int32_t level, const void *text, int32_t text_len);
/* Unix microseconds, fixed when the event was delivered. */
VX_IMPORT(now) int64_t vx_import_now(void);
/* A deterministic stream, the same on replay: for sampling and ids, never for keys. */
VX_IMPORT(random) int32_t vx_import_random(void *out, int32_t out_len);
VX_IMPORT(timer_begin) int32_t vx_import_timer_begin(int64_t delay_us, const void *tag, int32_t tag_len);
/* A ticket >= 1, or a negative status. The request is JSON (docs/abi.md, Requests); on_reply tells what came of it. */
VX_IMPORT(http_begin) int32_t vx_import_http_begin(const void *request, int32_t request_len, const void *body, int32_t body_len);
/* During on_reply: the next bytes of the answer's body, as many as fit; 0 at the end. */
VX_IMPORT(reply_read) int32_t vx_import_reply_read(void *out, int32_t out_cap);
/* A ticket >= 1, or a negative status. The request is JSON (docs/abi.md, Models); on_reply tells what came of it. */
VX_IMPORT(model_begin) int32_t vx_import_model_begin(const void *request, int32_t request_len);
/* A ticket >= 1, or a negative status. The request is JSON (docs/abi.md, Gates); on_reply tells what people said. */
VX_IMPORT(gate_begin) int32_t vx_import_gate_begin(const void *request, int32_t request_len);
VX_IMPORT(task_spawn) int32_t vx_import_task_spawn(const void *spec, int32_t spec_len, const void *input, int32_t input_len);
/* complete or fail, once per on_task. A fail code is [a-z0-9_]{1,64}; a failed task is refused for good. */
VX_IMPORT(complete) int32_t vx_import_complete(const void *result, int32_t result_len);
VX_IMPORT(fail) int32_t vx_import_fail(const void *code, int32_t code_len, const void *message, int32_t message_len);

/* ---------------------------------------------------------------- memory functions -------------------- */

/* The compiler may call these for struct copies; no_builtin keeps each loop from becoming a call to itself. */
__attribute__((weak, no_builtin("memcpy", "memmove"))) void *memcpy(void *to, const void *from, size_t n) {
    uint8_t *t = to;
    const uint8_t *f = from;
    while (n--) *t++ = *f++;
    return to;
}

__attribute__((weak, no_builtin("memcpy", "memmove"))) void *memmove(void *to, const void *from, size_t n) {
    uint8_t *t = to;
    const uint8_t *f = from;
    if (t < f) { while (n--) *t++ = *f++; }
    else { while (n--) t[n] = f[n]; }
    return to;
}

__attribute__((weak, no_builtin("memset"))) void *memset(void *to, int value, size_t n) {
    uint8_t *t = to;
    while (n--) *t++ = (uint8_t)value;
    return to;
}

__attribute__((weak, no_builtin("memcmp"))) int memcmp(const void *a, const void *b, size_t n) {
    const uint8_t *x = a, *y = b;
    for (; n--; x++, y++) if (*x != *y) return *x < *y ? -1 : 1;
    return 0;
}

/* ---------------------------------------------------------------- strings ----------------------------- */

/* A view of bytes somebody else owns; UTF-8 where the contract says text. Never NUL-terminated. */
typedef struct {
    const char *p;
    int32_t n;
} vx_str;

/* A literal as a vx_str, length known at compile time. */
#define VX_S(literal) ((vx_str){(literal), (int32_t)(sizeof(literal) - 1)})
#define VX_NONE ((vx_str){0, 0})

static inline vx_str vx_sub(vx_str s, int32_t from, int32_t to) { return (vx_str){s.p + from, to - from}; }

static inline bool vx_eq(vx_str a, vx_str b) { return a.n == b.n && memcmp(a.p, b.p, (size_t)a.n) == 0; }

static inline int vx_cmp(vx_str a, vx_str b) {
    int c = memcmp(a.p, b.p, (size_t)(a.n < b.n ? a.n : b.n));
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool vx_starts(vx_str s, vx_str prefix) { return s.n >= prefix.n && memcmp(s.p, prefix.p, (size_t)prefix.n) == 0; }

static inline bool vx_ends(vx_str s, vx_str suffix) {
    return s.n >= suffix.n && memcmp(s.p + s.n - suffix.n, suffix.p, (size_t)suffix.n) == 0;
}

static inline int32_t vx_index_of(vx_str s, char c) {
    for (int32_t i = 0; i < s.n; i++) if (s.p[i] == c) return i;
    return -1;
}

static inline vx_str vx_trim(vx_str s) {
    while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t' || s.p[0] == '\r' || s.p[0] == '\n')) { s.p++; s.n--; }
    while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t' || s.p[s.n - 1] == '\r' || s.p[s.n - 1] == '\n')) s.n--;
    return s;
}

/* Decimal integer, optional minus, no plus, no leading zeros beyond "0"; false on anything else or overflow. */
static inline bool vx_parse_int(vx_str s, int64_t *out) {
    int32_t i = 0;
    bool negative = s.n > 0 && s.p[0] == '-';
    if (negative) i++;
    if (i >= s.n || (s.p[i] == '0' && s.n > i + 1)) return false;
    int64_t value = 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        int64_t digit = s.p[i] - '0';
        /* Negative accumulation reaches INT64_MIN; explicit bounds, because a 64-bit overflow check needs a runtime library. */
        if (value < INT64_MIN / 10 || (value == INT64_MIN / 10 && digit > 8)) return false;
        value = value * 10 - digit;
    }
    if (!negative && value == INT64_MIN) return false;
    *out = negative ? value : -value;
    return true;
}

/* ---------------------------------------------------------------- arena ------------------------------- */

extern uint8_t __heap_base; /* set by the linker: first byte after data and stack */

static uint32_t vx_arena_top; /* 0 = nothing allocated in this event yet */

static inline uint32_t vx_arena_start(void) { return ((uint32_t)(uintptr_t)&__heap_base + 7u) & ~7u; }

/* Makes [.., end) addressable; false when the module's maximum is reached. */
static inline bool vx_arena_reserve(uint32_t end) {
    uint32_t pages = (uint32_t)__builtin_wasm_memory_size(0);
    uint32_t needed = (end >> 16) + ((end & 0xffffu) != 0);
    return needed <= pages || __builtin_wasm_memory_grow(0, needed - pages) != (size_t)-1;
}

/* 8-byte aligned; NULL when memory is used up or n is negative. */
static inline void *vx_new(int32_t n) {
    if (n < 0) return NULL;
    uint32_t start = vx_arena_top == 0 ? vx_arena_start() : vx_arena_top;
    uint32_t size = ((uint32_t)n + 7u) & ~7u;
    if (size == 0) size = 8;
    if (start + size < start || !vx_arena_reserve(start + size)) return NULL;
    vx_arena_top = start + size;
    return (void *)(uintptr_t)start;
}

/* Releases everything allocated in this event; the next event starts with the same addresses. */
static inline void vx_arena_reset(void) { vx_arena_top = 0; }

/* A stack discipline inside an event: mark, work, release. */
static inline uint32_t vx_arena_mark(void) { return vx_arena_top; }
static inline void vx_arena_release(uint32_t mark) { vx_arena_top = mark; }

/* ---------------------------------------------------------------- text and JSON writer ---------------- */

/* Writes into a buffer of its own; running out sets `full` and drops the rest, so check once at the end. */
typedef struct {
    char *p;
    int32_t n;
    int32_t cap;
    bool full;
    bool comma; /* the next JSON value or name needs a comma before it */
} vx_out;

static inline vx_out vx_out_new(int32_t cap) {
    char *p = vx_new(cap);
    return (vx_out){p, 0, p == NULL ? 0 : cap, p == NULL, false};
}

static inline vx_str vx_out_str(const vx_out *o) { return (vx_str){o->p, o->n}; }

static inline void vx_w_char(vx_out *o, char c) {
    if (o->n >= o->cap) { o->full = true; return; }
    o->p[o->n++] = c;
}

static inline void vx_w_text(vx_out *o, vx_str s) {
    if (s.n > o->cap - o->n) { o->full = true; return; }
    memcpy(o->p + o->n, s.p, (size_t)s.n);
    o->n += s.n;
}

static inline void vx_w_int(vx_out *o, int64_t value) {
    char digits[20];
    int32_t i = 20;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do { digits[--i] = (char)('0' + rest % 10); rest /= 10; } while (rest != 0);
    if (value < 0) vx_w_char(o, '-');
    vx_w_text(o, (vx_str){digits + i, 20 - i});
}

/* Thousandths as a decimal without trailing zeros: 1500 is 1.5. */
static inline void vx_w_milli(vx_out *o, int64_t milli) {
    if (milli < 0) { vx_w_char(o, '-'); milli = -milli; }
    vx_w_int(o, milli / 1000);
    int32_t rest = (int32_t)(milli % 1000);
    if (rest == 0) return;
    vx_w_char(o, '.');
    for (int32_t unit = 100; rest != 0; unit /= 10) { vx_w_char(o, (char)('0' + rest / unit)); rest %= unit; }
}

static inline void vx_w_quoted(vx_out *o, vx_str s) {
    static const char hex[] = "0123456789abcdef";
    vx_w_char(o, '"');
    for (int32_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"' || c == '\\') { vx_w_char(o, '\\'); vx_w_char(o, c); }
        else if (c == '\n') vx_w_text(o, VX_S("\\n"));
        else if (c == '\r') vx_w_text(o, VX_S("\\r"));
        else if (c == '\t') vx_w_text(o, VX_S("\\t"));
        else if ((uint8_t)c < 0x20) {
            vx_w_text(o, VX_S("\\u00"));
            vx_w_char(o, hex[(uint8_t)c >> 4]);
            vx_w_char(o, hex[(uint8_t)c & 15]);
        }
        else vx_w_char(o, c);
    }
    vx_w_char(o, '"');
}

static inline void vx_j_sep(vx_out *o) { if (o->comma) vx_w_char(o, ','); o->comma = true; }
static inline void vx_j_open(vx_out *o, char c) { vx_j_sep(o); vx_w_char(o, c); o->comma = false; }
static inline void vx_j_close(vx_out *o, char c) { vx_w_char(o, c); o->comma = true; }
static inline void vx_j_object(vx_out *o) { vx_j_open(o, '{'); }
static inline void vx_j_end_object(vx_out *o) { vx_j_close(o, '}'); }
static inline void vx_j_array(vx_out *o) { vx_j_open(o, '['); }
static inline void vx_j_end_array(vx_out *o) { vx_j_close(o, ']'); }
static inline void vx_j_name(vx_out *o, vx_str name) { vx_j_sep(o); vx_w_quoted(o, name); vx_w_char(o, ':'); o->comma = false; }
static inline void vx_j_text(vx_out *o, vx_str s) { vx_j_sep(o); vx_w_quoted(o, s); }
static inline void vx_j_int(vx_out *o, int64_t v) { vx_j_sep(o); vx_w_int(o, v); }
static inline void vx_j_milli(vx_out *o, int64_t v) { vx_j_sep(o); vx_w_milli(o, v); }
static inline void vx_j_bool(vx_out *o, bool v) { vx_j_sep(o); vx_w_text(o, v ? VX_S("true") : VX_S("false")); }
static inline void vx_j_null(vx_out *o) { vx_j_sep(o); vx_w_text(o, VX_S("null")); }

/* ---------------------------------------------------------------- JSON reader ------------------------- */

/*
 * Strict RFC 8259 over a buffer the reader owns: strings are decoded in place (a decoded string is never longer),
 * UTF-8 is checked, duplicate names and lone surrogates are refused, nesting and member counts are bounded.
 * The result is a tape of nodes in document order; a container's `skip` is the index of the node after it.
 * In an object, names and values alternate.
 */
enum { VX_JSON_MAX_DEPTH = 64, VX_JSON_MAX_MEMBERS = 512 };

typedef enum {
    VX_J_NULL, VX_J_FALSE, VX_J_TRUE, VX_J_NUMBER, VX_J_STRING, VX_J_ARRAY, VX_J_OBJECT
} vx_json_kind;

typedef enum {
    VX_JSON_OK, VX_JSON_EMPTY, VX_JSON_BAD, VX_JSON_TOO_DEEP, VX_JSON_DUPLICATE_NAME, VX_JSON_TOO_LARGE
} vx_json_status;

typedef struct {
    const char *p; /* number text or decoded string */
    int32_t n;     /* its length; for containers the number of values */
    int32_t skip;  /* index of the next node on this level */
    vx_json_kind kind;
} vx_node;

typedef struct {
    const vx_node *nodes;
    int32_t count;
    int32_t error_at; /* byte offset where reading stopped */
} vx_json;

typedef struct {
    char *at, *end, *start;
    vx_node *nodes;
    int32_t count;
    int32_t depth;
    vx_json_status status;
} vx_json_parser;

static inline bool vx_json_stop(vx_json_parser *r, vx_json_status status) {
    if (r->status == VX_JSON_OK) r->status = status;
    return false;
}

static inline void vx_json_space(vx_json_parser *r) {
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

/* The tape is the arena's last allocation while parsing, so it grows in place. -1: memory is used up. */
static inline int32_t vx_json_push(vx_json_parser *r, vx_json_kind kind, const char *p, int32_t n) {
    uint32_t end = (uint32_t)(uintptr_t)(r->nodes + r->count + 1);
    if (!vx_arena_reserve(end)) { vx_json_stop(r, VX_JSON_TOO_LARGE); return -1; }
    vx_arena_top = (end + 7u) & ~7u;
    r->nodes[r->count] = (vx_node){p, n, r->count + 1, kind};
    return r->count++;
}

static inline int32_t vx_json_hex4(const char *p) {
    int32_t value = 0;
    for (int32_t i = 0; i < 4; i++) {
        char c = p[i];
        int32_t digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

static inline char *vx_utf8_put(char *to, uint32_t c) {
    if (c < 0x80) { *to++ = (char)c; return to; }
    if (c < 0x800) { *to++ = (char)(0xc0 | c >> 6); }
    else if (c < 0x10000) { *to++ = (char)(0xe0 | c >> 12); *to++ = (char)(0x80 | (c >> 6 & 63)); }
    else { *to++ = (char)(0xf0 | c >> 18); *to++ = (char)(0x80 | (c >> 12 & 63)); *to++ = (char)(0x80 | (c >> 6 & 63)); }
    *to++ = (char)(0x80 | (c & 63));
    return to;
}

/* Length of the well-formed multi-byte sequence at p (RFC 3629: no overlong forms, no surrogates), or 0. */
static inline int32_t vx_utf8_length(const uint8_t *p, const uint8_t *end) {
    int32_t n = p[0] >= 0xc2 && p[0] <= 0xdf ? 2 : p[0] >= 0xe0 && p[0] <= 0xef ? 3 : p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : 0;
    if (n == 0 || end - p < n) return 0;
    for (int32_t i = 1; i < n; i++) if ((p[i] & 0xc0) != 0x80) return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)) return 0;
    if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)) return 0;
    return n;
}

static inline bool vx_json_escape(vx_json_parser *r, char **to) {
    if (r->end - r->at < 2) return vx_json_stop(r, VX_JSON_BAD);
    char c = r->at[1];
    r->at += 2;
    switch (c) {
        case '"': case '\\': case '/': *(*to)++ = c; return true;
        case 'b': *(*to)++ = '\b'; return true;
        case 'f': *(*to)++ = '\f'; return true;
        case 'n': *(*to)++ = '\n'; return true;
        case 'r': *(*to)++ = '\r'; return true;
        case 't': *(*to)++ = '\t'; return true;
        case 'u': break;
        default: return vx_json_stop(r, VX_JSON_BAD);
    }
    int32_t unit = r->end - r->at >= 4 ? vx_json_hex4(r->at) : -1;
    if (unit < 0 || (unit >= 0xdc00 && unit <= 0xdfff)) return vx_json_stop(r, VX_JSON_BAD);
    r->at += 4;
    uint32_t scalar = (uint32_t)unit;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u') return vx_json_stop(r, VX_JSON_BAD);
        int32_t low = vx_json_hex4(r->at + 2);
        if (low < 0xdc00 || low > 0xdfff) return vx_json_stop(r, VX_JSON_BAD);
        r->at += 6;
        scalar = 0x10000u + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
    }
    *to = vx_utf8_put(*to, scalar);
    return true;
}

static inline bool vx_json_string(vx_json_parser *r, vx_str *out) {
    char *from = ++r->at, *to = from;
    while (r->at < r->end) {
        uint8_t c = (uint8_t)*r->at;
        if (c == '"') { r->at++; *out = (vx_str){from, (int32_t)(to - from)}; return true; }
        if (c == '\\') { if (!vx_json_escape(r, &to)) return false; continue; }
        if (c < 0x20) return vx_json_stop(r, VX_JSON_BAD);
        int32_t n = c < 0x80 ? 1 : vx_utf8_length((const uint8_t *)r->at, (const uint8_t *)r->end);
        if (n == 0) return vx_json_stop(r, VX_JSON_BAD);
        while (n--) *to++ = *r->at++;
    }
    return vx_json_stop(r, VX_JSON_BAD);
}

static inline bool vx_json_digits(vx_json_parser *r) {
    char *from = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > from || vx_json_stop(r, VX_JSON_BAD);
}

static inline bool vx_json_number(vx_json_parser *r) {
    char *from = r->at;
    if (*r->at == '-') r->at++;
    if (r->at < r->end && *r->at == '0') r->at++;
    else if (!vx_json_digits(r)) return false;
    if (r->at < r->end && *r->at == '.') { r->at++; if (!vx_json_digits(r)) return false; }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        if (!vx_json_digits(r)) return false;
    }
    return vx_json_push(r, VX_J_NUMBER, from, (int32_t)(r->at - from)) >= 0;
}

static inline bool vx_json_literal(vx_json_parser *r, vx_str word, vx_json_kind kind) {
    if (r->end - r->at < word.n || memcmp(r->at, word.p, (size_t)word.n) != 0) return vx_json_stop(r, VX_JSON_BAD);
    r->at += word.n;
    return vx_json_push(r, kind, NULL, 0) >= 0;
}

static bool vx_json_value(vx_json_parser *r);

static inline bool vx_json_has_name(const vx_json_parser *r, int32_t object, vx_str name) {
    for (int32_t i = object + 1; i < r->count; i = r->nodes[i + 1].skip)
        if (vx_eq((vx_str){r->nodes[i].p, r->nodes[i].n}, name)) return true;
    return false;
}

static inline bool vx_json_member_name(vx_json_parser *r, int32_t object) {
    vx_str name;
    if (r->at >= r->end || *r->at != '"') return vx_json_stop(r, VX_JSON_BAD);
    if (!vx_json_string(r, &name)) return false;
    if (vx_json_has_name(r, object, name)) return vx_json_stop(r, VX_JSON_DUPLICATE_NAME);
    if (vx_json_push(r, VX_J_STRING, name.p, name.n) < 0) return false;
    vx_json_space(r);
    if (r->at >= r->end || *r->at != ':') return vx_json_stop(r, VX_JSON_BAD);
    r->at++;
    vx_json_space(r);
    return true;
}

static inline bool vx_json_container(vx_json_parser *r, bool object) {
    if (++r->depth > VX_JSON_MAX_DEPTH) return vx_json_stop(r, VX_JSON_TOO_DEEP);
    int32_t self = vx_json_push(r, object ? VX_J_OBJECT : VX_J_ARRAY, NULL, 0);
    if (self < 0) return false;
    char close = object ? '}' : ']';
    int32_t values = 0;
    r->at++;
    vx_json_space(r);
    bool empty = r->at < r->end && *r->at == close;
    while (!empty) {
        if (object && values == VX_JSON_MAX_MEMBERS) return vx_json_stop(r, VX_JSON_TOO_LARGE);
        if ((object && !vx_json_member_name(r, self)) || !vx_json_value(r)) return false;
        values++;
        vx_json_space(r);
        if (r->at >= r->end) return vx_json_stop(r, VX_JSON_BAD);
        if (*r->at == close) break;
        if (*r->at != ',') return vx_json_stop(r, VX_JSON_BAD);
        r->at++;
        vx_json_space(r);
    }
    r->at++;
    r->depth--;
    r->nodes[self].n = values;
    r->nodes[self].skip = r->count;
    return true;
}

static bool vx_json_value(vx_json_parser *r) {
    if (r->at >= r->end) return vx_json_stop(r, VX_JSON_BAD);
    vx_str text;
    switch (*r->at) {
        case '{': return vx_json_container(r, true);
        case '[': return vx_json_container(r, false);
        case '"': return vx_json_string(r, &text) && vx_json_push(r, VX_J_STRING, text.p, text.n) >= 0;
        case 't': return vx_json_literal(r, VX_S("true"), VX_J_TRUE);
        case 'f': return vx_json_literal(r, VX_S("false"), VX_J_FALSE);
        case 'n': return vx_json_literal(r, VX_S("null"), VX_J_NULL);
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            return vx_json_number(r);
        default: return vx_json_stop(r, VX_JSON_BAD);
    }
}

/* Reads one document. The bytes of `text` are overwritten where strings hold escapes. */
static inline vx_json_status vx_json_read(vx_str text, vx_json *out) {
    vx_node *nodes = vx_new(sizeof(vx_node));
    char *start = (char *)(uintptr_t)text.p;
    vx_json_parser r = {start, start + text.n, start, nodes, 0, 0, VX_JSON_OK};
    *out = (vx_json){NULL, 0, 0};
    if (nodes == NULL) return VX_JSON_TOO_LARGE;
    vx_json_space(&r);
    if (r.at == r.end) return VX_JSON_EMPTY;
    bool read = vx_json_value(&r);
    vx_json_space(&r);
    if (read && r.at != r.end) vx_json_stop(&r, VX_JSON_BAD);
    *out = (vx_json){r.nodes, r.count, (int32_t)(r.at - r.start)};
    return r.status;
}

/* The refusal code a module reports for a document that did not read. */
static inline vx_str vx_json_code(vx_json_status status) {
    switch (status) {
        case VX_JSON_EMPTY: return VX_S("empty");
        case VX_JSON_TOO_DEEP: return VX_S("too_deep");
        case VX_JSON_DUPLICATE_NAME: return VX_S("duplicate_name");
        case VX_JSON_TOO_LARGE: return VX_S("too_large");
        default: return VX_S("not_json");
    }
}

/* Navigation. A node is an index; -1 is "absent" and is accepted everywhere, so paths need no checks between. */
static inline vx_json_kind vx_json_kind_of(const vx_json *j, int32_t node) { return node < 0 ? VX_J_NULL : j->nodes[node].kind; }
static inline bool vx_json_is(const vx_json *j, int32_t node, vx_json_kind kind) { return node >= 0 && j->nodes[node].kind == kind; }

static inline int32_t vx_json_get(const vx_json *j, int32_t object, vx_str name) {
    if (!vx_json_is(j, object, VX_J_OBJECT)) return -1;
    for (int32_t i = object + 1, end = j->nodes[object].skip; i < end; i = j->nodes[i + 1].skip)
        if (vx_eq((vx_str){j->nodes[i].p, j->nodes[i].n}, name)) return i + 1;
    return -1;
}

/* First element, then the one after; -1 at the end. */
static inline int32_t vx_json_first(const vx_json *j, int32_t array) {
    return vx_json_is(j, array, VX_J_ARRAY) && j->nodes[array].n > 0 ? array + 1 : -1;
}
static inline int32_t vx_json_next(const vx_json *j, int32_t array, int32_t element) {
    int32_t next = j->nodes[element].skip;
    return next < j->nodes[array].skip ? next : -1;
}

/* The decoded text of a string node; VX_NONE (p == NULL) when it is not a string. */
static inline vx_str vx_json_text(const vx_json *j, int32_t node) {
    return vx_json_is(j, node, VX_J_STRING) ? (vx_str){j->nodes[node].p, j->nodes[node].n} : VX_NONE;
}
static inline vx_str vx_json_get_text(const vx_json *j, int32_t object, vx_str name) { return vx_json_text(j, vx_json_get(j, object, name)); }

static inline bool vx_json_int(const vx_json *j, int32_t node, int64_t *out) {
    return vx_json_is(j, node, VX_J_NUMBER) && vx_parse_int((vx_str){j->nodes[node].p, j->nodes[node].n}, out);
}

/* Thousandths of a plain decimal ("1.5" is 1500). False for exponents, more than three decimals, or overflow. */
static inline bool vx_json_milli(const vx_json *j, int32_t node, int64_t *out) {
    if (!vx_json_is(j, node, VX_J_NUMBER)) return false;
    vx_str s = {j->nodes[node].p, j->nodes[node].n};
    int32_t dot = vx_index_of(s, '.');
    int64_t whole, part = 0;
    if (!vx_parse_int(dot < 0 ? s : vx_sub(s, 0, dot), &whole)) return false;
    if (dot >= 0) {
        if (s.n - dot - 1 > 3) return false;
        int64_t unit = 100;
        for (int32_t i = dot + 1; i < s.n; i++, unit /= 10) {
            if (s.p[i] < '0' || s.p[i] > '9') return false;
            part += (s.p[i] - '0') * unit;
        }
    }
    if (whole > INT64_MAX / 1000 - 1 || whole < INT64_MIN / 1000 + 1) return false;
    *out = whole * 1000 + (s.p[0] == '-' ? -part : part);
    return true;
}

/* ---------------------------------------------------------------- tuples ------------------------------ */

/*
 *   u16le fields | per field: u8 tag, value
 *   tag 0 null | 1 int64 8 LE | 2 float64 8 LE | 3 bool 1 byte | 4 text u32le length, bytes | 5 bytes likewise
 *   tag 6 decimal 16 LE, two's complement, in units of 10^-scale of its column: 12.50 of scale 2 is 1250
 *   tag 7 timestamp 8 LE, Unix microseconds | 8 json u32le length, UTF-8 JSON; read back in RFC 8785 form
 *
 * A row carries every column in declared order; a key or prefix carries key columns in key order.
 */
enum { VX_T_NULL = 0, VX_T_INT64 = 1, VX_T_FLOAT64 = 2, VX_T_BOOL = 3, VX_T_TEXT = 4, VX_T_BYTES = 5, VX_T_DECIMAL = 6, VX_T_TIMESTAMP = 7, VX_T_JSON = 8 };

typedef struct {
    uint8_t *p;
    int32_t n;
    int32_t cap;
    int32_t fields;
    bool full;
} vx_tuple;

static inline void vx_t_raw(vx_tuple *t, const void *p, int32_t n) {
    if (n > t->cap - t->n) { t->full = true; return; }
    memcpy(t->p + t->n, p, (size_t)n);
    t->n += n;
}

static inline void vx_t_tag(vx_tuple *t, uint8_t tag) {
    vx_t_raw(t, &tag, 1);
    t->fields++;
    if (t->full) return;
    t->p[0] = (uint8_t)t->fields;
    t->p[1] = (uint8_t)(t->fields >> 8);
}

static inline vx_tuple vx_tuple_new(int32_t cap) {
    uint8_t *p = vx_new(cap);
    vx_tuple t = {p, 0, p == NULL ? 0 : cap, 0, p == NULL};
    static const uint8_t none[2] = {0, 0};
    vx_t_raw(&t, none, 2);
    return t;
}

static inline void vx_t_null(vx_tuple *t) { vx_t_tag(t, VX_T_NULL); }
static inline void vx_t_int(vx_tuple *t, int64_t v) { vx_t_tag(t, VX_T_INT64); vx_t_raw(t, &v, 8); }
static inline void vx_t_float(vx_tuple *t, double v) { vx_t_tag(t, VX_T_FLOAT64); vx_t_raw(t, &v, 8); }
static inline void vx_t_bool(vx_tuple *t, bool v) { uint8_t b = v; vx_t_tag(t, VX_T_BOOL); vx_t_raw(t, &b, 1); }
static inline void vx_t_text(vx_tuple *t, vx_str s) { vx_t_tag(t, VX_T_TEXT); vx_t_raw(t, &s.n, 4); vx_t_raw(t, s.p, s.n); }
static inline void vx_t_bytes(vx_tuple *t, vx_str s) { vx_t_tag(t, VX_T_BYTES); vx_t_raw(t, &s.n, 4); vx_t_raw(t, s.p, s.n); }
/* Units of 10^-scale as 128 bits, and the usual case of 64. */
static inline void vx_t_decimal128(vx_tuple *t, uint64_t low, int64_t high) {
    vx_t_tag(t, VX_T_DECIMAL);
    vx_t_raw(t, &low, 8);
    vx_t_raw(t, &high, 8);
}
static inline void vx_t_decimal(vx_tuple *t, int64_t units) { vx_t_decimal128(t, (uint64_t)units, units < 0 ? -1 : 0); }
static inline void vx_t_timestamp(vx_tuple *t, int64_t unix_us) { vx_t_tag(t, VX_T_TIMESTAMP); vx_t_raw(t, &unix_us, 8); }
static inline void vx_t_json(vx_tuple *t, vx_str s) { vx_t_tag(t, VX_T_JSON); vx_t_raw(t, &s.n, 4); vx_t_raw(t, s.p, s.n); }
/* Text, or null for VX_NONE. */
static inline void vx_t_text_or_null(vx_tuple *t, vx_str s) { if (s.p == NULL) vx_t_null(t); else vx_t_text(t, s); }

/* Reads fields in order; a wrong tag or a short tuple sets `bad` and yields zero values, so check once at the end. */
typedef struct {
    const uint8_t *p;
    int32_t n;
    int32_t at;
    int32_t left;
    bool bad;
} vx_row;

static inline vx_row vx_row_of(const uint8_t *p, int32_t n) {
    vx_row r = {p, n, 2, 0, n < 2};
    if (!r.bad) r.left = p[0] | p[1] << 8;
    return r;
}

static inline int32_t vx_r_tag(vx_row *r) {
    if (r->bad || r->left == 0 || r->at >= r->n) { r->bad = true; return -1; }
    r->left--;
    return r->p[r->at++];
}

static inline void vx_r_raw(vx_row *r, void *out, int32_t n) {
    if (r->bad || n > r->n - r->at) { r->bad = true; memset(out, 0, (size_t)n); return; }
    memcpy(out, r->p + r->at, (size_t)n);
    r->at += n;
}

static inline int64_t vx_r_int(vx_row *r) {
    int64_t v = 0;
    if (vx_r_tag(r) == VX_T_INT64) vx_r_raw(r, &v, 8); else r->bad = true;
    return v;
}

static inline bool vx_r_bool(vx_row *r) {
    uint8_t v = 0;
    if (vx_r_tag(r) == VX_T_BOOL) vx_r_raw(r, &v, 1); else r->bad = true;
    return v != 0;
}

static inline double vx_r_float(vx_row *r) {
    double v = 0;
    if (vx_r_tag(r) == VX_T_FLOAT64) vx_r_raw(r, &v, 8); else r->bad = true;
    return v;
}

static inline void vx_r_decimal128(vx_row *r, uint64_t *low, int64_t *high) {
    *low = 0;
    *high = 0;
    if (vx_r_tag(r) != VX_T_DECIMAL) { r->bad = true; return; }
    vx_r_raw(r, low, 8);
    vx_r_raw(r, high, 8);
}

/* Units of 10^-scale; a value beyond 64 bits sets `bad`. */
static inline int64_t vx_r_decimal(vx_row *r) {
    uint64_t low;
    int64_t high;
    vx_r_decimal128(r, &low, &high);
    if (high != ((int64_t)low < 0 ? -1 : 0)) { r->bad = true; return 0; }
    return (int64_t)low;
}

static inline int64_t vx_r_timestamp(vx_row *r) {
    int64_t v = 0;
    if (vx_r_tag(r) == VX_T_TIMESTAMP) vx_r_raw(r, &v, 8); else r->bad = true;
    return v;
}

static inline bool vx_r_is_null(const vx_row *r) { return !r->bad && r->left > 0 && r->at < r->n && r->p[r->at] == VX_T_NULL; }
static inline void vx_r_skip_null(vx_row *r) { if (vx_r_tag(r) != VX_T_NULL) r->bad = true; }

/* Text or bytes; a null gives VX_NONE. The view lies in the row's buffer. */
static inline vx_str vx_r_text(vx_row *r) {
    int32_t tag = vx_r_tag(r), n = 0;
    if (tag == VX_T_NULL) return VX_NONE;
    if (tag != VX_T_TEXT && tag != VX_T_BYTES) { r->bad = true; return VX_NONE; }
    vx_r_raw(r, &n, 4);
    if (r->bad || n < 0 || n > r->n - r->at) { r->bad = true; return VX_NONE; }
    vx_str s = {(const char *)r->p + r->at, n};
    r->at += n;
    return s;
}

/* JSON in RFC 8785 form; a null gives VX_NONE. The view lies in the row's buffer. */
static inline vx_str vx_r_json(vx_row *r) {
    int32_t tag = vx_r_tag(r), n = 0;
    if (tag == VX_T_NULL) return VX_NONE;
    if (tag != VX_T_JSON) { r->bad = true; return VX_NONE; }
    vx_r_raw(r, &n, 4);
    if (r->bad || n < 0 || n > r->n - r->at) { r->bad = true; return VX_NONE; }
    vx_str s = {(const char *)r->p + r->at, n};
    r->at += n;
    return s;
}

/* ---------------------------------------------------------------- tables ------------------------------ */

/* A table's index is read under the name "table.index": vx_scan in its order, vx_get where it is unique. */

enum { VX_ROW_GUESS = 512 }; /* first buffer tried for a row; longer rows cost a second call */

static inline int32_t vx_put(vx_str table, const vx_tuple *row) {
    return row->full ? VX_E_TOO_LARGE : vx_import_state_put(table.p, table.n, row->p, row->n);
}

static inline int32_t vx_delete(vx_str table, const vx_tuple *key) {
    return key->full ? VX_E_TOO_LARGE : vx_import_state_delete(table.p, table.n, key->p, key->n);
}

/* VX_OK and the row (in the arena), VX_E_NOT_FOUND, or another status. */
static inline int32_t vx_get(vx_str table, const vx_tuple *key, vx_row *out) {
    if (key->full) return VX_E_TOO_LARGE;
    int32_t cap = VX_ROW_GUESS;
    for (;;) {
        uint8_t *p = vx_new(cap);
        if (p == NULL) return VX_E_TOO_LARGE;
        int32_t n = vx_import_state_get(table.p, table.n, key->p, key->n, p, cap);
        if (n < 0) return n;
        if (n <= cap) { *out = vx_row_of(p, n); return VX_OK; }
        cap = n;
    }
}

/* A handle, or a negative status. */
static inline int32_t vx_scan(vx_str table, const vx_tuple *prefix) {
    return prefix->full ? VX_E_TOO_LARGE : vx_import_state_scan(table.p, table.n, prefix->p, prefix->n);
}

/* 1 and a row, 0 at the end, or a negative status. Each row takes arena space: mark and release around long scans. */
static inline int32_t vx_scan_next(int32_t handle, vx_row *out) {
    int32_t cap = VX_ROW_GUESS;
    for (;;) {
        uint8_t *p = vx_new(cap);
        if (p == NULL) return VX_E_TOO_LARGE;
        int32_t n = vx_import_scan_next(handle, p, cap);
        if (n <= 0) return n;
        if (n <= cap) { *out = vx_row_of(p, n); return 1; }
        cap = n;
    }
}

/* A view's rows, in order, as of the last commit. Each has the view's columns and, last, an int64: how often it is there.
   Read with vx_scan_next. NULL is no bound; low and high the same is a look-up by the first columns. */
static inline int32_t vx_view(vx_str view, const vx_tuple *low, const vx_tuple *high) {
    if ((low != NULL && low->full) || (high != NULL && high->full)) return VX_E_TOO_LARGE;
    return vx_import_view_read(view.p, view.n, low == NULL ? NULL : low->p, low == NULL ? 0 : low->n, high == NULL ? NULL : high->p, high == NULL ? 0 : high->n);
}

/* A ticket, or a negative status. NULL: every row of the view. What the event that subscribes changes is told too, so reading
   the view in that event and subscribing misses nothing. The task goes on until it completes; its subscriptions outlive its cells. */
static inline int32_t vx_subscribe(vx_str view, const vx_tuple *prefix) {
    if (prefix != NULL && prefix->full) return VX_E_TOO_LARGE;
    return vx_import_subscribe(view.p, view.n, prefix == NULL ? NULL : prefix->p, prefix == NULL ? 0 : prefix->n);
}

static inline int32_t vx_unsubscribe(int64_t ticket) { return ticket < 1 || ticket > INT32_MAX ? VX_E_BAD_ARGUMENT : vx_import_unsubscribe((int32_t)ticket); }

/* 1 and a changed row, 0 at the end, or a negative status. Its last field, an int64, is how many more of it there are. */
static inline int32_t vx_delta_next(vx_row *out) {
    int32_t cap = VX_ROW_GUESS;
    for (;;) {
        uint8_t *p = vx_new(cap);
        if (p == NULL) return VX_E_TOO_LARGE;
        int32_t n = vx_import_delta_next(p, cap);
        if (n <= 0) return n;
        if (n <= cap) { *out = vx_row_of(p, n); return 1; }
        cap = n;
    }
}

static inline void vx_scan_close(int32_t handle) { (void)vx_import_scan_close(handle); }

/* ---------------------------------------------------------------- outcomes ---------------------------- */

/* Both return what the handler should return: 0 when the host took the outcome, else non-zero, which aborts. */
static inline int32_t vx_complete(vx_str result) { return vx_import_complete(result.p, result.n) == VX_OK ? 0 : 1; }
static inline int32_t vx_refuse(vx_str code, vx_str message) { return vx_import_fail(code.p, code.n, message.p, message.n) == VX_OK ? 0 : 1; }
static inline int32_t vx_complete_out(const vx_out *out) { return out->full ? 1 : vx_complete(vx_out_str(out)); }

static inline void vx_log(int32_t level, vx_str text) { (void)vx_import_log(level, text.p, text.n); }
static inline int64_t vx_now(void) { return vx_import_now(); }
/* A ticket >= 1, or a status. on_timer comes after delay_us with this tag ([a-z0-9_.-]{0,64}); until then the task goes
   on although its handler returned. */
static inline int32_t vx_timer(int64_t delay_us, vx_str tag) { return vx_import_timer_begin(delay_us, tag.p, tag.n); }

/* ---------------------------------------------------------------- events ------------------------------ */

/* The envelope's members a handler usually wants; `envelope` holds the rest. Absent texts are VX_NONE. */
typedef struct {
    vx_str task;     /* task key, "extract/r-0001" */
    vx_str item;     /* item key of a mapped task */
    vx_str mission;
    vx_str cell;
    vx_str event;    /* "start", "task", "resume", "timer", "delta", "reply" */
    vx_str tag;      /* of a timer or a request */
    int64_t ticket;  /* of a timer, a subscription or a request */
    vx_str view;     /* of a delta: what changed after seq `from` up to `to` */
    int64_t from;
    int64_t to;
    bool reset;      /* of a delta: the view was built anew; no rows are told, read it with vx_view */
    vx_str code;     /* of a reply: why there is no answer; VX_NONE when there is one */
    int64_t status;  /* of an answer: 200; 0 when there is none */
    int64_t length;  /* of an answer: bytes of its body, see vx_reply_body */
    vx_str url;      /* of an answer: where it was found after redirects; VX_NONE without any */
    int64_t attempt;
    int64_t now_us;
    vx_str input;    /* raw bytes, in memory the handler owns until the event ends */
    vx_json envelope;
} vx_event;

static inline bool vx_event_read(vx_event *out, int32_t envelope, int32_t envelope_len, int32_t input, int32_t input_len) {
    memset(out, 0, sizeof *out);
    vx_json *j = &out->envelope;
    if (vx_json_read((vx_str){(const char *)(uintptr_t)envelope, envelope_len}, j) != VX_JSON_OK) return false;
    out->task = vx_json_get_text(j, 0, VX_S("task"));
    out->item = vx_json_get_text(j, 0, VX_S("item"));
    out->mission = vx_json_get_text(j, 0, VX_S("mission"));
    out->cell = vx_json_get_text(j, 0, VX_S("cell"));
    out->event = vx_json_get_text(j, 0, VX_S("event"));
    out->tag = vx_json_get_text(j, 0, VX_S("tag"));
    out->view = vx_json_get_text(j, 0, VX_S("view"));
    out->reset = vx_json_get(j, 0, VX_S("reset")) >= 0;
    out->code = vx_json_get_text(j, 0, VX_S("code"));
    out->url = vx_json_get_text(j, 0, VX_S("url"));
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("status")), &out->status);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("length")), &out->length);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("ticket")), &out->ticket);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("from")), &out->from);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("to")), &out->to);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("attempt")), &out->attempt);
    (void)vx_json_int(j, vx_json_get(j, 0, VX_S("now_us")), &out->now_us);
    out->input = (vx_str){(const char *)(uintptr_t)input, input_len};
    return true;
}

/* ---------------------------------------------------------------- requests ---------------------------- */

typedef struct {
    vx_str name; /* lower case */
    vx_str value;
} vx_header;

enum {
    VX_REQUEST_TEXT = 16384, /* most of a request without its body */
    VX_NOTHING = -1          /* for a number of a request: none at all, where 0 is what the profile has */
};

/* What is left zero is as the profile has it. */
typedef struct {
    vx_str method; /* VX_NONE: GET */
    vx_str url;
    const vx_header *headers;
    int32_t header_count;
    int64_t timeout_ms;
    int64_t response_bytes; /* most of a body that is taken */
    int64_t redirects;      /* followed at most; VX_NOTHING: the redirect itself is the answer */
    vx_str tag;             /* [a-z0-9_.-]{0,64}: told with the answer */
    vx_str body;
} vx_request;

static inline void vx_j_limit(vx_out *o, vx_str name, int64_t value) {
    if (value == 0) return;
    vx_j_name(o, name);
    vx_j_int(o, value == VX_NOTHING ? 0 : value);
}

/* A ticket >= 1, or a status: VX_UNAVAILABLE without egress, VX_E_DENIED for a place the profile may not reach. It leaves when
   the event is committed; on_reply tells what came of it, and until then the task goes on although its handler returned. */
static inline int32_t vx_http_begin(const vx_request *request) {
    uint32_t mark = vx_arena_mark();
    vx_out json = vx_out_new(VX_REQUEST_TEXT);
    vx_j_object(&json);
    vx_j_name(&json, VX_S("method"));
    vx_j_text(&json, request->method.p == NULL ? VX_S("GET") : request->method);
    vx_j_name(&json, VX_S("url"));
    vx_j_text(&json, request->url);
    if (request->header_count > 0) {
        vx_j_name(&json, VX_S("headers"));
        vx_j_array(&json);
        for (int32_t i = 0; i < request->header_count; i++) {
            vx_j_array(&json);
            vx_j_text(&json, request->headers[i].name);
            vx_j_text(&json, request->headers[i].value);
            vx_j_end_array(&json);
        }
        vx_j_end_array(&json);
    }
    vx_j_limit(&json, VX_S("timeout_ms"), request->timeout_ms);
    vx_j_limit(&json, VX_S("response_bytes"), request->response_bytes);
    vx_j_limit(&json, VX_S("redirects"), request->redirects);
    if (request->tag.n > 0) {
        vx_j_name(&json, VX_S("tag"));
        vx_j_text(&json, request->tag);
    }
    vx_j_end_object(&json);
    int32_t answer = json.full ? VX_E_TOO_LARGE : vx_import_http_begin(json.p, json.n, request->body.p, request->body.n);
    vx_arena_release(mark);
    return answer;
}

/* The next bytes of the answer's body: how many, 0 at the end, or a status. */
static inline int32_t vx_reply_read(void *out, int32_t cap) { return vx_import_reply_read(out, cap); }

/* What is left of the body, in the arena; VX_NONE when there is no room for it, or nothing was answered. */
static inline vx_str vx_reply_body(const vx_event *event) {
    if (event->code.p != NULL || event->length > INT32_MAX) return VX_NONE;
    char *p = vx_new((int32_t)event->length);
    int32_t at = 0, n = 0;
    if (p == NULL) return VX_NONE;
    while (at < (int32_t)event->length && (n = vx_reply_read(p + at, (int32_t)event->length - at)) > 0) at += n;
    return n < 0 ? VX_NONE : (vx_str){p, at};
}

/* The first header of an answer of that name, in lower case; VX_NONE when it has none. */
static inline vx_str vx_reply_header(const vx_event *event, vx_str name) {
    const vx_json *j = &event->envelope;
    int32_t headers = vx_json_get(j, 0, VX_S("headers"));
    if (headers < 0) return VX_NONE;
    for (int32_t pair = headers + 1; pair < j->nodes[headers].skip; pair = j->nodes[pair].skip) {
        if (vx_eq((vx_str){j->nodes[pair + 1].p, j->nodes[pair + 1].n}, name)) return (vx_str){j->nodes[pair + 2].p, j->nodes[pair + 2].n};
    }
    return VX_NONE;
}

/* ---------------------------------------------------------------- gates ------------------------------- */

typedef struct {
    vx_str gate;    /* one the mission's spec declares */
    vx_str subject; /* JSON: what people are shown, at most 16 KiB */
    vx_str rows;    /* JSON: [{"key":[…],"table":"…"}…], at most 16; VX_NONE: none. Any change of one before the last approval voids the gate */
    vx_str tag;     /* [a-z0-9_.-]{0,64}: told with the answer */
} vx_gate;

/* A ticket >= 1, or a status: VX_UNAVAILABLE in a mission without gates, VX_E_DENIED for a gate it does not declare. People are asked
   when the event is committed; on_reply tells what they said, which may take days, and until then the cell may sleep. */
static inline int32_t vx_gate_begin(const vx_gate *gate) {
    uint32_t mark = vx_arena_mark();
    vx_out json = vx_out_new(gate->subject.n + gate->rows.n + gate->gate.n * 6 + gate->tag.n + 64);
    vx_j_object(&json);
    vx_j_name(&json, VX_S("gate"));
    vx_j_text(&json, gate->gate);
    if (gate->rows.n > 0) {
        vx_j_name(&json, VX_S("rows"));
        vx_j_sep(&json);
        vx_w_text(&json, gate->rows);
    }
    vx_j_name(&json, VX_S("subject"));
    vx_j_sep(&json);
    vx_w_text(&json, gate->subject);
    if (gate->tag.n > 0) {
        vx_j_name(&json, VX_S("tag"));
        vx_j_text(&json, gate->tag);
    }
    vx_j_end_object(&json);
    int32_t answer = json.full ? VX_E_TOO_LARGE : vx_import_gate_begin(json.p, json.n);
    vx_arena_release(mark);
    return answer;
}

/* ---------------------------------------------------------------- models ------------------------------ */

typedef struct {
    vx_str role; /* "system", "user" or "assistant" */
    vx_str content;
} vx_message;

enum { VX_MODEL_TEXT = 262144 /* most of a model call */ };

/* What is left zero is as the profile or the provider has it. */
typedef struct {
    vx_str model_class; /* what the provider must be good enough for: one of the profile's */
    const vx_message *messages;
    int32_t message_count;
    int64_t max_tokens;  /* of the answer */
    vx_str temperature;  /* a number of 0 to 2 as JSON writes it: "0.2" */
    bool json;           /* the answer is to be one JSON value */
    vx_str stop;         /* where the answer is to end */
    vx_str tag;          /* [a-z0-9_.-]{0,64}: told with the answer */
} vx_model_call;

/* A ticket >= 1, or a status: VX_UNAVAILABLE without models, VX_E_DENIED for a class the profile does not grant. It leaves when
   the event is committed; on_reply tells what came of it: the text by vx_reply_body, the rest by vx_model_answer_read. */
static inline int32_t vx_model_begin(const vx_model_call *call) {
    uint32_t mark = vx_arena_mark();
    int32_t room = 1024;
    for (int32_t i = 0; i < call->message_count; i++) {
        /* As JSON a control character is six bytes. */
        if (call->messages[i].content.n > VX_MODEL_TEXT) return VX_E_TOO_LARGE;
        if (room < VX_MODEL_TEXT) room += 64 + 6 * call->messages[i].content.n;
    }
    vx_out json = vx_out_new(room < VX_MODEL_TEXT ? room : VX_MODEL_TEXT);
    vx_j_object(&json);
    vx_j_name(&json, VX_S("class"));
    vx_j_text(&json, call->model_class);
    vx_j_name(&json, VX_S("messages"));
    vx_j_array(&json);
    for (int32_t i = 0; i < call->message_count; i++) {
        vx_j_object(&json);
        vx_j_name(&json, VX_S("role"));
        vx_j_text(&json, call->messages[i].role);
        vx_j_name(&json, VX_S("content"));
        vx_j_text(&json, call->messages[i].content);
        vx_j_end_object(&json);
    }
    vx_j_end_array(&json);
    vx_j_limit(&json, VX_S("max_tokens"), call->max_tokens);
    if (call->temperature.n > 0) {
        vx_j_name(&json, VX_S("temperature"));
        vx_w_text(&json, call->temperature);
        json.comma = true;
    }
    if (call->json) {
        vx_j_name(&json, VX_S("response_format"));
        vx_j_object(&json);
        vx_j_name(&json, VX_S("type"));
        vx_j_text(&json, VX_S("json_object"));
        vx_j_end_object(&json);
    }
    if (call->stop.n > 0) {
        vx_j_name(&json, VX_S("stop"));
        vx_j_text(&json, call->stop);
    }
    if (call->tag.n > 0) {
        vx_j_name(&json, VX_S("tag"));
        vx_j_text(&json, call->tag);
    }
    vx_j_end_object(&json);
    int32_t answer = json.full ? VX_E_TOO_LARGE : vx_import_model_begin(json.p, json.n);
    vx_arena_release(mark);
    return answer;
}

/* Of a reply: "approved", "denied", "expired" or "voided" (what was asked about has changed: ask again, if it is still wanted);
   VX_NONE where it is not a gate's. */
static inline vx_str vx_gate_decision(const vx_event *event) {
    int32_t gate = vx_json_get(&event->envelope, 0, VX_S("gate"));
    return gate < 0 ? VX_NONE : vx_json_get_text(&event->envelope, gate, VX_S("decision"));
}

/* Who answered. */
typedef struct {
    vx_str provider;
    vx_str model;
    vx_str finish; /* "stop", "length", or the provider's word */
    int64_t tokens_in;
    int64_t tokens_out;
} vx_model_answer;

/* False where the event is no answer of a model; event->code then says why, if one was asked. */
static inline bool vx_model_answer_read(const vx_event *event, vx_model_answer *out) {
    const vx_json *j = &event->envelope;
    int32_t model = vx_json_get(j, 0, VX_S("model"));
    if (model < 0) return false;
    out->provider = vx_json_get_text(j, model, VX_S("provider"));
    out->model = vx_json_get_text(j, model, VX_S("model"));
    out->finish = vx_json_get_text(j, model, VX_S("finish"));
    out->tokens_in = out->tokens_out = 0;
    (void)vx_json_int(j, vx_json_get(j, model, VX_S("tokens_in")), &out->tokens_in);
    (void)vx_json_int(j, vx_json_get(j, model, VX_S("tokens_out")), &out->tokens_out);
    return true;
}

/* Once per module: what every guest exports. vx_alloc gives 0 when memory is used up. */
#define VX_MODULE() \
    VX_EXPORT(vx_abi_version) int32_t vx_export_abi_version(void) { return VX_ABI_VERSION; } \
    VX_EXPORT(vx_alloc) int32_t vx_export_alloc(int32_t n) { return (int32_t)(uintptr_t)vx_new(n); }

/* handler: int32_t f(const vx_event *). */
#define VX_ON_TASK(handler) \
    VX_EXPORT(on_task) int32_t vx_export_on_task(int32_t e, int32_t en, int32_t i, int32_t in) { \
        vx_event event; \
        int32_t result = vx_event_read(&event, e, en, i, in) ? handler(&event) : 1; \
        vx_arena_reset(); \
        return result; \
    }

#define VX_ON_ENVELOPE(name, handler) \
    VX_EXPORT(name) int32_t vx_export_##name(int32_t e, int32_t en) { \
        vx_event event; \
        int32_t result = vx_event_read(&event, e, en, 0, 0) ? handler(&event) : 1; \
        vx_arena_reset(); \
        return result; \
    }

#define VX_ON_START(handler) VX_ON_ENVELOPE(on_start, handler)
#define VX_ON_RESUME(handler) VX_ON_ENVELOPE(on_resume, handler)
#define VX_ON_TIMER(handler) VX_ON_ENVELOPE(on_timer, handler)
#define VX_ON_DELTA(handler) VX_ON_ENVELOPE(on_delta, handler)
#define VX_ON_REPLY(handler) VX_ON_ENVELOPE(on_reply, handler)

#endif
