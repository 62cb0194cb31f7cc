//! Parser of the text form that `print` describes.
//!
//! Values may bear any numbers, and be used before the line that defines them (a loop's block parameters); they are renumbered in order. Blocks stand
//! in order of their numbers, from 0.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

mod operands;
mod words;

use crate::{
    Block, BlockData, Function, Inst, InstData, Opcode, Results, Terminator, Type, Value,
    ValueData, ValueDef,
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
