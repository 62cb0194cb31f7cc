//! The kernel's own memory on wasm32: dlmalloc over chunks that are taken from the guest's address space.
//!
//! A chunk lies above everything that [`Mm`](crate::mm::Mm) has mapped or reserved (it announces its top before it maps), and above what is backed, so it never needs to ask
//! while `Mm` is busy. `Mm` enters the chunks into its map before it looks for space the next time. Chunks double in size, so that a few of them suffice.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

use crate::mm::memory::{HIGHEST, Memory};

/// End of everything that is mapped or reserved.
static TOP: AtomicU32 = AtomicU32::new(0);
/// Chunks taken: start and end of each.
static CLAIMS: [[AtomicU32; 2]; 64] = [const { [const { AtomicU32::new(0) }; 2] }; 64];
/// How many there are.
static CLAIMED: AtomicUsize = AtomicUsize::new(0);

/// Sets the lowest address that chunks may have.
pub fn raise_top(end: u64) {
    TOP.fetch_max(end.min(HIGHEST) as u32, Relaxed);
}

/// The lowest address that chunks may have.
pub fn top() -> u64 {
    TOP.load(Relaxed).into()
}

/// Chunk number `n`, if there are so many.
pub fn claim(n: usize) -> Option<(u64, u64)> {
    let [start, end] = CLAIMS.get(n).filter(|_| n < CLAIMED.load(Relaxed))?;
    Some((start.load(Relaxed).into(), end.load(Relaxed).into()))
}

struct Chunks;

// SAFETY: chunks are fresh, disjoint parts of the linear memory that nobody else uses.
unsafe impl dlmalloc::Allocator for Chunks {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        const NONE: (*mut u8, usize, u32) = (core::ptr::null_mut(), 0, 0);
        let claimed = CLAIMED.load(Relaxed);
        let memory = Memory::linear();
        let start = memory
            .size()
            .max(TOP.load(Relaxed).into())
            .next_multiple_of(65536);
        let least = (2u64 << 20) << (claimed / 4).min(6);
        let end = start + (size as u64).max(least).next_multiple_of(65536);
        if claimed == CLAIMS.len() || end > HIGHEST || !memory.grow_to(end) {
            return NONE;
        }
        CLAIMS[claimed][0].store(start as u32, Relaxed);
        CLAIMS[claimed][1].store(end as u32, Relaxed);
        CLAIMED.store(claimed + 1, Relaxed);
        raise_top(end);
        (
            core::ptr::with_exposed_provenance_mut(start as usize),
            (end - start) as usize,
            0,
        )
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        core::ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        65536
    }
}

struct Heap(UnsafeCell<dlmalloc::Dlmalloc<Chunks>>);

// SAFETY: wasm32 without threads.
unsafe impl Sync for Heap {}

// SAFETY: dlmalloc fulfils the contract; it is never entered twice.
unsafe impl core::alloc::GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: core::alloc::Layout) -> *mut u8 {
        unsafe { (*self.0.get()).malloc(layout.size(), layout.align()) }
    }

    unsafe fn alloc_zeroed(&self, layout: core::alloc::Layout) -> *mut u8 {
        unsafe { (*self.0.get()).calloc(layout.size(), layout.align()) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: core::alloc::Layout) {
        unsafe { (*self.0.get()).free(ptr, layout.size(), layout.align()) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: core::alloc::Layout, size: usize) -> *mut u8 {
        unsafe { (*self.0.get()).realloc(ptr, layout.size(), layout.align(), size) }
    }
}

#[global_allocator]
static HEAP: Heap = Heap(UnsafeCell::new(dlmalloc::Dlmalloc::new_with_allocator(
    Chunks,
)));
