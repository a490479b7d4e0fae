//! Runs fuzzing targets without libFuzzer.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use lexopt::prelude::*;
use peak_alloc::PeakAlloc;
use pickle_fuzz::generate::{self, Words};
use pickle_fuzz::runner::{Ended, Plan, Slice, supervise, work};
use pickle_fuzz::targets::TARGETS;
use pickle_fuzz::{Inputs, Random, Target, corpus};

/// Counts what each run allocates.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The stack that inputs of unknown origin have to do with.
const STACK: usize = 2 << 20;

const HELP: &str = "\
pickle-fuzz TARGET [options]           run inputs
pickle-fuzz replay TARGET FILE...      run files
pickle-fuzz corpus TARGET FOLDER       write the starting corpus
pickle-fuzz inputs TARGET FOLDER       write the inputs of the first --runs runs
pickle-fuzz pickles FILE               write --runs streams that do no harm, one a line in
                                       hexadecimal: for `compat fuzz`
pickle-fuzz list                       the targets

  --seconds N     how long to run
  --runs N        how many inputs to run
  --seed N        the seed of all inputs (1)
  --jobs N        processes at a time (1)
  --hang N        seconds that one input may take (20)
  --failures DIR  where inputs go that fail (target/fuzz)
";

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pickle-fuzz: {error}");
            ExitCode::from(2)
        }
    }
}

/// Arguments.
#[derive(Default)]
struct Args {
    words: Vec<OsString>,
    seconds: Option<u64>,
    runs: Option<u64>,
    seed: Option<u64>,
    jobs: Option<u64>,
    hang: Option<u64>,
    failures: Option<PathBuf>,
    help: bool,
}

impl Args {
    fn parse() -> Result<Self> {
        let mut args = Self::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(arg) = parser.next()? {
            match arg {
                Value(word) => args.words.push(word),
                Long("seconds") => args.seconds = Some(parser.value()?.parse()?),
                Long("runs") => args.runs = Some(parser.value()?.parse()?),
                Long("seed") => args.seed = Some(parser.value()?.parse()?),
                Long("jobs") => args.jobs = Some(parser.value()?.parse()?),
                Long("hang") => args.hang = Some(parser.value()?.parse()?),
                Long("failures") => args.failures = Some(parser.value()?.into()),
                Long("help") | Short('h') => args.help = true,
                other => return Err(other.unexpected().into()),
            }
        }
        Ok(args)
    }

    fn plan(&self, target: &'static Target) -> Plan {
        Plan {
            target,
            seed: self.seed.unwrap_or(1),
            runs: self.runs,
            time: self.seconds.map(Duration::from_secs),
            jobs: self.jobs.unwrap_or(1).max(1),
            hang: Duration::from_secs(self.hang.unwrap_or(20)),
            failures: self
                .failures
                .clone()
                .unwrap_or_else(|| PathBuf::from("target/fuzz")),
        }
    }
}

fn run() -> Result<ExitCode> {
    let args = Args::parse()?;
    let words: Vec<_> = args
        .words
        .iter()
        .map(|word| word.to_string_lossy())
        .collect();
    let words: Vec<&str> = words.iter().map(|word| &**word).collect();
    match words[..] {
        _ if args.help => print!("{HELP}"),
        [] | ["list"] => {
            for target in TARGETS {
                println!("{:<12} {}", target.name, target.about);
            }
        }
        ["worker", name, ref slice @ ..] => return worker(named(name)?, slice),
        ["replay", name, ref files @ ..] => {
            for file in files {
                println!("{file}: {}", replay(named(name)?, Path::new(file))?);
            }
        }
        ["corpus", name, folder] => {
            write_all(&corpus::starting(named(name)?.input), Path::new(folder))?;
        }
        ["inputs", name, folder] => {
            let plan = args.plan(named(name)?);
            let inputs = Inputs::of(plan.target, plan.seed);
            let runs = (0..plan.runs.unwrap_or(100)).map(|run| inputs.get(run));
            write_all(&runs.collect::<Vec<_>>(), Path::new(folder))?;
        }
        ["pickles", file] => {
            let plan = args.plan(&TARGETS[0]);
            write_pickles(&plan, Path::new(file))?;
        }
        [name] => return fuzz(&args.plan(named(name)?)),
        _ => return Err(HELP.into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn named(name: &str) -> Result<&'static Target> {
    Target::named(name).ok_or_else(|| format!("there is no target {name}").into())
}

fn fuzz(plan: &Plan) -> Result<ExitCode> {
    let ended = supervise(plan, |ended| println!("{}", line(plan, ended)))?;
    println!("{}", line(plan, &ended));
    for (class, count) in &ended.tally.classes {
        println!("{count:>12}  {class}");
    }
    for failure in &ended.failures {
        println!(
            "FAILED: {}: run {}: {}",
            failure.file.display(),
            failure.run,
            failure.why
        );
    }
    Ok(match ended.failures.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn line(plan: &Plan, ended: &Ended) -> String {
    let seconds = ended.time.as_secs_f64();
    format!(
        "{}: seed {}: {} executions, {:.0} a second, {:.3} hours, at most {} KiB in one",
        plan.target.name,
        plan.seed,
        ended.tally.runs,
        ended.tally.runs as f64 / seconds.max(0.001),
        seconds * plan.jobs as f64 / 3600.0,
        ended.tally.peak >> 10,
    )
}

/// On a thread with the stack that there is to be.
fn on_small_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run)?;
    thread.join().map_err(|_| "it has panicked".into())
}

fn worker(target: &'static Target, words: &[&str]) -> Result<ExitCode> {
    let [seed, first, step, runs, millis, each] = words else {
        return Err("a worker is started by its supervisor".into());
    };
    let optional = |word: &str| match word {
        "-" => Ok(None),
        word => word.parse().map(Some),
    };
    let slice = Slice {
        first: first.parse()?,
        step: step.parse()?,
        runs: optional(runs)?,
        time: optional(millis)?.map(Duration::from_millis),
        each: each.parse()?,
    };
    let mut plan = Args::default().plan(target);
    plan.seed = seed.parse()?;
    on_small_stack(move || work(&plan, &slice, &MEMORY, &mut std::io::stdout()))??;
    Ok(ExitCode::SUCCESS)
}

fn replay(target: &'static Target, file: &Path) -> Result<String> {
    let input = std::fs::read(file)?;
    on_small_stack(move || target.run(&input).into_owned())
}

fn write_pickles(plan: &Plan, file: &Path) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file)?);
    for run in 0..plan.runs.unwrap_or(100) {
        let random = &mut Random::new(plan.seed, run);
        for byte in generate::stream(random, &Words::HARMLESS) {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

fn write_all(inputs: &[Vec<u8>], folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    for (number, input) in inputs.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:05}")), input)?;
    }
    println!("{} files", inputs.len());
    Ok(())
}
