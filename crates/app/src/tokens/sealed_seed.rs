//! Sealing the seed of a draw, so that nobody who reads the store or a backup can know the order beforehand.
//!
//! It is encrypted with a keystream of HMAC-SHA256 under a random nonce, and authenticated with another, so a
//! seed that is read is the one that was sealed, for the same sale. Another token secret cannot read it.

use onsale_booking::ids::SaleId;
use onsale_booking::seed::{SealedSeed, Seed};

use super::TokenKeys;

/// The parts of a sealed seed, in bytes.
const NONCE: usize = 16;
const SEED: usize = 32;

const KEYSTREAM: &str = "onsale keystream of a seed\n";
const AUTHENTICITY: &str = "onsale authenticity of a sealed seed\n";

impl TokenKeys {
    /// The seed of a sale's draw, encrypted. `nonce` is random, another for every seed.
    pub fn seal_seed(&self, sale: SaleId, seed: &Seed, nonce: [u8; NONCE]) -> SealedSeed {
        let mut sealed = nonce.to_vec();
        sealed.extend(self.encrypted(sale, nonce, *seed.bytes()));
        sealed.extend(self.signature(AUTHENTICITY, &bound(sale, &sealed)));
        SealedSeed::new(sealed)
    }

    /// The seed that was sealed for this sale with the same secret.
    pub fn open_seed(&self, sale: SaleId, sealed: &SealedSeed) -> Option<Seed> {
        let (content, given) = sealed.bytes().split_at_checked(NONCE + SEED)?;
        if given.len() != SEED || !self.is_signature(AUTHENTICITY, &bound(sale, content), given) {
            return None;
        }
        let (nonce, encrypted) = content.split_at(NONCE);
        Some(Seed::new(self.encrypted(sale, nonce.try_into().ok()?, encrypted.try_into().ok()?)))
    }

    /// Encrypts, and decrypts what was encrypted.
    fn encrypted(&self, sale: SaleId, nonce: [u8; NONCE], mut seed: [u8; SEED]) -> [u8; SEED] {
        let keystream = self.signature(KEYSTREAM, &bound(sale, &nonce));
        seed.iter_mut().zip(keystream).for_each(|(byte, key)| *byte ^= key);
        seed
    }
}

fn bound(sale: SaleId, content: &[u8]) -> Vec<u8> {
    [sale.0.as_bytes(), content].concat()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::tokens::testing::{other_keys, own_keys};

    const SALE: SaleId = SaleId(Uuid::from_u128(7));
    const OTHER: SaleId = SaleId(Uuid::from_u128(8));

    fn sealed() -> SealedSeed {
        own_keys().seal_seed(SALE, &Seed::new([9; SEED]), [1; NONCE])
    }

    #[test]
    fn a_seed_is_read_for_its_sale_with_its_secret_only() {
        assert_eq!(own_keys().open_seed(SALE, &sealed()), Some(Seed::new([9; SEED])));
        assert_eq!(own_keys().open_seed(OTHER, &sealed()), None);
        assert_eq!(other_keys().open_seed(SALE, &sealed()), None);
        for place in 0..sealed().bytes().len() {
            let mut bytes = sealed().bytes().to_vec();
            bytes[place] ^= 1;
            assert_eq!(own_keys().open_seed(SALE, &SealedSeed::new(bytes)), None, "byte {place}");
        }
        for bytes in [vec![], sealed().bytes()[1..].to_vec(), [sealed().bytes(), &[0]].concat()] {
            assert_eq!(own_keys().open_seed(SALE, &SealedSeed::new(bytes)), None);
        }
    }

    #[test]
    fn nothing_of_the_seed_is_in_its_sealed_form() {
        let encrypted =
            |nonce| own_keys().seal_seed(SALE, &Seed::new([9; SEED]), nonce).bytes()[NONCE..].to_vec();
        let (one, two) = (encrypted([1; NONCE]), encrypted([2; NONCE]));
        assert!(!one.windows(4).any(|bytes| bytes == [9; 4]));
        assert!(
            one.iter().zip(&two).filter(|(one, two)| one == two).count() < 10,
            "another nonce, other bytes"
        );
    }
}
