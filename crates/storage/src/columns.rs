//! What columns say, for every store: how words are spelled in them, and which combinations of them have a
//! meaning.

use jiff::Timestamp;
use onsale_booking::ids::{PassKey, SaleId, UserId};
use onsale_booking::pass::{PassEnd, PassState, Session};
use onsale_booking::seat::{Hold, Ownership, SeatState};
use onsale_booking::wallet::Account;

const WALLET: &str = "wallet";
const FUNDING: &str = "funding";
const SALES: &str = "sales";

const PAID: &str = "paid";
const LEFT: &str = "left";

/// `account` and `user_id` of a ledger entry.
pub(crate) fn of_account(account: Account) -> (&'static str, Option<UserId>) {
    match account {
        Account::Wallet(user) => (WALLET, Some(user)),
        Account::Funding => (FUNDING, None),
        Account::Sales => (SALES, None),
    }
}

/// The account that the columns name, if they do not contradict each other.
pub(crate) fn account(word: &str, user: Option<UserId>) -> Option<Account> {
    match (word, user) {
        (WALLET, Some(user)) => Some(Account::Wallet(user)),
        (FUNDING, None) => Some(Account::Funding),
        (SALES, None) => Some(Account::Sales),
        _ => None,
    }
}

fn of_pass_end(cause: PassEnd) -> &'static str {
    match cause {
        PassEnd::Paid => PAID,
        PassEnd::Left => LEFT,
    }
}

fn pass_end(word: &str) -> Option<PassEnd> {
    match word {
        PAID => Some(PassEnd::Paid),
        LEFT => Some(PassEnd::Left),
        _ => None,
    }
}

/// The columns that say whose a seat is: all of them empty while it is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SeatColumns {
    pub(crate) holder: Option<UserId>,
    pub(crate) reserved_at: Option<Timestamp>,
    pub(crate) deadline: Option<Timestamp>,
    pub(crate) paid_at: Option<Timestamp>,
    pub(crate) pass_sale: Option<SaleId>,
    pub(crate) pass_number: Option<u64>,
    pub(crate) kept: bool,
}

impl SeatColumns {
    const FREE: Self = Self {
        holder: None,
        reserved_at: None,
        deadline: None,
        paid_at: None,
        pass_sale: None,
        pass_number: None,
        kept: false,
    };
    const KEPT: Self = Self { kept: true, ..Self::FREE };

    fn held(hold: Hold) -> Self {
        let Hold { holder, pass, reserved_at, deadline } = hold;
        Self {
            holder: Some(holder),
            reserved_at: Some(reserved_at),
            deadline: Some(deadline),
            paid_at: None,
            pass_sale: Some(pass.sale),
            pass_number: Some(pass.number),
            kept: false,
        }
    }
}

impl From<SeatState> for SeatColumns {
    fn from(state: SeatState) -> Self {
        match state {
            SeatState::Free => Self::FREE,
            SeatState::Kept => Self::KEPT,
            SeatState::Held(hold) => Self::held(hold),
            SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at }) => {
                Self { paid_at: Some(paid_at), ..Self::held(Hold { holder, pass, reserved_at, deadline }) }
            }
        }
    }
}

impl SeatColumns {
    /// The state, if the columns do not contradict each other.
    pub(crate) fn state(self) -> Option<SeatState> {
        match self {
            Self::FREE => return Some(SeatState::Free),
            Self::KEPT => return Some(SeatState::Kept),
            Self { kept: true, .. } => return None,
            Self { kept: false, .. } => {}
        }
        let pass = PassKey { sale: self.pass_sale?, number: self.pass_number? };
        let (holder, reserved_at, deadline) = (self.holder?, self.reserved_at?, self.deadline?);
        Some(match self.paid_at {
            None => SeatState::Held(Hold { holder, pass, reserved_at, deadline }),
            Some(paid_at) => SeatState::Sold(Ownership { holder, pass, reserved_at, deadline, paid_at }),
        })
    }
}

/// The columns of a pass that say where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PassColumns<'a> {
    pub(crate) admitted_at: Option<Timestamp>,
    pub(crate) admitted_until: Option<Timestamp>,
    pub(crate) lasts_until: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) ended_by: Option<&'a str>,
}

impl From<PassState> for PassColumns<'static> {
    fn from(state: PassState) -> Self {
        let (session, ended) = match state {
            PassState::Inside(session) => (Some(session), None),
            PassState::Ended { session, ended_at, cause } => (session, Some((ended_at, cause))),
        };
        Self {
            admitted_at: session.map(|session| session.admitted_at),
            admitted_until: session.map(|session| session.admitted_until),
            lasts_until: session.map(|session| session.lasts_until),
            ended_at: ended.map(|(ended_at, _)| ended_at),
            ended_by: ended.map(|(_, cause)| of_pass_end(cause)),
        }
    }
}

