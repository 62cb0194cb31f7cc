//! System.

use crate::{builder::Builder, row::instructions};

instructions! {
    class "System";

    nop "11010101000000110010000000011111" "nop" ();
}

fn nop<B: Builder>(_: &mut B) {}
