//! Small histories with numbers that can be counted by hand, and samples that must look right.

mod numbers;
mod pages;
