//! Runtimes on several threads, stacks, interrupts.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rustpython_pickle::runtime::{ErrorKind, RuntimeThread};

use super::{Runtime, built, eval, exec, runtime};

fn is_send_and_sync<T: Send + Sync>() {}

#[test]
fn runtimes_on_many_threads_do_not_see_each_other() {
    let threads: Vec<_> = (0_u32..4)
        .map(|number| {
            thread::spawn(move || {
                for round in 0..3 {
                    let runtime = built(Runtime::builder().global("number", number));
                    exec(&runtime, "import json, collections, gc\nitems = collections.deque()");
                    exec(
                        &runtime,
                        "for i in range(3000):\n    items.append({'i': i, 'n': number})\n    if i % 1000 == 0: gc.collect()\nassert json.loads(json.dumps(list(items))) == list(items)",
                    );
                    let sum: u32 = eval(&runtime, "sum(item['n'] for item in items)");
                    assert_eq!(sum, number * 3000, "{round}");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
}

#[test]
fn a_thread_of_its_own_serves_all() {
    is_send_and_sync::<RuntimeThread>();
    let runtime = Runtime::builder().spawn().expect("a thread");
    runtime
        .exec("total = 0\ndef add(n):\n    global total\n    total += n\n    return total")
        .expect("it runs");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    runtime.call::<u32>("add", (1,)).expect("add returns");
                }
            });
        }
    });
    assert_eq!(runtime.get::<u32>("total").expect("a number"), 400);
    runtime.set("total", "text").expect("it is set");
    assert_eq!(
        runtime.eval::<String>("total * 2").expect("text"),
        "texttext"
    );
    assert_eq!(
        runtime.exec("raise SystemExit").unwrap_err().kind(),
        ErrorKind::Exit
    );
}

#[test]
fn panics_of_jobs_are_the_callers() {
    let runtime = Runtime::builder().spawn().expect("a thread");
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.run(|runtime| {
            exec(runtime, "x = 5");
            runtime.enter(|_| panic!("of the job"));
        })
    }));
    let panic = panic.map(|_: Result<(), _>| ()).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"of the job"));
    assert_eq!(runtime.get::<u8>("x").expect("it goes on"), 5);
}

#[test]
fn jobs_that_would_wait_for_themselves() {
    let runtime = std::sync::Arc::new(Runtime::builder().spawn().expect("a thread"));
    let again = std::sync::Arc::clone(&runtime);
    let error = runtime
        .run(move |_| again.exec("pass").unwrap_err())
        .expect("it runs");
    assert_eq!(error.kind(), ErrorKind::Thread);
    // The last owner may be a job, too.
    let (sender, receiver) = mpsc::channel();
    let runtime = Runtime::builder().spawn().expect("a thread");
    let (hand_over, taken) = mpsc::channel::<RuntimeThread>();
    let worker = thread::spawn(move || {
        runtime
            .run(move |_| drop(taken.recv_timeout(Duration::ZERO)))
            .expect("it runs");
        drop(hand_over);
        sender.send(()).expect("somebody waits");
    });
    receiver.recv().expect("it ends");
    worker.join().expect("no panic");
}

#[test]
fn a_builder_that_fails_on_its_thread() {
    let error = Runtime::builder()
        .module_source("a b", "")
        .spawn()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Options);
}

/// Python code that recurses in each way that takes native stack.
const DEEP: &str = "
import json, sys
sys.setrecursionlimit(10**6)

def call(n): return call(n + 1)

class Attr:
    def __getattr__(self, name): return getattr(self, name + 'x')

class Repr:
    def __repr__(self): return repr(self)

class Less:
    def __lt__(self, other): return sorted([self, other])

nested = []
for _ in range(10**5): nested = [nested]

ways = [
    lambda: call(0),
    lambda: Attr().a,
    lambda: repr(Repr()),
    lambda: Less() < Less(),
    lambda: repr(nested),
    lambda: json.dumps(nested),
    lambda: nested == [nested],
]
results = []
for way in ways:
    try: way()
    except RecursionError: results.append('recursion')
    except BaseException as e: results.append(repr(e))
    else: results.append('done')
";

#[test]
fn the_end_of_the_stack_is_an_exception() {
    for megabytes in [1, 2, 8, 64] {
        let runtime = Runtime::builder()
            .stack_size(megabytes << 20)
            .spawn()
            .expect("a thread");
        runtime.exec(DEEP).expect("nothing but RecursionError");
        let results: Vec<String> = runtime.eval("results").expect("texts");
        assert_eq!(results[..4], ["recursion"; 4], "{megabytes} MiB");
        assert!(
            results[4..]
                .iter()
                .all(|result| ["recursion", "done"].contains(&&**result)),
            "{results:?}"
        );
        assert_eq!(runtime.eval::<u8>("1 + 1").expect("it goes on"), 2);
    }
}

