// Asks servers for things, as its input says, one command a line:
//
//   METHOD URL [key=value …]     one request: tag=, timeout=, bytes=, redirects=, body=TEXT, header=name:value, repeat=N
//   raw=JSON [key=value …]       the request's text verbatim, up to the end of the line; body=TEXT and repeat=N stand before it
//   every N URL                  one request, and after each answer the next, N in all
//   knock N URL                  calls http_begin N times in this event, whatever it answers, and emits "knock": the last status
//   fill N METHOD URL [key=…]    the one request with a body of N bytes
//   done                         completes the task in this event: what was begun before is dropped
//   trap                         ends this event by a trap
//
// It emits "begun" (tag, ticket or status) for each request, and at each on_reply "reply": tag, ticket, code or status, length, where it
// was found after redirects or "-", and the first 256 bytes of the body, with a blank between them. When all that it waits for is answered,
// or at once when nothing was begun, it completes with a line for each request, in order of its number.
//
// A cell may be replaced between any two events, so the spec declares what must last:
//
//   {"name": "fetched", "scope": "cell", "key": ["n"], "columns": [{"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"},
//    {"name": "left", "type": "int64"}, {"name": "url", "type": "text"}, {"name": "line", "type": "text"}]}
//
// n counts the task's requests; a ticket of 0 is answered, or was not begun; `left` of "every" are still to come, to `url`; `line` is the result's.
#include "vx.h"

static const vx_str table = {"fetched", 7};

enum { SHOWN = 256, MOST_HEADERS = 64 };

static vx_str word(vx_str *rest) {
    while (rest->n > 0 && rest->p[0] == ' ') *rest = vx_sub(*rest, 1, rest->n);
    int32_t end = vx_index_of(*rest, ' ');
    vx_str found = vx_sub(*rest, 0, end < 0 ? rest->n : end);
    *rest = vx_sub(*rest, found.n, rest->n);
    return found;
}

static bool option(vx_str text, vx_str name, vx_str *value) {
    if (!vx_starts(text, name)) return false;
    *value = vx_sub(text, name.n, text.n);
    return true;
}

static int64_t number(vx_str text) {
    int64_t value = 0;
    (void)vx_parse_int(text, &value);
    return value;
}

static int32_t put(int64_t n, int64_t ticket, int64_t left, vx_str url, vx_str line) {
    vx_tuple row = vx_tuple_new(128 + url.n + line.n);
    vx_t_int(&row, n);
    vx_t_int(&row, ticket);
    vx_t_int(&row, left);
    vx_t_text(&row, url);
    vx_t_text(&row, line);
    return vx_put(table, &row);
}

/* Writes down what http_begin answered, and says it. */
static int32_t begun(int64_t *n, vx_str tag, int32_t answer, int64_t left, vx_str url) {
    vx_out line = vx_out_new(128);
    vx_w_text(&line, tag);
    vx_w_char(&line, ' ');
    vx_w_int(&line, answer);
    vx_str text = vx_out_str(&line);
    if (vx_import_emit("begun", 5, text.p, text.n) != VX_OK) return 1;
    return put((*n)++, answer > 0 ? answer : 0, left, url, text) == VX_OK ? 0 : 1;
}

static vx_str filled(int64_t length) {
    char *p = vx_new((int32_t)length);
    if (p == NULL) return VX_NONE;
    memset(p, 'b', (size_t)length);
    return (vx_str){p, (int32_t)length};
}

static int64_t number_or_nothing(vx_str text) {
    int64_t value = number(text);
    return value == 0 ? VX_NOTHING : value;
}

static int32_t request(int64_t *n, vx_str method, vx_str rest, vx_str body) {
    vx_header headers[MOST_HEADERS];
    vx_request request = {.method = method, .url = word(&rest), .headers = headers, .body = body};
    int64_t repeat = 1;
    for (vx_str next = word(&rest), value; next.n > 0; next = word(&rest)) {
        if (option(next, VX_S("tag="), &value)) request.tag = value;
        else if (option(next, VX_S("timeout="), &value)) request.timeout_ms = number(value);
        else if (option(next, VX_S("bytes="), &value)) request.response_bytes = number_or_nothing(value);
        else if (option(next, VX_S("redirects="), &value)) request.redirects = number_or_nothing(value);
        else if (option(next, VX_S("body="), &value)) request.body = value;
        else if (option(next, VX_S("repeat="), &value)) repeat = number(value);
        else if (option(next, VX_S("header="), &value) && request.header_count < MOST_HEADERS) {
            int32_t colon = vx_index_of(value, ':');
            if (colon >= 0) headers[request.header_count++] = (vx_header){vx_sub(value, 0, colon), vx_sub(value, colon + 1, value.n)};
        }
    }
    for (; repeat > 0; repeat--) if (begun(n, request.tag, vx_http_begin(&request), 0, VX_S("")) != 0) return 1;
    return 0;
}

static int32_t raw(int64_t *n, vx_str line) {
    vx_str body = VX_S(""), value;
    int64_t repeat = 1;
    while (!option(line, VX_S("raw="), &value)) {
        vx_str next = word(&line);
        if (next.n == 0) return 1;
        if (option(next, VX_S("body="), &value)) body = value;
        if (option(next, VX_S("repeat="), &value)) repeat = number(value);
        line = vx_trim(line);
    }
    for (; repeat > 0; repeat--) if (begun(n, VX_S("raw"), vx_import_http_begin(value.p, value.n, body.p, body.n), 0, VX_S("")) != 0) return 1;
    return 0;
}

