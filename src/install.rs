//! How an interpreter gets our `_pickle`.

use rustpython_vm::{InterpreterBuilder, VirtualMachine, common::rc::PyRc};

use crate::module;

/// Adds to an interpreter that is being built.
pub trait InterpreterBuilderExt {
    /// Makes `import pickle` use this crate, in place of the `_pickle` in rustpython-stdlib.
    ///
    /// It does not matter whether this comes before or after the standard library.
    ///
    /// ```
    /// use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_vm::Interpreter;
    ///
    /// let builder = Interpreter::builder(Default::default());
    /// let interpreter = builder.install_stdlib().install_pickle().build();
    /// interpreter.enter(|vm| {
    ///     let pickle = vm.import("_pickle", 0).unwrap();
    ///     let bytes = vm.call_method(&pickle, "dumps", (vm.ctx.none(),)).unwrap();
    ///     assert_eq!(bytes.repr(vm).unwrap().to_str(), Some(r"b'\x80\x05N.'"));
    /// });
    /// ```
    #[must_use]
    fn install_pickle(self) -> Self;

    /// Adds the standard library: the modules of rustpython-stdlib, and those of
    /// rustpython-pylib, frozen in.
    ///
    /// ```
    /// use rustpython_pickle::InterpreterBuilderExt as _;
    /// use rustpython_vm::Interpreter;
    ///
    /// let interpreter = Interpreter::builder(Default::default()).install_stdlib().build();
    /// interpreter.enter(|vm| assert!(vm.import("json", 0).is_ok()));
    /// ```
    #[cfg(feature = "stdlib")]
    #[must_use]
    fn install_stdlib(self) -> Self;
}

impl InterpreterBuilderExt for InterpreterBuilder {
    fn install_pickle(self) -> Self {
        let def = module::module_def(&self.ctx);
        // Of two modules of the same name the builder takes the one that was added last; the hook
        // runs after them all.
        let by_value = module::by_value::module_def(&self.ctx);
        self.add_native_module(def)
            .add_native_module(by_value)
            .init_hook(move |vm: &mut VirtualMachine| {
                module::repair_types(&vm.ctx);
                if let Some(state) = PyRc::get_mut(&mut vm.state) {
                    state.module_defs.insert(def.name.as_str(), def);
                    module::watch(&mut state.module_defs);
                }
            })
    }

    #[cfg(feature = "stdlib")]
    fn install_stdlib(self) -> Self {
        let modules = rustpython_stdlib::stdlib_module_defs(&self.ctx);
        let builder = self
            .add_native_modules(&modules)
            .add_frozen_modules(rustpython_pylib::FROZEN_STDLIB);
        // Without threads RustPython has no `_thread`, but functools and others import it.
        let frozen = rustpython_pylib::FROZEN_STDLIB.into_iter();
        let dummy = frozen.filter(|(name, _)| *name == "_dummy_thread");
        let dummy = dummy.filter(|_| cfg!(not(feature = "threading")));
        builder.add_frozen_modules(dummy.map(|(_, module)| ("_thread", module)))
    }
}
