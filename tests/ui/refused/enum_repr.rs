use npyt::NpyEnum;

#[derive(Clone, Copy, NpyEnum)]
enum Missing {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(C)]
enum OfC {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(usize)]
enum Machine {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(isize)]
enum Signed {
    Buy,
}

#[derive(Clone, Copy, NpyEnum)]
#[repr(i128)]
enum Wide {
    Buy,
}

fn main() {}
