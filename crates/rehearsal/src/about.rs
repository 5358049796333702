//! What was played, for the report.

use jiff::Timestamp;

use crate::history::History;
use crate::options::Options;
use crate::options::scene::Made;
use crate::report::About;
use crate::report::measure::sales;

/// What the options and the histories say about it.
pub(crate) fn about(options: &Options, histories: &[History]) -> About {
    let crowd = &options.crowd;
    let arrivals = histories.iter().flat_map(|history| &history.stories).map(|story| story.arrives);
    let first = arrivals.min().unwrap_or_default();
    let began = Timestamp::from_microsecond(first).unwrap_or_default();
    let readings = || histories.iter().filter_map(|history| history.readings.first());
    let is_watched = readings().count() == histories.len();
    let url = options.url.iter().map(|url| url.to_string().trim_end_matches('/').to_owned());
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        url: url.collect::<Vec<_>>().join(" "),
        started_at: began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        lasted_s: 0.0,
        seed: crowd.seed,
        fans: crowd.fans,
        arrivals: crowd.arrivals.to_string(),
        options: chosen(options),
        concert: match histories {
            [only] => only.concert.name.clone(),
            several => format!("{} sales at once", several.len()),
        },
        seats: histories.iter().map(|history| history.concert.seats).sum(),
        price: histories.first().map_or(0, |history| history.concert.price),
        capacity: is_watched.then(|| readings().map(|reading| reading.capacity).sum()),
        rate_per_minute: is_watched.then(|| readings().map(|reading| reading.rate_per_minute).sum()),
        sales: sales::sales(histories, first),
    }
}

fn chosen(options: &Options) -> Vec<(String, String)> {
    let (crowd, scene) = (&options.crowd, &options.scene);
    let mut chosen = vec![
        ("leave", crowd.leave.to_string()),
        ("patience", crowd.patience.to_string()),
        ("silent", crowd.silent.to_string()),
        ("sse", crowd.sse.to_string()),
        ("taste", crowd.taste.to_string()),
        ("party", crowd.party.to_string()),
        ("abandon", crowd.abandon.to_string()),
        ("mischief", crowd.mischief.to_string()),
        ("think", crowd.think.to_string()),
        ("lasts", scene.lasts.to_string()),
        ("connections", scene.connections.to_string()),
    ];
    if let Some(Made { sales, order, opening, codes, limit }) = scene.made() {
        chosen.push(("sales", sales.to_string()));
        chosen.push(("order", order.name().to_owned()));
        chosen.extend(opening.map(|opening| ("opening", opening.as_secs_f64().to_string())));
        chosen.extend(limit.map(|limit| ("limit", limit.to_string())));
        chosen.push(("codes", if codes { "one each" } else { "none" }.to_owned()));
    }
    chosen.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
