// build: rustc-O2, rustc-O0, rustc-O2-strip
// Panics: caught, through destructors and frames of closures, in threads, with payloads of several types, resumed, nested in a destructor that catches its own.
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

thread_local! {
    static LOG: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

struct Noisy(&'static str, u64);
impl Drop for Noisy {
    fn drop(&mut self) {
        LOG.with_borrow_mut(|log| log.push(format!("{}{}{}", self.0, self.1, if thread::panicking() { "!" } else { "" })));
    }
}

fn said(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<&str>() {
        Ok(s) => format!("str {s}"),
        Err(other) => match other.downcast::<String>() {
            Ok(s) => format!("string {s}"),
            Err(other) => match other.downcast::<(u32, Vec<u8>)>() {
                Ok(pair) => format!("pair {} {:?}", pair.0, pair.1),
                Err(_) => "something".to_owned(),
            },
        },
    }
}

#[inline(never)]
fn deep(n: u64, values: &mut Vec<u64>, at_the_end: &dyn Fn(u64) -> u64) -> u64 {
    let _noisy = (n % 25 == 0).then(|| Noisy("d", n));
    DEPTH.set(DEPTH.get() + 1);
    values.push(n);
    let below = if n == 0 { at_the_end(values.len() as u64) } else { deep(n - 1, values, at_the_end) };
    below + values.pop().unwrap_or(1000)
}

struct CatchesInDrop;
impl Drop for CatchesInDrop {
    fn drop(&mut self) {
        let inner = catch_unwind(|| panic!("inside"));
        LOG.with_borrow_mut(|log| log.push(format!("caught {}", inner.err().map(said).unwrap_or_default())));
    }
}

fn show(what: &str) {
    let log = LOG.with_borrow_mut(std::mem::take);
    println!("{what}: {} depth {}", log.join(" "), DEPTH.replace(0));
}

fn main() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(0, |l| l.line());
        LOG.with_borrow_mut(|log| log.push(format!("hook{}", u32::from(place > 0))));
    }));
    for n in [3, 60, 2000] {
        let mut values = Vec::new();
        let result = catch_unwind(AssertUnwindSafe(|| deep(n, &mut values, &|len| if len > 50 { panic!("too deep: {len}") } else { len })));
        match result {
            Ok(sum) => println!("sum {sum}"),
            Err(payload) => println!("{} with {}", said(payload), values.len()),
        }
        show("deep");
    }
    println!("{:?}", catch_unwind(|| [1u8, 2, 3][std::hint::black_box(7)]).map_err(said));
    println!("{:?}", catch_unwind(|| 1i32 / std::hint::black_box(0)).map_err(said));
    println!("{:?}", catch_unwind(|| i32::MAX.checked_add(std::hint::black_box(1)).expect("overflow")).map_err(said));
    println!("{:?}", catch_unwind(|| "x1".parse::<u32>().unwrap()).map_err(said));
    show("library");
    let outer = catch_unwind(|| {
        let _a = Noisy("outer", 1);
        match catch_unwind(|| {
            let _b = Noisy("inner", 2);
            panic::panic_any((7u32, vec![1u8, 2, 3]));
        }) {
            Ok(()) => unreachable!(),
            Err(payload) => resume_unwind(payload),
        }
    });
    println!("{:?}", outer.map_err(said));
    show("resumed");
    let nested = catch_unwind(|| {
        let _c = CatchesInDrop;
        panic!("first");
    });
    println!("{:?}", nested.map_err(said));
    show("nested");
    let mut caught = 0u64;
    for i in 0..3000u64 {
        let r = catch_unwind(|| {
            let v: Vec<u64> = (0..i % 17).collect();
            assert!(v.len() != 5, "five at {i}");
            v.iter().sum::<u64>()
        });
        caught += r.unwrap_or(1_000_000);
    }
    LOG.take();
    println!("loop {caught}");
    let shared = Arc::new(Mutex::new(0));
    let (send, receive) = mpsc::channel();
    let threads: Vec<_> = (0..8)
        .map(|i| {
            let (shared, send) = (shared.clone(), send.clone());
            thread::Builder::new().name(format!("t{i}")).spawn(move || {
                send.send(i).unwrap();
                let mut guard = shared.lock().unwrap_or_else(|e| e.into_inner());
                *guard += i;
                if i % 3 == 1 {
                    panic!("thread {i}");
                }
                i * i
            })
        })
        .collect();
    drop(send);
    let mut sent: Vec<i32> = receive.iter().collect();
    sent.sort_unstable();
    for t in threads {
        println!("{:?}", t.unwrap().join().map_err(said));
    }
    println!("{sent:?} {} {:?}", shared.is_poisoned(), shared.lock().map(|g| *g).map_err(|e| *e.into_inner()));
    let _ = panic::take_hook();
}
