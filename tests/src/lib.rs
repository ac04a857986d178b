//! Holds the tests that see several services; see `tests/`.
