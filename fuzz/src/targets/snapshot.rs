//! Files of snapshots, without an interpreter.

use rustpython_pickle::snapshot::{
    Container, Diff, Limits, Observer, ReadOptions, SnapshotError, SnapshotErrorKind,
};

use super::Outcome;
use crate::snapshots::keys;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.file = 1 << 20;
    limits.metadata = 1 << 18;
    limits.section = 1 << 20;
    limits.total = 1 << 20;
    limits.objects = 20_000;
    limits
}

fn class(error: &SnapshotError) -> &'static str {
    match error.kind() {
        SnapshotErrorKind::NotASnapshot => "not a snapshot",
        SnapshotErrorKind::Truncated => "truncated",
        SnapshotErrorKind::Corrupt { .. } => "corrupt",
        SnapshotErrorKind::TooNew { .. } => "too new",
        SnapshotErrorKind::MissingSignature => "not signed",
        SnapshotErrorKind::BadSignature => "bad signature",
        SnapshotErrorKind::LimitExceeded { .. } => "limit",
        kind => panic!("{kind:?} is no error of reading"),
    }
}

fn read(data: &[u8], options: &ReadOptions) -> Result<Container, SnapshotError> {
    Container::from_bytes(data.to_vec(), options, &mut Observer::none())
}

/// A file is read and checked in several ways, which agree.
pub(super) fn container(data: &[u8]) -> Outcome {
    let options = ReadOptions::new().limits(limits());
    let quiet = &mut Observer::none();
    let result = read(data, &options);
    let mut reader = data;
    let streamed = Container::from_reader(&mut reader, &options, quiet);
    let checked = Container::check(data, &options, quiet);
    match (&result, &streamed) {
        (Ok(one), Ok(other)) => assert_eq!(one.as_bytes(), other.as_bytes()),
        (Err(one), Err(other)) => {
            assert_eq!(one.kind(), other.kind(), "{one} and {other}");
            assert!(
                one.offset()
                    .is_none_or(|offset| offset <= data.len() as u64)
            );
            assert!(!one.to_string().is_empty());
        }
        (one, other) => panic!("{one:?} and {other:?}"),
    }
    assert!(checked.is_ok() || result.is_err());
    for key in keys() {
        let keyed = read(data, &options.clone().key(key.verifying_key()));
        if let Ok(keyed) = &keyed {
            assert!(keyed.is_verified() && keyed.is_signed() && result.is_ok());
        }
    }
    match result {
        Ok(container) => contents(data, &container),
        Err(error) => class(&error),
    }
    .into()
}

/// What a file that was accepted has inside.
fn contents(data: &[u8], container: &Container) -> &'static str {
    assert_eq!(container.as_bytes(), data);
    let report = &container.metadata().report;
    let globals = report.globals().count();
    let totals = report.totals();
    let tallies = [
        totals.saved,
        totals.by_reference,
        totals.handled,
        totals.recompiled,
        totals.left_out,
        totals.unknown,
    ];
    let counted: u64 = tallies.iter().map(|tally| tally.globals).sum();
    assert_eq!(counted, globals as u64, "each global has one outcome");
    let mut whole = true;
    let names: Vec<_> = container
        .sections()
        .map(|info| (info.name.to_owned(), info.raw))
        .collect();
    for (name, raw) in names {
        match container.section(&name, &mut Observer::none()) {
            Ok(Some(content)) => assert_eq!(content.len() as u64, raw),
            Ok(None) => panic!("{name} is not there"),
            Err(error) => {
                class(&error);
                whole = false;
            }
        }
    }
    match whole {
        true => "whole",
        false => "whole, but for a section",
    }
}

/// Two files are compared: the first bytes are the length of one.
pub(super) fn diff(data: &[u8]) -> Outcome {
    let (length, rest) = data.split_at(data.len().min(4));
    let length = length
        .iter()
        .rev()
        .fold(0, |value, byte| value << 8 | usize::from(*byte));
    let (old, new) = rest.split_at(length.min(rest.len()));
    let options = ReadOptions::new().limits(limits());
    let (Ok(old), Ok(new)) = (read(old, &options), read(new, &options)) else {
        return "no snapshots".into();
    };
    let compare =
        |old: &Container, new: &Container| Diff::new(old, new, &limits(), &mut Observer::none());
    match (compare(&old, &new), compare(&new, &old)) {
        (Ok(there), Ok(back)) => {
            assert_eq!(there.is_empty(), back.is_empty(), "both ways");
            let same = |file: &Container| compare(file, file).map(|diff| diff.is_empty());
            assert!(same(&old).is_ok_and(|same| same), "a file is as itself");
            assert!(same(&new).is_ok_and(|same| same), "a file is as itself");
            match there.is_empty() {
                true => "the same",
                false => "different",
            }
        }
        (Err(there), Err(_)) => class(&there),
        (there, back) => panic!("{there:?} and {back:?}"),
    }
    .into()
}
