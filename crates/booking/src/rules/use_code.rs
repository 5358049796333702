//! Using a code that signs a user in.
//!
//! That it is used once needs no guard here: a code is the key of a stored result, and its content names the
//! browser. The same browser gets the first answer again; to any other the key is reused.

use crate::book::Book;
use crate::ids::UserId;
use crate::outcome::Outcome;

pub(crate) fn use_code(book: &Book, user: UserId) -> Outcome {
    Outcome::SignedIn { user, at: book.now() }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::command::Command;
    use crate::ids::UserId;
    use crate::outcome::Outcome;
    use crate::refusal::Refusal;
    use crate::request::RequestKey;
    use crate::testing::Stage;

    #[test]
    fn a_code_counts_once_and_for_one_browser() {
        let (mut stage, mina) = (Stage::new(), UserId(Uuid::from_u128(77)));
        let mut uses = |browser: u128, code: &str| {
            let (by, code) = (Uuid::from_u128(browser), RequestKey::new(code).unwrap());
            stage.run(&Command::UseCode { user: mina, by, code })
        };
        let first = uses(1, "code-1").unwrap();
        assert_eq!(first, Outcome::SignedIn { user: mina, at: Stage::start() });
        assert_eq!(uses(1, "code-1"), Ok(first));
        assert_eq!(uses(2, "code-1"), Err(Refusal::IdempotencyKeyReused));
        assert!(uses(2, "code-2").is_ok());
    }
}
