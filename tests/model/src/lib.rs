//! The protocol of npyt on other media than a mapped file.
//!
//! The modules below are the library's own sources, not copies: what is modelled and simulated here is the code that runs on
//! real files. They are all that lies below the protocol, and none of it touches a file.

#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/dtype/mod.rs"]
mod dtype;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/error.rs"]
mod error;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/geometry.rs"]
mod geometry;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/header/mod.rs"]
mod header;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/protocol/mod.rs"]
mod protocol;
#[allow(dead_code, unused_imports, unreachable_pub, reason = "the layers above use the rest, and publish it")]
#[path = "../../../npyt/src/tail.rs"]
mod tail;

pub mod model;
pub mod simulated;
