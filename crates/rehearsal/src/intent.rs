//! What one fan will do, decided before the sale.
//!
//! Pure: the same seed and number give the same fan. Neither other fans nor the server have any influence.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::options::{Arrivals, CrowdOptions};

/// What one fan intends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Intent {
    /// When this fan comes, counted from the opening.
    pub(crate) arrives: Duration,
    /// Whether this fan listens instead of polling.
    pub(crate) streams: bool,
    /// Whether this fan looks for seats by date, and not at the concert's map.
    pub(crate) searches_by_date: bool,
    /// When this fan gives up waiting, counted from the arrival.
    pub(crate) gives_up: Option<Duration>,
    /// When this fan falls silent in the line, counted from the arrival, and for how long.
    pub(crate) silence: Option<(Duration, Duration)>,
    /// How this fan goes without having paid.
    pub(crate) goodbye: Goodbye,
    /// How many seats this fan wants.
    pub(crate) party: u32,
    /// Whether this fan holds seats and never pays.
    pub(crate) abandons: bool,
    /// Whether this fan releases a seat and picks another.
    pub(crate) changes_mind: bool,
    /// Whether this fan joins again after having paid.
    pub(crate) comes_again: bool,
    /// The forbidden thing that this fan tries.
    pub(crate) mischief: Option<Mischief>,
    /// With which access code this fan joins, where one is needed.
    pub(crate) code: CodeChoice,
    /// Whether this fan comes only after an opening, if there is one.
    comes_late: bool,
    /// When this fan leaves the lobby, as a share of the time from the arrival to the opening.
    leaves_lobby: Option<f64>,
    /// For random choices during the sale.
    pub(crate) seed: u64,
}

/// Which access code somebody joins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CodeChoice {
    /// Their own.
    Own,
    /// Another fan's, which lets only one of the two in.
    Shared,
    /// A code that nobody has made.
    Invented,
    /// None.
    Missing,
}

/// How somebody goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goodbye {
    /// By leaving the line, which frees the slot and the holds at once.
    Leave,
    /// Like somebody who closes the laptop.
    Vanish,
}

/// Something that must be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mischief {
    /// Looking at seats while still waiting.
    LooksEarly,
    /// A hold while still waiting.
    HoldsEarly,
    /// A hold after the payment has ended the pass.
    HoldsAfter,
    /// Paying for a seat that was never held.
    PaysUnheld,
    /// Paying with an empty wallet.
    PaysBroke,
    /// Another amount with a used key.
    ReusesKey,
    /// A hold in a concert that only another sale sells.
    Strays,
}

const MISCHIEF: [Mischief; 7] = [
    Mischief::LooksEarly,
    Mischief::HoldsEarly,
    Mischief::HoldsAfter,
    Mischief::PaysUnheld,
    Mischief::PaysBroke,
    Mischief::ReusesKey,
    Mischief::Strays,
];

/// Whose code somebody without scruples uses: mostly a friend's.
const CODES: [CodeChoice; 4] =
    [CodeChoice::Shared, CodeChoice::Shared, CodeChoice::Invented, CodeChoice::Missing];

/// Share that comes only after the opening.
const LATE: f64 = 0.15;
/// Share that goes before the opening.
const LEAVES_LOBBY: f64 = 0.05;

/// Probability that a fan changes their mind about a seat, or comes again.
const SELDOM: f64 = 0.03;
/// How many of a hundred fans want at most one, two, three or four seats.
const PARTIES: [(u32, u32); 4] = [(50, 1), (85, 2), (95, 3), (100, 4)];

impl Intent {
    /// What a fan intends, counted from 0.
    pub(crate) fn new(crowd: &CrowdOptions, fan: u32) -> Self {
        let mut dice = SmallRng::seed_from_u64(mix(crowd.seed, fan));
        let arrives = arrival(crowd, fan, dice.random());
        let streams = dice.random_bool(crowd.sse);
        let gives_up = dice.random_bool(crowd.leave).then(|| exponential(&mut dice, crowd.patience));
        let is_silent = dice.random_bool(crowd.silent);
        // Longer than the line waits for anybody, so that a fan may really miss a turn.
        let silence = (exponential(&mut dice, 10.0), Duration::from_secs_f64(dice.random_range(5.0..40.0)));
        let goodbye = if dice.random_bool(0.5) { Goodbye::Leave } else { Goodbye::Vanish };
        let lot = dice.random_range(0..100);
        let wanted = PARTIES.iter().find(|(below, _)| lot < *below).map_or(1, |(_, seats)| *seats);
        let mischief = dice.random_range(0..MISCHIEF.len());
        let dishonest = CODES[dice.random_range(0..CODES.len())];
        let leaves_at = dice.random_range(0.2..1.0);
        Self {
            arrives,
            streams,
            searches_by_date: dice.random_bool(0.5),
            gives_up,
            silence: is_silent.then_some(silence),
            goodbye,
            party: wanted.min(crowd.party),
            abandons: dice.random_bool(crowd.abandon),
            changes_mind: dice.random_bool(SELDOM),
            comes_again: dice.random_bool(SELDOM),
            mischief: dice.random_bool(crowd.mischief).then_some(MISCHIEF[mischief]),
            code: if dice.random_bool(crowd.mischief) { dishonest } else { CodeChoice::Own },
            comes_late: dice.random_bool(LATE),
            leaves_lobby: dice.random_bool(LEAVES_LOBBY).then_some(leaves_at),
            seed: dice.random(),
        }
    }

