//! A game that the player leaves and resumes: the whole world is in one file.
//!
//! `cargo run --example adventure -- FILE COMMAND...`

use rustpython_pickle::Runtime;
use rustpython_pickle::snapshot::{ReadOptions, SaveOptions, WriteOptions};
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let file = PathBuf::from(args.next().ok_or("usage: adventure FILE COMMAND...")?);
    let game = Runtime::new()?;
    if file.exists() {
        game.load_from(&file, &ReadOptions::new())?;
    } else {
        game.exec_named("world.py", include_str!("world.py"))?;
    }
    for command in args {
        println!("{}", game.call::<String>("command", (command,))?);
    }
    game.save_to(&file, &SaveOptions::new(), WriteOptions::new())?;
    Ok(())
}
