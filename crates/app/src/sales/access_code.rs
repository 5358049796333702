//! Access codes: random, for people to type, and kept as hashes.

use std::collections::BTreeSet;

use onsale_booking::access::CodeHash;
use onsale_booking::ids::SaleId;
use sha2::{Digest, Sha256};

use crate::base32;
use crate::error::AppError;
use crate::random::random;

/// 80 random bits: nobody guesses one of a million codes in a sale's time.
const BYTES: usize = 10;
const CHARS_PER_GROUP: usize = 4;

/// So many new codes of a sale, as in `7K3F-9Q2M-X8TD-4WZN`, with their hashes.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn make(sale: SaleId, count: u32) -> Result<(Vec<String>, BTreeSet<CodeHash>), AppError> {
    let (mut texts, mut hashes) = (Vec::new(), BTreeSet::new());
    for _ in 0..count {
        let code: [u8; BYTES] = random()?;
        texts.push(base32::encode(&code, CHARS_PER_GROUP));
        hashes.insert(hash_of(sale, code));
    }
    Ok((texts, hashes))
}

/// The hash of a code as people type it: without regard to case, blanks and hyphens, with O for 0 and I or L
/// for 1. `None` if no code looks like that.
pub(crate) fn hash(sale: SaleId, text: &str) -> Option<CodeHash> {
    Some(hash_of(sale, base32::decode(text)?))
}

fn hash_of(sale: SaleId, code: [u8; BYTES]) -> CodeHash {
    CodeHash(Sha256::new().chain_update(sale.0).chain_update(code).finalize().into())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const SALE: SaleId = SaleId(Uuid::from_u128(7));

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let (texts, hashes) = make(SALE, 50).unwrap();
        assert_eq!((texts.len(), hashes.len()), (50, 50), "none twice");
        for text in &texts {
            assert_eq!((text.len(), text.matches('-').count()), (19, 3), "{text}");
            let known = hash(SALE, text).unwrap();
            assert!(hashes.contains(&known));
            let confused = text.to_lowercase().replace('0', "o").replace('1', "l").replace('-', " ");
            for typed in [text.replace('-', ""), format!(" {text}\n"), confused] {
                assert_eq!(hash(SALE, &typed), Some(known), "{typed}");
            }
            assert_ne!(hash(SaleId(Uuid::nil()), text), Some(known), "a code is for one sale");
        }
        for text in ["", "-", "7K3F", "7K3F-9Q2M-X8TD-4WZ", "7K3F-9Q2M-X8TD-4WZNN", "UUUU-UUUU-UUUU-UUUU"] {
            assert_eq!(hash(SALE, text), None, "{text:?}");
        }
    }
}
