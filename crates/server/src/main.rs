//! The binary: `onsale serve`, `token`, `check`, `plan`, `rehearse`, `verify-draw` and `openapi`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use onsale::settings::{Settings, SettingsArgs, StoreUrl};
use onsale::{demo, logs, plan_check, secret, start};
use onsale_app::app::App;
use onsale_app::tokens::{GROUPS_MAX, Role, UserToken};
use onsale_booking::access::GroupName;
use onsale_booking::audit::Breach;
use onsale_http::{api, connection, router};
use onsale_rehearsal::{draw, options as rehearsal};
use onsale_storage::clock::Clock;
use onsale_storage::{postgres, sqlite};
use tokio::net::TcpListener;
use uuid::Uuid;

/// Requests make many small allocations on many threads, and the system's allocator is slow at that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The exit code of `verify-draw` and `plan check` if there was nothing to check. Clap uses it for wrong
/// arguments, too.
const NOTHING_CHECKED: u8 = 2;

/// A self-hosted ticket on-sale server: waiting line, seat holds, wallet and payment of one sale.
#[derive(Parser)]
#[command(name = "onsale", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Serve),
    /// Print a token signed with the configured secret
    Token(TokenArgs),
    /// Audit the store; exit code 1 on any breach
    Check(SettingsArgs),
    /// Work with seating plans
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Play a sale against a running onsale and audit every answer; exit code 1 if a promise was broken
    Rehearse(Box<rehearsal::Options>),
    /// Compute a published draw again; exit code 1 if it does not fit, 2 if there is nothing to check
    VerifyDraw(draw::Options),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Subcommand)]
enum PlanCommand {
    /// Read a seating plan and print what is in it; exit code 1 if it is refused, 2 if it cannot be read
    Check(plan_check::Options),
}

#[derive(Args)]
struct Serve {
    /// Also open three concerts of 50 seats if there are none yet, and print a walk through the sale
    #[arg(long)]
    demo: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Args)]
