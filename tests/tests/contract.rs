//! The contract as a whole keeps its own rules.
use kit::guard::{self, Access};
use kit::rules::Rules;
use prost_reflect::{Kind, MessageDescriptor, MethodDescriptor};

fn methods() -> Vec<MethodDescriptor> {
    contracts::pool()
        .services()
        .flat_map(|s| s.methods().collect::<Vec<_>>())
        .collect()
}

fn access(method: &MethodDescriptor) -> Access {
    guard::access(method, contracts::OPTIONS_PACKAGE).expect("the option exists")
}

#[test]
fn every_method_says_who_may_call_it() {
    assert!(methods().len() > 60, "the contract is read");
    let silent: Vec<_> = methods()
        .iter()
        .filter(|m| match access(m) {
            Access::Missing => true,
            Access::Roles(roles) => roles.is_empty(),
            Access::Public | Access::SignedIn => false,
        })
        .map(guard::path)
        .collect();
    assert!(silent.is_empty(), "without access: {silent:#?}");
}

#[test]
fn every_field_of_a_request_says_what_it_may_hold() {
    let rules =
        Rules::read(contracts::pool(), contracts::OPTIONS_PACKAGE).expect("the option exists");
    let missing: Vec<_> = methods()
        .iter()
        .flat_map(|m| rules.missing(&m.input()))
        .collect();
    assert!(missing.is_empty(), "without a rule: {missing:#?}");
}

#[test]
fn a_package_is_named_after_its_folder_and_no_client_streams() {
    for method in methods() {
        let package = method.parent_service().package_name().to_owned();
        let file = method.parent_service().parent_file().name().to_owned();
        let folder = file.rsplit_once('/').expect("files lie in folders").0;
        assert_eq!(package, folder.replace('/', "."), "{file}");
        // Browsers cannot send a stream.
        assert!(!method.is_client_streaming(), "{}", guard::path(&method));
    }
}

#[test]
fn fields_that_name_people_are_marked_in_every_message() {
    const NAMES_PEOPLE: [&str; 8] = [
        "email",
        "buyer_email",
        "buyer_name",
        "asker_name",
        "asker_email",
        "account_id",
        "password",
        "phone",
    ];
    let personal = contracts::pool()
        .get_extension_by_name("kulturtorg.options.v1.personal")
        .expect("the option exists");
    let mut unmarked = Vec::new();
    for message in contracts::pool()
        .all_messages()
        .filter(|m| m.full_name().starts_with("kulturtorg."))
    {
        for field in message
            .fields()
            .filter(|f| NAMES_PEOPLE.contains(&f.name()) && f.kind() == Kind::String)
        {
            if field.options().get_extension(&personal).as_bool() != Some(true) {
                unmarked.push(field.full_name().to_owned());
            }
        }
    }
    assert!(
        unmarked.is_empty(),
        "personal, but not marked: {unmarked:#?}"
    );
}

#[test]
fn everything_in_the_contract_is_explained() {
    fn commented(file: &prost_reflect::FileDescriptor, path: &[i32]) -> bool {
        let proto = file.file_descriptor_proto();
        let info = proto
            .source_code_info
            .as_ref()
            .expect("built with source info");
        info.location.iter().any(|l| {
            l.path == path
                && l.leading_comments
                    .as_ref()
                    .is_some_and(|c| !c.trim().is_empty())
        })
    }
    fn message(m: &MessageDescriptor, silent: &mut Vec<String>) {
        if m.is_map_entry() {
            return;
        }
        if !commented(&m.parent_file(), m.path()) {
            silent.push(m.full_name().to_owned());
        }
        for f in m
            .fields()
            .filter(|f| !commented(&m.parent_file(), f.path()))
        {
            silent.push(f.full_name().to_owned());
        }
        m.child_messages().for_each(|c| message(&c, silent));
    }
    let mut silent = Vec::new();
    for file in contracts::pool()
        .files()
        .filter(|f| f.name().starts_with("kulturtorg/"))
    {
        file.messages().for_each(|m| message(&m, &mut silent));
        for method in file
            .services()
            .flat_map(|s| s.methods().collect::<Vec<_>>())
        {
            if !commented(&file, method.path()) {
                silent.push(guard::path(&method));
            }
        }
    }
    assert!(silent.is_empty(), "without a comment: {silent:#?}");
}
