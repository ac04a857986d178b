//! A stream of requests on its way to its service. Each message is looked at before it goes on, whole and unpacked; no
//! more than one waits here, and a client is not read faster than its service takes.
use std::sync::{Arc, OnceLock};

use bytes::{Buf, Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tonic::body::Body;
use tonic::{Code, Status};

use crate::fault::{by_protocol, refusal};
use crate::frame::{HEAD, told_length, too_large};
use crate::gzip::Coding;
use crate::intake::{Intake, Room, Sent, grant};

/// How the client broke the call, if it did. What the service then says of it is not its own fault.
pub(crate) type Verdict = Arc<OnceLock<Status>>;

/// The messages of a client, as they are sent on.
pub(crate) struct Messages {
    pub(crate) body: Body,
    pub(crate) verdict: Verdict,
}

impl Messages {
    pub(crate) fn new(sent: Sent, coding: Coding, intake: Arc<Intake>) -> Self {
        let verdict = Verdict::default();
        let reader = Reader {
            sent,
            coding,
            intake,
            buffer: BytesMut::new(),
            room: None,
        };
        Self {
            body: Body::new(StreamBody::new(frames(reader, verdict.clone()))),
            verdict,
        }
    }
}

fn frames(reader: Reader, verdict: Verdict) -> BoxStream<'static, Result<Frame<Bytes>, Status>> {
    let next = |(mut reader, verdict): (Reader, Verdict)| async move {
        match reader.next().await {
            Ok(Some(message)) => Ok(Some((Frame::data(message), (reader, verdict)))),
            Ok(None) => Ok(None),
            Err(status) => {
                let _ = verdict.set(status.clone());
                Err(status)
            }
        }
    };
    stream::try_unfold((reader, verdict), next).boxed()
}

struct Reader {
    sent: Sent,
    coding: Coding,
    intake: Arc<Intake>,
    buffer: BytesMut,
    room: Room,
}

impl Reader {
    /// The next message in its frame; `None`: there is no further one.
    async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.cut()? {
                let packed = message[0] == 1;
                return Ok(Some(if packed {
                    let (intake, coding) = (&self.intake, self.coding);
                    let message = intake.unpacked_message(&message[HEAD..], coding, &mut self.room);
                    message.await?
                } else {
                    message
                }));
            }
            // What was sent on needs no room any more.
            self.room = None;
            match self.sent.frame().await {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else {
                        continue;
                    };
                    let held = self.buffer.len() + data.len();
                    grant(&mut self.room, held, &self.intake.room)?;
                    self.buffer.extend_from_slice(&data);
                }
                Some(Err(_)) => return Err(broken_off()),
                None if self.buffer.is_empty() => return Ok(None),
                None => return Err(broken("the stream ends within a message")),
            }
        }
    }

    /// The first message of the buffer with its frame, if it is whole.
    fn cut(&mut self) -> Result<Option<Bytes>, Status> {
        let Some(flag) = self.buffer.first() else {
            return Ok(None);
        };
        if *flag > 1 {
            return Err(broken("the frame has unknown flags"));
        }
        let Some(length) = told_length(&self.buffer) else {
            return Ok(None);
        };
        if length > self.intake.largest {
            return Err(too_large(self.intake.largest));
        }
        let whole = HEAD + length;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        Ok(Some(self.buffer.copy_to_bytes(whole)))
    }
}

fn broken(told: &str) -> Status {
    by_protocol(Code::Internal, told)
}

fn broken_off() -> Status {
    let told = "the request broke off; send it again";
    refusal(Code::Cancelled, "BROKEN_OFF", told)
}
