//! How attacks are written down.

use super::{Attack, Class, Harm, Load, Needs};
use crate::args;
use crate::value::{Value, call, g, list};
use std::path::PathBuf;

/// The paths of one attack, and what it runs.
pub(super) struct Spot {
    /// The path of the marker.
    pub(super) marker: String,
    /// The path of the victim.
    pub(super) victim: String,
    /// The folder of the victim and of other files.
    pub(super) folder: String,
    /// A shell command that makes the marker.
    pub(super) sh: String,
    /// A Python expression that makes the marker.
    pub(super) py: String,
}

impl Spot {
    fn new(folder: &str, name: &str) -> Self {
        let marker = format!("{folder}/{name}.ran");
        let folder = format!("{folder}/{name}.d");
        Self {
            victim: format!("{folder}/victim"),
            folder,
            sh: format!(": > {marker}"),
            py: format!("open('{marker}', 'w').close()"),
            marker,
        }
    }

    /// A command as a list of arguments.
    pub(super) fn argv(&self) -> Value {
        list(args!["touch", &self.marker])
    }

    /// `os.system` of the shell command.
    pub(super) fn system(&self) -> Value {
        call(g("os", "system"), args![&self.sh])
    }

    /// A file beside the victim.
    pub(super) fn beside(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }
}

/// Collects attacks of one class after the other.
pub(super) struct Collector<'a> {
    folder: &'a str,
    class: Class,
    pub(super) attacks: Vec<Attack>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(folder: &'a str) -> Self {
        Self {
            folder,
            class: Class::Route,
            attacks: Vec::new(),
        }
    }

    /// What follows is of this class.
    pub(super) fn class(&mut self, class: Class) {
        self.class = class;
    }

    /// An attack made of a value; protocols take turns.
    pub(super) fn add(
        &mut self,
        name: &str,
        does: &'static str,
        value: impl FnOnce(&Spot) -> Value,
    ) -> Draft<'_> {
        let protocol = (self.attacks.len() % 6) as u8;
        self.bytes(name, does, |spot| value(spot).pickle(protocol))
    }

    /// An attack of a protocol that matters.
    pub(super) fn add_in(
        &mut self,
        protocol: u8,
        name: &str,
        does: &'static str,
        value: impl FnOnce(&Spot) -> Value,
    ) -> Draft<'_> {
        self.bytes(name, does, |spot| value(spot).pickle(protocol))
    }

    /// An attack made of bytes.
    pub(super) fn bytes(
        &mut self,
        name: &str,
        does: &'static str,
        bytes: impl FnOnce(&Spot) -> Vec<u8>,
    ) -> Draft<'_> {
        let spot = Spot::new(self.folder, name);
        let number = self.attacks.len();
        self.attacks.push(Attack {
            name: name.to_owned(),
            class: self.class,
            does,
            bytes: bytes(&spot),
            file_name: format!("{name}.pkl"),
            marker: PathBuf::from(&spot.marker),
            victim: PathBuf::from(&spot.victim),
            files: Vec::new(),
            load: Load::Pickle,
            harm: Harm::Marker,
            needs: Vec::new(),
        });
        Draft {
            attack: &mut self.attacks[number],
            spot,
        }
    }
}

/// An attack that more is said about.
pub(super) struct Draft<'a> {
    attack: &'a mut Attack,
    spot: Spot,
}

impl Draft<'_> {
    pub(super) fn needs(self, needs: Needs) -> Self {
        self.attack.needs.push(needs);
        self
    }

    pub(super) fn module(self, name: &'static str) -> Self {
        self.needs(Needs::Module(name))
    }

    pub(super) fn since(self, minor: u8) -> Self {
        self.needs(Needs::Since(minor))
    }

    pub(super) fn before(self, minor: u8) -> Self {
        self.needs(Needs::Before(minor))
    }

    pub(super) fn load(self, load: Load) -> Self {
        self.attack.load = load;
        self
    }

    /// The name of the file, after the attack's own name.
    pub(super) fn extension(self, extension: &str) -> Self {
        self.attack.file_name = format!("{}{extension}", self.attack.name);
        self
    }

    pub(super) fn harm(self, harm: Harm) -> Self {
        self.attack.harm = harm;
        self
    }

    pub(super) fn state(self, expression: &str) -> Self {
        self.harm(Harm::State(expression.to_owned()))
    }

    /// The marker is another file than usual.
    pub(super) fn marker(self, path: impl FnOnce(&Spot) -> String) -> Self {
        self.attack.marker = path(&self.spot).into();
        self
    }

    /// A file beside the victim.
    pub(super) fn file(self, name: &str, content: impl FnOnce(&Spot) -> Vec<u8>) -> Self {
        let path = self.spot.beside(name).into();
        self.attack.files.push((path, content(&self.spot)));
        self
    }
}
