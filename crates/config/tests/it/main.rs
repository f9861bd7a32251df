//! What a person sees of the configuration: good files, every kind of mistake, generated files.

#![cfg(test)]

mod common;
mod generated;
mod good;
mod hostile;
mod mistakes;
mod ten_mistakes;
