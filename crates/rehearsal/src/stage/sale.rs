//! The sale that is played, as its fans know it.

use std::time::Duration;

use uuid::Uuid;

use crate::history::Micros;
use crate::intent::CodeChoice;

/// By default the main sale.
#[derive(Debug, Clone, Default)]
pub(crate) struct SaleOnStage {
    /// None to join without naming a sale.
    pub(crate) id: Option<Uuid>,
    /// When it opens, by the store's clock.
    pub(crate) opens_at: Option<Micros>,
    /// How long after the fans begin to come it opens.
    pub(crate) opening: Option<Duration>,
    /// The most seats of one person.
    pub(crate) limit: Option<u32>,
    /// One access code for each of its fans; none if nobody needs one.
    pub(crate) codes: Option<Box<[Box<str>]>>,
    /// How many sales the fans are dealt to.
    pub(crate) dealt_to: u32,
    /// A concert that only another sale sells.
    pub(crate) elsewhere: Option<Uuid>,
}

/// What somebody joins with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JoinCode {
    /// Which of the sale's codes it is.
    pub(crate) index: Option<u32>,
    /// What is sent.
    pub(crate) text: Option<Box<str>>,
}

/// It has the form of a code, and nobody made it.
const INVENTED: &str = "0000-0000-0000-0000";

impl SaleOnStage {
    /// The code that a fan joins with.
    pub(crate) fn code(&self, fan: u32, choice: CodeChoice) -> JoinCode {
        let Some(codes) = &self.codes else { return JoinCode::default() };
        let own = fan / self.dealt_to.max(1);
        let index = match choice {
            CodeChoice::Own => own,
            CodeChoice::Shared => own.checked_sub(1).unwrap_or(own + 1),
            CodeChoice::Invented => return JoinCode { index: None, text: Some(INVENTED.into()) },
            CodeChoice::Missing => return JoinCode::default(),
        };
        let text = usize::try_from(index).ok().and_then(|index| codes.get(index));
        JoinCode { index: text.map(|_| index), text: text.cloned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_code_and_some_take_a_friends() {
        let codes = Some(["a", "b", "c"].map(Box::from).into());
        let sale = SaleOnStage { codes, dealt_to: 2, ..SaleOnStage::default() };
        let code = |fan, choice| {
            let code = sale.code(fan, choice);
            (code.index, code.text.as_deref().map(str::to_owned))
        };
        let known = |index: u32, text: &str| (Some(index), Some(text.to_owned()));
        assert_eq!(code(5, CodeChoice::Own), known(2, "c"));
        assert_eq!(code(5, CodeChoice::Shared), known(1, "b"));
        assert_eq!(code(1, CodeChoice::Shared), known(1, "b"), "the first has nobody before them");
        assert_eq!(code(5, CodeChoice::Invented), (None, Some(INVENTED.to_owned())));
        assert_eq!(code(5, CodeChoice::Missing), (None, None));
        let open = SaleOnStage::default();
        assert_eq!(open.code(5, CodeChoice::Own), JoinCode::default(), "nobody needs one");
    }
}
