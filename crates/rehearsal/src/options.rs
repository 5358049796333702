//! The options of `onsale rehearse`.

pub(crate) mod scene;

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use hyper::Uri;
use scene::Scene;

/// Play a sale against a running onsale, and audit every answer: exit 1 if a promise was broken
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Where onsale is: http://... or https://...; fans are spread over several, separated by commas
    #[arg(long, env = "ONSALE_REHEARSAL_URL", default_value = "http://127.0.0.1:3000", value_parser = base_url,
        value_delimiter = ',')]
    pub(crate) url: Vec<Uri>,
    #[command(flatten)]
    pub(crate) crowd: CrowdOptions,
    #[command(flatten)]
    pub(crate) scene: Scene,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// Who comes, and what they are like. Shares are from 0 to 1.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Fans")]
pub(crate) struct CrowdOptions {
    /// How many people come
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) fans: u32,
    /// When they come: `burst:SECONDS`, `rate:PER_SECOND` or `ramp:SECONDS`. They do not wait for the server
    /// to keep up
    #[arg(long, default_value = "burst:5")]
    pub(crate) arrivals: Arrivals,
    /// Share that gives up waiting; half of them leave the line, the others just disappear
    #[arg(long, default_value_t = 0.1, value_parser = share, value_name = "SHARE")]
    pub(crate) leave: f64,
    /// How long they wait before they give up, on average
    #[arg(long, default_value_t = 60.0, value_parser = seconds, value_name = "SECONDS")]
    pub(crate) patience: f64,
    /// Share that stops polling for a while and comes back
    #[arg(long, default_value_t = 0.05, value_parser = share, value_name = "SHARE")]
    pub(crate) silent: f64,
    /// Share that uses the event stream instead of polling; everybody if no share is given
    #[arg(long, default_value_t = 0.0, value_parser = share, value_name = "SHARE", num_args = 0..=1,
        default_missing_value = "1")]
    pub(crate) sse: f64,
    /// Which seats they want
    #[arg(long, value_enum, default_value_t = Taste::Spread)]
    pub(crate) taste: Taste,
    /// The most seats that one fan wants
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "SEATS")]
    pub(crate) party: u32,
    /// Share that holds seats and goes without paying; half of them leave the line, the others just disappear
    #[arg(long, default_value_t = 0.1, value_parser = share, value_name = "SHARE")]
    pub(crate) abandon: f64,
    /// Share that tries something forbidden, such as a hold after the payment
    #[arg(long, default_value_t = 0.05, value_parser = share, value_name = "SHARE")]
    pub(crate) mischief: f64,
    /// How long fans think before each step, on average
    #[arg(long, default_value_t = 2.0, value_parser = seconds, value_name = "SECONDS")]
    pub(crate) think: f64,
    /// The same seed gives the same fans with the same intentions
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// User tokens of the fans, one a line, where open sign-up is off
    #[arg(long, value_name = "FILE")]
    pub(crate) tokens: Option<PathBuf>,
}

impl CrowdOptions {
    /// `fans` people who all come at once, each alone, and behave.
    pub(crate) fn plain(fans: u32) -> Self {
        Self {
            fans,
            arrivals: Arrivals::Burst(0.0),
            leave: 0.0,
            patience: 0.0,
            silent: 0.0,
            sse: 0.0,
            taste: Taste::Spread,
            party: 1,
            abandon: 0.0,
            mischief: 0.0,
            think: 0.0,
            seed: 1,
            tokens: None,
        }
    }
}

/// Where the report goes, besides the terminal.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Report")]
pub(crate) struct Output {
    /// Write a page with charts
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Plain lines instead of a live view
    #[arg(long)]
    pub(crate) plain: bool,
}

impl Options {
    /// Whether an operator's token is needed, and none was given.
    pub fn lacks_operator(&self) -> bool {
        let scene = &self.scene;
        let is_needed = scene.setup || scene.capacity.is_some() || scene.rate.is_some();
        is_needed && scene.operator_token.is_none()
    }

    /// Refuses options that make no sense together.
    ///
    /// # Errors
    /// Names the option, and what would be right.
    pub(crate) fn check(&self) -> Result<(), String> {
        self.scene.check(self.crowd.fans)
    }

    /// The same with an operator's token.
    pub fn with_operator(mut self, token: String) -> Self {
        self.scene.operator_token = Some(token);
        self
    }
}

/// When people come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Arrivals {
    /// All within this many seconds, most of them at the start.
    Burst(f64),
    /// A constant rate per second.
    Rate(f64),
    /// At a growing rate, over this many seconds.
    Ramp(f64),
}

impl FromStr for Arrivals {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = || format!("{text:?} must be burst:SECONDS, rate:PER_SECOND or ramp:SECONDS");
        let (kind, number) = text.split_once(':').unwrap_or((text, ""));
        let number = match number {
            "" if kind == "burst" => 5.0,
            number => {
                number.parse().ok().filter(|it: &f64| it.is_finite() && *it > 0.0).ok_or_else(allowed)?
            }
        };
        match kind {
            "burst" => Ok(Self::Burst(number)),
            "rate" => Ok(Self::Rate(number)),
            "ramp" => Ok(Self::Ramp(number)),
            _ => Err(allowed()),
        }
    }
}

impl std::fmt::Display for Arrivals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Burst(seconds) => write!(f, "burst:{seconds}"),
            Self::Rate(per_second) => write!(f, "rate:{per_second}"),
            Self::Ramp(seconds) => write!(f, "ramp:{seconds}"),
        }
    }
}

