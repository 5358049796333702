//! Personal links: `/enter#CODE`. The code is behind the `#`, which browsers send to nobody, so it gets into
//! no log, no history of a proxy and no `Referer`. The page's script puts it into the form; without a script,
//! or without a link, it can be typed there.

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use onsale_booking::ids::UserId;
use serde::Deserialize;

use super::super::form::Form;
use super::super::layout::PageLayout;
use super::super::notice::{NoticeCode, PendingNotice, see_other_with};
use super::super::page::{Page, see_other};
use super::super::page_error::PageError;
use super::super::recognition::user_cookie;
use super::super::visitor::Visitor;
use super::identity::facts;
use crate::cookies;
use crate::error::HttpError;
use crate::site::Shared;

/// The page, without the query of any old link: the language button must not carry that on.
const PATH: &str = "/enter";

#[derive(Template)]
#[template(path = "fan/enter.html")]
struct EnterPage<'a> {
    f: PageLayout<'a>,
}

/// Asks before a code makes this browser somebody else's.
#[derive(Template)]
#[template(path = "fan/enter_replace.html")]
struct ReplacePage<'a> {
    f: PageLayout<'a>,
    code: &'a str,
    replaces: UserId,
    /// Who is recognised now, and what they have here.
    facts: Vec<String>,
}

/// The code of a personal link.
#[derive(Debug, Default, Deserialize)]
pub(super) struct EnterForm {
    #[serde(default)]
    code: String,
    /// The user whom the page has named as the one who is replaced.
    #[serde(default)]
    replaces: String,
}

/// The page at `/enter`. Its button sends the code, so that a prefetch cannot sign anybody in.
pub(super) async fn page(State(site): State<Shared>, visitor: Visitor, notice: PendingNotice) -> Response {
    let f = PageLayout::of(&site, &visitor, PATH);
    let f = f.with_notice(notice.for_fans(&site, visitor.language));
    Page(EnterPage { f }).into_response()
}

/// Signs the visitor in as the user of a code. If the browser is somebody else's, they are asked first.
pub(super) async fn enter(
    State(site): State<Shared>,
    visitor: Visitor,
    Form(form): Form<EnterForm>,
) -> Result<Response, PageError> {
    let code = form.code.trim();
    let Some(user) = site.app.user_of_code(code) else { return Ok(invalid()) };
    let now = visitor.user(&site);
    match now {
        Some(now) if now == user => return Ok(see_other("/line")),
        // The answer counts for the person who was named in the question.
        Some(now) if form.replaces != now.to_string() => return ask(&site, &visitor, now, code).await,
        _ => {}
    }
    let browser = now.map(|user| user.0).or(visitor.visit(&site).map(|visit| visit.id));
    let Some(browser) = browser else { return Err(HttpError::CookiesRefused.into()) };
    let Some(token) = site.app.sign_in(code, browser).await? else { return Ok(invalid()) };
    let cookies = [user_cookie(token), cookies::expire(cookies::VISIT, "/").to_string()];
    let cookies = cookies.into_iter().map(|cookie| (SET_COOKIE, cookie));
    // The places are the former user's. They stay theirs in the lines.
    let cookies = cookies.chain(visitor.forget_places(&site));
    Ok((AppendHeaders(cookies), see_other("/line")).into_response())
}

/// Where a code leads that is not valid, or not any more.
fn invalid() -> Response {
    see_other_with(PATH, &NoticeCode::new("token"))
}

async fn ask(site: &Shared, visitor: &Visitor, now: UserId, code: &str) -> Result<Response, PageError> {
    let facts = facts(site, visitor.language, now).await?;
    let f = PageLayout::of(site, visitor, PATH);
    Ok(Page(ReplacePage { f, code, replaces: now, facts }).into_response())
}