impl PassColumns<'_> {
    /// The state, if the columns do not contradict each other.
    pub(crate) fn state(self) -> Option<PassState> {
        let session = match (self.admitted_at, self.admitted_until, self.lasts_until) {
            (Some(admitted_at), Some(admitted_until), Some(lasts_until)) => {
                Some(Session { admitted_at, admitted_until, lasts_until })
            }
            (None, None, None) => None,
            _ => return None,
        };
        match (self.ended_at, self.ended_by, session) {
            (None, None, Some(session)) => Some(PassState::Inside(session)),
            (Some(ended_at), Some(word), session) => {
                Some(PassState::Ended { session, ended_at, cause: pass_end(word)? })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use onsale_booking::policy::{CAPACITY_MAX, PRICE_MAX};
    use onsale_booking::seat::SeatKind;
    use onsale_line::Capacity;
    use uuid::Uuid;

    use super::*;

    const SCHEMAS: [&str; 2] =
        [include_str!("sqlite/migrations/V1__sale.sql"), include_str!("postgres/migrations/V1__sale.sql")];

    const USER: UserId = UserId(Uuid::from_u128(1));
    const PASS: PassKey = PassKey { sale: SaleId(Uuid::from_u128(2)), number: 3 };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn every_schema_allows_these_words_and_no_others() {
        for schema in SCHEMAS {
            assert!(schema.contains(&format!("account IN ('{WALLET}', '{FUNDING}', '{SALES}')")));
            assert!(schema.contains(&format!("ended_by IN ('{PAID}', '{LEFT}')")));
            let kinds = SeatKind::ALL.map(|kind| format!("'{}'", kind.as_str())).join(", ");
            assert!(schema.contains(&format!("kind IN ({kinds})")));
        }
    }

    #[test]
    fn every_schema_has_the_bounds_of_the_rules() {
        for schema in SCHEMAS {
            for check in [
                format!("CHECK (capacity BETWEEN 1 AND {CAPACITY_MAX})"),
                format!("CHECK (price BETWEEN 0 AND {PRICE_MAX})"),
                format!("CHECK (capacity BETWEEN 0 AND {})", Capacity::MAX),
            ] {
                assert!(schema.contains(&check), "{check}");
            }
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for meant in [Account::Wallet(USER), Account::Funding, Account::Sales] {
            let (word, user) = of_account(meant);
            assert_eq!(account(word, user), Some(meant));
        }
        let hold = Hold { holder: USER, pass: PASS, reserved_at: at(1), deadline: at(9) };
        let owned =
            Ownership { holder: USER, pass: PASS, reserved_at: at(1), deadline: at(9), paid_at: at(2) };
        for state in [SeatState::Free, SeatState::Kept, SeatState::Held(hold), SeatState::Sold(owned)] {
            assert_eq!(SeatColumns::from(state).state(), Some(state));
        }
        let session = Session { admitted_at: at(1), admitted_until: at(5), lasts_until: at(9) };
        let ended = |session, cause| PassState::Ended { session, ended_at: at(4), cause };
        for state in [
            PassState::Inside(session),
            ended(Some(session), PassEnd::Paid),
            ended(Some(session), PassEnd::Left),
            ended(None, PassEnd::Left),
        ] {
            assert_eq!(PassColumns::from(state).state(), Some(state));
        }
    }

    #[test]
    fn contradicting_columns_are_refused() {
        assert_eq!(account(WALLET, None), None);
        assert_eq!(account(SALES, Some(USER)), None);
        assert_eq!(account("gift", None), None);
        let hold = Hold { holder: USER, pass: PASS, reserved_at: at(1), deadline: at(9) };
        let columns = SeatColumns::from(SeatState::Held(hold));
        assert_eq!(SeatColumns { deadline: None, ..columns }.state(), None);
        assert_eq!(SeatColumns { holder: None, ..columns }.state(), None);
        assert_eq!(SeatColumns { pass_sale: None, ..columns }.state(), None);
        assert_eq!(SeatColumns { pass_number: None, ..columns }.state(), None);
        assert_eq!(SeatColumns { pass_number: Some(3), ..SeatColumns::FREE }.state(), None);
        assert_eq!(SeatColumns { kept: true, ..columns }.state(), None);
        assert_eq!(SeatColumns { pass_number: Some(3), ..SeatColumns::KEPT }.state(), None);
        let session = Session { admitted_at: at(1), admitted_until: at(5), lasts_until: at(9) };
        let inside = PassColumns::from(PassState::Inside(session));
        assert_eq!(PassColumns { lasts_until: None, ..inside }.state(), None);
        assert_eq!(PassColumns { ended_at: Some(at(2)), ..inside }.state(), None);
        assert_eq!(PassColumns { ended_at: Some(at(2)), ended_by: Some("tired"), ..inside }.state(), None);
    }
}
