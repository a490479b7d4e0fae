//! Writes all attacks and bombs as files, to try them with other programs.
//!
//!     cargo run -p rustpython-pickle-hostile --example write -- attacks FOLDER
//!     cargo run -p rustpython-pickle-hostile --example write -- bombs FOLDER
//!
//! Bombs take a gigabyte. The line of each file has its name, its class, and for bombs how long
//! it took to make.

use std::path::PathBuf;
use std::time::Instant;

fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (Some(what), Some(folder)) = (args.next(), args.next().map(PathBuf::from)) else {
        eprintln!("usage: write attacks|bombs FOLDER");
        std::process::exit(2);
    };
    std::fs::create_dir_all(&folder)?;
    if what == "attacks" {
        for attack in hostile::attacks(&folder) {
            attack.prepare()?;
            std::fs::write(folder.join(&attack.file_name), &attack.bytes)?;
            println!("{}\t{}\t{}", attack.file_name, attack.class, attack.does);
        }
    } else {
        for bomb in hostile::bombs() {
            let start = Instant::now();
            let bytes = bomb.bytes();
            let seconds = start.elapsed().as_secs_f64();
            std::fs::write(folder.join(format!("{}.pkl", bomb.name)), &bytes)?;
            let ends = bomb.ends.join(" ");
            println!(
                "{}\t{}\t{ends}\t{}\t{seconds:.2}",
                bomb.name,
                bomb.class,
                bytes.len()
            );
        }
    }
    Ok(())
}
