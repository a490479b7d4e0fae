//! Two processes send each other Python objects over TCP.
//!
//! `cargo run --example tcp_objects`
//!
//! The program starts itself as the second process, which answers what it gets.

#[path = "../interpreter/mod.rs"]
mod interpreter;
mod peer;

use peer::{accept, receive, send};
use rustpython_vm::{PyResult, VirtualMachine, import::import_source};
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitCode};

const QUESTIONS: &str = "
from datetime import date
from fractions import Fraction
QUESTIONS = [
    ('sum', [Fraction(1, 2), Fraction(1, 3)]),
    ('max', {date(1815, 12, 10), date(1906, 12, 9)}),
    ('sorted', 'pickle'),
    ('len', 5),
]
";

const ANSWERS: &str = "
import builtins
def answer(name, argument):
    try:
        return getattr(builtins, name)(argument)
    except Exception as error:
        return error
";

fn main() -> ExitCode {
    match std::env::args().nth(1) {
        None => interpreter::run(Vec::new(), ask),
        Some(address) => interpreter::run(Vec::new(), |vm| answer(&address, vm)),
    }
}

/// The first process: sends questions, and prints what comes back.
fn ask(vm: &VirtualMachine) -> PyResult<()> {
    let (mut child, stream) = start().map_err(|error| vm.new_os_error(error.to_string()))?;
    let mut input = BufReader::new(&stream);
    let questions = import_source(vm, "questions", QUESTIONS)?.get_attr("QUESTIONS", vm)?;
    for index in 0..questions.length(vm)? {
        let question = questions.get_item(&index, vm)?;
        send(&question, &stream, vm)?;
        let Some(answer) = receive(&mut input, vm)? else {
            return Err(vm.new_os_error("the other process is gone"));
        };
        println!("{} -> {}", question.repr(vm)?, answer.repr(vm)?);
    }
    // The end of the stream ends the other process.
    drop(input);
    drop(stream);
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(vm.new_os_error(format!("the other process: {status}"))),
        Err(error) => Err(vm.new_os_error(error.to_string())),
    }
}

fn start() -> io::Result<(Child, TcpStream)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut child = Command::new(std::env::current_exe()?)
        .arg(listener.local_addr()?.to_string())
        .spawn()?;
    let stream = accept(&listener, &mut child)?;
    Ok((child, stream))
}

/// The second process: answers until nothing comes.
fn answer(address: &str, vm: &VirtualMachine) -> PyResult<()> {
    let stream = TcpStream::connect(address).map_err(|error| vm.new_os_error(error.to_string()))?;
    let mut input = BufReader::new(&stream);
    let answers = import_source(vm, "answers", ANSWERS)?;
    while let Some(question) = receive(&mut input, vm)? {
        let name = question.get_item(&0usize, vm)?;
        let argument = question.get_item(&1usize, vm)?;
        let answer = vm.call_method(&answers, "answer", (name, argument))?;
        send(&answer, &stream, vm)?;
    }
    Ok(())
}
