//! `parse(print(f)) == f`, on random functions.

use elfconv_filetest::random;
use elfconv_ir::{parse_function, verify};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn text_round_trip(seed: u64) {
        for f in random::module(seed) {
            if let Err(error) = verify(&f) {
                panic!("{error}\n{f}");
            }
            // As built, and canonical.
            let canonical = f.canonical();
            verify(&canonical).unwrap();
            let text = canonical.to_string();
            let parsed = parse_function(&text);
            prop_assert_eq!(parsed.as_ref().ok(), Some(&canonical), "{:?}\n{}", parsed.as_ref().err(), text);
            prop_assert_eq!(canonical.canonical(), canonical.clone());
            let again = parse_function(&f.to_string()).unwrap();
            prop_assert_eq!(again.canonical(), canonical);
        }
    }

    #[test]
    fn damaged_text_is_an_error_not_a_panic(seed: u64, at in 0usize..2000, change in "[a-z0-9 ({}),@;=:%\"\\[-]{0,3}") {
        let mut text = random::module(seed)[0].to_string();
        let at = at % text.len();
        text.replace_range(at..(at + 2).min(text.len()), &change);
        if let Ok(f) = parse_function(&text) {
            let _ = verify(&f);
        }
    }
}
