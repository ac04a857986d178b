//! The binary `kulturtorg`; see the library beside it.
use std::process::ExitCode;

fn main() -> ExitCode {
    kulturtorg::main()
}
