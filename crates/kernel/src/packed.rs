//! Unpacks the initial contents of memory ([`elfconv_abi::packed`]).
//!
//! The decoder of the LZ4 block format is written for speed on wasm: short copies are of 16 bytes at once, more than needed, where there is room in the block, as calls of
//! `memory.copy` cost more than most sequences are long. What it reads was made by `emit`: there are bounds checks, but no errors.

use elfconv_abi::packed::{MIN_MATCH, add_to_call, is_call};

/// What is copied at once.
const CHUNK: usize = 16;

/// Unpacks a stream to the end of `out`, from `at` on; before that is what matches may refer to.
pub fn unpack(stream: &[u8], out: &mut [u8], mut at: usize) {
    let mut from = 0;
    loop {
        let token = stream[from];
        from += 1;
        let literals = length(stream, &mut from, token >> 4);
        if from + literals + CHUNK <= stream.len() && at + literals + CHUNK <= out.len() {
            for i in (0..literals).step_by(CHUNK) {
                out[at + i..][..CHUNK].copy_from_slice(&stream[from + i..][..CHUNK]);
            }
        } else {
            out[at..at + literals].copy_from_slice(&stream[from..from + literals]);
        }
        from += literals;
        at += literals;
        if at == out.len() {
            return;
        }
        let distance = usize::from(u16::from_le_bytes([stream[from], stream[from + 1]]));
        from += 2;
        let len = length(stream, &mut from, token & 15) + MIN_MATCH;
        if distance >= CHUNK && at + len + CHUNK <= out.len() {
            for i in (at..at + len).step_by(CHUNK) {
                out.copy_within(i - distance..i - distance + CHUNK, i);
            }
        } else if distance == 1 {
            let byte = out[at - 1];
            out[at..at + len].fill(byte);
        } else {
            for i in at..at + len {
                out[i] = out[i - distance];
            }
        }
        at += len;
        if at == out.len() {
            return;
        }
    }
}

/// A length of which the token has four bits.
#[inline]
fn length(stream: &[u8], from: &mut usize, nibble: u8) -> usize {
    let mut length = usize::from(nibble);
    if nibble == 15 {
        loop {
            let more = stream[*from];
            *from += 1;
            length += usize::from(more);
            if more != 255 {
                break;
            }
        }
    }
    length
}

/// Gives the calls in `code`, which is at address `start`, their distances back.
pub fn restore_calls(code: &mut [u8], start: u32) {
    for (at, bytes) in (start / 4..).zip(code.as_chunks_mut().0) {
        let word = u32::from_le_bytes(*bytes);
        if is_call(word) {
            *bytes = add_to_call(word, at.wrapping_neg()).to_le_bytes();
        }
    }
}

/// Unpacks an area.
#[cfg(target_arch = "wasm32")]
pub fn unpack_area(memory: crate::mm::memory::Memory, area: u32, len: u32) {
    use elfconv_abi::packed::{Block, Range};
    let area = memory.bytes(area.into(), len.into());
    let word = |at: usize| u32::from_le_bytes([area[at], area[at + 1], area[at + 2], area[at + 3]]);
    let (blocks, ranges) = (word(0) as usize, word(4) as usize);
    let ranges_at = 8 + blocks * size_of::<Block>();
    let mut stream = ranges_at + ranges * size_of::<Range>();
    for at in (8..ranges_at).step_by(size_of::<Block>()) {
        let [to, len, window, packed] = [0, 4, 8, 12].map(|i| word(at + i));
        let out = memory.bytes(u64::from(to - window), (window + len).into());
        let end = stream + packed as usize;
        unpack(&area[stream..end], out, window as usize);
        stream = end;
    }
    for at in (ranges_at..).step_by(size_of::<Range>()).take(ranges) {
        let (start, words) = (word(at), word(at + 4));
        restore_calls(memory.bytes(start.into(), 4 * u64::from(words)), start);
    }
    area.fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn sequences() {
        // "abc", then 9 from 3 back, then "d"; 4 + 20 from 1 back.
        let stream = [0x35, b'a', b'b', b'c', 3, 0, 0x1f, b'd', 1, 0, 5];
        let mut out = vec![0; 3 + 9 + 1 + 24];
        unpack(&stream, &mut out, 0);
        assert_eq!(&out[..13], b"abcabcabcabcd");
        assert_eq!(&out[13..], [b'd'; 24]);
        // 300 literals; the length takes bytes of its own.
        let mut stream = vec![0xf0, 255, 30];
        stream.extend([7; 300]);
        let mut out = vec![0; 300];
        unpack(&stream, &mut out, 0);
        assert_eq!(out, [7; 300]);
        // A match that refers to what was there before.
        let mut out = *b"0123456789______";
        unpack(&[0x02, 10, 0], &mut out, 10);
        assert_eq!(&out, b"0123456789012345");
    }

    #[test]
    fn calls() {
        let mut code = [0x1fu8, 0x20, 0x03, 0xd5, 2, 0, 0x10, 0x94];
        restore_calls(&mut code, 0x400000);
        assert_eq!(code, [0x1f, 0x20, 0x03, 0xd5, 1, 0, 0, 0x94]);
    }
}
