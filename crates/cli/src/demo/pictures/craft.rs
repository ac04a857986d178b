//! Craft: weave and vessels.
use std::f32::consts::TAU;

use super::Motif;
use super::dice::Dice;
use super::print::{Ink, Print};
use super::shapes::{
    Point, Shape, all, disc, leaf, polar, polygon, rect, rounded, stroke, turned_form,
};

pub(super) const CRAFT: &[Motif] = &[
    Motif {
        sv: "Ett skärmtryck av flätade band",
        en: "A screen print of plaited bands",
        draw: plait,
    },
    Motif {
        sv: "Ett skärmtryck av krukor på en hylla",
        en: "A screen print of pots on a shelf",
        draw: pots,
    },
    Motif {
        sv: "Ett skärmtryck av en vävd bonad",
        en: "A screen print of a woven hanging",
        draw: hanging,
    },
    Motif {
        sv: "Ett skärmtryck av en skål uppifrån",
        en: "A screen print of a bowl from above",
        draw: dish,
    },
];

fn plait(p: &mut Print, d: &mut Dice) {
    p.fill(d.pick(&[Ink::Paper, Ink::Light]));
    let step = d.pick(&[133.4, 160.0]);
    let wide = step * d.within(0.7, 0.8);
    let (columns, rows) = ((1200.0 / step) as usize + 1, (800.0 / step) as usize + 1);
    let bright = (2 + d.below(columns - 4), 1 + d.below(rows - 2));
    let edge = (step - wide) / 2.0;
    let warp = |i: usize| if i == bright.0 { Ink::Accent } else { Ink::Mid };
    let weft = |j: usize| {
        if j == bright.1 {
            Ink::Accent
        } else {
            Ink::Dark
        }
    };
    for i in 0..columns {
        p.lay(warp(i), &rect(i as f32 * step + edge, -20.0, wide, 840.0));
    }
    for j in 0..rows {
        let over = (0..=columns).filter(|i| (i + j) % 2 == 0).map(|i| {
            rect(
                i as f32 * step - edge * 0.5,
                j as f32 * step + edge,
                step + edge,
                wide,
            )
        });
        let over = all(over.collect::<Vec<_>>());
        p.lay(weft(j), &over);
    }
}

fn pots(p: &mut Print, d: &mut Dice) {
    let night = d.coin();
    p.fill(if night { Ink::Mid } else { Ink::Light });
    let shelf = 640.0;
    p.lay(Ink::Dark, &rect(-20.0, shelf, 1240.0, 34.0));
    let forms: [&[(f32, f32)]; 5] = [
        &[
            (70.0, 0.0),
            (122.0, 70.0),
            (136.0, 160.0),
            (92.0, 260.0),
            (46.0, 300.0),
            (44.0, 330.0),
            (62.0, 352.0),
        ],
        &[(92.0, 0.0), (104.0, 20.0), (118.0, 180.0), (112.0, 200.0)],
        &[(44.0, 0.0), (60.0, 10.0), (138.0, 90.0), (152.0, 150.0)],
        &[
            (60.0, 0.0),
            (66.0, 30.0),
            (84.0, 200.0),
            (60.0, 330.0),
            (36.0, 400.0),
            (50.0, 440.0),
        ],
        &[
            (60.0, 0.0),
            (132.0, 60.0),
            (140.0, 120.0),
            (104.0, 186.0),
            (52.0, 204.0),
            (50.0, 222.0),
        ],
    ];
    let first = d.below(forms.len());
    let inks = [
        Ink::Paper,
        Ink::Accent,
        if night { Ink::Dark } else { Ink::Mid },
    ];
    let turn = d.below(3);
    for place in 0..3 {
        let x = 270.0 + place as f32 * 330.0 + d.within(-16.0, 16.0);
        let ink = inks[(place + turn) % 3];
        pot(
            p,
            d,
            (x, shelf + 1.0),
            forms[(first + place * 2) % forms.len()],
            ink,
        );
    }
}

fn pot(p: &mut Print, d: &mut Dice, foot: Point, profile: &[(f32, f32)], ink: Ink) {
    let form = turned_form(foot, profile);
    p.lay(ink, &form);
    let high = profile.last().map_or(0.0, |top| top.1);
    let decor = match ink {
        Ink::Paper => d.pick(&[Ink::Dark, Ink::Accent]),
        Ink::Accent => Ink::Paper,
        _ => d.pick(&[Ink::Paper, Ink::Accent]),
    };
    let band = |from: f32, to: f32| {
        let above = form.clone().cut((0.0, foot.1 - high * from), (0.0, -1.0));
        above.cut((0.0, foot.1 - high * to), (0.0, 1.0))
    };
    match d.below(3) {
        0 => p.over(decor, &band(0.22, 0.5)),
        1 => {
            for i in 0..4_u8 {
                let from = 0.2 + f32::from(i) * 0.11;
                p.over(decor, &band(from, from + 0.045));
            }
        }
        _ => {
            p.over(decor, &band(0.0, 0.16));
            p.over(decor, &band(0.44, 0.5));
        }
    }
    p.glaze(Ink::Light, &form.cut((foot.0 + 34.0, 0.0), (1.0, 0.0)));
}

