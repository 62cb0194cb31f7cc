//! Condition flags as a number: N = 8, Z = 4, C = 2, V = 1.

use core::cmp::Ordering;

/// Flags of `a + b + carry`.
#[inline(always)]
pub fn adc32(a: u32, b: u32, carry: u32) -> u32 {
    let wide = u64::from(a) + u64::from(b) + u64::from(carry & 1);
    let sum = wide as u32;
    let overflow = (a ^ sum) & (b ^ sum);
    ((sum >> 31) << 3)
        | (u32::from(sum == 0) << 2)
        | (((wide >> 32) as u32) << 1)
        | (overflow >> 31)
}

/// Flags of `a + b + carry`.
#[inline(always)]
pub fn adc64(a: u64, b: u64, carry: u32) -> u32 {
    let (partial, carry1) = a.overflowing_add(b);
    let (sum, carry2) = partial.overflowing_add(u64::from(carry & 1));
    let overflow = (a ^ sum) & (b ^ sum);
    (((sum >> 63) as u32) << 3)
        | (u32::from(sum == 0) << 2)
        | (u32::from(carry1 | carry2) << 1)
        | ((overflow >> 63) as u32)
}

/// Flags of a floating-point comparison.
pub fn fcmp(order: Option<Ordering>) -> u32 {
    match order {
        Some(Ordering::Less) => 8,
        Some(Ordering::Equal) => 6,
        Some(Ordering::Greater) => 2,
        None => 3,
    }
}

/// For each condition code a set of flag values: bit `f` says whether flags `f` satisfy it.
const SATISFIED: [u16; 16] = {
    let mut table = [0u16; 16];
    let mut flags = 0;
    while flags < 16 {
        let (n, z, c, v) = (
            flags & 8 != 0,
            flags & 4 != 0,
            flags & 2 != 0,
            flags & 1 != 0,
        );
        let base = [z, c, n, v, c && !z, n == v, n == v && !z, true];
        let mut cc = 0;
        while cc < 16 {
            // An odd code is the opposite of its neighbour, but 15 is "always" too.
            let holds = base[cc >> 1] != (cc & 1 == 1 && cc != 15);
            table[cc] |= (holds as u16) << flags;
            cc += 1;
        }
        flags += 1;
    }
    table
};

/// Whether `nzcv` satisfies condition code `cc`.
#[inline(always)]
pub fn cond(nzcv: u32, cc: u8) -> u32 {
    u32::from(SATISFIED[usize::from(cc & 15)] >> (nzcv & 15)) & 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subtraction_orders_like_integers() {
        let samples = [
            0u32,
            1,
            2,
            0x7fff_ffff,
            0x8000_0000,
            0x8000_0001,
            0xffff_fffe,
            u32::MAX,
        ];
        for a in samples {
            for b in samples {
                let f = adc32(a, !b, 1);
                let wide = |x: u32| u64::from(x) << 32;
                assert_eq!(f, adc64(wide(a), !wide(b), 1));
                let (sa, sb) = (a as i32, b as i32);
                let expected = [
                    a == b,
                    a >= b,
                    (sa.wrapping_sub(sb)) < 0,
                    sa.checked_sub(sb).is_none(),
                    a > b,
                    sa >= sb,
                    sa > sb,
                    true,
                ];
                for (i, holds) in expected.into_iter().enumerate() {
                    assert_eq!(cond(f, 2 * i as u8), u32::from(holds), "{a:#x} {b:#x} {i}");
                    assert_eq!(
                        cond(f, 2 * i as u8 + 1),
                        u32::from(!holds || i == 7),
                        "{a:#x} {b:#x} {i}"
                    );
                }
            }
        }
    }

    #[test]
    fn carry_chains() {
        assert_eq!(adc32(u32::MAX, 0, 1), 4 | 2);
        assert_eq!(adc64(u64::MAX, u64::MAX, 1), 8 | 2);
        assert_eq!(adc64(i64::MAX as u64, 0, 1), 8 | 1);
        assert_eq!(fcmp(1.0f32.partial_cmp(&f32::NAN)), 3);
    }
}
