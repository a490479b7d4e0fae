//! From serde to Python.

use ::serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use rustpython_vm::{PyObjectRef, VirtualMachine, builtins::PyDictRef};

use super::super::{ConversionError, ToPython};
use super::deeper;

/// Makes one object.
#[derive(Clone, Copy)]
pub(super) struct Serializer<'vm> {
    pub(super) vm: &'vm VirtualMachine,
    pub(super) depth: usize,
}

type Result = core::result::Result<PyObjectRef, ConversionError>;

impl<'vm> Serializer<'vm> {
    fn make(self, value: impl ToPython) -> Result {
        value.to_python(self.vm).map_err(ConversionError::exception)
    }

    /// The object of something inside.
    fn inner<T: Serialize + ?Sized>(self, value: &T) -> Result {
        let vm = self.vm;
        deeper(self.depth, vm, |depth| value.serialize(Self { vm, depth }))
    }

    /// `{name: contents}`
    fn variant(self, name: &'static str, contents: PyObjectRef) -> Result {
        let dict = self.vm.ctx.new_dict();
        let set = dict.set_item(name, contents, self.vm);
        set.map_err(ConversionError::exception)?;
        Ok(dict.into())
    }

    fn items(self, length: usize, variant: Option<&'static str>) -> Items<'vm> {
        // What a value says of its length need not be true.
        let items = Vec::with_capacity(length.min(1024));
        Items {
            serializer: self,
            items,
            variant,
        }
    }

    fn entries(self, variant: Option<&'static str>) -> Entries<'vm> {
        Entries {
            serializer: self,
            dict: self.vm.ctx.new_dict(),
            key: None,
            variant,
        }
    }
}

macro_rules! plain {
    ($($method:ident($type:ty);)*) => {$(
        fn $method(self, value: $type) -> Result {
            self.make(value)
        }
    )*};
}

impl<'vm> ::serde::Serializer for Serializer<'vm> {
    type Ok = PyObjectRef;
    type Error = ConversionError;
    type SerializeSeq = List<'vm>;
    type SerializeTuple = Items<'vm>;
    type SerializeTupleStruct = Items<'vm>;
    type SerializeTupleVariant = Items<'vm>;
    type SerializeMap = Entries<'vm>;
    type SerializeStruct = Entries<'vm>;
    type SerializeStructVariant = Entries<'vm>;

    plain! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
    }

    fn serialize_bytes(self, value: &[u8]) -> Result {
        self.make(super::super::Bytes(value))
    }

    fn serialize_none(self) -> Result {
        Ok(self.vm.ctx.none())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result {
        self.inner(value)
    }

    fn serialize_unit(self) -> Result {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result {
        self.make(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result {
        self.inner(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result {
        let value = self.inner(value).map_err(|error| error.in_field(variant))?;
        self.variant(variant, value)
    }

    fn serialize_seq(
        self,
        length: Option<usize>,
    ) -> core::result::Result<List<'vm>, ConversionError> {
        Ok(List(self.items(length.unwrap_or(0), None)))
    }

    fn serialize_tuple(self, length: usize) -> core::result::Result<Items<'vm>, ConversionError> {
        Ok(self.items(length, None))
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        length: usize,
    ) -> core::result::Result<Items<'vm>, ConversionError> {
        Ok(self.items(length, None))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        length: usize,
    ) -> core::result::Result<Items<'vm>, ConversionError> {
        Ok(self.items(length, Some(variant)))
    }

    fn serialize_map(
        self,
        _length: Option<usize>,
    ) -> core::result::Result<Entries<'vm>, ConversionError> {
        Ok(self.entries(None))
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _length: usize,
    ) -> core::result::Result<Entries<'vm>, ConversionError> {
        Ok(self.entries(None))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> core::result::Result<Entries<'vm>, ConversionError> {
        Ok(self.entries(Some(variant)))
    }
}

/// A tuple that is being made.
pub(super) struct Items<'vm> {
    serializer: Serializer<'vm>,
    items: Vec<PyObjectRef>,
    variant: Option<&'static str>,
}

impl Items<'_> {
    fn push<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> core::result::Result<(), ConversionError> {
        let item = self.serializer.inner(value);
        let item = item.map_err(|error| error.in_index(self.items.len()))?;
        self.items.push(item);
        Ok(())
    }

    fn tuple(self) -> Result {
        let tuple = self.serializer.vm.ctx.new_tuple(self.items).into();
        match self.variant {
            Some(variant) => self.serializer.variant(variant, tuple),
            None => Ok(tuple),
        }
    }
}

/// A list that is being made.
pub(super) struct List<'vm>(Items<'vm>);

impl SerializeSeq for List<'_> {
    type Ok = PyObjectRef;
    type Error = ConversionError;

    fn serialize_element<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> core::result::Result<(), ConversionError> {
        self.0.push(value)
    }

    fn end(self) -> Result {
        let Items {
            serializer, items, ..
        } = self.0;
        Ok(serializer.vm.ctx.new_list(items).into())
    }
}

macro_rules! tuples {
    ($($trait:ident, $method:ident;)*) => {$(
        impl $trait for Items<'_> {
            type Ok = PyObjectRef;
            type Error = ConversionError;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                value: &T,
            ) -> core::result::Result<(), ConversionError> {
                self.push(value)
            }

            fn end(self) -> Result {
                self.tuple()
            }
        }
    )*};
}

tuples! {
    SerializeTuple, serialize_element;
    SerializeTupleStruct, serialize_field;
    SerializeTupleVariant, serialize_field;
}

/// A dict that is being made.
pub(super) struct Entries<'vm> {
    serializer: Serializer<'vm>,
    dict: PyDictRef,
    key: Option<PyObjectRef>,
    variant: Option<&'static str>,
}

impl Entries<'_> {
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> core::result::Result<(), ConversionError> {
        let value = self.serializer.inner(value);
        let value = value.map_err(|error| error.in_field(name))?;
        let set = self.dict.set_item(name, value, self.serializer.vm);
        set.map_err(ConversionError::exception)
    }

    fn dict(self) -> Result {
        match self.variant {
            Some(variant) => self.serializer.variant(variant, self.dict.into()),
            None => Ok(self.dict.into()),
        }
    }
}

impl SerializeMap for Entries<'_> {
    type Ok = PyObjectRef;
    type Error = ConversionError;

    fn serialize_key<T: Serialize + ?Sized>(
        &mut self,
        key: &T,
    ) -> core::result::Result<(), ConversionError> {
        self.key = Some(self.serializer.inner(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(
        &mut self,
        value: &T,
    ) -> core::result::Result<(), ConversionError> {
        let vm = self.serializer.vm;
        let Some(key) = self.key.take() else {
            return Err(ConversionError::value("a value of a map without its key"));
        };
        let value = self.serializer.inner(value);
        let value = value.map_err(|error| error.in_key(&key, vm))?;
        // A list has no hash, and then there is no such dict.
        let set = self.dict.set_item(&*key, value, vm);
        set.map_err(ConversionError::exception)
    }

    fn end(self) -> Result {
        self.dict()
    }
}

macro_rules! structs {
    ($($trait:ident;)*) => {$(
        impl $trait for Entries<'_> {
            type Ok = PyObjectRef;
            type Error = ConversionError;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> core::result::Result<(), ConversionError> {
                self.field(name, value)
            }

            fn end(self) -> Result {
                self.dict()
            }
        }
    )*};
}

structs! {
    SerializeStruct;
    SerializeStructVariant;
}
