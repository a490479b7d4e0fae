//! The model that makes live RustPython objects.

use std::borrow::Cow;
use std::vec::Drain;

use malachite_bigint::{BigInt, Sign};
use rustpython_vm::{
    AsObject, PyObject, PyObjectRef, PyPayload, PyResult, VirtualMachine,
    builtins::{
        PyBaseExceptionRef, PyByteArray, PyDict, PyFrozenSet, PyList, PySet, PyStr, PyTuple,
        PyType, PyUtf8StrRef,
    },
    common::{
        vendored::ascii::{AsciiStr, AsciiString},
        wtf8::Wtf8Buf,
    },
    function::FuncArgs,
    protocol::{PyIter, PyIterReturn},
};

use super::exception::{Raised, invalid_int_exception};
use super::{find_class::find_class, plan::Plans, state};
use crate::inspect::{escape_decode, raw_unicode_escape};
use crate::keywords::add_keywords;
use crate::machine::{Memo, Model};
use crate::module::{new_unpickling_error, repair_types};
use crate::wire::Opcode;

/// The Unpickler that a load is for.
pub(crate) trait Owner {
    /// Gives and takes the memo, which is lent to it while Python code runs.
    fn swap_memo(&self, memo: &mut Memo<PyObjectRef>);

    /// The pickle names its protocol.
    fn set_protocol(&self, protocol: u8);
}

/// Where globals come from.
pub(crate) enum FindClass<'a> {
    /// [`find_class`].
    Default,
    /// A method that a subclass may have overridden.
    Method(PyObjectRef),
    /// A closure that is asked first; `None` is "not mine".
    Rust(&'a mut FindClassFn<'a>),
}

/// A Rust closure that resolves a module and a name.
pub(crate) type FindClassFn<'a> =
    dyn FnMut(&PyObject, &PyObject, &VirtualMachine) -> PyResult<Option<PyObjectRef>> + 'a;

/// A Rust closure that resolves persistent ids.
pub(crate) type PersistentLoadFn<'a> =
    dyn FnMut(&PyObject, &VirtualMachine) -> PyResult<PyObjectRef> + 'a;

/// Where the objects of persistent ids come from.
pub(crate) enum PersistentLoad<'a> {
    None,
    Python(PyObjectRef),
    Rust(&'a mut PersistentLoadFn<'a>),
}

/// What a load is told by its caller.
pub(crate) struct LoadSettings<'a> {
    pub(crate) fix_imports: bool,
    pub(crate) encoding: Cow<'static, str>,
    pub(crate) errors: Cow<'static, str>,
    pub(crate) buffers: Option<PyIter>,
    pub(crate) find_class: FindClass<'a>,
    pub(crate) persistent_load: PersistentLoad<'a>,
    pub(crate) owner: Option<&'a dyn Owner>,
}

impl Default for LoadSettings<'_> {
    fn default() -> Self {
        Self {
            fix_imports: true,
            encoding: "ASCII".into(),
            errors: "strict".into(),
            buffers: None,
            find_class: FindClass::Default,
            persistent_load: PersistentLoad::None,
            owner: None,
        }
    }
}

/// Makes live RustPython objects.
pub(crate) struct Live<'a, 'vm> {
    pub(super) vm: &'vm VirtualMachine,
    pub(super) settings: LoadSettings<'a>,
    pub(super) protocol: u8,
    plans: Plans,
}

impl<'a, 'vm> Live<'a, 'vm> {
    pub(crate) fn new(settings: LoadSettings<'a>, vm: &'vm VirtualMachine) -> Self {
        repair_types(&vm.ctx);
        Self {
            vm,
            settings,
            protocol: 0,
            plans: Plans::default(),
        }
    }

    fn decode(&self, bytes: &[u8], encoding: &str, errors: &str) -> PyResult {
        let vm = self.vm;
        // Most text is of these, and no codec has to be found for it, which a program may have registered.
        let plain = match encoding {
            "utf-8" => true,
            "ascii" | "ASCII" => bytes.is_ascii(),
            _ => false,
        };
        if plain && let Ok(text) = core::str::from_utf8(bytes) {
            return Ok(vm.ctx.new_str(text).into());
        }
        let errors: PyUtf8StrRef = vm.ctx.new_utf8_str(errors);
        let bytes = vm.ctx.new_bytes(bytes.to_vec());
        let text = vm
            .state
            .codec_registry
            .decode_text(bytes.into(), encoding, Some(errors), vm)?;
        Ok(text.into())
    }

