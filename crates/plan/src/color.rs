//! Colours that are safe to write into any attribute or style.

use std::fmt;

use serde::{Serialize, Serializer};

/// Red, green and blue. It prints as `#rrggbb`, whatever the file had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    /// 0 to 255.
    pub red: u8,
    /// 0 to 255.
    pub green: u8,
    /// 0 to 255.
    pub blue: u8,
}

impl Color {
    /// What the editor draws areas and texts with that have no colour.
    pub const GREY: Self = Self::of(0x88_88_88);

    /// Colours for categories that have none, one after the other; light and dark, so that neighbours differ
    /// for people who see no colours, too.
    pub(crate) const PALETTE: [Self; 8] = [
        Self::of(0x1f_77_b4),
        Self::of(0xff_bb_78),
        Self::of(0x2c_a0_2c),
        Self::of(0xc5_b0_d5),
        Self::of(0xd6_27_28),
        Self::of(0x9e_da_e5),
        Self::of(0x8c_56_4b),
        Self::of(0xdb_db_8d),
    ];

    const fn of(rgb: u32) -> Self {
        let [_, red, green, blue] = rgb.to_be_bytes();
        Self { red, green, blue }
    }

    /// How bright it looks, from 0 (black) to 255 (white).
    pub(crate) fn brightness(self) -> u32 {
        (299 * u32::from(self.red) + 587 * u32::from(self.green) + 114 * u32::from(self.blue)) / 1_000
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a file's text says of a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    Color(Color),
    /// Nothing is to be painted.
    Transparent,
}

/// Reads `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa`, `rgb(r, g, b)`, `rgba(r, g, b, a)`, `transparent`, `none`
/// and the names of [`NAMED`]. Half transparent colours become opaque.
pub(crate) fn parse(text: &str) -> Option<Ink> {
    let text = text.trim().to_ascii_lowercase();
    if matches!(text.as_str(), "transparent" | "none") {
        return Some(Ink::Transparent);
    }
    if let Some(digits) = text.strip_prefix('#') {
        return hexadecimal(digits);
    }
    if let Some(list) = text.strip_prefix("rgba(").or_else(|| text.strip_prefix("rgb(")) {
        return decimal(list.strip_suffix(')')?);
    }
    NAMED.iter().find(|(name, _)| *name == text).map(|(_, rgb)| Ink::Color(Color::of(*rgb)))
}

fn hexadecimal(digits: &str) -> Option<Ink> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let (rgba, has_alpha) = match digits.len() {
        3 | 4 => {
            let nibbles = (0..digits.len()).map(|index| (value >> (4 * (digits.len() - 1 - index))) & 0xf);
            (nibbles.fold(0, |all, nibble| (all << 8) | (nibble * 0x11)), digits.len() == 4)
        }
        6 | 8 => (value, digits.len() == 8),
        _ => return None,
    };
    match (has_alpha, rgba & 0xff) {
        (false, _) => Some(Ink::Color(Color::of(rgba))),
        (true, 0) => Some(Ink::Transparent),
        (true, _) => Some(Ink::Color(Color::of(rgba >> 8))),
    }
}

fn decimal(list: &str) -> Option<Ink> {
    let mut parts = list.split(',').map(str::trim);
    let mut channel = || parts.next()?.parse::<u8>().ok();
    let (red, green, blue) = (channel()?, channel()?, channel()?);
    let alpha: Option<f64> = match parts.next() {
        None => None,
        Some(alpha) => Some(alpha.parse().ok()?),
    };
    if parts.next().is_some() {
        return None;
    }
    let is_clear = alpha.is_some_and(|alpha| alpha <= 0.0);
    Some(if is_clear { Ink::Transparent } else { Ink::Color(Color { red, green, blue }) })
}

/// Names of CSS that plans use: the sixteen of HTML 4, and common others.
const NAMED: &[(&str, u32)] = &[
    ("aqua", 0x00_ff_ff),
    ("beige", 0xf5_f5_dc),
    ("black", 0x00_00_00),
    ("blue", 0x00_00_ff),
    ("brown", 0xa5_2a_2a),
    ("coral", 0xff_7f_50),
    ("crimson", 0xdc_14_3c),
    ("cyan", 0x00_ff_ff),
    ("darkblue", 0x00_00_8b),
    ("darkgray", 0xa9_a9_a9),
    ("darkgreen", 0x00_64_00),
    ("darkgrey", 0xa9_a9_a9),
    ("darkred", 0x8b_00_00),
    ("fuchsia", 0xff_00_ff),
    ("gold", 0xff_d7_00),
    ("gray", 0x80_80_80),
    ("green", 0x00_80_00),
    ("grey", 0x80_80_80),
    ("indigo", 0x4b_00_82),
    ("khaki", 0xf0_e6_8c),
    ("lightblue", 0xad_d8_e6),
    ("lightgray", 0xd3_d3_d3),
    ("lightgreen", 0x90_ee_90),
    ("lightgrey", 0xd3_d3_d3),
    ("lime", 0x00_ff_00),
    ("magenta", 0xff_00_ff),
    ("maroon", 0x80_00_00),
    ("navy", 0x00_00_80),
    ("olive", 0x80_80_00),
    ("orange", 0xff_a5_00),
    ("pink", 0xff_c0_cb),
    ("purple", 0x80_00_80),
    ("red", 0xff_00_00),
    ("silver", 0xc0_c0_c0),
    ("skyblue", 0x87_ce_eb),
    ("tan", 0xd2_b4_8c),
    ("teal", 0x00_80_80),
    ("tomato", 0xff_63_47),
    ("turquoise", 0x40_e0_d0),
    ("violet", 0xee_82_ee),
    ("white", 0xff_ff_ff),
    ("yellow", 0xff_ff_00),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_print_in_one_form() {
        for (text, printed) in [
            ("#ABC", "#aabbcc"),
            ("#abc8", "#aabbcc"),
            (" #A1b2C3 ", "#a1b2c3"),
            ("#a1b2c3ff", "#a1b2c3"),
            ("Red", "#ff0000"),
            ("rgb(1, 2,3)", "#010203"),
            ("rgba(255,0,16,0.5)", "#ff0010"),
        ] {
            let Some(Ink::Color(color)) = parse(text) else { panic!("{text}") };
            assert_eq!(color.to_string(), printed, "{text}");
        }
        for text in ["none", "TRANSPARENT", "#abc0", "#11223300", "rgba(1,2,3,0)"] {
            assert_eq!(parse(text), Some(Ink::Transparent), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_a_colour() {
        for text in [
            "",
            "#",
            "#12",
            "#12345",
            "#1234567",
            "#ggg",
            "#+12",
            "rgb(256,0,0)",
            "rgb(1,2)",
            "rgba(1,2,3,x)",
            "rgb(1,2,3,4,5)",
            "url(https://example.org/)",
            "red\" onload=\"alert(1)",
            "var(--x)",
            "expression(alert(1))",
            "#한글",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
