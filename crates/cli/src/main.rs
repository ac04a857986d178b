//! The binary `kulturtorg`; see the library beside it.
use std::process::ExitCode;

/// glibc keeps the megabytes that each sign-in's key derivation frees; this one gives them back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kulturtorg::main()
}
