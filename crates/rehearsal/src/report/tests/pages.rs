//! The report in all its forms.

use crate::report::sample::{Sample, broken, tiny, typical};
use crate::report::terminal::terminal;
use crate::report::{Report, html, json};

fn samples() -> [(&'static str, Report); 3] {
    [("typical", typical(3_000).report()), ("broken", broken()), ("tiny", tiny().report())]
}

#[test]
fn every_sample_renders_in_every_form() {
    for (name, report) in samples() {
        let page = html::html(&report).unwrap();
        assert!(page.ends_with("</html>") || page.ends_with("</html>\n"), "{name}");
        assert!(page.len() < 400_000, "{name} has {} bytes", page.len());
        assert!(!page.contains("NaN") && !page.contains("inf%"), "{name}");
        assert!(json(&report).unwrap().contains("\"promises\""), "{name}");
        assert!(!terminal(&report, 80, true).is_empty(), "{name}");
    }
}

#[test]
fn nothing_at_all_renders() {
    let nothing = Sample { fans: 0, ..tiny() }.report();
    assert!(html::html(&nothing).unwrap().contains("checked were kept"));
    assert!(terminal(&nothing, 80, false).contains("checked were kept"));
}

#[test]
fn a_page_loads_nothing() {
    for (name, report) in samples() {
        let page = html::html(&report).unwrap();
        for load in ["src=", "url(", "@import", "@font-face", "fetch(", "import(", "xlink:"] {
            assert!(!page.contains(load), "{name} has {load}");
        }
        let outside =
            page.split("href=\"").skip(1).find(|rest| !rest.starts_with('#') && !rest.starts_with("data:,"));
        assert_eq!(outside.map(|rest| &rest[..20]), None, "{name}");
    }
}

#[test]
fn a_concerts_name_is_text_and_nothing_else() {
    let page = html::html(&broken()).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<b>\"fan"));
    assert!(page.contains("&#60;script&#62;alert"));
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
}

#[test]
fn a_page_says_the_verdict_in_words() {
    let page = html::html(&broken()).unwrap();
    assert!(page.contains("3 of 22 promises were broken."));
    assert_eq!(page.matches("</svg>BROKEN</p>").count(), 3);
    assert_eq!(page.matches("</svg>KEPT</p>").count(), 19);
    let page = html::html(&typical(1_000).report()).unwrap();
    assert!(page.contains("All 22 promises were kept."));
    let page = html::html(&tiny().report()).unwrap();
    assert!(page.contains("All 16 promises that could be checked were kept."));
    assert_eq!(page.matches("</svg>not checked</p>").count(), 6);
}

#[test]
fn a_sale_with_a_draw_can_be_checked_from_the_report() {
    let text = terminal(&typical(1_000).report(), 200, false);
    let course = "drawn at its opening at 0:05; the first was let in 0.2 s after it; 500 of 1,000 fans were admitted; \
                  4 seats a person; access codes for 1 person each";
    assert!(text.contains(course), "{text}");
    let page = html::html(&typical(1_000).report()).unwrap();
    for report in [text, page] {
        assert!(report.contains("obby tail 750, commitment 630dcd29") && report.contains("beacon none"));
    }
    assert!(!terminal(&tiny().report(), 80, false).contains("The sale\n"), "the main sale has no draw");
}

#[test]
fn every_chart_says_in_words_what_it_shows() {
    let page = html::html(&typical(1_000).report()).unwrap();
    let charts = page.matches("role=\"img\"").count();
    assert!(charts >= 12, "{charts}");
    assert_eq!(page.matches("<desc id=").count(), charts);
    assert!(page.contains("waiting: at most "), "a text alternative has numbers");
}

#[test]
fn a_small_sale_reads_like_this() {
    assert_eq!(terminal(&tiny().report(), 80, false), include_str!("tiny.txt"));
}

#[test]
fn the_last_lines_say_it_all() {
    let lines = |report: &Report| terminal(report, 80, false).lines().map(str::to_owned).collect::<Vec<_>>();
    let last = |report: &Report| lines(report).pop().unwrap();
    assert_eq!(last(&broken()), "3 of 22 promises were broken.");
    assert_eq!(last(&typical(100).report()), "All 22 promises were kept.");
    assert_eq!(
        lines(&tiny().report()).split_off(lines(&tiny().report()).len() - 2),
        ["All 16 promises that could be checked were kept.", "6 promises could not be checked."]
    );
    let text = terminal(&broken(), 80, false);
    assert!(text.contains("BROKEN        No seat is held or owned by two people at once. (41,022 holds\n              checked, broken 27"));
    assert!(text.contains("- and 22 more"), "five of 27 are shown");
}

#[test]
fn a_terminal_of_80_columns_is_wide_enough() {
    for (name, report) in samples() {
        for line in terminal(&report, 80, false).lines() {
            assert!(line.chars().count() <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn colours_only_repeat_what_words_say() {
    let coloured = terminal(&broken(), 80, true);
    let mut plain = coloured;
    for code in ["0", "1", "2", "32", "1;31"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(plain, terminal(&broken(), 80, false));
}

/// Writes the samples to the folder that `ONSALE_REPORT_SAMPLE` names, for viewing; without it, does nothing.
#[test]
fn samples_for_viewing() {
    let Some(folder) = std::env::var_os("ONSALE_REPORT_SAMPLE").map(std::path::PathBuf::from) else { return };
    let large = ("large", typical(50_000).report());
    for (name, report) in samples().into_iter().chain([large]) {
        std::fs::write(folder.join(name).with_extension("html"), html::html(&report).unwrap()).unwrap();
        std::fs::write(folder.join(name).with_extension("txt"), terminal(&report, 80, false)).unwrap();
        std::fs::write(folder.join(name).with_extension("json"), json(&report).unwrap()).unwrap();
    }
}

#[test]
fn a_player_that_was_too_slow_says_so() {
    let mut report = tiny().report();
    let warning = "because every connection was in use or the player was busy";
    assert!(!html::html(&report).unwrap().contains(warning));
    report.totals.late_p99_ms = 250.0;
    assert!(html::html(&report).unwrap().contains(warning));
    let text = terminal(&report, 200, false);
    assert!(text.contains("One request in a hundred was sent at least 250 ms late, because"));
}
