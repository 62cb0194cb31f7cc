//! Guest memory as the kernel sees it.
//!
//! On wasm32 it is the linear memory itself: guest address = address. For native tests it is one zeroed allocation that stands for the first
//! bytes of the guest's address space. All kernel access to guest memory goes through [`Memory`]; [`Mm`](super::Mm) checks addresses first.

/// Lowest address that can be mapped: null dereferences stay faults.
pub const LOWEST: u64 = 65536;
/// One past the highest address that can be mapped.
pub const HIGHEST: u64 = (1 << 32) - 65536;

/// A handle on guest memory. Copies refer to the same memory.
#[derive(Clone, Copy)]
pub struct Memory {
    #[cfg(not(target_arch = "wasm32"))]
    base: *mut u8,
    #[cfg(not(target_arch = "wasm32"))]
    len: u64,
}

impl Memory {
    /// The linear memory.
    #[cfg(target_arch = "wasm32")]
    pub fn linear() -> Self {
        Self {}
    }

    /// A zeroed memory for tests, never freed. The operating system backs it lazily.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn for_tests(len: u64) -> Self {
        let boxed = alloc::vec![0u8; len as usize].into_boxed_slice();
        Self {
            base: alloc::boxed::Box::leak(boxed).as_mut_ptr(),
            len,
        }
    }

    /// Bytes that are backed, from address 0.
    pub fn size(self) -> u64 {
        #[cfg(target_arch = "wasm32")]
        return (core::arch::wasm32::memory_size(0) as u64) << 16;
        #[cfg(not(target_arch = "wasm32"))]
        self.len
    }

    /// Makes everything below `end` backed. False when the engine refuses.
    pub fn grow_to(self, end: u64) -> bool {
        let size = self.size();
        if end <= size {
            return true;
        }
        #[cfg(target_arch = "wasm32")]
        {
            // A few more pages than asked for: growing has a cost per call.
            let generous = (end + (1 << 20)).min(HIGHEST);
            for goal in [generous, end] {
                let pages = goal.div_ceil(65536) - (size >> 16);
                if core::arch::wasm32::memory_grow(0, pages as usize) != usize::MAX {
                    return true;
                }
            }
        }
        false
    }

    fn pointer(self, addr: u64) -> *mut u8 {
        #[cfg(target_arch = "wasm32")]
        return core::ptr::with_exposed_provenance_mut(addr as usize);
        #[cfg(not(target_arch = "wasm32"))]
        self.base.wrapping_add(addr as usize)
    }

    /// Whether `[addr, addr + len)` is backed and above the null region.
    pub fn backs(self, addr: u64, len: u64) -> bool {
        addr >= LOWEST && addr.checked_add(len).is_some_and(|end| end <= self.size())
    }

    /// The bytes at `addr`; panics if they are not backed. The caller has checked that the guest may access them.
    ///
    /// The lifetime is free because guest memory never moves or goes away. No Rust object lives in memory that the guest may be given
    /// (`Mm` keeps the kernel's own ranges out), and a system call runs alone, so a slice is not written behind its back unless one call
    /// takes two overlapping ones; calls that move data within guest memory use [`Memory::copy`].
    pub fn bytes<'m>(self, addr: u64, len: u64) -> &'m mut [u8] {
        assert!(len == 0 || self.backs(addr, len));
        if len == 0 {
            return &mut [];
        }
        // SAFETY: backed (asserted above); aliasing as documented.
        unsafe { core::slice::from_raw_parts_mut(self.pointer(addr), len as usize) }
    }

    /// Moves `len` bytes within guest memory; ranges may overlap.
    pub fn copy(self, from: u64, to: u64, len: u64) {
        assert!(len == 0 || (self.backs(from, len) && self.backs(to, len)));
        // SAFETY: both ranges are backed (asserted above).
        unsafe { core::ptr::copy(self.pointer(from), self.pointer(to), len as usize) }
    }

    /// Zeroes a range, as far as it is backed (what is not is zero when it comes).
    pub fn zero(self, addr: u64, len: u64) {
        let end = (addr + len).min(self.size());
        if addr < end {
            self.bytes(addr, end - addr).fill(0);
        }
    }
}
