//! Packs the initial contents of memory ([`elfconv_abi::packed`]).
//!
//! LZ4's sequences, because unpacking them costs nearly nothing. The parse is nearly optimal for the longest match at each position (found by hash chains of limited length) and its
//! short prefixes: costs are computed from the end, as in dynamic programming; only a run of literals whose length needs a further byte is counted a little too late. Blocks of one piece are packed in parallel, each with what precedes it as
//! its window.

use elfconv_abi::packed::{Block, MAX_DISTANCE, MIN_MATCH, Range, add_to_call, is_call};
use rayon::prelude::*;

/// Bytes of one block.
const BLOCK: usize = 256 << 10;
/// How many earlier positions of the same hash are looked at.
const DEPTH: usize = 24;
/// Matches from this length on are taken whole, and nothing longer is looked for.
const LONG: usize = 64;
/// Of longer matches only the whole is considered, besides what is shorter than this.
const SHORT: usize = MIN_MATCH + 15;
const HASH_BITS: u32 = 16;
/// No position.
const NONE: u32 = u32::MAX;

/// Contents of memory, by address.
pub(crate) struct Piece {
    pub at: u32,
    pub bytes: Vec<u8>,
}

/// Packs these pieces; in the `code` ranges (addresses, within the pieces) calls are made comparable.
pub(crate) fn pack(mut pieces: Vec<Piece>, code: &[Range]) -> Vec<u8> {
    let mut ranges = Vec::new();
    for piece in &mut pieces {
        let end = piece.at as usize + piece.bytes.len();
        for range in code {
            // Where the piece and the range overlap.
            let start = range.start.max(piece.at.next_multiple_of(4));
            let stop = (range.start as usize + 4 * range.words as usize).min(end);
            let words = stop.saturating_sub(start as usize) / 4;
            if words != 0 {
                let at = (start - piece.at) as usize;
                absolute_calls(&mut piece.bytes[at..at + 4 * words], start);
                ranges.push(Range {
                    start,
                    words: words as u32,
                });
            }
        }
    }
    let starts = pieces.iter().flat_map(|piece| {
        let starts = (0..piece.bytes.len()).step_by(BLOCK);
        starts.map(move |start| (piece, start))
    });
    let starts: Vec<(&Piece, usize)> = starts.collect();
    let blocks: Vec<(Block, Vec<u8>)> = starts.into_par_iter().map(block).collect();
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    let mut area = words(&[blocks.len() as u32, ranges.len() as u32]);
    for (b, _) in &blocks {
        area.extend(words(&[b.to, b.len, b.window, b.packed]));
    }
    for r in &ranges {
        area.extend(words(&[r.start, r.words]));
    }
    for (_, stream) in &blocks {
        area.extend(stream);
    }
    area
}

/// Packs the block of a piece that begins at `start`.
fn block((piece, start): (&Piece, usize)) -> (Block, Vec<u8>) {
    let end = (start + BLOCK).min(piece.bytes.len());
    let window = start.min(MAX_DISTANCE);
    let stream = compress(&piece.bytes[start - window..end], window);
    let block = Block {
        to: piece.at + start as u32,
        len: (end - start) as u32,
        window: window as u32,
        packed: stream.len() as u32,
    };
    (block, stream)
}

/// Replaces the distances of calls by addresses.
fn absolute_calls(code: &mut [u8], start: u32) {
    for (at, bytes) in (start / 4..).zip(code.as_chunks_mut().0) {
        let word = u32::from_le_bytes(*bytes);
        if is_call(word) {
            *bytes = add_to_call(word, at).to_le_bytes();
        }
    }
}

/// A match: its length (0 if there is none) and distance.
#[derive(Clone, Copy, Default)]
struct Match {
    len: u32,
    distance: u32,
}

