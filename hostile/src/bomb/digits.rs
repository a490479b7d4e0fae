//! Numbers of many digits: making them of text takes quadratic time in the simple way.

use super::end::{ARGUMENT, DIGITS, FORBIDDEN, LOADED, MALFORMED, MEMORY, STRING};
use super::{Class, Collector};
use crate::args;
use crate::asm::Asm;
use crate::value::{Value, call, g};

/// As many digits as fit, and still be made at once.
const MANY: usize = 4 << 20;

fn nines(count: usize) -> String {
    "9".repeat(count)
}

pub(super) fn collect(all: &mut Collector) {
    all.class(Class::Digits);
    const TEXT: &[&str] = &[DIGITS, STRING, MALFORMED, LOADED];
    all.add("digits-int", TEXT, || {
        Asm::new().int_text(nines(MANY)).stop()
    });
    all.add("digits-int-5000", TEXT, || {
        Asm::new().int_text(nines(5000)).stop()
    });
    all.add("digits-long", TEXT, || {
        Asm::new().long_text(nines(MANY) + "L").stop()
    });
    all.add("digits-long-negative", TEXT, || {
        Asm::new().long_text(format!("-{}L", nines(MANY))).stop()
    });
    all.add("digits-long-many", TEXT, || {
        // Each below the limit of digits, which is there for each.
        let number = Asm::new().long_text(nines(4300) + "L").pop();
        Asm::new().times(3000, &number).none().stop()
    });
    all.add("digits-long-zeros", TEXT, || {
        Asm::new().long_text(vec![b'0'; MANY]).stop()
    });
    all.add("digits-float", TEXT, || {
        Asm::new().float_text(nines(MANY)).stop()
    });
    all.add("digits-float-fraction", TEXT, || {
        Asm::new().float_text(format!("0.{}", nines(MANY))).stop()
    });
    all.add("digits-float-halfway", TEXT, || {
        // Between two floats: all digits have to be looked at.
        let zeros = "0".repeat(MANY);
        Asm::new()
            .float_text(format!("9007199254740993.{zeros}1"))
            .stop()
    });
    all.add("digits-float-exponent", TEXT, || {
        Asm::new().float_text(format!("1e{}", nines(MANY))).stop()
    });
    all.add("digits-long4", &[DIGITS, MEMORY, LOADED], || {
        Asm::new().long4(vec![0x7f; 12 << 20]).stop()
    });
    all.add("digits-long4-negative", &[DIGITS, MEMORY, LOADED], || {
        Asm::new().long4(vec![0x80; 12 << 20]).stop()
    });
    all.add("digits-long4-zeros", &[DIGITS, MEMORY, LOADED], || {
        Asm::new().long4(vec![0; 12 << 20]).stop()
    });
    called(all);
}

/// Listed callables that make numbers.
fn called(all: &mut Collector) {
    const ENDS: &[&str] = &[
        FORBIDDEN, ARGUMENT, DIGITS, STRING, MEMORY, LOADED, MALFORMED,
    ];
    let mut add = |name: &str, value: fn() -> Value| {
        all.add(format!("digits-{name}"), ENDS, move || value().pickle(2));
    };
    add("called-int", || {
        call(g("builtins", "int"), args![nines(MANY)])
    });
    add("called-float", || {
        call(g("builtins", "float"), args![nines(MANY)])
    });
    add("called-complex", || {
        call(g("builtins", "complex"), args![nines(MANY)])
    });
    add("Decimal", || {
        call(g("decimal", "Decimal"), args![nines(MANY)])
    });
    add("Decimal-exponent", || {
        call(g("decimal", "Decimal"), args!["1e999999999999999999"])
    });
    add("Decimal-to-int", || {
        call(
            g("builtins", "int"),
            vec![call(g("decimal", "Decimal"), args!["1e999999999"])],
        )
    });
    add("Decimal-as-key", || {
        Value::Dict(vec![(
            call(g("decimal", "Decimal"), args!["1e999999999"]),
            Value::None,
        )])
    });
    add("Fraction", || {
        call(g("fractions", "Fraction"), args!["1e999999999"])
    });
    add("Fraction-negative", || {
        call(g("fractions", "Fraction"), args!["1e-999999999"])
    });
    add("Fraction-digits", || {
        call(
            g("fractions", "Fraction"),
            args![format!("{}/{}", nines(1 << 20), "7".repeat(1 << 20))],
        )
    });
    add("Fraction-of-Decimal", || {
        call(
            g("fractions", "Fraction"),
            vec![call(g("decimal", "Decimal"), args!["1e999999999"])],
        )
    });
    add("pow", || {
        call(g("operator", "pow"), args![10, 1_000_000_000])
    });
    add("lshift", || {
        call(g("operator", "lshift"), args![1, 1 << 50])
    });
    add("mul-squared", || {
        let three = Asm::new().proto(2).int(3);
        let last = Asm::new().binget(0);
        let square = Asm::new()
            .set_aside(0)
            .call2("operator", "mul", &last, &last);
        three.times(40, &square).into()
    });
    add("factorial", || {
        call(g("math", "factorial"), args![100_000_000])
    });
    add("timedelta", || {
        call(
            g("datetime", "timedelta"),
            vec![Asm::new().long4(vec![1; 1 << 20]).into()],
        )
    });
    add("uuid", || {
        let args = args![Value::None, Value::None, Value::None, Value::None];
        let mut args: Vec<Value> = args;
        args.push(Asm::new().long4(vec![1; 8 << 20]).into());
        call(g("uuid", "UUID"), args)
    });
    add("range", || {
        let long = || Value::from(Asm::new().long4(vec![1; 4 << 20]));
        call(g("builtins", "range"), vec![0.into(), long(), 1.into()])
    });
}
