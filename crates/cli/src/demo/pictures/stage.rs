//! Theatre and opera: a dark house and a lit stage.
use std::f32::consts::PI;

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, Shape, all, blob, brush, curve, disc, ellipse, leaf, polar, polygon, rect, ribbon,
    sector, steps, stroke,
};

pub(super) const THEATRE: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en ridå och en ljuskägla",
        en: "A screen print of a curtain and a spot of light",
        draw: curtain,
    },
    Motif {
        sv: "Ett skärmtryck av en stol i strålkastarljus",
        en: "A screen print of a chair in a spotlight",
        draw: chair,
    },
    Motif {
        sv: "Ett skärmtryck av en mask",
        en: "A screen print of a mask",
        draw: mask,
    },
];

pub(super) const OPERA: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av en solfjäder",
        en: "A screen print of a fan",
        draw: fan,
    },
    Motif {
        sv: "Ett skärmtryck av valvbågar",
        en: "A screen print of arches",
        draw: arches,
    },
    Motif {
        sv: "Ett skärmtryck av rader i en salong",
        en: "A screen print of tiers in a theatre",
        draw: tiers,
    },
];

fn curtain(p: &mut Print, d: &mut Dice) {
    let lit = d.coin();
    p.fill(if lit { Ink::Mid } else { Ink::Dark });
    let floor = 640.0;
    let spot = (d.within(540.0, 660.0), floor + 62.0);
    p.lay(
        if lit { Ink::Dark } else { Ink::Mid },
        &rect(-20.0, floor, 1240.0, 200.0),
    );
    let from = spot.0 + d.side() * d.within(40.0, 130.0);
    let wide = d.within(150.0, 190.0);
    p.lay(
        Ink::Light,
        &polygon(vec![
            (from - 14.0, -20.0),
            (from + 14.0, -20.0),
            (spot.0 + wide, spot.1),
            (spot.0 - wide, spot.1),
        ]),
    );
    p.lay(Ink::Paper, &ellipse(spot, wide, 36.0));
    let tied = d.coin();
    for side in [-1.0, 1.0] {
        drape(p, side, tied);
    }
    let scallops = (0..6).map(|i| disc((100.0 + i as f32 * 200.0, 20.0), 104.0));
    p.lay(Ink::Accent, &all(scallops.collect::<Vec<_>>()));
    let shades = (0..6).map(|i| disc((100.0 + i as f32 * 200.0, 20.0), 64.0));
    p.glaze(Ink::Light, &all(shades));
}

/// One half of the curtain in six folds, gathered at the side or hanging straight.
fn drape(p: &mut Print, side: f32, tied: bool) {
    let edge = |fold: f32, y: f32| {
        let hang = 330.0 - 60.0 * (y / 800.0);
        let gathered = if y < 470.0 {
            let t = y / 470.0;
            430.0 - 300.0 * t * t
        } else {
            130.0 + 90.0 * ((y - 470.0) / 330.0).powf(0.8)
        };
        let wide = if tied { gathered } else { hang };
        600.0 + side * (620.0 - (wide + 20.0) * fold)
    };
    let strip = |a: f32, b: f32| {
        let heights = || steps(24).map(|t| -20.0 + t * 840.0);
        let one = heights().map(|y| (edge(a, y.max(0.0)), y));
        let other: Vec<Point> = heights().map(|y| (edge(b, y.max(0.0)), y)).collect();
        polygon(one.chain(other.into_iter().rev()).collect())
    };
    p.lay(Ink::Accent, &strip(0.0, 1.0));
    for i in 0..5_u8 {
        let from = f32::from(i) / 5.0;
        p.glaze(Ink::Light, &strip(from, from + 0.09));
    }
    if tied {
        let x = 600.0 + side * 560.0;
        p.over(
            Ink::Paper,
            &brush(
                &[
                    (x - side * -50.0, 474.0),
                    (x, 478.0),
                    (x - side * 80.0, 462.0),
                ],
                18.0,
            ),
        );
    }
}

