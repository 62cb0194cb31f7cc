//! How fast decoding and interpreting are here: `cargo run --release -p elfconv-a64 --example speed [ELF]`.

use std::{hint::black_box, time::Instant};

use elfconv_a64::{
    decode,
    exec::{DecodeCache, Memory, Outcome, Refused, run},
    state::CpuState,
};

/// Flat memory from address 0.
struct Flat(Vec<u8>);

macro_rules! accesses {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl Memory for Flat {
            $(
                #[inline(always)]
                fn $load(&mut self, addr: u64) -> Result<$ty, Refused> {
                    let at = addr as usize;
                    let bytes = self.0.get(at..at.wrapping_add(size_of::<$ty>())).ok_or(Refused)?;
                    bytes.try_into().map(<$ty>::from_le_bytes).map_err(|_| Refused)
                }
                #[inline(always)]
                fn $store(&mut self, addr: u64, value: $ty) -> Result<(), Refused> {
                    let at = addr as usize;
                    let bytes = self.0.get_mut(at..at.wrapping_add(size_of::<$ty>())).ok_or(Refused)?;
                    bytes.copy_from_slice(&value.to_le_bytes());
                    Ok(())
                }
            )*
        }
    };
}
accesses! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}

/// A loop of six instructions, then `ret`.
const LOOP: [u32; 7] = [
    0x8b01_0000, // add x0, x0, x1
    0xca01_0c02, // eor x2, x0, x1, lsl #3
    0xf900_0062, // str x2, [x3]
    0xf940_0064, // ldr x4, [x3]
    0xf100_0421, // subs x1, x1, #1
    0x54ff_ff61, // b.ne the first
    0xd65f_03c0, // ret
];

fn main() {
    let path = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "/usr/aarch64-linux-gnu/lib/libc.so.6".into());
    if let Ok(bytes) = std::fs::read(&path) {
        let words: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|c| u32::from_le_bytes(c.try_into().unwrap()))
            .collect();
        let start = Instant::now();
        let mut known = 0;
        const ROUNDS: usize = 20;
        for _ in 0..ROUNDS {
            known = black_box(&words)
                .iter()
                .filter(|w| decode(**w).is_some())
                .count();
        }
        let rate = (words.len() * ROUNDS) as f64 / start.elapsed().as_secs_f64() / 1e6;
        println!(
            "decode: {rate:.1} million words a second ({known} of {} known)",
            words.len()
        );
    }
    let mut memory = Flat(vec![0; 0x3000]);
    for (i, word) in LOOP.iter().enumerate() {
        memory.0[0x1000 + 4 * i..][..4].copy_from_slice(&word.to_le_bytes());
    }
    const TIMES: u64 = 20_000_000;
    let mut state = CpuState::new();
    state.pc = 0x1000;
    state.x[1] = TIMES;
    state.x[3] = 0x2000;
    let mut cache = DecodeCache::new(14);
    let start = Instant::now();
    let outcome = run(&mut state, &mut memory, &mut cache, u64::MAX);
    assert_eq!(outcome, Outcome::Return);
    let rate = (6 * TIMES) as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("interpret: {rate:.1} million instructions a second");
}
