//! What happens when.

use std::time::{Duration, Instant};

use fastrand::Rng;

/// Flat-out phases and kills, over and over for as long as it runs.
#[derive(Debug)]
pub(crate) struct Timeline {
    begin: Instant,
    time: Duration,
    random: Rng,
    kill: Instant,
}

/// What takes place once in so long, in a run of that length or longer.
const ROUND: Duration = Duration::from_secs(18);
/// The part of a round that is flat out.
const FLAT_OUT: std::ops::Range<f64> = 0.5..0.6;
/// When the late reader comes.
const LATE: f64 = 0.75;
/// Between two kills, as parts of a round.
const KILLS: std::ops::Range<f64> = 0.02..0.13;
/// One kill in so many comes so soon after the start that the directory may just be being opened.
const SOON_ONE_IN: u32 = 4;
const SOON: Duration = Duration::from_millis(10);

impl Timeline {
    pub(crate) fn begin(time: Duration) -> Self {
        let begin = Instant::now();
        let mut timeline = Self { begin, time, random: Rng::new(), kill: begin };
        timeline.plan_kill();
        timeline
    }

    fn round(&self) -> Duration {
        self.time.min(ROUND)
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.begin.elapsed()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.elapsed() >= self.time
    }

    pub(crate) fn is_flat_out(&self) -> bool {
        FLAT_OUT.contains(&(self.elapsed().as_secs_f64() / self.round().as_secs_f64()).fract())
    }

    pub(crate) fn is_late(&self) -> bool {
        self.elapsed() >= self.round().mul_f64(LATE)
    }

    /// How long until the next kill; zero when it is time.
    pub(crate) fn until_kill(&self) -> Duration {
        self.kill.saturating_duration_since(Instant::now())
    }

    /// When the next kill is due, counted from now on.
    pub(crate) fn plan_kill(&mut self) {
        let part = KILLS.start + (KILLS.end - KILLS.start) * self.random.f64();
        let wait = if self.random.u32(0..SOON_ONE_IN) == 0 {
            SOON.mul_f64(self.random.f64())
        } else {
            self.round().mul_f64(part)
        };
        self.kill = Instant::now() + wait;
    }
}
