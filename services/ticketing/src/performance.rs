//! A performance: whether it is sold, and from which state to which it goes.
use std::collections::BTreeSet;

use region::{Mode, Region};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::error::Error;
use crate::plan::{Plan, PriceCategory};

/// How long after its end a performance still lets people in: clocks differ and evenings run late.
const DOORS_CLOSE_AFTER: Duration = Duration::hours(12);

/// So many free places or fewer are few.
pub const MOST_FEW: i64 = 10;

/// Whether somebody who wants to buy still finds a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There are places.
    Places,
    /// Some are left.
    Few,
    /// All are sold or held.
    None,
}

impl Room {
    /// What so many free places mean.
    pub fn of(free: i64) -> Self {
        match free {
            ..=0 => Self::None,
            1..=MOST_FEW => Self::Few,
            _ => Self::Places,
        }
    }
}

/// Whether a performance is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Planned; only the house sees it.
    Draft,
    /// On sale.
    OnSale,
    /// Cancelled.
    Cancelled,
}

impl State {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::OnSale => "on_sale",
            Self::Cancelled => "cancelled",
        }
    }

    /// From how it is stored; the table's check lets nothing else in.
    pub fn stored(text: &str) -> Self {
        match text {
            "draft" => Self::Draft,
            "on_sale" => Self::OnSale,
            _ => Self::Cancelled,
        }
    }
}

/// How a mode is stored.
pub fn mode_str(mode: Mode) -> &'static str {
    match mode {
        Mode::Venue => "venue",
        Mode::Online => "online",
    }
}

/// A mode from how it is stored.
pub fn stored_mode(text: &str) -> Mode {
    if text == "online" {
        Mode::Online
    } else {
        Mode::Venue
    }
}

/// A performance, with what its production and house say about selling it.
#[derive(Debug, Clone)]
pub struct Performance {
    /// Its id.
    pub id: Uuid,
    /// The house.
    pub house_id: Uuid,
    /// The production.
    pub production_id: Uuid,
    /// The hall; `None` on the net.
    pub hall_id: Option<Uuid>,
    /// In a house or on the net.
    pub mode: Mode,
    /// Whether it is sold.
    pub state: State,
    /// What its house edits.
    pub plan: Plan,
    /// True if seats are numbered.
    pub numbered: bool,
    /// How many can be sold.
    pub capacity: i32,
    /// Changes with each edit.
    pub version: i64,
    /// Facts published.
    pub revision: i64,
    /// Key of the genre.
    pub genre: String,
    /// Length in minutes.
    pub minutes: i32,
}

impl Performance {
    /// Replaces what the house edits. What can be sold was counted when the sale opened, so categories and places
    /// stay from then on.
    pub fn edit(self, plan: Plan) -> Result<Self, Error> {
        match self.state {
            State::Cancelled => {
                return Err(Error::WrongState(
                    "a cancelled performance cannot be changed",
                ));
            }
            State::OnSale if plan.shape() != self.plan.shape() => {
                return Err(Error::CategoriesAreFixed);
            }
            State::OnSale | State::Draft => {}
        }
        let told = i64::from(self.state == State::OnSale);
        Ok(Self {
            plan,
            version: self.version + 1,
            revision: self.revision + told,
            ..self
        })
    }

    /// Puts a draft on sale. `seats` are the categories of the hall's numbered seats, one for each seat.
    pub fn open(
        self,
        seats: &[String],
        region: &Region,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        if self.state != State::Draft {
            return Err(Error::WrongState("only a draft can be put on sale"));
        }
        if self.plan.starts_at <= now {
            return Err(Error::HasBegun);
        }
        self.vat_permille(region)?;
        let unpriced: BTreeSet<&String> = seats
            .iter()
            .filter(|c| self.category(c).is_none())
            .collect();
        if !unpriced.is_empty() {
            return Err(Error::Unpriced(unpriced.into_iter().cloned().collect()));
        }
        let places: i32 = self.plan.prices.iter().map(|c| c.places).sum();
        let capacity = if self.numbered {
            i32::try_from(seats.len()).unwrap_or(i32::MAX)
        } else {
            places
        };
        Ok(Self {
            state: State::OnSale,
            capacity,
            version: self.version + 1,
            revision: self.revision + 1,
            ..self
        })
    }

