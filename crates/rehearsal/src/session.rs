//! One rehearsal from beginning to end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::task::{JoinHandle, JoinSet};
use uuid::Uuid;

use crate::client::{Client, PATIENCE};
use crate::fan::{Fan, Identity};
use crate::history::sale::SaleFacts;
use crate::history::{Concert, Fault, History, Micros, Story};
use crate::line_watch::{LineWatch, Seen};
use crate::options::Options;
use crate::options::scene::{self, Made};
use crate::prepare;
use crate::progress::Progress;
use crate::stage::sale::SaleOnStage;
use crate::stage::{Clock, Stage, micros};

/// From the last preparation to the first arrival.
const BREATH: Duration = Duration::from_millis(300);
/// The same for each sale whose opening is set.
const BREATH_EACH: Duration = Duration::from_millis(20);
/// How many fans read their final state at once.
const FINAL_READS: usize = 64;

/// One of the sales that are played at once.
struct Played {
    stage: Arc<Stage>,
    facts: SaleFacts,
    concert: Concert,
}

/// Plays one sale, or several at once, and returns the history of each.
///
/// # Errors
/// When it cannot start: nothing answers, no concert is on sale, or tokens are missing.
pub(crate) async fn play(options: &Options) -> Result<Vec<History>, String> {
    let (crowd, scene) = (&options.crowd, &options.scene);
    let (client, clock) = (Client::new(&options.url, scene.connections, PATIENCE)?, Clock::start());
    let view = Progress::new(options.output.plain);
    let preparing = view.preparing(crowd.fans);
    let identities = prepare::identities(&client, crowd, || preparing.inc(1)).await?;
    preparing.finish_and_clear();
    let (sales, beginning) = if let Some(made) = scene.made() {
        make_sales(client, options, &made, clock).await?
    } else {
        let sale = main_sale(client, options, clock, &identities[0]).await?;
        (vec![sale], clock.now() + micros(BREATH))
    };
    let stages: Vec<Arc<Stage>> = sales.iter().map(|sale| Arc::clone(&sale.stage)).collect();
    let first = &stages[0];
    let showing = view.begin(first);
    let watches: Vec<Option<LineWatch>> = stages
        .iter()
        .map(|stage| scene.operator_token.clone().map(|token| LineWatch::begin(stage, token)))
        .collect();
    let ending = send_home(first, scene.lasts);
    let breaking = break_things(first, beginning, &scene.at);
    let fans = let_come(&stages, identities, beginning).await;
    ending.abort();
    let stories = read_final_states(fans, first).await;
    let mut seen = Vec::new();
    for watch in watches {
        seen.push(match watch {
            Some(watch) => watch.end().await,
            None => Seen::default(),
        });
    }
    first.end();
    let faults = breaking.await.map_err(|error| error.to_string())?;
    showing.end().await;
    let mut histories: Vec<History> =
        sales.into_iter().zip(seen).map(|(sale, seen)| sale.history(seen, &faults)).collect();
    for story in stories {
        let index = usize::try_from(story.fan).unwrap_or_default() % histories.len();
        histories[index].stories.push(story);
    }
    Ok(histories)
}

impl Played {
    /// What happened, still without the fans' stories.
    fn history(self, seen: Seen, faults: &[Fault]) -> History {
        let concert = self.stage.concert().cloned().unwrap_or(self.concert);
        History {
            sale: SaleFacts { fairness: seen.fairness, ..self.facts },
            concert: Concert { id: self.stage.concert_id(), ..concert },
            stories: Vec::new(),
            readings: seen.line,
            complaints: self.stage.complaints(),
            faults: faults.to_vec(),
        }
    }
}

/// The main sale, with a concert of it.
async fn main_sale(
    client: Client,
    options: &Options,
    clock: Clock,
    somebody: &Identity,
) -> Result<Played, String> {
    let scene = &options.scene;
    prepare::dials(&client, scene).await?;
    let concert = match scene.operator_token.as_deref().filter(|_| scene.setup) {
        Some(token) => prepare::open_concert(&client, token, (scene.seats, scene.price), clock.now()).await?,
        None if scene.setup => return Err("--setup needs --operator-token".to_owned()),
        None => prepare::find_concert(&client, scene.concert, somebody).await?,
    };
    let stage = Stage::new(vec![client], options.crowd.clone(), clock, concert.id);
    if scene.setup {
        stage.learn_concert(concert.clone());
        stage.guess_date(Some(prepare::EVENT_DAY.into()));
    }
    Ok(Played { stage: Arc::new(stage), facts: SaleFacts::default(), concert })
}

