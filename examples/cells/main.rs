//! A server of code cells, as agents and notebooks use them: a cell that fails leaves no trace.
//!
//! Cells come on standard input, separated by empty lines. Before each of them the session is kept, and a cell that
//! raises an exception is rolled back: not only its assignments, but also what it did to objects from earlier cells.
//!
//! `printf 'x = [1]\n\nx.append(2); 1/0\n\nprint(x)\n' | cargo run --example cells`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::{SaveOptions, Snapshot, Unpicklable};
use std::error::Error;
use std::io::{self, Read};

/// A session that goes from one good state to the next.
struct Session {
    python: Runtime,
    good: Snapshot,
    options: SaveOptions,
}

/// What became of a cell.
enum Reply {
    Done,
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

    fn run(&mut self, cell: &str) -> Result<Reply, Box<dyn Error>> {
        match self.python.exec(cell) {
            Ok(()) => {
                self.good = self.python.snapshot(&self.options)?;
                Ok(Reply::Done)
            }
            Err(error) => {
                self.python.restore(&self.good)?;
                Ok(Reply::RolledBack(error.to_string()))
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    let mut session = Session::new()?;
    let cells = input.split("\n\n").filter(|cell| !cell.trim().is_empty());
    for (number, cell) in cells.enumerate() {
        match session.run(cell)? {
            Reply::Done => println!("[{number}] done"),
            Reply::RolledBack(error) => println!("[{number}] rolled back: {error}"),
        }
    }
    Ok(())
}
