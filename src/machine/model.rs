//! What a machine makes: the [`Model`] trait.

use std::vec::Drain;

use super::Memo;

/// The maker of the objects that an unpickling [`Machine`](super::Machine) moves about.
///
/// The machine knows opcodes, stack, marks, memo and frames; the model knows what
/// a list, a global or a call is. Items come in batches: a container gets
/// everything that the pickle gives it at once.
///
/// Text arguments come as the bytes of the pickle, because how they may fail is
/// the model's business.
pub trait Model {
    /// A handle to an object; cloning it shares the object.
    type Object: Clone;
    /// How making an object fails.
    type Error;

    /// An opcode was read, at this offset in bytes; what the model is asked for until the next one is this opcode's doing.
    #[inline]
    fn at(&mut self, _offset: u64, _opcode: crate::wire::Opcode) {}

    /// How many bytes of memory the objects take, for a [`Meter`](super::Meter) that wants to know; 0 if nobody counts.
    #[inline]
    fn held(&self) -> u64 {
        0
    }

    /// The pickle names its protocol.
    fn protocol(&mut self, _protocol: u8) {}

    /// Called before anything that may run foreign code, which may want to see the memo.
    #[inline]
    fn lend(&mut self, _memo: &mut Memo<Self::Object>) {}

    /// Called after it, whatever came of it.
    #[inline]
    fn reclaim(&mut self, _memo: &mut Memo<Self::Object>) {}

    /// An object is put on the stack once more, from the memo or by `DUP`.
    #[inline]
    fn shared(&mut self, _object: &Self::Object) {}

    /// Whether nobody can notice when an object ends, so that the memo need not hold it.
    #[inline]
    fn is_data(&self, _object: &Self::Object) -> bool {
        false
    }

    /// The object that a pickle is about to end with.
    ///
    /// # Errors
    /// When the model won't hand it out.
    #[inline]
    fn finished(&mut self, _object: &Self::Object) -> Result<(), Self::Error> {
        Ok(())
    }

    /// `None`.
    fn none(&mut self) -> Self::Object;
    /// A boolean.
    fn bool(&mut self, value: bool) -> Self::Object;
    /// A small integer.
    fn int(&mut self, value: i64) -> Self::Object;
    /// An integer from little-endian two's complement; no bytes are zero.
    ///
    /// # Errors
    /// As the model sees fit.
    fn long(&mut self, bytes: &[u8]) -> Result<Self::Object, Self::Error>;
    /// An integer from the text of `INT` or `LONG` that is no plain small decimal; with the
    /// newline, unless something else has ended the text.
    ///
    /// # Errors
    /// When the text is no integer.
    fn int_text(
        &mut self,
        text: &[u8],
        opcode: crate::wire::Opcode,
    ) -> Result<Self::Object, Self::Error>;
    /// A float.
    fn float(&mut self, value: f64) -> Self::Object;

    /// A Python 2 string with a length.
    ///
    /// # Errors
    /// When the bytes can't be decoded.
    fn string(&mut self, bytes: &[u8]) -> Result<Self::Object, Self::Error>;
    /// A Python 2 string from the text between its quotes, with backslash escapes.
    ///
    /// # Errors
    /// When an escape is malformed or the bytes can't be decoded.
    fn string_escaped(&mut self, text: &[u8]) -> Result<Self::Object, Self::Error>;
    /// A str from UTF-8, in which surrogates may stand.
    ///
    /// # Errors
    /// When the bytes are no such text.
    fn str(&mut self, utf8: &[u8]) -> Result<Self::Object, Self::Error>;
    /// The same of a large one, whose bytes may become the object's own.
    ///
    /// # Errors
    /// As [`str`](Self::str).
    fn large_str(&mut self, utf8: Vec<u8>) -> Result<Self::Object, Self::Error> {
        self.str(&utf8)
    }
    /// A str from raw-unicode-escape text.
    ///
    /// # Errors
    /// When an escape is malformed.
    fn str_escaped(&mut self, text: &[u8]) -> Result<Self::Object, Self::Error>;
    /// A bytes object.
    fn bytes(&mut self, bytes: Vec<u8>) -> Self::Object;
    /// A bytearray.
    fn bytearray(&mut self, bytes: Vec<u8>) -> Self::Object;
    /// The next out-of-band buffer.
    ///
    /// # Errors
    /// When there is none.
    fn next_buffer(&mut self) -> Result<Self::Object, Self::Error>;
    /// A read-only view of a buffer.
    ///
    /// # Errors
    /// When the object is no buffer.
    fn readonly_buffer(&mut self, buffer: Self::Object) -> Result<Self::Object, Self::Error>;