    /// Cancels it. Only what had been told is told.
    pub fn cancel(self) -> Self {
        let told = i64::from(self.state == State::OnSale);
        let changed = i64::from(self.state != State::Cancelled);
        Self {
            state: State::Cancelled,
            version: self.version + changed,
            revision: self.revision + told,
            ..self
        }
    }

    /// Whether it can be bought at `now`.
    pub fn sells(&self, now: OffsetDateTime) -> Result<(), Error> {
        match self.state {
            State::Draft => Err(Error::NotFound("performance")),
            State::Cancelled => Err(Error::NotOnSale),
            State::OnSale if self.plan.sale_from.is_some_and(|from| now < from) => {
                Err(Error::SaleNotOpen(self.plan.sale_from.unwrap_or(now)))
            }
            State::OnSale if now >= self.plan.sale_until => Err(Error::SaleClosed),
            State::OnSale => Ok(()),
        }
    }

    /// True if there has ever been something to sell.
    pub fn was_on_sale(&self) -> bool {
        self.capacity > 0
    }

    /// The price category with this key.
    pub fn category(&self, key: &str) -> Option<&PriceCategory> {
        self.plan.prices.iter().find(|c| c.key == key)
    }

    /// The region's VAT rate for it.
    pub fn vat_permille(&self, region: &Region) -> Result<u16, Error> {
        let day = self.plan.local_day();
        day.and_then(|day| region.vat_permille(&self.genre, self.mode, day))
            .ok_or(Error::NoVatRate)
    }

    /// The lowest full price.
    pub fn price_from(&self) -> i64 {
        self.plan.prices.iter().map(|c| c.price).min().unwrap_or(0)
    }

