//! A fast reader for queue claims in the exact form in which [`super::TokenKeys::sign_queue`] writes them.
//!
//! Every status poll reads such claims, and a JSON parser takes longer than the signature check. Claims in
//! any other form are left to the JSON parser, so this reader only saves time. That includes the tickets of
//! people who were admitted as they joined: those are looked up anyway.

use uuid::Uuid;

use super::QueueClaims;
use super::claims::{Audience, Seconds};

/// The claims; `None` if they have another form.
pub(super) fn queue_claims(json: &[u8]) -> Option<QueueClaims> {
    let mut text = Text(json);
    let sub = text.literal(b"{\"sub\":\"")?.uuid()?;
    let line = text.literal(b"\",\"aud\":\"onsale:queue\",\"line\":\"")?.uuid()?;
    let epoch = u32::try_from(text.literal(b"\",\"epoch\":")?.number()?).ok()?;
    let number = text.literal(b",\"number\":")?.number()?;
    let jti = text.literal(b",\"jti\":\"")?.uuid()?;
    let issued = Seconds(i64::try_from(text.literal(b"\",\"iat\":")?.number()?).ok()?);
    let exp = Seconds(i64::try_from(text.literal(b",\"exp\":")?.number()?).ok()?);
    let rest = text.literal(b"}")?;
    let aud = Audience { user: false, queue: true };
    rest.0.is_empty().then_some(QueueClaims {
        sub,
        aud,
        line,
        epoch,
        number,
        admitted: false,
        _jti: jti,
        _iat: issued,
        exp,
        nbf: None,
    })
}

/// The rest of the input.
struct Text<'t>(&'t [u8]);

impl Text<'_> {
    fn literal(&mut self, expected: &[u8]) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(expected)?;
        Some(self)
    }

    fn uuid(&mut self) -> Option<Uuid> {
        let (text, rest) = self.0.split_at_checked(36)?;
        self.0 = rest;
        Uuid::try_parse_ascii(text).ok()
    }

    /// At most 18 digits, which fit 64 bits, without a leading zero, as in JSON.
    fn number(&mut self) -> Option<u64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (text, rest) = self.0.split_at_checked(digits)?;
        if !(1..=18).contains(&digits) || (digits > 1 && text.first() == Some(&b'0')) {
            return None;
        }
        self.0 = rest;
        Some(text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::tokens::{QUEUE_TOKEN_SECONDS, QueueClaimsOut};

    fn written(claims: &QueueClaimsOut) -> Vec<u8> {
        serde_json::to_vec(claims).unwrap()
    }

    fn claims(sub: u128, line: u128, epoch: u32, number: u64) -> QueueClaimsOut {
        let iat = "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second();
        QueueClaimsOut {
            sub: Uuid::from_u128(sub),
            aud: "onsale:queue",
            line: Uuid::from_u128(line),
            epoch,
            number,
            admitted: false,
            jti: Uuid::from_u128(7),
            iat,
            exp: iat + QUEUE_TOKEN_SECONDS,
        }
    }

    proptest! {
        #[test]
        fn it_reads_signed_claims_as_the_parser_does(sub: u128, line: u128, epoch: u32, number in 0..1_u64 << 40) {
            let json = written(&claims(sub, line, epoch, number));
            let own = queue_claims(&json).expect("the claims have the exact form");
            let parsed: QueueClaims = serde_json::from_slice(&json).unwrap();
            prop_assert_eq!(
                (own.sub, own.line, own.epoch, own.number, own.exp.0, own.aud.queue, own.aud.user),
                (parsed.sub, parsed.line, parsed.epoch, parsed.number, parsed.exp.0, parsed.aud.queue, parsed.aud.user)
            );
        }

        #[test]
        fn it_reads_nothing_that_the_parser_reads_differently(position in 0_usize..400, byte: u8) {
            let mut json = written(&claims(1, 2, 3, 4_567));
            let position = position % json.len();
            json[position] = byte;
            if let Some(own) = queue_claims(&json) {
                let parsed: QueueClaims = serde_json::from_slice(&json).expect("the claims are JSON");
                prop_assert_eq!((own.sub, own.number, own.exp.0), (parsed.sub, parsed.number, parsed.exp.0));
            }
        }
    }

    #[test]
    fn claims_in_another_form_are_left_to_the_parser() {
        let json = String::from_utf8(written(&claims(1, 2, 3, 4))).unwrap();
        for other in [
            json.replace(":4,", ":04,"),
            json.replace(":4,", ":-4,"),
            json.replace(":4,", ":4.0,"),
            json.replace(":4,", ":1234567890123456789,"),
            json.replace("onsale:queue", "onsale:user"),
            json.replace('}', ",\"nbf\":1}"),
            json.replace(",\"jti\"", ",\"admitted\":true,\"jti\""),
            format!("{json} "),
        ] {
            assert!(queue_claims(other.as_bytes()).is_none(), "{other}");
        }
    }
}
