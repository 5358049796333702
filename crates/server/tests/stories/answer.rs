//! An answer as a client gets it, checked against what is true of every answer.

use reqwest::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// One answer, whole.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("answers are whole, and text");
        let answer = Self { status, headers, text };
        answer.check();
        answer
    }

    /// What must be true of every answer.
    fn check(&self) {
        assert!(self.status < 500 || self.status == 503, "a server error: {self:?}");
        assert_eq!(self.header(CACHE_CONTROL.as_str()), "no-store", "{self:?}");
        assert_eq!(self.header(X_CONTENT_TYPE_OPTIONS.as_str()), "nosniff", "{self:?}");
        if self.status < 400 {
            return;
        }
        assert_eq!(self.header(CONTENT_TYPE.as_str()), "application/problem+json", "{self:?}");
        let problem = self.json();
        let code = self.code();
        assert_eq!(problem["type"], format!("urn:onsale:problem:{code}"), "{self:?}");
        assert_eq!(problem["status"], self.status, "{self:?}");
        for field in ["title", "detail"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{self:?}");
        }
        assert_eq!(problem.get("field").is_some(), code == "invalid_request", "{self:?}");
        assert_eq!(self.header(WWW_AUTHENTICATE.as_str()) == "Bearer", self.status == 401, "{self:?}");
        assert_eq!(self.headers.contains_key(ALLOW), self.status == 405, "{self:?}");
        if matches!(self.status, 429 | 503) {
            assert!(self.retry_after_seconds() >= 1, "{self:?}");
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("our headers are ASCII"))
    }

    pub(crate) fn retry_after_seconds(&self) -> u64 {
        self.header(RETRY_AFTER.as_str()).parse().expect("Retry-After is in whole seconds")
    }

    pub(crate) fn json(&self) -> Value {
        let mut json: Value =
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"));
        // Whether objects keep their order depends on what else is built.
        json.sort_all_objects();
        json
    }

    /// The stable code of a problem; empty for a success.
    pub(crate) fn code(&self) -> String {
        if self.status < 400 {
            return String::new();
        }
        self.json()["code"].as_str().expect("a problem has a code").to_owned()
    }

    /// Status and the word that matters: the code of a problem (and its field), or the `status` of a success.
    pub(crate) fn line(&self) -> String {
        let json: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let word = if self.status < 400 { &json["status"] } else { &json["code"] };
        let field = json["field"].as_str().filter(|_| self.status >= 400);
        let parts =
            [Some(self.status.to_string()), word.as_str().map(str::to_owned), field.map(str::to_owned)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()
    }

    /// The body of a success, without what differs from run to run.
    pub(crate) fn normalized(&self) -> Value {
        normalized(self.ok())
    }
}

/// Keys in order; identities, tokens and jittered times by their kind.
pub(crate) fn normalized(value: Value) -> Value {
    match value {
        Value::String(text) if Uuid::try_parse(&text).is_ok() => "[uuid]".into(),
        Value::String(text) if text.starts_with("eyJ") => "[token]".into(),
        Value::Array(items) => items.into_iter().map(normalized).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.into_iter().collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            let field = |(name, value)| match name {
                name if name == "pollAfterMs" && value != Value::Null => (name, "[ms]".into()),
                name if name == "version" => (name, "[version]".into()),
                name => (name, normalized(value)),
            };
            Value::Object(fields.into_iter().map(field).collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// How many answers there are of each kind: `1 x 200 held, 199 x 400 seat_held`.
pub(crate) fn tally(answers: &[Answer]) -> String {
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for answer in answers {
        *counts.entry(answer.line()).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(line, count)| format!("{count} x {line}")).collect();
    counts.join(", ")
}
