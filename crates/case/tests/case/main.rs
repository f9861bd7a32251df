//! The crate from outside: incidents in, evidence, rows and requests out. One binary, so that it is
//! linked once.

#[cfg(test)]
mod decisions;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod kill_nine;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod recheck;
#[cfg(test)]
mod review;
#[cfg(test)]
mod sinks;
#[cfg(test)]
mod store;
#[cfg(test)]
mod wire;
