//! The cockpit without scripts: what is typed, and what the preview of a change says.

use super::visitor::Visitor;
use crate::stage::Stage;

async fn signed_in(stage: &Stage) -> Visitor {
    let mut operator = Visitor::new(&stage.client, "en");
    operator.submit("/operator/sign-in", &[("token", &stage.operator().token)]).await;
    operator
}

/// The fields of the form that applies a change, but for the dials that its page showed.
fn fields(html: &str) -> Vec<(String, String)> {
    let form = html.split("action=\"/operator/dials\"").nth(1).and_then(|rest| rest.split("</form>").next());
    let inputs = form.unwrap_or_default().split("<input type=\"hidden\" name=\"").skip(1);
    let quoted = inputs.map(|input| input.split('"').collect::<Vec<_>>());
    let quoted = quoted.filter(|parts| !parts[0].starts_with("seen"));
    quoted.map(|parts| (parts[0].to_owned(), parts[2].to_owned())).collect()
}

#[tokio::test]
async fn a_pause_keeps_what_was_typed_and_does_not_set_it() {
    let stage = Stage::open().await;
    let mut operator = signed_in(&stage).await;
    // As the form sends it when "Pause" is pressed.
    let asked = operator.get("/operator?capacity=40&ratePerMinute=0&paused=true").await;
    assert!(asked.shows("nobody is let in") && asked.shows(" autofocus>Pause the line"), "{}", asked.html);
    assert!(asked.shows("required value=\"40\""), "{}", asked.html);
    let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(fields(&asked.html), [own("paused", "true"), own("typedCapacity", "40")]);
    let paused = operator.fill(&asked, "/operator/dials", &[]).await;
    let dials = stage.app.main_line().dials();
    assert_eq!((dials.capacity.get(), dials.rate_per_minute, dials.paused), (100, 0, true));
    assert!(paused.shows("notice-good") && paused.shows("required value=\"40\""), "{}", paused.html);
    assert_eq!(fields(&paused.html), [own("capacity", "40")], "it can be applied now");
    assert!(!paused.shows("autofocus"), "the notice comes first");

    // A field without a number does not hold up a pause, nor does it make the notice say that it failed.
    let asked = operator.get("/operator?capacity=&ratePerMinute=7&paused=false").await;
    assert_eq!(
        fields(&asked.html),
        [own("paused", "false"), own("typedCapacity", ""), own("typedRatePerMinute", "7")]
    );
    let resumed = operator.fill(&asked, "/operator/dials", &[]).await;
    assert!(!stage.app.main_line().dials().paused);
    assert!(resumed.shows("notice-good") && !resumed.shows("notice-bad"), "{}", resumed.html);
    assert!(resumed.shows("required value=\"7\""), "{}", resumed.html);
    let untouched = operator.get("/operator?capacity=100&ratePerMinute=0&paused=true").await;
    assert_eq!(fields(&untouched.html), [own("paused", "true")], "only what was changed is carried");
    stage.end().await;
}

#[tokio::test]
async fn a_preview_does_not_contradict_itself() {
    let stage = Stage::with(&[("line_capacity", "0")]).await;
    for fan in stage.crowd(5) {
        fan.join().await.ok();
    }
    stage.tick().await;
    let mut operator = signed_in(&stage).await;
    let estimate = "An estimate from the last few minutes";
    for (dials, sentences) in [
        ("capacity=3", ["not known until it is tried", "3 more people come in at once."]),
        ("capacity=1", ["not known until it is tried", "1 more person comes in at once."]),
        ("capacity=0", ["nobody is let in", "With nobody allowed inside"]),
        ("paused=true", ["nobody is let in", "With nobody allowed inside"]),
    ] {
        let effect = operator.get(&format!("/operator/effect?{dials}")).await;
        assert!(sentences.iter().all(|sentence| effect.shows(sentence)), "{dials}: {}", effect.html);
        assert!(!effect.shows(estimate), "{dials}: {}", effect.html);
    }
    stage.end().await;
}

#[tokio::test]
async fn only_free_places_let_more_people_in_at_once() {
    let stage = Stage::with(&[("line_capacity", "4")]).await;
    for fan in stage.crowd(8) {
        fan.join().await.ok();
    }
    stage.tick().await;
    let operator = stage.operator();
    operator.steer(serde_json::json!({"capacity": 1})).await.ok();
    let mut operator = signed_in(&stage).await;
    for (capacity, sentence) in [
        (2, "Nobody inside is sent away"),
        (5, "1 more person comes in at once"),
        (6, "2 more people come in"),
    ] {
        let effect = operator.get(&format!("/operator/effect?capacity={capacity}")).await;
        assert!(effect.shows(sentence), "{capacity}: {}", effect.html);
    }
    stage.end().await;
}
