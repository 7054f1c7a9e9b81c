use npyt::{NpyElement, NpyRecord};

struct Plain;

fn rows<T: NpyElement>() {}
fn records<T: NpyRecord>() {}

fn main() {
    rows::<bool>();
    rows::<[usize; 2]>();
    rows::<String>();
    rows::<Plain>();
    records::<f64>();
}
