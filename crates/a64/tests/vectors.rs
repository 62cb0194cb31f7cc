//! The instruction vectors of `tests/insn`: word, text, state before and after. `dp.txt` explains the format.

use std::{collections::BTreeMap, fs, path::Path};

use elfconv_a64::{
    decode,
    exec::{Memory, Outcome, Refused, step},
    state::CpuState,
};

const CODE: u64 = 0x1000;
const DATA: u64 = 0x2000;
const DATA_LEN: usize = 0x100;

/// One instruction at [`CODE`], and the data.
#[derive(Clone)]
struct Cells {
    word: u32,
    bytes: Vec<u8>,
}

impl Cells {
    fn at(&self, addr: u64, len: usize) -> Result<usize, Refused> {
        let at = addr.wrapping_sub(DATA);
        if at > (DATA_LEN - len) as u64 {
            Err(Refused)
        } else {
            Ok(at as usize)
        }
    }
}

macro_rules! accesses {
    ($($load:ident $store:ident $ty:ty;)*) => {
        impl Memory for Cells {
            $(
                fn $load(&mut self, addr: u64) -> Result<$ty, Refused> {
                    let at = self.at(addr, size_of::<$ty>())?;
                    Ok(<$ty>::from_le_bytes(self.bytes[at..at + size_of::<$ty>()].try_into().unwrap()))
                }
                fn $store(&mut self, addr: u64, value: $ty) -> Result<(), Refused> {
                    let at = self.at(addr, size_of::<$ty>())?;
                    self.bytes[at..at + size_of::<$ty>()].copy_from_slice(&value.to_le_bytes());
                    Ok(())
                }
            )*
            fn fetch(&mut self, addr: u64) -> Result<u32, Refused> {
                if addr == CODE { Ok(self.word) } else { Err(Refused) }
            }
        }
    };
}
accesses! {
    load8 store8 u8;
    load16 store16 u16;
    load32 store32 u32;
    load64 store64 u64;
    load128 store128 u128;
}

/// Everything that a vector can name, by name.
fn snapshot(state: &CpuState, memory: &Cells) -> BTreeMap<String, u128> {
    let mut all = BTreeMap::new();
    for (i, x) in state.x.iter().enumerate() {
        all.insert(format!("x{i}"), u128::from(*x));
    }
    for (i, [low, high]) in state.v.iter().enumerate() {
        all.insert(format!("v{i}"), u128::from(*low) | u128::from(*high) << 64);
    }
    for (name, value) in [
        ("sp", state.sp),
        ("pc", state.pc),
        ("nzcv", state.nzcv.into()),
        ("fpcr", state.fpcr.into()),
        ("fpsr", state.fpsr.into()),
        ("tpidr", state.tpidr_el0),
        ("pstate", state.pstate.into()),
        ("code", state.code_changed),
        ("monitor", state.exclusive_addr),
        ("monitored", state.exclusive_value[0]),
    ] {
        all.insert(name.into(), value.into());
    }
    for (i, cell) in memory.bytes.chunks_exact(8).enumerate() {
        let value = u64::from_le_bytes(cell.try_into().unwrap());
        all.insert(format!("[{:#x}]", DATA + 8 * i as u64), value.into());
    }
    all
}