/// Which seats fans want.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Taste {
    /// Any
    Spread,
    /// The best, which have the lowest numbers
    Hot,
}

impl std::fmt::Display for Taste {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Spread => "spread",
            Self::Hot => "hot",
        })
    }
}

fn base_url(text: &str) -> Result<Uri, String> {
    let url: Uri = text.parse().map_err(|error| format!("{error}"))?;
    let is_known = matches!(url.scheme_str(), Some("http" | "https"));
    let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
    if is_known && is_bare && url.host().is_some() {
        Ok(url)
    } else {
        Err("must be like http://127.0.0.1:3000 or https://sale.example.org, without a path".to_owned())
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|it| (0.0..=1.0).contains(it));
    share.ok_or_else(|| "must be from 0 to 1".to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|it| (0.0..=86_400.0).contains(it));
    seconds.ok_or_else(|| "must be seconds from 0 to 86400".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::sale::Order;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        options: Options,
    }

    fn parse(flags: &[&str]) -> Result<Options, String> {
        let all = std::iter::once(&"rehearse").chain(flags);
        Cli::try_parse_from(all).map(|cli| cli.options).map_err(|error| error.to_string())
    }

    #[test]
    fn arrivals_are_read_and_written() {
        for text in ["burst:2.5", "rate:400", "ramp:60"] {
            assert_eq!(text.parse::<Arrivals>().map(|it| it.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("burst".parse(), Ok(Arrivals::Burst(5.0)));
        for text in ["", "rate", "rate:", "rate:0", "rate:-1", "rate:inf", "wave:3", "burst:x"] {
            let problem = text.parse::<Arrivals>().expect_err(text);
            assert!(problem.contains("must be burst:SECONDS"), "{problem}");
        }
    }

    #[test]
    fn bad_options_are_named() {
        for (flags, named) in [
            (["--fans", "0"], "--fans"),
            (["--leave", "1.5"], "--leave"),
            (["--url", "ftp://x"], "--url"),
            (["--url", "http://x/v1"], "--url"),
            (["--seats", "9"], "--setup"),
            (["--lasts", "x"], "--lasts"),
            (["--at", "20"], "--at"),
            (["--at", "x:true"], "--at"),
            (["--at", "20:"], "--at"),
            (["--opening", "5"], "--setup"),
            (["--order", "draw"], "--setup"),
            (["--order", "lots"], "--order"),
            (["--sales", "0"], "--sales"),
            (["--sales", "2"], "--setup"),
            (["--limit", "0"], "--limit"),
            (["--limit", "2"], "--setup"),
        ] {
            let problem = parse(&flags).expect_err(named);
            assert!(problem.contains(named), "{problem}");
        }
    }

    #[test]
    fn a_made_sale_is_as_the_options_say() {
        let made = |flags: &[&str]| parse(&[&["--setup"], flags].concat()).expect("good").scene.made();
        assert_eq!(made(&[]), None);
        assert_eq!(made(&["--codes"]), Some(scene::Made { codes: true, ..scene::Made::default() }));
        let flags = ["--opening", "2.5", "--order", "draw", "--sales", "3", "--limit", "4"];
        let opening = Some(std::time::Duration::from_millis(2_500));
        let expected = scene::Made { sales: 3, order: Order::Draw, opening, limit: Some(4), codes: false };
        assert_eq!(made(&flags), Some(expected));
    }

    #[test]
    fn options_that_make_no_sense_together_are_refused() {
        let problem = |flags: &[&str]| {
            parse(&[&["--setup", "--fans", "9"], flags].concat()).expect("each is good").check()
        };
        for (flags, expected) in [
            (&["--order", "draw"][..], "--order draw needs --opening: a draw is made at the opening"),
            (&["--sales", "10"], "--sales 10 must be at most --fans, which is 9: each sale needs a fan"),
            (
                &["--opening", "60", "--lasts", "60"],
                "--opening 60 must be less than --lasts, which is 60: else nobody is let in",
            ),
        ] {
            assert_eq!(problem(flags), Err(expected.to_owned()));
        }
        assert_eq!(problem(&["--order", "draw", "--opening", "5", "--sales", "9"]), Ok(()));
        assert_eq!(problem(&["--order", "arrival"]), Ok(()));
    }

    #[test]
    fn a_stream_may_be_for_everybody_or_for_some() {
        assert_eq!(parse(&[]).map(|it| it.crowd.sse), Ok(0.0));
        assert_eq!(parse(&["--sse"]).map(|it| it.crowd.sse), Ok(1.0));
        assert_eq!(parse(&["--sse", "0.25"]).map(|it| it.crowd.sse), Ok(0.25));
    }

    #[test]
    fn faults_and_addresses_may_be_many() {
        let options =
            parse(&["--at", "2.5:kill -9 7", "--at", "9:echo a:b", "--url", "http://a:1,http://b:2"]);
        let options = options.expect("good");
        let faults: Vec<_> = options.scene.at.iter().map(|it| (it.at_s, it.command.as_str())).collect();
        assert_eq!(faults, [(2.5, "kill -9 7"), (9.0, "echo a:b")]);
        assert_eq!(options.url.len(), 2);
    }

    #[test]
    fn changes_need_an_operator() {
        assert!(!parse(&[]).expect("good").lacks_operator());
        assert!(parse(&["--setup"]).expect("good").lacks_operator());
        assert!(parse(&["--capacity", "5"]).expect("good").lacks_operator());
        assert!(!parse(&["--setup", "--operator-token", "x"]).expect("good").lacks_operator());
    }
}
