//! Codes that sign somebody in once: short enough to be typed, signed like tokens.
//!
//! A code needs no row before it is used, so it can be made beside a running server. Its first use stores its
//! hash (see [`crate::sign_in`]), for longer than the code is valid.

use base64::Engine;
use jiff::Timestamp;
use uuid::Uuid;

use super::{TokenKeys, URL_SAFE_NO_PAD};
use crate::base32;

/// How long a code is valid.
pub const SIGN_IN_CODE_SECONDS: i64 = 600;

/// Its parts, in bytes: the user, when it ends, and a signature of 80 bits, which nobody guesses in the time.
const USER: usize = 16;
const END: usize = 4;
const SIGNATURE: usize = 10;
const CHARS_PER_GROUP: usize = 6;
const CONTEXT: &str = "onsale code that signs in\n";

/// A code that was signed here and has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInCode {
    /// Whom it signs in.
    pub user: Uuid,
    /// What is stored of it when it is used: it tells nobody the code.
    pub(crate) hash: String,
}

impl TokenKeys {
    /// A code that signs this user in once, within ten minutes; in groups, as in `04D2WT-...`.
    pub fn sign_in_code(&self, user: Uuid, now: Timestamp) -> String {
        let end = u32::try_from(now.as_second() + SIGN_IN_CODE_SECONDS).unwrap_or(u32::MAX);
        let mut bytes = [0; USER + END + SIGNATURE];
        bytes[..USER].copy_from_slice(user.as_bytes());
        bytes[USER..USER + END].copy_from_slice(&end.to_be_bytes());
        let signature = self.code_signature(&bytes[..USER + END]);
        bytes[USER + END..].copy_from_slice(&signature);
        base32::encode(&bytes, CHARS_PER_GROUP)
    }

    /// Reads a code as people type it. Whether it was used is for the store to say.
    pub fn read_sign_in_code(&self, text: &str, now: Timestamp) -> Option<SignInCode> {
        let bytes: [u8; USER + END + SIGNATURE] = base32::decode(text)?;
        let (content, given) = bytes.split_at(USER + END);
        if !self.is_signature(CONTEXT, content, given) {
            return None;
        }
        let end = u32::from_be_bytes(content[USER..].try_into().ok()?);
        let user = Uuid::from_slice(&content[..USER]).ok()?;
        let hash = URL_SAFE_NO_PAD.encode(&self.signature("onsale hash of a code\n", content)[..16]);
        (now.as_second() < i64::from(end)).then(|| SignInCode { user, hash: format!("sign-in-{hash}") })
    }

    fn code_signature(&self, content: &[u8]) -> [u8; SIGNATURE] {
        let mut signature = [0; SIGNATURE];
        signature.copy_from_slice(&self.signature(CONTEXT, content)[..SIGNATURE]);
        signature
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::testing::{at, other_keys, own_keys};

    const ANNA: Uuid = Uuid::from_u128(0x0199_d6a0_0000_7000_8000_0000_0000_0001);
    const NOW: i64 = 1_800_000_000;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let keys = own_keys();
        let code = keys.sign_in_code(ANNA, at(NOW));
        assert_eq!((code.len(), code.matches('-').count()), (55, 7), "{code}");
        let read = keys.read_sign_in_code(&code, at(NOW)).expect("it was signed here");
        assert_eq!(read.user, ANNA);
        assert!(!code.replace('-', "").contains(read.hash.trim_start_matches("sign-in-")));
        let confused = code.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
        for typed in [code.replace('-', ""), format!("  {code}\t"), confused, code.to_lowercase()] {
            assert_eq!(keys.read_sign_in_code(&typed, at(NOW)).as_ref(), Some(&read), "{typed}");
        }
    }

    #[test]
    fn a_code_ends_after_ten_minutes_and_counts_for_its_key_only() {
        let (own, other) = (own_keys(), other_keys());
        let code = own.sign_in_code(ANNA, at(NOW));
        assert!(own.read_sign_in_code(&code, at(NOW + SIGN_IN_CODE_SECONDS - 1)).is_some());
        assert_eq!(own.read_sign_in_code(&code, at(NOW + SIGN_IN_CODE_SECONDS)), None);
        assert_eq!(other.read_sign_in_code(&code, at(NOW)), None);
        for (place, symbol) in code.char_indices().filter(|(_, symbol)| *symbol != '-') {
            let mut forged = code.clone();
            forged.replace_range(place..=place, if symbol == 'Z' { "Y" } else { "Z" });
            assert_eq!(own.read_sign_in_code(&forged, at(NOW)), None, "{forged}");
        }
        for text in ["", "0", "U", "nonsense", &code[1..], &format!("{code}0"), &"0".repeat(48)] {
            assert_eq!(own.read_sign_in_code(text, at(NOW)), None, "{text}");
        }
    }
}
