//! A complete pickler and unpickler for RustPython's object model.
pub mod machine;
pub mod wire;
