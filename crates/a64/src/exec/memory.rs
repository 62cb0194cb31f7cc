//! The memory that the interpreter works on.

/// An access that the guest may not make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// Guest memory, little-endian. Accesses may be unaligned.
#[allow(missing_docs)]
pub trait Memory {
    fn load8(&mut self, addr: u64) -> Result<u8, Refused>;
    fn load16(&mut self, addr: u64) -> Result<u16, Refused>;
    fn load32(&mut self, addr: u64) -> Result<u32, Refused>;
    fn load64(&mut self, addr: u64) -> Result<u64, Refused>;
    fn load128(&mut self, addr: u64) -> Result<u128, Refused>;
    fn store8(&mut self, addr: u64, value: u8) -> Result<(), Refused>;
    fn store16(&mut self, addr: u64, value: u16) -> Result<(), Refused>;
    fn store32(&mut self, addr: u64, value: u32) -> Result<(), Refused>;
    fn store64(&mut self, addr: u64, value: u64) -> Result<(), Refused>;
    fn store128(&mut self, addr: u64, value: u128) -> Result<(), Refused>;

    /// An instruction word; refused where the guest may not execute.
    fn fetch(&mut self, addr: u64) -> Result<u32, Refused> {
        self.load32(addr)
    }

    /// Whether [`run`](super::run) stops before the instruction at `pc` when a branch leads back there.
    #[inline(always)]
    fn stops_at(&self, _pc: u64) -> bool {
        false
    }

    /// The virtual counter (`cntvct_el0`), in ticks of [`COUNTER_HZ`](crate::state::COUNTER_HZ).
    fn counter(&mut self) -> u64 {
        0
    }

    /// A random number (`rndr`), or zero if there is none.
    fn random(&mut self) -> u64 {
        0
    }
}

/// No memory at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoMemory;

macro_rules! refuse {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl Memory for NoMemory {
            $(
                fn $load(&mut self, _: u64) -> Result<$ty, Refused> {
                    Err(Refused)
                }
                fn $store(&mut self, _: u64, _: $ty) -> Result<(), Refused> {
                    Err(Refused)
                }
            )*
        }
    };
}
refuse! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}
