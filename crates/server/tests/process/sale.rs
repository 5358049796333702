//! A sale with a crowd at it, and the audit from outside: what the crowd was told against what is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinHandle;

use crate::api::{Api, Told, money, number, text};
use crate::fan::{Counts, Deed, Fan, Intent, Known, Picture, SEATS};
use crate::program::{Folder, PATIENCE, Server, serve_args};

/// Room for everybody, and for the numbers that a crash leaves behind unclaimed.
const SETTINGS: [&str; 2] = ["--line-capacity", "5000"];

pub(crate) struct Sale {
    pub(crate) folder: Folder,
    pub(crate) fans: Vec<Fan>,
    pub(crate) concert: String,
}

/// A crowd at work.
pub(crate) struct Crowd {
    pub(crate) counts: Arc<Counts>,
    playing: Vec<JoinHandle<Fan>>,
}

/// What the requests came to whose outcome nobody was told.
#[derive(Debug, Default)]
pub(crate) struct Fates {
    pub(crate) done: Vec<Deed>,
    pub(crate) not_done: Vec<Deed>,
}

impl Sale {
    /// A server with a concert and `people` who have signed up.
    pub(crate) async fn open(people: u64) -> (Self, Server) {
        let folder = Folder::new();
        let server = folder.serve(&SETTINGS);
        let api = Api::new(&server.base);
        let operator = folder.print(&["token", "--operator"]);
        let concert = api.open_concert(&operator, SEATS, crate::fan::PRICE).await;
        let mut fans = Vec::new();
        for seed in 0..people {
            let token = api.sign_up(&format!("fan {seed}")).await;
            fans.push(Fan::new(seed, token, &concert));
        }
        (Self { folder, fans, concert }, server)
    }

    pub(crate) fn serve(&self) -> Server {
        self.folder.serve(&SETTINGS)
    }

    /// A server whose disk is full as soon as a file has this many blocks.
    pub(crate) fn serve_with_files_up_to(&self, blocks: u32) -> Server {
        Server::start(self.folder.onsale_with_files_up_to(blocks, &serve_args(&SETTINGS)))
    }

    /// Lets everybody loose on the server.
    pub(crate) fn rush(&mut self, server: &Server) -> Crowd {
        let (api, counts) = (Api::new(&server.base), Arc::<Counts>::default());
        let fans = std::mem::take(&mut self.fans).into_iter();
        let playing = fans.map(|fan| tokio::spawn(fan.play(api.clone(), Arc::clone(&counts)))).collect();
        Crowd { counts, playing }
    }

    pub(crate) fn assert_check_passes(&self) {
        let checked = self.folder.run(&["check"]);
        assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    }

    /// Holds what everybody was told against what `server` keeps; sends what has a key again and adopts the rest; and looks
    /// once more, now that nothing is open. Gives every complaint.
    pub(crate) async fn settle(&mut self, server: &Server) -> (Vec<String>, Fates) {
        let api = Api::new(&server.base);
        let (mut complaints, mut fates) = (Vec::new(), Fates::default());
        for fan in &mut self.fans {
            let found = Found::of(fan, &api).await;
            complaints.extend(found.complaints(&fan.known));
            if let Some(intent) = fan.known.pending.take() {
                let is_done = found.picture != fan.known.picture();
                let list = if is_done { &mut fates.done } else { &mut fates.not_done };
                list.push(intent.deed.clone());
                if intent.key.is_some() {
                    complaints.extend(send_again(fan, &api, &intent, is_done).await);
                } else {
                    found.adopt(&mut fan.known);
                }
                complaints.extend(Found::of(fan, &api).await.complaints(&fan.known));
            }
            complaints.extend(repeat(fan, &api).await);
        }
        complaints.extend(self.overlaps());
        complaints.extend(self.differences_from_seat_map(&api).await);
        complaints.extend(self.wrong_tickets(&api).await);
        (complaints, fates)
    }

