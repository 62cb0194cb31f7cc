//! Every pass keeps the meaning of random functions: the outcome, memory and state, on several inputs.

use elfconv_filetest::{
    functions::machine,
    random::{self, Rng},
};
use elfconv_ir::{Const, FuncId, Function, interpret::RunError, verify};
use elfconv_opt::{OptLevel, PASSES, fast_path, inline, optimize, unroll_recursion};
use proptest::prelude::*;

/// Runs both modules on inputs made from `seed` and compares.
fn compare(before: &[Function], after: &[Function], seed: u64) -> Result<(), TestCaseError> {
    if let Err(error) = verify(&after[0]) {
        panic!("{error}\nbefore:\n{}\nafter:\n{}", before[0], after[0]);
    }
    let mut rng = Rng(seed);
    let fresh = machine(8192);
    for _ in 0..4 {
        let args: Vec<_> = before[0]
            .params()
            .iter()
            .map(|&p| Const {
                ty: before[0].ty(p),
                bits: random::constant(&mut rng, before[0].ty(p)),
            })
            .collect();
        let (mut a, mut b) = (fresh.clone(), fresh.clone());
        (a.fuel, b.fuel) = (3_000, 30_000);
        let outcome = a.run(before, FuncId(0), &args);
        if outcome == Err(RunError::Fuel) {
            continue;
        }
        let outcome_after = b.run(after, FuncId(0), &args);
        prop_assert_eq!(
            &outcome,
            &outcome_after,
            "outcome of {:?}\nbefore:\n{}\nafter:\n{}",
            args,
            before[0],
            after[0]
        );
        prop_assert!(
            a.memory == b.memory,
            "memory after {:?}\nbefore:\n{}\nafter:\n{}",
            args,
            before[0],
            after[0]
        );
        prop_assert!(
            a.state == b.state,
            "state after {:?}\nbefore:\n{}\nafter:\n{}",
            args,
            before[0],
            after[0]
        );
    }
    Ok(())
}

fn cases() -> ProptestConfig {
    // Debug builds are slow; ELFCONV_CASES asks for more.
    let cases = std::env::var("ELFCONV_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(300);
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn single_passes(seed: u64) {
        let before = random::module(seed);
        for (name, pass) in PASSES {
            let mut after = before.clone();
            pass(&mut after[0]);
            after[0].compact();
            after[0].name = (*name).into();
            compare(&before, &after, seed)?;
        }
    }

    #[test]
    fn inlined(seed: u64) {
        let before = random::module(seed);
        let fast: Vec<_> = before.iter().map(|f| fast_path(f, &|_, _| None)).collect();
        prop_assert!(fast[1].is_some());
        let mut after = before.clone();
        inline(&mut after[0], &|id| fast[id.index()].as_ref());
        compare(&before, &after, seed)?;
        optimize(&mut after[0], OptLevel::O2);
        compare(&before, &after, seed)?;
    }

    #[test]
    fn unrolled(seed: u64) {
        let before = random::recursive(seed);
        let mut after = before.clone();
        unroll_recursion(&mut after[0], FuncId(0), &|_, _| None);
        compare(&before, &after, seed)?;
        optimize(&mut after[0], OptLevel::O2);
        compare(&before, &after, seed)?;
    }

    #[test]
    fn levels(seed: u64) {
        let before = random::module(seed);
        for level in [OptLevel::O0, OptLevel::O1, OptLevel::O2] {
            let mut after = before.clone();
            optimize(&mut after[0], level);
            compare(&before, &after, seed)?;
            // Optimising again changes little but must not break anything.
            optimize(&mut after[0], level);
            compare(&before, &after, seed)?;
        }
    }
}
