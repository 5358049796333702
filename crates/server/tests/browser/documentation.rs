//! The pages at `/docs` are Swagger UI. These tests check what it makes of our document.

use onsale_testbed::browser::{ColorScheme, Preferences, Viewport};
use reqwest::Method;
use serde_json::json;

use crate::site::{Site, concert};

/// Each operation is one of these; the summary opens it.
const OPERATION: &str = ".opblock";

#[tokio::test]
async fn an_operation_can_be_read_and_opened() {
    let site = Site::demo(&[]).await;
    let reader = site.visitor().await;
    reader.go("/docs").await;
    reader.wait_for(OPERATION).await;
    assert!(!reader.title().await.is_empty());
    assert!(reader.text_of("h1, h2.title").await.contains("onsale"));
    assert!(reader.text().await.contains("/v1/enqueues"));
    reader.click(".opblock-summary-control").await;
    reader.wait_for_text_in(OPERATION, "Responses").await;
    reader.end().await;
    site.end().await;
}

/// A session fails if the page breaks its content security policy.
#[tokio::test]
async fn an_operation_can_be_tried_out() {
    const LIVE: &str = "[id='operations-watching-live']";
    let site = Site::demo(&[]).await;
    let reader = site.visitor().await;
    reader.go("/docs").await;
    reader.click(&format!("{LIVE} .opblock-summary-control")).await;
    reader.click(&format!("{LIVE} .try-out__btn")).await;
    reader.click(&format!("{LIVE} .execute")).await;
    reader.wait_for_text_in(&format!("{LIVE} .live-responses-table"), "no-store").await;
    reader.end().await;
    site.end().await;
}

#[tokio::test]
async fn the_documentation_opens_on_a_phone_in_dark_mode() {
    let site = Site::demo(&[]).await;
    let reader = site.visitor().await;
    reader.resize(Viewport::PHONE).await;
    reader.prefer(Preferences { color_scheme: ColorScheme::Dark, ..Preferences::default() }).await;
    reader.go("/docs").await;
    reader.wait_for(OPERATION).await;
    assert_eq!(reader.script("return screen.width", &[]).await, 360);
    reader.end().await;
    site.end().await;
}

/// Tests no page, but what all stories of pages rely on.
#[tokio::test]
async fn a_site_sells_and_lets_people_in() {
    let site = Site::open(&[("line_capacity", "1")]).await;
    let concert = site.open_concert(&concert("Spring Night", 10)).await;
    let path = format!("/v1/concerts/{concert}/seats");
    let seats = site.call(Method::GET, &path, &site.join().await, &json!({})).await;
    assert_eq!(seats["seats"].as_array().map(Vec::len), Some(10), "{seats}");
    site.end().await;
}
