use npyt::{Npyt, NpytCopy, NpytMut, NpyElement, NpyRecord};

struct Plain;

fn rows<T: NpyElement>() {}
fn records<T: NpyRecord>() {}

fn main() {
    rows::<bool>();
    rows::<[usize; 2]>();
    rows::<String>();
    rows::<Plain>();
    records::<f64>();

    let _ = NpytMut::<bool>::create("flags.npy");
    let _ = NpytMut::<Plain>::options().overwrite("rows.npy");
    let _ = NpytMut::<Plain>::open("rows.npy");
    let _ = NpytCopy::<Option<f64>>::open("prices.npy");
    let _ = unsafe { Npyt::<String>::open("names.npy") };
}
