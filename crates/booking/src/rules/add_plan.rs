//! Keeping a plan.

use crate::book::Book;
use crate::new_plan::NewPlan;
use crate::outcome::Outcome;

/// The same plan brought again, by the same operator or another, is the one that is there.
pub(crate) fn add_plan(book: &mut Book, new: &NewPlan) -> Outcome {
    let (plan, is_new) = (new.id(), !book.has_plan(new.id()));
    if is_new {
        book.add_plan(new.clone());
    }
    Outcome::PlanAdded { plan, is_new }
}

#[cfg(test)]
mod tests {
    use crate::command::Command;
    use crate::ids::PlanId;
    use crate::new_plan::NewPlan;
    use crate::outcome::Outcome;
    use crate::testing::Stage;

    #[test]
    fn a_plan_is_kept_once() {
        let mut stage = Stage::new();
        let new = NewPlan { hash: [7; 32], name: "Club".to_owned(), seats: 2, content: [1].into(), by: None };
        let plan = PlanId::of(&[7; 32]);
        for is_new in [true, false] {
            let outcome = stage.run(&Command::AddPlan(new.clone()));
            assert_eq!(outcome, Ok(Outcome::PlanAdded { plan, is_new }));
            assert_eq!(stage.book.changes().plans, std::slice::from_ref(&new));
        }
    }
}
