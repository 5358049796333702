//! One rehearsal from beginning to end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::task::{JoinHandle, JoinSet};

use crate::client::{Client, PATIENCE};
use crate::fan::{Fan, Identity};
use crate::history::{Concert, Fault, History, Micros, Story};
use crate::line_watch::LineWatch;
use crate::options::{self, Options, Scene};
use crate::prepare;
use crate::progress::Progress;
use crate::stage::{Clock, Stage, micros};

/// From the last preparation to the first arrival.
const BREATH: Duration = Duration::from_millis(300);
/// How many fans read their final state at once.
const FINAL_READS: usize = 64;

/// Plays a sale and returns its history.
///
/// # Errors
/// When it cannot start: nothing answers, no concert is on sale, or tokens are missing.
pub(crate) async fn play(options: &Options) -> Result<History, String> {
    let (crowd, scene) = (&options.crowd, &options.scene);
    let (client, clock) = (Client::new(&options.url, scene.connections, PATIENCE)?, Clock::start());
    let view = Progress::new(options.output.plain);
    let opened = if scene.setup { Some(open_concert(&client, scene, clock.now()).await?) } else { None };
    prepare::dials(&client, scene).await?;
    let preparing = view.preparing(crowd.fans);
    let identities = prepare::identities(&client, crowd, || preparing.inc(1)).await?;
    preparing.finish_and_clear();
    let concert = match opened.clone() {
        Some(opened) => opened,
        None => prepare::find_concert(&client, scene.concert, &identities[0]).await?,
    };
    let stage = Arc::new(Stage::new(vec![client], crowd.clone(), clock, concert.id));
    if let Some(opened) = opened {
        stage.learn_concert(opened);
        stage.guess_date(Some(prepare::EVENT_DAY.into()));
    }
    let showing = view.begin(&stage);
    let watch = scene.operator_token.clone().map(|token| LineWatch::begin(&stage, token));
    let opening = stage.clock.now() + micros(BREATH);
    let ending = send_home(&stage, scene.lasts);
    let breaking = break_things(&stage, opening, &scene.at);
    let fans = let_come(&stage, identities, opening).await;
    ending.abort();
    let stories = read_final_states(fans, &stage).await;
    let readings = match watch {
        Some(watch) => watch.end().await,
        None => Vec::new(),
    };
    stage.end();
    let faults = breaking.await.map_err(|error| error.to_string())?;
    showing.end().await;
    let complaints = stage.complaints();
    let concert = stage.concert().cloned().unwrap_or(concert);
    Ok(History {
        concert: Concert { id: stage.concert_id(), ..concert },
        stories,
        readings,
        complaints,
        faults,
    })
}

async fn open_concert(client: &Client, scene: &Scene, now: Micros) -> Result<Concert, String> {
    let token = scene.operator_token.as_deref().ok_or("--setup needs --operator-token")?;
    prepare::open_concert(client, token, (scene.seats, scene.price), now).await
}

/// Starts each fan at their own time, whatever the others do.
async fn let_come(stage: &Arc<Stage>, identities: Vec<Identity>, opening: Micros) -> Vec<Fan> {
    let numbered = (0_u32..).zip(identities);
    let mut fans: Vec<Fan> =
        numbered.map(|(number, identity)| Fan::new(stage, number, identity, opening)).collect();
    fans.sort_by_key(Fan::arrives);
    let mut playing = JoinSet::new();
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
fn break_things(stage: &Arc<Stage>, opening: Micros, faults: &[options::Fault]) -> JoinHandle<Vec<Fault>> {
    let mut planned = faults.to_vec();
    planned.sort_by(|some, other| some.at_s.total_cmp(&other.at_s));
    let stage = Arc::clone(stage);
    tokio::spawn(async move {
        let mut done = Vec::new();
        for options::Fault { at_s, command } in planned {
            if !stage.sleep_until(opening + micros(Duration::from_secs_f64(at_s))).await {
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
