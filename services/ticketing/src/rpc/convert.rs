//! Our shapes as messages, and texts and prices of messages as ours.
use contracts::common::v1::{LocalText, Money};
use contracts::ticketing::v1 as proto;
use kit::clock::to_proto;
use region::{Mode, Names, Region};

use crate::order::{Label, Line, Order, State};
use crate::performance;
use crate::plan::{PriceCategory, TicketType};
use crate::store::houses::{Hall, House, Production};
use crate::store::performances::Shown;
use crate::ticket::{Claims, Signer, seconds};

type Mistakes = Vec<(String, String)>;

/// Texts by language; notes languages that the region has not, or that stand twice.
pub(super) fn names(
    field: &str,
    texts: &[LocalText],
    region: &Region,
    mistakes: &mut Mistakes,
) -> Names {
    let mut names = Names::new();
    for (i, text) in texts.iter().enumerate() {
        let field = format!("{field}[{i}].language");
        if !region.languages.contains(&text.language) {
            mistakes.push((
                field,
                format!("must be one of {}", region.languages.join(", ")),
            ));
        } else if names
            .insert(text.language.clone(), text.text.clone())
            .is_some()
        {
            mistakes.push((field, "must not stand twice".to_owned()));
        }
    }
    names
}

/// Price categories; notes amounts in another currency than the region's.
pub(super) fn prices(
    list: &[proto::PriceCategory],
    region: &Region,
    mistakes: &mut Mistakes,
) -> Vec<PriceCategory> {
    let mut categories = Vec::new();
    for (i, category) in list.iter().enumerate() {
        let field = format!("prices[{i}]");
        let mut types = Vec::new();
        for (t, ticket_type) in category.ticket_types.iter().enumerate() {
            let field = format!("{field}.ticket_types[{t}]");
            types.push(TicketType {
                key: ticket_type.key.clone(),
                names: names(
                    &format!("{field}.names"),
                    &ticket_type.names,
                    region,
                    mistakes,
                ),
                price: amount(&field, ticket_type.price.as_ref(), region, mistakes),
            });
        }
        categories.push(PriceCategory {
            key: category.key.clone(),
            names: names(&format!("{field}.names"), &category.names, region, mistakes),
            price: amount(&field, category.price.as_ref(), region, mistakes),
            places: category.places,
            ticket_types: types,
        });
    }
    categories
}

fn amount(field: &str, money: Option<&Money>, region: &Region, mistakes: &mut Mistakes) -> i64 {
    // A missing price was refused before a handler ran.
    let Some(money) = money else { return 0 };
    if money.currency != region.currency {
        mistakes.push((
            format!("{field}.price.currency"),
            format!("must be {}", region.currency),
        ));
    }
    money.minor_units
}

pub(super) fn local_texts(names: &Names) -> Vec<LocalText> {
    names
        .iter()
        .map(|(language, text)| LocalText {
            language: language.clone(),
            text: text.clone(),
        })
        .collect()
}

pub(super) fn money(currency: &str, minor_units: i64) -> Option<Money> {
    Some(Money {
        currency: currency.to_owned(),
        minor_units,
    })
}

pub(super) fn mode(mode: Mode) -> i32 {
    match mode {
        Mode::Venue => proto::Mode::Venue.into(),
        Mode::Online => proto::Mode::Online.into(),
    }
}

pub(super) fn house(house: &House) -> proto::House {
    proto::House {
        id: house.id.to_string(),
        name: house.name.clone(),
        municipality: house.municipality.clone(),
        texts: local_texts(&house.texts),
        etag: house.version.to_string(),
    }
}

pub(super) fn hall(hall: &Hall, sections: Vec<proto::Section>) -> proto::Hall {
    proto::Hall {
        id: hall.id.to_string(),
        house_id: hall.house_id.to_string(),
        name: hall.name.clone(),
        sections,
        free_places: if hall.numbered { 0 } else { hall.capacity },
        capacity: hall.capacity,
        etag: hall.version.to_string(),
    }
}

pub(super) fn production(production: &Production) -> proto::Production {
    proto::Production {
        id: production.id.to_string(),
        house_id: production.house_id.to_string(),
        titles: local_texts(&production.titles),
        texts: local_texts(&production.texts),
        genre: production.genre.clone(),
        minutes: production.minutes,
        age_from: production.age_from,
        etag: production.version.to_string(),
    }
}

