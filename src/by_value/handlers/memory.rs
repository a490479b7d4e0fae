//! `memoryview`: what it looks at, and which part of it.

use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{PyMemoryView, PySlice},
    protocol::BufferDescriptor,
    pymodule,
};

use super::answer::{Answer, refuse};

pub(super) fn view(object: &PyObject, vm: &VirtualMachine) -> PyResult<Answer> {
    let Some(view) = object.downcast_ref::<PyMemoryView>() else {
        return refuse(object, "it is no memoryview", vm);
    };
    match object.get_attr("nbytes", vm) {
        Ok(_) => {}
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.value_error) => {
            return Answer::ours("_released_view", vec![], vm);
        }
        Err(error) => return Err(error),
    }
    let viewed = view.viewed_object().to_owned();
    let desc = view.clone_buffer().desc.clone();
    let Some(part) = Part::of(&desc) else {
        return refuse(object, "it has gaps in more than one dimension", vm);
    };
    // Whether it can be made again turns out by making it.
    let again = part.of_object(&viewed, vm);
    let again = again.ok().and_then(|again| {
        let again = again.downcast_ref::<PyMemoryView>()?.clone_buffer();
        is_same(&again.desc, &desc).then_some(())
    });
    if again.is_none() {
        return refuse(object, "its part of the memory can't be told", vm);
    }
    let int = |number: isize| PyObjectRef::from(vm.ctx.new_int(number));
    let shape = part.shape.iter();
    let shape = shape.map(|&size| vm.ctx.new_int(size).into()).collect();
    let args = vec![
        viewed,
        int(part.offset),
        int(part.stride),
        vm.ctx.new_str(part.format.as_str()).into(),
        vm.ctx.new_tuple(shape).into(),
        vm.ctx.new_bool(part.readonly).into(),
    ];
    Answer::ours("_memory_view", args, vm)
}

fn is_same(one: &BufferDescriptor, other: &BufferDescriptor) -> bool {
    one.offset == other.offset
        && one.readonly == other.readonly
        && one.itemsize == other.itemsize
        && one.format == other.format
        && one.dim_desc == other.dim_desc
}

/// A part of an object's memory.
struct Part {
    /// Where the first item is, in bytes.
    offset: isize,
    /// How far it is from one item to the next, in bytes.
    stride: isize,
    format: String,
    itemsize: usize,
    shape: Vec<usize>,
    readonly: bool,
}

impl Part {
    fn of(desc: &BufferDescriptor) -> Option<Self> {
        let itemsize = isize::try_from(desc.itemsize).ok()?;
        let stride = match desc.dim_desc.as_slice() {
            [(_, stride, 0)] => *stride,
            _ if desc.is_contiguous() => itemsize,
            _ => return None,
        };
        Some(Self {
            offset: desc.offset,
            stride,
            format: desc.format.clone().into_owned(),
            itemsize: desc.itemsize,
            shape: desc.dim_desc.iter().map(|dim| dim.0).collect(),
            readonly: desc.readonly,
        })
    }

    /// The view of this part of an object, made by slices and casts that check their arguments.
    fn of_object(&self, object: &PyObject, vm: &VirtualMachine) -> PyResult {
        let whole = PyMemoryView::from_object(object, vm)?;
        let desc = whole.clone_buffer().desc.clone();
        let whole = PyObjectRef::from(whole.into_ref(&vm.ctx));
        let view = if desc.format == self.format && desc.ndim() == 1 && self.shape.len() == 1 {
            self.slice(&whole, desc.itemsize, vm)?
        } else {
            self.cast(&whole, vm)?
        };
        let is_readonly = view.get_attr("readonly", vm)?.try_to_bool(vm)?;
        match self.readonly && !is_readonly {
            true => vm.call_method(&view, "toreadonly", ()),
            false => Ok(view),
        }
    }

