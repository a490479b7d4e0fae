//! What a scan finds.

use core::fmt;

use super::danger::Harm;
use crate::wire::Opcode;

/// What a scan says of a pickle, or of a file; a later one is worse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It has plain data only: it names nothing and calls nothing.
    DataOnly,
    /// All that it does is allowed by these lists.
    Allowed(Vec<String>),
    /// It does something that no list allows, and that is not known to do harm; or not all of it could be looked at.
    NeedsReview,
    /// No unpickler takes it, or not every one. What it does before the error is in the findings.
    Malformed,
    /// It does what is known to do harm, whether it is malformed or not.
    Dangerous,
}

impl Verdict {
    /// Whether nothing was found that speaks against loading it, under the lists if it is allowed by some.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self, Self::DataOnly | Self::Allowed(_))
    }

    /// A word for programs: `data_only`, `allowed`, `needs_review`, `malformed`, `dangerous`.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::DataOnly => "data_only",
            Self::Allowed(_) => "allowed",
            Self::NeedsReview => "needs_review",
            Self::Malformed => "malformed",
            Self::Dangerous => "dangerous",
        }
    }

    /// The verdict of two pickles together.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Allowed(mut lists), Self::Allowed(others)) => {
                for list in others {
                    if !lists.contains(&list) {
                        lists.push(list);
                    }
                }
                Self::Allowed(lists)
            }
            (one, other) => one.max(other),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataOnly => f.write_str("data only"),
            Self::Allowed(lists) => write!(f, "allowed by list {}", lists.join(", ")),
            Self::NeedsReview => f.write_str("needs review"),
            Self::Malformed => f.write_str("malformed"),
            Self::Dangerous => f.write_str("dangerous"),
        }
    }
}

/// How much a finding says against loading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Nothing: it is only good to know.
    Note,
    /// Somebody should look at it.
    NeedsReview,
    /// The pickle is malformed there.
    Malformed,
    /// It does harm.
    Dangerous,
}

impl Severity {
    /// A word for programs: `note`, `needs_review`, `malformed`, `dangerous`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::NeedsReview => "needs_review",
            Self::Malformed => "malformed",
            Self::Dangerous => "dangerous",
        }
    }

    pub(super) fn verdict(self) -> Verdict {
        match self {
            Self::Note => Verdict::DataOnly,
            Self::NeedsReview => Verdict::NeedsReview,
            Self::Malformed => Verdict::Malformed,
            Self::Dangerous => Verdict::Dangerous,
        }
    }
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $rule:ident = $id:literal;)*) => {
        /// What kind of thing was found.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[doc = $doc])* $rule,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// A name for programs.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$rule => $id,)*
                }
            }

            /// What it means, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$rule => concat!($($doc),*).trim_ascii(),)*
                }
            }
        }
    };
}

rules! {
    /// A global is named that is known to do harm.
    HarmfulGlobal = "harmful-global";
    /// A global that is known to do harm is called.
    HarmfulCall = "harmful-call";
    /// A module, a class, a function or a registry is changed.
    ChangesGlobal = "changes-global";
    /// A global is named that no list allows.
    UnknownGlobal = "unknown-global";
    /// A global is called that no list allows, or with arguments that the list does not allow.
    UnknownCall = "unknown-call";
    /// The name of a global is computed by the pickle itself.
    ComputedName = "computed-name";
    /// What is called is the result of something else, and not a global.
    ComputedCallable = "computed-callable";
    /// A name has a dot, a control character or another character that no plain name has, or is empty.
    OddName = "odd-name";
    /// A code of copyreg's extension registry stands for a global.
    ExtensionCode = "extension-code";
    /// The loading program is asked for an object by a persistent id.
    PersistentId = "persistent-id";
    /// An object is given state or items that no list allows.
    ChangesObject = "changes-object";
    /// A string or bytes object holds another pickle.
    NestedPickle = "nested-pickle";
    /// The pickle is malformed.
    Malformed = "malformed";
    /// A limit was reached, so that not everything was looked at.
    LimitReached = "limit-reached";
    /// Bytes follow the last pickle that are no pickle.
    TrailingData = "trailing-data";
    /// The protocol is named more than once, or not at the beginning.
    OddProtocol = "odd-protocol";
    /// The member of an archive can't be looked into.
    UnreadMember = "unread-member";
}

/// Something that was found, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it says.
    pub severity: Severity,
    /// What kind of thing it is.
    pub rule: Rule,
    /// What it is, in a sentence, without anything that a terminal would act upon.
    pub message: String,
    /// The kind of harm, if that is known.
    pub harm: Option<Harm>,
    /// The global in question, as an expression.
    pub global: Option<String>,
    /// The offset in bytes of the opcode, in the innermost of what it stands in.
    pub offset: u64,
    /// The opcode.
    pub opcode: Option<Opcode>,
    /// The members of archives and the nested pickles that it stands in, the outermost first.
    pub within: Vec<String>,
}

impl Finding {
    /// Something at an offset; what else is known of it is added to it.
    pub(super) fn new(severity: Severity, rule: Rule, message: String, offset: u64) -> Self {
        Self {
            severity,
            rule,
            message,
            harm: None,
            global: None,
            offset,
            opcode: None,
            within: Vec::new(),
        }
    }
}

/// Adds a finding, of which there may be `most`; if there are so many, in the place of the last one that says the least, if that
/// says less. Whether nothing was left out for it, and whether it is in: then it is the last one.
pub(super) fn keep(findings: &mut Vec<Finding>, finding: Finding, most: usize) -> (bool, bool) {
    if findings.len() < most {
        findings.push(finding);
        return (true, true);
    }
    let least = findings.iter().enumerate().rev();
    let least = least.min_by_key(|(_, finding)| finding.severity);
    match least.map(|(at, least)| (at, least.severity)) {
        Some((at, severity)) if severity < finding.severity => {
            findings.remove(at);
            findings.push(finding);
            (false, true)
        }
        _ => (false, false),
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in &self.within {
            write!(f, "{place}: ")?;
        }
        write!(f, "{} at offset {}", self.message, self.offset)?;
        match self.opcode {
            Some(opcode) => write!(f, " ({opcode})"),
            None => Ok(()),
        }
    }
}
