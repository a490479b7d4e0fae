//! Compares what can be pickled by value: a catalogue of object kinds, each saved in one process
//! and restored in another that has no definitions.

mod page;

use crate::error::{Error, Result};
use crate::files::TempDir;
use crate::interpreter::Interpreter;
use crate::scripts::{self, Scripts};
use serde_json::{Value, json};

/// The fewest kinds that are to be restored by ours.
const FEWEST: usize = 120;

/// One pickler with what came out for each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Column {
    /// The pickler's module.
    pub(crate) pickler: String,
    /// The kinds, in the catalogue's order.
    pub(crate) rows: Vec<Row>,
    /// The same as the script wrote it, with tracebacks.
    pub(crate) json: Value,
}

/// A kind under one pickler.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// The file of the catalogue.
    pub(crate) family: String,
    /// What is pickled.
    pub(crate) kind: String,
    /// Why ours can't do it.
    pub(crate) reason: Option<String>,
    /// Whether there is a pickle, and the object is as before.
    pub(crate) saved: bool,
    /// Whether what is restored behaves the same.
    pub(crate) equal: bool,
    /// Whether what was one object is one; nothing if nothing is shared.
    pub(crate) kept: Option<bool>,
    /// Whether another process writes the same bytes; nothing if that was not tried.
    pub(crate) same: Option<bool>,
    /// How a process crashed.
    pub(crate) crash: Option<String>,
    /// What went wrong first.
    pub(crate) why: Option<String>,
}

/// All picklers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    /// Ours.
    pub(crate) ours: Column,
    /// Those of CPython.
    pub(crate) others: Vec<Column>,
    /// CPython's version.
    pub(crate) cpython: String,
}

/// Runs the catalogue under one pickler.
pub(crate) fn run(scripts: &Scripts, python: &Interpreter, pickler: &str) -> Result<Column> {
    let log = format!("kinds-{pickler}");
    let scratch = TempDir::new(&scripts.cache.join("kinds"), pickler)?;
    let ran = scripts
        .run(python, "run.py", &[pickler.as_ref(), scratch.path()], &log)?
        .with_code("run.py", &[0])?;
    let json = scripts::json("run.py", &ran.stdout)?;
    let rows = json
        .as_array()
        .and_then(|rows| rows.iter().map(row).collect::<Option<_>>());
    Ok(Column {
        pickler: pickler.to_owned(),
        rows: rows.ok_or_else(|| Error::Contract("run.py does not tell what it should".into()))?,
        json,
    })
}

fn row(json: &Value) -> Option<Row> {
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    Some(Row {
        family: text("family")?,
        kind: text("kind")?,
        reason: text("reason"),
        saved: json["saved"].as_bool()?,
        equal: json["equal"].as_bool()?,
        kept: json["kept"].as_bool(),
        same: json["same"].as_bool(),
        crash: text("crash"),
        why: text("why"),
    })
}

impl Row {
    /// Whether it is restored as it was.
    pub(crate) fn works(&self) -> bool {
        self.saved && self.equal && self.kept != Some(false)
    }

    /// Whether it works, also as to its bytes, exactly unless there is a reason why not.
    pub(crate) fn as_argued(&self) -> bool {
        (self.works() && self.same != Some(false)) == self.reason.is_none()
    }
}

impl Kinds {
    /// Whether enough works, and whatever doesn't has a reason.
    pub(crate) fn passed(&self) -> bool {
        let rows = &self.ours.rows;
        rows.iter().filter(|row| row.works()).count() >= FEWEST
            && rows.iter().all(Row::as_argued)
            && self.others.iter().all(|other| self.is_of_the_same(other))
    }

    fn is_of_the_same(&self, other: &Column) -> bool {
        let titles = |column: &Column| -> Vec<(String, String)> {
            let rows = column.rows.iter();
            rows.map(|row| (row.family.clone(), row.kind.clone()))
                .collect()
        };
        titles(&self.ours) == titles(other)
    }

    /// What the scripts wrote.
    pub(crate) fn json(&self) -> Value {
        let others = self.others.iter();
        let columns = std::iter::once(&self.ours).chain(others);
        columns
            .map(|column| json!({"pickler": column.pickler, "kinds": column.json}))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(value: &Value) -> Row {
        let mut all = json!({"family": "f", "kind": "k", "reason": null, "saved": true,
                             "equal": true, "kept": null, "same": true});
        for (name, value) in value.as_object().unwrap() {
            all[name] = value.clone();
        }
        row(&all).unwrap()
    }

    #[test]
    fn verdicts() {
        assert!(told(&json!({})).works());
        for wrong in [
            json!({"saved": false}),
            json!({"equal": false}),
            json!({"kept": false}),
            json!({"same": false}),
        ] {
            assert!(!told(&wrong).as_argued(), "{wrong}");
            let mut argued = wrong;
            argued["reason"] = json!("why");
            assert!(told(&argued).as_argued());
        }
        // A reason that nothing needs.
        assert!(!told(&json!({"reason": "why"})).as_argued());
        assert_eq!(row(&json!({"family": "f", "kind": "k"})), None);
    }

    #[test]
    fn enough_and_the_same_kinds() {
        let column = |count: usize| Column {
            rows: vec![told(&json!({})); count],
            ..Column::default()
        };
        let kinds = |ours, theirs| Kinds {
            ours: column(ours),
            others: vec![column(theirs)],
            cpython: String::new(),
        };
        assert!(kinds(FEWEST, FEWEST).passed());
        assert!(!kinds(FEWEST - 1, FEWEST - 1).passed());
        assert!(!kinds(FEWEST, FEWEST + 1).passed());
    }
}
