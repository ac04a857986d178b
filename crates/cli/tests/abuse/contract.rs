//! The contract as these tests read it: by themselves, so that a mistake of the layer under test shows.
use contracts::options::v1::Role;
use futures::StreamExt;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage,
    Value,
};
use time::Duration;
use uuid::Uuid;

/// Every method of the contract's services.
pub(crate) fn methods() -> Vec<MethodDescriptor> {
    contracts::pool()
        .services()
        .flat_map(|s| s.methods().collect::<Vec<_>>())
        .collect()
}

/// Looks at every method, several at once; gives all that is wrong.
pub(crate) async fn each_method<F>(look: impl Fn(MethodDescriptor) -> F) -> Vec<String>
where
    F: Future<Output = Vec<String>>,
{
    let looked = futures::stream::iter(methods())
        .map(look)
        .buffer_unordered(8);
    looked.flat_map(futures::stream::iter).collect().await
}

/// `package.Service/Method`.
pub(crate) fn path(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// The role of the stack that serves the method.
pub(crate) fn role(method: &MethodDescriptor) -> String {
    let service = method.parent_service();
    service
        .package_name()
        .split('.')
        .nth(1)
        .expect("packages are kulturtorg.<role>.v1")
        .to_owned()
}

/// What the contract says of who may call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Access {
    Public,
    SignedIn,
    Roles(Vec<Role>),
}

/// Panics for a method that says nothing: such a method must not exist.
pub(crate) fn access(method: &MethodDescriptor) -> Access {
    let set = option(&method.options(), "access")
        .unwrap_or_else(|| panic!("{} says nothing of access", path(method)));
    let field = |name: &str| {
        set.get_field_by_name(name)
            .expect("the option has it")
            .into_owned()
    };
    match field("level").as_enum_number() {
        Some(1) => Access::Public,
        Some(2) => Access::SignedIn,
        Some(3) => {
            let roles: Vec<_> = field("roles")
                .as_list()
                .expect("a list")
                .iter()
                .filter_map(Value::as_enum_number)
                .collect();
            assert!(!roles.is_empty(), "{} names no role", path(method));
            Access::Roles(
                roles
                    .into_iter()
                    .map(|r| Role::try_from(r).expect("a known role"))
                    .collect(),
            )
        }
        level => panic!("{} has the level {level:?}", path(method)),
    }
}

/// Whether no person may call the method, only other roles of the stack.
pub(crate) fn service_only(method: &MethodDescriptor) -> bool {
    access(method) == Access::Roles(vec![Role::Service])
}

fn option(holder: &DynamicMessage, name: &str) -> Option<DynamicMessage> {
    let extension = contracts::pool()
        .get_extension_by_name(&format!("{}.{name}", contracts::OPTIONS_PACKAGE))?;
    holder
        .has_extension(&extension)
        .then(|| holder.get_extension(&extension).as_message().cloned())
        .flatten()
}

/// The rule of a field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule {
    pub(crate) required: bool,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) least: Option<i64>,
    pub(crate) most: Option<i64>,
    pub(crate) format: &'static str,
}

/// Reads the rule of a field.
pub(crate) fn rule(field: &FieldDescriptor) -> Rule {
    let Some(set) = option(&field.options(), "rule") else {
        return Rule::default();
    };
    let get = |name: &str| {
        set.get_field_by_name(name)
            .expect("the option has it")
            .into_owned()
    };
    let given = |name: &str| {
        set.has_field_by_name(name)
            .then(|| get(name).as_i64().expect("a number"))
    };
    let number = |name: &str| get(name).as_u32().expect("a number") as usize;
    let format = get("format").as_enum_number().expect("an enum");
    Rule {
        required: get("required").as_bool().expect("a boolean"),
        min: number("min"),
        max: number("max"),
        least: given("least"),
        most: given("most"),
        format: contracts::options::v1::Format::try_from(format)
            .expect("a known format")
            .as_str_name(),
    }
}

pub(crate) fn is_number(kind: &Kind) -> bool {
    !matches!(
        kind,
        Kind::String | Kind::Bytes | Kind::Message(_) | Kind::Enum(_) | Kind::Bool
    )
}

/// A number as the field's type has it; `None` if it does not fit.
pub(crate) fn number(kind: &Kind, n: i64) -> Option<Value> {
    Some(match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(n.try_into().ok()?),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(n),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(n.try_into().ok()?),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(n.try_into().ok()?),
        other => panic!("{other:?} is no integer; teach these tests"),
    })
}

pub(crate) fn timestamp(descriptor: MessageDescriptor, seconds: i64) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor);
    message.set_field_by_name("seconds", Value::I64(seconds));
    message
}

