//! scratch
#![cfg(feature = "stdlib")]
use rustpython_pickle::runtime::*;
use std::time::Instant;
#[test]
fn scratch() {
    let t = Instant::now();
    let rt = Runtime::new().unwrap();
    println!("build {:?}", t.elapsed());
    rt.exec("import sys\nprint(sys.path, len(sys.modules), sys.flags)")
        .unwrap();
    rt.exec("def f(x):\n    return g(x)\ndef g(x):\n    raise ValueError('bad', x)")
        .unwrap();
    let e = rt.exec("f(3)").unwrap_err();
    println!("{}\n{e}\n{e:?}", e.traceback().unwrap());
    let e = rt.exec("x = = 3").unwrap_err();
    println!("{}", e.traceback().unwrap());
    println!("{:?}", rt.eval::<Bytes>("'x'"));
    let t = Instant::now();
    rt.exec(
        "
def loop(n):
    s = 0
    for i in range(n): s += i
    return s",
    )
    .unwrap();
    println!("{:?}", rt.call::<u64>("loop", (3_000_000,)));
    println!("loop {:?}", t.elapsed());
    let t = Instant::now();
    drop(Runtime::new().unwrap());
    println!("build+drop {:?}", t.elapsed());
    for _ in 0..2 {
        let t = Instant::now();
        println!("{:?}", rt.call::<u64>("loop", (3_000_000,)));
        println!("loop after finalize of another {:?}", t.elapsed());
    }
    println!("{:?}", rt.eval::<String>("'\\ud800'"));
    println!("{:?}", rt.eval::<u8>("10**3000"));
    println!("{:?}", rt.exec("a\0b").unwrap_err().to_string());
    println!("{:?}", rt.exec("raise SystemExit(3)").unwrap_err());
    println!("{:?}", rt.globals());
    let t = Instant::now();
    drop(rt);
    println!("drop {:?}", t.elapsed());
}
#[test]
fn nest() {
    let rt = Runtime::new().unwrap();
    for n in [50, 100, 200, 1000, 100000] {
        for (a, b) in [
            ("(", ")"),
            ("[", "]"),
            ("-", ""),
            ("lambda:", ""),
            ("f(", ")"),
            ("not ", ""),
        ] {
            let s = format!("x = {}1{}", a.repeat(n), b.repeat(n));
            eprintln!("{n} {a}");
            eprintln!("{:?}", rt.exec(&s).err().map(|e| e.to_string()));
        }
    }
}
