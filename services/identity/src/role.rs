//! Roles: which may be held where, and with which art fields.
use contracts::options::v1::Role;
use region::Region;
use time::OffsetDateTime;
use uuid::Uuid;

/// A role that an account holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) account_id: Uuid,
    pub(crate) role: Role,
    /// `None`: in the region.
    pub(crate) organisation_id: Option<Uuid>,
    /// Sorted, each once.
    pub(crate) art_fields: Vec<String>,
    pub(crate) granted_at: OffsetDateTime,
}

/// What is wrong with a grant, by field of the request; nothing if it can be made.
pub(crate) fn violations(
    role: Role,
    in_organisation: bool,
    art_fields: &[String],
    region: &Region,
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut refuse = |field: &str, what: &str| found.push((field.to_owned(), what.to_owned()));
    match (role, in_organisation) {
        (Role::Unspecified | Role::Service, _) => refuse("role", "must be a role that people hold"),
        (Role::House | Role::Door, false) => refuse(
            "organisation_id",
            "must be given: the role is held in a house",
        ),
        (Role::House | Role::Door, true) => {}
        (_, true) => refuse(
            "organisation_id",
            "must be empty: the role is held in the region",
        ),
        (_, false) => {}
    }
    match role {
        Role::Reviewer if art_fields.is_empty() => refuse(
            "art_fields",
            "must be given: reviewers are experts in art fields",
        ),
        Role::Reviewer | Role::Adviser => {}
        _ if !art_fields.is_empty() => refuse(
            "art_fields",
            "must be empty: only reviewers and advisers have art fields",
        ),
        _ => {}
    }
    for (i, key) in art_fields.iter().enumerate() {
        if region.art_field(key).is_none() {
            refuse(&format!("art_fields[{i}]"), "is no art field of the region");
        }
    }
    found
}

/// The keys sorted, each once.
pub(crate) fn tidy(mut art_fields: Vec<String>) -> Vec<String> {
    art_fields.sort();
    art_fields.dedup();
    art_fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const VARMLAND: &str = include_str!("../../../regions/varmland.toml");

    fn fields(role: Role, in_organisation: bool, art_fields: &[&str]) -> Vec<String> {
        let region = Region::parse(VARMLAND).expect("the repository's region file is usable");
        let art_fields: Vec<_> = art_fields.iter().map(|f| (*f).to_owned()).collect();
        violations(role, in_organisation, &art_fields, &region)
            .into_iter()
            .map(|(field, _)| field)
            .collect()
    }

    #[test]
    fn roles_of_a_house_are_held_in_one_and_others_in_the_region() {
        for role in [Role::House, Role::Door] {
            assert!(fields(role, true, &[]).is_empty());
            assert_eq!(fields(role, false, &[]), ["organisation_id"]);
        }
        for role in [
            Role::Administrator,
            Role::Adviser,
            Role::Analyst,
            Role::Operator,
        ] {
            assert!(fields(role, false, &[]).is_empty());
            assert_eq!(fields(role, true, &[]), ["organisation_id"]);
        }
    }

    #[test]
    fn reviewers_have_art_fields_of_the_region_and_analysts_none() {
        assert!(fields(Role::Reviewer, false, &["visual", "visual.craft"]).is_empty());
        assert_eq!(
            fields(Role::Reviewer, true, &[]),
            ["organisation_id", "art_fields"]
        );
        assert_eq!(
            fields(Role::Reviewer, false, &["visual", "knitting"]),
            ["art_fields[1]"]
        );
        assert_eq!(fields(Role::Analyst, false, &["visual"]), ["art_fields"]);
    }

    #[test]
    fn nobody_is_made_a_service() {
        assert_eq!(fields(Role::Service, false, &[]), ["role"]);
    }
}