fn hanging(p: &mut Print, d: &mut Dice) {
    let wall = d.pick(&[Ink::Paper, Ink::Light]);
    p.fill(wall);
    let (wide, high, top) = (520.0, 540.0, 110.0);
    let left = 600.0 - wide / 2.0;
    p.lay(
        Ink::Dark,
        &rounded(left - 70.0, top - 22.0, wide + 140.0, 16.0, 8.0),
    );
    let cloth = if wall == Ink::Paper {
        Ink::Light
    } else {
        Ink::Paper
    };
    let threads = (0..27).map(|i| {
        stroke(
            (left + 6.0 + i as f32 * 19.5, top + high),
            (left + 6.0 + i as f32 * 19.5, top + high + 64.0),
            4.0,
        )
    });
    p.over(Ink::Dark, &all(threads));
    p.lay(cloth, &rect(left, top - 6.0, wide, high + 6.0));
    let middle = top + high / 2.0;
    for y in [top + 22.0, top + high - 62.0] {
        p.lay(Ink::Mid, &rect(left, y, wide, 40.0));
    }
    let rows = d.pick(&[10.0, 12.0, 14.0]);
    let inks = d.pick(&[
        [Ink::Dark, Ink::Accent, Ink::Paper],
        [Ink::Mid, Ink::Dark, Ink::Accent],
        [Ink::Accent, cloth, Ink::Dark],
    ]);
    let sizes = [190.0, d.within(110.0, 130.0), d.within(40.0, 60.0)];
    for (ink, size) in inks.into_iter().zip(sizes) {
        p.lay(ink, &stepped((600.0, middle), size * 1.18, size, rows));
    }
    let small = d.pick(&[Ink::Mid, Ink::Accent]);
    for x in [left + 66.0, left + wide - 66.0] {
        for y in [middle - 140.0, middle + 140.0] {
            p.lay(small, &stepped((x, y), 44.0, 44.0, 4.0));
        }
    }
}

/// A diamond with stairs for sides, as a loom makes it.
fn stepped(at: Point, across: f32, down: f32, rows: f32) -> Shape {
    let mut corners = Vec::new();
    let mut quarter = |sx: f32, sy: f32, outwards: bool| {
        let count = rows as usize / 2;
        for i in 0..count {
            let i = if outwards { i } else { count - 1 - i } as f32;
            let (inner, outer) = (i / count as f32, (i + 1.0) / count as f32);
            let x = at.0 + sx * across * outer;
            let (near, far) = (
                at.1 + sy * down * (1.0 - inner),
                at.1 + sy * down * (1.0 - outer),
            );
            let pair = if outwards {
                [(x, near), (x, far)]
            } else {
                [(x, far), (x, near)]
            };
            corners.extend(pair);
        }
    };
    quarter(1.0, -1.0, true);
    quarter(1.0, 1.0, false);
    quarter(-1.0, 1.0, true);
    quarter(-1.0, -1.0, false);
    polygon(corners)
}

fn dish(p: &mut Print, d: &mut Dice) {
    let ground = d.pick(&[Ink::Mid, Ink::Light, Ink::Dark]);
    p.fill(ground);
    let at = (d.within(520.0, 680.0), 400.0);
    let radius = d.within(270.0, 310.0);
    let rim = if ground == Ink::Light {
        Ink::Dark
    } else {
        Ink::Paper
    };
    let well = if ground == Ink::Light {
        Ink::Paper
    } else {
        Ink::Light
    };
    p.lay(rim, &disc(at, radius));
    p.lay(well, &disc(at, radius * 0.8));
    let spokes = 12 + d.below(5) * 2;
    let long = d.within(0.42, 0.56);
    let ink = if ground == Ink::Dark {
        Ink::Mid
    } else {
        Ink::Dark
    };
    let petals = (0..spokes).map(|i| {
        let turn = i as f32 / spokes as f32 * TAU;
        let tip = |part: f32| polar(at, radius * part, turn);
        leaf(tip(0.74), tip(0.74 - long), 0.9 / spokes as f32 / long)
    });
    p.lay(ink, &all(petals));
    p.lay(Ink::Accent, &disc(at, radius * d.within(0.1, 0.16)));
}
