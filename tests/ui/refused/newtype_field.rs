use npyt::{NpyElement, NpyRecord};

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Flag(bool);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Empty([f64; 0]);

#[derive(NpyElement)]
#[repr(transparent)]
struct NotCopy(f64);

#[derive(Clone, Copy, NpyElement)]
#[repr(transparent)]
struct Cents(i64);

fn record<T: NpyRecord>() {}

fn main() {
    record::<Cents>();
}
