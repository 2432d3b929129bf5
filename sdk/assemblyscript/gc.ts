// A garbage collector for cells. The compiler's own need a start function, which a cell may not have: guest code would run outside any
// event. This one begins with the first object. It marks and sweeps all at once, when an event has ended and when a megabyte has been
// made since; never in between, and by allocations alone, so that a replay collects where the first run did.
import { BLOCK, BLOCK_OVERHEAD, OBJECT, OBJECT_MAXSIZE, OBJECT_OVERHEAD, TOTAL_OVERHEAD } from "rt/common";

// @ts-ignore: decorator
@inline const LEAST: usize = 1 << 20;

// gcInfo links all objects of the heap; of static ones, those that are marked. gcInfo2 is 0, or marks: 1 and the next to be looked into.
// @ts-ignore: decorator
@lazy let objects: usize = 0;
// @ts-ignore: decorator
@lazy let statics: usize = 0;
// @ts-ignore: decorator
@lazy let pending: usize = 0;
// @ts-ignore: decorator
@lazy let made: usize = 0;
// @ts-ignore: decorator
@lazy let threshold: usize = LEAST;

// @ts-ignore: decorator
@inline function header(ptr: usize): OBJECT {
  return changetype<OBJECT>(ptr - TOTAL_OVERHEAD);
}

// @ts-ignore: decorator
@inline function capacity(ptr: usize): usize {
  return (header(ptr).mmInfo & ~3) - OBJECT_OVERHEAD;
}

// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, id: u32): usize {
  if (size > OBJECT_MAXSIZE) unreachable();
  if (made >= threshold) __collect();
  const ptr = __alloc(OBJECT_OVERHEAD + size) + OBJECT_OVERHEAD;
  const object = header(ptr);
  object.gcInfo = <u32>objects;
  object.gcInfo2 = 0;
  object.rtId = id;
  object.rtSize = <u32>size;
  objects = ptr;
  made += size + TOTAL_OVERHEAD;
  memory.fill(ptr, 0, size);
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __renew(oldPtr: usize, size: usize): usize {
  const old = header(oldPtr);
  const oldSize = <usize>old.rtSize;
  if (oldPtr >= __heap_base && size <= capacity(oldPtr)) {
    if (size > oldSize) memory.fill(oldPtr + oldSize, 0, size - oldSize);
    old.rtSize = <u32>size;
    return oldPtr;
  }
  const ptr = __new(size, old.rtId);
  memory.copy(ptr, oldPtr, min(size, oldSize));
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(parentPtr: usize, childPtr: usize, expectMultiple: bool): void {}

// @ts-ignore: decorator
@global @unsafe
export function __pin(ptr: usize): usize {
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(ptr: usize): void {}

// @ts-ignore: decorator
@global @unsafe
export function __visit(ptr: usize, cookie: u32): void {
  if (!ptr) return;
  const object = header(ptr);
  if (object.gcInfo2) return;
  object.gcInfo2 = <u32>pending | 1;
  pending = ptr;
  if (ptr < __heap_base) {
    object.gcInfo = <u32>statics;
    statics = ptr;
  }
}

// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {
  __visit_globals(0);
  for (let at = __stack_pointer; at < __heap_base; at += sizeof<usize>()) __visit(load<usize>(at), 0);
  while (pending) {
    const ptr = pending;
    pending = <usize>header(ptr).gcInfo2 & ~1;
    __visit_members(ptr, 0);
  }

  let last: usize = 0;
  let live: usize = 0;
  for (let ptr = objects; ptr; ) {
    const object = header(ptr);
    const next = <usize>object.gcInfo;
    if (object.gcInfo2) {
      object.gcInfo2 = 0;
      live += <usize>object.rtSize + TOTAL_OVERHEAD;
      last = ptr;
    } else {
      if (last) header(last).gcInfo = <u32>next;
      else objects = next;
      __free(ptr - OBJECT_OVERHEAD);
    }
    ptr = next;
  }

  for (let ptr = statics; ptr; ) {
    const object = header(ptr);
    ptr = <usize>object.gcInfo;
    object.gcInfo = 0;
    object.gcInfo2 = 0;
  }
  statics = 0;
  made = 0;
  threshold = max(LEAST, live);
}
