//! Commands on IR functions, and the lines that run them:
//!
//! ```text
//! ; run: %f(5, -3) == 2
//! ; run: %g(0x10) == [1, 2.5]
//! ; run: %g(0) == leave 400580
//! ; run: %g(1) == fault illegal
//! ```
//!
//! Arguments and results are numbers of the function's types; functions of a file call each other as `fn0`, `fn1`, … in order. Memory is 64 KiB in which byte
//! `i` is `i * 7 + 1`, `CpuState` is zero.

use elfconv_ir::{
    Const, FuncId, Function, Type,
    interpret::{Machine, Outcome},
    parse_functions, verify,
};

/// Parses and verifies the functions of a test.
pub fn parse(input: &str) -> Result<Vec<Function>, String> {
    let functions = parse_functions(input).map_err(|error| error.to_string())?;
    check(&functions)?;
    Ok(functions)
}

/// Verifies functions.
pub fn check(functions: &[Function]) -> Result<(), String> {
    functions
        .iter()
        .try_for_each(|f| verify(f).map_err(|error| format!("{error}\n{f}")))
}

/// `test print`: the canonical text.
pub fn print(_args: &[&str], input: &str) -> Result<String, String> {
    Ok(text(&parse(input)?))
}

/// `test run`: what the run lines say.
pub fn run(_args: &[&str], input: &str) -> Result<String, String> {
    check_runs(&parse(input)?, input)?;
    Ok(String::new())
}

/// `test invalid`: the verifier's message.
pub fn invalid(_args: &[&str], input: &str) -> Result<String, String> {
    let functions = parse_functions(input).map_err(|error| error.to_string())?;
    let messages: Vec<_> = functions
        .iter()
        .filter_map(|f| verify(f).err())
        .map(|error| error.to_string())
        .collect();
    if messages.len() < functions.len() {
        Err("a function is valid".into())
    } else {
        Ok(messages.join("\n"))
    }
}

/// `test syntax-error`: the parser's message.
pub fn syntax_error(_args: &[&str], input: &str) -> Result<String, String> {
    match parse_functions(input) {
        Ok(_) => Err("the syntax is right".into()),
        Err(error) => Ok(error.to_string()),
    }
}

/// Changes all functions by `pass`, checks that the run lines hold before and after, and gives the canonical text.
pub fn transform(input: &str, pass: impl Fn(&mut Function)) -> Result<String, String> {
    transform_all(input, |functions| functions.iter_mut().for_each(pass))
}

/// The same of what changes a function for what others are.
pub fn transform_all(input: &str, pass: impl FnOnce(&mut [Function])) -> Result<String, String> {
    let mut functions = parse(input)?;
    check_runs(&functions, input).map_err(|error| format!("before: {error}"))?;
    pass(&mut functions);
    check(&functions)?;
    check_runs(&functions, input)
        .map_err(|error| format!("after: {error}\n{}", text(&functions)))?;
    Ok(text(&functions))
}

fn text(functions: &[Function]) -> String {
    functions
        .iter()
        .map(|f| f.canonical().to_string())
        .collect::<Vec<_>>()
        .join("\n")
}

/// A machine with this much memory, as run lines find it.
pub fn machine(memory: usize) -> Machine {
    let mut machine = Machine::new(memory, 1024);
    for (i, byte) in machine.memory.iter_mut().enumerate() {
        *byte = (i as u8).wrapping_mul(7).wrapping_add(1);
    }
    machine
}

/// Checks all run lines of `input` on `functions`.
pub fn check_runs(functions: &[Function], input: &str) -> Result<(), String> {
    for line in input
        .lines()
        .filter_map(|line| line.trim().strip_prefix("; run:"))
    {
        let fail = |what: &str| format!("`{}`: {what}", line.trim());
        let (call, expected) = line.split_once("==").ok_or_else(|| fail("no `==`"))?;
        let (name, args) = call
            .trim()
            .strip_prefix('%')
            .and_then(|c| c.strip_suffix(')')?.split_once('('))
            .ok_or_else(|| fail("no call"))?;
        let id = functions
            .iter()
            .position(|f| f.name == name)
            .ok_or_else(|| fail("no such function"))?;
        let f = &functions[id];
        let args = constants(args, f.params().iter().map(|&p| f.ty(p)))
            .ok_or_else(|| fail("wrong arguments"))?;
        let found = machine(1 << 16)
            .run(functions, FuncId(id as u32), &args)
            .map_err(|error| fail(&error.to_string()))?;
        let expected = expected.trim();
        let fits = match &found {
            Outcome::Return(values) => {
                let list = expected
                    .strip_prefix('[')
                    .and_then(|e| e.strip_suffix(']'))
                    .unwrap_or(expected);
                constants(list, f.results.iter().copied())
                    .is_some_and(|expected| expected == *values)
            }
            Outcome::Leave { pc, .. } => expected == format!("leave {pc:x}"),
            Outcome::Fault(kind, ..) => expected == format!("fault {kind:?}").to_lowercase(),
            Outcome::BadAccess(addr) => expected == format!("bad access {addr:x}"),
        };
        if !fits {
            return Err(fail(&format!("found {found:?}")));
        }
    }
    Ok(())
}

/// Numbers of these types, separated by commas.
fn constants(list: &str, types: impl Iterator<Item = Type>) -> Option<Vec<Const>> {
    let mut words = list
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let constants = types
        .map(|ty| constant(words.next()?, ty))
        .collect::<Option<Vec<_>>>()?;
    words.next().is_none().then_some(constants)
}

fn constant(word: &str, ty: Type) -> Option<Const> {
    if let Some(digits) = word.strip_prefix("0x") {
        let bits = u128::from_str_radix(digits, 16).ok()?;
        return (bits <= u128::MAX >> (128 - ty.bits())).then_some(Const { ty, bits });
    }
    match ty {
        Type::I32 => word
            .parse()
            .ok()
            .or_else(|| word.parse::<i32>().ok().map(|n| n as u32))
            .map(Const::from),
        Type::I64 => word
            .parse()
            .ok()
            .or_else(|| word.parse::<i64>().ok().map(|n| n as u64))
            .map(Const::from),
        Type::F32 => word.parse::<f32>().ok().map(Const::from),
        Type::F64 => word.parse::<f64>().ok().map(Const::from),
        Type::V128 => word.parse::<u128>().ok().map(Const::from),
    }
}
