//! Adding money to a wallet.

use crate::book::Book;
use crate::ids::{MovementId, UserId};
use crate::money::Money;
use crate::outcome::Outcome;
use crate::policy::{BALANCE_MAX, CHARGE_MAX};
use crate::refusal::Refusal;
use crate::rules::seen::check_seen_balance;
use crate::wallet::{Account, movement};

pub(crate) fn charge(
    book: &mut Book,
    user: UserId,
    amount: Money,
    id: MovementId,
    seen: Option<Money>,
) -> Result<Outcome, Refusal> {
    if !(Money(1)..=CHARGE_MAX).contains(&amount) {
        return Err(Refusal::invalid("amount", format!("must be 1 to {CHARGE_MAX}")));
    }
    check_seen_balance(seen, book.balance(user))?;
    let balance = book.balance(user).checked_add(amount).filter(|balance| *balance <= BALANCE_MAX);
    let balance = balance.ok_or(Refusal::BalanceLimit { limit: BALANCE_MAX })?;

    book.set_balance(user, balance);
    book.add_entries(movement(id, Account::Funding, Account::Wallet(user), amount, book.now()));
    Ok(Outcome::Charged { user, balance })
}

#[cfg(test)]
mod tests {
    use crate::money::Money;
    use crate::policy::{BALANCE_MAX, CHARGE_MAX};
    use crate::refusal::Refusal;
    use crate::testing::Stage;

    #[test]
    fn charges_add_up() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        for _ in 0..200 {
            stage.charge(alice, 5).unwrap();
        }
        assert_eq!(stage.balance(alice), 1_000);
        let sum: i64 = stage.book.changes().entries.iter().map(|entry| entry.amount.0).sum();
        assert_eq!(sum, 0);
    }

    #[test]
    fn a_charge_is_1_to_a_billion() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        for amount in [0, -1, i64::MIN, CHARGE_MAX.0 + 1, i64::MAX] {
            let refusal = stage.charge(alice, amount);
            assert!(matches!(refusal, Err(Refusal::Invalid { field: "amount", .. })), "{amount}");
        }
        stage.charge(alice, CHARGE_MAX.0).unwrap();
        stage.charge(alice, 1).unwrap();
    }

    #[test]
    fn a_balance_is_at_most_a_trillion() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        for _ in 0..1_000 {
            stage.charge(alice, CHARGE_MAX.0).unwrap();
        }
        assert_eq!(stage.balance(alice), BALANCE_MAX.0);
        assert_eq!(stage.charge(alice, 1), Err(Refusal::BalanceLimit { limit: BALANCE_MAX }));
    }

    #[test]
    fn a_page_charges_only_a_wallet_with_the_balance_that_it_showed() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        stage.charge_seen(alice, 5, Some("k"), Money(0)).unwrap();
        let changed = stage.charge_seen(alice, 5, Some("another"), Money(0));
        assert_eq!(changed, Err(Refusal::BalanceChanged { balance: Money(5) }));
        stage.charge_seen(alice, 5, Some("k"), Money(0)).expect("the same form once more");
        assert_eq!(stage.balance(alice), 5);
        stage.charge_seen(alice, 5, None, Money(5)).unwrap();
    }

    #[test]
    fn the_same_key_charges_once() {
        let mut stage = Stage::new();
        let alice = Stage::waiting("alice");
        let first = stage.charge_keyed(alice, 5, Some("k")).unwrap();
        stage.charge(alice, 1).unwrap();
        assert_eq!(stage.charge_keyed(alice, 5, Some("k")).unwrap(), first);
        assert_eq!(stage.balance(alice), 6);
    }
}