/// The longest match at each position from `from` on.
fn matches(bytes: &[u8], from: usize) -> Vec<Match> {
    let mut head = vec![NONE; 1 << HASH_BITS];
    let mut previous = vec![NONE; bytes.len()];
    let mut found = vec![Match::default(); bytes.len() - from];
    for i in 0..bytes.len().saturating_sub(MIN_MATCH - 1) {
        let word = u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        let hash = (word.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize;
        let mut candidate = std::mem::replace(&mut head[hash], i as u32);
        previous[i] = candidate;
        let Some(here) = i.checked_sub(from) else {
            continue;
        };
        // Within a long match it goes on.
        if let Some(last) = here.checked_sub(1).map(|h| found[h])
            && last.len as usize > LONG
        {
            found[here] = Match {
                len: last.len - 1,
                ..last
            };
            continue;
        }
        let mut best = Match::default();
        for _ in 0..DEPTH {
            let at = candidate as usize;
            if candidate == NONE || i - at > MAX_DISTANCE {
                break;
            }
            let len = best.len as usize;
            if i + len < bytes.len() && bytes[at + len] == bytes[i + len] {
                let len = common(&bytes[at..], &bytes[i..]);
                if len >= MIN_MATCH && len > best.len as usize {
                    best = Match {
                        len: len as u32,
                        distance: (i - at) as u32,
                    };
                    if len > LONG {
                        break;
                    }
                }
            }
            candidate = previous[at];
        }
        found[here] = best;
    }
    found
}

/// Length of the common beginning; `b` is the shorter one.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (chunks, rest) = b.as_chunks::<8>();
    for (i, (y, x)) in chunks.iter().zip(a.as_chunks::<8>().0).enumerate() {
        let differ = u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
        if differ != 0 {
            return 8 * i + differ.trailing_zeros() as usize / 8;
        }
    }
    let start = b.len() - rest.len();
    let equal = rest.iter().zip(&a[start..]).take_while(|(y, x)| x == y);
    start + equal.count()
}

/// Bytes that a length takes besides its four bits in the token.
fn extension(len: usize) -> usize {
    match len {
        0..15 => 0,
        _ => 1 + (len - 15) / 255,
    }
}

/// The sequences of `bytes[from..]`.
fn compress(bytes: &[u8], from: usize) -> Vec<u8> {
    let found = matches(bytes, from);
    let n = found.len();
    // For each position the cost from there on, the literals that come first, and the length of the match that is taken if there are none.
    let mut cost = vec![0usize; n + 1];
    let mut literals = vec![0usize; n + 1];
    let mut taken = vec![0usize; n];
    for i in (0..n).rev() {
        let run = literals[i + 1] + 1;
        cost[i] = cost[i + 1] + 1 + extension(run) - extension(run - 1);
        literals[i] = run;
        let longest = found[i].len as usize;
        let prefixes = MIN_MATCH..longest.min(SHORT);
        let lengths = prefixes.chain((longest >= MIN_MATCH).then_some(longest));
        for len in lengths.filter(|len| *len <= longest) {
            let with = cost[i + len] + 3 + extension(len - MIN_MATCH);
            if with < cost[i] {
                cost[i] = with;
                literals[i] = 0;
                taken[i] = len;
            }
        }
        if longest > LONG {
            // Where it is continued nothing else was looked for.
            literals[i] = 0;
            taken[i] = longest;
            cost[i] = cost[i + longest] + 3 + extension(longest - MIN_MATCH);
        }
    }
    let mut out = Vec::with_capacity(cost[0] + 16);
    let mut at = 0;
    while at < n {
        let run = literals[at];
        let first = &bytes[from + at..][..run];
        at += run;
        let len = if at < n { taken[at] } else { 0 };
        let nibble = |len: usize| len.min(15) as u8;
        out.push(nibble(run) << 4 | nibble(len.saturating_sub(MIN_MATCH)));
        more(&mut out, run);
        out.extend_from_slice(first);
        if len != 0 {
            out.extend((found[at].distance as u16).to_le_bytes());
            more(&mut out, len - MIN_MATCH);
            at += len;
        }
    }
    out
}

