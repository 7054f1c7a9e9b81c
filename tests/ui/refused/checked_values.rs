use npyt::{Checked, NpytMut};

enum Side {
    Buy,
    Sell,
}

fn main() {
    let _ = NpytMut::<Checked<u8>>::create("numbers.npy");
    let _ = NpytMut::<Checked<Side>>::create("sides.npy");
    let _ = (Side::Buy, Side::Sell);
}
