//! Film: one picture after the other.
use std::f32::consts::{PI, TAU};

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, Shape, all, curve, disc, ellipse, polar, polygon, rect, ribbon, ring, rounded, steps,
    stroke,
};

pub(super) const DIRECTION: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av ljuset från en projektor",
        en: "A screen print of a projector's beam",
        draw: beam,
    },
    Motif {
        sv: "Ett skärmtryck av en filmrulle",
        en: "A screen print of a film reel",
        draw: reel,
    },
    Motif {
        sv: "Ett skärmtryck av en biograf",
        en: "A screen print of a cinema",
        draw: cinema,
    },
];

pub(super) const ANIMATION: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en boll i många ögonblick",
        en: "A screen print of a ball at many moments",
        draw: bounce,
    },
    Motif {
        sv: "Ett skärmtryck av månens faser i en ring",
        en: "A screen print of the moon's phases in a ring",
        draw: phases,
    },
];

fn beam(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.7;
    p.fill(if night { Ink::Dark } else { Ink::Mid });
    let side = d.side();
    let at = |x: f32, y: f32| (600.0 + side * x, y);
    let y = d.within(420.0, 520.0);
    let lens = at(-330.0, y);
    let screen = (at(330.0, 360.0), d.within(190.0, 230.0));
    let fan = polygon(vec![
        (lens.0, lens.1 - 16.0),
        (lens.0, lens.1 + 16.0),
        (screen.0.0, screen.0.1 + screen.1),
        (screen.0.0, screen.0.1 - screen.1),
    ]);
    p.lay(if night { Ink::Mid } else { Ink::Light }, &fan);
    p.lay(Ink::Paper, &disc(screen.0, screen.1));
    p.lay(
        Ink::Accent,
        &disc(
            (
                screen.0.0 + d.side() * d.within(30.0, 70.0),
                screen.0.1 + screen.1 * 0.2,
            ),
            screen.1 * 0.34,
        ),
    );
    let hill = disc(screen.0, screen.1).cut((0.0, screen.0.1 + screen.1 * 0.34), (0.0, 1.0));
    p.over(if night { Ink::Mid } else { Ink::Dark }, &hill);
    let body = if night { Ink::Light } else { Ink::Dark };
    let (left, right) = (at(-520.0, 0.0).0.min(at(-360.0, 0.0).0), 160.0);
    p.lay(body, &rounded(left, y - 60.0, right, 130.0, 14.0));
    p.lay(body, &rect(lens.0 - 34.0, lens.1 - 26.0, 68.0, 52.0));
    for (x, radius) in [(-492.0, 66.0), (-372.0, 54.0)] {
        let hub = at(x, y - 60.0 - radius);
        p.lay(body, &disc(hub, radius));
        p.over(Ink::Accent, &disc(hub, radius * 0.3));
    }
    for foot in [-500.0, -380.0] {
        p.over(
            body,
            &stroke(
                at(foot, y + 60.0),
                at(foot + (foot + 440.0) * 0.5, 820.0),
                14.0,
            ),
        );
    }
}

fn reel(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Mid, Ink::Paper]);
    p.fill(ground);
    let side = d.side();
    let hub = (600.0 - side * d.within(60.0, 150.0), 360.0);
    let radius = d.within(230.0, 262.0);
    let strip: Vec<Point> = curve(&[
        (hub.0, hub.1 + radius - 46.0),
        (hub.0 + side * 200.0, hub.1 + radius + 10.0),
        (hub.0 + side * 400.0, hub.1 + radius - 70.0),
        (hub.0 + side * 620.0, hub.1 + radius + 30.0),
        (hub.0 + side * 900.0, hub.1 + radius - 10.0),
    ]);
    p.lay(Ink::Dark, &ribbon(&strip, |_| 116.0));
    for (i, pair) in strip.windows(2).enumerate().skip(9) {
        let (a, b) = (pair[0], pair[1]);
        let turn = (b.1 - a.1).atan2(b.0 - a.0);
        if i % 2 == 0 {
            let hole =
                |dy: f32| rounded(a.0 - 7.0, a.1 + dy - 6.0, 14.0, 12.0, 3.0).turned(a, turn);
            p.over(Ink::Paper, &hole(-43.0).and(hole(43.0)));
        }
        if i % 6 == 3 {
            p.over(
                Ink::Light,
                &rect(a.0 - 32.0, a.1 - 26.0, 64.0, 52.0).turned(a, turn),
            );
        }
    }
    p.lay(Ink::Dark, &disc(hub, radius));
    p.over(Ink::Accent, &ring(hub, radius - 14.0, radius - 30.0));
    let turn = d.unit();
    let holes = (0..5).map(|k| {
        disc(
            polar(hub, radius * 0.56, turn + TAU / 5.0 * k as f32),
            radius * 0.22,
        )
    });
    p.over(ground, &all(holes));
    p.over(Ink::Accent, &disc(hub, radius * 0.13));
}