/// A request that keeps every rule of the contract and makes sense as far as a machine can tell, with ids of things
/// that do not exist. Optional fields are set too, and of each oneof the `choice`-th.
pub(crate) fn valid(descriptor: &MessageDescriptor, choice: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in chosen(descriptor, choice) {
        let rule = rule(&field);
        let value = if field.is_list() {
            // Here the rule's largest counts items; a text among them may be as long as any.
            let item = Rule {
                max: 300,
                ..rule.clone()
            };
            Value::List(
                (0..rule.min.max(1))
                    .map(|_| valid_value(&field, &item, choice))
                    .collect(),
            )
        } else {
            valid_value(&field, &rule, choice)
        };
        message.set_field(&field, value);
    }
    message
}

/// The fields of a message; of each oneof the `choice`-th.
pub(crate) fn chosen(descriptor: &MessageDescriptor, choice: usize) -> Vec<FieldDescriptor> {
    let taken = |field: &FieldDescriptor| match field.containing_oneof() {
        Some(oneof) => oneof.fields().nth(choice % oneof.fields().len()).as_ref() == Some(field),
        None => true,
    };
    descriptor.fields().filter(taken).collect()
}

/// How many requests it takes to use every field of every oneof.
pub(crate) fn choices(descriptor: &MessageDescriptor) -> usize {
    let own = descriptor.oneofs().map(|o| o.fields().len());
    let inner = descriptor.fields().filter_map(|f| match f.kind() {
        Kind::Message(m) => Some(choices(&m)),
        _ => None,
    });
    own.chain(inner).max().unwrap_or(1).max(1)
}

fn valid_value(field: &FieldDescriptor, rule: &Rule, choice: usize) -> Value {
    match field.kind() {
        Kind::String => Value::String(valid_text(field.name(), rule)),
        Kind::Bytes => Value::Bytes(vec![7; rule.min.max(1)].into()),
        Kind::Bool => Value::Bool(true),
        Kind::Enum(e) => Value::EnumNumber(
            e.values()
                .map(|v| v.number())
                .find(|n| *n != 0)
                .expect("an enum has values"),
        ),
        Kind::Message(m) if m.full_name() == "google.protobuf.Timestamp" => {
            let ends = ["end", "until", "before", "to_", "closes"]
                .iter()
                .any(|w| field.name().contains(w));
            let day = if field.name().contains("closes") || field.name().contains("sale_from") {
                10
            } else {
                30
            };
            let at =
                kit::Clock::system().now() + Duration::days(day) + Duration::hours(i64::from(ends));
            Value::Message(timestamp(m, at.unix_timestamp()))
        }
        Kind::Message(m) => Value::Message(valid(&m, choice)),
        kind => {
            let n = rule
                .least
                .unwrap_or(0)
                .max(1)
                .min(rule.most.unwrap_or(i64::MAX));
            number(&kind, n).expect("a rule's number fits its field")
        }
    }
}

fn valid_text(name: &str, rule: &Rule) -> String {
    let text = match rule.format {
        "FORMAT_ID" => Uuid::now_v7().to_string(),
        "FORMAT_EMAIL" => format!("p{}@example.org", Uuid::now_v7().simple()),
        "FORMAT_URL" => "https://example.org/sida".to_owned(),
        "FORMAT_LANGUAGE" => "sv".to_owned(),
        "FORMAT_DATE" if name.contains("from") || name.contains("start") => "2025-01-15".to_owned(),
        "FORMAT_DATE" => "2025-06-15".to_owned(),
        "FORMAT_CURRENCY" => "SEK".to_owned(),
        "FORMAT_TIME_ZONE" => "Europe/Stockholm".to_owned(),
        "FORMAT_SECRET" => format!("{0}{0}", Uuid::now_v7().simple()),
        "FORMAT_KEY" => key(name).to_owned(),
        _ if name == "etag" => "1".to_owned(),
        _ if name == "page_token" => String::new(),
        _ if name == "media_type" => "image/png".to_owned(),
        _ => "Åsa Öberg".to_owned(),
    };
    text.chars().take(rule.max).collect()
}

/// A key that Värmland's lists hold, for what the field is called after.
fn key(name: &str) -> &'static str {
    match name {
        "municipality" | "municipalities" | "travels_to" => "1780",
        "art_field" | "art_fields" => "stage.music",
        "audiences" => "adults",
        "genre" | "kind" => "concert",
        "buyer_kind" => "school",
        "format" => "breakfast",
        "theme" => "funding",
        "template" => "identity.confirm",
        _ => "a",
    }
}

/// All fields whose text is an id, other than the request's own.
pub(crate) fn has_ids(descriptor: &MessageDescriptor) -> bool {
    descriptor.fields().any(|f| match f.kind() {
        Kind::Message(m) => has_ids(&m),
        _ => rule(&f).format == "FORMAT_ID" && f.name() != "request_id",
    })
}

/// Sets a text field, if the message has it.
pub(crate) fn set_text(message: &mut DynamicMessage, name: &str, text: &str) {
    if message
        .descriptor()
        .get_field_by_name(name)
        .is_some_and(|f| !f.is_list())
    {
        message.set_field_by_name(name, Value::String(text.to_owned()));
    }
}
