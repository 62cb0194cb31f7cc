//! Byte substitution by the S-boxes of AES and SM4, computed from their definitions.

/// Product of polynomials over GF(2), modulo the given one of degree 8.
const fn field_product(x: u8, y: u8, modulus: u32) -> u8 {
    let mut product = 0u32;
    let mut i = 0;
    while i < 8 {
        if y >> i & 1 == 1 {
            product ^= (x as u32) << i;
        }
        i += 1;
    }
    let mut i = 15;
    while i >= 8 {
        if product >> i & 1 == 1 {
            product ^= modulus << (i - 8);
        }
        i -= 1;
    }
    product as u8
}

/// The multiplicative inverse, `x` to the 254; zero for zero.
const fn field_inverse(x: u8, modulus: u32) -> u8 {
    let mut result = 1;
    let mut i = 0;
    while i < 254 {
        result = field_product(result, x, modulus);
        i += 1;
    }
    result
}

/// The S-box and its inverse.
const fn aes_tables() -> ([u8; 256], [u8; 256]) {
    let (mut forward, mut backward) = ([0; 256], [0; 256]);
    let mut i = 0;
    while i < 256 {
        let x = field_inverse(i as u8, 0x11b);
        let s =
            x ^ x.rotate_left(1) ^ x.rotate_left(2) ^ x.rotate_left(3) ^ x.rotate_left(4) ^ 0x63;
        forward[i] = s;
        backward[s as usize] = i as u8;
        i += 1;
    }
    (forward, backward)
}

static AES: ([u8; 256], [u8; 256]) = aes_tables();

/// The S-box of AES.
pub static AES_FORWARD: &[u8; 256] = &AES.0;
/// Its inverse.
pub static AES_BACKWARD: &[u8; 256] = &AES.1;

/// The S-box: an affine map, the inverse modulo x^8 + x^7 + x^6 + x^5 + x^4 + x^2 + 1, and the same affine map.
const fn sm4_table() -> [u8; 256] {
    const fn affine(x: u8) -> u8 {
        // Row i of the matrix is 0xa7 rotated right by 7 - i.
        let mut result = 0;
        let mut i = 0;
        while i < 8 {
            let row = 0xa7u8.rotate_left(i);
            result |= (((row & x).count_ones() & 1) as u8) << i;
            i += 1;
        }
        result ^ 0xd3
    }
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = affine(field_inverse(affine(i as u8), 0x1f5));
        i += 1;
    }
    table
}

/// The S-box of SM4.
pub static SM4: [u8; 256] = sm4_table();

/// Each byte replaced by the table's.
pub(super) fn substitute(table: &[u8; 256], x: u128) -> u128 {
    u128::from_le_bytes(x.to_le_bytes().map(|b| table[usize::from(b)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples() {
        // FIPS 197, 5.1.1; GB/T 32907, 6.2.
        assert_eq!((AES_FORWARD[0x53], AES_FORWARD[0]), (0xed, 0x63));
        assert_eq!((AES_BACKWARD[0xed], AES_BACKWARD[0x63]), (0x53, 0));
        assert_eq!((SM4[0xef], SM4[0]), (0x84, 0xd6));
        assert_eq!(
            substitute(AES_FORWARD, 0x53),
            u128::from_le_bytes([0x63; 16]) & !0xff | 0xed
        );
    }
}
