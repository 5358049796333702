//! Currencies. Amounts are whole numbers of a currency's minor unit everywhere; only this module converts
//! them for people.

use crate::numbers::number;

/// A currency, by its code in ISO 4217.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency([u8; 3]);

impl Currency {
    /// The won of Korea, which has no minor unit.
    pub const WON: Self = Self(*b"KRW");

    /// The currency with this code: three capital letters.
    pub fn new(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// Its code: three capital letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimals an amount has, by ISO 4217.
    fn decimals(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }

    /// An amount in minor units as people read it, formatted as browsers do it: `₩50,000`, `€12.50`.
    pub fn amount(self, minor: i64) -> String {
        let unit = 10_i64.pow(self.decimals());
        let (whole, part) = (number(minor / unit), (minor % unit).unsigned_abs());
        let digits = match self.decimals() {
            0 => whole,
            decimals => format!("{whole}.{part:0width$}", width = decimals as usize),
        };
        match &self.0 {
            b"KRW" => format!("₩{digits}"),
            b"JPY" => format!("¥{digits}"),
            b"USD" => format!("${digits}"),
            b"EUR" => format!("€{digits}"),
            b"GBP" => format!("£{digits}"),
            _ => format!("{} {digits}", self.code()),
        }
    }

    /// The minor units of an amount that a person entered, like `1,250` or `12.50`; `None` if it is not an
    /// amount.
    pub fn read(self, text: &str) -> Option<i64> {
        let text: String = text.trim().chars().filter(|character| *character != ',').collect();
        let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = self.decimals() as usize;
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(part) || part.len() > decimals {
            return None;
        }
        format!("{whole}{part:0<decimals$}").parse().ok()
    }

    /// An amount in minor units as the value of a number field: `1250`, `12.50`.
    pub fn plain(self, minor: i64) -> String {
        let unit = 10_i64.pow(self.decimals());
        match self.decimals() {
            0 => minor.to_string(),
            decimals => format!("{}.{:0width$}", minor / unit, minor % unit, width = decimals as usize),
        }
    }

    /// Round amounts in minor units that the wallet page suggests.
    pub fn round_amounts(self) -> [i64; 4] {
        // In currencies without a minor unit, prices are in the tens of thousands.
        let unit = if self.decimals() == 0 { 1_000 } else { 10_i64.pow(self.decimals()) };
        [50, 100, 200, 500].map(|round| round * unit)
    }

    /// The `step` of a number field for amounts: `1`, `0.01`.
    pub fn step(self) -> String {
        self.plain(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_formatted_and_read_by_currency() {
        let amount = |code: &str, minor| Currency::new(code).unwrap().amount(minor);
        assert_eq!(amount("KRW", 50_000), "₩50,000");
        assert_eq!(amount("EUR", 123_456), "€1,234.56");
        assert_eq!(amount("USD", 5), "$0.05");
        assert_eq!(amount("KWD", 1_234), "KWD 1.234");
        let read = |code: &str, text| Currency::new(code).unwrap().read(text);
        assert_eq!(read("KRW", " 50,000 "), Some(50_000));
        assert_eq!(
            (read("EUR", "12.5"), read("EUR", "12"), read("EUR", ".5")),
            (Some(1_250), Some(1_200), None)
        );
        for text in ["", "-1", "1.5", "abc", "1e3", "99999999999999999999"] {
            assert_eq!(read("KRW", text), None, "{text}");
        }
        assert_eq!(Currency::new("EUR").unwrap().plain(1_205), "12.05");
        assert!(["krw", "KR", "KRWW", "K1W", ""].iter().all(|code| Currency::new(code).is_none()));
    }
}
