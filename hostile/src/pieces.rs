//! What several opcodes make together, for pickles that are written in [`Asm`].

use crate::asm::Asm;

impl Asm {
    /// What is on top goes into the memo, and off the stack: `BINPUT`, `POP`.
    #[must_use]
    pub fn set_aside(self, index: u8) -> Self {
        self.binput(index).pop()
    }

    /// A list of these items: `EMPTY_LIST`, `MARK`, `APPENDS`.
    #[must_use]
    pub fn list_of(self, items: &Self) -> Self {
        self.empty_list().mark().then(items).appends()
    }

    /// A dict of these keys and values: `EMPTY_DICT`, `MARK`, `SETITEMS`.
    #[must_use]
    pub fn dict_of(self, items: &Self) -> Self {
        self.empty_dict().mark().then(items).setitems()
    }

    /// A set of these items: `EMPTY_SET`, `MARK`, `ADDITEMS`.
    #[must_use]
    pub fn set_of(self, items: &Self) -> Self {
        self.empty_set().mark().then(items).additems()
    }

    /// The dict on the stack gets this key, with None.
    #[must_use]
    pub fn key(self, key: &Self) -> Self {
        self.then(key).none().setitem()
    }

    /// The object on the stack gets the state of one attribute: `EMPTY_DICT`, `SETITEM`, `BUILD`.
    #[must_use]
    pub fn attribute(self, name: &str, value: &Self) -> Self {
        self.empty_dict().text(name).then(value).setitem().build()
    }

    /// The global is called without arguments.
    #[must_use]
    pub fn call0(self, module: &str, name: &str) -> Self {
        self.global(module, name).empty_tuple().reduce()
    }

    /// The global is called with one argument.
    #[must_use]
    pub fn call1(self, module: &str, name: &str, argument: &Self) -> Self {
        self.global(module, name).then(argument).tuple1().reduce()
    }

    /// The global is called with two arguments.
    #[must_use]
    pub fn call2(self, module: &str, name: &str, one: &Self, two: &Self) -> Self {
        let arguments = self.global(module, name).then(one).then(two);
        arguments.tuple2().reduce()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_what_it_says() {
        let (a, one) = (Asm::new, Asm::new().binint1(1));
        for (piece, bytes) in [
            (a().set_aside(3), &b"q\x030."[..]),
            (a().list_of(&one), b"](K\x01e."),
            (a().dict_of(&one.clone().none()), b"}(K\x01Nu."),
            (a().set_of(&one), b"\x8f(K\x01\x90."),
            (a().empty_dict().key(&one), b"}K\x01Ns."),
            (a().attribute("x", &one), b"}\x8c\x01xK\x01sb."),
            (a().call0("m", "f"), b"cm\nf\n)R."),
            (a().call1("m", "f", &one), b"cm\nf\nK\x01\x85R."),
            (
                a().call2("m", "f", &one, &a().none()),
                b"cm\nf\nK\x01N\x86R.",
            ),
        ] {
            assert_eq!(piece.stop(), bytes);
        }
    }
}
