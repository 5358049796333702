//! A good file to spoil, and places in it, as refusals and warnings name them.

use onsale_plan::{Plan, PlanError};
use serde_json::{Value, json};

/// A plan of two seats and two areas.
pub(crate) fn file() -> Value {
    json!({
        "name": "Hall", "size": {"width": 800, "height": 600}, "categories": [{"name": "A", "color": "#abc"}],
        "zones": [{
            "name": "Z", "position": {"x": 1, "y": 2},
            "rows": [{"row_number": "1", "position": {"x": 3, "y": 4}, "seats": [
                {"seat_guid": "a", "seat_number": "1", "position": {"x": 5, "y": 6}, "category": "A", "radius": 9},
                {"seat_guid": "b", "seat_number": "2", "position": {"x": 50, "y": 6.5}, "category": "A"}
            ]}],
            "areas": [
                {"shape": "rectangle", "position": {"x": 0, "y": 0}, "rectangle": {"width": 10, "height": 10},
                 "rotation": 5, "color": "#111111", "border_color": "#222222",
                 "text": {"text": "Stage", "color": "#fff", "size": 12, "position": {"x": 5, "y": 5}}},
                {"shape": "polygon", "polygon": {"points": [{"x": 0, "y": 0}, {"x": 9, "y": 0}, {"x": 0, "y": 9}]}}
            ]
        }]
    })
}

/// The refusal of these bytes.
pub(crate) fn refused(bytes: &[u8]) -> PlanError {
    Plan::read(bytes).expect_err("it must be refused")
}

/// Whether the document has something at a path such as `zones[0].rows[1].seats`.
pub(crate) fn exists(document: &Value, path: &str) -> bool {
    let mut here = document;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (key, indices) = part.split_once('[').unwrap_or((part, ""));
        let Some(next) = here.get(key) else { return false };
        here = next;
        for index in indices.split('[').filter(|index| !index.is_empty()) {
            let index: usize = index.trim_end_matches(']').parse().expect("an index");
            let Some(next) = here.get(index) else { return false };
            here = next;
        }
    }
    true
}

/// Replaces what is there, or adds a field to an object.
pub(crate) fn put(document: &mut Value, pointer: &str, value: Value) {
    if let Some(place) = document.pointer_mut(pointer) {
        *place = value;
        return;
    }
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    if let Some(Value::Object(fields)) = document.pointer_mut(parent) {
        fields.insert(key.to_owned(), value);
    }
}
