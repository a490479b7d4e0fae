//! A server of code cells, as agents and notebooks use them: a cell that fails leaves no trace.
//!
//! A cell comes on standard input as lines that end with one of `---`, and is answered before the next one is read.
//! Before each the session is kept, and a cell that raises an exception is rolled back: not only its assignments, but
//! also what it did to objects from earlier cells. So is one after which the session can't be kept. What can't be part
//! of a session, such as a running generator, is lost when a later cell is rolled back, and the answer says so.
//!
//! `printf 'x = [1]\n---\nx.append(2); 1/0\n---\nprint(x)\n' | cargo run --example cells`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::{SaveOptions, Snapshot, Unpicklable};
use std::error::Error;
use std::io::{self, BufRead};

/// The line that ends a cell: an empty one stands within many.
const END: &str = "---";

/// A session that goes from one good state to the next.
struct Session {
    python: Runtime,
    good: Snapshot,
    options: SaveOptions,
}

/// What became of a cell.
enum Reply {
    /// The globals are not part of the state that the session can go back to.
    Done {
        not_kept: Vec<String>,
    },
    RolledBack(String),
}

impl Session {
    fn new() -> Result<Self, Box<dyn Error>> {
        // What cells print comes in order with what this program prints.
        let python = Runtime::builder().stdout(io::stdout()).build()?;
        let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut);
        let good = python.snapshot(&options)?;
        Ok(Self {
            python,
            good,
            options,
        })
    }

    /// Fails only when the session can't be rolled back.
    fn run(&mut self, cell: &str) -> Result<Reply, Box<dyn Error>> {
        let done = self.python.exec(cell).map_err(|error| error.to_string());
        let kept = done.and_then(|()| {
            let kept = self.python.snapshot(&self.options);
            kept.map_err(|error| error.to_string())
        });
        match kept {
            Ok(kept) => {
                let not_kept = kept.report().left_out();
                let not_kept = not_kept.map(|(_, global)| global.name.clone()).collect();
                self.good = kept;
                Ok(Reply::Done { not_kept })
            }
            Err(error) => {
                self.python.restore(&self.good)?;
                Ok(Reply::RolledBack(error))
            }
        }
    }
}

/// The lines up to the end of a cell; nothing at the end of input.
fn next_cell(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut cell = String::new();
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok((!cell.trim().is_empty()).then_some(cell));
        }
        if line.trim_end() == END {
            return Ok(Some(cell));
        }
        cell.push_str(&line);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = io::stdin().lock();
    let mut session = Session::new()?;
    let mut number = 0;
    while let Some(cell) = next_cell(&mut input)? {
        match session.run(&cell)? {
            Reply::Done { not_kept } if not_kept.is_empty() => println!("[{number}] done"),
            Reply::Done { not_kept } => {
                println!("[{number}] done, not kept: {}", not_kept.join(", "));
            }
            Reply::RolledBack(error) => println!("[{number}] rolled back: {error}"),
        }
        number += 1;
    }
    Ok(())
}
