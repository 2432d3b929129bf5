//! What `cell!` expands to. Not for use by hand.

use crate::{log, sys, Event, Handled, Level};
use std::alloc::{alloc as allocate, Layout};

pub type Handler = fn(&Event) -> Handled;

/// Room the host fills; the event owns it afterwards. 0 when memory is used up.
pub fn alloc(len: i32) -> i32 {
    match Layout::from_size_align(len as u32 as usize, 1) {
        Ok(layout) if layout.size() > 0 => unsafe { allocate(layout) as i32 },
        _ => 0,
    }
}

pub fn deliver(envelope: i32, envelope_len: i32, input: i32, input_len: i32, handler: Handler) -> i32 {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.to_string();
        let end = text.len().min(4096);
        unsafe { sys::log(Level::Error as i32, text.as_ptr(), end as i32) };
    }));
    let envelope = unsafe { own(envelope, envelope_len) };
    let event = Event::parse(&envelope, unsafe { own(input, input_len) }).expect("an envelope");
    match handler(&event) {
        Ok(()) => 0,
        Err(status) => {
            let _ = log(Level::Error, format!("the handler ended with status {}", status.code()));
            -status.code()
        }
    }
}

/// What [`alloc`] gave, filled: nothing is pointer 0.
unsafe fn own(pointer: i32, len: i32) -> Vec<u8> {
    let len = len as u32 as usize;
    if len == 0 {
        Vec::new()
    } else {
        Vec::from_raw_parts(pointer as u32 as *mut u8, len, len)
    }
}

/// Exports the handlers of a cell, each a function from `&Event` to [`Handled`]: `cell! { on_task = task, on_timer = timer }`.
#[macro_export]
macro_rules! cell {
    (@export on_task $handler:path) => {
        #[no_mangle]
        pub extern "C" fn on_task(envelope: i32, envelope_len: i32, input: i32, input_len: i32) -> i32 {
            $crate::export::deliver(envelope, envelope_len, input, input_len, $handler)
        }
    };
    (@export $name:ident $handler:path) => {
        #[no_mangle]
        pub extern "C" fn $name(envelope: i32, envelope_len: i32) -> i32 {
            $crate::export::deliver(envelope, envelope_len, 0, 0, $handler)
        }
    };
    ($($name:ident = $handler:path),+ $(,)?) => {
        #[no_mangle]
        pub extern "C" fn vx_abi_version() -> i32 {
            1
        }

        #[no_mangle]
        pub extern "C" fn vx_alloc(len: i32) -> i32 {
            $crate::export::alloc(len)
        }

        $($crate::cell!(@export $name $handler);)+
    };
}
