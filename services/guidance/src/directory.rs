//! The directory: whom and what can be pointed to.
use uuid::Uuid;

/// An entry and in how many answers it was named.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) kind: i32,
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) art_fields: Vec<String>,
    pub(crate) municipalities: Vec<String>,
    pub(crate) url: String,
    pub(crate) email: String,
    pub(crate) retired: bool,
    pub(crate) revision: i64,
    pub(crate) given: i64,
}

impl Entry {
    /// How well it fits a case: a municipality or field in common counts, one that excludes the case rules it out,
    /// and of equals the one named more often comes first. `None`: it does not fit.
    pub(crate) fn fit(
        &self,
        art_fields: &[String],
        municipalities: &[String],
    ) -> Option<(usize, i64)> {
        let fields = common(&self.art_fields, art_fields, covers)?;
        let places = common(&self.municipalities, municipalities, |a, b| a == b)?;
        Some((fields + 2 * places, self.given))
    }
}

/// How many of the case's keys the entry names; `None` if it names others only. Naming none means all.
fn common(entry: &[String], case: &[String], same: impl Fn(&str, &str) -> bool) -> Option<usize> {
    if entry.is_empty() || case.is_empty() {
        return Some(0);
    }
    let shared = case
        .iter()
        .filter(|c| entry.iter().any(|e| same(e, c)))
        .count();
    (shared > 0).then_some(shared)
}

/// The whole of a field fits its parts and the other way round.
fn covers(a: &str, b: &str) -> bool {
    region::covers(&[a.to_owned()], b) || region::covers(&[b.to_owned()], a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(art_fields: &[&str], municipalities: &[&str], given: i64) -> Entry {
        let own = |keys: &[&str]| keys.iter().map(|k| (*k).to_owned()).collect();
        Entry {
            id: Uuid::from_u128(1),
            kind: 1,
            name: String::new(),
            text: String::new(),
            art_fields: own(art_fields),
            municipalities: own(municipalities),
            url: String::new(),
            email: String::new(),
            retired: false,
            revision: 1,
            given,
        }
    }

    #[test]
    fn what_is_near_goes_before_what_is_for_all_and_what_is_for_others_is_left_out() {
        let fields = ["stage.music".to_owned()];
        let places = ["1784".to_owned()];
        let near = entry(&["stage"], &["1784"], 0).fit(&fields, &places);
        let all = entry(&[], &[], 50).fit(&fields, &places);
        assert!(near > all && all.is_some());
        assert_eq!(entry(&["film"], &[], 0).fit(&fields, &places), None);
        assert_eq!(entry(&[], &["1780"], 0).fit(&fields, &places), None);
    }

    #[test]
    fn of_equals_the_one_named_more_often_comes_first() {
        let fit = |given| entry(&[], &[], given).fit(&[], &[]);
        assert!(fit(3) > fit(2));
    }
}
