//! Allow lists: which globals a pickle may name, and what it may do with them.

use core::fmt;
use std::borrow::Cow;
use std::collections::BTreeMap;

use super::forbidden::cut;
use super::shape::{Arguments, Shape};

/// What a pickle may do with a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Have it as a value: as an item, as an argument, as the result.
    Refer,
    /// That, and call it.
    Call,
}

/// How a pickle may give state to instances of a class that it has made (`BUILD`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StateRule {
    /// Not at all.
    Refused,
    /// By attributes, of any name but those with two underscores on both sides.
    Attributes,
    /// By attributes as well, with a state of this shape.
    Fields(Shape),
    /// By the class's own `__setstate__`, with a state of this shape.
    SetState(Shape),
}

/// How a pickle may give items to instances of a class that it has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemRule {
    /// Not at all.
    Refused,
    /// As to a list (`APPEND`, `APPENDS`).
    List,
    /// As to a dict (`SETITEM`, `SETITEMS`).
    Dict,
    /// As to a set (`ADDITEMS`).
    Set,
}

/// What a list allows for one global.
///
/// ```
/// use rustpython_pickle::policy::{Arguments, Entry, Right, Shape};
///
/// let entry = Entry::call(Arguments::new(1, [Shape::Int(0, 1_000_000)]));
/// assert_eq!(entry.right(), Right::Call);
/// assert_eq!(Entry::refer().right(), Right::Refer);
/// ```
#[derive(Clone, Debug)]
pub struct Entry {
    right: Right,
    arguments: Arguments,
    keywords: bool,
    state: StateRule,
    items: ItemRule,
    hashes: Hashes,
    weight: u32,
    memory: u32,
    target: Option<(Cow<'static, str>, Cow<'static, str>)>,
    stand_in: bool,
    optional: bool,
    function: bool,
}

/// What a call hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hashes {
    Nothing,
    /// The items of its arguments.
    Items,
    /// The first of each pair.
    Keys,
}

/// What an instance with a dict takes beyond an object of a plain type, in bytes.
const INSTANCE: u32 = 200;

impl Entry {
    fn new(right: Right, arguments: Arguments) -> Self {
        Self {
            right,
            arguments,
            keywords: false,
            state: StateRule::Refused,
            items: ItemRule::Refused,
            hashes: Hashes::Nothing,
            weight: 1,
            memory: INSTANCE,
            target: None,
            stand_in: false,
            optional: false,
            function: false,
        }
    }

    /// A global that may be a value.
    #[must_use]
    pub fn refer() -> Self {
        Self::new(Right::Refer, Arguments::none())
    }

    /// A global that may be called with such arguments, without keywords.
    #[must_use]
    pub fn call(arguments: Arguments) -> Self {
        Self::new(Right::Call, arguments)
    }

    /// A class as most are: made with any arguments of `__new__`, by position or by keyword, and
    /// given its state by attributes.
    ///
    /// What its `__new__` and its descriptors do with arguments and attributes of any kind is the
    /// caller's to judge.
    #[must_use]
    pub fn class() -> Self {
        Self {
            keywords: true,
            ..Self::call(Arguments::any()).state(StateRule::Attributes)
        }
    }

    /// How instances get their state.
    #[must_use]
    pub fn state(mut self, rule: StateRule) -> Self {
        self.state = rule;
        self
    }

    /// How instances get items.
    #[must_use]
    pub fn items(mut self, rule: ItemRule) -> Self {
        self.items = rule;
        self
    }

    /// That a call hashes the items of its arguments, so that they count as
    /// [`Limit::HashSteps`](crate::limits::Limit::HashSteps).
    #[must_use]
    pub fn hashes(mut self) -> Self {
        self.hashes = Hashes::Items;
        self
    }

    /// The same, where the items of a list are pairs of which only the first part is hashed, as of `OrderedDict`. What is not
    /// a list of pairs, each a tuple or a list of two, is refused.
    #[must_use]
    pub fn hashes_keys(mut self) -> Self {
        self.hashes = Hashes::Keys;
        self
    }

