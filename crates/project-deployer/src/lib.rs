#![doc = include_str!("../README.md")]

pub mod bundle_reader;
