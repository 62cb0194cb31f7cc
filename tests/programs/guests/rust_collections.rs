// build: rustc-O2, rustc-O0, rustc-O3-pie-strip, rustc-Os
// engines
// Rust's library: collections, strings, formatting, iterators, sorting, closures, traits, pattern matching, 128-bit integers.
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, VecDeque};
use std::fmt;
use std::rc::Rc;

trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String {
        "shape".to_string()
    }
}
struct Circle(f64);
struct Polygon {
    points: Vec<(f64, f64)>,
}
impl Shape for Circle {
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.0 * self.0
    }
    fn name(&self) -> String {
        format!("circle of {:.1}", self.0)
    }
}
impl Shape for Polygon {
    fn area(&self) -> f64 {
        let n = self.points.len();
        (0..n).map(|i| {
            let ((x1, y1), (x2, y2)) = (self.points[i], self.points[(i + 1) % n]);
            x1 * y2 - x2 * y1
        }).sum::<f64>() / 2.0
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Expression {
    Number(i64),
    Negate(Box<Expression>),
    Binary(Box<Expression>, char, Box<Expression>),
}
use Expression::*;

struct Parser<'a> {
    text: std::iter::Peekable<std::str::Chars<'a>>,
}
impl Parser<'_> {
    fn sum(&mut self) -> Result<Expression, String> {
        let mut left = self.product()?;
        while let Some(&c @ ('+' | '-')) = self.text.peek() {
            self.text.next();
            left = Binary(Box::new(left), c, Box::new(self.product()?));
        }
        Ok(left)
    }
    fn product(&mut self) -> Result<Expression, String> {
        let mut left = self.atom()?;
        while let Some(&c @ ('*' | '/')) = self.text.peek() {
            self.text.next();
            left = Binary(Box::new(left), c, Box::new(self.atom()?));
        }
        Ok(left)
    }
    fn atom(&mut self) -> Result<Expression, String> {
        match self.text.next() {
            Some('-') => Ok(Negate(Box::new(self.atom()?))),
            Some('(') => {
                let inner = self.sum()?;
                self.text.next().filter(|&c| c == ')').ok_or("missing )")?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() => {
                let mut value = c.to_digit(10).unwrap() as i64;
                while let Some(d) = self.text.peek().and_then(|c| c.to_digit(10)) {
                    value = value.checked_mul(10).and_then(|v| v.checked_add(d as i64)).ok_or("overflow")?;
                    self.text.next();
                }
                Ok(Number(value))
            }
            other => Err(format!("unexpected {other:?}")),
        }
    }
}
fn evaluate(e: &Expression) -> Option<i64> {
    Some(match e {
        Number(n) => *n,
        Negate(e) => -evaluate(e)?,
        Binary(a, '+', b) => evaluate(a)? + evaluate(b)?,
        Binary(a, '-', b) => evaluate(a)? - evaluate(b)?,
        Binary(a, '*', b) => evaluate(a)?.checked_mul(evaluate(b)?)?,
        Binary(a, _, b) => evaluate(a)?.checked_div(evaluate(b)?)?,
    })
}

struct Matrix<const N: usize>([[i64; N]; N]);
impl<const N: usize> std::ops::Mul for &Matrix<N> {
    type Output = Matrix<N>;
    fn mul(self, other: &Matrix<N>) -> Matrix<N> {
        Matrix(std::array::from_fn(|i| std::array::from_fn(|j| (0..N).map(|k| self.0[i][k] * other.0[k][j] % 1_000_007).sum())))
    }
}
impl<const N: usize> fmt::Display for Matrix<N> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for row in &self.0 {
            writeln!(f, "{row:>8?}")?;
        }
        Ok(())
    }
}

struct Loud(&'static str);
impl Drop for Loud {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn main() {
    let shapes: Vec<Box<dyn Shape>> = vec![Box::new(Circle(1.5)), Box::new(Polygon { points: vec![(0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (1.0, 5.0)] })];
    for shape in &shapes {
        println!("{} {:.4}", shape.name(), shape.area());
    }
    let text = "it was the best of times, it was the worst of times";
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty()) {
        *counts.entry(word).or_default() += 1;
    }
    let sorted: BTreeMap<_, _> = counts.into_iter().collect();
    println!("{sorted:?}");
    for source in ["1+2*3", "-(4-10)*7/2", "2*(3", "99999999999*99999999999", "1/0", "12345678901234567890"] {
        let mut parser = Parser { text: source.chars().peekable() };
        match parser.sum() {
            Ok(e) => println!("{source} = {:?}", evaluate(&e)),
            Err(error) => println!("{source}: {error}"),
        }
    }
    let mut m = Matrix([[1, 1, 0], [1, 0, 2], [3, 1, 1]]);
    for _ in 0..5 {
        m = &m * &m;
    }
    print!("{m}");
    let mut x = 1u64;
    let mut values: Vec<u32> = (0..5000).map(|_| { x ^= x << 13; x ^= x >> 7; x ^= x << 17; (x >> 20) as u32 }).collect();
    let total: u64 = values.iter().map(|&v| v as u64).sum();
    values.sort_unstable();
    assert!(values.windows(2).all(|w| w[0] <= w[1]));
    values.sort_by_key(|v| std::cmp::Reverse(v.count_ones()));
    println!("{total} {} {:?}", values[0], values.binary_search_by_key(&std::cmp::Reverse(99u32), |v| std::cmp::Reverse(v.count_ones())).is_err());
    let mut heap: BinaryHeap<_> = values.iter().take(100).collect();
    let top: Vec<_> = std::iter::from_fn(|| heap.pop()).take(3).collect();
    println!("{top:?}");
    let mut queue: VecDeque<i32> = (0..10).collect();
    queue.rotate_left(3);
    queue.push_front(-1);
    println!("{queue:?} {:?}", queue.iter().rev().step_by(3).collect::<BTreeSet<_>>());
    println!("{:>10}|{:<10}|{:^10}|{:+}|{:#x}|{:#010b}|{:e}|{:08.3}|{:?}", "right", "left", "mid", 5, 255, 5, 1234.5, -3.14159, "q\"\n\u{e9}");
    println!("{} {} {} {}", f64::MAX, f64::MIN_POSITIVE, 0.1 + 0.2, f32::EPSILON);
    println!("{} {:?} {}", u128::MAX, "12.5e-3".parse::<f64>(), i128::MIN / 7);
    println!("{:?} {:?}", "x".parse::<i32>().map_err(|e| e.to_string()), "300".parse::<u8>().map_err(|e| e.to_string()));
    let shared = Rc::new(vec![1, 2, 3]);
    let also = Rc::clone(&shared);
    println!("{} {}", Rc::strong_count(&shared), also.iter().sum::<i32>());
    let unicode = "Grüße, Привет, 世界";
    println!("{} {} {} {}", unicode.len(), unicode.chars().count(), unicode.to_uppercase(), unicode.chars().rev().collect::<String>());
    let _a = Loud("a");
    {
        let _b = Loud("b");
        let c = Loud("c");
        drop(c);
    }
    let add = |n: i32| move |x: i32| x + n;
    let functions: Vec<Box<dyn Fn(i32) -> i32>> = vec![Box::new(add(5)), Box::new(|x| x * x), Box::new(add(-1))];
    println!("{}", functions.iter().fold(3, |x, f| f(x)));
    println!("{:?}", 7i32.checked_div(0).or(i32::MAX.checked_add(1)).unwrap_or(-5).wrapping_shl(33).saturating_mul(i32::MAX));
}
