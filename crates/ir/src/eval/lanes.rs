//! Vectors as arrays of lanes. Plain loops over compile-time counts, which LLVM unrolls and vectorises.

/// A type that a vector's lanes can have.
pub trait Lane: Copy + PartialEq + Default {
    /// All lanes of a vector.
    type All: Copy + AsRef<[Self]> + AsMut<[Self]>;
    /// The lanes of `v`, lane 0 from the least significant bits.
    fn unpack(v: u128) -> Self::All;
    /// The vector of these lanes.
    fn pack(lanes: Self::All) -> u128;
    /// All lanes zero.
    fn zeros() -> Self::All;
}

macro_rules! lanes {
    ($($ty:ident $count:literal $size:literal),*) => {
        $(impl Lane for $ty {
            type All = [$ty; $count];
            #[inline(always)]
            fn unpack(v: u128) -> Self::All {
                let bytes = v.to_le_bytes();
                core::array::from_fn(|i| $ty::from_le_bytes(core::array::from_fn(|j| bytes[i * $size + j])))
            }
            #[inline(always)]
            fn pack(lanes: Self::All) -> u128 {
                let mut bytes = [0; 16];
                for i in 0..$count {
                    bytes[i * $size..(i + 1) * $size].copy_from_slice(&lanes[i].to_le_bytes());
                }
                u128::from_le_bytes(bytes)
            }
            #[inline(always)]
            fn zeros() -> Self::All {
                [$ty::default(); $count]
            }
        })*
    };
}
lanes!(u8 16 1, i8 16 1, u16 8 2, i16 8 2, u32 4 4, i32 4 4, u64 2 8, i64 2 8, f32 4 4, f64 2 8);

/// The vector whose lane `i` of `count` is `f(i)`.
#[inline(always)]
fn fill<R: Lane>(count: usize, f: impl Fn(usize) -> R) -> u128 {
    let mut result = R::zeros();
    debug_assert_eq!(result.as_ref().len(), count);
    for (i, lane) in result.as_mut().iter_mut().enumerate() {
        *lane = f(i);
    }
    R::pack(result)
}

/// `f` of each lane. Result lanes are as wide as argument lanes.
#[inline(always)]
pub fn map<T: Lane, R: Lane>(a: u128, f: impl Fn(T) -> R) -> u128 {
    let a = T::unpack(a);
    fill(a.as_ref().len(), |i| f(a.as_ref()[i]))
}

/// `f` of each pair of lanes.
#[inline(always)]
pub fn map2<T: Lane, R: Lane>(a: u128, b: u128, f: impl Fn(T, T) -> R) -> u128 {
    let (a, b) = (T::unpack(a), T::unpack(b));
    fill(a.as_ref().len(), |i| f(a.as_ref()[i], b.as_ref()[i]))
}

/// `f` of each triple of lanes.
#[inline(always)]
pub fn map3<T: Lane, R: Lane>(a: u128, b: u128, c: u128, f: impl Fn(T, T, T) -> R) -> u128 {
    let (a, b, c) = (T::unpack(a), T::unpack(b), T::unpack(c));
    fill(a.as_ref().len(), |i| {
        f(a.as_ref()[i], b.as_ref()[i], c.as_ref()[i])
    })
}

/// `f` of the lanes from number `from`; result lanes are twice as wide.
#[inline(always)]
pub fn widen<T: Lane, R: Lane>(a: u128, from: usize, f: impl Fn(T) -> R) -> u128 {
    let a = T::unpack(a);
    fill(a.as_ref().len() / 2, |i| f(a.as_ref()[from + i]))
}

/// `f` of the pairs of lanes from number `from`; result lanes are twice as wide.
#[inline(always)]
pub fn widen2<T: Lane, R: Lane>(a: u128, b: u128, from: usize, f: impl Fn(T, T) -> R) -> u128 {
    let (a, b) = (T::unpack(a), T::unpack(b));
    fill(a.as_ref().len() / 2, |i| {
        f(a.as_ref()[from + i], b.as_ref()[from + i])
    })
}

