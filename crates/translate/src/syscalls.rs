//! How many arguments Linux's system calls take.

/// System calls that take fewer than six arguments, by how many. What is not here may take all.
const BY_COUNT: [&[u16]; 6] = [
    &[
        58, 81, 124, 139, 157, 172, 173, 174, 175, 176, 177, 178, 231,
    ],
    &[
        23, 49, 50, 51, 57, 82, 83, 92, 93, 94, 96, 97, 120, 125, 126, 144, 146, 151, 152, 153,
        155, 156, 160, 166, 179, 214, 230, 267,
    ],
    &[
        17, 32, 39, 43, 44, 45, 46, 52, 59, 90, 91, 99, 101, 102, 113, 114, 118, 121, 127, 129,
        130, 132, 133, 136, 141, 143, 145, 154, 158, 159, 161, 163, 164, 165, 169, 170, 201, 210,
        215, 228, 229,
    ],
    &[
        24, 25, 29, 34, 35, 36, 48, 53, 55, 61, 62, 63, 64, 65, 66, 100, 103, 119, 122, 123, 131,
        138, 147, 148, 149, 150, 168, 198, 200, 202, 203, 204, 205, 213, 221, 226, 227, 232, 233,
        278, 283, 284, 436,
    ],
    &[
        33, 38, 47, 56, 67, 68, 71, 78, 79, 84, 88, 115, 134, 135, 137, 199, 223, 242, 260, 261,
        439,
    ],
    &[
        37, 40, 54, 69, 70, 73, 95, 167, 208, 209, 216, 220, 276, 281, 291,
    ],
];

/// Mask of the registers that a system call reads: its number's, x8, and its arguments'.
pub fn reads(number: Option<u64>) -> u64 {
    let is = |list: &&[u16]| number.is_some_and(|n| list.iter().any(|l| u64::from(*l) == n));
    let count = BY_COUNT.iter().position(is).unwrap_or(6);
    1 << 8 | ((1 << count) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(reads(None), 0x13f);
        assert_eq!(reads(Some(222)), 0x13f);
        assert_eq!(reads(Some(1 << 40)), 0x13f);
        assert_eq!(reads(Some(172)), 0x100);
        assert_eq!(reads(Some(64)), 0x107);
        assert_eq!(reads(Some(291)), 0x11f);
        for (i, list) in BY_COUNT.iter().enumerate() {
            assert!(
                list.is_sorted()
                    && list
                        .iter()
                        .all(|n| reads(Some((*n).into())) == 0x100 | ((1 << i) - 1))
            );
        }
    }
}
