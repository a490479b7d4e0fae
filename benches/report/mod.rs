//! Who is how fast against whom.

use std::time::Duration;

use crate::candidates::Candidate;

/// How often all take their turns.
const ROUNDS: usize = 40;
/// Who has been measured this often, and this long, takes no turn any more.
const ENOUGH_ROUNDS: usize = 3;
const ENOUGH_TIME: Duration = Duration::from_secs(1);
/// A turn is so many calls that it takes this long, so that the clock does not matter.
const TURN: Duration = Duration::from_millis(1);

/// The nanoseconds that each candidate takes.
pub(crate) type Times = Vec<(&'static str, f64)>;

/// What has been measured of a workload.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) objects: usize,
    /// Of `dumps` and of `loads`.
    pub(crate) times: [Times; 2],
}

impl Row {
    fn time(&self, step: usize, who: &str) -> Option<f64> {
        let mut times = self.times[step].iter();
        times
            .find(|(other, _)| *other == who)
            .map(|(_, time)| *time)
    }
}

/// The candidates' fastest turns, taken in turn.
pub(crate) fn rounds(candidates: &[Candidate<'_>], step: usize) -> Times {
    let calls: Vec<u32> = candidates
        .iter()
        .map(|candidate| {
            candidate.time(step, 1);
            let once = candidate.time(step, 1).max(Duration::from_nanos(1));
            let calls = TURN.as_nanos() / once.as_nanos();
            u32::try_from(calls).unwrap_or(u32::MAX).max(1)
        })
        .collect();
    let mut fastest = vec![f64::INFINITY; candidates.len()];
    let mut spent = vec![Duration::ZERO; candidates.len()];
    for round in 0..ROUNDS {
        for (index, candidate) in candidates.iter().enumerate() {
            if round >= ENOUGH_ROUNDS && spent[index] >= ENOUGH_TIME {
                continue;
            }
            let time = candidate.time(step, calls[index]);
            spent[index] += time;
            let time = time.as_secs_f64() * 1e9 / f64::from(calls[index]);
            fastest[index] = fastest[index].min(time);
        }
    }
    let who = candidates.iter().map(|candidate| candidate.who);
    who.zip(fastest).collect()
}

/// Prints a table for `dumps` and one for `loads`.
pub(crate) fn print(rows: &[Row]) {
    for (step, what) in crate::STEPS.into_iter().enumerate() {
        println!(
            "\n| {what} | objects | ours, ns/object | from Rust | floor | stdlib / ours | python / ours | ours / floor |\n\
             | --- | --: | --: | --: | --: | --: | --: | --: |"
        );
        let mut ratios: [Vec<f64>; 3] = Default::default();
        for row in rows {
            let each = |who| row.time(step, who).map(|time| time / row.objects as f64);
            let ours = each("ours");
            let ratio = |of: Option<f64>, to: Option<f64>| Some(of? / to?);
            let of_row = [
                ratio(each("stdlib"), ours),
                ratio(each("python"), ours),
                ratio(ours, each("floor")),
            ];
            for (all, ratio) in ratios.iter_mut().zip(of_row) {
                all.extend(ratio);
            }
            let times = [ours, each("rust"), each("floor")].map(|time| shown(time, 1));
            println!(
                "| {} | {} | {} | {} |",
                row.name,
                row.objects,
                times.join(" | "),
                of_row.map(|ratio| shown(ratio, 2)).join(" | ")
            );
        }
        let means = ratios.map(|ratios| {
            let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
            let mean = (sum / ratios.len() as f64).exp();
            shown(Some(mean).filter(|_| !ratios.is_empty()), 2)
        });
        println!("| geometric mean | | | | | {} |", means.join(" | "));
    }
}

fn shown(value: Option<f64>, digits: usize) -> String {
    value.map_or("—".to_owned(), |value| format!("{value:.digits$}"))
}
