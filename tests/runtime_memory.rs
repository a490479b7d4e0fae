//! What runtimes leave behind, in a process of its own: the collector's lists belong to the process.
#![cfg(feature = "stdlib")]

use rustpython_pickle::Runtime;

/// A session with what RustPython's collector does not free by itself: classes with slots, in the
/// library and in the session, and tracebacks.
const SESSION: &str = "
import dataclasses, json, traceback

@dataclasses.dataclass(slots=True)
class Point:
    x: int
    def method(self): return self.x

class Node:
    __slots__ = 'next', 'data', '__weakref__'

node = Node()
node.next, node.data = node, [Point(n) for n in range(1000)]

try: 1 / 0
except ZeroDivisionError as e: text, kept = traceback.format_exc(), e
";

/// How many objects the collector knows of that no living runtime has made.
fn left_behind() -> usize {
    let runtime = Runtime::new().expect("a runtime");
    let counted = runtime.exec("import gc\ngc.collect()\nobjects = len(gc.get_objects())");
    counted.expect("it runs");
    runtime.get("objects").expect("a number")
}

#[test]
fn runtimes_leave_nothing_behind_that_adds_up() {
    let session = || {
        let runtime = Runtime::new().expect("a runtime");
        runtime.exec(SESSION).expect("it runs");
        runtime
            .exec("raise ValueError(node)")
            .expect_err("it raises");
    };
    // What is made once for the process.
    (0..3).for_each(|_| session());
    let before = left_behind();
    (0..20).for_each(|_| session());
    let after = left_behind();
    // Each session has made more than 5000 that the collector knows of.
    let each = after.saturating_sub(before) / 20;
    println!("{before} objects, then {after}: {each} for each session");
    assert!(each < 20, "{each} objects of each session stay");
}
