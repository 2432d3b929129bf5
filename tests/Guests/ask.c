// Asks models, as its input says, one command a line:
//
//   CLASS [tag=…] [max=N] [heat=N.N] [stop=WORD] [json] TEXT…     one call with the rest of the line as the user's message
//   then CLASS [key=…] TEXT…     the same, and after each answer once more with what was answered, until one ends with "."
//   fill N CLASS [key=…]         the same with a message of N bytes
//   raw=JSON                     the request's text verbatim
//   knock N                      calls model_begin N times in this event, whatever it answers, and emits "knock": the last status
//   trap                         ends this event by a trap
//
// It emits "begun" (tag, ticket or status) for each call, and at each on_reply "reply": tag, ticket, code or provider, length, why it
// ended, tokens in and out, and the first 256 bytes of the text, with a blank between them. When all that it waits for is answered it
// completes with a line for each call, in order of its number.
//
// A cell may be replaced between any two events, so the spec declares what must last:
//
//   {"name": "asked", "scope": "cell", "key": ["n"], "columns": [{"name": "n", "type": "int64"}, {"name": "ticket", "type": "int64"}, {"name": "then", "type": "text"}, {"name": "line", "type": "text"}]}
//
// n counts the task's calls; a ticket of 0 is answered, or was not begun; `then` is the class of what goes on; `line` is the result's.
#include "vx.h"

static const vx_str table = {"asked", 5};

enum { SHOWN = 256 };

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

static int32_t put(int64_t n, int64_t ticket, vx_str then, vx_str line) {
    vx_tuple row = vx_tuple_new(128 + then.n + line.n);
    vx_t_int(&row, n);
    vx_t_int(&row, ticket);
    vx_t_text(&row, then);
    vx_t_text(&row, line);
    return vx_put(table, &row);
}

static int32_t begun(int64_t *n, vx_str tag, int32_t answer, vx_str then) {
    vx_out line = vx_out_new(128);
    vx_w_text(&line, tag);
    vx_w_char(&line, ' ');
    vx_w_int(&line, answer);
    vx_str text = vx_out_str(&line);
    if (vx_import_emit("begun", 5, text.p, text.n) != VX_OK) return 1;
    return put((*n)++, answer > 0 ? answer : 0, then, text) == VX_OK ? 0 : 1;
}

static int32_t ask(int64_t *n, vx_str rest, bool goes_on, int64_t fill) {
    vx_model_call call = {.model_class = word(&rest)};
    vx_str value, before = rest;
    for (vx_str next = word(&rest); next.n > 0; before = rest, next = word(&rest)) {
        if (option(next, VX_S("tag="), &value)) call.tag = value;
        else if (option(next, VX_S("max="), &value)) call.max_tokens = number(value);
        else if (option(next, VX_S("heat="), &value)) call.temperature = value;
        else if (option(next, VX_S("stop="), &value)) call.stop = value;
        else if (vx_eq(next, VX_S("json"))) call.json = true;
        else break;
    }
    vx_message message = {VX_S("user"), vx_trim(before)};
    if (fill > 0) {
        char *p = vx_new((int32_t)fill);
        if (p == NULL) return 1;
        memset(p, 'a', (size_t)fill);
        message.content = (vx_str){p, (int32_t)fill};
    }
    call.messages = &message;
    call.message_count = 1;
    return begun(n, call.tag, vx_model_begin(&call), goes_on ? call.model_class : VX_S(""));
}

static int32_t conclude(void) {
    vx_tuple all = vx_tuple_new(8);
    vx_out out = vx_out_new(256 * 1024);
    vx_row row;
    int32_t more, handle = vx_scan(table, &all);
    if (handle < 0) return 1;
    while ((more = vx_scan_next(handle, &row)) > 0) {
        (void)vx_r_int(&row);
        int64_t ticket = vx_r_int(&row);
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
    vx_str rest = line, raw, first = word(&rest);
    if (vx_eq(first, VX_S("trap"))) __builtin_trap();
    if (option(line, VX_S("raw="), &raw)) return begun(n, VX_S("raw"), vx_import_model_begin(raw.p, raw.n), VX_S(""));
    if (vx_eq(first, VX_S("knock"))) {
        vx_model_call call = {.model_class = VX_S("small")};
        int32_t last = 0;
        for (int64_t times = number(word(&rest)); times > 0; times--) last = vx_model_begin(&call);
        vx_out out = vx_out_new(32);
        vx_w_int(&out, last);
        return vx_import_emit("knock", 5, out.p, out.n) == VX_OK ? 0 : 1;
    }
    if (vx_eq(first, VX_S("then"))) return ask(n, rest, true, 0);
    if (vx_eq(first, VX_S("fill"))) {
        int64_t length = number(word(&rest));
        return ask(n, rest, false, length);
    }
    return ask(n, line, false, 0);
}

static int32_t task(const vx_event *event) {
    int64_t n = 0;
    for (vx_str left = event->input; left.n > 0;) {
        int32_t end = vx_index_of(left, '\n');
        vx_str line = vx_sub(left, 0, end < 0 ? left.n : end);
        left = vx_sub(left, end < 0 ? left.n : end + 1, left.n);
        if (line.n > 0 && command(&n, line) != 0) return 1;
    }
    return conclude();
}

/* The row that waits for a ticket. */
static bool find(int64_t ticket, int64_t *n, vx_str *then) {
    vx_tuple all = vx_tuple_new(8);
    vx_row row;
    bool found = false;
    int32_t handle = vx_scan(table, &all);
    while (!found && handle > 0 && vx_scan_next(handle, &row) > 0) {
        *n = vx_r_int(&row);
        found = vx_r_int(&row) == ticket;
        *then = vx_r_text(&row);
    }
    vx_scan_close(handle);
    return found;
}

static int32_t reply(const vx_event *event) {
    int64_t n;
    vx_str then;
    if (!find(event->ticket, &n, &then)) return 1;
    vx_model_answer answer = {.finish = VX_S("-")};
    bool answered = vx_model_answer_read(event, &answer);
    vx_str body = answered ? vx_reply_body(event) : VX_S("");
    vx_str shown = vx_sub(body, 0, body.n > SHOWN ? SHOWN : body.n);
    vx_out line = vx_out_new(16384);
    vx_w_text(&line, event->tag);
    vx_w_char(&line, ' ');
    vx_w_int(&line, event->ticket);
    vx_w_char(&line, ' ');
    vx_w_text(&line, answered ? answer.provider : event->code);
    vx_w_char(&line, ' ');
    vx_w_int(&line, event->length);
    vx_w_char(&line, ' ');
    vx_w_text(&line, answer.finish);
    vx_w_char(&line, ' ');
    vx_w_int(&line, answer.tokens_in);
    vx_w_char(&line, ' ');
    vx_w_int(&line, answer.tokens_out);
    vx_w_char(&line, ' ');
    vx_w_text(&line, shown);
    vx_str said = vx_out_str(&line);
    if (line.full || vx_import_emit("reply", 5, line.p, line.n) != VX_OK) return 1;

    int64_t ticket = 0;
    if (then.n > 0 && answered && !vx_ends(shown, VX_S("."))) {
        vx_message message = {VX_S("user"), shown};
        vx_model_call next = {.model_class = then, .messages = &message, .message_count = 1, .tag = event->tag};
        int32_t begun_ticket = vx_model_begin(&next);
        ticket = begun_ticket > 0 ? begun_ticket : 0;
    }
    if (put(n, ticket, then, said) != VX_OK) return 1;
    return ticket > 0 ? 0 : conclude();
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_REPLY(reply)