pub(super) fn performance(shown: &Shown, currency: &str) -> proto::Performance {
    let p = &shown.performance;
    let state = match p.state {
        performance::State::Draft => proto::performance::State::Draft,
        performance::State::OnSale => proto::performance::State::OnSale,
        performance::State::Cancelled => proto::performance::State::Cancelled,
    };
    proto::Performance {
        id: p.id.to_string(),
        house_id: p.house_id.to_string(),
        hall_id: p.hall_id.map(|h| h.to_string()).unwrap_or_default(),
        production: Some(proto::Production {
            id: p.production_id.to_string(),
            house_id: p.house_id.to_string(),
            titles: local_texts(&shown.titles),
            texts: local_texts(&shown.texts),
            genre: p.genre.clone(),
            minutes: p.minutes,
            age_from: shown.age_from,
            etag: String::new(),
        }),
        state: state.into(),
        start_time: Some(to_proto(p.plan.starts_at)),
        time_zone: p.plan.time_zone.clone(),
        mode: mode(p.mode),
        prices: p
            .plan
            .prices
            .iter()
            .map(|c| price_category(c, currency))
            .collect(),
        sale_from_time: p.plan.sale_from.map(to_proto),
        sale_until_time: Some(to_proto(p.plan.sale_until)),
        numbered: p.numbered,
        capacity: p.capacity,
        house_name: shown.house_name.clone(),
        etag: p.version.to_string(),
        availability: proto::performance::Availability::Unspecified.into(),
    }
}

fn price_category(category: &PriceCategory, currency: &str) -> proto::PriceCategory {
    let types = category.ticket_types.iter().map(|t| proto::TicketType {
        key: t.key.clone(),
        names: local_texts(&t.names),
        price: money(currency, t.price),
    });
    proto::PriceCategory {
        key: category.key.clone(),
        names: local_texts(&category.names),
        price: money(currency, category.price),
        places: category.places,
        ticket_types: types.collect(),
    }
}

/// An order, without its token and tickets.
pub(super) fn order(order: &Order, hold: time::Duration) -> proto::Order {
    let state = match order.state {
        State::Held => proto::order::State::Held,
        State::Paid => proto::order::State::Paid,
        State::Lapsed => proto::order::State::Lapsed,
    };
    proto::Order {
        id: order.id.to_string(),
        performance_id: order.performance_id.to_string(),
        state: state.into(),
        expire_time: Some(to_proto(order.held_until)),
        lines: order
            .lines
            .iter()
            .map(|l| line(l, &order.currency))
            .collect(),
        total: money(&order.currency, order.total()),
        vat: money(&order.currency, order.vat()),
        order_token: String::new(),
        tickets: Vec::new(),
        pay_time: order.paid_at.map(to_proto),
        latest_expire_time: Some(to_proto(order.latest(hold))),
    }
}

fn line(line: &Line, currency: &str) -> proto::OrderLine {
    proto::OrderLine {
        category: line.category.clone(),
        ticket_type: line.ticket_type.clone(),
        seat: line.seat.as_ref().map(label),
        price: money(currency, line.price),
        vat_permille: line.vat_permille.into(),
        vat: money(currency, line.vat),
    }
}

pub(super) fn label(label: &Label) -> proto::SeatLabel {
    proto::SeatLabel {
        seat_id: label.seat_id,
        section: label.section.clone(),
        row: label.row.clone(),
        number: label.number.clone(),
    }
}

/// A ticket with its code, which admits until `doors_close`.
pub(super) fn ticket(
    order: &Order,
    line: &Line,
    doors_close: time::OffsetDateTime,
    signer: &Signer,
) -> proto::Ticket {
    let code = signer.sign(&Claims {
        performance_id: order.performance_id,
        ticket_id: line.id,
        generation: line.generation,
        valid_from: order.paid_at.map_or(0, seconds),
        valid_until: seconds(doors_close),
    });
    proto::Ticket {
        id: line.id.to_string(),
        order_id: order.id.to_string(),
        performance_id: order.performance_id.to_string(),
        category: line.category.clone(),
        ticket_type: line.ticket_type.clone(),
        seat: line.seat.as_ref().map(label),
        code,
        check_in_time: line.checked_in_at.map(to_proto),
        ..proto::Ticket::default()
    }
}
