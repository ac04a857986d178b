//! Outlines for printing: polygons fine enough to look curved.
use std::f32::consts::{PI, TAU};

/// Across and down, in pixels.
pub(super) type Point = (f32, f32);

/// Areas with outlines. All turn the same way, so that overlapping ones add up; a hole turns the other way.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape(pub(super) Vec<Vec<Point>>);

impl Shape {
    /// Both areas.
    pub(super) fn and(mut self, other: Shape) -> Shape {
        self.0.extend(other.0);
        self
    }

    /// Without an area that lies wholly inside.
    pub(super) fn without(mut self, hole: Shape) -> Shape {
        let back = |contour: Vec<Point>| contour.into_iter().rev().collect();
        self.0.extend(hole.0.into_iter().map(back));
        self
    }

    /// Moved.
    pub(super) fn moved(self, by: Point) -> Shape {
        self.each(|(x, y)| (x + by.0, y + by.1))
    }

    /// Turned clockwise about a point, by radians.
    pub(super) fn turned(self, about: Point, by: f32) -> Shape {
        self.each(|at| turn(at, about, by))
    }

    /// Only what lies on the side of the line through `at` to which `towards` points. For outlines without dents.
    pub(super) fn cut(self, at: Point, towards: Point) -> Shape {
        let side = |p: Point| (p.0 - at.0) * towards.0 + (p.1 - at.1) * towards.1;
        let keep = |contour: Vec<Point>| {
            let mut kept = Vec::with_capacity(contour.len() + 2);
            for (i, &a) in contour.iter().enumerate() {
                let b = contour[(i + 1) % contour.len()];
                let (of_a, of_b) = (side(a), side(b));
                if of_a >= 0.0 {
                    kept.push(a);
                }
                if (of_a >= 0.0) != (of_b >= 0.0) {
                    kept.push(between(a, b, of_a / (of_a - of_b)));
                }
            }
            kept
        };
        Shape(self.0.into_iter().map(keep).collect())
    }

    fn each(mut self, change: impl Fn(Point) -> Point) -> Shape {
        for point in self.0.iter_mut().flatten() {
            *point = change(*point);
        }
        self
    }
}

/// Everything in one shape.
pub(super) fn all(shapes: impl IntoIterator<Item = Shape>) -> Shape {
    shapes.into_iter().fold(Shape::default(), Shape::and)
}

/// A point on the way from one to another.
pub(super) fn between(a: Point, b: Point, part: f32) -> Point {
    (a.0 + (b.0 - a.0) * part, a.1 + (b.1 - a.1) * part)
}

/// A point turned clockwise about another.
pub(super) fn turn(at: Point, about: Point, by: f32) -> Point {
    let (x, y) = (at.0 - about.0, at.1 - about.1);
    let (sin, cos) = by.sin_cos();
    (about.0 + x * cos - y * sin, about.1 + x * sin + y * cos)
}

/// Where one comes from a centre in a direction: 0 is to the right, a quarter turn is down.
pub(super) fn polar(centre: Point, radius: f32, angle: f32) -> Point {
    (
        centre.0 + radius * angle.cos(),
        centre.1 + radius * angle.sin(),
    )
}

/// An area with these corners.
pub(super) fn polygon(mut corners: Vec<Point>) -> Shape {
    let area: f32 = (0..corners.len())
        .map(|i| {
            let (a, b) = (corners[i], corners[(i + 1) % corners.len()]);
            a.0 * b.1 - b.0 * a.1
        })
        .sum();
    if area < 0.0 {
        corners.reverse();
    }
    Shape(vec![corners])
}

/// An upright rectangle from its upper left corner.
pub(super) fn rect(x: f32, y: f32, width: f32, height: f32) -> Shape {
    let (right, bottom) = (x + width, y + height);
    polygon(vec![(x, y), (right, y), (right, bottom), (x, bottom)])
}

/// A rectangle with round corners.
pub(super) fn rounded(x: f32, y: f32, width: f32, height: f32, radius: f32) -> Shape {
    let (left, right) = (x + radius, x + width - radius);
    let (top, bottom) = (y + radius, y + height - radius);
    let corners = [(right, bottom), (left, bottom), (left, top), (right, top)];
    let mut points = Vec::new();
    for (quarter, centre) in (0_u8..).zip(corners) {
        points.extend(arc(centre, radius, f32::from(quarter) * PI / 2.0, PI / 2.0));
    }
    polygon(points)
}

/// A disc.
pub(super) fn disc(centre: Point, radius: f32) -> Shape {
    polygon(arc(centre, radius, 0.0, TAU))
}

/// An upright ellipse.
pub(super) fn ellipse(centre: Point, across: f32, down: f32) -> Shape {
    disc((0.0, 0.0), 1000.0)
        .each(|(x, y)| (centre.0 + x / 1000.0 * across, centre.1 + y / 1000.0 * down))
}

/// A ring.
pub(super) fn ring(centre: Point, outer: f32, inner: f32) -> Shape {
    disc(centre, outer).without(disc(centre, inner))
}

