//! Whether lists allow what a pickle does: the rules of a load under a policy, on a graph.

use core::cell::Cell;
use std::borrow::Cow;

use crate::inspect::graph::{Graph, Id, Kind, Node, Role};
use crate::machine::small_long;
use crate::policy::{AllowList, Entry, ItemRule, Right, Seen, Shape, StateRule, View};
use crate::wire::Opcode;

/// How many keys and values of a dict are looked at.
///
/// A load looks at no more, so that what is allowed here is allowed there.
const MOST_PAIRS: usize = 64;

/// Which global a pickle means: its names after `fix_imports`.
pub(super) type Names = (String, String);

/// Lists, asked one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lists<'a>(pub(super) &'a [AllowList]);

impl<'a> Lists<'a> {
    /// The lists that have a global, and what they say of it.
    fn all(self, names: &Names) -> impl Iterator<Item = (&'a AllowList, &'a Entry)> {
        let (module, name) = names;
        self.0
            .iter()
            .filter_map(move |list| Some((list, list.get(module, name)?)))
    }
}

/// A graph as the rules of lists see it.
pub(super) struct Seer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) lists: Lists<'a>,
    /// The protocol that decides whether Python 2's names are translated.
    pub(super) protocol: u8,
    /// What may still be looked at: many calls may have the same large arguments.
    pub(super) work: &'a Cell<u64>,
}

/// What may be looked at in all of a graph: each part several times.
pub(super) fn work(graph: &Graph) -> Cell<u64> {
    Cell::new(
        (graph.len() as u64)
            .saturating_mul(16)
            .saturating_add(1 << 20),
    )
}

impl<'a> Seer<'a> {
    /// The names of a global for which a load looks.
    pub(super) fn names(&self, id: Id) -> Option<Names> {
        let (module, name) = self.graph.global_name(id)?;
        let module = core::str::from_utf8(module).ok()?;
        let name = core::str::from_utf8(name).ok()?;
        let mapped = crate::python2_names::python3_names(module, name);
        let (module, name) = mapped
            .filter(|_| self.protocol < 3)
            .unwrap_or((module, name));
        Some((module.to_owned(), name.to_owned()))
    }

    /// What the first list that has it says of a global object.
    pub(super) fn entry(&self, id: Id) -> Option<(&'a AllowList, &'a Entry)> {
        self.lists.all(&self.names(id)?).next()
    }

    /// Whether some list allows something with a global object; if none does, why the first one that has it does not.
    fn some_list(
        &self,
        id: Option<Id>,
        unlisted: &str,
        check: impl Fn(&AllowList, &Entry) -> Result<(), String>,
    ) -> Result<(), String> {
        let mut refused = None;
        if let Some(names) = id.and_then(|id| self.names(id)) {
            for (list, entry) in self.lists.all(&names) {
                match check(list, entry) {
                    Ok(()) => return Ok(()),
                    Err(why) => refused = refused.or(Some(why)),
                }
            }
        }
        Err(refused.unwrap_or_else(|| unlisted.to_owned()))
    }

