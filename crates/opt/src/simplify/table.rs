//! The table of computed values: a hash table with open addressing whose entries are instructions. It holds no keys of its own.

use elfconv_ir::{Inst, InstData, InstKind};

use super::Def;

pub(super) struct Table {
    /// Instruction number + 1; 0 is empty. The length is a power of two.
    slots: Vec<u32>,
    used: usize,
}

impl Table {
    /// A table for about `insts` instructions.
    pub(super) fn new(insts: usize) -> Table {
        Table {
            slots: vec![0; (insts * 2).next_power_of_two().max(64)],
            used: 0,
        }
    }

    /// The instruction with this definition that was entered last.
    pub(super) fn find(&self, insts: &[InstData], def: &Def) -> Option<Inst> {
        match self.slots[self.slot(insts, def)] {
            0 => None,
            entry => Some(Inst(entry - 1)),
        }
    }

    /// Enters an instruction, in place of one that is equal.
    pub(super) fn insert(&mut self, insts: &[InstData], inst: Inst) {
        if self.used * 2 >= self.slots.len() {
            let old = std::mem::take(&mut self.slots);
            self.slots = vec![0; old.len() * 2];
            for entry in old.into_iter().filter(|&entry| entry != 0) {
                if let Some(def) = def_of(&insts[entry as usize - 1]) {
                    let slot = self.slot(insts, &def);
                    self.slots[slot] = entry;
                }
            }
        }
        let Some(def) = def_of(&insts[inst.index()]) else {
            return;
        };
        let slot = self.slot(insts, &def);
        self.used += usize::from(self.slots[slot] == 0);
        self.slots[slot] = inst.0 + 1;
    }

    /// Where `def` is or would be.
    fn slot(&self, insts: &[InstData], def: &Def) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(def) as usize & mask;
        loop {
            match self.slots[slot] {
                0 => return slot,
                entry if is(&insts[entry as usize - 1], def) => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }
}

fn def_of(data: &InstData) -> Option<Def> {
    match data.kind {
        InstKind::Op { op, args, imm } => Some(Def { op, args, imm }),
        InstKind::Call(_) => None,
    }
}

fn is(data: &InstData, def: &Def) -> bool {
    let count = def.op.args().len();
    matches!(&data.kind, InstKind::Op { op, args, imm } if *op == def.op && *imm == def.imm && args[..count] == def.args[..count])
}

/// Multiplicative hashing of the parts that count.
fn hash(def: &Def) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut h = def.op as u64;
    let mut add = |word: u64| h = (h ^ word).wrapping_mul(FACTOR).rotate_left(29);
    for arg in &def.args[..def.op.args().len()] {
        add(arg.0.into());
    }
    add(def.imm as u64);
    add((def.imm >> 64) as u64);
    h.wrapping_mul(FACTOR) >> 20
}
