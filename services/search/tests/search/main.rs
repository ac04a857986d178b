//! The catalogue: what is found, how it is kept, and what happens when others are away.
mod keeping;
mod limits;
mod owners;
mod suite;
mod world;