fn cinema(p: &mut Print, d: &mut Dice) {
    p.fill(Ink::Dark);
    let (wide, high) = (820.0, 400.0);
    let (left, top) = (600.0 - wide / 2.0, 90.0);
    let bright = d.coin();
    p.lay(
        if bright { Ink::Paper } else { Ink::Light },
        &rect(left, top, wide, high),
    );
    let sun = (left + wide * d.within(0.3, 0.7), top + high * 0.55);
    p.lay(Ink::Accent, &disc(sun, d.within(84.0, 110.0)));
    p.lay(Ink::Mid, &rect(left, top + high * 0.66, wide, high * 0.34));
    for row in 0..3_usize {
        let size = 92.0 + row as f32 * 26.0;
        let y = 570.0 + row as f32 * 84.0;
        let shift = if row % 2 == 0 { 0.0 } else { 0.5 };
        let ink = [Ink::Mid, Ink::Dark, Ink::Mid][row];
        let count = (1300.0 / size) as usize + 1;
        let seats = (0..=count).map(|i| {
            let x = 600.0 + (i as f32 - count as f32 / 2.0 + shift) * (size + 12.0);
            rounded(x - size / 2.0, y, size, 220.0, size * 0.32)
        });
        p.lay(ink, &all(seats.collect::<Vec<_>>()));
    }
    let x = 600.0 + d.within(-260.0, 260.0);
    p.lay(Ink::Accent, &rounded(x - 59.0, 654.0, 118.0, 220.0, 36.0));
}

fn bounce(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night { Ink::Dark } else { Ink::Paper });
    let floor = 650.0;
    p.lay(
        if night { Ink::Mid } else { Ink::Dark },
        &rect(-20.0, floor, 1240.0, 200.0),
    );
    let side = d.side();
    let count = 13_usize;
    let high = d.within(400.0, 450.0);
    for i in 0..count {
        let t = i as f32 / (count - 1) as f32;
        // Two arcs, the second lower.
        let (u, top) = if t < 0.58 {
            (t / 0.58, high)
        } else {
            ((t - 0.58) / 0.42, high * 0.5)
        };
        let lift = top * (1.0 - (2.0 * u - 1.0).powi(2));
        let x = 600.0 + side * (t - 0.5) * 960.0;
        let squash = 1.0 - 0.3 * (1.0 - lift / 60.0).max(0.0);
        let radius = 62.0;
        let at = (x, floor - radius * squash - lift);
        let last = i + 4 == count;
        let form = ellipse(at, radius / squash.sqrt(), radius * squash);
        if last {
            p.lay(Ink::Accent, &form);
        } else {
            let inner = ellipse(at, radius / squash.sqrt() - 7.0, radius * squash - 7.0);
            match night {
                true => p.over(Ink::Mid, &form.without(inner)),
                false => p.glaze(Ink::Light, &form),
            }
        }
    }
}

fn phases(p: &mut Print, d: &mut Dice) {
    let night = d.unit() < 0.6;
    let ground = if night { Ink::Dark } else { Ink::Mid };
    p.fill(ground);
    let at = (d.within(560.0, 640.0), 400.0);
    let count = d.pick(&[8_usize, 10, 12]);
    let turn = d.unit() * TAU;
    let radius = 270.0;
    let size = 620.0 / count as f32;
    let size = size.min(66.0);
    p.lay(if night { Ink::Mid } else { Ink::Dark }, &disc(at, 366.0));
    for k in 0..count {
        let part = k as f32 / count as f32;
        let moon = polar(at, radius, turn + part * TAU);
        p.over(Ink::Dark, &disc(moon, size));
        p.over(
            if night { Ink::Paper } else { Ink::Light },
            &lit(moon, size, part),
        );
    }
    p.lay(Ink::Accent, &disc(at, d.within(80.0, 110.0)));
}

/// The lit part of a moon: half a disc and half an ellipse.
fn lit(at: Point, size: f32, part: f32) -> Shape {
    let waxing = if part <= 0.5 { 1.0 } else { -1.0 };
    let swell = -(part * TAU).cos();
    let outer = steps(24).map(|t| {
        let angle = -PI / 2.0 + t * PI;
        (
            at.0 + waxing * size * angle.cos(),
            at.1 + size * angle.sin(),
        )
    });
    let inner: Vec<Point> = steps(24)
        .map(|t| {
            let angle = PI / 2.0 - t * PI;
            (
                at.0 - waxing * size * swell * angle.cos(),
                at.1 + size * angle.sin(),
            )
        })
        .collect();
    polygon(outer.chain(inner).collect())
}