    /// The highest number that anybody was given.
    pub(crate) fn number_max(&self) -> u64 {
        let tickets = self.fans.iter().flat_map(|fan| &fan.known.tickets);
        tickets.map(|ticket| ticket.number).max().unwrap_or(0)
    }

    /// No seat has two people, no number either.
    fn overlaps(&self) -> Vec<String> {
        let (mut seats, mut numbers) = (BTreeSet::new(), BTreeSet::new());
        let mut complaints = Vec::new();
        for known in self.fans.iter().map(|fan| &fan.known) {
            let mine = known.bills.keys().chain(known.holds.keys());
            complaints.extend(
                mine.filter(|seat| !seats.insert(**seat)).map(|seat| format!("seat {seat} has two people")),
            );
            let given = known.tickets.iter().map(|ticket| ticket.number).collect::<BTreeSet<_>>();
            complaints.extend(
                given
                    .iter()
                    .filter(|given| !numbers.insert(**given))
                    .map(|n| format!("number {n} given twice")),
            );
        }
        complaints
    }

    /// What the seat map shows is what people were told, and nothing else.
    async fn differences_from_seat_map(&self, api: &Api) -> Vec<String> {
        let (looker, _) = api.enter(&api.sign_up("looker").await).await;
        let map = api.get(&format!("/v1/concerts/{}/seats", self.concert), &looker).await;
        api.ask("DELETE", "/v1/enqueues").token(&looker).send().await.yes();
        let shown = |status: &str| -> BTreeSet<u64> {
            let seats = map["seats"].as_array().expect("seats").iter();
            seats.filter(|seat| seat["status"] == status).map(|seat| number(&seat["seatNo"])).collect()
        };
        let known = |seats: fn(&Known) -> Vec<u32>| -> BTreeSet<u64> {
            self.fans.iter().flat_map(|fan| seats(&fan.known)).map(u64::from).collect()
        };
        let mut complaints = Vec::new();
        if shown("sold") != known(|known| known.bills.keys().copied().collect()) {
            complaints.push("the map's sold seats are not those with a bill".to_owned());
        }
        if shown("held") != known(|known| known.holds.keys().copied().collect()) {
            complaints.push("the map's held seats are not those that people hold".to_owned());
        }
        complaints
    }

    /// Every ticket keeps its number, and an ended one stays ended.
    async fn wrong_tickets(&self, api: &Api) -> Vec<String> {
        let mut complaints = Vec::new();
        // The newest were dealt with one by one; of the older ones a few of each fan will do.
        for ticket in self.fans.iter().flat_map(|fan| fan.known.tickets.iter().rev().skip(1).take(2)) {
            let status = api.get("/v1/enqueues", &ticket.token).await;
            if status["number"] != ticket.number || status["status"] != "ended" {
                complaints.push(format!("ticket {} of the past: {status}", ticket.number));
            }
        }
        complaints
    }
}