fn number(text: &str) -> u128 {
    if let Some(negative) = text.strip_prefix('-') {
        return u128::from((number(negative) as u64).wrapping_neg());
    }
    let parsed = match text.strip_prefix("0x") {
        Some(hex) => u128::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.unwrap_or_else(|_| panic!("`{text}` is no number"))
}

/// The assignments of one side, in the terms of [`snapshot`].
fn assignments(side: &str) -> BTreeMap<String, u128> {
    let mut all = BTreeMap::new();
    for assignment in side.split_whitespace() {
        let (name, value) = assignment
            .split_once('=')
            .unwrap_or_else(|| panic!("`{assignment}` assigns nothing"));
        match name {
            "nzcv" => {
                all.insert(name.into(), u128::from_str_radix(value, 2).unwrap());
            }
            "monitor" => {
                let (addr, seen) = value.split_once(':').unwrap();
                all.insert("monitor".into(), number(addr));
                all.insert("monitored".into(), number(seen));
            }
            _ => {
                all.insert(name.into(), number(value));
            }
        }
    }
    all
}

fn set(state: &mut CpuState, memory: &mut Cells, name: &str, value: u128) {
    let index = |n: &str| n.parse::<usize>().unwrap();
    match name {
        "sp" => state.sp = value as u64,
        "nzcv" => state.nzcv = value as u32,
        "fpcr" => state.fpcr = value as u32,
        "fpsr" => state.fpsr = value as u32,
        "tpidr" => state.tpidr_el0 = value as u64,
        "pstate" => state.pstate = value as u32,
        "monitor" => state.exclusive_addr = value as u64,
        "monitored" => state.exclusive_value[0] = value as u64,
        _ if name.starts_with('[') => {
            let addr = number(&name[1..name.len() - 1]) as u64;
            memory
                .store64(addr, value as u64)
                .expect("an address outside the data");
        }
        _ if name.starts_with('x') => state.x[index(&name[1..])] = value as u64,
        _ if name.starts_with('v') => {
            state.v[index(&name[1..])] = [value as u64, (value >> 64) as u64]
        }
        _ => panic!("`{name}` cannot be set"),
    }
}

/// What is wrong with a vector.
fn check(line: &str) -> Result<(), String> {
    let (code, rest) = line.split_once('|').ok_or("no `|`")?;
    let (before, after) = rest.split_once("=>").ok_or("no `=>`")?;
    let (word, text) = code.trim().split_once(' ').ok_or("no text")?;
    let word = u32::from_str_radix(word, 16).map_err(|e| e.to_string())?;
    let insn = decode(word).ok_or("not decoded")?;
    let shown = insn.disasm(CODE).to_string();
    if shown != text.trim() {
        return Err(format!("disassembled as `{shown}`"));
    }
    let mut state = CpuState::new();
    state.pc = CODE;
    // So that FPSR's flags are kept.
    state.fp_observed = 1;
    let mut memory = Cells {
        word,
        bytes: vec![0; DATA_LEN],
    };
    for (name, value) in assignments(before) {
        set(&mut state, &mut memory, &name, value);
    }
    let mut expected = snapshot(&state, &memory);
    expected.insert("pc".into(), u128::from(CODE + 4));
    let mut event = None;
    for part in after.split_whitespace() {
        match part.split_once('=') {
            Some(("fault" | "syscall", _)) => {
                event = Some(part.to_string());
                if part.starts_with("fault") {
                    expected.insert("pc".into(), CODE.into());
                }
            }
            _ => expected.extend(assignments(part)),
        }
    }
    let got_event = match step(&mut state, &mut memory) {
        Outcome::Fault { kind, info } => Some(format!("fault={}:{info:#x}", kind as u32)),
        Outcome::Syscall => Some("syscall=0".to_string()),
        _ => None,
    };
    let same_event = match (&event, &got_event) {
        (Some(a), Some(b)) => {
            let parts = |e: &str| e.split(['=', ':']).skip(1).map(number).collect::<Vec<_>>();
            parts(a) == parts(b)
        }
        (a, b) => a == b,
    };
    if !same_event {
        return Err(format!("expected {event:?}, got {got_event:?}"));
    }
    let got = snapshot(&state, &memory);
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(name, value)| got[*name] != **value)
        .map(|(name, value)| format!("{name} is {:#x}, expected {value:#x}", got[name]))
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("; "))
    }
}

#[test]
fn vectors() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/insn");
    let mut files: Vec<_> = fs::read_dir(&dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    let (mut count, mut failed) = (0, 0);
    for file in files
        .iter()
        .filter(|f| f.extension().is_some_and(|e| e == "txt"))
    {
        let text = fs::read_to_string(file).unwrap();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            count += 1;
            if let Err(why) = check(line) {
                failed += 1;
                println!("{}:{}: {line}\n    {why}", file.display(), number + 1);
            }
        }
    }
    println!("{count} vectors");
    assert!(count > 0 && failed == 0, "{failed} of {count} vectors fail");
}
