//! `kulturtorg call`: any method of the contract, JSON in and out.
use std::io::{Read, Write};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Args;
use prost::Message;
use prost_reflect::{DynamicMessage, MethodDescriptor, SerializeOptions};
use serde_json::Value;
use tonic::Status;
use tonic_types::StatusExt;

use crate::access::Access;

/// Calls a method through the gateway.
#[derive(Debug, Args)]
pub struct Call {
    /// `package.Service/Method`; a list of all methods without it.
    method: Option<String>,
    /// The request as JSON; `-` reads it from standard input.
    #[arg(default_value = "{}")]
    request: String,
    #[command(flatten)]
    access: Access,
}

/// Runs the command.
pub async fn run(call: Call) -> anyhow::Result<()> {
    let Some(name) = &call.method else {
        for method in methods() {
            println!("{}", path(&method));
        }
        return Ok(());
    };
    let method = find(name)?;
    let request = encode(&method, &text(&call.request)?)?;
    let client = call.access.client().await?;
    let mut answers = client.stream(&path(&method), request).await.map_err(told)?;
    while let Some(answer) = answers.next().await.map_err(told)? {
        // Whoever reads us may have gone (`| head`): that ends the command, quietly.
        if writeln!(std::io::stdout(), "{}", decode(&method, answer)?).is_err() {
            break;
        }
    }
    Ok(())
}

fn methods() -> impl Iterator<Item = MethodDescriptor> {
    contracts::pool()
        .services()
        .flat_map(|s| s.methods().collect::<Vec<_>>())
}

fn path(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

fn find(name: &str) -> anyhow::Result<MethodDescriptor> {
    let name = name.trim_start_matches('/');
    if let Some(method) = methods().find(|m| path(m) == name) {
        return Ok(method);
    }
    let last = name
        .rsplit(['/', '.'])
        .next()
        .unwrap_or(name)
        .to_lowercase();
    let near: Vec<String> = methods()
        .map(|m| path(&m))
        .filter(|p| p.to_lowercase().contains(&last))
        .collect();
    if near.is_empty() {
        bail!("there is no method {name}; `kulturtorg call` lists them all");
    }
    bail!(
        "there is no method {name}; did you mean\n  {}",
        near.join("\n  ")
    )
}

fn text(request: &str) -> anyhow::Result<String> {
    if request != "-" {
        return Ok(request.to_owned());
    }
    let mut read = String::new();
    std::io::stdin()
        .read_to_string(&mut read)
        .context("standard input cannot be read")?;
    Ok(read)
}

fn encode(method: &MethodDescriptor, json: &str) -> anyhow::Result<Bytes> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let message = DynamicMessage::deserialize(method.input(), &mut reader)
        .with_context(|| format!("the request is no {}", method.input().full_name()))?;
    reader
        .end()
        .context("something stands behind the request's JSON")?;
    Ok(message.encode_to_vec().into())
}

fn decode(method: &MethodDescriptor, answer: Bytes) -> anyhow::Result<String> {
    let message =
        DynamicMessage::decode(method.output(), answer).context("the answer cannot be read")?;
    let options = SerializeOptions::new().use_proto_field_name(true);
    let json: Value = message.serialize_with_options(serde_json::value::Serializer, &options)?;
    Ok(serde_json::to_string_pretty(&json)?)
}

/// A refusal as people read it: the code, the sentence, each bad field on a line.
pub fn told(status: Status) -> anyhow::Error {
    let mut lines = vec![format!("{:?}: {}", status.code(), status.message())];
    if let Some(bad) = status.get_details_bad_request() {
        lines.extend(
            bad.field_violations
                .iter()
                .map(|v| format!("  {}: {}", v.field, v.description)),
        );
    }
    if let Some(info) = status.get_details_error_info() {
        lines.push(format!("  reason: {}", info.reason));
    }
    anyhow::anyhow!(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_found_by_its_path_and_near_names_are_proposed() {
        assert!(find("kulturtorg.search.v1.SearchService/Search").is_ok());
        let error = find("Search").expect_err("no path").to_string();
        assert!(
            error.contains("kulturtorg.search.v1.SearchService/Search"),
            "{error}"
        );
    }

    #[test]
    fn an_unknown_field_and_trailing_text_are_refused() {
        let method = find("kulturtorg.search.v1.SearchService/Search").expect("it exists");
        assert!(encode(&method, r#"{"query":"dans"}"#).is_ok());
        assert!(encode(&method, r#"{"qery":"dans"}"#).is_err());
        assert!(encode(&method, r#"{} x"#).is_err());
    }
}
