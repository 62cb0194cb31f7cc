//! How long the stages take.

use std::time::Instant;

use crate::{Progress, Timings};

/// Collects how long stages take.
pub(crate) struct Clock<'a> {
    pub timings: Timings,
    pub progress: &'a dyn Progress,
    pub running: Option<(&'static str, Instant)>,
}

impl Clock<'_> {
    pub fn stage(&mut self, name: &'static str, total: usize) {
        self.stop();
        self.progress.stage(name, total);
        self.running = Some((name, Instant::now()));
    }

    pub fn stop(&mut self) {
        if let Some((name, start)) = self.running.take() {
            self.timings.push((name, start.elapsed()));
        }
    }
}
