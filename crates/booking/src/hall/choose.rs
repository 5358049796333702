//! The best available seats for a wish.

use super::fit::{Fit, Fits, Role};
use super::free_seats::FreeSeats;
use super::scattered::scattered;
use super::split::split;
use super::together::together;
use super::wish::{CategoryNo, NoFit, TermsOf, Wish};
use crate::ids::SeatNo;

/// The best of the free seats for the wish, in order, by the rules of this module's parent.
///
/// # Errors
///
/// [`NoFit`] if no group fits. A group that may be split always fits if enough seats do.
pub fn choose(free: &FreeSeats, wish: &Wish, terms: TermsOf<'_>) -> Result<Vec<SeatNo>, NoFit> {
    let fits = Fits::new(wish, terms);
    if wish.quantity == 0 {
        return Ok(Vec::new());
    }
    if let Some(first) = together(free, fits, wish.quantity) {
        return Ok((first + 1..=first + wish.quantity).collect());
    }
    let fitting = fits.all(free);
    let count = u32::try_from(fitting.len()).unwrap_or(u32::MAX);
    if fits.has_wheelchair() {
        let has_place = fitting.iter().any(|(_, fit)| fit.role == Role::Wheelchair);
        return Err(if has_place { NoFit::NotTogether } else { NoFit::NotEnough { free: 0 } });
    }
    if count < wish.quantity {
        return Err(NoFit::NotEnough { free: count });
    }
    let lists = lists(&fitting, wish.quantity);
    let chosen = if wish.together { None } else { apart(free, &lists, wish.quantity) };
    chosen.map(|indices| indices.into_iter().map(|index| index + 1).collect()).ok_or(NoFit::NotTogether)
}

fn apart(free: &FreeSeats, lists: &[Vec<u32>], len: u32) -> Option<Vec<u32>> {
    split(free, lists, len).or_else(|| scattered(free.layout(), lists, len))
}

/// Of what a group that is split may be made up: lists with at least `len` seats each. One for each category
/// if a category has that many, else all seats; restricted views only if there are not enough others.
fn lists(fitting: &[(u32, Fit)], len: u32) -> Vec<Vec<u32>> {
    let clear = |(_, fit): &&(u32, Fit)| fit.role != Role::Restricted;
    let has_enough = |list: &Vec<u32>| list.len() >= len as usize;
    let is_clear = fitting.iter().filter(clear).count() >= len as usize;
    let open = || fitting.iter().filter(|it| !is_clear || clear(it));
    let mut by_category = vec![Vec::new(); usize::from(CategoryNo::MAX) + 1];
    open().for_each(|(index, fit)| by_category[usize::from(fit.category)].push(*index));
    by_category.retain(has_enough);
    if by_category.is_empty() { vec![open().map(|(index, _)| *index).collect()] } else { by_category }
}
