//! Stamps: random values with their time, signed here, by which a page recognises what it has given out.

use hmac::Mac;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{TokenKeys, URL_SAFE_NO_PAD};
use base64::Engine;

/// How many bytes of the signature a stamp carries.
const SIGNATURE_BYTES: usize = 16;

/// What a stamp is for. A stamp for one purpose counts for no other, and none is a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A stranger's visit; a cookie holds it.
    Visit,
    /// One copy of the form that joins the line; a hidden field holds it.
    JoinForm,
    /// One copy of the form that makes access codes; a hidden field holds it.
    CodesForm,
}

/// A stamp that was signed here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Its random value.
    pub id: Uuid,
    /// When it was signed, in whole seconds.
    pub signed_at: Timestamp,
}

impl Stamp {
    /// Whether it was signed less than `age` ago.
    pub fn is_younger_than(&self, age: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.signed_at) < age
    }
}

impl Purpose {
    /// Separates what is signed for one purpose from what is signed for another, and from tokens, which begin
    /// with their header.
    fn context(self) -> &'static str {
        match self {
            Self::Visit => "onsale stamp of a visit\n",
            Self::JoinForm => "onsale stamp of a join form\n",
            Self::CodesForm => "onsale stamp of a form for access codes\n",
        }
    }
}

impl TokenKeys {
    /// Signs a stamp.
    pub fn stamp(&self, purpose: Purpose, id: Uuid, now: Timestamp) -> String {
        let message = format!("{}.{}", id.simple(), now.as_second());
        let signature = self.signature(purpose.context(), message.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(&signature[..SIGNATURE_BYTES]);
        format!("{message}.{signature}")
    }

    /// Reads a stamp of this purpose, whatever its age.
    pub fn read_stamp(&self, purpose: Purpose, text: &str) -> Option<Stamp> {
        let (message, signature) = text.rsplit_once('.')?;
        let given = URL_SAFE_NO_PAD.decode(signature).ok().filter(|given| given.len() == SIGNATURE_BYTES)?;
        if !self.is_signature(purpose.context(), message.as_bytes(), &given) {
            return None;
        }
        let (id, second) = message.split_once('.')?;
        let signed_at = Timestamp::from_second(second.parse().ok()?).ok()?;
        Some(Stamp { id: Uuid::try_parse(id).ok()?, signed_at })
    }

    /// The user whom a visit can register. Only this server can say who that is. Like other new users' ids,
    /// it begins with its time.
    pub(crate) fn user_of_visit(&self, visit: &Stamp) -> Uuid {
        let signature = self.signature("onsale user of a visit\n", visit.id.as_bytes());
        let mut random = [0; 10];
        random.copy_from_slice(&signature[..10]);
        let millis = u64::try_from(visit.signed_at.as_millisecond()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// An access code of a form, by its place among the form's codes. The store alone does not give it away.
    pub(crate) fn code_of_form<const BYTES: usize>(&self, form: &Stamp, place: u32) -> [u8; BYTES] {
        let message = [&form.id.as_bytes()[..], &place.to_be_bytes()].concat();
        let signature = self.signature("onsale access code of a form\n", &message);
        std::array::from_fn(|byte| signature[byte])
    }

    /// Compares the beginning of a signature, in constant time.
    pub(super) fn is_signature(&self, context: &str, message: &[u8], given: &[u8]) -> bool {
        self.mac.clone().chain_update(context).chain_update(message).verify_truncated_left(given).is_ok()
    }

    pub(super) fn signature(&self, context: &str, message: &[u8]) -> [u8; 32] {
        self.mac.clone().chain_update(context).chain_update(message).finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Role;
    use crate::tokens::testing::{at, other_keys, own_keys};

    const ID: Uuid = Uuid::from_u128(0x5EED);

    #[test]
    fn a_stamp_counts_for_its_purpose_and_key_only() {
        let own = own_keys();
        let text = own.stamp(Purpose::Visit, ID, at(1_800_000_000));
        let stamp = Stamp { id: ID, signed_at: at(1_800_000_000) };
        assert_eq!(own.read_stamp(Purpose::Visit, &text), Some(stamp));
        assert_eq!(own.read_stamp(Purpose::JoinForm, &text), None);
        assert_eq!(other_keys().read_stamp(Purpose::Visit, &text), None);
        let (message, signature) = text.rsplit_once('.').unwrap();
        for forged in [
            String::new(),
            message.to_owned(),
            format!("{message}."),
            format!("{message}.{}", &signature[..4]),
            format!("{message}.AAAAAAAAAAAAAAAAAAAAAA"),
            text.replacen("1800000000", "1800000001", 1),
            own.sign_user(ID, Role::User, at(1_800_000_000)),
        ] {
            assert_eq!(own.read_stamp(Purpose::Visit, &forged), None, "{forged}");
        }
        assert!(own.read_user(&text, at(1_800_000_000)).is_err(), "a stamp is no token");
    }

    #[test]
    fn a_stamp_has_an_age() {
        let stamp = Stamp { id: ID, signed_at: at(100) };
        assert!(stamp.is_younger_than(SignedDuration::from_secs(60), at(159)));
        assert!(!stamp.is_younger_than(SignedDuration::from_secs(60), at(160)));
    }

    #[test]
    fn a_visit_has_one_user_whom_nobody_else_can_compute() {
        let own = own_keys();
        let visit = Stamp { id: ID, signed_at: at(1_800_000_000) };
        let user = own.user_of_visit(&visit);
        assert_eq!((user, user.get_version_num()), (own.user_of_visit(&visit), 7));
        let others = [
            own.user_of_visit(&Stamp { id: Uuid::from_u128(1), ..visit }),
            other_keys().user_of_visit(&visit),
        ];
        assert!(others.iter().all(|other| *other != user), "{user} {others:?}");
    }
}
