//! From Python to serde.

use core::slice;
use std::vec;

use ::serde::de::value::{SeqDeserializer, StrDeserializer};
use ::serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer as _, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use ::serde::forward_to_deserialize_any;
use num_traits::ToPrimitive as _;
use rustpython_vm::{
    AsObject as _, PyObjectRef, PyResult, VirtualMachine,
    builtins::{PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyStr, PyTuple, PyType},
    types::PyTypeFlags,
};

use super::super::convert::str_text;
use super::super::{Bytes, ConversionError, FromPython};
use super::deeper;

/// Reads one object.
pub(super) struct Deserializer<'vm> {
    pub(super) object: PyObjectRef,
    pub(super) vm: &'vm VirtualMachine,
    pub(super) depth: usize,
}

type Result<T> = core::result::Result<T, ConversionError>;

impl<'vm> Deserializer<'vm> {
    fn value<T: FromPython>(&self) -> Result<T> {
        T::from_python(&self.object, self.vm)
    }

    /// The same for something inside, at one level less of depth.
    fn inner<'de, S: DeserializeSeed<'de>>(
        object: PyObjectRef,
        seed: S,
        depth: usize,
        vm: &'vm VirtualMachine,
    ) -> Result<S::Value> {
        deeper(depth, vm, |depth| {
            let inner = Deserializer { object, vm, depth };
            seed.deserialize(inner)
        })
    }

    /// The items of what is like a sequence.
    fn items(&self) -> Option<Vec<PyObjectRef>> {
        let object = &self.object;
        if let Some(list) = object.downcast_ref::<PyList>() {
            Some(list.borrow_vec().to_vec())
        } else if let Some(tuple) = object.downcast_ref::<PyTuple>() {
            Some(tuple.as_slice().to_vec())
        } else if let Some(set) = object.downcast_ref::<PySet>() {
            Some(set.elements())
        } else {
            object
                .downcast_ref::<PyFrozenSet>()
                .map(|set| set.elements())
        }
    }

