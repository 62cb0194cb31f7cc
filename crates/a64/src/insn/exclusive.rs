//! Loads and stores, exclusive.

use crate::{builder::Builder, row::instructions};

instructions! {
    class "Loads and stores, exclusive";

    clrex "11010101000000110011 ---- 01011111" "clrex" ();
}

fn clrex<B: Builder>(b: &mut B) {
    let open = b.i64_const(u64::MAX);
    b.set_sys(crate::state::SysReg::ExclusiveAddr, open);
}
