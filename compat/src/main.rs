//! Compares rustpython-pickle with CPython.
fn main() {}
