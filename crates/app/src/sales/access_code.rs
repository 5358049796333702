//! Access codes: random, for people to type, and kept as hashes.

use std::collections::BTreeSet;

use onsale_booking::access::CodeHash;
use onsale_booking::ids::SaleId;
use sha2::{Digest, Sha256};

use crate::base32;
use crate::error::AppError;
use crate::random::random;
use crate::tokens::{Stamp, TokenKeys};

/// 80 random bits: nobody guesses one of a million codes in a sale's time.
const BYTES: usize = 10;
const CHARS_PER_GROUP: usize = 4;

/// So many new codes of a sale, as in `7K3F-9Q2M-X8TD-4WZN`, with their hashes. Those of a form are the same
/// each time: its stamp has more random bits than a code, and the server's secret keeps them apart.
///
/// # Errors
/// When the system has no randomness.
pub(super) fn make(
    sale: SaleId,
    count: u32,
    form: Option<(&TokenKeys, &Stamp)>,
) -> Result<(Vec<String>, BTreeSet<CodeHash>), AppError> {
    let (mut texts, mut hashes) = (Vec::new(), BTreeSet::new());
    for place in 0..count {
        let code: [u8; BYTES] = match form {
            Some((keys, form)) => keys.code_of_form(form, place),
            None => random()?,
        };
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
    use crate::tokens::testing::{other_keys, own_keys};

    const SALE: SaleId = SaleId(Uuid::from_u128(7));

    #[test]
    fn a_form_makes_the_same_codes_each_time_and_another_form_others() {
        let stamp = |id| Stamp { id: Uuid::from_u128(id), signed_at: jiff::Timestamp::UNIX_EPOCH };
        let of = |keys: TokenKeys, id| make(SALE, 3, Some((&keys, &stamp(id)))).unwrap().0;
        let codes = of(own_keys(), 1);
        assert_eq!(codes, of(own_keys(), 1));
        assert!(codes[0] != codes[1] && codes[1] != codes[2], "{codes:?}");
        for others in [of(own_keys(), 2), of(other_keys(), 1), make(SALE, 3, None).unwrap().0] {
            assert!(codes.iter().all(|code| !others.contains(code)), "{codes:?} {others:?}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let (texts, hashes) = make(SALE, 50, None).unwrap();
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
