//! What `sys.modules` has of a session that is no plain module: modules of classes of their own, and other objects.

use rustpython_vm::{AsObject, VirtualMachine};

use super::{Part, Setting, nothing_to_undo, pair_of};

/// A module is made as a plain one, before its class is there.
pub(super) const CLASSES: Setting = Setting {
    name: "classes of modules",
    capture: |modules, vm| {
        let users = modules.users.iter();
        let users = users.filter(|user| !user.module.class().is(vm.ctx.types.module_type));
        let parts = users.map(|user| {
            let class = user.module.class().to_owned().into();
            let pair = vec![user.module.clone().into(), class];
            let label = format!("{}.__class__", user.name);
            Part::new(label, vm.ctx.new_tuple(pair).into())
        });
        Ok(parts.collect())
    },
    apply: |values, _, vm| {
        for (module, class) in values.iter().filter_map(pair_of) {
            module.set_attr("__class__", class, vm)?;
        }
        Ok(())
    },
    // The modules themselves are given up.
    undo: |_| Ok(nothing_to_undo()),
};

/// The transaction puts back all of `sys.modules`.
pub(super) const OTHERS: Setting = Setting {
    name: "sys.modules",
    capture: |modules, vm| {
        let others = modules.others.iter();
        let parts = others.map(|(name, value)| {
            let pair = vec![vm.ctx.new_str(name.as_str()).into(), value.clone()];
            let label = format!("sys.modules[{name:?}]");
            Part::new(label, vm.ctx.new_tuple(pair).into())
        });
        Ok(parts.collect())
    },
    apply: |values, _, vm: &VirtualMachine| {
        let modules = vm.sys_module.get_attr("modules", vm)?;
        for (name, value) in values.iter().filter_map(pair_of) {
            modules.set_item(&*name, value, vm)?;
        }
        Ok(())
    },
    undo: |_| Ok(nothing_to_undo()),
};
