//! Code that runs while a session is restored finds the globals that it names.

use super::*;

#[test]
fn keys_are_hashed_by_what_is_defined_behind_them() {
    let other = moved(&after(
        "cache = {}
class P:
    def __init__(self, x): self.x = x
    def __hash__(self): return norm(self.x)
    def __eq__(self, other): return isinstance(other, P) and self.x == other.x
def norm(x): return TABLE[x % 7] if x in registry else x % 7
registry = {}
TABLE = {n: n for n in range(7)}
cache[P(3)] = 'v'
registry[3] = P",
    ));
    exec(
        &other,
        "assert cache[P(3)] == 'v' and registry[3] is P
names = [name for name in globals() if not name.startswith('_')]
assert names == ['cache', 'P', 'norm', 'registry', 'TABLE'], names",
    );
}

#[test]
fn states_and_items_are_set_by_what_is_defined_behind_them() {
    let other = moved(&after(
        "state = folded = listed = ordered = None
class P:
    def __init__(self): self.x = 1
    def __setstate__(self, d): self.__dict__.update(migrate(d))
class Folded(dict):
    def __setitem__(self, k, v): super().__setitem__(fold(k), v)
class Listed(list):
    def append(self, x): super().append(fold(x))
    def extend(self, xs): super().extend(fold(x) for x in xs)
class Meta(type):
    def __call__(cls, *args): return super().__call__(*map(fold, args))
class Made(metaclass=Meta):
    def __init__(self, x=''): self.x = x
    def __reduce__(self): return Made, (self.x,)
def migrate(d): return d
def fold(k): return k.lower()
state = P(); folded = Folded(); folded['A'] = 1
listed = Listed(); listed.append('A')
made = Made('B')",
    ));
    exec(
        &other,
        "assert state.x == 1 and folded == {'a': 1} and listed == ['a'] and made.x == 'b'",
    );
}

#[test]
fn across_modules_too() {
    let (_folder, runtime) = with_modules(&[
        (
            "world",
            "class Key:
    def __init__(self, x): self.x = x
    def __hash__(self):
        import helpers
        return zlib.crc32(helpers.encode(self.x))
    def __eq__(self, other): return self.x == other.x
import zlib",
        ),
        (
            "helpers",
            "def encode(x): return x.encode(CODING)\nCODING = 'utf-8'",
        ),
    ]);
    exec(
        &runtime,
        "import world\nd = {world.Key('a'): 1}\nimport helpers",
    );
    exec(&moved(&runtime), "assert d[world.Key('a')] == 1");
}
