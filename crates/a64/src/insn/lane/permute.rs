//! Moving lanes: shuffles, halves, reductions.

use elfconv_ir::Ops;

use super::Lane::D as D64;
use super::*;

/// Rearrange lanes: lane `i` of the result is lane `pick(i)` of `x` followed by `y`.
pub fn shuffle<O: Ops>(
    b: &mut O,
    lane: Lane,
    x: O::V128,
    y: O::V128,
    pick: impl Fn(usize) -> usize,
) -> O::V128 {
    let w = lane.bytes();
    let bytes = core::array::from_fn(|i| (pick(i / w) * w + i % w) as u8 & 31);
    b.i8x16_shuffle(x, y, bytes)
}

/// Lane `index` in all lanes.
pub fn broadcast<O: Ops>(b: &mut O, lane: Lane, x: O::V128, index: usize) -> O::V128 {
    shuffle(b, lane, x, x, |_| index)
}

/// The low 64 bits, zero above.
pub fn low_half<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    let z = zero(b);
    shuffle(b, D64, x, z, |i| 2 * i)
}

/// Low halves of `x` and `y`, joined.
pub fn join_low<O: Ops>(b: &mut O, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, D64, x, y, |i| 2 * i)
}

/// The high half, also in the low half.
pub fn high_half<O: Ops>(b: &mut O, x: O::V128) -> O::V128 {
    shuffle(b, D64, x, x, |_| 1)
}

/// The even (`part` 0) or odd (1) lanes of `x` and `y`, of which each has `count` lanes. Lanes above repeat.
pub fn unzip<O: Ops>(
    b: &mut O,
    lane: Lane,
    count: usize,
    x: O::V128,
    y: O::V128,
    part: usize,
) -> O::V128 {
    shuffle(b, lane, x, y, |i| {
        let from = 2 * (i % count) + part;
        if from < count {
            from
        } else {
            from - count + lane.count()
        }
    })
}

/// The low half of each lane of `x`, then of `y` (`lane` is the wide size).
pub fn truncate<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, lane.narrow(), x, y, |i| 2 * i)
}

/// The high half of each lane of `x`, then of `y` (`lane` is the wide size).
pub fn truncate_high<O: Ops>(b: &mut O, lane: Lane, x: O::V128, y: O::V128) -> O::V128 {
    shuffle(b, lane.narrow(), x, y, |i| 2 * i + 1)
}

/// Combine all `count` lanes, neighbours first, as the manual's `Reduce` (a signalling NaN makes the order visible); the result is in lane 0.
pub fn reduce<O: Ops>(
    b: &mut O,
    lane: Lane,
    count: usize,
    x: O::V128,
    mut op: impl FnMut(&mut O, O::V128, O::V128) -> O::V128,
) -> O::V128 {
    let mut x = x;
    let mut n = 1;
    while n < count {
        let other = shuffle(b, lane, x, x, |i| i ^ n);
        x = op(b, x, other);
        n *= 2;
    }
    x
}
