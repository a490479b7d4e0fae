//! The interpreter's settings, from the options and the environment.

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::options::Options;
use rustpython_vm::Settings;
use std::num::NonZeroI32;
use std::path::Path;

/// The least limit, other than none, on the digits of an integer's text.
const LEAST_DIGITS: i64 = 640;

/// The settings that an interpreter starts with.
pub(crate) fn settings(options: Options) -> Result<Settings> {
    let env = Environment {
        ignored: options.ignore_environment || options.isolated,
    };
    let mut settings = Settings::default();
    settings.isolated = options.isolated;
    settings.ignore_environment = env.ignored;
    settings.quiet = options.quiet;
    settings.import_site = !options.no_site;
    settings.bytes_warning = options.bytes_warning.into();
    settings.check_hash_pycs_mode = options.check_hash_pycs;

    settings.debug = options.debug.max(env.count("PYTHONDEBUG"));
    settings.optimize = options.optimize.max(env.count("PYTHONOPTIMIZE"));
    settings.verbose = options.verbose.max(env.count("PYTHONVERBOSE"));
    settings.write_bytecode = !(options.no_bytecode || env.count("PYTHONDONTWRITEBYTECODE") > 0);
    settings.user_site_directory =
        !(options.no_user_site || options.isolated || env.count("PYTHONNOUSERSITE") > 0);
    settings.buffered_stdio = !(options.unbuffered || env.count("PYTHONUNBUFFERED") > 0);
    settings.safe_path = options.safe_path || options.isolated || env.has("PYTHONSAFEPATH");

    settings.dev_mode = options.has_implementation("dev") || env.has("PYTHONDEVMODE");
    settings.faulthandler = settings.dev_mode
        || options.has_implementation("faulthandler")
        || env.has("PYTHONFAULTHANDLER");
    settings.code_debug_ranges =
        !(options.has_implementation("no_debug_ranges") || env.has("PYTHONNODEBUGRANGES"));
    settings.warn_default_encoding =
        options.has_implementation("warn_default_encoding") || env.has("PYTHONWARNDEFAULTENCODING");

    // RustPython does not ask the locale, so that its encoding would be ASCII.
    settings.utf8_mode = switch(&options, env, "utf8", "PYTHONUTF8")?.map_or(1, i8::from);
    settings.thread_inherit_context = switch(
        &options,
        env,
        "thread_inherit_context",
        "PYTHON_THREAD_INHERIT_CONTEXT",
    )?
    .unwrap_or(false);
    settings.context_aware_warnings = switch(
        &options,
        env,
        "context_aware_warnings",
        "PYTHON_CONTEXT_AWARE_WARNINGS",
    )?
    .unwrap_or(false);
    if let Some(limit) = int_max_str_digits(&options, env)? {
        settings.int_max_str_digits = limit;
    }
    settings.cpu_count = cpu_count(&options, env)?;
    settings.hash_seed = hash_seed(env)?;
    if let Some(value) = env.get("PYTHONIOENCODING") {
        let (encoding, errors) = value.split_once(':').unwrap_or((&value, ""));
        settings.stdio_encoding = some(encoding);
        settings.stdio_errors = some(errors);
    }
    settings.path_list = path_list(env);
    settings.warnoptions = warnings(&settings, &options, env);
    settings.xoptions = options.implementation;
    settings.argv = options.argv;
    Ok(settings)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// An `-X` or variable that is 0 or 1; the option without a value means 1.
fn switch(options: &Options, env: Environment, name: &str, var: &str) -> Result<Option<bool>> {
    let (value, from) = match (options.implementation(name), env.get(var)) {
        (Some(None), _) => return Ok(Some(true)),
        (Some(Some(value)), _) => (value.to_owned(), format!("-X {name}")),
        (None, Some(value)) => (value, var.to_owned()),
        (None, None) => return Ok(None),
    };
    match value.as_str() {
        "0" => Ok(Some(false)),
        "1" => Ok(Some(true)),
        _ => Err(Error::Fatal(format!(
            "{from}: invalid value {value:?}; must be 0 or 1"
        ))),
    }
}

fn int_max_str_digits(options: &Options, env: Environment) -> Result<Option<i64>> {
    let (value, from) = match (
        options.implementation("int_max_str_digits"),
        env.get("PYTHONINTMAXSTRDIGITS"),
    ) {
        (Some(value), _) => (
            value.unwrap_or_default().to_owned(),
            "-X int_max_str_digits",
        ),
        (None, Some(value)) => (value, "PYTHONINTMAXSTRDIGITS"),
        (None, None) => return Ok(None),
    };
    match value.parse::<i32>().map(i64::from) {
        Ok(limit) if limit == 0 || limit >= LEAST_DIGITS => Ok(Some(limit)),
        _ => Err(Error::Fatal(format!(
            "{from}: invalid limit; must be >= {LEAST_DIGITS} or 0 for unlimited"
        ))),
    }
}

fn cpu_count(options: &Options, env: Environment) -> Result<Option<NonZeroI32>> {
    let (value, from) = match (
        options.implementation("cpu_count"),
        env.get("PYTHON_CPU_COUNT"),
    ) {
        (Some(value), _) => (value.unwrap_or_default().to_owned(), "-X cpu_count"),
        (None, Some(value)) => (value, "PYTHON_CPU_COUNT"),
        (None, None) => return Ok(None),
    };
    if value == "default" {
        return Ok(None);
    }
    match value.parse::<NonZeroI32>() {
        Ok(count) if count.is_positive() => Ok(Some(count)),
        _ => Err(Error::Fatal(format!(
            "{from}: n is missing or an invalid number, should be 'default' or a positive integer"
        ))),
    }
}

fn hash_seed(env: Environment) -> Result<Option<u32>> {
    match env.get("PYTHONHASHSEED") {
        None => Ok(None),
        Some(value) if value == "random" => Ok(None),
        Some(value) => value.parse().map(Some).map_err(|_| {
            Error::Fatal(
                "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]".into(),
            )
        }),
    }
}

fn path_list(env: Environment) -> Vec<String> {
    let Some(paths) = env.get_os("PYTHONPATH") else {
        return Vec::new();
    };
    std::env::split_paths(&paths)
        .map(|path| absolute(&path).to_string_lossy().into_owned())
        .collect()
}

/// The path from the root; an empty one is the current folder.
fn absolute(path: &Path) -> std::path::PathBuf {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The warning filters, the weakest first.
fn warnings(settings: &Settings, options: &Options, env: Environment) -> Vec<String> {
    let mut filters = Vec::new();
    if settings.dev_mode {
        filters.push("default".to_owned());
    }
    if let Some(value) = env.get("PYTHONWARNINGS") {
        filters.extend(value.split(',').map(str::to_owned));
    }
    filters.extend(options.warnings.iter().cloned());
    match settings.bytes_warning {
        0 => {}
        1 => filters.push("default::BytesWarning".to_owned()),
        _ => filters.push("error::BytesWarning".to_owned()),
    }
    filters
}
