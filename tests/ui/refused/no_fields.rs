use npyt::NpyRecord;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Unit;

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Braces {}

#[derive(Clone, Copy, NpyRecord)]
#[repr(C)]
struct Parentheses();

fn main() {}
