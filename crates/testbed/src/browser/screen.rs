//! A person's screen, and what their system says they prefer.

/// The size of the part of a page that is visible, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewport {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
    /// Whether it is held in a hand: touched, and scaled unless the page says that it fits.
    pub is_mobile: bool,
}

impl Viewport {
    /// A laptop's.
    pub const DESKTOP: Self = Self { width: 1280, height: 800, is_mobile: false };
    /// A small phone's, held upright.
    pub const PHONE: Self = Self { width: 360, height: 740, is_mobile: true };
}

/// `prefers-color-scheme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorScheme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// `prefers-reduced-motion`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Motion {
    /// Things may move.
    #[default]
    Full,
    /// Things should not move.
    Reduced,
}

/// What the system says that somebody prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    /// Light or dark.
    pub color_scheme: ColorScheme,
    /// Whether things may move.
    pub motion: Motion,
}