/// The rest of a length.
fn more(out: &mut Vec<u8>, len: usize) {
    if let Some(mut rest) = len.checked_sub(15) {
        while rest >= 255 {
            out.push(255);
            rest -= 255;
        }
        out.push(rest as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use elfconv_kernel::packed::{restore_calls, unpack};

    /// Packs and unpacks pieces.
    fn round_trip(pieces: &[(u32, Vec<u8>)], code: &[Range]) -> usize {
        let to_pack = pieces.iter().map(|(at, bytes)| Piece {
            at: *at,
            bytes: bytes.clone(),
        });
        let area = pack(to_pack.collect(), code);
        let word = |at: usize| u32::from_le_bytes(area[at..at + 4].try_into().unwrap());
        let mut memory = vec![0xaa; 2 << 20];
        let (blocks, ranges) = (word(0) as usize, word(4) as usize);
        let mut stream = 8 + 16 * blocks + 8 * ranges;
        for b in 0..blocks {
            let [to, len, window, packed] = [0, 4, 8, 12].map(|i| word(8 + 16 * b + i) as usize);
            let out = &mut memory[to - window..to + len];
            unpack(&area[stream..stream + packed], out, window);
            stream += packed;
        }
        assert_eq!(stream, area.len());
        for r in 0..ranges {
            let at = 8 + 16 * blocks + 8 * r;
            let (start, words) = (word(at), word(at + 4) as usize);
            restore_calls(&mut memory[start as usize..][..4 * words], start);
        }
        let mut expected = vec![0xaa; 2 << 20];
        for (at, bytes) in pieces {
            expected[*at as usize..][..bytes.len()].copy_from_slice(bytes);
        }
        assert!(memory == expected);
        area.len()
    }

    /// Numbers that look random.
    fn noise(seed: &mut u32) -> u32 {
        *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *seed >> 8
    }

    #[test]
    fn everything_comes_back() {
        for len in [1, 3, 4, 15, 16, 17, 300] {
            round_trip(&[(16, vec![1; len])], &[]);
            let counted: Vec<u8> = (0..len).map(|i| i as u8).collect();
            round_trip(&[(16, counted)], &[]);
        }
        let mut seed = 1;
        for alphabet in [2, 5, 60, 256] {
            let bytes: Vec<u8> = (0..600_000)
                .map(|_| (noise(&mut seed) % alphabet) as u8)
                .collect();
            round_trip(
                &[(1, bytes.clone()), (1 << 20, bytes[..1000].to_vec())],
                &[],
            );
        }
        // Repetitions at all distances, with long and short matches, across blocks.
        let mut bytes = Vec::new();
        while bytes.len() < 900_000 {
            let len = 1 + (noise(&mut seed) % 700) as usize;
            match bytes
                .len()
                .checked_sub(1 + (noise(&mut seed) % 70_000) as usize)
            {
                Some(from) => (0..len).for_each(|i| bytes.push(bytes[from + i])),
                None => bytes.extend((0..len).map(|_| noise(&mut seed) as u8)),
            }
        }
        assert!(round_trip(&[(4096, bytes.clone())], &[]) < bytes.len() / 10);
    }

    #[test]
    fn calls_come_back() {
        let mut seed = 7;
        let code: Vec<u8> = (0..20_000u32)
            .flat_map(|i| {
                match noise(&mut seed) % 3 {
                    0 => 0x9400_0000 | (3u32.wrapping_sub(i) & 0x3ff_ffff),
                    1 => 0x9400_0000 | noise(&mut seed),
                    _ => noise(&mut seed) << 8,
                }
                .to_le_bytes()
            })
            .collect();
        let whole = Range {
            start: 0x10000,
            words: 20_000,
        };
        let without = round_trip(&[(0x10000, code.clone())], &[]);
        assert!(round_trip(&[(0x10000, code.clone())], &[whole]) < without);
        // A piece that begins within a word, and a range that goes beyond it.
        round_trip(&[(0x10002, code)], &[whole]);
    }
}
