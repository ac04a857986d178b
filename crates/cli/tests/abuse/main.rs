//! What a hostile or unlucky world does to a region: bad input, wrong callers, killed processes. The walks read the
//! contract's descriptors, so that a new method is covered on the day it is written.
mod access;
mod bad_input;
mod broken;
mod checker;
mod contract;
mod kill;
mod matrix;
mod region;
mod sale;
mod unknown_ids;
