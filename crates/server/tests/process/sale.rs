//! A sale with a crowd at it, and the audit from outside: what the crowd was answered against what is kept.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use onsale_rehearsal::crowd::{self, Crowd, Fates, breaches, promises, unfair_refusals};
use onsale_rehearsal::history::{History, Outcome, Story};
use onsale_rehearsal::report::Promise;

use crate::api::{Api, number};
use crate::program::{Folder, PATIENCE, Server};

const PRICE: i64 = 300;
const SEATS: u32 = 4_000;
/// Room for everybody, and for the numbers that a crash leaves behind unclaimed.
const SETTINGS: [&str; 2] = ["--line-capacity", "5000"];

pub(crate) struct Sale {
    pub(crate) folder: Folder,
    crowd: Crowd,
    /// Where every server of this sale listens, one after the other.
    address: String,
    /// Payments since the crowd was let loose.
    paid: Arc<AtomicU64>,
}

impl Sale {
    /// A server with a concert and `people` who have signed up.
    pub(crate) async fn open(people: u32) -> (Self, Server) {
        let folder = Folder::new();
        let address = format!("127.0.0.1:{}", onsale_testbed::port::free().expect("a port"));
        let server = Server::start(folder.onsale(&serve_at(&address)));
        let paid = Arc::<AtomicU64>::default();
        let count = Arc::clone(&paid);
        let plan = crowd::Plan {
            urls: vec![server.base.clone()],
            operator_token: folder.print(&["token", "--operator"]),
            fans: people,
            seats: SEATS,
            price: PRICE,
            wanted: SEATS,
            keyed: 0.5,
            pays: 0.5,
            patience: PATIENCE,
            observer: Some(Box::new(move |_, event| {
                if let Outcome::Paid(..) = event.outcome {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })),
        };
        let crowd = Crowd::gather(plan).await.expect("a crowd");
        (Self { folder, crowd, address, paid }, server)
    }

    pub(crate) fn serve(&self) -> Server {
        Server::start(self.folder.onsale(&serve_at(&self.address)))
    }

    /// A server whose disk is full as soon as a file has this many blocks.
    pub(crate) fn serve_with_files_up_to(&self, blocks: u32) -> Server {
        Server::start(self.folder.onsale_with_files_up_to(blocks, &serve_at(&self.address)))
    }

    /// Lets everybody loose on the server.
    pub(crate) fn rush(&mut self) {
        self.paid.store(0, Ordering::Relaxed);
        self.crowd.start();
    }

    /// Waits until the crowd has paid so many times.
    pub(crate) async fn wait_for_payments(&self, count: u64) {
        let deadline = Instant::now() + PATIENCE;
        while self.paid() < count {
            assert!(Instant::now() < deadline, "the crowd gets nowhere");
            // Between two looks at a condition.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// How many times somebody has paid since the rush began.
    pub(crate) fn paid(&self) -> u64 {
        self.paid.load(Ordering::Relaxed)
    }

    /// Everybody stops where they are.
    pub(crate) async fn go_home(&mut self) {
        self.crowd.stop().await.expect("a fan does not panic");
    }

    pub(crate) fn assert_check_passes(&self) {
        let checked = self.folder.run(&["check"]);
        assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    }

    /// Everybody looks at what `server` keeps of theirs, sends what is open and some of the rest again, and
    /// looks once more. Gives everything that is wrong with that, and with the map.
    pub(crate) async fn read_final_states(&mut self, server: &Server) -> Vec<String> {
        let promises = self.finish_and_audit().await;
        let history = self.history();
        let mut wrong = breaches(&promises);
        wrong.extend(unfair_refusals(&history, false));
        wrong.extend(self.differences_from_seat_map(&Api::new(&server.base), &history).await);
        wrong
    }

    /// The same without the map; gives every promise with what was found.
    pub(crate) async fn finish_and_audit(&mut self) -> Vec<Promise> {
        self.crowd.read_final_state().await;
        promises(&self.history())
    }

    pub(crate) fn history(&self) -> History {
        self.crowd.history()
    }

    /// What became of the requests whose outcome was unknown.
    pub(crate) fn fates(&self) -> Fates {
        self.crowd.fates()
    }

    /// The highest number that anybody was given.
    pub(crate) fn number_max(&self) -> u64 {
        let history = self.history();
        let events = history.stories.iter().flat_map(|story| &story.events);
        let numbers = events.filter_map(|event| match &event.outcome {
            Outcome::Waiting(waiting) => Some(waiting.number),
            Outcome::Admitted { number, .. } | Outcome::Ended { number } => Some(*number),
            _ => None,
        });
        numbers.max().unwrap_or(0)
    }

    /// The seat map shows what people have, and nothing else.
    async fn differences_from_seat_map(&self, api: &Api, history: &History) -> Vec<String> {
        let (looker, _) = api.enter(&api.sign_up("looker").await).await;
        let map = api.get(&format!("/v1/concerts/{}/seats", self.crowd.concert()), &looker).await;
        api.ask("DELETE", "/v1/enqueues").token(&looker).send().await.yes();
        let shown = |status: &str| -> BTreeSet<u64> {
            let seats = map["seats"].as_array().expect("seats").iter();
            seats.filter(|seat| seat["status"] == status).map(|seat| number(&seat["seatNo"])).collect()
        };
        let known = |seats: fn(&Story) -> Vec<u32>| -> BTreeSet<u64> {
            history.stories.iter().flat_map(seats).map(u64::from).collect()
        };
        let mut complaints = Vec::new();
        if shown("sold") != known(billed) {
            complaints.push("the map's sold seats are not those with a bill".to_owned());
        }
        if shown("held") != known(held) {
            complaints.push("the map's held seats are not those that people hold".to_owned());
        }
        complaints
    }
}

/// The seats of the bills that somebody saw last.
fn billed(story: &Story) -> Vec<u32> {
    let last = story.events.iter().rev().find_map(|event| match &event.outcome {
        Outcome::Bills(bills) => Some(bills.iter().map(|bill| bill.seat).collect()),
        _ => None,
    });
    last.expect("everybody looks at their bills")
}

/// The seats of the holds that somebody saw last.
fn held(story: &Story) -> Vec<u32> {
    let last = story.events.iter().rev().find_map(|event| match &event.outcome {
        Outcome::Mine(held, _) => Some(held.iter().map(|held| held.seat).collect()),
        _ => None,
    });
    last.expect("everybody looks at their holds")
}

fn serve_at(address: &str) -> Vec<&str> {
    [&["serve", "--listen", address], &SETTINGS[..]].concat()
}