    /// Whether so much more may be looked at; if not, nothing is.
    pub(super) fn charge(&self, parts: usize) -> bool {
        let left = self.work.get().checked_sub(parts as u64);
        self.work.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Whether a call is allowed.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn call(&self, id: Id) -> Result<(), String> {
        let node = self.graph.get(id).ok_or_else(String::new)?;
        let mut made = node.made_of();
        let callable = made.next().ok_or_else(String::new)?;
        let unlisted = "it calls what no list allows";
        self.some_list(Some(callable), unlisted, |list, entry| {
            self.call_of(node, list, entry)
        })
    }

    fn call_of(&self, node: &Node, list: &AllowList, entry: &Entry) -> Result<(), String> {
        let mut made = node.made_of();
        made.next();
        if entry.right() != Right::Call {
            return Err(format!(
                "the list {} does not let it be called",
                list.name()
            ));
        }
        if matches!(node.kind(), Kind::New) && entry.is_function() {
            return Err("it is no class".to_owned());
        }
        let too_large = || Err("its arguments are too large to look at".to_owned());
        let arguments: Vec<Id> = if node.kind() == Kind::Instance {
            if !self.charge(node.parts().len()) {
                return too_large();
            }
            made.collect()
        } else {
            let tuple = made.next().and_then(|id| self.graph.get(id));
            let Some(tuple) = tuple.filter(|node| node.kind() == Kind::Tuple) else {
                return Err("its arguments are no tuple".to_owned());
            };
            let keywords = made.next().and_then(|id| self.graph.get(id));
            if keywords.is_some_and(|dict| dict.kind() != Kind::Dict || !dict.parts().is_empty())
                && !entry.keywords()
            {
                return Err("it has keyword arguments".to_owned());
            }
            if keywords.is_some() && entry.is_stand_in() {
                return Err("it is no class".to_owned());
            }
            if !self.charge(tuple.parts().len()) {
                return too_large();
            }
            tuple.made_of().collect()
        };
        entry.arguments().check(&arguments, self)?;
        match self.work.get() {
            0 => too_large(),
            _ => Ok(()),
        }
    }

    /// Whether an object may be given more parts.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn added(
        &self,
        target: Id,
        opcode: Opcode,
        parts: &[(Role, Id)],
    ) -> Result<(), String> {
        let node = self.graph.get(target).ok_or_else(String::new)?;
        let fits = match opcode {
            Opcode::Append | Opcode::Appends => node.kind() == Kind::List,
            Opcode::SetItem | Opcode::SetItems => node.kind() == Kind::Dict,
            Opcode::AddItems => node.kind() == Kind::Set,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        if node.kind().is_container() {
            return Err("it takes no such items".to_owned());
        }
        let unlisted = "it changes an object that is not the pickle's own";
        self.some_list(self.graph.class_of(target), unlisted, |list, entry| {
            self.added_to_instance(opcode, parts, list, entry)
        })
    }

    fn added_to_instance(
        &self,
        opcode: Opcode,
        parts: &[(Role, Id)],
        list: &AllowList,
        entry: &Entry,
    ) -> Result<(), String> {
        let refused = || {
            Err(format!(
                "the list {} does not let it be given this",
                list.name()
            ))
        };
        match (opcode, entry.item_rule()) {
            (Opcode::Build, _) => match (entry.state_rule(), parts) {
                (StateRule::Attributes, [(_, state)]) => self.attributes(*state),
                (StateRule::Fields(shape), [(_, state)]) => self
                    .attributes(*state)
                    .and_then(|()| self.state(shape, *state)),
                (StateRule::SetState(shape), [(_, state)]) => self.state(shape, *state),
                _ => refused(),
            },
            (Opcode::Append | Opcode::Appends, ItemRule::List)
            | (Opcode::SetItem | Opcode::SetItems, ItemRule::Dict)
            | (Opcode::AddItems, ItemRule::Set) => Ok(()),
            _ => refused(),
        }
    }

    /// Bytes as Python 3 writes them up to protocol 2: `_codecs.encode(text, 'latin1')`, or `bytes()`.
    fn encoded(&self, call: Id) -> Option<Vec<u8>> {
        let mut made = self.graph.get(call)?.made_of();
        let names = self.graph.global_name(made.next()?)?;
        let args: Vec<Id> = self.graph.get(made.next()?)?.made_of().take(3).collect();
        let text = |id: &Id| {
            let node = self.graph.get(*id)?;
            let str = node.kind() == Kind::Str && node.content().is_whole();
            str.then(|| node.content().bytes())
        };
        match (names, &*args) {
            ((b"_codecs", b"encode"), [value, encoding]) if text(encoding)? == b"latin1" => {
                let value = core::str::from_utf8(text(value)?).ok()?;
                if !self.charge(value.len()) {
                    return None;
                }
                value.chars().map(|char| u8::try_from(char).ok()).collect()
            }
            ((b"builtins" | b"__builtin__", b"bytes"), []) => Some(Vec::new()),
            _ => None,
        }
    }

    fn state(&self, shape: &Shape, state: Id) -> Result<(), String> {
        if shape.accepts(&state, self) {
            return Ok(());
        }
        Err(format!("its state has to be {shape}"))
    }

    /// Attributes by name: a dict, or a tuple of two of them, or of `None`.
    fn attributes(&self, state: Id) -> Result<(), String> {
        let Some(node) = self.graph.get(state) else {
            return Ok(());
        };
        let dicts: Vec<Id> = match node.kind() {
            Kind::Tuple if node.parts().len() == 2 => node.made_of().collect(),
            _ => vec![state],
        };
        for dict in dicts.into_iter().filter_map(|id| self.graph.get(id)) {
            if dict.kind() == Kind::None {
                continue;
            }
            if dict.kind() != Kind::Dict {
                return Err("its state is no dict of attributes".to_owned());
            }
            if !self.charge(dict.parts().len()) {
                return Err("its state is too large to look at".to_owned());
            }
            let pairs = dict.parts().iter().filter(|(role, _)| *role == Role::Pair);
            for (_, key) in pairs.step_by(2) {
                let name = self.graph.get(*key).filter(|node| node.kind() == Kind::Str);
                let name = name.map(|node| (node.content().bytes(), node.content().is_whole()));
                match name {
                    Some((name, is_whole))
                        if !(name.starts_with(b"__") && (name.ends_with(b"__") || !is_whole)) => {}
                    Some(_) => return Err("its state has a name with two underscores".to_owned()),
                    None => return Err("its state has a name that is no str".to_owned()),
                }
            }
        }
        Ok(())
    }
}

impl View for Seer<'_> {
    type Object = Id;

