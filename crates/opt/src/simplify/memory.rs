//! Loads and stores: addresses, values, and what memory is known to hold.
//!
//! Known contents are pairs of a place and a value, from the loads and stores since the last call. A place is a base value plus a constant; places with the same base
//! overlap or not, evidently; places with different bases may be the same. So a store forgets all places but those of its own base that do not overlap. `CpuState` is a base of its own, which
//! the guest's stores do not reach. Guest threads switch only at calls.

use elfconv_ir::{Effect, Opcode, Type, Value};

use super::{
    Def, Simplifier,
    integer::{Int, Width},
};

/// How many places are remembered; the oldest is forgotten.
const CAPACITY: usize = 24;

/// Offsets that an access may have from a base in a register: beyond them, a null base would no longer be out of bounds.
const MAX_OFFSET: i64 = 65535;

/// What a place is relative to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Base {
    /// Nothing: the address is constant.
    Absolute,
    /// A value.
    Value(Value),
    /// `CpuState`.
    State,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    base: Base,
    offset: u32,
    size: u32,
}

impl Place {
    /// Whether a store to `self` may change `other`.
    fn may_overlap(&self, other: &Place) -> bool {
        if (self.base == Base::State) != (other.base == Base::State) {
            return false;
        }
        // Addresses wrap at 4 GiB.
        self.base != other.base
            || other.offset.wrapping_sub(self.offset) < self.size
            || self.offset.wrapping_sub(other.offset) < other.size
    }

    fn is(&self, other: &Place) -> bool {
        self.base == other.base && self.offset == other.offset && self.size == other.size
    }
}

/// What memory is known to hold: the low bytes of a value at each place.
#[derive(Clone, Debug, Default)]
pub(super) struct Available {
    places: Vec<(Place, Value)>,
}

impl Available {
    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    fn note(&mut self, place: Place, value: Value) {
        if self.places.len() == CAPACITY {
            self.places.remove(0);
        }
        self.places.push((place, value));
    }

    fn forget(&mut self, stored: &Place) {
        self.places.retain(|(place, _)| !stored.may_overlap(place));
    }
}

/// Which argument is the address.
fn address_arg(op: Opcode) -> usize {
    usize::from(op.args().len() == 3)
}

