//! The sales that are played.

/// What an operator does in the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Turn {
    None,
    /// New dials, `at` seconds after the beginning.
    Dials {
        at: f64,
        capacity: u32,
        rate: u32,
    },
    /// A pause.
    Pause {
        from: f64,
        to: f64,
    },
}

impl Turn {
    /// From when on estimates count: nobody can know beforehand what an operator will do.
    pub(crate) fn counts_from(self) -> f64 {
        match self {
            Self::None => 0.0,
            Self::Dials { at, .. } => at,
            Self::Pause { to, .. } => to,
        }
    }
}

/// A sale: who comes, how long they stay, what there is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) people: u32,
    pub(crate) capacity: u32,
    pub(crate) rate: u32,
    /// Over how many seconds people join, evenly.
    pub(crate) joins_over: f64,
    /// How many seconds a person stays inside, on average.
    pub(crate) stay: f64,
    /// The share of people who give up waiting, and after how many seconds on average.
    pub(crate) leave: f64,
    pub(crate) patience: f64,
    pub(crate) seats: u32,
    /// How long people look around who find nothing, as a share of `stay`.
    pub(crate) look_around: f64,
    pub(crate) turn: Turn,
}

/// Everybody comes at once.
pub(crate) const BURST: Preset = Preset {
    name: "burst",
    people: 2_000,
    capacity: 100,
    rate: 0,
    joins_over: 10.0,
    stay: 60.0,
    leave: 0.2,
    patience: 300.0,
    seats: 100_000,
    look_around: 0.25,
    turn: Turn::None,
};

pub(crate) const PRESETS: [Preset; 14] = [
    BURST,
    Preset { name: "ramp", joins_over: 600.0, people: 2_500, ..BURST },
    Preset { name: "stays of 10 s", stay: 10.0, capacity: 50, people: 4_000, ..BURST },
    Preset { name: "stays of 60 s", leave: 0.0, ..BURST },
    Preset { name: "stays of 180 s", stay: 180.0, capacity: 200, people: 1_800, ..BURST },
    Preset { name: "few slots", stay: 45.0, capacity: 12, people: 300, ..BURST },
    Preset { name: "half leave", leave: 0.5, people: 3_000, ..BURST },
    Preset { name: "sold out half-way", seats: 1_500, ..BURST },
    Preset { name: "sold out, they go at once", seats: 1_500, look_around: 0.02, ..BURST },
    Preset { name: "sold out, they look around", seats: 1_500, look_around: 0.5, ..BURST },
    Preset { name: "rate", rate: 60, capacity: 500, people: 1_200, ..BURST },
    Preset {
        name: "dial up",
        turn: Turn::Dials { at: 300.0, capacity: 200, rate: 0 },
        people: 3_000,
        ..BURST
    },
    Preset { name: "dial down", turn: Turn::Dials { at: 300.0, capacity: 50, rate: 0 }, ..BURST },
    Preset { name: "pause", turn: Turn::Pause { from: 300.0, to: 420.0 }, ..BURST },
];
