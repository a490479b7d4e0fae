use hostile::pack::{Member, zip_end};

use super::*;
use crate::inspect::scan::{Report, ScanOptions, Verdict, scan_file};

/// Calls what no list and no table knows.
const CALL: &[u8] = b"cmarker\ntouch\n(S'x'\ntR.";

fn scan(data: &[u8]) -> Report {
    scan_file(data, &ScanOptions::default())
}

/// That a call was found which no list allows.
fn assert_call_is_found(report: &Report) {
    let mut rules = report.findings.iter().map(|finding| finding.rule);
    assert!(rules.any(|rule| rule == Rule::UnknownCall), "{report:?}");
}

fn local(name: &str, data: &[u8]) -> Vec<u8> {
    Member::new(name, data.to_vec()).local()
}

fn record(name: &str, length: usize, offset: usize) -> Vec<u8> {
    Member::new(name, vec![0; length]).record(offset)
}

fn end(disk: u8, count: u16, size: usize, offset: usize, comment: u8) -> Vec<u8> {
    let mut end = zip_end(count, size, offset);
    (end[4], end[6], end[20]) = (disk, disk, comment);
    end
}

/// An archive of one text, in which another member stands, and where that is.
fn outer() -> (Vec<u8>, usize) {
    let text = [b"hello ", &*local("data.pkl", CALL)].concat();
    (local("a.txt", &text), 30 + "a.txt".len() + 6)
}

#[test]
fn each_directory_counts() {
    for (disk, count, comment) in [(0, 1, 0), (1, 1, 0), (0, 1, 5), (0, 0, 0), (0, 7, 0)] {
        let (mut data, inside) = outer();
        let first = record("a.txt", data.len() - 35, 0);
        let at = data.len();
        data.extend([&*first, &*end(0, 1, first.len(), at, 0)].concat());
        let second = record("data.pkl", CALL.len(), inside);
        let at = data.len();
        data.extend([&*second, &*end(disk, count, second.len(), at, comment)].concat());
        let report = scan(&data);
        assert_call_is_found(&report);
        assert!(
            report
                .findings
                .iter()
                .any(|finding| finding.message.contains("several directories"))
        );
    }
}

#[test]
fn members_in_others_are_looked_into() {
    let (mut data, _) = outer();
    let (first, at) = (record("a.txt", data.len() - 35, 0), data.len());
    data.extend([&*first, &*end(0, 1, first.len(), at, 0)].concat());
    let report = scan(&data);
    assert_call_is_found(&report);
}

#[test]
fn each_member_of_a_name_counts() {
    let (mut data, inside) = outer();
    let length = data.len() - 35;
    let benign = data.len();
    data.extend(local("data.pkl", b"\x80\x02}."));
    let records = [
        record("data.pkl", CALL.len(), inside),
        record("data.pkl", 4, benign),
        record("a.txt", length, 0),
    ]
    .concat();
    let at = data.len();
    data.extend([&*records, &*end(0, 3, records.len(), at, 0)].concat());
    let report = scan(&data);
    assert_call_is_found(&report);
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.message.contains("two members"))
    );
}

#[test]
fn a_header_that_says_otherwise_needs_review() {
    let mut data = local("data.pkl", b"\x80\x02}.");
    let (directory, at) = (record("data.pkl", 4, 0), data.len());
    data.extend([&*directory, &*end(0, 1, directory.len(), at, 0)].concat());
    assert_eq!(scan(&data).verdict, Verdict::DataOnly);
    // The method.
    data[8] = 8;
    assert_ne!(scan(&data).verdict, Verdict::DataOnly);
}

#[test]
fn archives_in_archives_are_no_surprise() {
    let mut inner = local("data.pkl", b"\x80\x02}.");
    let (directory, at) = (record("data.pkl", 4, 0), inner.len());
    inner.extend([&*directory, &*end(0, 1, directory.len(), at, 0)].concat());
    let mut outer = local("inner.zip", &inner);
    let (directory, at) = (record("inner.zip", inner.len(), 0), outer.len());
    outer.extend([&*directory, &*end(0, 1, directory.len(), at, 0)].concat());
    let report = scan(&outer);
    assert_eq!(
        (report.verdict, &*report.findings),
        (Verdict::DataOnly, &[][..])
    );
    // Behind something else, which is no part of it.
    let behind = [&b"#!/bin/sh\n"[..], &outer].concat();
    let options = ScanOptions::default();
    let mut opener = Opener::new(&options, &behind);
    opener.zip(&behind, &[]);
    assert_eq!(opener.report.findings, []);
}

#[test]
fn what_many_members_share_is_looked_into_once() {
    let body = [&[0xff; 1000][..], CALL].concat();
    let mut data = local("x00000", &body);
    let at = data.len();
    let mut directory = Vec::new();
    for index in 0..500 {
        directory.extend(record(&format!("x{index:05}"), body.len(), 0));
    }
    data.extend([&*directory, &*end(0, 500, directory.len(), at, 0)].concat());
    let mut options = ScanOptions::default();
    options.limits.expanded = 2000;
    let report = scan_file(&data, &options);
    assert_eq!(report.verdict, Verdict::NeedsReview);
    assert!(
        !report
            .findings
            .iter()
            .any(|finding| finding.rule == Rule::LimitReached),
        "{:?}",
        report.findings.last()
    );
}

#[test]
fn members_that_overlap_are_charged_each_time() {
    let deflated = hostile::pack::deflate_run(b"N.", 0);
    for (method, begin) in [(0, &b"\xff"[..]), (8, &deflated)] {
        let stream = [begin, &[0xff; 1000]].concat();
        let member = |length: usize| Member {
            method,
            ..Member::new("x", stream[..length].to_vec())
        };
        let archive = |count: usize| {
            let mut data = member(stream.len()).local();
            let at = data.len();
            let records = (0..count).map(|less| member(stream.len() - less).record(0));
            let directory = records.collect::<Vec<_>>().concat();
            data.extend([&*directory, &*end(0, count as u16, directory.len(), at, 0)].concat());
            data
        };
        let mut options = ScanOptions::default();
        options.limits.expanded = 100_000;
        // Each is also told to be another one than its header says.
        options.limits.findings = 10_000;
        let is_limited = |count: usize| {
            let report = scan_file(&archive(count), &options);
            report
                .findings
                .iter()
                .any(|finding| finding.message == "there are more than 100000 expanded bytes")
        };
        assert!(!is_limited(10), "{method}");
        assert!(is_limited(900), "{method}");
    }
}
