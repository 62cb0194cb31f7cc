use super::*;
use elfconv_abi::mm::{
    MAP_ANONYMOUS, MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_PRIVATE, PROT_EXEC, PROT_NONE,
};

const RW: u32 = PROT_READ | PROT_WRITE;
const PAGE: u64 = PAGE_SIZE;

fn space() -> Mm {
    let mut mm = Mm::new(Memory::for_tests(512 << 20));
    mm.lay_out(1 << 20, 1 << 20).unwrap();
    mm
}

fn map(mm: &mut Mm, hint: u64, pages: u64, prot: u32, flags: u32) -> Result<u64, Errno> {
    mm.map(
        hint,
        pages * PAGE,
        prot,
        flags | MAP_PRIVATE | MAP_ANONYMOUS,
        Kind::Anonymous,
    )
}

#[test]
fn unmapped_pages_come_back_as_zeroes() {
    let mut mm = space();
    let at = map(&mut mm, 0, 4, RW, 0).unwrap();
    mm.memory().bytes(at, 4 * PAGE).fill(7);
    mm.unmap(at + PAGE, 2 * PAGE).unwrap();
    assert_eq!(mm.check(at, 4 * PAGE, PROT_READ), Err(Errno::EFAULT));
    assert_eq!(mm.readable(at, 4 * PAGE), PAGE);
    // First fit takes the hole, and only the hole.
    assert_eq!(map(&mut mm, 0, 2, RW, 0), Ok(at + PAGE));
    assert!(
        mm.memory()
            .bytes(at + PAGE, 2 * PAGE)
            .iter()
            .all(|&b| b == 0)
    );
    assert!(
        mm.memory()
            .bytes(at + 3 * PAGE, PAGE)
            .iter()
            .all(|&b| b == 7)
    );
}

#[test]
fn fixed_mappings_replace_and_noreplace_refuses() {
    let mut mm = space();
    let at = map(&mut mm, 0, 4, RW, 0).unwrap();
    mm.memory().bytes(at, 4 * PAGE).fill(7);
    assert_eq!(
        map(&mut mm, at + PAGE, 1, RW, MAP_FIXED_NOREPLACE),
        Err(Errno::EEXIST)
    );
    assert_eq!(
        map(&mut mm, at + PAGE, 1, PROT_READ, MAP_FIXED),
        Ok(at + PAGE)
    );
    assert_eq!(mm.memory().bytes(at + PAGE, 1)[0], 0);
    assert_eq!(mm.memory().bytes(at + 2 * PAGE, 1)[0], 7);
    assert_eq!(mm.check(at + PAGE, 1, PROT_WRITE), Err(Errno::EFAULT));
    assert_eq!(map(&mut mm, at + 1, 1, RW, MAP_FIXED), Err(Errno::EINVAL));
    assert_eq!(map(&mut mm, 0, 1, RW, MAP_FIXED), Err(Errno::ENOMEM));
    assert_eq!(map(&mut mm, 0, 0, RW, 0), Err(Errno::EINVAL));
    assert_eq!(map(&mut mm, 0, 1 << 40, RW, 0), Err(Errno::ENOMEM));
}

#[test]
fn reservations_become_memory_by_mprotect() {
    let mut mm = space();
    let at = map(&mut mm, 0, 1024, PROT_NONE, 0).unwrap();
    assert_eq!(mm.check(at, 1, PROT_READ), Err(Errno::EFAULT));
    mm.protect(at + 8 * PAGE, PAGE, RW).unwrap();
    assert_eq!(mm.check(at + 8 * PAGE, PAGE, PROT_WRITE), Ok(()));
    assert_eq!(mm.check(at + 9 * PAGE, 1, PROT_READ), Err(Errno::EFAULT));
    assert_eq!(
        mm.protect(at + 1023 * PAGE, 2 * PAGE, RW),
        Err(Errno::ENOMEM)
    );
}

#[test]
fn the_break_moves_until_something_is_in_its_way() {
    let mut mm = space();
    let start = mm.set_brk(0);
    assert_eq!(mm.set_brk(start + 100), start + 100);
    mm.memory().bytes(start, 100).fill(1);
    assert_eq!(mm.set_brk(start - 1), start + 100);
    assert_eq!(mm.set_brk(start), start);
    assert_eq!(mm.set_brk(start + 2 * PAGE), start + 2 * PAGE);
    assert_eq!(
        mm.memory().bytes(start, 1)[0],
        0,
        "given back and taken again"
    );
    map(&mut mm, start + 4 * PAGE, 1, RW, MAP_FIXED).unwrap();
    assert_eq!(mm.set_brk(start + 5 * PAGE), start + 2 * PAGE);
    assert_eq!(mm.set_brk(start + 4 * PAGE), start + 4 * PAGE);
}