    /// That a call counts as so many of [`Limit::Calls`](crate::limits::Limit::Calls), because it takes longer than most: one
    /// for each ten microseconds, on a slow machine. If that is more than one, each 400 bytes of its arguments count as much
    /// again. To hash what it makes counts accordingly.
    #[must_use]
    pub fn weight(mut self, calls: u32) -> Self {
        self.weight = calls.max(1);
        self
    }

    /// How many bytes of memory what a call makes takes beside its arguments, 200 if nothing is said: it is charged to
    /// [`Limit::AllocatedBytes`](crate::limits::Limit::AllocatedBytes) before the call.
    #[must_use]
    pub fn memory(mut self, bytes: u32) -> Self {
        self.memory = bytes;
        self
    }

    /// That the name stands for the global of another name, under which it is found here.
    #[must_use]
    pub fn target(
        mut self,
        module: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.target = Some((module.into(), name.into()));
        self
    }

    /// That nothing is imported: the global, and what calling it makes, are objects that only say
    /// what the pickle asked for.
    #[must_use]
    pub fn stand_in(mut self) -> Self {
        self.stand_in = true;
        self
    }

    /// That the global may be missing here, as long as no pickle names it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// That the global is a function and no class, so that it has no instances (`NEWOBJ`).
    ///
    /// A load sees that by itself; this tells what only looks at a pickle.
    #[must_use]
    pub fn function(mut self) -> Self {
        self.function = true;
        self
    }

    /// Whether the global is known to be a function.
    #[must_use]
    pub fn is_function(&self) -> bool {
        self.function
    }

    /// What may be done.
    #[must_use]
    pub fn right(&self) -> Right {
        self.right
    }

    /// What the arguments of a call may be.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Whether a call may have keyword arguments.
    #[must_use]
    pub fn keywords(&self) -> bool {
        self.keywords
    }

    /// How instances get their state.
    #[must_use]
    pub fn state_rule(&self) -> &StateRule {
        &self.state
    }

    /// How instances get items.
    #[must_use]
    pub fn item_rule(&self) -> ItemRule {
        self.items
    }

    /// Whether a call hashes the items of its arguments.
    #[must_use]
    pub fn is_hashing(&self) -> bool {
        self.hashes != Hashes::Nothing
    }

    /// Whether a call takes lists of pairs, and hashes the first part of each.
    #[must_use]
    pub fn is_hashing_keys(&self) -> bool {
        self.hashes == Hashes::Keys
    }

    /// As how many a call counts.
    #[must_use]
    pub fn counts_as(&self) -> u32 {
        self.weight
    }

    /// How many bytes of memory what a call makes takes beside its arguments.
    #[must_use]
    pub fn takes(&self) -> u32 {
        self.memory
    }

    /// Whether a stand-in takes the global's place.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        self.stand_in
    }

    /// Whether the global may be missing here.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// The module and the name under which the global is found here, if they are not the pickle's.
    #[must_use]
    pub fn found_at(&self) -> Option<(&str, &str)> {
        let (module, name) = self.target.as_ref()?;
        Some((module, name))
    }
}

/// Why a name can't be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    module: String,
    name: String,
    fault: NameFault,
}

/// What is wrong with the names of a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// The module's name or the global's is empty, or a part of the module's name is.
    Empty,
    /// The global's name has a dot: it would walk attributes.
    Dotted,
    /// A NUL or another control character is in it.
    Control,
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a part of the name is empty",
            Self::Dotted => "the name has a dot",
            Self::Control => "the name has a control character",
        })
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            module,
            name,
            fault,
        } = self;
        write!(f, "{module:?}, {name:?} can't be listed: {fault}")
    }
}

impl core::error::Error for NameError {}

/// What makes a pair of names one that no policy allows, whatever it lists.
///
/// # Errors
/// When a part is empty, the global's name has a dot, or a control character is in one of them.
pub fn check_names(module: &str, name: &str) -> Result<(), NameFault> {
    if name.is_empty() || module.split('.').any(str::is_empty) {
        return Err(NameFault::Empty);
    }
    if module.chars().chain(name.chars()).any(char::is_control) {
        return Err(NameFault::Control);
    }
    if name.contains('.') {
        return Err(NameFault::Dotted);
    }
    Ok(())
}

