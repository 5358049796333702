//! Several people and the same seats.

use onsale_booking::seat::SeatStatus;
use serde_json::json;

use crate::fans::{HOLD, PAY, in_state, seat, ticked};
use crate::site::Site;

#[tokio::test]
async fn a_seat_that_somebody_else_took_is_unticked_and_named() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (quick, _) = site.visit_seats(concert).await;
    let (slow, _) = site.visit_seats(concert).await;
    for seat_no in [4, 5] {
        slow.click(&seat(seat_no)).await;
    }
    quick.click(&seat(4)).await;
    quick.click(HOLD).await;
    quick.wait_for_path("/checkout").await;
    slow.wait_for_text_in("#taken", "Someone else has just taken seat 4").await;
    assert_eq!(ticked(&slow).await, json!([5]), "the other seat stays chosen");
    assert!(slow.is_shown(&in_state(4, "held")).await);
    assert_eq!(slow.text_of("[data-show='which']").await, "Seat 5");
    slow.click(HOLD).await;
    slow.wait_for_path("/checkout").await;
    slow.wait_for_text("Seat 5").await;
    assert_ne!(site.seat(concert, 4).holder(), site.seat(concert, 5).holder());
    // A released seat becomes free on the other page by itself.
    slow.go(&format!("/sale/{concert}")).await;
    quick.click("button[aria-label='Release seat 4']").await;
    slow.wait_for(&in_state(4, "free")).await;
    slow.click(&seat(4)).await;
    slow.wait_for_text_in("[data-show='which']", "Seat 4").await;
    quick.end().await;
    slow.end().await;
    site.end().await;
}

#[tokio::test]
async fn a_form_sent_too_late_keeps_the_other_seats_selected() {
    let (site, concert) = Site::selling(20, &[]).await;
    let fan = site.fan().await;
    let late = site.visit_as(&fan).await;
    // This page gets no updates.
    late.do_without("EventSource").await;
    late.go(&format!("/sale/{concert}")).await;
    for seat_no in [6, 7, 8] {
        late.click(&seat(seat_no)).await;
    }
    let other = site.fan().await;
    site.hold(&other, concert, &[6]).await;
    late.click(HOLD).await;
    late.wait_for_text("Someone else has just taken seat 6. Your other seats are still selected").await;
    assert_eq!(ticked(&late).await, json!([7, 8]));
    assert_eq!(site.seat_status(concert, 7), SeatStatus::Available, "all or nothing");
    // Now both remaining seats are taken.
    site.buy(&other, concert, &[7, 8]).await;
    late.click(HOLD).await;
    late.wait_for_text("Someone else has just taken seats 7, 8. Please choose again").await;
    assert_eq!(ticked(&late).await, json!([]));
    late.end().await;
    site.end().await;
}

#[tokio::test]
async fn of_two_who_press_at_once_one_holds_the_seat() {
    let (site, concert) = Site::selling(20, &[]).await;
    let (one, _) = site.visit_seats(concert).await;
    let (two, _) = site.visit_seats(concert).await;
    one.click(&seat(10)).await;
    two.click(&seat(10)).await;
    two.click(&seat(11)).await;
    one.click(&seat(12)).await;
    tokio::join!(one.click(HOLD), two.click(HOLD));
    let holder = site.seat(concert, 10).holder().expect("somebody holds it");
    let one_won = site.user_of(&one).await == holder;
    let (winner, loser, rest) = if one_won { (&one, &two, 11) } else { (&two, &one, 12) };
    assert_eq!(site.user_of(winner).await, holder);
    winner.wait_for_path("/checkout").await;
    // Either the form was refused, or the update came before the click, and the other seat is held.
    loser.wait_for(".board, main > .notice-bad").await;
    if loser.path().await == "/checkout" {
        assert_eq!(loser.texts_of(".lines strong").await, [format!("Seat {rest}")]);
    } else {
        loser.wait_for_text("Someone else has just taken seat 10").await;
        assert_eq!(ticked(loser).await, json!([rest]));
    }
    one.end().await;
    two.end().await;
    site.end().await;
}

#[tokio::test]
async fn an_expired_hold_is_shown_and_its_seat_is_free_again() {
    let (site, concert) = Site::selling(20, &[("hold_seconds", "6")]).await;
    let (watcher, _) = site.visit_seats(concert).await;
    let fan = site.fan().await;
    site.charge(&fan, 50_000).await;
    let late = site.visit_as(&fan).await;
    site.hold(&fan, concert, &[2]).await;
    watcher.wait_for(&in_state(2, "held")).await;
    late.go("/checkout").await;
    late.script("document.querySelector(arguments[0]).focus()", &[json!(PAY)]).await;
    let watch = "const clock = document.querySelector('.clock');
        globalThis.faces = [clock.textContent];
        new MutationObserver(() => faces.push(clock.textContent)).observe(clock, { childList: true });
        return document.querySelector('[data-opens]').hidden";
    assert_eq!(late.script(watch, &[]).await, json!(true), "the time is not up yet");
    late.wait_for_text("Your time for these seats is up").await;
    assert!(!late.text().await.contains("Nobody else can take"), "that is over");
    let release = "return document.querySelector('[formaction], [aria-label^=Release]').disabled";
    assert_eq!(late.script(release, &[]).await, json!(true), "nothing is left to release");
    let faces = late.script("return faces", &[]).await;
    let faces: Vec<String> = serde_json::from_value(faces).expect("texts");
    assert!(faces.len() > 1 && faces.is_sorted_by(|one, next| one >= next), "it counts down: {faces:?}");
    assert_eq!(late.text_of(".clock").await, "0:00");
    assert_eq!(late.count(&format!("{PAY}:disabled")).await, 1);
    assert!(late.is_focused("[data-opens] a").await, "the focus is at {}", late.focused().await);
    watcher.wait_for(&in_state(2, "free")).await;
    assert_eq!(site.seat_status(concert, 2), SeatStatus::Available);
    late.click("[data-opens] a").await;
    late.wait_for(&in_state(2, "free")).await;
    assert_eq!(site.balance(fan.user).await, 50_000, "nothing was paid");
    late.end().await;
    watcher.end().await;
    site.end().await;
}