#[test]
fn remapping_grows_in_place_or_moves() {
    let mut mm = space();
    let at = map(&mut mm, 0, 2, RW, 0).unwrap();
    mm.memory().bytes(at, 2 * PAGE).fill(9);
    assert_eq!(mm.remap(at, 2 * PAGE, 3 * PAGE, false, None), Ok(at));
    let wall = map(&mut mm, at + 3 * PAGE, 1, RW, MAP_FIXED).unwrap();
    assert_eq!(
        mm.remap(at, 3 * PAGE, 4 * PAGE, false, None),
        Err(Errno::ENOMEM)
    );
    let moved = mm.remap(at, 3 * PAGE, 4 * PAGE, true, None).unwrap();
    assert_eq!(moved, wall + PAGE);
    assert_eq!(mm.memory().bytes(moved + 2 * PAGE - 1, 2), [9, 0]);
    assert!(mm.is_free(at, at + 3 * PAGE));
    assert_eq!(mm.remap(moved, 4 * PAGE, PAGE, false, None), Ok(moved));
    assert!(mm.is_free(moved + PAGE, moved + 4 * PAGE));
    assert_eq!(mm.remap(moved, PAGE, PAGE, true, Some(at)), Ok(at));
    assert_eq!(mm.memory().bytes(at, 1)[0], 9);
}

#[test]
fn neighbours_merge_and_split() {
    let mut mm = space();
    let before = mm.areas().count();
    let at = map(&mut mm, 0, 1, RW, 0).unwrap();
    for n in 1..50 {
        map(&mut mm, at + n * PAGE, 1, RW, MAP_FIXED).unwrap();
    }
    assert_eq!(mm.areas().count(), before + 1);
    mm.protect(at + 10 * PAGE, PAGE, PROT_READ).unwrap();
    assert_eq!(mm.areas().count(), before + 3);
    mm.protect(at + 10 * PAGE, PAGE, RW).unwrap();
    assert_eq!(mm.areas().count(), before + 1);
}

#[test]
fn discarding_zeroes_private_memory() {
    let mut mm = space();
    let at = map(&mut mm, 0, 2, RW, 0).unwrap();
    mm.memory().bytes(at, 2 * PAGE).fill(5);
    mm.discard(at + PAGE, PAGE).unwrap();
    assert_eq!(mm.memory().bytes(at + PAGE - 1, 2), [5, 0]);
    assert_eq!(mm.discard(at + PAGE, 2 * PAGE), Err(Errno::ENOMEM));
}

#[test]
fn the_kernel_is_out_of_reach() {
    let mut mm = space();
    let at = map(&mut mm, 0, 1, RW, 0).unwrap();
    mm.insert_existing(at + PAGE, at + 2 * PAGE, RW, Kind::Kernel);
    assert_eq!(mm.check(at, 2 * PAGE, PROT_READ), Err(Errno::EFAULT));
    assert_eq!(mm.unmap(at, 2 * PAGE), Err(Errno::EINVAL));
    assert_eq!(map(&mut mm, at, 2, RW, MAP_FIXED), Err(Errno::ENOMEM));
    assert_eq!(map(&mut mm, 0, 1, RW, 0), Ok(at + 2 * PAGE));
}

#[test]
fn hints_are_taken_where_there_is_room() {
    let mut mm = space();
    let low = 0x20000;
    assert_eq!(map(&mut mm, low, 2, RW, 0), Ok(low));
    let other = map(&mut mm, low + PAGE, 1, RW, 0).unwrap();
    assert!(other > low + 2 * PAGE, "it is taken");
    let brk = mm.set_brk(0);
    let kept = map(&mut mm, brk + 16 * PAGE, 1, RW, 0).unwrap();
    assert!(kept >= brk + BRK_SPACE, "the break's space is kept");
    mm.protect(low, PAGE, PROT_READ | PROT_EXEC).unwrap();
    assert!(mm.has_code(low, 2 * PAGE) && !mm.has_code(low + PAGE, PAGE));
    mm.insert_existing(0x30000, 0x40000, PROT_READ, Kind::Kernel);
    assert!(map(&mut mm, 0x38000, 1, RW, 0).unwrap() > 0x40000);
}
