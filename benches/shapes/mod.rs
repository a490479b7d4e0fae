//! What the benchmarks dump and load.

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine, scope::Scope};

/// The names of what is pickled, and the expressions that make it.
pub(crate) const SHAPES: [(&str, &str); 8] = [
    ("ints", "list(range(100_000))"),
    ("strings", "[f'string {i}' for i in range(50_000)]"),
    (
        "dicts",
        "[{'id': i, 'name': f'user {i}', 'score': i / 7, 'active': i % 2 == 0} for i in range(20_000)]",
    ),
    ("instances", "[User(i) for i in range(20_000)]"),
    ("pairs", "[(i, i + 1) for i in range(50_000)]"),
    ("floats", "[i / 7 for i in range(100_000)]"),
    ("set", "set(range(50_000))"),
    ("bytes", "bytes(range(256)) * 65_536"),
];

const USER: &str = "
class User:
    def __init__(self, i):
        self.id, self.name = i, f'user {i}'
    def __eq__(self, other):
        return self.__dict__ == other.__dict__
";

/// A scope in which the expressions have what they need.
pub(crate) fn scope(vm: &VirtualMachine) -> PyResult<Scope> {
    let scope = vm.new_scope_with_main()?;
    vm.run_string(scope.clone(), USER, "<bench>")?;
    Ok(scope)
}

/// The object of a shape.
pub(crate) fn object(
    expression: &str,
    scope: &Scope,
    vm: &VirtualMachine,
) -> PyResult<PyObjectRef> {
    vm.run_block_expr(scope.clone(), expression)
}
