//! A sale as the form for a change shows it. The form carries this, so that nothing is done if the sale has
//! changed meanwhile, and the page can say what has.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use onsale_booking::ids::ConcertId;
use onsale_booking::sale::Sale;
use onsale_booking::seen::SeenSale;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::format::isolated;
use super::super::words::{OperatorWords, SaleWords};
use super::fields::Difference;
use super::sale_fields::SaleFields;
use super::sale_phase::ShownPhase;
use crate::site::Site;

/// See the module.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ShownSale {
    revision: u64,
    at: Timestamp,
    phase: ShownPhase,
    /// The concerts are carried apart: there may be a thousand.
    pub(super) fields: SaleFields,
}

impl ShownSale {
    /// The sale as it is now.
    pub(super) fn of(site: &Site, sale: &Sale) -> Self {
        let fields = SaleFields::of_sale(&site.app.config.time_zone, sale, &site.app.members_of(sale.id));
        let (at, phase) = (site.app.now(), ShownPhase::of(site, sale));
        Self { revision: sale.revision, at, phase, fields }
    }

    /// The two fields that carry it.
    pub(super) fn written(&self) -> (String, String) {
        let shown = serde_json::to_vec(self).unwrap_or_default();
        let concerts: Vec<u8> = self.fields.concerts.iter().flat_map(|id| *id.as_bytes()).collect();
        (BASE64URL_NOPAD.encode(&shown), BASE64URL_NOPAD.encode(&concerts))
    }

    /// Reads the two fields; `None` if they did not arrive as they were written.
    pub(super) fn read(shown: &str, concerts: &str) -> Option<Self> {
        let mut shown: Self = serde_json::from_slice(&BASE64URL_NOPAD.decode(shown.as_bytes()).ok()?).ok()?;
        let concerts = BASE64URL_NOPAD.decode(concerts.as_bytes()).ok()?;
        let ids = concerts.chunks(16).map(|id| Uuid::from_slice(id).ok());
        shown.fields.concerts = ids.collect::<Option<_>>()?;
        Some(shown)
    }

    /// What the rules compare.
    pub(super) fn seen(&self) -> SeenSale {
        let concerts = self.fields.concerts.iter().copied().map(ConcertId).collect();
        SeenSale { revision: self.revision, at: self.at, concerts }
    }

    /// What is another in `now`.
    pub(super) fn differences(
        &self,
        now: &Self,
        site: &Site,
        (o, s): (&'static OperatorWords, &'static SaleWords),
    ) -> Vec<Difference> {
        let mut all = self.fields.differences(&now.fields, (o, s));
        if self.phase != now.phase {
            let (before, after) = (self.phase.word(s).to_owned(), now.phase.word(s).to_owned());
            all.push(Difference { name: s.phase, before, after });
        }
        let names_of = |those: &[Uuid], others: &[Uuid]| {
            let only = those.iter().filter(|id| !others.contains(id));
            let maps = only.filter_map(|id| site.app.concert(ConcertId(*id)));
            let names: Vec<_> = maps.map(|map| isolated(&map.concert.name)).collect();
            if names.is_empty() { "–".to_owned() } else { names.join(", ") }
        };
        let (were, are) = (&self.fields.concerts, &now.fields.concerts);
        let (before, after) = (names_of(were, are), names_of(are, were));
        if before != after {
            all.push(Difference { name: s.what_it_sells, before, after });
        }
        all
    }
}
