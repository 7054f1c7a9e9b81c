//! The command `npyt`: what a file is, what stands in it, and how to set it right, from a shell.

fn main() {}
