//! The catalogue: what is found, how it is kept, and what happens when others are away.
mod keeping;
mod limits;
mod meili;
mod meili_fake;
mod meili_search;
mod owners;
mod suite;
mod world;
