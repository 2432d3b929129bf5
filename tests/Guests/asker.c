// Asks people, as its input says:
//
//   ask GATE SUBJECT [ID]   asks with SUBJECT (JSON without blanks), about row ID of table `item` where one is named; with a blank ID: about none
//   two GATE SUBJECT        asks twice in one event
//   raw JSON                the text verbatim; completes with the status it got
//   set ID VALUE            writes a row of table `item` (id text, n int64) and completes
//
// It emits "asked" (the ticket or status). At on_reply it emits "answer": the decision and, of a reply that is no approval, the code. A gate
// that was voided is asked for again, once; any other answer completes the task with the decision, when nothing is open any more.
//
//   {"name": "asking", "scope": "cell", "key": ["n"], "columns": [{"name": "n", "type": "int64"}, {"name": "open", "type": "int64"},
//    {"name": "again", "type": "int64"}, {"name": "gate", "type": "text"}, {"name": "subject", "type": "text"}, {"name": "row", "type": "text"}]}
#include "vx.h"

static const vx_str asking = VX_S("asking");

static vx_str word(vx_str *rest) {
    int32_t end = vx_index_of(*rest, ' ');
    vx_str found = vx_sub(*rest, 0, end < 0 ? rest->n : end);
    *rest = end < 0 ? VX_NONE : vx_sub(*rest, end + 1, rest->n);
    return found;
}

static int32_t say(vx_str name, vx_str text) { return vx_import_emit(name.p, name.n, text.p, text.n) == VX_OK ? 0 : 1; }

static int32_t say_number(vx_str name, int64_t value) {
    vx_out out = vx_out_new(32);
    vx_w_int(&out, value);
    return say(name, vx_out_str(&out));
}

static int32_t note(int64_t open, int64_t again, vx_str gate, vx_str subject, vx_str row_id) {
    vx_tuple row = vx_tuple_new(128 + gate.n + subject.n + row_id.n);
    vx_t_int(&row, 1);
    vx_t_int(&row, open);
    vx_t_int(&row, again);
    vx_t_text(&row, gate);
    vx_t_text(&row, subject);
    vx_t_text(&row, row_id);
    return vx_put(asking, &row) == VX_OK ? 0 : 1;
}

static int32_t ask(vx_str gate, vx_str subject, vx_str row_id) {
    vx_out rows = vx_out_new(512);
    if (row_id.n > 0) {
        vx_j_array(&rows);
        vx_j_object(&rows);
        vx_j_name(&rows, VX_S("key"));
        vx_j_array(&rows);
        vx_j_text(&rows, row_id);
        vx_j_end_array(&rows);
        vx_j_name(&rows, VX_S("table"));
        vx_j_text(&rows, VX_S("item"));
        vx_j_end_object(&rows);
        vx_j_end_array(&rows);
    }
    vx_gate request = {.gate = gate, .subject = subject, .rows = vx_out_str(&rows), .tag = VX_S("q")};
    return vx_gate_begin(&request);
}

static int32_t task(const vx_event *event) {
    vx_str rest = event->input, verb = word(&rest);
    if (vx_eq(verb, VX_S("raw"))) {
        vx_out out = vx_out_new(32);
        vx_w_int(&out, vx_import_gate_begin(rest.p, rest.n));
        return vx_complete_out(&out);
    }
    if (vx_eq(verb, VX_S("set"))) {
        int64_t value = 0;
        vx_tuple row = vx_tuple_new(64 + rest.n);
        vx_str id = word(&rest);
        (void)vx_parse_int(rest, &value);
        vx_t_text(&row, id);
        vx_t_int(&row, value);
        return vx_put(VX_S("item"), &row) == VX_OK ? 0 : 1;
    }
    int32_t times = vx_eq(verb, VX_S("two")) ? 2 : 1;
    vx_str gate = word(&rest), subject = word(&rest);
    for (int32_t i = 0; i < times; i++) {
        int32_t ticket = ask(gate, subject, rest);
        if (say_number(VX_S("asked"), ticket) != 0) return 1;
        if (ticket < 1) return vx_complete(VX_S("not asked")) == VX_OK ? 0 : 1;
    }
    return note(times, 1, gate, subject, rest);
}

static int32_t reply(const vx_event *event) {
    vx_str decision = vx_gate_decision(event);
    vx_out out = vx_out_new(128);
    vx_w_text(&out, decision);
    vx_w_char(&out, ' ');
    vx_w_text(&out, event->code);
    if (decision.p == NULL || say(VX_S("answer"), vx_out_str(&out)) != 0) return 1;
    vx_tuple key = vx_tuple_new(16);
    vx_t_int(&key, 1);
    vx_row row;
    if (vx_get(asking, &key, &row) != VX_OK) return 1;
    (void)vx_r_int(&row);
    int64_t open = vx_r_int(&row) - 1, again = vx_r_int(&row);
    vx_str gate = vx_r_text(&row), subject = vx_r_text(&row), row_id = vx_r_text(&row);
    if (row.bad) return 1;
    if (vx_eq(decision, VX_S("voided")) && again > 0) {
        if (say_number(VX_S("asked"), ask(gate, subject, row_id)) != 0) return 1;
        return note(open + 1, again - 1, gate, subject, row_id);
    }
    if (open > 0) return note(open, again, gate, subject, row_id);
    return vx_complete(decision) == VX_OK ? 0 : 1;
}

VX_MODULE()
VX_ON_TASK(task)
VX_ON_REPLY(reply)
