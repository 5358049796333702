//! The promises of several sales that were played at once: each was audited by itself.

use crate::report::{Promise, Verdict};

use super::findings::EVIDENCE_MAX;

/// What was found for each promise in all sales, given the name of each sale and its findings. A promise that
/// one sale broke is broken.
pub fn together(mut audits: Vec<(String, Vec<Promise>)>) -> Vec<Promise> {
    if audits.len() == 1 {
        return audits.remove(0).1;
    }
    let mut all: Vec<Promise> = Vec::new();
    for (sale, promises) in audits {
        for (place, mut promise) in promises.into_iter().enumerate() {
            promise.evidence = promise.evidence.iter().map(|it| format!("{sale}: {it}")).collect();
            match all.get_mut(place) {
                Some(sum) => add(sum, promise),
                None => all.push(promise),
            }
        }
    }
    all
}

fn add(sum: &mut Promise, promise: Promise) {
    sum.verdict = match (sum.verdict, promise.verdict) {
        (Verdict::Broken, _) | (_, Verdict::Broken) => Verdict::Broken,
        (Verdict::Kept, _) | (_, Verdict::Kept) => Verdict::Kept,
        (Verdict::NotChecked, Verdict::NotChecked) => Verdict::NotChecked,
    };
    sum.checked += promise.checked;
    sum.breaches += promise.breaches;
    sum.evidence.extend(promise.evidence);
    sum.evidence.truncate(EVIDENCE_MAX);
    sum.note = match (sum.note.take(), promise.note) {
        (Some(notes), Some(note)) if !notes.split(" / ").any(|it| it == note) => {
            Some(format!("{notes} / {note}"))
        }
        (notes, note) => notes.or(note),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::PromiseId;

    fn promise(verdict: Verdict, checked: u64, evidence: &[&str], note: Option<&str>) -> Promise {
        Promise {
            id: PromiseId::Order,
            statement: "Numbers follow the order of joins.",
            verdict,
            checked,
            of: "numbers",
            note: note.map(str::to_owned),
            breaches: u64::try_from(evidence.len()).expect("few"),
            evidence: evidence.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn one_broken_sale_breaks_the_promise_and_is_named() {
        let kept = promise(Verdict::Kept, 5, &[], Some("near"));
        let broken = promise(Verdict::Broken, 3, &["fan 7 came first"], Some("far"));
        let unchecked = promise(Verdict::NotChecked, 0, &[], Some("near"));
        let all = [("A", kept), ("B", broken), ("C", unchecked)];
        let all = together(all.into_iter().map(|(name, it)| (name.to_owned(), vec![it])).collect());
        let [sum] = &all[..] else { panic!("one promise") };
        assert_eq!((sum.verdict, sum.checked, sum.breaches), (Verdict::Broken, 8, 1));
        assert_eq!(sum.evidence, ["B: fan 7 came first"]);
        assert_eq!(sum.note.as_deref(), Some("near / far"));
    }

    #[test]
    fn one_sale_stays_as_it_is() {
        let kept = promise(Verdict::Kept, 5, &[], None);
        assert_eq!(together(vec![("A".to_owned(), vec![kept.clone()])]), [kept]);
    }
}