#[group(id = "who", required = true, multiple = false, args = ["user", "operator"])]
struct TokenArgs {
    /// Sign it for this user
    #[arg(long, value_name = "UUID")]
    user: Option<Uuid>,
    /// Print a code that signs this user in once, within ten minutes: type it at /enter, or send /enter#CODE
    #[arg(long, requires = "user")]
    code: bool,
    /// Name groups that this user is a member of, at most 100, separated by commas
    #[arg(long, value_name = "NAMES", requires = "user", conflicts_with_all = ["code", "operator"], value_delimiter = ',', value_parser = group)]
    groups: Vec<String>,
    /// Sign it for a new operator
    #[arg(long)]
    operator: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// Why the program stops with an error.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(args) => serve(&args),
        Command::Token(args) => print_token(&args),
        Command::Check(args) => check(&args),
        Command::Plan(PlanCommand::Check(options)) => Ok(check_plan(&options)),
        Command::Rehearse(options) => rehearse(*options),
        Command::VerifyDraw(options) => Ok(verify_draw(&options)),
        Command::Openapi => print_document(),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("onsale: {failure}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn print_document() -> Result<ExitCode, Failure> {
    println!("{}", api::document().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}

/// A group as access to a sale can name it.
fn group(text: &str) -> Result<String, String> {
    let name =
        GroupName::new(text).ok_or("a group has 1 to 100 characters, none of them a control character")?;
    Ok(name.as_str().to_owned())
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn print_token(args: &TokenArgs) -> Result<ExitCode, Failure> {
    let settings = args.settings.load()?;
    let new_secret = lacks_secret(&settings).map(Path::to_owned);
    let keys = start::keys(&settings)?;
    if let Some(folder) = new_secret {
        eprintln!(
            "onsale: there was no server's data in {}, so a new secret was made there. A server that uses another \
             folder or secret does not accept this token: run this with its settings.",
            folder.display()
        );
    }
    let (user, role) = match args.user {
        Some(user) => (user, Role::User),
        None => (Uuid::now_v7(), Role::Operator),
    };
    if args.groups.len() > GROUPS_MAX {
        return Err(
            format!("--groups: names {}, but at most {GROUPS_MAX} are read", args.groups.len()).into()
        );
    }
    let now = Clock::system().now();
    let token = UserToken { user, role, groups: args.groups.clone() };
    println!("{}", if args.code { keys.sign_in_code(user, now) } else { keys.sign_user_token(&token, now) });
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn check(args: &SettingsArgs) -> Result<ExitCode, Failure> {
    let settings = args.load()?;
    let (breaches, rows, place) = runtime()?.block_on(audit(&settings))?;
    for breach in &breaches {
        println!("BREACH {breach}");
    }
    println!("{rows} rows audited in {place}: {} breaches", breaches.len());
    Ok(if breaches.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn audit(settings: &Settings) -> Result<(Vec<Breach>, u64, String), Failure> {
    // An audit makes no secret.
    let keys = if lacks_secret(settings).is_some() { None } else { Some(start::keys(settings)?) };
    match &settings.store {
        StoreUrl::Sqlite(folder) => {
            let clock = Clock::system();
            let reads = sqlite::open_reads(folder, &clock)?;
            let (breaches, rows) = onsale_app::audit::audit(&reads, keys.as_ref(), clock.now()).await?;
            Ok((breaches, rows, folder.display().to_string()))
        }
        StoreUrl::Postgres(url) => {
            let clock = Clock::of_store();
            let reads = postgres::open_reads(url, &clock).await?;
            let (breaches, rows) = onsale_app::audit::audit(&reads, keys.as_ref(), clock.now()).await?;
            Ok((breaches, rows, "PostgreSQL".to_owned()))
        }
    }
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn rehearse(options: rehearsal::Options) -> Result<ExitCode, Failure> {
    let options = if options.lacks_operator() { with_operator_token(options)? } else { options };
    let report = onsale_rehearsal::rehearse(&options)?;
    print!("{}", onsale_rehearsal::publish(&report, &options)?);
    Ok(if report.is_kept() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn verify_draw(options: &draw::Options) -> ExitCode {
    match draw::verify(options) {
        Ok(verified) => {
            print!("{}", verified.text);
            if verified.holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(unchecked) => {
            eprintln!("onsale: {unchecked}");
            ExitCode::from(NOTHING_CHECKED)
        }
    }
}

#[expect(clippy::print_stdout, reason = "results go to standard output")]
fn check_plan(options: &plan_check::Options) -> ExitCode {
    match plan_check::check(options) {
        Ok(Ok(text)) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Ok(Err(refusal)) => {
            println!("REFUSED {refusal}");
            ExitCode::FAILURE
        }
        Err(unchecked) => {
            eprintln!("onsale: {unchecked}");
            ExitCode::from(NOTHING_CHECKED)
        }
    }
}

/// The folder that has no secret yet, if that is where it would be looked for.
fn lacks_secret(settings: &Settings) -> Option<&Path> {
    match (&settings.token_secret, &settings.store) {
        (None, StoreUrl::Sqlite(folder)) => Some(folder.as_path()).filter(|it| !secret::path(it).exists()),
        _ => None,
    }
}

/// Adds an operator token, signed with the secret of the settings found here.
fn with_operator_token(options: rehearsal::Options) -> Result<rehearsal::Options, Failure> {
    let settings = SettingsArgs::default().load()?;
    if lacks_secret(&settings).is_some() {
        return Err(
            "an operator token is needed: pass --operator-token, or run this with the server's settings"
                .into(),
        );
    }
    Ok(options.with_operator(start::keys(&settings)?.sign_user(
        Uuid::now_v7(),
        Role::Operator,
        Clock::system().now(),
    )))
}

fn serve(args: &Serve) -> Result<ExitCode, Failure> {
    let settings = args.settings.load()?;
    logs::init(&settings.log);
    // Every connection needs a file descriptor: the usual soft limit of 1,024 would turn fans away.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    runtime()?.block_on(serve_until_stopped(&settings, args.demo))
}

async fn serve_until_stopped(settings: &Settings, with_demo: bool) -> Result<ExitCode, Failure> {
    let (store, clock) = start::store(settings);
    let stop = stop_signal();
    // The store is opened first: a second server in the same folder fails because of the folder, not because
    // of the port.
    let app = Arc::new(App::open(store, clock, start::config(settings), start::keys(settings)?).await?);
    let site = Arc::new(router::site(Arc::clone(&app), start::site_config(settings)));
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let base = format!("http://{}", listener.local_addr()?);
    let public_url = settings.public_url.as_ref().map(ToString::to_string);
    tracing::info!(address = %base, public_url, store = ?settings.store, line = ?settings.line, "serving");
    if with_demo {
        let concert =
            demo::open(&app).await.map_err(|error| format!("cannot open the demo's concerts: {error}"))?;
        eprintln!(
            "\n  onsale is open:  {base}/\n  For operators:   {base}/operator\n  Documentation:   {base}/docs"
        );
        eprintln!("{}", demo::walk(&app, concert, &base));
    }
    let upkeep = tokio::spawn(Arc::clone(&site).run());
    let answers = router::answers(&site);
    let serving = tokio::spawn(connection::serve(listener, answers, site.limits, app.stopping.clone()));
    let code = tokio::select! {
        () = stop => {
            tracing::info!("stopping: completing accepted requests");
            ExitCode::SUCCESS
        }
        reason = app.failed() => {
            tracing::error!(%reason, "stopping: the store has failed and can no longer be trusted");
            ExitCode::FAILURE
        }
    };
    app.stopping.cancel();
    serving.await?;
    upkeep.await?;
    app.close().await;
    tracing::info!("stopped");
    Ok(code)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Waits for SIGINT or SIGTERM. The handlers are installed by this call, so that a signal during the start
/// also shuts down in order. If that fails, the signal keeps its default action, which ends the process.
fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    async move {
        let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    }
}