fn chair(p: &mut Print, d: &mut Dice) {
    p.fill(Ink::Dark);
    let spot = (d.within(500.0, 700.0), 650.0);
    let lamp = spot.0 + d.side() * d.within(120.0, 300.0);
    let wide = d.within(230.0, 280.0);
    let (left, right) = ((spot.0 - wide, spot.1), (spot.0 + wide, spot.1));
    p.lay(
        Ink::Mid,
        &polygon(vec![
            (lamp - 20.0, -20.0),
            (lamp + 20.0, -20.0),
            right,
            left,
        ]),
    );
    p.lay(Ink::Paper, &ellipse(spot, wide, 66.0));
    let side = d.side();
    let at = |x: f32, y: f32| (spot.0 + side * x, spot.1 + y);
    p.over(Ink::Light, &ellipse(at(-36.0, 8.0), 130.0, 20.0));
    let leg = |x: f32, lean: f32, from: f32, to: f32| stroke(at(x, from), at(x + lean, to), 13.0);
    let frame = all([
        leg(-66.0, -12.0, -330.0, -140.0).and(leg(-78.0, 0.0, -150.0, 18.0)),
        leg(74.0, 8.0, -140.0, 18.0),
        leg(-40.0, -6.0, -140.0, -8.0),
        leg(44.0, 4.0, -140.0, -8.0),
    ]);
    p.over(Ink::Dark, &frame);
    let back = [
        (-92.0, -350.0),
        (-46.0, -350.0),
        (-52.0, -246.0),
        (-86.0, -246.0),
    ];
    p.lay(Ink::Accent, &polygon(back.map(|(x, y)| at(x, y)).into()));
    let seat = [
        (-92.0, -150.0),
        (84.0, -150.0),
        (92.0, -122.0),
        (-92.0, -122.0),
    ];
    p.lay(Ink::Accent, &polygon(seat.map(|(x, y)| at(x, y)).into()));
}

fn mask(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Light, Ink::Paper]);
    p.fill(ground);
    let x = d.within(560.0, 640.0);
    let at = |dx: f32, y: f32| (x + dx, y);
    let glad = d.coin();
    let face = blob(&[
        at(-210.0, 150.0),
        at(0.0, 190.0),
        at(210.0, 150.0),
        at(246.0, 330.0),
        at(150.0, 580.0),
        at(0.0, 680.0),
        at(-150.0, 580.0),
        at(-246.0, 330.0),
    ]);
    let sun = d.side();
    for (side, ink) in [(-sun, Ink::Dark), (sun, Ink::Accent)] {
        for (drop, wave) in [(0.0, 30.0), (54.0, 60.0_f32)] {
            let line = curve(&[
                at(side * 220.0, 250.0 + drop),
                at(side * 360.0, 270.0 + wave + drop),
                at(side * 450.0, 210.0 + drop),
                at(side * 660.0, 300.0 + wave + drop),
            ]);
            p.lay(ink, &ribbon(&line, |t| 30.0 - 12.0 * t));
        }
    }
    p.lay(Ink::Dark, &face.clone().cut(at(0.0, 0.0), (-sun, 0.0)));
    p.lay(Ink::Accent, &face.cut(at(0.0, 0.0), (sun, 0.0)));
    let tilt = if glad { -26.0 } else { 26.0 };
    for side in [-1.0, 1.0] {
        p.over(
            ground,
            &leaf(at(side * 46.0, 330.0), at(side * 176.0, 330.0 + tilt), 0.22),
        );
        p.over(
            ground,
            &brush(
                &curve(&[
                    at(side * 40.0, 264.0),
                    at(side * 110.0, 236.0 + tilt * 0.3),
                    at(side * 190.0, 250.0 + tilt),
                ]),
                15.0,
            ),
        );
    }
    let (corner, dip) = if glad { (500.0, 70.0) } else { (560.0, -60.0) };
    let outer = curve(&[at(-104.0, corner), at(0.0, corner + dip), at(104.0, corner)]);
    let inner = curve(&[
        at(104.0, corner),
        at(0.0, corner + dip * 0.2),
        at(-104.0, corner),
    ]);
    p.over(ground, &polygon(outer.into_iter().chain(inner).collect()));
}

