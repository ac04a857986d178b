//! One row being tried: what it sends, and how what comes back differs from what should.
use std::sync::Mutex;

use bytes::Bytes;
use futures::future::LocalBoxFuture;
use prost::Message;
use tonic::Code;

use super::stage::Stage;
use super::wire::{Asking, Told, Wire};

/// A row of the matrix.
pub(crate) struct Row {
    /// Its number in the matrix.
    pub(crate) number: u8,
    /// What comes in.
    pub(crate) input: &'static str,
    pub(crate) holds: Holds,
}

/// What is tried, and what it leaves behind.
pub(crate) enum Holds {
    /// Nothing: each table is afterwards as it was before.
    NoTrace(Try),
    /// This, because part of it is right, or must be noted.
    Trace(&'static str, Try),
    /// Nothing, and it takes as long as the server's patience: tried beside the others.
    Slowly(Try),
    /// Kulturtorg has no such thing; this is why.
    NoSuchThing(&'static str),
}

pub(crate) type Try = for<'a> fn(&'a Trial<'a>) -> LocalBoxFuture<'a, ()>;

/// What should come back.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Expect {
    Fine,
    /// This code, for whatever reason.
    Code(Code),
    /// This code, with this reason.
    Status(Code, &'static str),
    /// INVALID_ARGUMENT that names this field.
    Field(&'static str),
    /// One of these answers of HTTP itself.
    Http(&'static [u16]),
    /// One of these, or the connection or stream ends without an answer.
    HttpOrCut(&'static [u16]),
}

/// A row at work.
pub(crate) struct Trial<'a> {
    pub(crate) stage: &'a Stage,
    /// Part of everything that the row sends. It must not come to stand in the log.
    pub(crate) mark: String,
    wrong: Mutex<Vec<String>>,
}

impl<'a> Trial<'a> {
    pub(crate) fn new(stage: &'a Stage, row: u8) -> Self {
        let chance = uuid::Uuid::new_v4().simple().to_string();
        Self {
            stage,
            mark: format!("zq{row}z{}", &chance[..8]),
            wrong: Mutex::default(),
        }
    }

    /// All that differed.
    pub(crate) fn wrong(self) -> Vec<String> {
        self.wrong.into_inner().expect("nobody panics holding it")
    }

    pub(crate) fn note(&self, differs: impl Into<String>) {
        let mut wrong = self.wrong.lock().expect("nobody panics holding it");
        wrong.push(differs.into());
    }

    pub(crate) fn holds(&self, what: &str, holds: bool) {
        if !holds {
            self.note(format!("does not hold: {what}"));
        }
    }

    /// Sends a request and notes how the answer differs from the expected one.
    pub(crate) async fn told(&self, what: &str, asking: Asking, expect: Expect) -> Option<Told> {
        let told = asking.send(&self.stage.address).await;
        if differs(&told, expect) {
            self.note(format!("{what}: not {expect:?} but {told:?}"));
        }
        told.ok()
    }

    /// Calls a method as this person; gives the answer's message.
    pub(crate) async fn call(
        &self,
        what: &str,
        token: &str,
        method: &str,
        message: &impl Message,
        expect: Expect,
    ) -> Bytes {
        let asking = Wire::Web.call(method, message);
        let asking = if token.is_empty() {
            asking
        } else {
            asking.by(token)
        };
        let told = self.told(what, asking, expect).await;
        told.map(|t| t.body).unwrap_or_default()
    }
}

fn differs(told: &Result<Told, String>, expect: Expect) -> bool {
    let told = match told {
        Ok(told) => told,
        Err(_) => return !matches!(expect, Expect::HttpOrCut(_)),
    };
    let code = told.status.as_ref().map(tonic::Status::code);
    match expect {
        Expect::Fine => told.http != 200 || code != Some(Code::Ok),
        Expect::Code(expected) => code != Some(expected),
        Expect::Status(expected, reason) => code != Some(expected) || told.reason() != reason,
        Expect::Field(field) => {
            code != Some(Code::InvalidArgument) || !told.fields().contains(field)
        }
        Expect::Http(these) | Expect::HttpOrCut(these) => !these.contains(&told.http),
    }
}
