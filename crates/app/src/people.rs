//! Finding a person who called for help, and their place in line.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::{join_all, try_join_all};
use onsale_booking::ids::{SaleId, UserId};
use onsale_booking::name;
use onsale_booking::pass::Pass;
use onsale_booking::sale::{Sale, SalePhase};
use onsale_booking::user::User;
use onsale_line::{Number, NumberState};
use uuid::Uuid;

use crate::admission::Admission;
use crate::app::App;
use crate::error::AppError;

/// How many passes of a person are looked at; nobody comes as often.
const PASSES_MAX: usize = 1_000;

/// A person as an operator sees them.
#[derive(Debug, Clone)]
pub struct Person {
    /// The person.
    pub id: UserId,
    /// Their name and registration time; `None` if the store has no row for them.
    pub user: Option<User>,
    /// Their place in the main sale's line, if they have one.
    pub place: Option<LinePlace>,
    /// Their places in other sales, as far as this instance has their lines open.
    pub other_places: Vec<LinePlace>,
    /// Their newest pass of each sale, the newest of all first.
    pub last_passes: Vec<Pass>,
}

/// A person's place in line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinePlace {
    /// The sale in whose line it is.
    pub sale: SaleId,
    /// Their number.
    pub number: Number,
    /// Where the number stands.
    pub state: NumberState,
    /// How many people present will be called before it; `None` in a draw's lobby.
    pub ahead: Option<u64>,
}

impl App {
    /// At most `limit` users that match `text`: by their id, by the number with which they came in, or by a
    /// part of their name.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn find_people(&self, text: &str, limit: usize) -> Result<Vec<UserId>, AppError> {
        if let Ok(id) = Uuid::try_parse(text) {
            return Ok(vec![UserId(id)]);
        }
        let mut found = Vec::new();
        if let Some(number) = line_number(&name::fold(text)) {
            found.extend(self.store.reads.passes_by_number(number).await?.iter().map(|pass| pass.user));
        }
        let named = self.store.reads.users_named(text.to_owned(), limit).await?;
        found.extend(named.iter().map(|user| user.id));
        let mut seen = HashSet::new();
        found.retain(|user| seen.insert(*user));
        found.truncate(limit);
        Ok(found)
    }

    /// A user's name; empty if the store has no row for them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn name_of(&self, id: UserId) -> Result<String, AppError> {
        Ok(self.store.reads.user(id).await?.map(|user| user.name).unwrap_or_default())
    }

    /// A person as an operator sees them. If the line does not answer, they have no place.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn person(&self, id: UserId) -> Result<Person, AppError> {
        let user = self.store.reads.user(id).await?;
        let mut last_passes = self.store.reads.passes_of(id, PASSES_MAX).await?;
        let mut sales = HashSet::new();
        last_passes.retain(|pass| sales.insert(pass.key.sale));
        let lines = self.admissions.all();
        let places = join_all(lines.iter().map(|line| place_in(line, id))).await;
        let (main, others): (Vec<_>, Vec<_>) =
            places.into_iter().flatten().partition(|place| place.sale == self.main_sale());
        Ok(Person { id, user, place: main.into_iter().next(), other_places: others, last_passes })
    }

    /// A person as [`App::person`] has them, with their places in lines that rest here: those are opened in
    /// which somebody may stand, as the store knows.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn person_in_every_line(&self, id: UserId) -> Result<Person, AppError> {
        let now = self.now();
        let resting = self
            .every_sale()
            .into_iter()
            .filter(|sale| sale.phase(now) != SalePhase::Over && self.admissions.opened(sale.id).is_none());
        let open = async |sale: Arc<Sale>| {
            if self.line_counts(sale.id).await?.waiting > 0 {
                // A line that does not answer shows nobody.
                let _ = self.admissions.find(sale.id).await;
            }
            Ok::<_, AppError>(())
        };
        try_join_all(resting.map(open)).await?;
        self.person(id).await
    }
}

async fn place_in(line: &Admission, user: UserId) -> Option<LinePlace> {
    let (number, lookup) = line.state_of_user(user).await.unwrap_or_default()?;
    let ahead = line.ahead(number, lookup.head);
    Some(LinePlace { sale: line.sale(), number, state: lookup.state, ahead })
}

/// Reads a number of the line as pages show it: `1284` or `1,284`.
fn line_number(text: &str) -> Option<u64> {
    let groups: Vec<_> = text.split(',').collect();
    let is_grouped = match groups.as_slice() {
        [first, others @ ..] if !others.is_empty() => {
            first.len() <= 3 && others.iter().all(|group| group.len() == 3)
        }
        _ => true,
    };
    let is_digits = |group: &&str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = is_grouped && groups.iter().all(is_digits);
    if is_number { groups.concat().parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_pages_show_it_and_not_out_of_other_text() {
        for (text, number) in [("7", 7), ("1284", 1_284), ("1,284", 1_284), ("1,234,567", 1_234_567)] {
            assert_eq!(line_number(text), Some(number), "{text}");
        }
        for text in ["", ",", "1,2", "12,84", "1,2845", "1,284,", "+7", "-7", "1.284", "99999999999999999999"]
        {
            assert_eq!(line_number(text), None, "{text}");
        }
    }
}
