//! The graph as the machine's model: each object is a node.

use std::vec::Drain;

use super::{Flaw, Graph, Id, Kind, Role, TooMany, joined};
use crate::inspect::text::{self, from_decimal, shortest};
use crate::machine::Model;
use crate::wire::Opcode;

type Made = Result<Id, TooMany>;

impl Graph {
    /// The whole text of a node that can name a module or a global.
    fn name(&self, id: Id) -> Option<&[u8]> {
        let node = self.get(id).filter(|node| node.content.is_whole())?;
        let bytes = node.content.bytes();
        match node.kind {
            Kind::Str => Some(bytes),
            // Whatever its encoding.
            Kind::OldStr if bytes.is_ascii() => Some(bytes),
            _ => None,
        }
    }
}

impl Model for Graph {
    type Object = Id;
    type Error = TooMany;

    fn held(&self) -> u64 {
        self.held
    }

    fn at(&mut self, offset: u64, opcode: Opcode) {
        self.account(offset);
        self.offset = offset;
        self.opcode = opcode;
        self.opcodes += 1;
    }

    fn protocol(&mut self, protocol: u8) {
        self.protocol = protocol;
        self.odd_protocol |= self.opcodes > 1;
    }

    fn none(&mut self) -> Id {
        self.atom(Kind::None, &[])
    }
    fn bool(&mut self, value: bool) -> Id {
        self.atom(Kind::Bool, &[value.into()])
    }
    fn int(&mut self, value: i64) -> Id {
        self.atom(Kind::Int, shortest(&value.to_le_bytes()))
    }
    fn long(&mut self, bytes: &[u8]) -> Made {
        self.check()?;
        Ok(self.atom(Kind::Int, shortest(bytes)))
    }
    fn int_text(&mut self, text: &[u8], _opcode: Opcode) -> Made {
        self.check()?;
        let value = from_decimal(text).unwrap_or_else(|_| {
            self.blame(Flaw::Number);
            Vec::new()
        });
        Ok(self.atom(Kind::Int, &value))
    }
    fn float(&mut self, value: f64) -> Id {
        self.atom(Kind::Float, &value.to_be_bytes())
    }
    fn string(&mut self, bytes: &[u8]) -> Made {
        self.check()?;
        Ok(self.atom(Kind::OldStr, bytes))
    }
    fn string_escaped(&mut self, text: &[u8]) -> Made {
        self.check()?;
        let bytes = text::escape_decode(text).unwrap_or_else(|_| {
            self.blame(Flaw::Text);
            text.to_vec()
        });
        Ok(self.atom(Kind::OldStr, &bytes))
    }
    fn str(&mut self, utf8: &[u8]) -> Made {
        self.check()?;
        if core::str::from_utf8(utf8).is_err() && text::surrogatepass(utf8).is_err() {
            self.blame(Flaw::Text);
        }
        Ok(self.atom(Kind::Str, utf8))
    }
    fn str_escaped(&mut self, text: &[u8]) -> Made {
        self.check()?;
        let utf8 = text::raw_unicode_escape(text).unwrap_or_else(|_| {
            self.blame(Flaw::Text);
            text.to_vec()
        });
        Ok(self.atom(Kind::Str, &utf8))
    }
    fn bytes(&mut self, bytes: Vec<u8>) -> Id {
        self.atom(Kind::Bytes, &bytes)
    }
    fn bytearray(&mut self, bytes: Vec<u8>) -> Id {
        let content = self.content(&bytes);
        self.push(Kind::ByteArray, content, Vec::new())
    }
    fn next_buffer(&mut self) -> Made {
        let id = self.made(Kind::Buffer, []);
        self.step_made(id)
    }
    fn readonly_buffer(&mut self, buffer: Id) -> Made {
        if !self.get(buffer).is_some_and(|node| {
            matches!(
                node.kind,
                Kind::Buffer
                    | Kind::Bytes
                    | Kind::OldStr
                    | Kind::ByteArray
                    | Kind::Persistent
                    | Kind::PersistentText
            )
        }) {
            self.blame(Flaw::Buffer);
        }
        let id = self.made(Kind::Buffer, [buffer]);
        self.step_made(id)
    }
    fn tuple(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.made(Kind::Tuple, items))
    }
    fn list(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.whole(Kind::List, items.map(|id| (Role::Item, id))))
    }
    fn dict(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.whole(Kind::Dict, items.map(|id| (Role::Pair, id))))
    }
    fn set(&mut self) -> Id {
        self.made(Kind::Set, [])
    }
    fn frozenset(&mut self, items: Drain<'_, Id>) -> Made {
        self.check()?;
        Ok(self.whole(Kind::FrozenSet, items.map(|id| (Role::Item, id))))
    }
    fn extend(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), TooMany> {
        self.add(*target, Role::Item, items)
    }
    fn append(&mut self, target: &Id, item: Id) -> Result<(), TooMany> {
        self.add(*target, Role::Item, [item])
    }
    fn set_items(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), TooMany> {
        self.add(*target, Role::Pair, items)
    }
    fn add_items(&mut self, target: &Id, items: Drain<'_, Id>) -> Result<(), TooMany> {
        self.add(*target, Role::Item, items)
    }
    fn global_text(&mut self, module: &[u8], name: &[u8], _opcode: Opcode) -> Made {
        if core::str::from_utf8(module).is_err() || core::str::from_utf8(name).is_err() {
            self.blame(Flaw::Text);
        }
        let id = self.atom(Kind::Global, &joined(module, name));
        self.step_made(id)
    }
    fn global(&mut self, module_id: Id, name_id: Id) -> Made {
        let (module, name) = (module_id, name_id);
        self.check()?;
        if !self.options.shared {
            // The same names may be made of texts that are not the pickle's own.
            for text in [module, name] {
                if self.get(text).is_some_and(|node| {
                    node.kind.is_constant() && !matches!(node.kind, Kind::Str | Kind::OldStr)
                }) {
                    self.blame(Flaw::Text);
                }
            }
        }
        let id = match (self.name(module), self.name(name)) {
            (Some(module), Some(name)) => {
                let content = joined(module, name);
                let id = self.atom(Kind::Global, &content);
                self.move_sizes([module_id, name_id], id);
                id
            }
            _ => self.made(Kind::Computed, [module, name]),
        };
        self.step_made(id)
    }
    fn extension(&mut self, code: i32) -> Made {
        let id = self.atom(Kind::Extension, shortest(&code.to_le_bytes()));
        self.step_made(id)
    }
    fn reduce(&mut self, callable: Id, args: Id) -> Made {
        let id = self.made(Kind::Call, [callable, args]);
        self.step_made(id)
    }
    fn new_object(&mut self, class: Id, args: Id, kwargs: Option<Id>) -> Made {
        let id = self.made(Kind::New, [class, args].into_iter().chain(kwargs));
        self.step_made(id)
    }
    fn instance(&mut self, class: Id, args: Drain<'_, Id>) -> Made {
        let id = self.made(Kind::Instance, core::iter::once(class).chain(args));
        self.step_made(id)
    }
    fn build(&mut self, object: &Id, state: Id) -> Result<(), TooMany> {
        self.add(*object, Role::State, [state])
    }
    fn persistent(&mut self, id: Id) -> Made {
        if self.options.shared
            && let Some(text) = self.get(id).filter(|node| node.kind == Kind::Str)
        {
            let text = text.content.clone();
            let id = self.atom_of(Kind::PersistentText, text);
            return self.step_made(id);
        }
        let id = self.made(Kind::Persistent, [id]);
        self.step_made(id)
    }
    fn persistent_text(&mut self, id: &[u8]) -> Made {
        let id = self.atom(Kind::PersistentText, id);
        self.step_made(id)
    }

    /// A call whose result nobody keeps was made for what it does: that belongs to its first argument.
    fn discard(&mut self, objects: Drain<'_, Id>) {
        for call in objects {
            let first = self
                .get(call)
                .filter(|node| node.kind == Kind::Call)
                .and_then(|node| self.get(node.parts.get(1)?.1))
                .filter(|args| args.kind == Kind::Tuple)
                .and_then(|args| Some(args.parts.first()?.1));
            if let Some(first) = first
                && let Some(node) = self.nodes.get_mut(first as usize)
                && !node.kind.is_atom()
                && node.parts.last() != Some(&(Role::Effect, call))
            {
                node.parts.push((Role::Effect, call));
                // That there are too many shows with the next check.
                let _ = self.count(1);
                self.last_step = Some(self.offset);
            }
        }
    }
}
