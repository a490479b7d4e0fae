//! The registry of extensions, `copyreg`'s, by which `EXT1`, `EXT2` and `EXT4` find globals.

use super::Class;
use super::Load;
use super::collector::Collector;
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Extension);
    let add = |code: i64| call(g("copyreg", "add_extension"), args!["os", "system", code]);
    let called = |asm: Asm, sh: &str| asm.text(sh).tuple1().reduce().stop();
    let does = "registers os.system as an extension, and fetches it";
    all.bytes("ext1-add", does, |k| {
        called(
            Asm::new().proto(2).then(&add(200).asm(2)).pop().ext1(200),
            &k.sh,
        )
    });
    all.bytes("ext2-add", does, |k| {
        called(
            Asm::new()
                .proto(2)
                .then(&add(60_000).asm(2))
                .pop()
                .ext2(60_000),
            &k.sh,
        )
    });
    all.bytes("ext4-add", does, |k| {
        let code = i32::MAX;
        let asm = Asm::new().proto(2).then(&add(i64::from(code)).asm(2));
        called(asm.pop().ext4(code), &k.sh)
    });
    all.bytes("ext4-small-code", "EXT4 with a code that fits EXT1", |k| {
        called(
            Asm::new().proto(2).then(&add(7).asm(2)).pop().ext4(7),
            &k.sh,
        )
    });
    all.bytes(
        "ext-add-builtins",
        "registers eval by its name of Python 2",
        |k| {
            let add = call(g("copy_reg", "add_extension"), args!["builtins", "eval", 9]);
            called(Asm::new().proto(2).then(&add.asm(2)).pop().ext1(9), &k.py)
        },
    );
    let pair = || tuple(args!["os", "system"]);
    all.bytes(
        "ext-inverted-registry",
        "SETITEM puts a name into copyreg's registry",
        |k| {
            let registry = Asm::new().proto(2).global("copyreg", "_inverted_registry");
            let set = registry.int(11).then(&pair().asm(2)).setitem();
            called(set.pop().ext1(11), &k.sh)
        },
    );
    all.bytes(
        "ext-inverted-registry-items",
        "SETITEMS puts a name into copyreg's registry",
        |k| {
            let registry = Asm::new()
                .proto(4)
                .named("copyreg", "_inverted_registry")
                .mark();
            let set = registry.int(12).then(&pair().asm(4)).setitems();
            called(set.pop().ext1(12), &k.sh)
        },
    );
    all.bytes(
        "ext-cache",
        "SETITEM puts a function into the cache of extensions",
        |k| {
            let cache = Asm::new().proto(2).global("copyreg", "_extension_cache");
            let set = cache.int(13).global("os", "system").setitem();
            called(set.pop().ext1(13), &k.sh)
        },
    );
    all.bytes(
        "ext-cache-update",
        "dict.update puts a function into the cache",
        |k| {
            let cache = g("copyreg", "_extension_cache");
            let items = Value::Dict(vec![(14.into(), g("os", "system"))]);
            let update = crate::value::method(cache, "update", vec![items]);
            called(
                Asm::new().proto(2).then(&update.asm(2)).pop().ext1(14),
                &k.sh,
            )
        },
    );
    all.bytes(
        "ext-build-copyreg",
        "BUILD gives the module copyreg another function",
        |_| {
            let module = call(g("builtins", "__import__"), args!["copyreg"]);
            let state = super::made::attribute("add_extension", g("os", "system"));
            crate::value::build(module, state).pickle(2)
        },
    )
    .state("sys.modules['copyreg'].add_extension is sys.modules['os'].system");
    all.bytes(
        "ext-second-pickle",
        "one pickle registers, the next one fetches",
        |k| {
            let mut bytes = add(15).pickle(2);
            bytes.extend(called(Asm::new().proto(2).ext1(15), &k.sh));
            bytes
        },
    )
    .load(Load::Each);
    all.bytes(
        "ext-second-pickle-cached",
        "one pickle fills the cache, the next one fetches",
        |k| {
            let cache = Asm::new().proto(2).global("copyreg", "_extension_cache");
            let mut bytes = cache.int(16).global("os", "system").setitem().stop();
            bytes.extend(called(Asm::new().proto(2).ext1(16), &k.sh));
            bytes
        },
    )
    .load(Load::Each);
    all.bytes("ext-dotted", "an extension whose name has dots", |k| {
        let add = call(
            g("copyreg", "add_extension"),
            args!["logging", "os.system", 17],
        );
        called(Asm::new().proto(4).then(&add.asm(4)).pop().ext1(17), &k.sh)
    });
    all.bytes("ext-computed", "an extension whose name is computed", |k| {
        let name = call(g("operator", "concat"), args!["sys", "tem"]);
        let add = call(g("copyreg", "add_extension"), args!["os", name, 18]);
        called(Asm::new().proto(2).then(&add.asm(2)).pop().ext1(18), &k.sh)
    });
    all.bytes("ext-obj", "OBJ calls an extension", |k| {
        let asm = Asm::new()
            .proto(2)
            .then(&add(19).asm(2))
            .pop()
            .mark()
            .ext1(19);
        asm.text(&k.sh).obj().stop()
    });
}