static int32_t knock(int64_t times, vx_str url) {
    vx_request request = {.url = url};
    int32_t last = 0;
    for (; times > 0; times--) last = vx_http_begin(&request);
    vx_out out = vx_out_new(32);
    vx_w_int(&out, last);
    return vx_import_emit("knock", 5, out.p, out.n) == VX_OK ? 0 : 1;
}

/* One line for each request; not while one is open. */
static int32_t conclude(void) {
    vx_tuple all = vx_tuple_new(8);
    vx_out out = vx_out_new(256 * 1024);
    vx_row row;
    int32_t more, handle = vx_scan(table, &all);
    if (handle < 0) return 1;
    while ((more = vx_scan_next(handle, &row)) > 0) {
        (void)vx_r_int(&row);
        int64_t ticket = vx_r_int(&row);
        (void)vx_r_int(&row);
        (void)vx_r_text(&row);
        vx_str line = vx_r_text(&row);
        if (row.bad) return 1;
        if (ticket != 0) return 0;
        if (out.n > 0) vx_w_char(&out, '\n');
        vx_w_text(&out, line);
    }
    return more < 0 ? 1 : vx_complete_out(&out);
}

static int32_t command(int64_t *n, vx_str line) {
    vx_str rest = line, first = word(&rest);
    if (vx_eq(first, VX_S("done"))) return vx_complete(VX_S("done"));
    if (vx_eq(first, VX_S("trap"))) __builtin_trap();
    if (vx_eq(first, VX_S("knock"))) {
        int64_t times = number(word(&rest));
        return knock(times, word(&rest));
    }
    if (vx_eq(first, VX_S("every"))) {
        int64_t times = number(word(&rest));
        vx_request request = {.url = word(&rest), .tag = VX_S("every")};
        return begun(n, request.tag, vx_http_begin(&request), times - 1, request.url);
    }
    if (vx_eq(first, VX_S("fill"))) {
        int64_t length = number(word(&rest));
        vx_str method = word(&rest);
        return request(n, method, rest, filled(length));
    }
    for (vx_str look = line, next = word(&look); next.n > 0; next = word(&look)) {
        vx_str unused;
        if (option(next, VX_S("raw="), &unused)) return raw(n, line);
        if (vx_index_of(next, '=') < 0) break;
    }
    return request(n, first, rest, VX_S(""));
}

static bool concludes(vx_str text) { return vx_eq(text, VX_S("done")) || vx_ends(text, VX_S("\ndone")) || vx_starts(text, VX_S("done\n")); }

static int32_t task(const vx_event *event) {
    int64_t n = 0;
    for (vx_str left = event->input; left.n > 0;) {
        int32_t end = vx_index_of(left, '\n');
        vx_str line = vx_sub(left, 0, end < 0 ? left.n : end);
        left = vx_sub(left, end < 0 ? left.n : end + 1, left.n);
        if (line.n > 0 && command(&n, line) != 0) return 1;
    }
    return concludes(event->input) ? 0 : conclude();
}

/* The row that waits for a ticket. */
static bool find(int64_t ticket, int64_t *n, int64_t *left, vx_str *url) {
    vx_tuple all = vx_tuple_new(8);
    vx_row row;
    bool found = false;
    int32_t handle = vx_scan(table, &all);
    while (!found && handle > 0 && vx_scan_next(handle, &row) > 0) {
        *n = vx_r_int(&row);
        found = vx_r_int(&row) == ticket;
        *left = vx_r_int(&row);
        *url = vx_r_text(&row);
    }
    vx_scan_close(handle);
    return found;
}

static int32_t reply(const vx_event *event) {
    int64_t n, left;
    vx_str url;
    if (!find(event->ticket, &n, &left, &url)) return 1;

    char body[SHOWN];
    int32_t shown = 0, more = 0;
    while (shown < SHOWN && (more = vx_reply_read(body + shown, SHOWN - shown > 100 ? 100 : SHOWN - shown)) > 0) shown += more;
    if (more < 0) return 1;
    vx_out line = vx_out_new(16384);
    vx_w_text(&line, event->tag);
    vx_w_char(&line, ' ');
    vx_w_int(&line, event->ticket);
    vx_w_char(&line, ' ');
    if (event->code.p != NULL) vx_w_text(&line, event->code); else vx_w_int(&line, event->status);
    vx_str said = vx_out_str(&line);
    vx_w_char(&line, ' ');
    vx_w_int(&line, event->length);
    vx_w_char(&line, ' ');
    vx_w_text(&line, event->url.p == NULL ? VX_S("-") : event->url);
    vx_w_char(&line, ' ');
    vx_w_text(&line, (vx_str){body, shown});
    if (line.full || vx_import_emit("reply", 5, line.p, line.n) != VX_OK) return 1;

    int64_t ticket = 0;
    if (left > 0) {
        vx_request next = {.url = url, .tag = event->tag};
        int32_t answer = vx_http_begin(&next);
        ticket = answer > 0 ? answer : 0;
    }
    if (put(n, ticket, left - 1, url, said) != VX_OK) return 1;
    return ticket > 0 ? 0 : conclude();
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_REPLY(reply)
