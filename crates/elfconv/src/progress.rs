//! What a command tells while it works: a progress bar for the patient, timings for the curious.

use std::{
    io::{IsTerminal, stderr},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use elfconv_translate::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work that is done sooner shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// A progress bar on standard error that appears when the work takes long, and only on a terminal.
pub struct Bar(Option<Shown>);

struct Shown {
    shared: Arc<Shared>,
    drawer: JoinHandle<()>,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    done: AtomicUsize,
}

struct State {
    stage: &'static str,
    total: usize,
    finished: bool,
}

impl Bar {
    /// Start waiting. `name` says what is worked on.
    pub fn new(name: &str) -> Bar {
        if !stderr().is_terminal() {
            return Bar(None);
        }
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                stage: "reading",
                total: 0,
                finished: false,
            }),
            wake: Condvar::new(),
            done: AtomicUsize::new(0),
        });
        let name = name.to_owned();
        let drawer = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || draw(&shared, &name)
        });
        Bar(Some(Shown { shared, drawer }))
    }

    /// The work is done (or has failed): remove the bar.
    pub fn finish(self) {}

    fn end(&mut self) {
        if let Some(Shown { shared, drawer }) = self.0.take() {
            lock(&shared.state).finished = true;
            shared.wake.notify_all();
            let _ = drawer.join();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.end();
    }
}

impl Progress for Bar {
    fn stage(&self, name: &'static str, total: usize) {
        if let Some(Shown { shared, .. }) = &self.0 {
            let mut state = lock(&shared.state);
            state.stage = name;
            state.total = total;
            shared.done.store(0, Ordering::Relaxed);
        }
    }

    fn advance(&self, n: usize) {
        if let Some(Shown { shared, .. }) = &self.0 {
            shared.done.fetch_add(n, Ordering::Relaxed);
        }
    }
}

fn lock(state: &Mutex<State>) -> std::sync::MutexGuard<'_, State> {
    state
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Wait for [`PATIENCE`], then draw ten times a second until the work is done.
fn draw(shared: &Shared, name: &str) {
    let wait = |limit| {
        let guard = lock(&shared.state);
        let (guard, _) = shared
            .wake
            .wait_timeout_while(guard, limit, |s| !s.finished)
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        (guard.finished, guard.stage, guard.total)
    };
    if wait(PATIENCE).0 {
        return;
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let counted = ProgressStyle::with_template("{prefix}: {msg} {bar:30} {pos}/{len}");
    let uncounted = ProgressStyle::with_template("{prefix}: {msg} {spinner}");
    // The templates are constants that parse; without them the default style would do.
    let counted = counted.unwrap_or_else(|_| ProgressStyle::default_bar());
    let uncounted = uncounted.unwrap_or_else(|_| ProgressStyle::default_spinner());
    bar.set_prefix(name.to_owned());
    loop {
        let (finished, stage, total) = wait(Duration::from_millis(100));
        if finished {
            bar.finish_and_clear();
            return;
        }
        if total == 0 {
            bar.set_style(uncounted.clone());
        } else {
            bar.set_style(counted.clone());
            bar.set_length(total as u64);
            bar.set_position(shared.done.load(Ordering::Relaxed) as u64);
        }
        bar.set_message(stage);
        bar.tick();
    }
}

/// How long each stage of a command took.
pub struct Clock {
    started: Instant,
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// Start it.
    pub fn new() -> Clock {
        let now = Instant::now();
        Clock {
            started: now,
            last: now,
            laps: Vec::new(),
        }
    }

    /// The time since the last lap was spent on `name`.
    pub fn lap(&mut self, name: &'static str) {
        let now = Instant::now();
        self.laps.push((name, now - self.last));
        self.last = now;
    }

    /// The time since the last lap was spent on stages that were measured elsewhere.
    pub fn stages(&mut self, stages: &[(&'static str, Duration)]) {
        self.laps.extend_from_slice(stages);
        self.last = Instant::now();
    }

    /// Print all of it on standard error.
    pub fn report(&self) {
        let total = self.started.elapsed();
        for (name, time) in self.laps.iter().chain([&("total", total)]) {
            eprintln!("{name:>12} {:>10.1} ms", time.as_secs_f64() * 1000.0);
        }
    }
}