#[test]
fn recursion_has_the_limit_that_was_set() {
    for (limit, least, most) in [(60, 30, 60), (5000, 4900, 5000)] {
        let runtime = Runtime::builder()
            .recursion_limit(limit)
            .spawn()
            .expect("a thread");
        runtime
            .exec("def f(n):\n    global deepest\n    deepest = n\n    f(n + 1)")
            .expect("it runs");
        let error = runtime.call::<()>("f", (1,)).unwrap_err();
        assert_eq!(error.exception_type(), Some("RecursionError"));
        let deepest: u32 = runtime.get("deepest").expect("a number");
        assert!((least..=most).contains(&deepest), "{limit}: {deepest}");
    }
}

#[test]
fn endless_code_is_interrupted() {
    let runtime = runtime();
    let handle = runtime.interrupt_handle();
    assert!(!handle.interrupt(), "nothing runs");
    for round in 0..5 {
        let handle = handle.clone();
        let watch = thread::spawn(move || {
            while !handle.interrupt() {
                thread::yield_now();
            }
        });
        let error = runtime.exec("while True: pass").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Interrupt, "{round}");
        watch.join().expect("no panic");
        // A late interrupt of a call that is over reaches no later one.
        assert_eq!(eval::<u32>(&runtime, "sum(range(1000))"), 499_500);
    }
}

/// Runtimes take the signals of each other away; each interrupt has to get through all the same,
/// and to no other.
#[test]
fn interrupts_reach_the_right_runtime() {
    let runtimes: Vec<_> = (0..3)
        .map(|_| Runtime::builder().spawn().expect("a thread"))
        .collect();
    thread::scope(|scope| {
        for (number, runtime) in runtimes.iter().enumerate() {
            scope.spawn(move || {
                let error = runtime
                    .exec("import time\nfor i in range(10**12): pass")
                    .unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Interrupt);
                runtime.set("number", number).expect("it goes on");
            });
        }
        for (number, runtime) in runtimes.iter().enumerate().rev() {
            while !runtime.interrupt_handle().interrupt() {
                thread::yield_now();
            }
            while runtime.get::<usize>("number").ok() != Some(number) {
                thread::yield_now();
            }
        }
    });
}

#[test]
fn code_may_catch_the_interrupt() {
    let (ready, started) = mpsc::channel();
    let ready = std::sync::Mutex::new(ready);
    let runtime = Runtime::builder()
        .function("ready", move || {
            ready.lock().map(|ready| ready.send(())).is_ok()
        })
        .spawn()
        .expect("a thread");
    let handle = runtime.interrupt_handle();
    let interrupt = thread::spawn(move || started.recv().map(|()| handle.interrupt()));
    runtime
        .exec("try:\n    ready()\n    while True: pass\nexcept KeyboardInterrupt: caught = True")
        .expect("it is caught");
    assert!(runtime.get::<bool>("caught").expect("it was"));
    assert_eq!(interrupt.join().expect("no panic"), Ok(true));
}

/// A collection in one runtime waits for all that are busy with Rust code, so that one which waits
/// for the other's result must not be among them.
#[test]
fn waiting_for_another_runtime_does_not_keep_it_from_collecting() {
    let helper = Runtime::builder().spawn().expect("a thread");
    let runtime = built(Runtime::builder().function("ask", move |count: u32| {
        helper.exec(format!("import gc\nfor _ in range({count}): gc.collect()"))?;
        helper.eval::<u8>("1 + 1")
    }));
    assert_eq!(eval::<u8>(&runtime, "ask(20)"), 2);
}

#[cfg(feature = "threading")]
#[test]
fn python_threads_call_host_functions() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let output = rustpython_pickle::runtime::Capture::new();
    let runtime = built(
        Runtime::builder()
            .stdout(output.clone())
            .function("count", move || {
                counter.fetch_add(1, Ordering::Relaxed);
            }),
    );
    exec(
        &runtime,
        "import threading\ndef work():\n    for _ in range(100):\n        count()\n        print('x', end='')\nthreads = [threading.Thread(target=work) for _ in range(4)]\nfor t in threads: t.start()\nfor t in threads: t.join()",
    );
    assert_eq!(calls.load(Ordering::Relaxed), 400);
    assert_eq!(output.take(), "x".repeat(400));
    // Threads that are no daemons are waited for.
    exec(
        &runtime,
        "import time\ndef late():\n    time.sleep(0.05)\n    count()\nthreading.Thread(target=late).start()",
    );
    drop(runtime);
    assert_eq!(calls.load(Ordering::Relaxed), 401);
}
