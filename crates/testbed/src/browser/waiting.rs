//! Trying until it works: a page comes about in its own time.

use std::time::{Duration, Instant};

use thirtyfour::error::{WebDriverError, WebDriverErrorInner};

/// Far above what a page takes, so that a busy machine fails nothing.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(25);

/// How Chromium's driver reports an element whose document is being replaced, when it does not call it stale.
/// It could not find the element again, so it has not acted on it.
const REPLACED: [&str; 2] = ["does not belong to the document", "No node with given id"];

/// Why something did not work.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may work in a moment.
    NotYet(String),
    /// It will not.
    Final(String),
}

impl Failure {
    pub(super) fn into_message(self) -> String {
        match self {
            Self::NotYet(message) => format!("{message}, not in {} s", PATIENCE.as_secs()),
            Self::Final(message) => message,
        }
    }
}

impl From<WebDriverError> for Failure {
    fn from(error: WebDriverError) -> Self {
        use WebDriverErrorInner as Inner;
        let message = briefly(&error);
        match error.as_inner() {
            Inner::NoSuchElement(_)
            | Inner::StaleElementReference(_)
            | Inner::ElementNotInteractable(_)
            | Inner::ElementClickIntercepted(_) => Self::NotYet(message),
            Inner::UnknownError(_) if REPLACED.iter().any(|text| message.contains(text)) => {
                Self::NotYet(message)
            }
            _ => Self::Final(message),
        }
    }
}

/// Without the driver's own addresses in memory, which it adds to every error.
pub(super) fn briefly(error: &WebDriverError) -> String {
    let whole = error.to_string();
    let lines =
        whole.lines().take_while(|line| !line.contains("tacktrace") && !line.trim_start().starts_with("#0 "));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

/// What `attempt` gives as soon as it succeeds.
pub(super) async fn eventually<T>(attempt: impl AsyncFn() -> Result<T, Failure>) -> Result<T, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt().await {
            Err(Failure::NotYet(_)) if Instant::now() < deadline => {
                // Between two looks at a condition.
                tokio::time::sleep(LOOK_AGAIN_AFTER).await;
            }
            done => return done,
        }
    }
}

#[cfg(test)]
mod tests {
    use thirtyfour::error::WebDriverErrorInfo;

    use super::*;

    fn unknown(message: &str) -> Failure {
        let info = WebDriverErrorInfo::new(format!("unknown error: unhandled inspector error: {message}"));
        WebDriverError::from(WebDriverErrorInner::UnknownError(info)).into()
    }

    #[test]
    fn an_element_of_a_page_that_is_being_left_is_looked_up_again() {
        let replaced =
            unknown(r#"{"code":-32000,"message":"Node with given id does not belong to the document"}"#);
        assert!(matches!(replaced, Failure::NotYet(_)), "{replaced:?}");
        let other = unknown(r#"{"code":-32000,"message":"Not allowed"}"#);
        assert!(matches!(other, Failure::Final(_)), "{other:?}");
    }
}
