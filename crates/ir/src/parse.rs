//! Parser of the text form that `print` describes.
//!
//! Values may bear any numbers, and be used before the line that defines them (a loop's block parameters); they are renumbered in order. Blocks stand
//! in order of their numbers, from 0.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use crate::{
    Block, BlockData, Call, Callee, Edge, Frame, FuncId, Function, ImmKind, Inst, InstData,
    InstKind, Opcode, Reg, Results, Slot, Terminator, Type, Value, ValueData, ValueDef,
    print::{CONDITIONS, FAULTS, KERNEL_FNS, is_plain},
};

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What was expected.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl core::error::Error for ParseError {}

/// The one function in `text`.
pub fn parse_function(text: &str) -> Result<Function, ParseError> {
    let mut p = Parser::new(text);
    let function = p.function()?;
    if !p.at_end() {
        return p.fail("the end");
    }
    Ok(function)
}

/// All functions in `text`.
pub fn parse_functions(text: &str) -> Result<Vec<Function>, ParseError> {
    let mut p = Parser::new(text);
    let mut functions = Vec::new();
    while !p.at_end() {
        functions.push(p.function()?);
    }
    Ok(functions)
}

type Parsed<T> = Result<T, ParseError>;

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// Numbers in the text to values of the function that is being parsed.
    names: BTreeMap<u32, Value>,
    /// The results of each instruction.
    results: Vec<Vec<Value>>,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Parser {
            text,
            at: 0,
            names: BTreeMap::new(),
            results: Vec::new(),
        }
    }

    // Words and signs.

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            if !self.rest().starts_with(';') {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.rest().is_empty()
    }

    fn fail<T>(&self, expected: impl fmt::Display) -> Parsed<T> {
        let before = &self.text[..self.at];
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        let found: String = self
            .rest()
            .chars()
            .take_while(|c| *c != '\n')
            .take(20)
            .collect();
        let message = match found.as_str() {
            "" => format!("expected {expected}"),
            found => format!("expected {expected}, found `{found}`"),
        };
        Err(ParseError {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        })
    }

    fn eat(&mut self, sign: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.eat(sign) {
            Ok(())
        } else {
            self.fail(format_args!("`{sign}`"))
        }
    }

    fn peek_word(&mut self) -> &'a str {
        self.skip_space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        &rest[..end]
    }

    fn word(&mut self) -> &'a str {
        let word = self.peek_word();
        self.at += word.len();
        word
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.peek_word() == word;
        if found {
            self.at += word.len();
        }
        found
    }

    /// A word that `f` understands; the position stays at the word if it does not.
    fn word_as<T>(&mut self, expected: &str, f: impl FnOnce(&str) -> Option<T>) -> Parsed<T> {
        let word = self.peek_word();
        match f(word) {
            Some(value) => {
                self.at += word.len();
                Ok(value)
            }
            None => self.fail(expected),
        }
    }

    fn hex(&mut self) -> Parsed<u64> {
        self.word_as("a hexadecimal address", |word| {
            u64::from_str_radix(word, 16).ok()
        })
    }

    fn numbered(&mut self, prefix: &str, expected: &str) -> Parsed<u32> {
        self.word_as(expected, |word| word.strip_prefix(prefix)?.parse().ok())
    }

    /// An integer with optional sign and `0x`, as the bits of a signed or unsigned number of `bits` bits.
    fn integer(&mut self, bits: u32) -> Parsed<u128> {
        let start = self.at;
        let negative = self.eat("-");
        let word = self.word();
        let magnitude = match word.strip_prefix("0x") {
            Some(digits) => u128::from_str_radix(digits, 16).ok(),
            None => word.parse().ok(),
        };
        let mask = u128::MAX >> (128 - bits);
        match magnitude {
            Some(m) if !negative && m <= mask => Ok(m),
            Some(m) if negative && m <= mask / 2 + 1 => Ok(m.wrapping_neg() & mask),
            _ => {
                self.at = start;
                self.fail(format_args!("an integer of {bits} bits"))
            }
        }
    }

    fn list<T>(
        &mut self,
        close: &str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(close) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(close) {
                return Ok(items);
            }
            self.expect(",")?;
        }
    }

    // The parts of a function.

    fn ty(&mut self) -> Parsed<Type> {
        self.word_as("a type", Type::from_name)
    }

    fn name(&mut self) -> Parsed<String> {
        self.expect("%")?;
        if !self.rest().starts_with('"') {
            let rest = self.rest();
            let end = rest.find(|c| !is_plain(c)).unwrap_or(rest.len());
            self.at += end;
            return Ok(rest[..end].to_string());
        }
        let mut name = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '"' => {
                    self.at += i + 1;
                    return Ok(name);
                }
                '\\' => match chars.next() {
                    Some((_, '{')) => {
                        let digits: String = chars
                            .by_ref()
                            .map(|(_, c)| c)
                            .take_while(|&c| c != '}')
                            .collect();
                        match u32::from_str_radix(&digits, 16)
                            .ok()
                            .and_then(char::from_u32)
                        {
                            Some(c) => name.push(c),
                            None => return self.fail("a name with valid escapes"),
                        }
                    }
                    Some((_, c)) => name.push(c),
                    None => break,
                },
                c => name.push(c),
            }
        }
        self.fail("a name that is closed by a quote")
    }

    fn value(&mut self, f: &mut Function) -> Parsed<Value> {
        let number = self.numbered("v", "a value")?;
        Ok(*self.names.entry(number).or_insert_with(|| {
            // The type is set by the definition, which may come later.
            f.values.push(ValueData {
                ty: Type::I32,
                def: ValueDef::Alias(Value(u32::MAX)),
            });
            Value(f.values.len() as u32 - 1)
        }))
    }

    fn values(&mut self, f: &mut Function, close: &str) -> Parsed<Vec<Value>> {
        self.list(close, |p| p.value(f))
    }

    fn define(&mut self, f: &mut Function, value: Value, ty: Type, def: ValueDef) -> Parsed<()> {
        let data = &mut f.values[value.index()];
        if data.def != ValueDef::Alias(Value(u32::MAX)) {
            return self.fail("each value to be defined once");
        }
        *data = ValueData { ty, def };
        Ok(())
    }

    fn function(&mut self) -> Parsed<Function> {
        self.names.clear();
        self.results.clear();
        if !self.eat_word("function") {
            return self.fail("`function`");
        }
        let name = self.name()?;
        let addr = if self.eat("@") { self.hex()? } else { 0 };
        self.expect("(")?;
        let params = self.list(")", Self::ty)?;
        self.expect("->")?;
        self.expect("(")?;
        let results = self.list(")", Self::ty)?;
        let plain = self.eat_word("plain");
        self.expect("{")?;
        let mut f = Function::new(name, addr, results, plain);
        while !self.eat("}") {
            self.block(&mut f)?;
        }
        if f.blocks.is_empty() {
            return self.fail("a block before this");
        }
        if !f.params().iter().map(|&p| f.ty(p)).eq(params) {
            return self.fail("the entry block's parameters to be the function's, before this");
        }
        if let Some((number, _)) = self
            .names
            .iter()
            .find(|(_, v)| f.values[v.index()].def == ValueDef::Alias(Value(u32::MAX)))
        {
            return self.fail(format_args!("a definition of v{number} before this"));
        }
        if let Some(edge) = f
            .blocks
            .iter()
            .flat_map(|b| b.term.edges())
            .find(|edge| edge.block.index() >= f.blocks.len())
        {
            return self.fail(format_args!("{} before this", edge.block));
        }
        Ok(renumbered(f, &self.results))
    }

    fn block(&mut self, f: &mut Function) -> Parsed<()> {
        let start = self.at;
        let block = Block(self.numbered("block", "a block or `}`")?);
        if block.index() != f.blocks.len() {
            self.at = start;
            return self.fail(format_args!("block{}", f.blocks.len()));
        }
        f.blocks.push(BlockData {
            params: Vec::new(),
            insts: Vec::new(),
            term: Terminator::Unreachable,
            addr: 0,
        });
        if self.eat("(") {
            let params = self.list(")", |p| {
                let value = p.value(f)?;
                p.expect(":")?;
                Ok((value, p.ty()?))
            })?;
            for (number, (value, ty)) in params.into_iter().enumerate() {
                self.define(f, value, ty, ValueDef::Param(block, number as u32))?;
                f.blocks[block.index()].params.push(value);
            }
        }
        if self.eat("@") {
            f.blocks[block.index()].addr = self.hex()?;
        }
        self.expect(":")?;
        let mut addr = 0;
        loop {
            if self.eat("@") {
                let start = self.at;
                addr = match u32::try_from(self.hex()?) {
                    Ok(addr) => addr,
                    Err(_) => {
                        self.at = start;
                        return self.fail("an address below 4 GiB");
                    }
                };
            }
            if let Some(term) = self.terminator(f)? {
                f.blocks[block.index()].term = term;
                return Ok(());
            }
            self.inst(f, block, addr)?;
        }
    }

    fn inst(&mut self, f: &mut Function, block: Block, addr: u32) -> Parsed<()> {
        let start = self.at;
        let mut results = Vec::new();
        let is_value = |word: &str| {
            word.strip_prefix('v')
                .is_some_and(|n| n.parse::<u32>().is_ok())
        };
        if is_value(self.peek_word()) {
            loop {
                let value = self.value(f)?;
                let ty = if self.eat(":") {
                    Some(self.ty()?)
                } else {
                    None
                };
                results.push((value, ty));
                if self.eat("=") {
                    break;
                }
                self.expect(",")?;
            }
        }
        let (kind, types) = if self.eat_word("call") {
            let call = self.call(f)?;
            let Some(types) = results
                .iter()
                .map(|&(_, ty)| ty)
                .collect::<Option<Vec<_>>>()
            else {
                self.at = start;
                return self.fail("results of a call with types");
            };
            (call.into(), types)
        } else {
            let op = self.word_as("an instruction", |word| {
                Opcode::ALL.iter().copied().find(|op| op.name() == word)
            })?;
            let kind = self.operation(f, op)?;
            let types: Vec<_> = op.result().into_iter().collect();
            let agrees = results
                .iter()
                .zip(&types)
                .all(|(&(_, given), &ty)| given.is_none_or(|given| given == ty));
            if results.len() != types.len() || !agrees {
                self.at = start;
                return self.fail(format_args!("the results that {op} has"));
            }
            (kind, types)
        };
        // `renumbered` makes the results consecutive.
        let inst = Inst(f.insts.len() as u32);
        f.insts.push(InstData {
            kind,
            results: Results {
                first: Value(0),
                len: types.len() as u32,
            },
            addr,
        });
        self.results
            .push(results.iter().map(|&(value, _)| value).collect());
        for (number, (&(value, _), ty)) in results.iter().zip(types).enumerate() {
            self.define(f, value, ty, ValueDef::Inst(inst, number as u32))?;
        }
        f.blocks[block.index()].insts.push(inst);
        Ok(())
    }

    fn operation(&mut self, f: &mut Function, op: Opcode) -> Parsed<InstKind> {
        let mut args = Vec::new();
        let mut imm = 0;
        for i in 0..op.args().len() {
            if i > 0 {
                self.expect(",")?;
            }
            args.push(self.value(f)?);
            if op.imm() == ImmKind::Offset
                && matches!(self.rest().as_bytes().first(), Some(b'+' | b'-'))
            {
                self.eat("+");
                imm = self.integer(64)?;
            }
        }
        if !matches!(op.imm(), ImmKind::None | ImmKind::Offset) {
            if !args.is_empty() {
                self.expect(",")?;
            }
            imm = self.immediate(op)?;
            if !op.imm().admits(imm) {
                return self.fail("an immediate in range before this");
            }
        }
        Ok(InstKind::op(op, &args, imm))
    }

    fn immediate(&mut self, op: Opcode) -> Parsed<u128> {
        match op.imm() {
            ImmKind::Cond => self.word_as("a condition", |word| {
                CONDITIONS
                    .iter()
                    .position(|&name| name == word)
                    .map(|i| i as u128)
            }),
            ImmKind::Shuffle => {
                self.expect("[")?;
                let mut lanes = [0; 16];
                for lane in &mut lanes {
                    *lane = self.integer(8)? as u8;
                }
                self.expect("]")?;
                Ok(u128::from_le_bytes(lanes))
            }
            _ if matches!(op, Opcode::F32Const | Opcode::F64Const) => {
                self.float(op == Opcode::F64Const)
            }
            ImmKind::Bits64 => self.integer(64),
            ImmKind::Bits128 => self.integer(128),
            _ => self.integer(32),
        }
    }

    fn float(&mut self, double: bool) -> Parsed<u128> {
        self.skip_space();
        if self.rest().starts_with("0x") {
            return self.integer(if double { 64 } else { 32 });
        }
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+')))
            .unwrap_or(rest.len());
        let bits = match double {
            true => rest[..end].parse::<f64>().ok().map(|x| x.to_bits().into()),
            false => rest[..end].parse::<f32>().ok().map(|x| x.to_bits().into()),
        };
        match bits {
            Some(bits) => {
                self.at += end;
                Ok(bits)
            }
            None => self.fail("a number"),
        }
    }

    fn reg(&mut self) -> Parsed<Reg> {
        self.word_as("a register", |word| match word {
            "sp" => Some(Reg::SP),
            "nzcv" => Some(Reg::NZCV),
            _ => {
                let (kind, number) = word.split_at_checked(1)?;
                match (kind, number.parse().ok()?) {
                    ("x", n @ 0..=30) => Some(Reg::x(n)),
                    ("v", n @ 0..=31) => Some(Reg::v(n)),
                    _ => None,
                }
            }
        })
    }

    fn callee(&mut self, f: &mut Function) -> Parsed<Callee> {
        if self.eat("*") {
            return Ok(Callee::Indirect(self.value(f)?));
        }
        if self.eat_word("kernel") {
            self.expect(".")?;
            return self.word_as("a kernel function", |word| {
                KERNEL_FNS
                    .iter()
                    .find(|(_, n)| *n == word)
                    .map(|&(k, _)| Callee::Kernel(k))
            });
        }
        Ok(Callee::Function(FuncId(self.numbered("fn", "a callee")?)))
    }

    fn call(&mut self, f: &mut Function) -> Parsed<Call> {
        let callee = self.callee(f)?;
        self.expect("(")?;
        let args = self.values(f, ")")?;
        let mut call = Call {
            callee,
            args,
            expect: None,
            frame: None,
            result_regs: Vec::new(),
        };
        if self.eat_word("expect") {
            call.expect = Some(self.word_as("an address below 4 GiB", |word| {
                u32::from_str_radix(word, 16).ok()
            })?);
        }
        if self.eat_word("results") {
            self.expect("[")?;
            call.result_regs = self.list("]", Self::reg)?;
        }
        if self.eat_word("frame") {
            call.frame = Some(self.frame(f)?);
        }
        Ok(call)
    }

    /// What follows `frame`.
    fn frame(&mut self, f: &mut Function) -> Parsed<Frame> {
        self.expect("[")?;
        let live = self.list("]", |p| {
            let reg = p.reg()?;
            p.expect(":")?;
            Ok((reg, p.value(f)?))
        })?;
        let mut slots = Vec::new();
        if self.eat_word("slots") {
            self.expect("[")?;
            slots = self.list("]", |p| {
                let reg = p.reg()?;
                if !p.eat_word("at") {
                    return p.fail("`at`");
                }
                let base = p.value(f)?;
                p.eat("+");
                Ok(Slot {
                    reg,
                    base,
                    offset: p.integer(32)? as u32 as i32,
                })
            })?;
        }
        let mut spare = Vec::new();
        if self.eat_word("spare") {
            self.expect("[")?;
            spare = self.list("]", Self::reg)?;
        }
        Ok(Frame { live, slots, spare })
    }

    fn edge(&mut self, f: &mut Function) -> Parsed<Edge> {
        let block = Block(self.numbered("block", "a block")?);
        let args = if self.eat("(") {
            self.values(f, ")")?
        } else {
            Vec::new()
        };
        Ok(Edge { block, args })
    }

    fn terminator(&mut self, f: &mut Function) -> Parsed<Option<Terminator>> {
        let start = self.at;
        let term = match self.word() {
            "jump" => Terminator::Jump(self.edge(f)?),
            "branch" => {
                let cond = self.value(f)?;
                self.expect(",")?;
                let then = self.edge(f)?;
                self.expect(",")?;
                Terminator::Branch {
                    cond,
                    then,
                    otherwise: self.edge(f)?,
                }
            }
            "switch" => {
                let index = self.value(f)?;
                self.expect(",")?;
                self.expect("[")?;
                let targets = self.list("]", |p| p.edge(f))?;
                self.expect(",")?;
                Terminator::Switch {
                    index,
                    targets,
                    default: self.edge(f)?,
                }
            }
            "return" => {
                let mut values = Vec::new();
                // A value, not the next block's `block0` nor `}`.
                while self.peek_word().starts_with('v') {
                    values.push(self.value(f)?);
                    if !self.eat(",") {
                        break;
                    }
                }
                Terminator::Return(values)
            }
            "tail_call" => {
                let callee = self.callee(f)?;
                self.expect("(")?;
                Terminator::TailCall {
                    callee,
                    args: self.values(f, ")")?,
                }
            }
            "leave" => {
                let pc = self.value(f)?;
                if !self.eat_word("frame") {
                    return self.fail("`frame`");
                }
                Terminator::Leave {
                    pc,
                    frame: self.frame(f)?,
                }
            }
            "fault" => {
                let kind = self.word_as("a kind of fault", |word| {
                    FAULTS
                        .iter()
                        .find(|(_, name)| *name == word)
                        .map(|&(kind, _)| kind)
                })?;
                self.expect("@")?;
                let pc = self.hex()?;
                self.expect(",")?;
                Terminator::Fault {
                    kind,
                    pc,
                    info: self.value(f)?,
                }
            }
            "unreachable" => Terminator::Unreachable,
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        Ok(Some(term))
    }
}

/// Numbers values in order of definition, so that results are consecutive; keeps unreachable blocks. All values are defined.
fn renumbered(mut f: Function, results: &[Vec<Value>]) -> Function {
    let mut map = alloc::vec![Value(0); f.values.len()];
    let mut values = Vec::with_capacity(f.values.len());
    let mut define = |old: Value| {
        map[old.index()] = Value(values.len() as u32);
        values.push(f.values[old.index()]);
        map[old.index()]
    };
    for block in &mut f.blocks {
        block
            .params
            .iter_mut()
            .for_each(|param| *param = define(*param));
        for inst in &block.insts {
            let news = results[inst.index()]
                .iter()
                .map(|&old| define(old))
                .collect::<Vec<_>>();
            f.insts[inst.index()].results.first = news.first().copied().unwrap_or(Value(0));
        }
    }
    f.values = values;
    for inst in &mut f.insts {
        inst.kind.visit_mut(|value| *value = map[value.index()]);
    }
    for block in &mut f.blocks {
        block.term.visit_mut(|value| *value = map[value.index()]);
    }
    f
}