    /// Every so many items of a view that has items of the same format.
    fn slice(&self, whole: &PyObject, itemsize: usize, vm: &VirtualMachine) -> PyResult {
        let itemsize = isize::try_from(itemsize).unwrap_or(isize::MAX).max(1);
        let count = self.shape.first().copied().unwrap_or_default();
        let (start, step) = (self.offset / itemsize, self.stride / itemsize);
        let count = isize::try_from(count).unwrap_or(isize::MAX);
        let stop = step
            .checked_mul(count)
            .and_then(|all| start.checked_add(all));
        let stop = stop.filter(|stop| *stop >= 0);
        let int = |number: isize| Some(vm.ctx.new_int(number).into());
        let slice = PySlice {
            start: int(start),
            stop: stop.map_or_else(|| vm.ctx.none(), |stop| vm.ctx.new_int(stop).into()),
            step: int(step),
        };
        whole.get_item(slice.into_ref(&vm.ctx).as_object(), vm)
    }

    /// Bytes in a row, seen as items of the format.
    fn cast(&self, whole: &PyObject, vm: &VirtualMachine) -> PyResult {
        let beyond = || vm.new_value_error("a part of the memory that is beyond any");
        let reach = self.reach().ok_or_else(beyond)?;
        let end = self.offset.checked_add(reach).ok_or_else(beyond)?;
        let back = reach.checked_neg().ok_or_else(beyond)?;
        let bytes = vm.call_method(whole, "cast", ("B",))?;
        let in_row = Self {
            stride: 1,
            itemsize: 1,
            shape: vec![self.span(reach)],
            format: "B".to_owned(),
            offset: self.offset.min(end),
            readonly: false,
        };
        let bytes = in_row.slice(&bytes, 1, vm)?;
        if self.shape.len() == 1 {
            let items = vm.call_method(&bytes, "cast", (self.format.clone(),))?;
            let whole = Self {
                offset: if self.stride < 0 { back } else { 0 },
                format: self.format.clone(),
                shape: self.shape.clone(),
                ..*self
            };
            return whole.slice(&items, self.itemsize, vm);
        }
        let shape = self.shape.iter();
        let shape = shape.map(|&size| vm.ctx.new_int(size).into()).collect();
        let args = (self.format.clone(), vm.ctx.new_list(shape));
        vm.call_method(&bytes, "cast", args)
    }

    /// How far it is from the first item to the last; `None` if that is beyond any memory.
    fn reach(&self) -> Option<isize> {
        let last = match self.shape.as_slice() {
            [count] => count.saturating_sub(1),
            _ => 0,
        };
        isize::try_from(last).ok()?.checked_mul(self.stride)
    }

    /// How many bytes there are from the first one to the last.
    fn span(&self, reach: isize) -> usize {
        if self.shape.contains(&0) {
            return 0;
        }
        let items = self
            .shape
            .iter()
            .fold(1, |all: usize, size| all.saturating_mul(*size));
        match self.shape.len() {
            1 => reach.unsigned_abs().saturating_add(self.itemsize),
            _ => items.saturating_mul(self.itemsize),
        }
    }
}

#[pymodule(sub)]
pub(crate) mod memory_views {
    use rustpython_vm::{
        PyObjectRef, PyResult, VirtualMachine,
        builtins::{PyStrRef, PyTupleRef},
    };

    use super::Part;

    /// Make a view of a part of an object's memory.
    #[pyfunction]
    fn _memory_view(
        object: PyObjectRef,
        offset: isize,
        stride: isize,
        format: PyStrRef,
        shape: PyTupleRef,
        readonly: bool,
        vm: &VirtualMachine,
    ) -> PyResult {
        let shape = shape.as_slice().iter();
        let shape = shape.map(|size| size.clone().try_into_value(vm));
        let format = format.to_string_lossy().into_owned();
        let size = vm.import("struct", 0)?.get_attr("calcsize", vm)?;
        let part = Part {
            offset,
            stride,
            itemsize: size.call((format.clone(),), vm)?.try_into_value(vm)?,
            format,
            shape: shape.collect::<PyResult<_>>()?,
            readonly,
        };
        part.of_object(&object, vm)
    }

    /// Make a view that has been released.
    #[pyfunction]
    fn _released_view(vm: &VirtualMachine) -> PyResult {
        let class = vm.ctx.types.memoryview_type.to_owned();
        let view = PyObjectRef::from(class).call((vm.ctx.new_bytes(vec![]),), vm)?;
        vm.call_method(&view, "release", ())?;
        Ok(view)
    }
}
