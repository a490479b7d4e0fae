//! What `sys.modules` can have: modules with several names, of classes of their own, and what is no module.

use super::*;

#[test]
fn a_module_with_two_names_is_one() {
    let runtime = after(
        "import sys, types
M = types.ModuleType('M'); M.v = [1]
sys.modules['also'] = sys.modules['M'] = M
sys.modules['__mp_main__'] = sys.modules['__main__']
exec('class C: pass', M.__dict__)
M.C.__module__ = 'also'
a = ['first']; b = ['second']; c = [a, b, a, M.C]",
    );
    let saved = snapshot(&runtime);
    let names: Vec<&str> = saved
        .metadata()
        .modules
        .iter()
        .map(String::as_str)
        .collect();
    assert_eq!(names, ["__main__", "M"]);
    let other = self::runtime();
    other.restore(&saved).unwrap();
    exec(
        &other,
        "assert M is sys.modules['M'] is sys.modules['also'] and M.v == [1]
assert sys.modules['__mp_main__'] is sys.modules['__main__']
assert c == [['first'], ['second'], ['first'], M.C] and c[0] is a and c[1] is b",
    );
    // Both names make way for a session without them.
    other.restore(&snapshot(&after("x = 1"))).unwrap();
    exec(
        &other,
        "import sys\nassert not {'M', 'also', '__mp_main__'} & set(sys.modules)",
    );
}

#[test]
fn without_another_name_for_it_a_module_with_two_names_harms_nobody() {
    let other = moved(&after(
        "import sys, types
M = types.ModuleType('M')
sys.modules['M'] = M; sys.modules['alias'] = M
del sys, types, M
a = ['first']; b = ['second']; c = [a, b, a]",
    ));
    exec(
        &other,
        "assert c == [['first'], ['second'], ['first']] and c[0] is a and c[1] is b",
    );
}

#[test]
fn modules_of_a_class_and_other_entries_come_back() {
    let other = moved(&after(
        "import sys, types
class Lazy(types.ModuleType):
    @property
    def answer(self): return self.q + 41
L = Lazy('L'); sys.modules['L'] = L; L.q = 1
class Settings:
    x = 1
sys.modules['settings'] = Settings()
sys.modules['blocked'] = None
import settings",
    ));
    exec(
        &other,
        "assert type(L) is Lazy and sys.modules['L'] is L and L.answer == 42
assert sys.modules['settings'] is settings and settings.x == 1
try: import blocked
except ImportError: pass
else: assert False",
    );
}

#[test]
fn entries_that_cannot_be_saved_are_reported() {
    let runtime =
        after("import sys\ndef g(): yield\nsys.modules['odd'] = g(); next(sys.modules['odd'])");
    let error = runtime.snapshot(&SaveOptions::new()).unwrap_err();
    assert!(
        error.to_string().contains("sys.modules[\"odd\"]"),
        "{error}"
    );
    let options = SaveOptions::new().unpicklable(Unpicklable::LeaveOut);
    let saved = runtime.snapshot(&options).unwrap();
    let left_out: Vec<_> = saved
        .report()
        .left_out()
        .map(|(_, global)| &global.name)
        .collect();
    assert_eq!(left_out, ["sys.modules[\"odd\"]"]);
    runtime.restore(&saved).unwrap();
}

#[test]
fn a_main_that_is_no_module_is_an_error() {
    let runtime = after("import sys\nsys.modules['__main__'] = object()");
    let error = runtime.snapshot(&SaveOptions::new()).unwrap_err();
    let path = "sys.modules['__main__']".to_owned();
    assert_eq!(*error.kind(), SnapshotErrorKind::Unpicklable { path });
}

#[test]
fn libraries_are_imported_whatever_their_order_and_after_the_path_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let installed = folder.path().join("site-packages");
    fs::create_dir(&installed).unwrap();
    fs::write(installed.join("installed.py"), "x = [1]").unwrap();
    let source = format!(
        "import sys; sys.path.append({installed:?}); import os, genericpath, installed, email.message, xml.dom.minidom"
    );
    let saved = snapshot(&after(&source));
    let report = runtime().restore(&saved).unwrap();
    assert_eq!(report.left_out().count(), 0, "{report}");
    assert!(report.libraries.iter().any(|name| name == "installed"));
}
