//! Whom to call: the line's one decision, as a pure function.

use crate::order::Place;
use crate::presence::is_present;

/// The limits of one walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkBounds {
    /// The most people to call.
    pub budget: usize,
    /// The most places to examine, so that a crowd of absent people cannot delay a tick.
    pub scan: usize,
}

/// The decision of a walk. Nothing changes until the caller applies it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Those to call, in their order, each with its due.
    pub called: Vec<(Place, u32)>,
    /// Late places that were examined and are absent again.
    pub gone: Vec<Place>,
    /// The last place considered: the new head.
    pub head: Place,
}

/// Walks the line: first the late places, then on from `head` + 1, calling those present and passing those
/// absent until the budget, the tail or the scan limit ends it.
///
/// `late` must be in order, each with its due; `due` returns the due of a place in (`head`, `tail`].
/// Late places lie at or behind the head, so this is the order among all who are present. Without a
/// budget the head does not move: nobody is passed over while nobody can be called.
pub fn walk(
    bounds: WalkBounds,
    second: u32,
    late: impl IntoIterator<Item = (Place, u32)>,
    head: Place,
    tail: Place,
    due: impl Fn(Place) -> u32,
) -> Walk {
    let mut walk = Walk { called: Vec::new(), gone: Vec::new(), head };
    let mut late = late.into_iter();
    for _ in 0..bounds.scan {
        if walk.called.len() == bounds.budget {
            break;
        }
        if let Some((place, due)) = late.next() {
            if is_present(due, second) {
                walk.called.push((place, due));
            } else {
                walk.gone.push(place);
            }
            continue;
        }
        if walk.head >= tail {
            break;
        }
        walk.head += 1;
        let due = due(walk.head);
        if is_present(due, second) {
            walk.called.push((walk.head, due));
        }
    }
    walk
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Number;

    const SECOND: u32 = 100;
    const HERE: u32 = 100;
    const AWAY: u32 = 99;

    /// A walk over numbers 11.. with these dues, head 10.
    fn walked(budget: usize, scan: usize, late: &[(Number, u32)], dues: &[u32]) -> Walk {
        let tail = 10 + dues.len() as Number;
        let due = |number: Number| dues[usize::try_from(number).unwrap() - 11];
        walk(WalkBounds { budget, scan }, SECOND, late.iter().copied(), 10, tail, due)
    }

    #[test]
    fn the_present_are_called_in_number_order() {
        let walk = walked(2, 9, &[], &[HERE, HERE, HERE]);
        assert_eq!((walk.called, walk.head), (vec![(11, HERE), (12, HERE)], 12));
    }

    #[test]
    fn absent_people_are_skipped() {
        let walk = walked(2, 9, &[], &[AWAY, HERE, AWAY, HERE, AWAY]);
        assert_eq!((walk.called, walk.head), (vec![(12, HERE), (14, HERE)], 14));
    }

    #[test]
    fn the_late_come_before_newer_numbers() {
        let walk = walked(2, 9, &[(3, HERE), (5, AWAY), (7, HERE)], &[HERE]);
        assert_eq!((walk.called, walk.head), (vec![(3, HERE), (7, HERE)], 10));
        assert_eq!(walk.gone, [5]);
    }

    #[test]
    fn without_a_budget_nobody_is_skipped() {
        let walk = walked(0, 9, &[(3, AWAY)], &[AWAY, AWAY]);
        assert_eq!(walk, Walk { called: vec![], gone: vec![], head: 10 });
    }

    #[test]
    fn the_scan_limit_ends_the_walk_and_skips_no_late_person() {
        let walk = walked(1, 2, &[], &[AWAY, AWAY, HERE]);
        assert_eq!((walk.called, walk.head), (vec![], 12));
        let walk = walked(1, 1, &[(3, AWAY), (4, HERE)], &[HERE]);
        assert_eq!((walk.called, walk.gone, walk.head), (vec![], vec![3], 10));
    }
}
