//! What the OpenAPI document says beyond what the macros know.

use serde_json::{Map, Value, json};
use utoipa::openapi::OpenApi;

use crate::problem::{PROBLEM_JSON, codes};

/// Completes the document that the macros made.
///
/// # Panics
/// If the document is no OpenAPI document any more, which a test would show.
pub(super) fn complete(document: OpenApi) -> OpenApi {
    let mut value = serde_json::to_value(document).expect("a document is JSON");
    for operation in operations(&mut value) {
        make_body_optional(operation);
        describe_refusals(operation);
        describe_events(operation);
    }
    value["components"]["schemas"]["Problem"]["properties"]["code"]["enum"] = codes().collect();
    widen_unsigned(&mut value);
    serde_json::from_value(value).expect("it is still an OpenAPI document")
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(Map::values_mut).filter_map(Value::as_object_mut)
}

/// A body that may be left out: the macro says instead that it may be `null`, which it may not.
fn make_body_optional(operation: &mut Map<String, Value>) {
    let Some(body) = operation.get_mut("requestBody") else { return };
    let schema = &mut body["content"]["application/json"]["schema"];
    let is_null = |one: &Value| one["type"] == "null";
    if schema["oneOf"].as_array().is_some_and(|all| all.iter().any(is_null)) {
        *schema =
            schema["oneOf"].as_array().and_then(|all| all.iter().find(|one| !is_null(one))).cloned().into();
        body["required"] = false.into();
    }
}

/// Refusals are problem documents, and every operation may find the server too busy.
fn describe_refusals(operation: &mut Map<String, Value>) {
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    responses.entry("503").or_insert_with(|| {
        json!({"description": "`unavailable`",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}})
    });
    for (_, response) in responses.iter_mut().filter(|(status, _)| status.starts_with(['4', '5'])) {
        let Some(content) = response.get_mut("content").and_then(Value::as_object_mut) else { continue };
        // The macro knows only plain JSON.
        if let Some(body) = content.remove("application/json") {
            content.insert(PROBLEM_JSON.to_owned(), body);
        }
    }
}

/// An event of a stream has fields of its own; the macro describes only its data.
fn describe_events(operation: &mut Map<String, Value>) {
    let Some(stream) = operation
        .get_mut("responses")
        .and_then(|responses| responses.pointer_mut("/200/content/text~1event-stream"))
    else {
        return;
    };
    let data = stream["schema"].take();
    stream["schema"] = json!({
        "type": "object",
        "description": "One event; comments between events keep the connection open.",
        "required": ["data"],
        "properties": {
            "event": {"type": "string", "description": "The event's name."},
            "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": data,
                "description": "JSON."},
            "id": {"type": "string", "description": "Send it as `Last-Event-ID` to go on after this event."},
            "retry": {"type": "integer", "minimum": 0,
                "description": "How long to wait before connecting again, in milliseconds."},
        },
    });
}

/// The macro calls an unsigned number of 32 bits `int32`, which ends at half of its range.
fn widen_unsigned(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("format").is_some_and(|format| format == "int32")
                && object.get("minimum").is_some_and(|minimum| minimum.as_u64().is_some())
            {
                object.insert("format".to_owned(), json!("int64"));
                object.entry("maximum").or_insert(json!(u32::MAX));
            }
            object.values_mut().for_each(widen_unsigned);
        }
        Value::Array(values) => values.iter_mut().for_each(widen_unsigned),
        _ => {}
    }
}
