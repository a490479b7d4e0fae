//! A process that runs inputs and says where it is.

use std::io::{Result, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;

use super::{Plan, Tally};
use crate::Inputs;

/// The runs of one worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The number of the first run.
    pub first: u64,
    /// From one run to the next.
    pub step: u64,
    /// How many there are.
    pub runs: Option<u64>,
    /// How long they take.
    pub time: Option<Duration>,
    /// Whether it says before each run which one it is.
    pub each: bool,
}

/// So often it says where it is, at least: runs, and time.
const SAY_EVERY: (u64, Duration) = (1 << 16, Duration::from_millis(200));

/// The clock is looked at once in so many runs.
const LOOK_EVERY: u64 = 16;

/// What the last panic has said, and where it was.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Runs inputs until the slice ends or one fails. What is said on `out`, one a line:
/// `at RUN RUNS PEAK`, `class COUNT NAME`, `failed RUN WHY`, `end RUNS PEAK`.
///
/// # Errors
/// When `out` fails: then nobody listens.
pub fn work(plan: &Plan, slice: &Slice, memory: &PeakAlloc, out: &mut impl Write) -> Result<()> {
    std::panic::set_hook(Box::new(|info| {
        if let Ok(mut panic) = PANIC.lock() {
            *panic = info.to_string().replace('\n', " ");
        }
    }));
    let inputs = Inputs::of(plan.target, plan.seed);
    let start = Instant::now();
    let mut said = (0, start);
    let mut tally = Tally::default();
    let mut run = slice.first;
    while slice.runs.is_none_or(|runs| tally.runs < runs) {
        if tally.runs.is_multiple_of(LOOK_EVERY) || slice.each {
            let now = Instant::now();
            if slice.time.is_some_and(|time| now - start >= time) {
                break;
            }
            let due = tally.runs - said.0 >= SAY_EVERY.0 || now - said.1 >= SAY_EVERY.1;
            if due || slice.each || tally.runs == 0 {
                said = (tally.runs, now);
                writeln!(out, "at {run} {} {}", tally.runs, tally.peak)?;
                out.flush()?;
            }
        }
        let input = inputs.get(run);
        let before = memory.current_usage();
        memory.reset_peak_usage();
        // The target is not used again after a panic.
        let outcome = catch_unwind(AssertUnwindSafe(|| plan.target.run(&input)));
        let peak = memory.peak_usage().saturating_sub(before);
        tally.peak = tally.peak.max(peak as u64);
        let failed = match outcome {
            Err(_) => Some(PANIC.lock().map(|panic| panic.clone()).unwrap_or_default()),
            Ok(_) if peak > plan.target.memory => {
                let most = plan.target.memory;
                Some(format!("{peak} bytes were allocated, and {most} may be"))
            }
            Ok(class) => {
                tally.count(&class);
                None
            }
        };
        if let Some(why) = failed {
            writeln!(out, "failed {run} {why}")?;
            break;
        }
        run += slice.step;
    }
    for (class, count) in &tally.classes {
        writeln!(out, "class {count} {class}")?;
    }
    writeln!(out, "end {} {}", tally.runs, tally.peak)?;
    out.flush()
}