    fn seq(&self, items: Vec<PyObjectRef>) -> Items<'vm> {
        Items {
            items: items.into_iter(),
            taken: 0,
            depth: self.depth,
            vm: self.vm,
        }
    }

    fn visit_items<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value> {
        if let Some(items) = self.items() {
            let mut items = self.seq(items);
            let value = visitor.visit_seq(&mut items)?;
            return items.finish(value);
        }
        if self.object.check_buffer() {
            let bytes: Bytes = self.value()?;
            let bytes = bytes.0.into_iter();
            let mut items = SeqDeserializer::<_, ConversionError>::new(bytes);
            return visitor.visit_seq(&mut items);
        }
        self.visit_any(visitor)
    }

    fn entries(&self, entries: Vec<(PyObjectRef, PyObjectRef)>, fields: bool) -> Entries<'vm> {
        Entries {
            entries: entries.into_iter(),
            value: None,
            fields,
            depth: self.depth,
            vm: self.vm,
        }
    }

    fn visit_entries<'de, V: Visitor<'de>>(&self, visitor: V, fields: bool) -> Result<V::Value> {
        match self.object.downcast_ref::<PyDict>() {
            Some(dict) => {
                let entries: Vec<_> = dict.into_iter().collect();
                visitor.visit_map(self.entries(entries, fields))
            }
            None => self.visit_any(visitor),
        }
    }

    /// What an object holds by name: the fields of a dataclass, or else its `__dict__`.
    fn attributes(&self) -> PyResult<Option<Vec<(PyObjectRef, PyObjectRef)>>> {
        let (object, vm) = (&self.object, self.vm);
        let class = object.class();
        // Functions, classes and modules have a `__dict__` as well, but it is not what they are.
        let of_python = class.slots().flags.has_feature(PyTypeFlags::HEAPTYPE)
            && object.downcast_ref::<PyType>().is_none();
        if !of_python && !class.is(vm.ctx.types.namespace_type) {
            return Ok(None);
        }
        let class: PyObjectRef = class.to_owned().into();
        if vm
            .get_attribute_opt(&class, "__dataclass_fields__")?
            .is_some()
        {
            // Not all that are listed there are fields.
            let dataclasses = vm.import("dataclasses", 0)?;
            let fields = vm.call_method(&dataclasses, "fields", (object.clone(),))?;
            let fields = fields.try_to_value::<Vec<PyObjectRef>>(vm)?;
            let mut entries = Vec::with_capacity(fields.len());
            for field in fields {
                let name = field.get_attr("name", vm)?;
                if let Some(text) = name.downcast_ref::<PyStr>() {
                    let value = object.get_attr(text, vm)?;
                    entries.push((name, value));
                }
            }
            return Ok(Some(entries));
        }
        let dict = vm.get_attribute_opt(object, "__dict__")?;
        let dict = dict.and_then(|dict| dict.downcast::<PyDict>().ok());
        Ok(dict.map(|dict| dict.into_iter().collect()))
    }

    /// The fields of a named tuple.
    fn named_tuple(&self) -> PyResult<Option<Vec<(PyObjectRef, PyObjectRef)>>> {
        let Some(tuple) = self.object.downcast_ref::<PyTuple>() else {
            return Ok(None);
        };
        let class: PyObjectRef = self.object.class().to_owned().into();
        let names = self.vm.get_attribute_opt(&class, "_fields")?;
        let names = names.and_then(|names| names.downcast::<PyTuple>().ok());
        Ok(names.map(|names| {
            let names = names.as_slice().iter().cloned();
            names.zip(tuple.as_slice().iter().cloned()).collect()
        }))
    }

    /// The name of a member of an `enum.Enum`.
    fn member_name(&self) -> PyResult<Option<PyObjectRef>> {
        let vm = self.vm;
        let modules = vm.sys_module.get_attr("modules", vm)?;
        // Where it has not been imported there are no members of any.
        let Ok(module) = modules.get_item("enum", vm) else {
            return Ok(None);
        };
        let class = module.get_attr("Enum", vm)?;
        if !self.object.is_instance(&class, vm)? {
            return Ok(None);
        }
        self.object.get_attr("name", vm).map(Some)
    }

    /// By the type of the object.
    fn visit_any<'de, V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value> {
        let (object, vm) = (&self.object, self.vm);
        if vm.is_none(object) {
            visitor.visit_unit()
        } else if object.is(&vm.ctx.true_value) || object.is(&vm.ctx.false_value) {
            visitor.visit_bool(self.value()?)
        } else if let Some(int) = object.downcast_ref::<PyInt>() {
            visit_int(int, visitor)
        } else if let Some(float) = object.downcast_ref::<PyFloat>() {
            visitor.visit_f64(float.to_f64())
        } else if object.downcast_ref::<PyStr>().is_some() {
            visitor.visit_str(str_text(object)?)
        } else if let Some(items) = self.items() {
            let mut items = self.seq(items);
            let value = visitor.visit_seq(&mut items)?;
            items.finish(value)
        } else if object.downcast_ref::<PyDict>().is_some() {
            self.visit_entries(visitor, false)
        } else if object.check_buffer() {
            visitor.visit_byte_buf(self.value::<Bytes>()?.0)
        } else if let Some(name) = self.member_name().map_err(ConversionError::exception)? {
            visitor.visit_str(str_text(&name)?)
        } else {
            match self.attributes().map_err(ConversionError::exception)? {
                Some(entries) => visitor.visit_map(self.entries(entries, true)),
                None => Err(ConversionError::type_error(format!(
                    "a value can't be had from {}",
                    object.class().slot_name()
                ))),
            }
        }
    }
}

fn visit_int<'de, V: Visitor<'de>>(int: &PyInt, visitor: V) -> Result<V::Value> {
    let int = int.as_bigint();
    if let Some(int) = int.to_i64() {
        visitor.visit_i64(int)
    } else if let Some(int) = int.to_u64() {
        visitor.visit_u64(int)
    } else if let Some(int) = int.to_i128() {
        visitor.visit_i128(int)
    } else if let Some(int) = int.to_u128() {
        visitor.visit_u128(int)
    } else {
        let bits = int.bits();
        Err(ConversionError::range(format!(
            "an int of {bits} bits is too large"
        )))
    }
}

