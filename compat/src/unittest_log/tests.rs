//! Tests with hand-written logs.

use super::{Log, Record, Status, Totals, parse};

fn record(name: &str, status: Status) -> Record {
    Record {
        name: name.into(),
        status,
    }
}

fn log(body: &str, end: &str) -> Log {
    parse(&format!("{body}\n{}\n{end}\n", "-".repeat(70)))
}

#[test]
fn all_statuses() {
    let log = log(
        "test_a (test.m.C.test_a) ... ok
test_b (test.m.C.test_b) ... FAIL
test_c (test.m.C.test_c) ... ERROR
test_d (test.m.C.test_d) ... skipped \"it's\"
test_e (test.m.C.test_e) ... expected failure
test_f (test.m.C.test_f) ... unexpected success
setUpClass (test.m.D) ... skipped 'needs \\'x\\''
",
        "Ran 6 tests in 0.010s

FAILED (failures=1, errors=1, skipped=2, expected failures=1, unexpected successes=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(log.started.len(), 6);
    assert_eq!(
        log.records,
        [
            record("test.m.C.test_a", Status::Ok),
            record("test.m.C.test_b", Status::Fail),
            record("test.m.C.test_c", Status::Error),
            record("test.m.C.test_d", Status::Skipped("it's".into())),
            record("test.m.C.test_e", Status::ExpectedFailure),
            record("test.m.C.test_f", Status::UnexpectedSuccess),
            record("test.m.D.setUpClass", Status::Skipped("needs 'x'".into())),
        ]
    );
    assert_eq!(
        log.totals,
        Some(Totals {
            tests: 6,
            failures: 1,
            errors: 1,
            skipped: 2,
            expected_failures: 1,
            unexpected_successes: 1,
            ok: false,
        })
    );
}

#[test]
fn docstrings_and_doctests() {
    let log = log(
        "test_a (test.m.C.test_a)
Loads ... and dumps. ... ok
dis (pickletools)
Doctest: pickletools.dis ... ok
m ()
Doctest: m ... ok
test_b (test.m.C.test_b)
Writes. ... noise
ok
",
        "Ran 4 tests in 1.000s\n\nOK",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(
        log.started,
        ["test.m.C.test_a", "pickletools.dis", "m", "test.m.C.test_b"]
    );
    assert!(log.records.iter().all(|r| r.status == Status::Ok));
    assert_eq!(log.records.len(), 4);
}

#[test]
fn interleaved_output() {
    let log = log(
        "noise before all
test_a (test.m.C.test_a) ... one
two (three)
FAIL
test_b (test.m.C.test_b) ... without end ok
test_c (test.m.C.test_c) ... ok
ok
after the end, without newline: test_d (test.m.C.test_d) ... ok
is it ... ok
test_e (test.m.C.test_e) ... ok
",
        "Ran 5 tests in 1.000s\n\nFAILED (failures=1)\nException ignored",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(log.started.len(), 5);
    assert_eq!(log.records[0], record("test.m.C.test_a", Status::Fail));
    assert_eq!(log.records[1], record("test.m.C.test_b", Status::Ok));
    assert_eq!(log.records.len(), 5);
}

#[test]
fn last_status_of_a_test_counts() {
    let log = log(
        "test_a (test.m.C.test_a) ... noise\nok\nERROR\n",
        "Ran 1 test in 1.000s\n\nFAILED (errors=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(log.records, [record("test.m.C.test_a", Status::Error)]);
}

#[test]
fn subtests() {
    let log = log(
        "test_a (test.m.C.test_a) ... 
  test_a (test.m.C.test_a) (i=1, o=<memory at 0x7f75>) ... FAIL
  test_a (test.m.C.test_a) [a message] (j=') ... (') ... skipped 'no ... luck'
test_b (test.m.C.test_b)
Doc. ... 
  test_b (test.m.C.test_b) (<subtest>)
Doc. ... ERROR
test_b (test.m.C.test_b)
Doc. ... FAIL
test_c (test.m.C.test_c) ... ok
",
        "Ran 3 tests in 1.000s\n\nFAILED (failures=2, errors=1, skipped=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(
        log.records,
        [
            record("test.m.C.test_a (i=1, o=<memory>)", Status::Fail),
            record(
                "test.m.C.test_a [a message] (j=') ... (')",
                Status::Skipped("no ... luck".into())
            ),
            record("test.m.C.test_b (<subtest>)", Status::Error),
            record("test.m.C.test_b", Status::Fail),
            record("test.m.C.test_c", Status::Ok),
        ]
    );
}

#[test]
fn tracebacks_are_not_read() {
    let rule = "=".repeat(70);
    let log = log(
        &format!(
            "test_a (test.m.C.test_a) ... FAIL
{rule}

{rule}
FAIL: test_a (test.m.C.test_a)
test_z (test.m.C.test_z) ... ok
Ran 7 tests in 1.000s

OK
"
        ),
        "Ran 1 test in 1.000s\n\nFAILED (failures=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(log.started, ["test.m.C.test_a"]);
}

#[test]
fn what_tests_raised() {
    let (rule, line) = ("=".repeat(70), "-".repeat(70));
    let log = log(
        &format!(
            "test_a (test.m.C.test_a) ... 
  test_a (test.m.C.test_a) (i=1) ... FAIL
test_b (test.m.C.test_b)
Doc. ... ERROR
{rule}
FAIL: test_a (test.m.C.test_a) (i=1)
{line}
Traceback (most recent call last):
  File \"m.py\", line 1, in test_a
    self.assertEqual(1, 2)
    ~~~~~~~~~~~~~~~~^^^^^^
AssertionError: 1 != 2
more of it

{rule}
ERROR: test_b (test.m.C.test_b)
Doc.
{line}
Traceback (most recent call last):
  File \"m.py\", line 2, in test_b
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"m.py\", line 3, in test_b
TypeError: no
when serializing list item 0
"
        ),
        "Ran 2 tests in 1.000s\n\nFAILED (failures=1, errors=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    let messages = [
        ("test.m.C.test_a (i=1)", "AssertionError: 1 != 2"),
        ("test.m.C.test_b", "TypeError: no"),
    ];
    assert_eq!(
        log.messages,
        messages.map(|(name, message)| (name.to_owned(), message.to_owned()))
    );
}

#[test]
fn module_that_does_not_load() {
    let log = log(
        "test.test_x (unittest.loader._FailedTest.test.test_x) ... ERROR\n",
        "Ran 1 test in 0.000s\n\nFAILED (errors=1)",
    );
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(
        log.records,
        [record(
            "unittest.loader._FailedTest.test.test_x",
            Status::Error
        )]
    );
}

#[test]
fn crash_names_the_running_test() {
    let log = parse(
        "test_a (test.m.C.test_a) ... ok
test_b (test.m.C.test_b) ... Fatal Python error: Segmentation fault

Current thread:
  File \"m.py\", line 1 in test_b
",
    );
    assert_eq!(log.totals, None);
    assert_eq!(log.unfinished.as_deref(), Some("test.m.C.test_b"));
    assert_eq!(log.problems, Vec::<String>::new());
}

#[test]
fn disagreement_is_a_problem() {
    let log = log(
        "test_a (test.m.C.test_a) ... ok\ntest_b (test.m.C.test_b) ... what\n",
        "Ran 3 tests in 0.000s\n\nFAILED (failures=1)",
    );
    assert_eq!(
        log.problems,
        [
            "no status for test.m.C.test_b",
            "tests: 2 lines, but a total of 3",
            "failures: 0 lines, but a total of 1",
            "the verdict disagrees with the lines",
        ]
    );
}

#[test]
fn no_tests() {
    let log = log("", "Ran 0 tests in 0.000s\n\nNO TESTS RAN");
    assert_eq!(log.problems, Vec::<String>::new());
    assert_eq!(log.totals.map(|t| (t.tests, t.ok)), Some((0, true)));
}

#[test]
fn empty() {
    assert_eq!(parse(""), Log::default());
}