    /// A Python 2 string, as the caller's encoding has it.
    fn python2_string(&self, bytes: &[u8]) -> PyResult {
        match &*self.settings.encoding {
            "bytes" => Ok(self.vm.ctx.new_bytes(bytes.to_vec()).into()),
            encoding => self.decode(bytes, encoding, &self.settings.errors),
        }
    }

    fn text_encoding(opcode: Opcode) -> &'static str {
        if opcode == Opcode::Inst {
            "ascii"
        } else {
            "utf-8"
        }
    }

    pub(super) fn find_class(&mut self, module: &PyObject, name: &PyObject) -> PyResult {
        if let Some(object) = self.ask_hook(module, name)? {
            return Ok(object);
        }
        let fix_imports = self.settings.fix_imports;
        find_class(module, name, self.protocol, fix_imports, self.vm)
    }

    /// What a program's own `find_class` says; `None` if it has none, or leaves it to us.
    pub(super) fn ask_hook(
        &mut self,
        module: &PyObject,
        name: &PyObject,
    ) -> PyResult<Option<PyObjectRef>> {
        let vm = self.vm;
        match &mut self.settings.find_class {
            FindClass::Default => Ok(None),
            FindClass::Method(method) => {
                let object = method.call((module.to_owned(), name.to_owned()), vm)?;
                Ok(Some(object))
            }
            FindClass::Rust(hook) => hook(module, name, vm),
        }
    }

    /// The names in two lines of text.
    pub(super) fn global_names(
        &self,
        module: &[u8],
        name: &[u8],
        opcode: Opcode,
    ) -> Result<(PyObjectRef, PyObjectRef), Raised> {
        let encoding = Self::text_encoding(opcode);
        let module = self.decode(module, encoding, "strict").map_err(Raised)?;
        let name = self.decode(name, encoding, "strict").map_err(Raised)?;
        Ok((module, name))
    }

    /// Whether two objects can name a global: only exact strings can.
    pub(super) fn check_names(&self, module: &PyObject, name: &PyObject) -> Result<(), Raised> {
        let str_type = self.vm.ctx.types.str_type;
        if module.class().is(str_type) && name.class().is(str_type) {
            return Ok(());
        }
        let message = "STACK_GLOBAL requires str";
        Err(Raised(new_unpickling_error(self.vm, message)))
    }

    /// Whether an object is of a type that knows neither weak references nor finalizers. What is in it has entries of its own.
    #[inline]
    pub(super) fn is_plain(&self, object: &PyObject) -> bool {
        let types = &self.vm.ctx.types;
        let class = object.class();
        class.is(types.str_type)
            || class.is(types.tuple_type)
            || class.is(types.dict_type)
            || class.is(types.list_type)
            || class.is(types.bytes_type)
            || class.is(types.int_type)
            || class.is(types.float_type)
    }

    /// The object of a persistent id's text.
    pub(super) fn persistent_id(&self, id: &[u8]) -> Result<PyObjectRef, Raised> {
        match core::str::from_utf8(id) {
            Ok(text) if text.is_ascii() => Ok(self.vm.ctx.new_str(text).into()),
            _ => Err(Raised(new_unpickling_error(
                self.vm,
                "persistent IDs in protocol 0 must be ASCII strings",
            ))),
        }
    }

    #[inline]
    pub(super) fn tuple_of(
        &self,
        items: impl ExactSizeIterator<Item = PyObjectRef>,
    ) -> PyObjectRef {
        self.vm.ctx.new_tuple(items.collect()).into()
    }

    #[inline]
    pub(super) fn list_of(&self, items: impl ExactSizeIterator<Item = PyObjectRef>) -> PyObjectRef {
        self.vm.ctx.new_list(items.collect()).into()
    }

    pub(super) fn dict_of(
        &self,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<PyObjectRef, Raised> {
        let dict = self.vm.ctx.new_dict();
        fill_dict(&dict, items, self.vm)?;
        Ok(dict.into())
    }

    pub(super) fn frozenset_of(
        &self,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<PyObjectRef, Raised> {
        // An equal item that comes later is dropped by the set, which may run foreign code:
        // the stack must not be borrowed then.
        let items: Vec<_> = items.collect();
        let set = PyFrozenSet::from_iter(self.vm, items).map_err(Raised)?;
        Ok(set.into_ref(&self.vm.ctx).into())
    }

    pub(super) fn instance_of(
        &self,
        class: &PyObject,
        args: Vec<PyObjectRef>,
    ) -> Result<PyObjectRef, Raised> {
        Self::try_instance(class, args, self.vm).map_err(Raised)
    }

    pub(super) fn extend_by(
        &self,
        target: &PyObjectRef,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(list) = target.downcast_ref_if_exact::<PyList>(vm) {
            list.borrow_vec_mut().extend(items);
            return Ok(());
        }
        let items: Vec<_> = items.collect();
        let extend = || {
            if let Some(extend) = vm.get_attribute_opt(target, "extend")? {
                extend.call((vm.ctx.new_list(items),), vm)?;
                return Ok(());
            }
            // PEP 307 asks for both methods; objects with only the older one still load.
            let append = target.get_attr("append", vm)?;
            for item in items {
                append.call((item,), vm)?;
            }
            Ok(())
        };
        extend().map_err(Raised)
    }

    pub(super) fn set_items_by(
        &self,
        target: &PyObjectRef,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(dict) = target.downcast_ref_if_exact::<PyDict>(vm) {
            return fill_dict(dict, items, vm);
        }
        for_each_pair(items, |key, value| target.set_item(&*key, value, vm))
    }

    pub(super) fn set_state_items_by(
        &mut self,
        target: &PyObjectRef,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<(), Raised> {
        let vm = self.vm;
        // The stack has it, and who calls; whoever else has it sees its keys.
        match target.downcast_ref_if_exact::<PyDict>(vm) {
            Some(dict) if target.strong_count() <= 2 && dict.is_empty() => {
                self.plans.name(dict, items, vm).map_err(Raised)
            }
            _ => self.set_items_by(target, items),
        }
    }

    pub(super) fn add_items_by(
        &self,
        target: &PyObjectRef,
        items: impl Iterator<Item = PyObjectRef>,
    ) -> Result<(), Raised> {
        let vm = self.vm;
        let add = || {
            if let Some(set) = target.downcast_ref::<PySet>() {
                for item in items {
                    set.add(item, vm)?;
                }
                return Ok(());
            }
            let add = target.get_attr("add", vm)?;
            for item in items {
                add.call((item,), vm)?;
            }
            Ok(())
        };
        add().map_err(Raised)
    }

    fn tuple_args(args: &PyObject, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        match args.downcast_ref::<PyTuple>() {
            Some(args) => Ok(args.as_slice().to_vec()),
            None => Err(vm.new_type_error("argument list must be a tuple")),
        }
    }

    fn try_extension(&mut self, code: i32) -> PyResult {
        let vm = self.vm;
        let copyreg = vm.import("copyreg", 0)?;
        let code_object = vm.ctx.new_int(code);
        let cache = copyreg.get_attr("_extension_cache", vm)?;
        if let Some(object) = get_item_opt(&cache, code_object.as_object(), vm)? {
            return Ok(object);
        }
        let Some((module, name)) = extension_names(code, vm)? else {
            return Err(vm.new_value_error(format!("unregistered extension code {code}")));
        };
        let object = self.find_class(&module, &name)?;
        cache.set_item(code_object.as_object(), object.clone(), vm)?;
        Ok(object)
    }

    fn try_new_object(
        class: &PyObject,
        args: &PyObject,
        kwargs: Option<&PyObject>,
        vm: &VirtualMachine,
    ) -> PyResult {
        let opcode = if kwargs.is_some() {
            Opcode::NewObjEx
        } else {
            Opcode::NewObj
        };
        let complain = |what: &str, object: &PyObject| {
            let message = format!("{opcode} {what}, not {}", object.class().name());
            new_unpickling_error(vm, message)
        };
        let Some(class) = class.downcast_ref::<PyType>() else {
            return Err(complain("class argument must be a type", class));
        };
        let Some(new) = class.slots().new.load() else {
            return Err(new_unpickling_error(
                vm,
                format!(
                    "{opcode} class argument '{}' doesn't have __new__",
                    class.name()
                ),
            ));
        };
        let Some(args) = args.downcast_ref::<PyTuple>() else {
            return Err(complain("args argument must be a tuple", args));
        };
        let mut call: FuncArgs = args.as_slice().to_vec().into();
        if let Some(kwargs) = kwargs {
            let Some(kwargs) = kwargs.downcast_ref::<PyDict>() else {
                return Err(complain("kwargs argument must be a dict", kwargs));
            };
            add_keywords(&mut call, kwargs, vm)?;
        }
        new(class.to_owned(), call, vm)
    }

    fn try_instance(class: &PyObject, args: Vec<PyObjectRef>, vm: &VirtualMachine) -> PyResult {
        if args.is_empty()
            && class.downcastable::<PyType>()
            && vm.get_attribute_opt(class, "__getinitargs__")?.is_none()
        {
            return vm.call_method(class, "__new__", (class.to_owned(),));
        }
        class.call(args, vm)
    }

    fn try_persistent(&mut self, id: PyObjectRef) -> PyResult {
        let vm = self.vm;
        match &mut self.settings.persistent_load {
            PersistentLoad::None => Err(no_persistent_load(vm)),
            PersistentLoad::Python(load) => load.call((id,), vm),
            PersistentLoad::Rust(load) => load(&id, vm),
        }
    }
}

/// What `Unpickler.persistent_load` raises when nobody has overridden it.
pub(crate) fn no_persistent_load(vm: &VirtualMachine) -> PyBaseExceptionRef {
    new_unpickling_error(
        vm,
        "A load persistent id instruction was encountered, but no persistent_load function was specified.",
    )
}

/// The names that are registered for an extension code; `None` if there are none.
pub(super) fn extension_names(
    code: i32,
    vm: &VirtualMachine,
) -> PyResult<Option<(PyObjectRef, PyObjectRef)>> {
    let registry = vm
        .import("copyreg", 0)?
        .get_attr("_inverted_registry", vm)?;
    let Some(pair) = get_item_opt(&registry, vm.ctx.new_int(code).as_object(), vm)? else {
        return Ok(None);
    };
    match pair.downcast_ref::<PyTuple>().map(|pair| pair.as_slice()) {
        Some([module, name]) if module.downcastable::<PyStr>() && name.downcastable::<PyStr>() => {
            Ok(Some((module.clone(), name.clone())))
        }
        _ => Err(bad_registry(code, vm)),
    }
}

fn bad_registry(code: i32, vm: &VirtualMachine) -> PyBaseExceptionRef {
    vm.new_value_error(format!(
        "_inverted_registry[{code}] isn't a 2-tuple of strings"
    ))
}

/// The item of a mapping, or `None` if the key is not there.
pub(crate) fn get_item_opt(
    mapping: &PyObject,
    key: &PyObject,
    vm: &VirtualMachine,
) -> PyResult<Option<PyObjectRef>> {
    if let Some(dict) = mapping.downcast_ref_if_exact::<PyDict>(vm) {
        return dict.get_item_opt(key, vm);
    }
    match mapping.get_item(key, vm) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.fast_isinstance(vm.ctx.exceptions.key_error) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Model for Live<'_, '_> {
    type Object = PyObjectRef;
    type Error = Raised;

    fn protocol(&mut self, protocol: u8) {
        self.protocol = protocol;
        if let Some(owner) = self.settings.owner {
            owner.set_protocol(protocol);
        }
    }

    #[inline]
    fn is_data(&self, object: &PyObjectRef) -> bool {
        self.is_plain(object)
    }

    #[inline]
    fn lend(&mut self, memo: &mut Memo<PyObjectRef>) {
        if let Some(owner) = self.settings.owner {
            owner.swap_memo(memo);
        }
    }

    #[inline]
    fn reclaim(&mut self, memo: &mut Memo<PyObjectRef>) {
        if let Some(owner) = self.settings.owner {
            owner.swap_memo(memo);
        }
    }

    #[inline]
    fn none(&mut self) -> PyObjectRef {
        self.vm.ctx.none()
    }

    #[inline]
    fn bool(&mut self, value: bool) -> PyObjectRef {
        self.vm.ctx.new_bool(value).into()
    }

    #[inline]
    fn int(&mut self, value: i64) -> PyObjectRef {
        self.vm.ctx.new_int(value).into()
    }

    fn long(&mut self, bytes: &[u8]) -> Result<PyObjectRef, Raised> {
        Ok(self.vm.ctx.new_int(signed_int(bytes)).into())
    }

    fn int_text(&mut self, text: &[u8], opcode: Opcode) -> Result<PyObjectRef, Raised> {
        let vm = self.vm;
        // C reads ASCII, and knows fewer spaces than Python's str does.
        let readable = text.is_ascii() && !text.iter().any(|byte| (0x1c..=0x1f).contains(byte));
        let int = vm.ctx.types.int_type.as_object();
        let value = match readable {
            true => int.call((vm.ctx.new_str(String::from_utf8_lossy(text)),), vm),
            false => Err(invalid_int_exception(text, vm)),
        };
        value.map_err(|error| {
            let message = error.as_object().str(vm);
            let message = message
                .as_ref()
                .map_or(&b""[..], |message| message.as_bytes());
            Raised(match opcode {
                Opcode::Int => vm.new_value_error("could not convert string to int"),
                // There are other reasons: too many digits.
                _ if message.starts_with(b"invalid literal") => invalid_int_exception(text, vm),
                _ => error,
            })
        })
    }

    #[inline]
    fn float(&mut self, value: f64) -> PyObjectRef {
        self.vm.ctx.new_float(value).into()
    }

    fn string(&mut self, bytes: &[u8]) -> Result<PyObjectRef, Raised> {
        self.python2_string(bytes).map_err(Raised)
    }

    fn string_escaped(&mut self, text: &[u8]) -> Result<PyObjectRef, Raised> {
        if let Ok(bytes) = escape_decode(text) {
            return self.string(&bytes);
        }
        // For the exception.
        let vm = self.vm;
        let unescape = || {
            let text = vm.ctx.new_bytes(text.to_vec());
            let decode = vm.import("_codecs", 0)?.get_attr("escape_decode", vm)?;
            let pair = decode.call((text,), vm)?;
            pair.get_item(&0, vm)
        };
        let unescaped = unescape().map_err(Raised)?;
        match unescaped.downcast_ref::<rustpython_vm::builtins::PyBytes>() {
            Some(bytes) => self.string(bytes.as_bytes()),
            None => Err(Raised(
                vm.new_type_error("escape_decode() did not return bytes"),
            )),
        }
    }

    #[inline]
    fn str(&mut self, utf8: &[u8]) -> Result<PyObjectRef, Raised> {
        // Most is ASCII, and is looked through only once.
        if let Ok(ascii) = AsciiStr::from_ascii(utf8) {
            return Ok(self.vm.ctx.new_str(ascii).into());
        }
        match core::str::from_utf8(utf8) {
            Ok(text) => Ok(self.vm.ctx.new_str(text).into()),
            Err(_) => self.decode(utf8, "utf-8", "surrogatepass").map_err(Raised),
        }
    }

    fn large_str(&mut self, utf8: Vec<u8>) -> Result<PyObjectRef, Raised> {
        let ctx = &self.vm.ctx;
        match AsciiString::from_ascii(utf8) {
            Ok(ascii) => Ok(ctx.new_str(ascii).into()),
            Err(other) => match String::from_utf8(other.into_source()) {
                Ok(text) => Ok(ctx.new_str(text).into()),
                Err(other) => self.str(other.as_bytes()),
            },
        }
    }

    fn str_escaped(&mut self, text: &[u8]) -> Result<PyObjectRef, Raised> {
        // As CPython, whatever codec a program has registered under that name.
        if let Ok(utf8) = raw_unicode_escape(text)
            && let Ok(text) = Wtf8Buf::from_bytes(utf8)
        {
            return Ok(self.vm.ctx.new_str(text).into());
        }
        self.decode(text, "raw-unicode-escape", "strict")
            .map_err(Raised)
    }

    fn bytes(&mut self, bytes: Vec<u8>) -> PyObjectRef {
        self.vm.ctx.new_bytes(bytes).into()
    }

    fn bytearray(&mut self, bytes: Vec<u8>) -> PyObjectRef {
        PyByteArray::from(bytes).into_ref(&self.vm.ctx).into()
    }

    fn next_buffer(&mut self) -> Result<PyObjectRef, Raised> {
        let vm = self.vm;
        let Some(buffers) = &self.settings.buffers else {
            return Err(Raised(new_unpickling_error(
                vm,
                "pickle stream refers to out-of-band data but no *buffers* argument was given",
            )));
        };
        match buffers.next(vm).map_err(Raised)? {
            PyIterReturn::Return(buffer) => Ok(buffer),
            PyIterReturn::StopIteration(_) => Err(Raised(new_unpickling_error(
                vm,
                "not enough out-of-band buffers",
            ))),
        }
    }

    fn readonly_buffer(&mut self, buffer: PyObjectRef) -> Result<PyObjectRef, Raised> {
        let vm = self.vm;
        let view = || {
            let memoryview = vm.ctx.types.memoryview_type.as_object();
            let view = memoryview.call((buffer.clone(),), vm)?;
            if view.get_attr("readonly", vm)?.try_to_bool(vm)? {
                return Ok(buffer.clone());
            }
            vm.call_method(&view, "toreadonly", ())
        };
        view().map_err(Raised)
    }

    #[inline]
    fn tuple(&mut self, items: Drain<'_, PyObjectRef>) -> Result<PyObjectRef, Raised> {
        Ok(self.tuple_of(items))
    }

    #[inline]
    fn list(&mut self, items: Drain<'_, PyObjectRef>) -> Result<PyObjectRef, Raised> {
        Ok(self.list_of(items))
    }

    fn dict(&mut self, items: Drain<'_, PyObjectRef>) -> Result<PyObjectRef, Raised> {
        self.dict_of(items)
    }

    fn set(&mut self) -> PyObjectRef {
        PySet::default().into_ref(&self.vm.ctx).into()
    }

    fn frozenset(&mut self, items: Drain<'_, PyObjectRef>) -> Result<PyObjectRef, Raised> {
        self.frozenset_of(items)
    }

    fn extend(
        &mut self,
        target: &PyObjectRef,
        items: Drain<'_, PyObjectRef>,
    ) -> Result<(), Raised> {
        self.extend_by(target, items)
    }

    fn append(&mut self, target: &PyObjectRef, item: PyObjectRef) -> Result<(), Raised> {
        let vm = self.vm;
        if let Some(list) = target.downcast_ref_if_exact::<PyList>(vm) {
            list.borrow_vec_mut().push(item);
            return Ok(());
        }
        self.extend_by(target, core::iter::once(item))
    }

    fn set_items(
        &mut self,
        target: &PyObjectRef,
        items: Drain<'_, PyObjectRef>,
    ) -> Result<(), Raised> {
        self.set_items_by(target, items)
    }

    fn set_state_items(
        &mut self,
        target: &PyObjectRef,
        items: Drain<'_, PyObjectRef>,
    ) -> Result<(), Raised> {
        self.set_state_items_by(target, items)
    }

    fn add_items(
        &mut self,
        target: &PyObjectRef,
        items: Drain<'_, PyObjectRef>,
    ) -> Result<(), Raised> {
        self.add_items_by(target, items)
    }

    fn module_text(&mut self, module: &[u8], opcode: Opcode) -> Result<(), Raised> {
        if module.is_ascii() {
            return Ok(());
        }
        self.decode(module, Self::text_encoding(opcode), "strict")
            .map(drop)
            .map_err(Raised)
    }

    fn global_text(
        &mut self,
        module: &[u8],
        name: &[u8],
        opcode: Opcode,
    ) -> Result<PyObjectRef, Raised> {
        let (module, name) = self.global_names(module, name, opcode)?;
        self.find_class(&module, &name).map_err(Raised)
    }

    fn global(&mut self, module: PyObjectRef, name: PyObjectRef) -> Result<PyObjectRef, Raised> {
        self.check_names(&module, &name)?;
        self.find_class(&module, &name).map_err(Raised)
    }

    fn extension(&mut self, code: i32) -> Result<PyObjectRef, Raised> {
        self.try_extension(code).map_err(Raised)
    }

    fn reduce(&mut self, callable: PyObjectRef, args: PyObjectRef) -> Result<PyObjectRef, Raised> {
        let vm = self.vm;
        if let Some(class) = callable.downcast_ref_if_exact::<PyType>(vm)
            && let Some(args) = args.downcast_ref_if_exact::<PyTuple>(vm)
            && let Some(object) = self.plans.call(class, args, vm).map_err(Raised)?
        {
            return Ok(object);
        }
        let args = Self::tuple_args(&args, vm).map_err(Raised)?;
        callable.call(args, vm).map_err(Raised)
    }

    fn new_object(
        &mut self,
        class: PyObjectRef,
        args: PyObjectRef,
        kwargs: Option<PyObjectRef>,
    ) -> Result<PyObjectRef, Raised> {
        let vm = self.vm;
        if kwargs.is_none()
            && let Some(class) = class.downcast_ref_if_exact::<PyType>(vm)
            && let Some(args) = args.downcast_ref_if_exact::<PyTuple>(vm)
            && let Some(object) = self.plans.make(class, args, vm).map_err(Raised)?
        {
            return Ok(object);
        }
        Self::try_new_object(&class, &args, kwargs.as_deref(), vm).map_err(Raised)
    }

    fn instance(
        &mut self,
        class: PyObjectRef,
        args: Drain<'_, PyObjectRef>,
    ) -> Result<PyObjectRef, Raised> {
        self.instance_of(&class, args.collect())
    }

    fn build(&mut self, object: &PyObjectRef, state: PyObjectRef) -> Result<(), Raised> {
        let vm = self.vm;
        match self.plans.build(object, state, vm).map_err(Raised)? {
            Some(state) => state::build(object, state, vm).map_err(Raised),
            None => Ok(()),
        }
    }

    fn persistent(&mut self, id: PyObjectRef) -> Result<PyObjectRef, Raised> {
        self.try_persistent(id).map_err(Raised)
    }

    fn persistent_text(&mut self, id: &[u8]) -> Result<PyObjectRef, Raised> {
        let id = self.persistent_id(id)?;
        self.persistent(id)
    }
}

/// An integer from little-endian two's complement.
fn signed_int(bytes: &[u8]) -> BigInt {
    let negative = bytes.last().is_some_and(|last| *last >= 0x80);
    // The magnitude of a negative one is the complement of its digits, plus one.
    let (sign, flip) = match negative {
        true => (Sign::Minus, u32::MAX),
        false => (Sign::Plus, 0),
    };
    let mut carry = negative;
    let digits = bytes.chunks(4).map(|chunk| {
        let mut digit = flip.to_le_bytes();
        digit[..chunk.len()].copy_from_slice(chunk);
        let (digit, more) = (u32::from_le_bytes(digit) ^ flip).overflowing_add(carry.into());
        carry = more;
        digit
    });
    BigInt::new(sign, digits.collect())
}

fn fill_dict(
    dict: &rustpython_vm::Py<PyDict>,
    items: impl Iterator<Item = PyObjectRef>,
    vm: &VirtualMachine,
) -> Result<(), Raised> {
    // The interpreter wants to know of what is set in its own.
    if !dict.is(&vm.builtins.dict()) {
        return for_each_pair(items, |key, value| dict.inner_setitem(&*key, value, vm));
    }
    for_each_pair(items, |key, value| dict.set_item(&*key, value, vm))
}

fn for_each_pair(
    mut items: impl Iterator<Item = PyObjectRef>,
    mut visit: impl FnMut(PyObjectRef, PyObjectRef) -> PyResult<()>,
) -> Result<(), Raised> {
    while let (Some(key), Some(value)) = (items.next(), items.next()) {
        visit(key, value).map_err(Raised)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_they_are_written() {
        let mut value = BigInt::from(1);
        for _ in 0..300 {
            for near in -2i64..=2 {
                let near = BigInt::from(near);
                for near in [&value + &near, &near - &value] {
                    let mut bytes = near.to_signed_bytes_le();
                    assert_eq!(signed_int(&bytes), near);
                    // So do more bytes than there need be.
                    let sign = if near.sign() == Sign::Minus { 0xff } else { 0 };
                    for _ in 0..5 {
                        bytes.push(sign);
                        assert_eq!(signed_int(&bytes), near);
                    }
                }
            }
            value *= 2;
        }
        assert_eq!(signed_int(b""), BigInt::from(0));
        // Its complement has a digit more than it.
        assert_eq!(signed_int(&[0, 0, 0, 0, 0xff]), -BigInt::from(1u64 << 32));
    }
}