/// A piece of a ring, or of a disc if the inner radius is 0.
pub(super) fn sector(centre: Point, (inner, outer): (f32, f32), from: f32, by: f32) -> Shape {
    let mut points = arc(centre, outer, from, by);
    if inner > 0.0 {
        points.extend(arc(centre, inner, from + by, -by));
    } else {
        points.push(centre);
    }
    polygon(points)
}

/// A leaf from tip to tip; `bulge` is its half width as a part of its length.
pub(super) fn leaf(from: Point, to: Point, bulge: f32) -> Shape {
    let (one, other) = leaf_halves(from, to, bulge);
    one.and(other)
}

/// The two halves of a leaf, beside its midrib.
pub(super) fn leaf_halves(from: Point, to: Point, bulge: f32) -> (Shape, Shape) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let half = |side: f32| {
        let rim = steps(24).map(|t| {
            let wide = swell(t).powf(0.85) * bulge * side;
            let at = between(from, to, t);
            (at.0 - dy * wide, at.1 + dx * wide)
        });
        polygon(rim.collect())
    };
    (half(1.0), half(-1.0))
}

/// Points on a circle. Positive angles go clockwise.
pub(super) fn arc(centre: Point, radius: f32, from: f32, by: f32) -> Vec<Point> {
    let count = (by.abs() * radius.max(4.0).sqrt() * 2.2).ceil().max(4.0) as usize;
    steps(count)
        .map(|t| polar(centre, radius, from + by * t))
        .collect()
}

/// From 0 to 1 in as many steps.
pub(super) fn steps(count: usize) -> impl Iterator<Item = f32> {
    (0..=count).map(move |i| i as f32 / count as f32)
}

/// A smooth line through the points.
pub(super) fn curve(through: &[Point]) -> Vec<Point> {
    let at = |i: usize| through[i.clamp(1, through.len()) - 1];
    let mut line = Vec::new();
    for i in 1..through.len() {
        let bend = [at(i - 1), at(i), at(i + 1), at(i + 2)];
        line.extend(steps(14).take(14).map(|t| spline(bend, t)));
    }
    line.extend(through.last());
    line
}

/// A smooth outline through the points.
pub(super) fn blob(through: &[Point]) -> Shape {
    let at = |i: usize| through[i % through.len()];
    let sides = (0..through.len()).flat_map(|i| {
        let bend = [at(i), at(i + 1), at(i + 2), at(i + 3)];
        steps(14).take(14).map(move |t| spline(bend, t))
    });
    polygon(sides.collect())
}

fn spline([a, b, c, d]: [Point; 4], t: f32) -> Point {
    let blend = |a: f32, b: f32, c: f32, d: f32| {
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    };
    (blend(a.0, b.0, c.0, d.0), blend(a.1, b.1, c.1, d.1))
}

/// A line with a width, which may change from its beginning (0) to its end (1).
pub(super) fn ribbon(line: &[Point], width: impl Fn(f32) -> f32) -> Shape {
    let last = line.len() - 1;
    let rim = |side: f32| {
        (0..=last)
            .map(|i| {
                let (a, b) = (line[i.saturating_sub(1)], line[(i + 1).min(last)]);
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let far = side * width(i as f32 / last as f32) / 2.0 / dx.hypot(dy).max(0.001);
                (line[i].0 - dy * far, line[i].1 + dx * far)
            })
            .collect::<Vec<_>>()
    };
    let mut outline = rim(1.0);
    outline.extend(rim(-1.0).into_iter().rev());
    polygon(outline)
}

/// A straight line.
pub(super) fn stroke(from: Point, to: Point, width: f32) -> Shape {
    ribbon(&[from, to], |_| width)
}

/// A line that swells from nothing and ends in nothing.
pub(super) fn brush(line: &[Point], width: f32) -> Shape {
    ribbon(line, |t| swell(t).powf(0.7) * width)
}

/// Half a wave; never below nothing, as the sine of a rounded half turn is.
fn swell(t: f32) -> f32 {
    (t * PI).sin().max(0.0)
}

/// Everything below a line that runs across the picture.
pub(super) fn below(height: impl Fn(f32) -> f32) -> Shape {
    let mut outline: Vec<Point> = steps(160)
        .map(|t| t * 1280.0 - 40.0)
        .map(|x| (x, height(x)))
        .collect();
    outline.extend([(1240.0, 840.0), (-40.0, 840.0)]);
    polygon(outline)
}

/// Something turned on a lathe: half widths at heights above its foot, smoothed.
pub(super) fn turned_form(foot: Point, profile: &[(f32, f32)]) -> Shape {
    let side: Vec<Point> = profile.iter().map(|&(wide, high)| (wide, -high)).collect();
    let side = curve(&side);
    let right = side.iter().map(|&(x, y)| (foot.0 + x, foot.1 + y));
    let left = side.iter().rev().map(|&(x, y)| (foot.0 - x, foot.1 + y));
    polygon(right.chain(left).collect())
}
