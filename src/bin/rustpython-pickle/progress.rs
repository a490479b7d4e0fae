//! Progress bars: on a terminal, and only for what takes longer than half a second.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rustpython_pickle::snapshot::{Observer, Phase, Progress};
use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// Does something, and shows how far it is.
pub(crate) fn observed<T>(work: impl FnOnce(&mut Observer<'_>) -> T) -> T {
    observed_until(|| false, work)
}

/// The same; it is cancelled when it `is_enough`, which is asked now and then.
pub(crate) fn observed_until<T>(
    is_enough: impl Fn() -> bool,
    work: impl FnOnce(&mut Observer<'_>) -> T,
) -> T {
    let mut bar = Bar::new();
    let mut show = |progress: &Progress| {
        bar.show(progress);
        match is_enough() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    work(&mut Observer::new(&mut show))
}

/// Shows how far an operation is.
struct Bar {
    begun: Instant,
    phase: Option<Phase>,
    bar: Option<ProgressBar>,
    /// Nobody watches a file.
    terminal: bool,
}

impl Bar {
    fn new() -> Self {
        Self {
            begun: Instant::now(),
            phase: None,
            bar: None,
            terminal: io::stderr().is_terminal(),
        }
    }

    /// To be called now and then.
    fn show(&mut self, progress: &Progress) {
        if self.terminal && self.begun.elapsed() > PATIENCE {
            self.draw(progress);
        }
    }

    fn draw(&mut self, progress: &Progress) {
        if self.phase != Some(progress.phase) {
            self.phase = Some(progress.phase);
            self.clear();
        }
        let bar = self.bar.get_or_insert_with(|| {
            let target = ProgressDrawTarget::stderr();
            let bar = ProgressBar::with_draw_target(progress.total, target);
            let template = match progress.total {
                Some(_) => "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes}",
                None => "{spinner} {msg} {binary_bytes}",
            };
            // A template that is wrong shows in the first run; then the plain bar is as good.
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        // What it says comes first: the bar is drawn with the first change, and then not for a while.
        bar.set_message(match progress.objects {
            0 => progress.phase.to_string(),
            objects => format!("{}, {objects} objects", progress.phase),
        });
        bar.set_position(progress.bytes);
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
