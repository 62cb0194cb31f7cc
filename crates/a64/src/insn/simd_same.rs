//! Advanced SIMD, three registers of the same type.

use crate::{builder::Builder, operands::Vreg, row::instructions};

instructions! {
    class "Advanced SIMD three same";

    // One row may serve several sizes by a generic semantic function: `=> function<Marker>` (types or constants after the builder).
    and_16b "01001110001 Rm:5 000111 Rn:5 Rd:5" "and {Rd:16b}, {Rn:16b}, {Rm:16b}" (Rm, Rn, Rd) => and_v<true> feature (AdvSimd);
    and_8b "00001110001 Rm:5 000111 Rn:5 Rd:5" "and {Rd:8b}, {Rn:8b}, {Rm:8b}" (Rm, Rn, Rd) => and_v<false> feature (AdvSimd);
}

fn and_v<B: Builder, const Q: bool>(b: &mut B, rm: Vreg, rn: Vreg, rd: Vreg) {
    let (n, m) = (b.v(rn.0), b.v(rm.0));
    let mut all = b.v128_and(n, m);
    if !Q {
        let low = b.v128_const(u64::MAX.into());
        all = b.v128_and(all, low);
    }
    b.set_v(rd.0, all);
}
