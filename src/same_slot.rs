//! Slots of types, which hold functions.

/// Whether two types have the same function in a slot. A macro, because there is no name for what all functions' types have.
macro_rules! same_slot {
    ($one:expr, $other:expr, $slot:ident) => {
        matches!(
            ($one.$slot.load(), $other.$slot.load()),
            (Some(one), Some(other)) if core::ptr::fn_addr_eq(one, other)
        )
    };
}

pub(crate) use same_slot;