    fn see<'a>(&'a self, object: &'a Id) -> Seen<'a, Id> {
        let Some(node) = self.graph.get(*object) else {
            return Seen::Other;
        };
        let content = node.content();
        match node.kind() {
            Kind::None => Seen::None,
            Kind::Bool => Seen::Bool,
            Kind::Int => match small_long(content.bytes()) {
                Some(value) => Seen::Int(value),
                None => Seen::LongInt(content.length().saturating_mul(8)),
            },
            Kind::Float => Seen::Float,
            Kind::Str => {
                let text = core::str::from_utf8(content.bytes()).ok();
                Seen::Str(text.filter(|_| content.is_whole()).map(Cow::Borrowed))
            }
            // Up to protocol 2 an ASCII str is what the default encoding makes of it.
            Kind::OldStr if content.is_whole() && content.bytes().is_ascii() => Seen::Str(
                core::str::from_utf8(content.bytes())
                    .ok()
                    .map(Cow::Borrowed),
            ),
            Kind::Call => match self.encoded(*object) {
                Some(bytes) => Seen::Bytes {
                    length: bytes.len(),
                    content: Some(bytes.into()),
                },
                None => Seen::Other,
            },
            Kind::Bytes => Seen::Bytes {
                length: usize::try_from(content.length()).unwrap_or(usize::MAX),
                content: content.is_whole().then(|| content.bytes().into()),
            },
            Kind::List => Seen::List,
            Kind::Tuple if !self.charge(node.parts().len()) => Seen::Other,
            Kind::Tuple => Seen::Tuple(node.made_of().collect()),
            Kind::Dict if node.parts().len() > 2 * MOST_PAIRS => Seen::Dict(None),
            Kind::Dict => {
                let pairs = node.parts().iter().filter(|(role, _)| *role == Role::Pair);
                let pairs: Vec<Id> = pairs.map(|(_, id)| *id).collect();
                let pairs = pairs.chunks_exact(2).filter_map(|pair| match pair {
                    [key, value] => Some((*key, *value)),
                    _ => None,
                });
                Seen::Dict(Some(pairs.collect()))
            }
            Kind::Global => match self.entry(*object) {
                Some((_, entry)) => Seen::Listed {
                    callable: entry.right() == Right::Call && !entry.is_function(),
                },
                None => Seen::Other,
            },
            _ => Seen::Other,
        }
    }

    fn items(&self, object: &Id) -> Option<Vec<Id>> {
        let node = self.graph.get(*object)?;
        if node.kind() != Kind::List || !self.charge(node.parts().len()) {
            return None;
        }
        let items = node.parts().iter();
        let items = items.filter(|(role, _)| matches!(role, Role::Item | Role::Made));
        Some(items.map(|(_, id)| *id).collect())
    }
}
