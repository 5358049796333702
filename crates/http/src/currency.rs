//! Currencies. Amounts are whole numbers of a currency's minor unit everywhere; only this module converts
//! them for people.

use crate::numbers::{Digits, number};

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

    /// How many decimals an amount has, by ISO 4217. Browsers use other numbers for some currencies, so the
    /// pages' scripts get this one.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            // Also the codes to which no minor unit applies: metals, units of account, and those for tests.
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XAG" | b"XAU" | b"XBA" | b"XBB" | b"XBC"
            | b"XBD" | b"XDR" | b"XOF" | b"XPD" | b"XPF" | b"XPT" | b"XSU" | b"XTS" | b"XUA" | b"XXX" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// What stands before an amount: a symbol, or the code and a blank.
    fn mark(self) -> String {
        match &self.0 {
            b"KRW" => "₩".to_owned(),
            b"JPY" => "¥".to_owned(),
            b"USD" => "$".to_owned(),
            b"EUR" => "€".to_owned(),
            b"GBP" => "£".to_owned(),
            _ => format!("{} ", self.code()),
        }
    }

    /// An amount in minor units as people read it: `₩50,000`, `€12.50`, `KWD 1.250`.
    pub fn amount(self, minor: i64) -> String {
        let unit = 10_i64.pow(self.decimals());
        let (whole, part) = (number(minor / unit), (minor % unit).unsigned_abs());
        let digits = match self.decimals() {
            0 => whole,
            decimals => format!("{whole}.{part:0width$}", width = decimals as usize),
        };
        self.mark() + &digits
    }

    /// The format of amounts for the pages' scripts, which replace `{amount}`: `₩{amount}`.
    pub(crate) fn sentence(self) -> String {
        self.mark() + "{amount}"
    }

    /// The minor units of an amount that a person entered, like `1,250`, `12.50`, `12,50` or `€ 12.50`;
    /// `None` if it is not an amount, or could be two.
    pub fn read(self, text: &str) -> Option<i64> {
        let decimals = self.decimals() as usize;
        let Digits { whole, fraction } = Digits::read(self.without_mark(text.trim()), decimals)?;
        format!("{whole}{fraction:0<decimals$}").parse().ok()
    }

    /// The text without this currency's mark before or after it.
    fn without_mark(self, text: &str) -> &str {
        let others: &[&str] = match &self.0 {
            b"KRW" => &["￦", "원"],
            b"JPY" => &["￥", "円"],
            _ => &[],
        };
        let mark = self.mark();
        let mut marks = [mark.trim_end(), self.code()].into_iter().chain(others.iter().copied());
        marks.find_map(|mark| text.strip_prefix(mark).or_else(|| text.strip_suffix(mark))).unwrap_or(text)
    }

    /// An amount as a person may enter it, as an example for an error: `12,500`, `12.50`.
    pub(crate) fn example(self) -> String {
        match self.decimals() {
            0 => number(12_500),
            decimals => self.plain(125 * 10_i64.pow(decimals - 1)),
        }
    }

    /// An amount in minor units as the value of a field: `1250`, `12.50`.
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
        for text in ["", "-1", "1.5", "45,00", "abc", "1e3", "$5", "99999999999999999999"] {
            assert_eq!(read("KRW", text), None, "{text}");
        }
        assert_eq!((read("EUR", "12,50"), read("EUR", "45,00")), (Some(1_250), Some(4_500)));
        assert_eq!((read("EUR", "1.250,50"), read("EUR", "1.234")), (Some(125_050), None));
        assert_eq!((read("KWD", "1,250"), read("KWD", "1,250.000")), (None, Some(1_250_000)));
        assert_eq!((read("EUR", "12,50 €"), read("EUR", "EUR 12.50")), (Some(1_250), Some(1_250)));
        assert_eq!((read("KRW", "50,000원"), read("KWD", "KWD 1.5")), (Some(50_000), Some(1_500)));
        assert_eq!(Currency::new("EUR").unwrap().plain(1_205), "12.05");
        assert!(["krw", "KR", "KRWW", "K1W", ""].iter().all(|code| Currency::new(code).is_none()));
    }

    /// Those of ISO 4217, as of its amendment of 2025; all other currencies of the list have 2.
    #[test]
    fn decimals_are_those_of_iso_4217() {
        let none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
        let three = "BHD IQD JOD KWD LYD OMR TND";
        let browsers_differ = "RSD HUF IDR COP PKR AFN ALL IRR LAK LBP MGA MMK SOS SYP TZS UZS YER";
        for (codes, decimals) in [(none, 0), (three, 3), ("CLF UYW", 4), (browsers_differ, 2)] {
            for code in codes.split(' ') {
                assert_eq!(Currency::new(code).unwrap().decimals(), decimals, "{code}");
            }
        }
        assert_eq!(Currency::new("RSD").unwrap().amount(150_000), "RSD 1,500.00");
        assert_eq!(Currency::new("CLF").unwrap().amount(150_000), "CLF 15.0000");
    }

    #[test]
    fn every_amount_is_read_as_it_is_written() {
        for code in ["KRW", "EUR", "RSD", "KWD", "CLF", "JPY", "XAU"] {
            let currency = Currency::new(code).unwrap();
            for minor in [0, 1, 99, 1_000, 12_345, 1_250_000, 9_876_543_210] {
                for text in [currency.amount(minor), currency.plain(minor)] {
                    assert_eq!(currency.read(&text), Some(minor), "{code}: {text}");
                }
            }
            assert!(currency.read(&currency.example()).is_some(), "{code}: {}", currency.example());
        }
    }
}
