//! Fuzzing without libFuzzer: workers that run inputs, and a supervisor that survives them.
//!
//! Each job is a process of its own, because what is looked for are also stack overflows and aborts. The input of a run is made from
//! the seed and the run's number alone. So a worker only has to say where it is, now and then: when it dies or hangs, the supervisor
//! lets another one go the last part of the way step by step, and so finds the input.

mod job;
mod tally;
mod worker;

pub use tally::Tally;
pub use worker::{Slice, work};

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::Target;
use job::{Job, Message};

/// What to run, and how much.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The target.
    pub target: &'static Target,
    /// The seed of all inputs.
    pub seed: u64,
    /// How many runs there are; without end if there is no time either.
    pub runs: Option<u64>,
    /// How long it takes.
    pub time: Option<Duration>,
    /// How many processes run at a time.
    pub jobs: u64,
    /// How long a single input may take.
    pub hang: Duration,
    /// Where inputs go that fail.
    pub failures: PathBuf,
}

/// An input that has failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The number of its run.
    pub run: u64,
    /// What happened.
    pub why: String,
    /// The file that has it.
    pub file: PathBuf,
}

/// What has come of a plan.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    /// What was run, and how it ended.
    pub tally: Tally,
    /// How long it has taken.
    pub time: Duration,
    /// What has failed; the job that found it has ended there.
    pub failures: Vec<Failure>,
}

/// How often it is told how far things are.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Runs a plan. `tell` is called now and then.
///
/// # Errors
/// When processes can't be started, or files not be written.
pub fn supervise(plan: &Plan, mut tell: impl FnMut(&Ended)) -> std::io::Result<Ended> {
    let start = Instant::now();
    let (sender, messages) = channel();
    let mut jobs = Vec::new();
    for number in 0..plan.jobs {
        let slice = Slice {
            first: number,
            step: plan.jobs,
            runs: plan.runs.map(|runs| runs.div_ceil(plan.jobs)),
            time: plan.time,
            each: false,
        };
        jobs.push(Job::start(plan, number, &slice, sender.clone())?);
    }
    drop(sender);
    let mut ended = Ended::default();
    let mut told = start;
    loop {
        match messages.recv_timeout(Duration::from_millis(500)) {
            Ok(Message { job, line }) => {
                if let Some(job) = usize::try_from(job).ok().and_then(|job| jobs.get_mut(job)) {
                    job.heard(&line);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        for job in &mut jobs {
            job.kill_if_silent(plan.hang)?;
        }
        if told.elapsed() >= TELL_EVERY {
            told = Instant::now();
            ended.time = start.elapsed();
            ended.tally = Tally::sum(jobs.iter().map(|job| &job.tally));
            tell(&ended);
        }
    }
    for job in &mut jobs {
        ended.failures.extend(job.end(plan)?);
    }
    ended.time = start.elapsed();
    ended.tally = Tally::sum(jobs.iter().map(|job| &job.tally));
    Ok(ended)
}
