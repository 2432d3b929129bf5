// The imports as they are: numbers in, a number out. A pointer outside memory is the host's to refuse.

@external("vx", "state_get")
export declare function state_get(table: usize, tableLen: i32, key: usize, keyLen: i32, out: usize, cap: i32): i32;
@external("vx", "state_put")
export declare function state_put(table: usize, tableLen: i32, row: usize, rowLen: i32): i32;
@external("vx", "state_delete")
export declare function state_delete(table: usize, tableLen: i32, key: usize, keyLen: i32): i32;
@external("vx", "state_scan")
export declare function state_scan(table: usize, tableLen: i32, prefix: usize, prefixLen: i32): i32;
@external("vx", "scan_next")
export declare function scan_next(handle: i32, out: usize, cap: i32): i32;
@external("vx", "scan_close")
export declare function scan_close(handle: i32): i32;
@external("vx", "view_read")
export declare function view_read(view: usize, viewLen: i32, low: usize, lowLen: i32, high: usize, highLen: i32): i32;
@external("vx", "subscribe")
export declare function subscribe(view: usize, viewLen: i32, prefix: usize, prefixLen: i32): i32;
@external("vx", "unsubscribe")
export declare function unsubscribe(ticket: i32): i32;
@external("vx", "delta_next")
export declare function delta_next(out: usize, cap: i32): i32;
@external("vx", "emit")
export declare function emit(name: usize, nameLen: i32, value: usize, valueLen: i32): i32;
@external("vx", "log")
export declare function log(level: i32, text: usize, textLen: i32): i32;
@external("vx", "now")
export declare function now(): i64;
@external("vx", "random")
export declare function random(out: usize, outLen: i32): i32;
@external("vx", "timer_begin")
export declare function timer_begin(delayUs: i64, tag: usize, tagLen: i32): i32;
@external("vx", "http_begin")
export declare function http_begin(request: usize, requestLen: i32, body: usize, bodyLen: i32): i32;
@external("vx", "reply_read")
export declare function reply_read(out: usize, cap: i32): i32;
@external("vx", "model_begin")
export declare function model_begin(request: usize, requestLen: i32): i32;
@external("vx", "gate_begin")
export declare function gate_begin(request: usize, requestLen: i32): i32;
@external("vx", "task_spawn")
export declare function task_spawn(spec: usize, specLen: i32, input: usize, inputLen: i32): i32;
@external("vx", "complete")
export declare function complete(result: usize, resultLen: i32): i32;
@external("vx", "fail")
export declare function fail(code: usize, codeLen: i32, message: usize, messageLen: i32): i32;
