//! A worker process, as the supervisor sees it.

use std::io::{BufRead as _, BufReader, Result};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use super::{Failure, Plan, Slice, Tally};
use crate::Inputs;

/// A line that a worker has said.
#[derive(Debug)]
pub(super) struct Message {
    /// The number of the job.
    pub(super) job: u64,
    /// The line.
    pub(super) line: String,
}

/// A worker process.
#[derive(Debug)]
pub(super) struct Job {
    child: Child,
    slice: Slice,
    /// The run that it was last known to be at.
    at: u64,
    heard: Instant,
    pub(super) tally: Tally,
    failed: Option<(u64, String)>,
    ended: bool,
    hangs: bool,
}

/// So many runs are looked at one by one, to find the one that kills.
const STEPS: u64 = 1 << 17;

impl Job {
    pub(super) fn start(
        plan: &Plan,
        number: u64,
        slice: &Slice,
        sender: Sender<Message>,
    ) -> Result<Self> {
        let mut child = spawn(plan, slice)?;
        let stdout = child.stdout.take();
        std::thread::spawn(move || {
            let lines = stdout.map(|stdout| BufReader::new(stdout).lines());
            for line in lines.into_iter().flatten().map_while(Result::ok) {
                if sender.send(Message { job: number, line }).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            child,
            slice: slice.clone(),
            at: slice.first,
            heard: Instant::now(),
            tally: Tally::default(),
            failed: None,
            ended: false,
            hangs: false,
        })
    }

    /// Takes in what it has said.
    pub(super) fn heard(&mut self, line: &str) {
        self.heard = Instant::now();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (number, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let Ok(number) = number.parse::<u64>() else {
            return;
        };
        match word {
            "at" => {
                self.at = number;
                if let Some((runs, peak)) = rest.split_once(' ') {
                    self.tally.runs = runs.parse().unwrap_or(self.tally.runs);
                    self.tally.peak = peak.parse().unwrap_or(self.tally.peak);
                }
            }
            "class" => drop(self.tally.classes.insert(rest.to_owned(), number)),
            "failed" => self.failed = Some((number, rest.to_owned())),
            "end" => {
                self.tally.runs = number;
                self.tally.peak = rest.parse().unwrap_or(0);
                self.ended = true;
            }
            _ => {}
        }
    }

    pub(super) fn kill_if_silent(&mut self, hang: Duration) -> Result<()> {
        if !self.ended && !self.hangs && self.heard.elapsed() > hang {
            self.hangs = true;
            self.child.kill()?;
        }
        Ok(())
    }

    /// What has failed, if something has; the process is at its end.
    pub(super) fn end(&mut self, plan: &Plan) -> Result<Option<Failure>> {
        let status = self.child.wait()?;
        let (run, why) = match self.failed.take() {
            Some(failed) => failed,
            None if self.ended => return Ok(None),
            None => {
                let run = self.find(plan)?;
                let why = match self.hangs {
                    true => format!("it takes longer than {:?}", plan.hang),
                    false => format!("the process ends: {status}"),
                };
                (run, why)
            }
        };
        let file = plan
            .failures
            .join(format!("{}-{}-{run}", plan.target.name, plan.seed));
        std::fs::create_dir_all(&plan.failures)?;
        std::fs::write(&file, Inputs::of(plan.target, plan.seed).get(run))?;
        Ok(Some(Failure { run, why, file }))
    }

    /// The run at which it was when it died: goes the last part of the way again, step by step.
    fn find(&self, plan: &Plan) -> Result<u64> {
        let slice = Slice {
            first: self.at,
            runs: Some(STEPS),
            time: Some(Duration::from_secs(600)),
            each: true,
            ..self.slice
        };
        let (sender, messages) = std::sync::mpsc::channel();
        let mut job = Self::start(plan, 0, &slice, sender)?;
        loop {
            match messages.recv_timeout(Duration::from_millis(500)) {
                Ok(message) => job.heard(&message.line),
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
            }
            job.kill_if_silent(plan.hang)?;
        }
        job.child.wait()?;
        Ok(job.at)
    }
}

/// Starts this program as a worker.
fn spawn(plan: &Plan, slice: &Slice) -> Result<Child> {
    let number = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |n| n.to_string());
    let millis = slice
        .time
        .map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    Command::new(std::env::current_exe()?)
        .arg("worker")
        .args([plan.target.name, &plan.seed.to_string()])
        .args([slice.first.to_string(), slice.step.to_string()])
        .args([number(slice.runs), number(millis), slice.each.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
}
