//! What hostile pickles cost that are loaded with limits.

use crate::error::{Error, Result};
use crate::files::{self, TempDir};
use crate::process::{Ending, Job};
use crate::report::Page;
use hostile::bomb::{Bomb, Class};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The policies, as the loader calls them.
const POLICIES: [&str; 2] = ["data-only", "standard"];
/// How long a load may take on a processor.
const MOST_SECONDS: f64 = 2.0;
/// How much memory the loader's process may have, its interpreter included.
const MOST_KIB: u64 = 256 << 10;
/// After this the loader is killed, whatever it does.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many of the dearest are listed.
const LISTED: usize = 12;

/// What one load came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cost {
    name: String,
    class: Class,
    policy: &'static str,
    /// The kind of error, or `loaded`; or how the process ended, if it did not tell.
    end: String,
    /// What exactly was said.
    said: String,
    seconds: f64,
    /// The most memory of the process.
    peak: u64,
    /// What it had had before the load.
    before: u64,
}

impl Cost {
    /// Whether the loader came to an end of its own, in time and memory.
    pub(crate) fn is_bounded(&self) -> bool {
        self.peak > 0 && self.seconds < MOST_SECONDS && self.peak < MOST_KIB
    }
}

/// Loads each bomb under each policy.
pub(crate) fn run(loader: &Path, cache: &Path) -> Result<Vec<Cost>> {
    let temp = TempDir::new(&cache.join("work"), "bombs")?;
    let mut costs = Vec::new();
    for bomb in hostile::bombs() {
        let file = temp.path().join("bomb.pkl");
        std::fs::write(&file, bomb.bytes()).map_err(Error::io("write", &file))?;
        for policy in POLICIES {
            let cost = load(loader, &bomb, &file, policy, temp.path())?;
            if !cost.is_bounded() {
                eprintln!("compat: {cost:?}");
            }
            costs.push(cost);
        }
    }
    Ok(costs)
}

fn load(loader: &Path, bomb: &Bomb, file: &Path, policy: &'static str, cwd: &Path) -> Result<Cost> {
    let (stdout, stderr) = (cwd.join("stdout.log"), cwd.join("stderr.log"));
    let ending = Job {
        program: loader,
        args: vec![policy.into(), file.into()],
        cwd,
        env: Vec::new(),
        stdout: stdout.clone(),
        stderr: stderr.clone(),
        limit: PATIENCE,
    }
    .run()?;
    let told = files::read_lossy(&stdout)?;
    let (said, seconds, peak, before) = match (ending, measured(&told)) {
        (Ending::Code(0 | 1), Some(measured)) => measured,
        _ => {
            let complaint = files::read_lossy(&stderr)?;
            let complaint = complaint.lines().last().unwrap_or_default().to_owned();
            (format!("{ending}: {complaint}"), 0.0, 0, 0)
        }
    };
    let end = said.split(':').next().unwrap_or_default().to_owned();
    Ok(Cost {
        name: bomb.name.clone(),
        class: bomb.class,
        policy,
        end,
        said,
        seconds,
        peak,
        before,
    })
}

/// What the loader tells of itself: what came of it, seconds, and the memory in the end and before.
fn measured(told: &str) -> Option<(String, f64, u64, u64)> {
    let mut lines = told.lines();
    let said = lines.next()?.to_owned();
    let seconds = lines.next()?.strip_prefix("seconds: ")?.parse().ok()?;
    let memory = lines.next()?.strip_prefix("peak KiB: ")?;
    let (peak, before) = memory.split_once(", of which before: ")?;
    Some((said, seconds, peak.parse().ok()?, before.parse().ok()?))
}