macro_rules! integers {
    ($($method:ident, $visit:ident;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            // A bool is an int in Python, but not for serde.
            if self.object.downcast_ref::<PyInt>().is_none()
                || self.object.class().is(self.vm.ctx.types.bool_type)
            {
                return self.visit_any(visitor);
            }
            visitor.$visit(self.value()?)
        }
    )*};
}

impl<'de> ::serde::Deserializer<'de> for Deserializer<'_> {
    type Error = ConversionError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_any(visitor)
    }

    integers! {
        deserialize_i8, visit_i8;
        deserialize_i16, visit_i16;
        deserialize_i32, visit_i32;
        deserialize_i64, visit_i64;
        deserialize_i128, visit_i128;
        deserialize_u8, visit_u8;
        deserialize_u16, visit_u16;
        deserialize_u32, visit_u32;
        deserialize_u64, visit_u64;
        deserialize_u128, visit_u128;
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.object.class().is(self.vm.ctx.types.int_type) {
            return visitor.visit_f64(self.value()?);
        }
        self.visit_any(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_byte_buf(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.object.check_buffer() {
            return visitor.visit_byte_buf(self.value::<Bytes>()?.0);
        }
        self.visit_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.vm.is_none(&self.object) {
            return visitor.visit_none();
        }
        let (vm, depth, object) = (self.vm, self.depth, self.object);
        deeper(depth, vm, |depth| {
            visitor.visit_some(Deserializer { object, vm, depth })
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        let (vm, depth, object) = (self.vm, self.depth, self.object);
        deeper(depth, vm, |depth| {
            visitor.visit_newtype_struct(Deserializer { object, vm, depth })
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.visit_items(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        self.visit_items(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.visit_items(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.object.downcast_ref::<PyDict>().is_some() {
            return self.visit_entries(visitor, false);
        }
        match self.named_tuple().map_err(ConversionError::exception)? {
            Some(entries) => visitor.visit_map(self.entries(entries, true)),
            None => self.visit_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let object = &self.object;
        if object.downcast_ref::<PyDict>().is_some() {
            return self.visit_entries(visitor, true);
        }
        let named_tuple = self.named_tuple().map_err(ConversionError::exception)?;
        let class = object.class();
        let of_python = class.slots().flags.has_feature(PyTypeFlags::HEAPTYPE);
        let plain = object.downcast_ref::<PyTuple>().is_some() && named_tuple.is_none();
        if plain || !of_python && !class.is(self.vm.ctx.types.namespace_type) {
            return self.visit_any(visitor);
        }
        visitor.visit_map(Fields {
            object,
            names: fields.iter(),
            value: None,
            depth: self.depth,
            vm: self.vm,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let (object, vm, depth) = (&self.object, self.vm, self.depth);
        if object.downcast_ref::<PyStr>().is_some() {
            return visitor.visit_enum(str_text(object)?.into_deserializer());
        }
        if let Some(dict) = object.downcast_ref::<PyDict>() {
            let mut entries: Vec<_> = dict.into_iter().collect();
            return match (entries.pop(), entries.is_empty()) {
                (Some((name, contents)), true) => visitor.visit_enum(Variant {
                    name,
                    contents,
                    depth,
                    vm,
                }),
                _ => Err(ConversionError::value("expected a dict of one variant")),
            };
        }
        match self.member_name().map_err(ConversionError::exception)? {
            Some(name) => visitor.visit_enum(str_text(&name)?.into_deserializer()),
            None => Err(ConversionError::expected("a variant: str or dict", object)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        // Whatever it is, it need not have a value.
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool char str string unit unit_struct identifier
    }
}

/// The items of a sequence, one after the other.
struct Items<'vm> {
    items: vec::IntoIter<PyObjectRef>,
    taken: usize,
    depth: usize,
    vm: &'vm VirtualMachine,
}

impl Items<'_> {
    /// Complains of items that the value has not taken.
    fn finish<T>(self, value: T) -> Result<T> {
        match self.items.len() {
            0 => Ok(value),
            left => {
                let (taken, given) = (self.taken, self.taken + left);
                let message = format!("expected {taken} items, got {given}");
                Err(ConversionError::value(message))
            }
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_> {
    type Error = ConversionError;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(object) = self.items.next() else {
            return Ok(None);
        };
        let index = self.taken;
        self.taken += 1;
        let item = Deserializer::inner(object, seed, self.depth, self.vm);
        item.map(Some).map_err(|error| error.in_index(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The keys and values of a dict, or the names and attributes of an object.
struct Entries<'vm> {
    entries: vec::IntoIter<(PyObjectRef, PyObjectRef)>,
    value: Option<(PyObjectRef, PyObjectRef)>,
    /// Whether the keys are names of fields, for the path.
    fields: bool,
    depth: usize,
    vm: &'vm VirtualMachine,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = ConversionError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some((key.clone(), value));
        let name = Deserializer::inner(key.clone(), seed, self.depth, self.vm);
        name.map(Some).map_err(|error| error.at_key(&key, self.vm))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some((key, value)) = self.value.take() else {
            return Err(ConversionError::value("a value of a map without its key"));
        };
        let value = Deserializer::inner(value, seed, self.depth, self.vm);
        value.map_err(
            |error| match key.downcast_ref::<PyStr>().and_then(|key| key.to_str()) {
                Some(name) if self.fields => error.in_field(name.to_owned()),
                _ => error.in_key(&key, self.vm),
            },
        )
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// The attributes of an object that a struct has as fields.
struct Fields<'a> {
    object: &'a PyObjectRef,
    names: slice::Iter<'static, &'static str>,
    value: Option<(&'static str, PyObjectRef)>,
    depth: usize,
    vm: &'a VirtualMachine,
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = ConversionError;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        for &name in self.names.by_ref() {
            let attribute = self.vm.ctx.new_str(name);
            let value = self.vm.get_attribute_opt(self.object, &attribute);
            let value = value.map_err(|error| ConversionError::exception(error).in_field(name))?;
            // Without the attribute serde takes a default or complains.
            if let Some(value) = value {
                self.value = Some((name, value));
                let name: StrDeserializer<'_, ConversionError> = name.into_deserializer();
                return seed.deserialize(name).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some((name, value)) = self.value.take() else {
            return Err(ConversionError::value("a field without its name"));
        };
        let value = Deserializer::inner(value, seed, self.depth, self.vm);
        value.map_err(|error| error.in_field(name))
    }
}

/// A variant with contents.
struct Variant<'vm> {
    name: PyObjectRef,
    contents: PyObjectRef,
    depth: usize,
    vm: &'vm VirtualMachine,
}

impl<'vm, 'de> EnumAccess<'de> for Variant<'vm> {
    type Error = ConversionError;
    type Variant = Contents<'vm>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Contents<'vm>)> {
        let name = str_text(&self.name)?;
        let deserializer: StrDeserializer<'_, ConversionError> = name.into_deserializer();
        let variant = seed.deserialize(deserializer)?;
        let contents = Contents {
            name: name.to_owned(),
            object: self.contents,
            depth: self.depth,
            vm: self.vm,
        };
        Ok((variant, contents))
    }
}

/// The contents of a variant.
struct Contents<'vm> {
    name: String,
    object: PyObjectRef,
    depth: usize,
    vm: &'vm VirtualMachine,
}

impl<'vm> Contents<'vm> {
    fn read<T>(self, read: impl FnOnce(Deserializer<'vm>) -> Result<T>) -> Result<T> {
        let Self {
            name,
            object,
            depth,
            vm,
        } = self;
        let value = deeper(depth, vm, |depth| read(Deserializer { object, vm, depth }));
        value.map_err(|error| error.in_field(name))
    }
}

impl<'de> VariantAccess<'de> for Contents<'_> {
    type Error = ConversionError;

    fn unit_variant(self) -> Result<()> {
        self.read(|contents| contents.value())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.read(|contents| seed.deserialize(contents))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value> {
        self.read(|contents| contents.visit_items(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.read(|contents| {
            ::serde::Deserializer::deserialize_struct(contents, "", fields, visitor)
        })
    }
}
