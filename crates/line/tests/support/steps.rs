//! What may happen to a line, at random.

use proptest::prelude::*;

use super::naive::{Lobby, Millis};

/// When a story begins. Not 0: a due of 0 means nothing was promised.
pub(crate) const BEGINS: Millis = 100_000;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Join {
        user: u8,
    },
    /// A poll by the holder of the nth ticket, to be back after `seconds`.
    Sign {
        ticket: usize,
        seconds: u64,
    },
    /// Everybody polls.
    AllSign {
        seconds: u64,
    },
    Tick,
    Claim {
        ticket: usize,
    },
    /// The nth ticket gets a pass, called or not.
    Enter {
        ticket: usize,
        seconds: u64,
    },
    /// All who are called claim and enter.
    AllEnter {
        seconds: u64,
    },
    End {
        ticket: usize,
    },
    Dials {
        capacity: u32,
        rate: u32,
        paused: bool,
    },
    Wait {
        millis: Millis,
    },
    Allocate {
        more: u64,
    },
    /// The process dies; the head that was logged is `back` changes old, and in a lobby the tail.
    Restart {
        back: usize,
    },
    /// The line fixes its lobby, if it is time.
    Fix,
    /// It fixes its lobby, the store commits the opening, and the line opens, if it is time.
    Open,
    /// The store finds that it is not time yet.
    NotYet,
    /// An operator lets the lobby open later.
    Postpone {
        millis: Millis,
    },
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ticket = 0_usize..1_000;
    let step = prop_oneof![
        16 => (0_u8..16).prop_map(|user| Step::Join { user }),
        12 => (ticket.clone(), 0_u64..50).prop_map(|(ticket, seconds)| Step::Sign { ticket, seconds }),
        4 => (2_u64..60).prop_map(|seconds| Step::AllSign { seconds }),
        16 => Just(Step::Tick),
        5 => ticket.clone().prop_map(|ticket| Step::Claim { ticket }),
        3 => (ticket.clone(), 0_u64..90).prop_map(|(ticket, seconds)| Step::Enter { ticket, seconds }),
        4 => (1_u64..90).prop_map(|seconds| Step::AllEnter { seconds }),
        5 => ticket.prop_map(|ticket| Step::End { ticket }),
        3 => (0_u32..7, 0_u32..9, proptest::bool::weighted(0.15))
            .prop_map(|(capacity, rate, paused)| Step::Dials { capacity, rate, paused }),
        14 => prop_oneof![0_u64..3_000, Just(1_000), Just(10_000), 0_u64..40_000]
            .prop_map(|millis| Step::Wait { millis }),
        3 => (1_u64..6).prop_map(|more| Step::Allocate { more }),
        1 => (0_usize..4).prop_map(|back| Step::Restart { back }),
        1 => Just(Step::Fix),
        6 => Just(Step::Open),
        1 => Just(Step::NotYet),
        1 => (1_u64..20_000).prop_map(|millis| Step::Postpone { millis }),
    ];
    proptest::collection::vec(step, 1..160)
}

/// What a line is planned to do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// None: open from the start.
    pub(crate) lobby: Option<Lobby>,
    pub(crate) closes_at: Option<Millis>,
    pub(crate) seed: [u8; 32],
    pub(crate) beacon: Vec<u8>,
}

/// Lines that are always open, lines with a lobby that go by arrival, and draws; some of them close.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let lobby = (any::<bool>(), 0_u64..3_000, 0_u64..60_000).prop_map(|(is_draw, lobby_in, stays)| {
        let joins_at = BEGINS + lobby_in;
        Lobby { is_draw, joins_at, opens_at: joins_at + stays, tail: None }
    });
    let closes_at = (BEGINS + 70_000)..(BEGINS + 500_000);
    (
        proptest::option::weighted(0.75, lobby),
        proptest::option::weighted(0.3, closes_at),
        proptest::array::uniform32(0_u8..),
        proptest::collection::vec(0_u8.., 0..20),
    )
        .prop_map(|(lobby, closes_at, seed, beacon)| Plan { lobby, closes_at, seed, beacon })
}
