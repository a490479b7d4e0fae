//! `dis`: every opcode.

use super::{Arguments, clean, complain, input};
use rustpython_pickle::inspect::dis::{Layout, lines, pickletools};
use rustpython_pickle::inspect::{Limits, Pickle};
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

pub(super) fn run(arguments: &Arguments, annotate: Option<usize>) -> Result<ExitCode, ExitCode> {
    let mut code = ExitCode::SUCCESS;
    let mut out = BufWriter::new(io::stdout());
    let broken = |_| ExitCode::from(120);
    for file in &arguments.files {
        let contents = input::pickles(file, arguments)?;
        let several = contents.len() > 1;
        for content in contents {
            if several {
                writeln!(out, "{}:", clean(&content.within.join(": "))).map_err(broken)?;
            }
            let fine = match annotate {
                Some(annotate) => {
                    let mut layout = Layout::default();
                    layout.annotate = annotate;
                    if arguments.unlimited {
                        layout.text = usize::MAX;
                    }
                    python(&content.bytes, &layout, &mut out)
                }
                None => ours(&content.bytes, &arguments.limits(), &mut out),
            };
            if !fine.map_err(broken)? {
                code = ExitCode::from(1);
            }
        }
    }
    out.flush().map_err(broken)?;
    Ok(code)
}

/// All pickles, one after the other; whether they are well-formed.
fn ours(data: &[u8], limits: &Limits, out: &mut impl Write) -> io::Result<bool> {
    let mut start = 0;
    loop {
        let pickle = Pickle::read_at(data, start, limits);
        writeln!(out, "  offset depth  opcode")?;
        for line in lines(data, &pickle) {
            writeln!(out, "{line}")?;
        }
        if let Some(error) = pickle.error() {
            out.flush()?;
            complain(&error.to_string());
            return Ok(false);
        }
        start = usize::try_from(pickle.end()).unwrap_or(usize::MAX);
        match data.get(start..) {
            None | Some([]) => return Ok(true),
            Some(rest) if !Pickle::read_at(data, start, limits).is_whole() => {
                writeln!(out, "{start:>8}        {} more bytes", rest.len())?;
                return Ok(true);
            }
            Some(_) => writeln!(out)?,
        }
    }
}

/// The first pickle, as Python shows it.
fn python(data: &[u8], layout: &Layout, out: &mut impl Write) -> io::Result<bool> {
    let mut writer = Utf8 {
        out: &mut *out,
        error: None,
    };
    let result = pickletools(data, layout, &mut writer);
    if let Some(error) = writer.error {
        return Err(error);
    }
    let Err(error) = result else {
        return Ok(true);
    };
    out.flush()?;
    complain(&error.to_string());
    Ok(false)
}

/// Text that is written as bytes.
struct Utf8<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W: Write> fmt::Write for Utf8<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}
