//! The list of what PyTorch's checkpoints name, as stand-ins.
//!
//! Nothing of PyTorch is imported: a tensor is a stand-in with the arguments of the call that would
//! have rebuilt it (storage, offset, size, stride), which is what a tool needs that reads a checkpoint's
//! index. The names are those that `torch.save` of a `state_dict` writes (PyTorch 1 and 2).

use super::list::{AllowList, Entry, StateRule};
use super::shape::{Arguments, Shape};

/// Functions of `torch._utils` that rebuild tensors from their storage.
const REBUILD: &[&str] = &[
    "_rebuild_tensor",
    "_rebuild_tensor_v2",
    "_rebuild_tensor_v3",
    "_rebuild_parameter",
    "_rebuild_parameter_with_state",
    "_rebuild_qtensor",
    "_rebuild_sparse_tensor",
    "_rebuild_meta_tensor_no_storage",
];

/// Kinds of storage, which persistent ids name.
const STORAGES: &[&str] = &[
    "BFloat16Storage",
    "BoolStorage",
    "ByteStorage",
    "CharStorage",
    "ComplexDoubleStorage",
    "ComplexFloatStorage",
    "DoubleStorage",
    "FloatStorage",
    "HalfStorage",
    "IntStorage",
    "LongStorage",
    "ShortStorage",
];

/// Types of elements, layouts and memory formats.
const CONSTANTS: &[&str] = &[
    "bfloat16",
    "bool",
    "channels_last",
    "complex128",
    "complex64",
    "contiguous_format",
    "float16",
    "float32",
    "float64",
    "float8_e4m3fn",
    "float8_e5m2",
    "int16",
    "int32",
    "int64",
    "int8",
    "per_channel_affine",
    "per_tensor_affine",
    "preserve_format",
    "qint32",
    "qint8",
    "quint8",
    "sparse_coo",
    "strided",
    "uint8",
];

impl AllowList {
    /// What PyTorch's state dicts need, as stand-ins, and `collections.OrderedDict`.
    ///
    /// Storages are persistent ids: the host resolves them, or gets stand-ins for them by
    /// [`Policy::persistent_stand_ins`](crate::policy::Policy::persistent_stand_ins).
    ///
    /// ```
    /// use rustpython_pickle::policy::AllowList;
    ///
    /// let list = AllowList::torch();
    /// assert!(list.get("torch._utils", "_rebuild_tensor_v2").unwrap().is_stand_in());
    /// assert!(list.get("torch", "load").is_none());
    /// ```
    #[must_use]
    pub fn torch() -> Self {
        let call = || Entry::call(Arguments::any()).stand_in();
        let refer = || Entry::refer().stand_in();
        let mut rows: Vec<_> = Vec::new();
        rows.extend(
            REBUILD
                .iter()
                .map(|name| ("torch._utils", *name, call().function())),
        );
        rows.extend(STORAGES.iter().map(|name| ("torch", *name, refer())));
        rows.extend(CONSTANTS.iter().map(|name| ("torch", *name, refer())));
        rows.extend([
            ("torch", "Size", call()),
            (
                "torch",
                "device",
                Entry::call(Arguments::new(1, [Shape::Str(64), Shape::Int(-1, 1 << 16)]))
                    .stand_in(),
            ),
            ("torch", "Tensor", refer()),
            ("torch.storage", "UntypedStorage", refer()),
            ("torch.storage", "TypedStorage", refer()),
            ("torch.nn.parameter", "Parameter", refer()),
            ("torch._tensor", "_rebuild_from_type_v2", call().function()),
            ("torch.serialization", "_get_layout", call().function()),
        ]);
        let mut list = Self::built_in("torch", rows);
        // A state dict has its metadata as an attribute.
        if let Some(ordered) = Self::standard().get("collections", "OrderedDict") {
            let ordered = ordered.clone().state(StateRule::Attributes);
            list.extend(&Self::built_in(
                "torch",
                [("collections", "OrderedDict", ordered)],
            ));
        }
        list
    }
}
