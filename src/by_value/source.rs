use std::collections::BTreeMap;
pub(crate) fn provide(
    _s: &BTreeMap<String, String>,
    _vm: &rustpython_vm::VirtualMachine,
) -> rustpython_vm::PyResult<()> {
    Ok(())
}