    /// A tuple of these items.
    ///
    /// # Errors
    /// As the model sees fit.
    fn tuple(&mut self, items: Drain<'_, Self::Object>) -> Result<Self::Object, Self::Error>;
    /// A list of these items.
    ///
    /// # Errors
    /// As the model sees fit.
    fn list(&mut self, items: Drain<'_, Self::Object>) -> Result<Self::Object, Self::Error>;
    /// A dict of these keys and values, one after the other; their number is even.
    ///
    /// # Errors
    /// When a key can't be hashed or compared.
    fn dict(&mut self, items: Drain<'_, Self::Object>) -> Result<Self::Object, Self::Error>;
    /// An empty set.
    fn set(&mut self) -> Self::Object;
    /// A frozenset of these items.
    ///
    /// # Errors
    /// When an item can't be hashed or compared.
    fn frozenset(&mut self, items: Drain<'_, Self::Object>) -> Result<Self::Object, Self::Error>;

    /// Adds items, of which there is at least one, to a list or what acts as one.
    ///
    /// # Errors
    /// When the target refuses them.
    fn extend(
        &mut self,
        target: &Self::Object,
        items: Drain<'_, Self::Object>,
    ) -> Result<(), Self::Error>;
    /// Adds one item to a list or what acts as one.
    ///
    /// # Errors
    /// When the target refuses it.
    fn append(&mut self, target: &Self::Object, item: Self::Object) -> Result<(), Self::Error>;
    /// Adds keys and values, of which there is at least one pair, to a dict or what acts as one.
    ///
    /// # Errors
    /// When the target refuses them.
    fn set_items(
        &mut self,
        target: &Self::Object,
        items: Drain<'_, Self::Object>,
    ) -> Result<(), Self::Error>;
    /// The same right before `BUILD`, so that the target is most probably an object's state.
    ///
    /// # Errors
    /// As [`set_items`](Self::set_items).
    fn set_state_items(
        &mut self,
        target: &Self::Object,
        items: Drain<'_, Self::Object>,
    ) -> Result<(), Self::Error> {
        self.set_items(target, items)
    }
    /// Adds items, of which there is at least one, to a set or what acts as one.
    ///
    /// # Errors
    /// When the target refuses them.
    fn add_items(
        &mut self,
        target: &Self::Object,
        items: Drain<'_, Self::Object>,
    ) -> Result<(), Self::Error>;

    /// Whether a line of text can be a module's name; called before the name in it is read.
    ///
    /// # Errors
    /// When the text can't be decoded.
    fn module_text(
        &mut self,
        _module: &[u8],
        _opcode: crate::wire::Opcode,
    ) -> Result<(), Self::Error> {
        Ok(())
    }
    /// The global that two lines of text name; `INST` allows ASCII only.
    ///
    /// # Errors
    /// When there is no such global, or it may not be used.
    fn global_text(
        &mut self,
        module: &[u8],
        name: &[u8],
        opcode: crate::wire::Opcode,
    ) -> Result<Self::Object, Self::Error>;
    /// The global that two objects name.
    ///
    /// # Errors
    /// When they are no strings, there is no such global, or it may not be used.
    fn global(
        &mut self,
        module: Self::Object,
        name: Self::Object,
    ) -> Result<Self::Object, Self::Error>;
    /// The global that is registered with a code above zero.
    ///
    /// # Errors
    /// When none is registered, or it may not be used.
    fn extension(&mut self, code: i32) -> Result<Self::Object, Self::Error>;

    /// Calls a callable with a tuple of arguments (`REDUCE`).
    ///
    /// # Errors
    /// When the call fails.
    fn reduce(
        &mut self,
        callable: Self::Object,
        args: Self::Object,
    ) -> Result<Self::Object, Self::Error>;
    /// Makes an instance with `__new__` (`NEWOBJ`, and `NEWOBJ_EX` with keyword arguments).
    ///
    /// # Errors
    /// When the arguments have the wrong types or the call fails.
    fn new_object(
        &mut self,
        class: Self::Object,
        args: Self::Object,
        kwargs: Option<Self::Object>,
    ) -> Result<Self::Object, Self::Error>;
    /// Makes an instance as Python 2's classic classes were (`OBJ`, `INST`).
    ///
    /// # Errors
    /// When the call fails.
    fn instance(
        &mut self,
        class: Self::Object,
        args: Drain<'_, Self::Object>,
    ) -> Result<Self::Object, Self::Error>;
    /// Gives an object its state (`BUILD`).
    ///
    /// # Errors
    /// When the object refuses it.
    fn build(&mut self, object: &Self::Object, state: Self::Object) -> Result<(), Self::Error>;

    /// The object of a persistent id.
    ///
    /// # Errors
    /// When there is none.
    fn persistent(&mut self, id: Self::Object) -> Result<Self::Object, Self::Error>;
    /// The object of a persistent id given as text.
    ///
    /// # Errors
    /// When there is none or the text is malformed.
    fn persistent_text(&mut self, id: &[u8]) -> Result<Self::Object, Self::Error>;

    /// Drops objects that the pickle made and no longer needs; may run foreign code.
    fn discard(&mut self, objects: Drain<'_, Self::Object>) {
        drop(objects);
    }
}