    /// Until when its tickets admit.
    pub fn doors_close(&self) -> OffsetDateTime {
        self.plan.starts_at + Duration::minutes(self.minutes.into()) + DOORS_CLOSE_AFTER
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use region::Names;
    use time::macros::datetime;

    use super::*;
    use crate::plan::TicketType;

    pub(crate) const NOW: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    pub(crate) fn region() -> Region {
        Region::parse(include_str!("../../../regions/varmland.toml"))
            .expect("the file in the repository is usable")
    }

    pub(crate) fn category(key: &str, price: i64, places: i32) -> PriceCategory {
        let reduced = TicketType {
            key: "reduced".to_owned(),
            names: Names::new(),
            price: price / 2,
        };
        PriceCategory {
            key: key.to_owned(),
            names: Names::new(),
            price,
            places,
            ticket_types: vec![reduced],
        }
    }

    pub(crate) fn draft(prices: Vec<PriceCategory>, numbered: bool) -> Performance {
        let starts_at = datetime!(2026-12-10 18:00 UTC);
        Performance {
            id: Uuid::from_u128(1),
            house_id: Uuid::from_u128(2),
            production_id: Uuid::from_u128(3),
            hall_id: Some(Uuid::from_u128(4)),
            mode: Mode::Venue,
            state: State::Draft,
            plan: Plan {
                starts_at,
                time_zone: "Europe/Stockholm".to_owned(),
                prices,
                sale_from: None,
                sale_until: starts_at,
            },
            numbered,
            capacity: 0,
            version: 1,
            revision: 0,
            genre: "concert".to_owned(),
            minutes: 90,
        }
    }

    #[test]
    fn a_draft_goes_on_sale_once_and_is_cancelled_for_good() {
        let seats = vec!["a".to_owned(); 3];
        let open = draft(vec![category("a", 25_000, 0)], true)
            .open(&seats, &region(), NOW)
            .expect("all is priced");
        assert_eq!(
            (open.state, open.capacity, open.revision),
            (State::OnSale, 3, 1)
        );
        assert!(matches!(
            open.clone().open(&seats, &region(), NOW),
            Err(Error::WrongState(_))
        ));
        let cancelled = open.cancel();
        assert_eq!((cancelled.state, cancelled.revision), (State::Cancelled, 2));
        assert!(matches!(
            cancelled.clone().open(&seats, &region(), NOW),
            Err(Error::WrongState(_))
        ));
        assert!(matches!(
            cancelled.clone().edit(cancelled.plan.clone()),
            Err(Error::WrongState(_))
        ));
        assert!(matches!(cancelled.sells(NOW), Err(Error::NotOnSale)));
    }

    #[test]
    fn a_cancelled_draft_tells_nothing_because_nobody_heard_of_it() {
        let cancelled = draft(vec![category("a", 1, 0)], true).cancel();
        assert_eq!((cancelled.state, cancelled.revision), (State::Cancelled, 0));
        assert_eq!(
            cancelled.clone().cancel().version,
            cancelled.version,
            "a second time changes nothing"
        );
    }

    #[test]
    fn a_category_without_a_price_and_a_start_in_the_past_keep_it_off_sale() {
        let seats = ["a", "b", "c", "b"].map(str::to_owned);
        let draft = draft(vec![category("a", 1, 0)], true);
        let Err(Error::Unpriced(missing)) = draft.clone().open(&seats, &region(), NOW) else {
            panic!("b and c have no price")
        };
        assert_eq!(missing, ["b", "c"]);
        assert!(matches!(
            draft.clone().open(&seats, &region(), draft.plan.starts_at),
            Err(Error::HasBegun)
        ));
    }

    #[test]
    fn the_sale_has_a_first_moment_and_an_end() {
        let mut open = draft(vec![category("a", 1, 9)], false)
            .open(&[], &region(), NOW)
            .expect("a draft");
        assert_eq!(open.capacity, 9);
        open.plan.sale_from = Some(NOW);
        assert!(
            matches!(open.sells(NOW - Duration::SECOND), Err(Error::SaleNotOpen(at)) if at == NOW)
        );
        assert!(
            open.sells(NOW).is_ok() && open.sells(open.plan.sale_until - Duration::SECOND).is_ok()
        );
        assert!(matches!(
            open.sells(open.plan.sale_until),
            Err(Error::SaleClosed)
        ));
    }

    #[test]
    fn prices_may_change_while_on_sale_but_not_what_there_is_to_sell() {
        let open = draft(vec![category("a", 100, 9)], false)
            .open(&[], &region(), NOW)
            .expect("a draft");
        let plan = |prices| Plan {
            prices,
            ..open.plan.clone()
        };
        let edited = open
            .clone()
            .edit(plan(vec![category("a", 200, 9)]))
            .expect("only the price");
        assert_eq!(
            (edited.revision, edited.version),
            (open.revision + 1, open.version + 1)
        );
        for prices in [
            vec![category("a", 100, 8)],
            vec![category("b", 100, 9)],
            vec![],
        ] {
            assert!(matches!(
                open.clone().edit(plan(prices)),
                Err(Error::CategoriesAreFixed)
            ));
        }
    }

    #[test]
    fn vat_goes_by_genre_and_mode() {
        let mut performance = draft(vec![], true);
        assert_eq!(performance.vat_permille(&region()).expect("a rate"), 60);
        performance.mode = Mode::Online;
        assert_eq!(performance.vat_permille(&region()).expect("a rate"), 250);
        performance.plan.starts_at = datetime!(1990-01-01 00:00 UTC);
        assert!(matches!(
            performance.vat_permille(&region()),
            Err(Error::NoVatRate)
        ));
    }
}
