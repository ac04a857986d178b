//! Messages that clients send compressed. They are unpacked here, once for all services, so that the limit of a message
//! counts for what it really holds.
use std::io::Read as _;

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http::{HeaderMap, HeaderName};
use tokio::sync::Semaphore;
use tonic::metadata::MetadataValue;
use tonic::{Code, Status};

use crate::fault::by_protocol;

/// So much is unpacked before others get their turn.
const PIECE: usize = 32 * 1024;
/// How gzip begins.
const MAGIC: [u8; 2] = [0x1f, 0x8b];
/// What clients may send in, as they are told.
const TAKEN: &str = "identity, gzip";

/// How a client says that its messages are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// As they are.
    Identity,
    /// By gzip.
    Gzip,
}

impl Coding {
    /// What this header announces: `grpc-encoding`, or HTTP's own `content-encoding`.
    pub(crate) fn announced(headers: &HeaderMap, name: &HeaderName) -> Result<Self, Status> {
        let mut told = headers.get_all(name).iter();
        match (told.next().map(|v| v.as_bytes()), told.next()) {
            (None | Some(b"identity"), None) => Ok(Self::Identity),
            (Some(b"gzip"), None) => Ok(Self::Gzip),
            _ => Err(unknown(name)),
        }
    }
}

/// Refuses a coding, and says which are taken, in words and in the header that clients look at.
fn unknown(name: &HeaderName) -> Status {
    let told = format!("{name} must be one of: {TAKEN}");
    let mut status = by_protocol(Code::Unimplemented, told);
    let answer = if name == http::header::CONTENT_ENCODING {
        "accept-encoding"
    } else {
        "grpc-accept-encoding"
    };
    let taken = MetadataValue::from_static(TAKEN);
    status.metadata_mut().insert(answer, taken);
    status
}

/// Why something was not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is no gzip, or breaks off.
    Broken,
    /// It holds more than it may.
    TooLarge,
}

/// Unpacks up to `most` bytes. A few bytes can hold very many, so messages are unpacked one at a time and piece by
/// piece: whoever sends such things keeps nobody else waiting for longer than a piece takes.
pub(crate) async fn unpack(packed: &[u8], most: usize, turn: &Semaphore) -> Result<Bytes, Failure> {
    if !packed.starts_with(&MAGIC) {
        return Err(Failure::Broken);
    }
    // Gzip ends with the size of what it holds; an honest bomb is refused unopened.
    let told = packed.last_chunk::<4>().map(|b| u32::from_le_bytes(*b));
    if told.is_some_and(|told| told as usize > most) {
        return Err(Failure::TooLarge);
    }
    let _turn = turn.acquire().await.map_err(|_| Failure::Broken)?;
    let mut decoder = MultiGzDecoder::new(packed);
    let mut unpacked = Vec::new();
    loop {
        let before = unpacked.len();
        let piece = PIECE.min(most + 1 - before) as u64;
        decoder
            .by_ref()
            .take(piece)
            .read_to_end(&mut unpacked)
            .map_err(|_| Failure::Broken)?;
        if unpacked.len() > most {
            return Err(Failure::TooLarge);
        }
        if unpacked.len() == before {
            return Ok(unpacked.into());
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("packed");
        encoder.finish().expect("packed")
    }

    async fn unpacked(packed: &[u8], most: usize) -> Result<Bytes, Failure> {
        unpack(packed, most, &Semaphore::new(1)).await
    }

    #[tokio::test]
    async fn the_limit_counts_for_what_was_packed() {
        let zeros = vec![0; 1 << 20];
        let packed = pack(&zeros);
        assert!(packed.len() < 2048);
        assert_eq!(unpacked(&packed, 1 << 20).await, Ok(zeros.into()));
        assert_eq!(
            unpacked(&packed, (1 << 20) - 1).await,
            Err(Failure::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_bomb_that_lies_about_its_size_is_given_up_at_the_limit() {
        let mut packed = pack(&vec![0; 64 << 20]);
        let size = packed.last_chunk_mut::<4>().expect("long enough");
        *size = 10_u32.to_le_bytes();
        assert_eq!(unpacked(&packed, 1 << 20).await, Err(Failure::TooLarge));
    }

    #[tokio::test]
    async fn what_is_no_gzip_is_told() {
        let good = pack(b"culture");
        for bad in [&b""[..], b"culture", &good[..3]] {
            assert_eq!(unpacked(bad, 1000).await, Err(Failure::Broken), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn what_breaks_off_or_goes_on_behind_its_end_is_refused() {
        // Its last bytes are no size, but may look like one.
        let good = pack(b"culture");
        let torn = &good[..good.len() - 9];
        for bad in [torn, &[&good[..], b"x"].concat()] {
            assert!(unpacked(bad, 1000).await.is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_known_codings_are_taken() {
        let name = HeaderName::from_static("grpc-encoding");
        for (told, taken) in [
            ("gzip", Some(Coding::Gzip)),
            ("identity", Some(Coding::Identity)),
            ("br", None),
            ("gzip, gzip", None),
            ("", None),
        ] {
            let value = http::HeaderValue::from_static(told);
            let headers = HeaderMap::from_iter([(name.clone(), value)]);
            let found = Coding::announced(&headers, &name);
            assert_eq!(found.as_ref().ok().copied(), taken, "{told:?}");
            if let Err(status) = found {
                assert_eq!(
                    status.metadata().get("grpc-accept-encoding").expect("told"),
                    TAKEN
                );
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_was_packed_comes_out(bytes in prop::collection::vec(any::<u8>(), 0..100_000)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let packed = pack(&bytes);
            prop_assert_eq!(runtime.block_on(unpacked(&packed, 100_000)), Ok(Bytes::from(bytes)));
        }
    }
}