/// The whole page.
pub(crate) fn markdown(costs: &[Cost], machine: &str) -> String {
    let mut page = Page::default();
    page.line("# What hostile pickles cost");
    page.line("");
    page.line("Written by `compat bombs`; not edited.");
    page.line("");
    let bounded = costs.iter().filter(|cost| cost.is_bounded()).count();
    let bombs = costs.len() / POLICIES.len();
    page.line(&format!(
        "{bombs} bombs ([hostile](../hostile/README.md)), each loaded with `Limits::untrusted` in a process of its own, on a \
         thread with a stack of 2 MiB, under two policies: {} loads, on {machine}. Time is what the thread had of a \
         processor for the load and for letting go of its result. Memory is the most that the whole \
         process had; its interpreter alone takes {} MiB. {bounded} of {} ended in less than {MOST_SECONDS} seconds and {} MiB.",
        costs.len(),
        mib(costs.iter().map(|cost| cost.before).min().unwrap_or(0)),
        costs.len(),
        mib(MOST_KIB),
    ));
    page.heading("## By class");
    page.table(
        &["class", "loads", "ends", "most seconds", "most MiB"],
        Class::ALL.iter().filter_map(|class| {
            let of: Vec<&Cost> = costs.iter().filter(|cost| cost.class == *class).collect();
            (!of.is_empty()).then(|| {
                vec![
                    class.to_string(),
                    of.len().to_string(),
                    ends(&of),
                    format!("{:.2}", most_seconds(&of)),
                    mib(of.iter().map(|cost| cost.peak).max().unwrap_or(0)),
                ]
            })
        }),
    );
    page.heading("## The dearest");
    let mut by_time: Vec<&Cost> = costs.iter().collect();
    by_time.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    let mut by_memory: Vec<&Cost> = costs.iter().collect();
    by_memory.sort_by_key(|cost| core::cmp::Reverse(cost.peak));
    for (title, order) in [("In time:", by_time), ("In memory:", by_memory)] {
        page.line(title);
        page.line("");
        page.table(
            &["bomb", "policy", "ends with", "seconds", "MiB"],
            order.into_iter().take(LISTED).map(row),
        );
        page.line("");
    }
    let unbounded = costs.iter().filter(|cost| !cost.is_bounded());
    if bounded < costs.len() {
        page.heading("## Out of bounds");
        page.table(
            &["bomb", "policy", "ends with", "seconds", "MiB"],
            unbounded.map(row),
        );
    }
    page.text
}

fn row(cost: &Cost) -> Vec<String> {
    vec![
        cost.name.clone(),
        cost.policy.to_owned(),
        cost.said.clone(),
        format!("{:.2}", cost.seconds),
        mib(cost.peak),
    ]
}

fn ends(costs: &[&Cost]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for cost in costs {
        *counts.entry(&cost.end).or_default() += 1;
    }
    let counts: Vec<_> = counts
        .iter()
        .map(|(end, count)| format!("{end} {count}"))
        .collect();
    counts.join(", ")
}

fn most_seconds(costs: &[&Cost]) -> f64 {
    costs.iter().map(|cost| cost.seconds).fold(0.0, f64::max)
}

fn mib(kib: u64) -> String {
    kib.div_ceil(1024).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(seconds: f64, peak: u64) -> Cost {
        Cost {
            name: "b".to_owned(),
            class: Class::Hash,
            policy: POLICIES[0],
            end: "LimitExceeded".to_owned(),
            said: "LimitExceeded: limit exceeded".to_owned(),
            seconds,
            peak,
            before: 1024,
        }
    }

    #[test]
    fn what_the_loader_tells() {
        let told = "Forbidden: no\nseconds: 0.250\npeak KiB: 2048, of which before: 1024\n";
        let expected = ("Forbidden: no".to_owned(), 0.25, 2048, 1024);
        assert_eq!(measured(told), Some(expected));
        assert_eq!(measured("Forbidden: no\n"), None);
        assert_eq!(measured(""), None);
    }

    #[test]
    fn a_load_is_out_of_bounds_in_time_or_in_memory_or_if_it_tells_nothing() {
        assert!(cost(1.9, MOST_KIB - 1).is_bounded());
        assert!(!cost(2.0, 1).is_bounded());
        assert!(!cost(0.0, MOST_KIB).is_bounded());
        assert!(!cost(0.0, 0).is_bounded());
        let page = markdown(&[cost(1.0, 2048), cost(3.0, 2048)], "a machine");
        assert!(page.contains("1 of 2 ended"), "{page}");
        assert!(
            page.contains("| hashing and comparing | 2 | LimitExceeded 2 | 3.00 | 2 |"),
            "{page}"
        );
        assert!(page.contains("## Out of bounds"), "{page}");
    }
}
