//! The shapes that charts are made of.

/// The width of the stretched drawing in its own units, which is not its width on the page.
pub(super) const WIDTH: f64 = 1_000.0;

/// Text escaped for SVG.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A coordinate, to a tenth: finer than any screen.
pub(super) fn at(coordinate: f64) -> String {
    let text = format!("{coordinate:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// A share of the width.
pub(super) fn across(share: f64) -> String {
    // Hundredths of a percent, as a tenth would be a pixel on a wide page.
    let text = format!("{:.2}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A line through points, interrupted at gaps. A single point becomes a dot, by its round ends.
pub(super) fn line(points: &[Option<(f64, f64)>]) -> String {
    let mut path = Vec::with_capacity(points.len());
    let mut pen = 'M';
    for (place, point) in points.iter().enumerate() {
        let Some((x, y)) = point else {
            pen = 'M';
            continue;
        };
        let is_alone = pen == 'M' && points.get(place + 1).is_none_or(Option::is_none);
        path.push(format!("{pen}{} {}{}", at(*x), at(*y), if is_alone { "h.1" } else { "" }));
        pen = 'L';
    }
    path.concat()
}

/// The same, level until the next point.
pub(super) fn step(points: &[Option<(f64, f64)>]) -> String {
    let mut stairs = Vec::with_capacity(points.len() * 2);
    for pair in points.windows(2) {
        if let [first, second] = pair {
            stairs.push(*first);
            stairs.push(first.and(*second).map(|(x, _)| (x, first.map_or(0.0, |(_, y)| y))));
        }
    }
    stairs.extend(points.last());
    // Steps of the same height are one line.
    let level = |at: usize| {
        let y = |at: usize| stairs.get(at).copied().flatten().map(|(_, y)| y.to_bits());
        at > 0 && y(at).is_some() && y(at - 1) == y(at) && y(at) == y(at + 1)
    };
    let corners: Vec<_> =
        stairs.iter().enumerate().filter(|(at, _)| !level(*at)).map(|(_, point)| *point).collect();
    line(&corners)
}

/// The area below a line.
pub(super) fn area(points: &[Option<(f64, f64)>], ground: f64) -> String {
    points.split(Option::is_none).filter(|run| !run.is_empty()).map(|run| one_area(run, ground)).collect()
}

fn one_area(run: &[Option<(f64, f64)>], ground: f64) -> String {
    let x = |point: Option<&Option<(f64, f64)>>| point.copied().flatten().map_or(0.0, |(x, _)| x);
    let (first, last) = (at(x(run.first())), at(x(run.last())));
    let ground = at(ground);
    format!("M{first} {ground}{}L{last} {ground}Z", line(run).replacen('M', "L", 1))
}

/// A bar for each point above the bottom.
pub(super) fn bars(points: &[Option<(f64, f64)>], width: f64, ground: f64) -> String {
    let bar = |(x, y): (f64, f64)| {
        let (left, width) = (at(x - width * 0.4), at(width * 0.8));
        format!("M{left} {}V{}h{width}V{}Z", at(ground), at(y), at(ground))
    };
    points.iter().flatten().filter(|(_, y)| *y < ground).map(|point| bar(*point)).collect()
}

/// A small drawing of a line's colour and pattern.
pub(super) fn key(class: &str) -> String {
    format!(
        "<svg class=\"key\" width=\"28\" height=\"12\" aria-hidden=\"true\"><rect class=\"fill {class}\" y=\"6\" \
         width=\"28\" height=\"6\"/><path class=\"stroke {class}\" d=\"M1 6H27\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_breaks_a_line_and_a_point_alone_is_a_dot() {
        let points = [Some((0.0, 1.0)), Some((1.0, 2.04)), None, Some((3.0, 4.0)), None];
        assert_eq!(line(&points), "M0 1L1 2M3 4h.1");
        assert_eq!(area(&points[..2], 9.0), "M0 9L0 1L1 2L1 9Z");
    }

    #[test]
    fn steps_have_corners_only() {
        let points = [(0.0, 5.0), (1.0, 5.0), (2.0, 5.0), (3.0, 9.0), (4.0, 9.0)].map(Some);
        assert_eq!(step(&points), "M0 5L3 5L3 9L4 9");
        assert_eq!(step(&[None, Some((1.0, 5.0)), Some((2.0, 5.0))]), "M1 5L2 5");
    }

    #[test]
    fn bars_stand_on_the_ground() {
        assert_eq!(bars(&[Some((5.0, 10.0)), Some((15.0, 2.0))], 10.0, 10.0), "M11 10V2h8V10Z");
    }
}
