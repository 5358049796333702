//! Registering a user under a name.

use crate::book::Book;
use crate::ids::UserId;
use crate::name;
use crate::outcome::Outcome;
use crate::refusal::Refusal;

pub(crate) fn register(book: &mut Book, user: UserId, name: &str) -> Result<Outcome, Refusal> {
    let name = name::accept(name)?;
    book.add_user(user, name).map(Outcome::Registered).ok_or(Refusal::AlreadyRegistered)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::command::Command;
    use crate::ids::UserId;
    use crate::money::Money;
    use crate::outcome::Outcome;
    use crate::refusal::Refusal;
    use crate::request::RequestKey;
    use crate::testing::Stage;

    const USER: UserId = UserId(Uuid::from_u128(77));

    fn register(stage: &mut Stage, name: &str) -> Result<Outcome, Refusal> {
        stage.run(&Command::Register { user: USER, name: name.to_owned(), key: None })
    }

    #[test]
    fn a_new_user_has_a_name_and_an_empty_wallet() {
        let mut stage = Stage::new();
        let Outcome::Registered(user) = register(&mut stage, "Kim").unwrap() else { panic!() };
        assert_eq!((user.id, user.name.as_str(), user.created_at), (USER, "Kim", Stage::start()));
        let changes = stage.book.into_changes();
        assert_eq!(changes.wallets.len(), 1);
        assert_eq!(changes.wallets[0].balance, Money::ZERO);
    }

    #[test]
    fn a_name_is_stored_as_it_is_accepted() {
        let mut stage = Stage::new();
        for name in ["", " ", "a\nb", "\u{202e}", &"x".repeat(201)] {
            assert!(matches!(register(&mut stage, name), Err(Refusal::Invalid { field: "name", .. })));
        }
        let Outcome::Registered(user) = register(&mut stage, " E\u{301}mile ").unwrap() else { panic!() };
        assert_eq!(user.name, "Émile");
        assert_eq!(stage.book.into_changes().users[0].name, "Émile");
    }

    #[test]
    fn a_user_registers_once() {
        let mut stage = Stage::new();
        register(&mut stage, "Kim").unwrap();
        assert_eq!(register(&mut stage, "Lee"), Err(Refusal::AlreadyRegistered));
    }

    #[test]
    fn the_same_intent_gets_the_same_user_under_the_first_name() {
        let mut stage = Stage::new();
        let mut keyed = |name: &str, key: &str| {
            let key = RequestKey::new(key);
            stage.run(&Command::Register { user: USER, name: name.to_owned(), key })
        };
        let first = keyed("Kim", "form-1").unwrap();
        assert_eq!(keyed("Kim", "form-1"), Ok(first.clone()));
        assert_eq!(keyed("Kim Mina", "form-1"), Ok(first));
        assert_eq!(keyed("Kim", "form-2"), Err(Refusal::AlreadyRegistered), "another form of the same visit");
    }

    #[test]
    fn the_first_write_creates_a_user_who_was_signed_elsewhere() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        stage.charge(alice, 5).unwrap();
        assert!(stage.book.into_changes().users.iter().any(|user| user.id == alice.user));
    }
}
