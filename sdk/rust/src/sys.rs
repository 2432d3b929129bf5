//! Lengths are `i32` as the host reads them. Nothing here is checked: a pointer outside memory is the host's to refuse.

#[link(wasm_import_module = "vx")]
extern "C" {
    pub fn state_get(table: *const u8, table_len: i32, key: *const u8, key_len: i32, out: *mut u8, cap: i32) -> i32;
    pub fn state_put(table: *const u8, table_len: i32, row: *const u8, row_len: i32) -> i32;
    pub fn state_delete(table: *const u8, table_len: i32, key: *const u8, key_len: i32) -> i32;
    pub fn state_scan(table: *const u8, table_len: i32, prefix: *const u8, prefix_len: i32) -> i32;
    pub fn scan_next(handle: i32, out: *mut u8, cap: i32) -> i32;
    pub fn scan_close(handle: i32) -> i32;
    pub fn view_read(view: *const u8, view_len: i32, low: *const u8, low_len: i32, high: *const u8, high_len: i32) -> i32;
    pub fn subscribe(view: *const u8, view_len: i32, prefix: *const u8, prefix_len: i32) -> i32;
    pub fn unsubscribe(ticket: i32) -> i32;
    pub fn delta_next(out: *mut u8, cap: i32) -> i32;
    pub fn emit(name: *const u8, name_len: i32, value: *const u8, value_len: i32) -> i32;
    pub fn log(level: i32, text: *const u8, text_len: i32) -> i32;
    pub fn now() -> i64;
    pub fn random(out: *mut u8, out_len: i32) -> i32;
    pub fn timer_begin(delay_us: i64, tag: *const u8, tag_len: i32) -> i32;
    pub fn http_begin(request: *const u8, request_len: i32, body: *const u8, body_len: i32) -> i32;
    pub fn reply_read(out: *mut u8, cap: i32) -> i32;
    pub fn model_begin(request: *const u8, request_len: i32) -> i32;
    pub fn gate_begin(request: *const u8, request_len: i32) -> i32;
    pub fn task_spawn(spec: *const u8, spec_len: i32, input: *const u8, input_len: i32) -> i32;
    pub fn complete(result: *const u8, result_len: i32) -> i32;
    pub fn fail(code: *const u8, code_len: i32, message: *const u8, message_len: i32) -> i32;
}
