// build: rustc-O3, rustc-O1-strip
// Number crunching in Rust: big integers (pi to 500 digits, factorials), floats over a matrix, SIMD-friendly loops, hashing, bit tricks.
fn pi(digits: usize) -> String {
    // Gibbons' spigot would need big rationals; this is the one of Rabinowitz and Wagon.
    let length = digits * 10 / 3 + 2;
    let mut a = vec![2u64; length];
    let (mut out, mut held, mut nines) = (String::new(), None::<u64>, 0);
    for _ in 0..digits + 3 {
        let mut carry = 0;
        for i in (0..length).rev() {
            let x = a[i] * 10 + carry * (i as u64 + 1);
            let d = 2 * i as u64 + 1;
            a[i] = x % d;
            carry = x / d;
        }
        a[0] = carry % 10;
        match carry / 10 {
            9 => nines += 1,
            q => {
                let over = q == 10;
                if let Some(h) = held {
                    out.push_str(&(h + over as u64).to_string());
                }
                out.push_str(&if over { "0" } else { "9" }.repeat(nines));
                nines = 0;
                held = Some(q % 10);
            }
        }
    }
    out.truncate(digits);
    out
}

struct Big(Vec<u32>);
impl Big {
    fn multiply(&mut self, by: u32) {
        let mut carry = 0u64;
        for d in &mut self.0 {
            carry += *d as u64 * by as u64;
            *d = (carry % 1_000_000_000) as u32;
            carry /= 1_000_000_000;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }
}
impl std::fmt::Display for Big {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(f, "{}", self.0.last().unwrap())?;
        self.0.iter().rev().skip(1).try_for_each(|d| write!(f, "{d:09}"))
    }
}

fn determinant(n: usize) -> f64 {
    let mut m: Vec<Vec<f64>> = (0..n).map(|i| (0..n).map(|j| ((i * 7 + j * 3) % 11) as f64 + if i == j { 5.0 } else { 0.0 }).collect()).collect();
    let mut det = 1.0;
    for k in 0..n {
        let p = (k..n).max_by(|&a, &b| m[a][k].abs().total_cmp(&m[b][k].abs())).unwrap();
        if p != k {
            m.swap(p, k);
            det = -det;
        }
        det *= m[k][k];
        for i in k + 1..n {
            let factor = m[i][k] / m[k][k];
            for j in k..n {
                let x = m[k][j];
                m[i][j] -= factor * x;
            }
        }
    }
    det
}

fn main() {
    println!("{}", pi(500));
    let mut factorial = Big(vec![1]);
    (1..=150).for_each(|n| factorial.multiply(n));
    println!("{factorial}");
    println!("{:.6e}", determinant(24));
    let bytes: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8).collect();
    let (mut a, mut b) = (1u32, 0u32);
    for chunk in bytes.chunks(5552) {
        for &x in chunk {
            a += x as u32;
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    println!("{:08x}", b << 16 | a);
    let histogram = bytes.iter().fold([0u32; 256], |mut h, &x| {
        h[x as usize] += 1;
        h
    });
    println!("{:?} {:?}", histogram.iter().max(), histogram.iter().min());
    let dot: i64 = bytes.iter().zip(bytes.iter().skip(1)).map(|(&x, &y)| x as i64 * y as i64).sum();
    let floats: Vec<f32> = bytes.iter().map(|&x| x as f32 / 3.0).collect();
    println!("{dot} {:.3} {:?}", floats.iter().map(|x| x.sqrt() as f64).sum::<f64>(), floats.iter().cloned().fold(f32::MIN, f32::max));
    println!("{} {} {} {}", u64::MAX.leading_zeros(), 0x1234_5678u32.reverse_bits(), (-1i16) as u64, 300.7f32 as u8);
    println!("{:?} {:?}", (1e20 as i64, f64::NAN as i32, -5.9 as u32), 2f64.powi(-1074).to_bits());
}