fn fan(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    let ground = if night {
        Ink::Dark
    } else {
        d.pick(&[Ink::Paper, Ink::Light])
    };
    p.fill(ground);
    let hub = (d.within(560.0, 640.0), 650.0);
    let lean = d.within(-0.14, 0.14);
    let folds = d.pick(&[11_usize, 13, 15]);
    let open = PI * d.within(0.78, 0.9);
    let (from, by) = (-PI / 2.0 - open / 2.0 + lean, open / folds as f32);
    let (inner, outer) = (190.0, 520.0);
    let second = if night { Ink::Light } else { Ink::Dark };
    for i in 0..folds {
        let begin = from + by * i as f32;
        let ink = if i % 2 == 0 { Ink::Accent } else { second };
        p.lay(ink, &sector(hub, (inner, outer), begin, by));
        p.over(
            if night { Ink::Light } else { Ink::Dark },
            &stroke(
                polar(hub, 10.0, begin + by / 2.0),
                polar(hub, inner, begin + by / 2.0),
                11.0,
            ),
        );
    }
    for (a, b) in [(outer - 46.0, outer - 30.0), (inner + 40.0, inner + 52.0)] {
        p.over(Ink::Paper, &sector(hub, (a, b), from, open));
    }
    let dots = (0..folds).map(|i| {
        disc(
            polar(
                hub,
                (inner + outer) / 2.0 + 20.0,
                from + by * (i as f32 + 0.5),
            ),
            20.0,
        )
    });
    p.over(Ink::Paper, &all(dots.collect::<Vec<_>>()));
    p.lay(Ink::Accent, &disc(hub, 26.0));
    let tassel = curve(&[
        hub,
        (hub.0 + 10.0, hub.1 + 70.0),
        (hub.0 - 14.0, hub.1 + 160.0),
    ]);
    p.over(
        if night { Ink::Light } else { Ink::Dark },
        &brush(&tassel, 14.0),
    );
}

fn arches(p: &mut Print, d: &mut Dice) {
    let inward = d.coin();
    let (outside, rings) = if inward {
        (Ink::Light, [Ink::Mid, Ink::Dark, Ink::Accent, Ink::Paper])
    } else {
        (Ink::Dark, [Ink::Mid, Ink::Light, Ink::Accent, Ink::Dark])
    };
    p.fill(outside);
    let x = d.within(540.0, 660.0);
    let aside = d.within(-26.0, 26.0);
    for (i, ink) in rings.into_iter().enumerate() {
        let i = i as f32;
        let half = 430.0 - i * 92.0;
        let middle = x + aside * i;
        let spring = 470.0 + i * 28.0;
        let arch = disc((middle, spring), half).and(rect(middle - half, spring, half * 2.0, 400.0));
        p.lay(ink, &arch);
    }
    let inner = (x + aside * 3.0, 712.0);
    let moon = if inward { Ink::Accent } else { Ink::Paper };
    p.lay(moon, &disc(inner, d.within(78.0, 104.0)));
    p.lay(
        if inward { Ink::Dark } else { Ink::Mid },
        &rect(-20.0, 712.0, 1240.0, 120.0),
    );
}

fn tiers(p: &mut Print, d: &mut Dice) {
    p.fill(Ink::Dark);
    let lamp = (600.0, 118.0);
    p.lay(Ink::Accent, &disc(lamp, 54.0));
    p.over(Ink::Mid, &stroke((600.0, -10.0), (600.0, 60.0), 5.0));
    let sag = d.within(54.0, 80.0);
    let front = |row: f32, x: f32| {
        let t = (x - 600.0) / 600.0;
        250.0 + row * 190.0 + sag * (1.0 - t * t)
    };
    let bright = (d.below(3), 2 + d.below(4));
    for row in 0..3_usize {
        let y = row as f32;
        let count = 8;
        for i in 0..count {
            let x = 75.0 + i as f32 * 150.0;
            let foot = front(y, x) + 10.0;
            let ink = if (row, i) == bright {
                Ink::Accent
            } else {
                d.pick(&[Ink::Light, Ink::Paper, Ink::Light])
            };
            let niche = disc((x, foot - 74.0), 46.0).and(rect(x - 46.0, foot - 74.0, 92.0, 84.0));
            p.lay(ink, &niche);
            if d.coin() {
                p.over(Ink::Dark, &sitter((x + d.within(-12.0, 12.0), foot)));
            }
        }
        let line = |drop: f32| {
            steps(60)
                .map(move |t| -30.0 + t * 1260.0)
                .map(move |x| (x, front(y, x) + drop))
        };
        let lower: Vec<Point> = line(64.0).collect();
        p.lay(
            Ink::Mid,
            &polygon(line(0.0).chain(lower.into_iter().rev()).collect()),
        );
        let trim: Vec<Point> = line(14.0).collect();
        p.over(Ink::Accent, &ribbon(&trim, |_| 7.0));
    }
}

fn sitter(foot: Point) -> Shape {
    let head = disc((foot.0, foot.1 - 48.0), 14.0);
    let shoulders = disc((foot.0, foot.1 + 2.0), 30.0).cut((foot.0, foot.1 + 2.0), (0.0, -1.0));
    head.and(shoulders)
}