/// `f` of the lanes of `a`, then of `b`; result lanes are half as wide.
#[inline(always)]
pub fn narrow<T: Lane, R: Lane>(a: u128, b: u128, f: impl Fn(T) -> R) -> u128 {
    let (a, b) = (T::unpack(a), T::unpack(b));
    let (a, b) = (a.as_ref(), b.as_ref());
    fill(2 * a.len(), |i| {
        f(if i < a.len() { a[i] } else { b[i - a.len()] })
    })
}

/// `f` of the lanes in the low half of the result, zero in the high half; result lanes are half as wide.
#[inline(always)]
pub fn low_zero<T: Lane, R: Lane>(a: u128, f: impl Fn(T) -> R) -> u128 {
    let a = T::unpack(a);
    let a = a.as_ref();
    fill(2 * a.len(), |i| {
        if i < a.len() { f(a[i]) } else { R::default() }
    })
}

/// `f` of each pair of neighbours; result lanes are twice as wide.
#[inline(always)]
pub fn pairwise<T: Lane, R: Lane>(a: u128, f: impl Fn(T, T) -> R) -> u128 {
    let a = T::unpack(a);
    fill(a.as_ref().len() / 2, |i| {
        f(a.as_ref()[2 * i], a.as_ref()[2 * i + 1])
    })
}

/// `f` of each two pairs of neighbours; result lanes are twice as wide.
#[inline(always)]
pub fn pairwise2<T: Lane, R: Lane>(a: u128, b: u128, f: impl Fn([T; 2], [T; 2]) -> R) -> u128 {
    let (a, b) = (T::unpack(a), T::unpack(b));
    let pair = |v: &[T], i: usize| [v[2 * i], v[2 * i + 1]];
    fill(a.as_ref().len() / 2, |i| {
        f(pair(a.as_ref(), i), pair(b.as_ref(), i))
    })
}

/// `(a * b + 2^14) >> 15`, saturating.
#[inline(always)]
pub fn q15mulr(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + 0x4000) >> 15).min(i32::from(i16::MAX)) as i16
}

/// Whether all lanes are non-zero.
#[inline(always)]
pub fn all_true<T: Lane>(a: u128) -> u32 {
    u32::from(
        T::unpack(a)
            .as_ref()
            .iter()
            .all(|&lane| lane != T::default()),
    )
}

/// The lanes' sign bits.
#[inline(always)]
pub fn bitmask<T: Lane + PartialOrd>(a: u128) -> u32 {
    let lanes = T::unpack(a);
    lanes
        .as_ref()
        .iter()
        .enumerate()
        .fold(0, |mask, (i, &lane)| {
            mask | (u32::from(lane < T::default()) << i)
        })
}

/// All lanes `a`.
#[inline(always)]
pub fn splat<T: Lane>(a: T) -> u128 {
    fill(T::zeros().as_ref().len(), |_| a)
}

/// One lane. Lane numbers wrap, since they come from unchecked immediates.
#[inline(always)]
pub fn extract<T: Lane>(a: u128, lane: u8) -> T {
    let lanes = T::unpack(a);
    let lanes = lanes.as_ref();
    lanes[usize::from(lane) % lanes.len()]
}

/// `a` with one lane replaced.
#[inline(always)]
pub fn replace<T: Lane>(a: u128, lane: u8, value: T) -> u128 {
    let mut lanes = T::unpack(a);
    let all = lanes.as_mut();
    all[usize::from(lane) % all.len()] = value;
    T::pack(lanes)
}

/// Bytes chosen from `a` (0–15) and `b` (16–31).
#[inline(always)]
pub fn shuffle(a: u128, b: u128, lanes: [u8; 16]) -> u128 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    u128::from_le_bytes(lanes.map(|lane| {
        if lane & 16 == 0 {
            a[usize::from(lane & 15)]
        } else {
            b[usize::from(lane & 15)]
        }
    }))
}

/// Bytes of `a` chosen by the bytes of `b`, 0 where that is above 15.
#[inline(always)]
pub fn swizzle(a: u128, b: u128) -> u128 {
    let a = a.to_le_bytes();
    u128::from_le_bytes(
        b.to_le_bytes()
            .map(|lane| if lane < 16 { a[usize::from(lane)] } else { 0 }),
    )
}