/// An exact list of globals: pairs of a module and a name, each with what may be done with it.
///
/// ```
/// use rustpython_pickle::policy::{AllowList, Entry};
///
/// let mut list = AllowList::new("my game");
/// list.extend(&AllowList::standard());
/// list.add("game.world", "Room", Entry::class())?;
/// assert!(list.get("game.world", "Room").is_some());
/// assert!(list.get("game", "world.Room").is_none());
/// assert!(list.add("os", "path.join", Entry::refer()).is_err());
/// # Ok::<(), rustpython_pickle::policy::NameError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct AllowList {
    name: Cow<'static, str>,
    /// By module, then by name: a pair is never one string.
    modules: BTreeMap<Cow<'static, str>, BTreeMap<Cow<'static, str>, Entry>>,
}

impl AllowList {
    /// An empty list. The name is for messages and for the verdicts of a scan.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            modules: BTreeMap::new(),
        }
    }

    /// The list's own name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Lists a global, in the place of what the list says of it.
    ///
    /// # Errors
    /// When the names are such that no policy allows them.
    pub fn add(
        &mut self,
        module: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        entry: Entry,
    ) -> Result<&mut Self, NameError> {
        let (module, name) = (module.into(), name.into());
        if let Err(fault) = check_names(&module, &name) {
            return Err(NameError {
                module: cut(&module),
                name: cut(&name),
                fault,
            });
        }
        self.modules.entry(module).or_default().insert(name, entry);
        Ok(self)
    }

    /// Lists all that another list has, in the place of what this one says of it.
    pub fn extend(&mut self, other: &Self) -> &mut Self {
        for (module, names) in &other.modules {
            let mine = self.modules.entry(module.clone()).or_default();
            for (name, entry) in names {
                mine.insert(name.clone(), entry.clone());
            }
        }
        self
    }

    /// Takes a global off the list; whether it was there.
    pub fn remove(&mut self, module: &str, name: &str) -> bool {
        let names = self.modules.get_mut(module);
        names.is_some_and(|names| names.remove(name).is_some())
    }

    /// What the list says of a global.
    #[must_use]
    pub fn get(&self, module: &str, name: &str) -> Option<&Entry> {
        self.modules.get(module)?.get(name)
    }

    /// All that is listed, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &Entry)> {
        self.modules.iter().flat_map(|(module, names)| {
            let names = names.iter();
            names.map(move |(name, entry)| (&**module, &**name, entry))
        })
    }

    /// For the lists of this crate, whose names are known to be good.
    pub(super) fn built_in(
        name: &'static str,
        entries: impl IntoIterator<Item = (&'static str, &'static str, Entry)>,
    ) -> Self {
        let mut list = Self::new(name);
        for (module, name, entry) in entries {
            debug_assert!(check_names(module, name).is_ok());
            let names = list.modules.entry(Cow::Borrowed(module)).or_default();
            names.insert(Cow::Borrowed(name), entry);
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_compared_as_pairs() {
        let mut list = AllowList::new("test");
        list.add("a.b", "c", Entry::refer()).unwrap();
        assert!(list.get("a.b", "c").is_some());
        for (module, name) in [
            ("a", "b.c"),
            ("a.b.c", ""),
            ("", "a.b.c"),
            ("A.b", "c"),
            ("a.b", "c "),
        ] {
            assert!(list.get(module, name).is_none(), "{module:?} {name:?}");
        }
    }

    #[test]
    fn names_that_walk_or_hide_are_refused() {
        for (module, name, fault) in [
            ("os", "path.join", NameFault::Dotted),
            ("", "x", NameFault::Empty),
            ("os", "", NameFault::Empty),
            ("os..path", "x", NameFault::Empty),
            (".os", "x", NameFault::Empty),
            ("os\0", "x", NameFault::Control),
            ("os", "x\n", NameFault::Control),
        ] {
            assert_eq!(check_names(module, name), Err(fault), "{module:?} {name:?}");
            assert!(
                AllowList::new("t")
                    .add(module.to_owned(), name.to_owned(), Entry::refer())
                    .is_err()
            );
        }
    }
}