impl Simplifier<'_> {
    fn place_of(&self, def: &Def) -> Place {
        let size = def.op.access_size();
        if matches!(def.op.effect(), Effect::StateLoad | Effect::StateStore) {
            return Place {
                base: Base::State,
                offset: def.imm as u32,
                size,
            };
        }
        let address = def.args[address_arg(def.op)];
        if let Some(c) = self.int(address) {
            return Place {
                base: Base::Absolute,
                offset: (c as u32).wrapping_add(def.imm as u32),
                size,
            };
        }
        match self.int_const_def(address, Int::Add, Width::W64) {
            Some((u, c)) => Place {
                base: Base::Value(u),
                offset: (c as u32).wrapping_add(def.imm as u32),
                size,
            },
            None => Place {
                base: Base::Value(address),
                offset: def.imm as u32,
                size,
            },
        }
    }

    /// Simplifies the address of a load or store.
    pub(super) fn load_address(&mut self, def: &mut Def) {
        if !matches!(def.op.effect(), Effect::Load | Effect::Store) {
            return;
        }
        let at = address_arg(def.op);
        loop {
            let address = def.args[at];
            if let Some((u, c)) = self.int_const_def(address, Int::Add, Width::W64) {
                if self.int(u).is_some() {
                    return;
                }
                let imm = def.imm as u64 as i64;
                let offset = imm.wrapping_add(c as i64);
                // [u + c, #offset] = [u, #(offset + c)], within limits
                if (0..=MAX_OFFSET).contains(&offset) {
                    def.args[at] = u;
                    def.imm = (offset as u64).into();
                    continue;
                }
                // [u + c, #offset] = [u + c1, #(offset + c - c1)]: one base for the whole frame below an entry sp of `u`
                match self.bases.get(&u) {
                    Some(&(base, c1, block)) if self.cfg.dominates(block, self.block) => {
                        let offset = offset.wrapping_sub(c1);
                        if (0..=MAX_OFFSET).contains(&offset) {
                            def.args[at] = base;
                            def.imm = (offset as u64).into();
                        }
                    }
                    _ => {
                        self.bases.insert(u, (address, c as i64, self.block));
                    }
                }
                return;
            }
            // [extend(wrap(u))] = [u]: the upper half of an address does not count
            let Some(extend) = self.def_by(address, Opcode::I64ExtendI32U) else {
                return;
            };
            let Some(wrap) = self.def_by(extend.args[0], Opcode::I32WrapI64) else {
                return;
            };
            def.args[at] = wrap.args[0];
        }
    }

    /// The value that a load gives, if it is known.
    pub(super) fn loaded(&mut self, def: &Def) -> Option<Value> {
        let place = self.place_of(def);
        let &(_, value) = self
            .available
            .places
            .iter()
            .rev()
            .find(|(known, _)| known.is(&place))?;
        let wanted = def.op.result()?;
        let bits = 8 * place.size;
        use Opcode as O;
        // As an integer of the wanted width, or whatever is wanted if it has all the bits.
        let raw = match (self.f.ty(value), wanted) {
            (found, wanted) if found == wanted => value,
            (Type::I64, Type::I32) => self.unary(O::I32WrapI64, value),
            (Type::I32, Type::I64) => self.unary(O::I64ExtendI32U, value),
            (Type::F32, Type::I32) => self.unary(O::I32ReinterpretF32, value),
            (Type::F64, Type::I64) => self.unary(O::I64ReinterpretF64, value),
            (Type::I32, Type::F32) => self.unary(O::F32ReinterpretI32, value),
            (Type::I64, Type::F64) => self.unary(O::F64ReinterpretI64, value),
            (Type::I64, Type::F32) => {
                let low = self.unary(O::I32WrapI64, value);
                self.unary(O::F32ReinterpretI32, low)
            }
            (Type::F32, Type::I64) => {
                let low = self.unary(O::I32ReinterpretF32, value);
                self.unary(O::I64ExtendI32U, low)
            }
            _ => return None,
        };
        if bits == wanted.bits() {
            return Some(raw);
        }
        let width = if wanted == Type::I64 {
            Width::W64
        } else {
            Width::W32
        };
        Some(match def.op {
            O::I32Load8S | O::I64Load8S => self.unary(Int::Extend8S.op(width), raw),
            O::I32Load16S | O::I64Load16S => self.unary(Int::Extend16S.op(width), raw),
            O::I64Load32S => self.unary(O::I64Extend32S, raw),
            _ => self.int_const(Int::And, width, raw, (1 << bits) - 1),
        })
    }

    /// Remembers what a load gave.
    pub(super) fn note_load(&mut self, def: &Def, result: Value) {
        let place = self.place_of(def);
        self.available.note(place, result);
    }

    /// Simplifies a store and remembers what it stored; `false` if it stores nothing.
    pub(super) fn store(&mut self, def: &mut Def) -> bool {
        use Opcode as O;
        if def.op.args().len() == 3 {
            let stored = match def.op {
                O::I64Store8If => O::I64Store8,
                O::I64Store16If => O::I64Store16,
                O::I64Store32If => O::I64Store32,
                _ => O::I64Store,
            };
            match self.int(def.args[0]) {
                // store_if(0, …) does nothing
                Some(0) => return false,
                // store_if(1, …) = store(…)
                Some(_) => {
                    *def = Def {
                        op: stored,
                        args: [def.args[1], def.args[2], Value(0)],
                        imm: def.imm,
                    }
                }
                None => {
                    self.load_address(def);
                    let place = self.place_of(def);
                    self.available.forget(&place);
                    return true;
                }
            }
        }
        self.load_address(def);
        let value = if def.op.effect() == Effect::Store {
            1
        } else {
            0
        };
        if def.op.effect() == Effect::Store {
            while let Some((op, simpler)) = self.stored_value(def.op, def.args[value]) {
                def.op = op;
                def.args[value] = simpler;
            }
        }
        let place = self.place_of(def);
        // What is there already need not be stored.
        if self
            .available
            .places
            .iter()
            .any(|(known, stored)| known.is(&place) && *stored == def.args[value])
        {
            return false;
        }
        self.available.forget(&place);
        self.available.note(place, def.args[value]);
        true
    }

    /// A simpler value whose low bytes are the same, and the store that fits it.
    fn stored_value(&mut self, op: Opcode, value: Value) -> Option<(Opcode, Value)> {
        use Opcode as O;
        let def = self.def(value)?;
        let u = def.args[0];
        let bits = 8 * op.access_size();
        match (op, def.op) {
            // store8(u & c) = store8(u), for c with 8 ones at the bottom; and so the others
            (_, O::I32And | O::I64And) if self.int(def.args[1])?.trailing_ones() >= bits => {
                Some((op, u))
            }
            (O::I32Store8 | O::I64Store8, O::I32Extend8S | O::I64Extend8S) => Some((op, u)),
            (
                O::I32Store8 | O::I64Store8 | O::I32Store16 | O::I64Store16,
                O::I32Extend16S | O::I64Extend16S,
            ) => Some((op, u)),
            (O::I64Store8 | O::I64Store16 | O::I64Store32, O::I64Extend32S) => Some((op, u)),
            // store32(extend(u)) = i32 store(u)
            (O::I64Store8, O::I64ExtendI32U | O::I64ExtendI32S) => Some((O::I32Store8, u)),
            (O::I64Store16, O::I64ExtendI32U | O::I64ExtendI32S) => Some((O::I32Store16, u)),
            (O::I64Store32, O::I64ExtendI32U | O::I64ExtendI32S) => Some((O::I32Store, u)),
            // i32 store(wrap(u)) = store32(u)
            (O::I32Store8, O::I32WrapI64) => Some((O::I64Store8, u)),
            (O::I32Store16, O::I32WrapI64) => Some((O::I64Store16, u)),
            (O::I32Store, O::I32WrapI64) => Some((O::I64Store32, u)),
            // store of another view of the same bits
            (O::I32Store, O::I32ReinterpretF32) => Some((O::F32Store, u)),
            (O::I64Store, O::I64ReinterpretF64) => Some((O::F64Store, u)),
            (O::F32Store, O::F32ReinterpretI32) => Some((O::I32Store, u)),
            (O::F64Store, O::F64ReinterpretI64) => Some((O::I64Store, u)),
            _ => None,
        }
    }
}