/// The sales that the options ask for, and when the fans begin to come.
async fn make_sales(
    client: Client,
    options: &Options,
    made: &Made,
    clock: Clock,
) -> Result<(Vec<Played>, Micros), String> {
    let (fans, count) = (options.crowd.fans, made.sales);
    let mut sales = Vec::new();
    for index in 0..count {
        // The fans are dealt one by one.
        let own = fans / count + u32::from(index < fans % count);
        sales.push(prepare::sale::make(&client, &options.scene, made, (index, own), clock.now()).await?);
    }
    let beginning = clock.now() + micros(BREATH + BREATH_EACH * count);
    if let Some(opening) = made.opening {
        for sale in &mut sales {
            prepare::sale::set_opening(&client, &options.scene, sale, (beginning, opening)).await?;
        }
    }
    let concerts: Vec<Uuid> = sales.iter().map(|sale| sale.concert.id).collect();
    let house = Stage::new(vec![client], options.crowd.clone(), clock, Uuid::nil());
    let played = (0..).zip(sales).map(|(index, sale)| {
        let next: usize = (index + 1) % concerts.len();
        let on_stage = SaleOnStage {
            id: sale.facts.id,
            opens_at: sale.facts.opens_at,
            opening: made.opening,
            limit: made.limit,
            codes: sale.codes,
            dealt_to: count,
            elsewhere: (next != index).then(|| concerts[next]),
        };
        let stage = house.beside(sale.concert.id, on_stage);
        stage.learn_concert(sale.concert.clone());
        stage.guess_date(Some(prepare::EVENT_DAY.into()));
        Played { stage: Arc::new(stage), facts: sale.facts, concert: sale.concert }
    });
    Ok((played.collect(), beginning))
}

/// Deals the fans to the sales, and starts each at their own time, whatever the others do.
async fn let_come(stages: &[Arc<Stage>], identities: Vec<Identity>, beginning: Micros) -> Vec<Fan> {
    let dealt = (0_u32..).zip(identities).zip(stages.iter().cycle());
    let mut fans: Vec<Fan> =
        dealt.map(|((number, identity), stage)| Fan::new(stage, number, identity, beginning)).collect();
    fans.sort_by_key(Fan::arrives);
    let (stage, mut playing) = (&stages[0], JoinSet::new());
    for fan in fans {
        if !stage.sleep_until(fan.arrives()).await {
            break;
        }
        stage.tally.arrived.fetch_add(1, Ordering::Relaxed);
        playing.spawn(fan.play());
    }
    playing.join_all().await
}

/// Ends the sale after its time or on Ctrl-C. A second Ctrl-C ends the program.
fn send_home(stage: &Arc<Stage>, lasts_s: f64) -> JoinHandle<()> {
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs_f64(lasts_s)) => stage.end(),
            _ = tokio::signal::ctrl_c() => stage.end(),
        }
        let _ = tokio::signal::ctrl_c().await;
        std::process::exit(130);
    })
}

/// Runs each planned fault at its time. A fault planned for after the end of the sale is left out.
fn break_things(stage: &Arc<Stage>, beginning: Micros, faults: &[scene::Fault]) -> JoinHandle<Vec<Fault>> {
    let mut planned = faults.to_vec();
    planned.sort_by(|some, other| some.at_s.total_cmp(&other.at_s));
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        let mut done = Vec::new();
        for scene::Fault { at_s, command } in planned {
            if !stage.sleep_until(beginning + micros(Duration::from_secs_f64(at_s))).await {
                break;
            }
            done.push(Fault { at: stage.clock.now(), what: command.clone() });
            let ran = tokio::process::Command::new("sh").args(["-c", &command]).status().await;
            if !ran.is_ok_and(|status| status.success()) {
                eprintln!("{command:?} failed");
            }
        }
        done
    })
}

async fn read_final_states(fans: Vec<Fan>, stage: &Arc<Stage>) -> Vec<Story> {
    stream::iter(fans)
        .map(|fan| async move {
            let fan = if fan.has_written() { fan.read_final_state().await } else { fan };
            stage.tally.finished.fetch_add(1, Ordering::Relaxed);
            fan.story
        })
        .buffer_unordered(FINAL_READS)
        .collect()
        .await
}
