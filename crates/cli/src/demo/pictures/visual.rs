//! Fine art: what hangs on the wall is mostly weather.
use std::f32::consts::TAU;

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, Shape, all, below, brush, disc, ellipse, leaf, polygon, rect, ribbon, turned_form,
};

pub(super) const ART: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en sjö i kvällssol",
        en: "A screen print of a lake in evening sun",
        draw: lake,
    },
    Motif {
        sv: "Ett skärmtryck av åsar och granar",
        en: "A screen print of ridges and spruces",
        draw: hills,
    },
    Motif {
        sv: "Ett skärmtryck av björkar",
        en: "A screen print of birches",
        draw: birches,
    },
    Motif {
        sv: "Ett skärmtryck av ett stilleben",
        en: "A screen print of a still life",
        draw: still_life,
    },
];

fn lake(p: &mut Print, d: &mut Dice) {
    let horizon = d.within(430.0, 490.0);
    let sun = (d.within(330.0, 870.0), horizon - d.within(120.0, 230.0));
    let radius = d.within(72.0, 108.0);
    let pale = d.coin();
    let (sky, water) = if pale {
        (Ink::Paper, Ink::Light)
    } else {
        (Ink::Light, Ink::Mid)
    };
    p.fill(sky);
    p.lay(Ink::Accent, &disc(sun, radius));
    let far = ridge(d, horizon - 40.0, 26.0);
    p.lay(if pale { Ink::Light } else { Ink::Mid }, &below(&far));
    let near = ridge(d, horizon - 8.0, 16.0);
    let from_left = sun.0 > 600.0;
    let land = move |x: f32| {
        let along = if from_left { x } else { 1200.0 - x };
        let shore = ((along - 520.0) / 200.0).clamp(0.0, 1.0);
        near(x) - 62.0 * (1.0 - along / 760.0).max(0.0) + 70.0 * shore * shore
    };
    let trees = (0..11).map(|_| {
        let along = d.within(10.0, 430.0);
        let x = if from_left { along } else { 1200.0 - along };
        spruce(
            (x, land(x) + 10.0),
            d.within(70.0, 150.0) * (1.1 - along / 700.0),
        )
    });
    let trees = all(trees.collect::<Vec<_>>());
    p.lay(Ink::Dark, &below(land).and(trees));
    p.lay(water, &below(|_| horizon));
    let mut y = horizon + 26.0;
    let mut wide = radius * 0.95;
    while y < 720.0 {
        let aside = d.within(-16.0, 16.0);
        p.over(
            Ink::Accent,
            &ripple((sun.0 + aside, y), wide, 7.0 + (y - horizon) * 0.035),
        );
        y += 26.0 + (y - horizon) * 0.09;
        wide *= d.within(0.72, 1.0);
    }
    for _ in 0..4 {
        let at = (d.within(80.0, 1120.0), d.within(horizon + 60.0, 760.0));
        if (at.0 - sun.0).abs() > 260.0 {
            p.over(Ink::Paper, &ripple(at, d.within(70.0, 150.0), 5.0));
        }
    }
}

fn hills(p: &mut Print, d: &mut Dice) {
    let dusk = d.coin();
    p.fill(if dusk { Ink::Light } else { Ink::Paper });
    let sun = (d.within(360.0, 840.0), d.within(290.0, 370.0));
    p.lay(Ink::Accent, &disc(sun, d.within(120.0, 165.0)));
    if !dusk {
        p.lay(Ink::Light, &below(ridge(d, 400.0, 44.0)));
    }
    p.lay(Ink::Mid, &below(ridge(d, 500.0, 54.0)));
    let near = ridge(d, 640.0, 40.0);
    let middle = if sun.0 < 600.0 {
        d.within(760.0, 960.0)
    } else {
        d.within(240.0, 440.0)
    };
    let count = 4 + d.below(5);
    let trees = (0..count).map(|i| {
        let x = middle + (i as f32 - count as f32 / 2.0) * 58.0 + d.within(-14.0, 14.0);
        spruce((x, near(x) + 16.0), d.within(130.0, 280.0))
    });
    let trees = all(trees.collect::<Vec<_>>());
    p.lay(Ink::Dark, &below(near).and(trees));
}

fn birches(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Mid]);
    p.fill(ground);
    let sun = (d.within(380.0, 820.0), d.within(280.0, 400.0));
    p.lay(Ink::Accent, &disc(sun, d.within(100.0, 150.0)));
    let far = if ground == Ink::Light {
        Ink::Mid
    } else {
        Ink::Dark
    };
    let snow = ridge(d, 640.0, 26.0);
    p.lay(far, &below(ridge(d, 540.0, 40.0)));
    let mut x = d.within(30.0, 110.0);
    while x < 1180.0 {
        let wide = d.within(26.0, 66.0);
        trunk(p, d, x, wide);
        x += wide + d.within(60.0, 250.0);
    }
    p.over(Ink::Paper, &below(&snow));
    for _ in 0..3 {
        let x = d.within(100.0, 1000.0);
        let y = snow(x) + d.within(50.0, 120.0);
        p.over(ground, &ripple((x, y), d.within(110.0, 220.0), 9.0));
    }
}

