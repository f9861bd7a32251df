//! What a person sees of the configuration: good files, every kind of mistake, generated files.

#![cfg(test)]

mod changes;
mod common;
mod generated;
mod good;
mod hostile;
mod mistakes;
mod ten_mistakes;