impl Crowd {
    /// Waits until `enough` says so.
    pub(crate) async fn wait_until(&self, enough: impl Fn(&Counts) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !enough(&self.counts) {
            assert!(Instant::now() < deadline, "the crowd gets nowhere");
            assert!(!self.playing.iter().all(JoinHandle::is_finished), "the crowd has gone home");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Everybody goes home once the server answers no more.
    pub(crate) async fn go_home(self, sale: &mut Sale) -> Arc<Counts> {
        for fan in self.playing {
            sale.fans.push(fan.await.expect("a fan does not panic"));
        }
        self.counts
    }
}

/// What is kept of one fan, as the server shows it to them.
struct Found {
    picture: Picture,
    bills: BTreeMap<u32, String>,
    holds: BTreeMap<u32, String>,
    paid: BTreeSet<u32>,
    number: Option<u64>,
}

impl Found {
    async fn of(fan: &Fan, api: &Api) -> Self {
        let seat_no = |item: &Value| u32::try_from(number(&item["seatNo"])).expect("a seat number");
        let balance = money(&api.get("/v1/charges", &fan.token).await["amount"]);
        let bills = api.list("/v1/bills", &fan.token).await;
        let bills: BTreeMap<u32, String> =
            bills.iter().map(|bill| (seat_no(bill), text(&bill["id"]))).collect();
        let (held, paid): (Vec<Value>, Vec<Value>) = api
            .list("/v1/reservations", &fan.token)
            .await
            .into_iter()
            .partition(|seat| seat["status"] == "held");
        let holds: BTreeMap<u32, String> =
            held.iter().map(|seat| (seat_no(seat), text(&seat["deadline"]))).collect();
        let mut status = None;
        if let Some(ticket) = fan.known.tickets.last() {
            status = Some(api.wait_in_line(&ticket.token).await);
        }
        let picture = Picture {
            balance,
            owned: bills.keys().copied().collect(),
            held: holds.keys().copied().collect(),
            is_ended: status.as_ref().map(|status| status["status"] == "ended"),
        };
        let number = status.map(|status| number(&status["number"]));
        Self { picture, bills, holds, paid: paid.iter().map(seat_no).collect(), number }
    }

    /// Either nothing of the open request was done, or all of it; what was acknowledged is there to the letter.
    fn complaints(&self, known: &Known) -> Vec<String> {
        let before = known.picture();
        let after = known.pending.as_ref().map(|intent| before.clone().after(&intent.deed));
        let mut complaints = Vec::new();
        if self.picture != before && Some(&self.picture) != after.as_ref() {
            let (found, pending) = (&self.picture, &known.pending);
            complaints.push(format!("found {found:?}, told {before:?}, open {pending:?}"));
        }
        if self.paid != self.picture.owned {
            complaints.push(format!("seats {:?} are paid, {:?} have a bill", self.paid, self.picture.owned));
        }
        for (what, told, found) in [("bill", &known.bills, &self.bills), ("hold", &known.holds, &self.holds)]
        {
            // A hold may have ended by the open request; whether it may is the picture's to say.
            let changed =
                told.iter().filter(|(seat, told)| found.get(seat).is_some_and(|found| found != *told));
            complaints.extend(
                changed.map(|(seat, told)| format!("{what} of seat {seat}: told {told}, found another")),
            );
        }
        let told = known.tickets.last().map(|ticket| ticket.number);
        if self.number != told {
            complaints.push(format!("ticket {told:?} now has number {:?}", self.number));
        }
        complaints
    }

    fn adopt(self, known: &mut Known) {
        known.charged += self.picture.balance - known.picture().after_bills(&known.bills, &self.bills);
        (known.bills, known.holds) = (self.bills, self.holds);
        if let Some(ticket) = known.tickets.last_mut() {
            ticket.is_ended = self.picture.is_ended == Some(true);
        }
    }
}

impl Picture {
    /// The balance if `now` were the bills in place of `told`.
    fn after_bills(&self, told: &BTreeMap<u32, String>, now: &BTreeMap<u32, String>) -> i64 {
        let count = |bills: &BTreeMap<u32, String>| i64::try_from(bills.len()).expect("few bills");
        self.balance - crate::fan::PRICE * (count(now) - count(told))
    }
}

/// A request with a key is sent again: it is done now if it was not, and not twice if it was.
async fn send_again(fan: &mut Fan, api: &Api, intent: &Intent, is_done: bool) -> Option<String> {
    match fan.send(api, intent).await {
        Told::Yes(answer) => {
            fan.known.learn(intent, &answer);
            None
        }
        // Somebody else may have got the seat since.
        Told::No(400, code)
            if !is_done && matches!(code.as_str(), "seat_held" | "seat_sold" | "hold_limit") =>
        {
            None
        }
        other => Some(format!("{intent:?} sent again: {other:?}")),
    }
}

/// A request with a key that was answered is answered the same again.
async fn repeat(fan: &Fan, api: &Api) -> Option<String> {
    let (intent, answer) = fan.known.repeatable.as_ref()?;
    let again = fan.send(api, intent).await;
    (again != Told::Yes(answer.clone())).then(|| format!("{intent:?}: told {answer}, then {again:?}"))
}