fn trunk(p: &mut Print, d: &mut Dice, x: f32, wide: f32) {
    let lean = d.within(-26.0, 26.0);
    let at = |y: f32| x + lean * (1.0 - y / 800.0);
    let line: Vec<Point> = [-30.0, 250.0, 500.0, 830.0].map(|y| (at(y), y)).into();
    p.over(Ink::Paper, &ribbon(&line, |t| wide * (0.82 + 0.18 * t)));
    let mut y = d.within(10.0, 60.0);
    while y < 640.0 {
        let side = d.side();
        let long = wide * d.within(0.25, 0.62);
        let rim = at(y) + side * wide * 0.46;
        let mark = leaf(
            (rim, y - 3.0),
            (rim - side * long, y + d.within(-4.0, 7.0)),
            0.13,
        );
        p.over(Ink::Dark, &mark);
        y += d.within(26.0, 96.0);
    }
}

fn still_life(p: &mut Print, d: &mut Dice) {
    let wall = d.pick(&[Ink::Light, Ink::Paper, Ink::Mid]);
    p.fill(wall);
    let table = 590.0;
    p.lay(
        if wall == Ink::Light {
            Ink::Mid
        } else {
            Ink::Light
        },
        &rect(-20.0, table, 1240.0, 240.0),
    );
    let foot = table + 70.0;
    let mirrored = d.side();
    let at = |x: f32| 600.0 + mirrored * x;
    let bottle = [
        (66.0, 0.0),
        (78.0, 24.0),
        (78.0, 190.0),
        (62.0, 250.0),
        (24.0, 310.0),
        (20.0, 400.0),
        (29.0, 416.0),
    ];
    let jug = [
        (88.0, 0.0),
        (122.0, 50.0),
        (118.0, 150.0),
        (76.0, 220.0),
        (72.0, 262.0),
        (88.0, 286.0),
    ];
    let bowl = [(48.0, 0.0), (52.0, 14.0), (130.0, 66.0), (164.0, 130.0)];
    let cloth = if wall == Ink::Mid {
        Ink::Paper
    } else {
        Ink::Mid
    };
    shaded(p, Ink::Dark, (at(-170.0), foot - 30.0), &bottle);
    shaded(
        p,
        cloth,
        (at(10.0 + d.within(-10.0, 24.0)), foot - 16.0),
        &jug,
    );
    for (x, y) in [(190.0, 158.0), (262.0, 150.0), (226.0, 178.0)] {
        p.lay(Ink::Accent, &disc((at(x), foot - y), 46.0));
    }
    shaded(
        p,
        if wall == Ink::Paper {
            Ink::Dark
        } else {
            Ink::Paper
        },
        (at(226.0), foot),
        &bowl,
    );
    let fruit = (at(-310.0 + d.within(-30.0, 20.0)), foot - 36.0);
    p.lay(Ink::Accent, &ellipse(fruit, 58.0, 50.0));
    p.over(
        Ink::Dark,
        &brush(
            &[
                (fruit.0, fruit.1 - 46.0),
                (fruit.0 + 6.0, fruit.1 - 60.0),
                (fruit.0 + 22.0, fruit.1 - 74.0),
            ],
            9.0,
        ),
    );
}

/// A vessel with a shadow on the table and one side away from the window.
fn shaded(p: &mut Print, ink: Ink, foot: Point, profile: &[(f32, f32)]) {
    let wide = profile[0].0;
    p.glaze(
        Ink::Light,
        &ellipse((foot.0 + wide * 0.7, foot.1 - 2.0), wide * 1.7, 15.0),
    );
    let form = turned_form(foot, profile);
    p.lay(ink, &form);
    p.glaze(
        Ink::Light,
        &form.cut((foot.0 + wide * 0.25, 0.0), (1.0, 0.0)),
    );
}

/// A gentle skyline around a height.
fn ridge(d: &mut Dice, height: f32, swing: f32) -> impl Fn(f32) -> f32 + use<> {
    let waves = [
        (d.within(900.0, 1500.0), d.unit(), 1.0),
        (d.within(380.0, 620.0), d.unit(), 0.45),
        (d.within(150.0, 260.0), d.unit(), 0.12),
    ];
    move |x: f32| {
        let wave = waves.map(|(long, shift, share)| ((x / long + shift) * TAU).sin() * share);
        height + swing * wave.iter().sum::<f32>()
    }
}

/// A spruce in three tiers.
fn spruce(foot: Point, high: f32) -> Shape {
    let tier = |from: f32, to: f32, wide: f32| {
        polygon(vec![
            (foot.0, foot.1 - high * to),
            (foot.0 + high * wide, foot.1 - high * from),
            (foot.0 - high * wide, foot.1 - high * from),
        ])
    };
    all([
        tier(0.0, 0.62, 0.17),
        tier(0.3, 0.82, 0.13),
        tier(0.56, 1.0, 0.09),
    ])
}

fn ripple(at: Point, wide: f32, high: f32) -> Shape {
    brush(
        &[
            (at.0 - wide, at.1),
            (at.0 - wide * 0.5, at.1),
            (at.0, at.1),
            (at.0 + wide * 0.5, at.1),
            (at.0 + wide, at.1),
        ],
        high,
    )
}