    /// The same for a sale that opens so long after the fans begin to come: most come earlier, and some
    /// of them do not stay until the opening.
    pub(crate) fn with_opening(mut self, opening: Duration) -> Self {
        if self.comes_late {
            self.arrives += opening;
        }
        let wait = opening.saturating_sub(self.arrives);
        if let Some(share) = self.leaves_lobby.filter(|_| !wait.is_zero()) {
            self.gives_up = Some(wait.mul_f64(share));
        }
        self
    }
}

/// One seed for each fan, very different from its neighbours' seeds.
fn mix(seed: u64, fan: u32) -> u64 {
    seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ u64::from(fan).wrapping_mul(0xD1B5_4A32_D192_ED03)
}

fn arrival(crowd: &CrowdOptions, fan: u32, chance: f64) -> Duration {
    let share = (f64::from(fan) + chance) / f64::from(crowd.fans);
    Duration::from_secs_f64(match crowd.arrivals {
        // Half of the fans come in the first quarter of the time.
        Arrivals::Burst(seconds) => seconds * chance * chance,
        Arrivals::Rate(per_second) => (f64::from(fan) + chance) / per_second,
        Arrivals::Ramp(seconds) => seconds * share.sqrt(),
    })
}

/// A random time with this mean, like people's patience: often short, sometimes very long.
pub(crate) fn exponential(dice: &mut SmallRng, mean_s: f64) -> Duration {
    let chance: f64 = dice.random();
    Duration::from_secs_f64((-(1.0 - chance).ln() * mean_s).min(mean_s * 8.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Taste;

    fn crowd(fans: u32, arrivals: Arrivals) -> CrowdOptions {
        CrowdOptions {
            fans,
            arrivals,
            leave: 0.25,
            patience: 30.0,
            silent: 0.1,
            sse: 0.5,
            taste: Taste::Spread,
            party: 4,
            abandon: 0.1,
            mischief: 0.02,
            think: 2.0,
            seed: 7,
            tokens: None,
        }
    }

    fn intents(crowd: &CrowdOptions) -> Vec<Intent> {
        (0..crowd.fans).map(|fan| Intent::new(crowd, fan)).collect()
    }

    #[test]
    fn a_seed_makes_the_same_people_and_another_seed_others() {
        let crowd = crowd(200, Arrivals::Burst(5.0));
        assert_eq!(intents(&crowd), intents(&crowd));
        let others = CrowdOptions { seed: 8, ..crowd.clone() };
        assert_ne!(intents(&crowd), intents(&others));
    }

    #[test]
    fn shares_are_kept() {
        let crowd = crowd(20_000, Arrivals::Burst(5.0));
        let intents = intents(&crowd);
        let share = |is_it: fn(&Intent) -> bool| {
            let count = u32::try_from(intents.iter().filter(|intent| is_it(intent)).count()).expect("few");
            f64::from(count) / f64::from(crowd.fans)
        };
        for (name, found, wanted) in [
            ("leave", share(|intent| intent.gives_up.is_some()), 0.25),
            ("silent", share(|intent| intent.silence.is_some()), 0.1),
            ("streams", share(|intent| intent.streams), 0.5),
            ("abandons", share(|intent| intent.abandons), 0.1),
            ("mischief", share(|intent| intent.mischief.is_some()), 0.02),
            ("codes", share(|intent| intent.code != CodeChoice::Own), 0.02),
            ("alone", share(|intent| intent.party == 1), 0.5),
        ] {
            assert!((found - wanted).abs() < 0.02, "{name}: {found}");
        }
    }

    #[test]
    fn an_opening_has_a_lobby_late_comers_and_people_who_do_not_stay() {
        let crowd = crowd(20_000, Arrivals::Burst(5.0));
        let opening = Duration::from_secs(5);
        let intents: Vec<Intent> =
            intents(&crowd).into_iter().map(|intent| intent.with_opening(opening)).collect();
        let share = |is_it: fn(&Intent) -> bool| {
            let count = u32::try_from(intents.iter().filter(|intent| is_it(intent)).count()).expect("few");
            f64::from(count) / f64::from(crowd.fans)
        };
        assert!((share(|intent| intent.arrives.as_secs_f64() >= 5.0) - LATE).abs() < 0.02);
        let leaves = |intent: &Intent| {
            intent.gives_up.is_some_and(|after| intent.arrives + after < Duration::from_secs(5))
        };
        assert!(share(leaves) > LEAVES_LOBBY * (1.0 - LATE) * 0.8);
        let stays = |intent: &Intent| intent.arrives.as_secs_f64() < 5.0 && intent.leaves_lobby.is_none();
        assert!(share(stays) > 0.75);
    }

    #[test]
    fn fans_arrive_as_the_option_says() {
        let late = |arrivals, within: f64| {
            let intents = intents(&crowd(10_000, arrivals));
            intents.iter().filter(|intent| intent.arrives.as_secs_f64() > within).count()
        };
        assert_eq!(late(Arrivals::Burst(8.0), 8.0), 0);
        assert!((4_800..5_200).contains(&late(Arrivals::Burst(8.0), 2.0)));
        assert_eq!(late(Arrivals::Rate(1_000.0), 10.0), 0);
        assert!((4_990..5_010).contains(&late(Arrivals::Rate(1_000.0), 5.0)));
        assert_eq!(late(Arrivals::Ramp(10.0), 10.0), 0);
        assert!((7_400..7_600).contains(&late(Arrivals::Ramp(10.0), 5.0)));
    }
}
