//! The instructions, one file per class of the Arm ARM (chapter C4).
//!
//! To add a file: write its `instructions!` table and functions, and name the module in `classes!` below. Nothing else refers to it.

use core::marker::PhantomData;

use crate::{builder::Builder, row::Row};

pub(crate) mod estimate;
mod half;
pub(crate) mod lane;
mod long;
mod mode;
mod scalar;
mod shape;
mod shift_register;
mod vfloat;

macro_rules! classes {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        /// How many rows there are.
        pub(crate) const ROW_COUNT: usize = 0 $(+ $module::ROWS.len())*;

        /// All rows, class by class.
        pub(crate) const ROWS: [Row; ROW_COUNT] = {
            let mut all = [dp_imm::ROWS[0]; ROW_COUNT];
            let mut at = 0;
            $({
                let mut i = 0;
                while i < $module::ROWS.len() {
                    all[at] = $module::ROWS[i];
                    at += 1;
                    i += 1;
                }
            })*
            assert!(at == ROW_COUNT);
            all
        };

        /// What the rows do over a builder.
        pub(crate) struct Functions<B>(PhantomData<B>);

        impl<B: Builder> Functions<B> {
            /// In the order of [`ROWS`].
            pub(crate) const ALL: [fn(&mut B, u32); ROW_COUNT] = {
                let mut all = [dp_imm::functions::<B>()[0]; ROW_COUNT];
                let mut at = 0;
                $({
                    let class = $module::functions::<B>();
                    let mut i = 0;
                    while i < class.len() {
                        all[at] = class[i];
                        at += 1;
                        i += 1;
                    }
                })*
                assert!(at == ROW_COUNT);
                all
            };
        }
    };
}

mod access;

classes! {
    dp_imm, dp_reg, dp_reg_more, branch, system, loads, pairs, exclusive, atomics,

    fp_arith, fp_compare, fp_convert, fp_move, fp_load_store,
    simd_same, simd_same_fp, simd_different, simd_misc, simd_misc_fp, simd_across, simd_permute, simd_copy, simd_element, simd_shift, simd_immediate,
    simd_ldst_multiple, simd_ldst_single,
    simd_rdm, simd_dot, simd_complex, simd_half, simd_bfloat, fp_integral,
    crypto_aes, crypto_sha, crypto_sha3, crypto_sm,
    absent,
}
