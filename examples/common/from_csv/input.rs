use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const BUFFER: usize = 64 << 10;

/// The bytes of a file, or of standard input for `-`; decompressed where they are gzip's.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    if is_stdin(path) { decompressed(io::stdin().lock()) } else { decompressed(File::open(path)?) }
}

/// What to call it in a message.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The bytes themselves tell what they are, which works without a name, and when the name is wrong.
fn decompressed(mut input: impl Read + 'static) -> io::Result<Box<dyn BufRead>> {
    let mut first = Vec::new();
    // A pipe may give a single byte at first; `take` goes on until there are two, or the end.
    input.by_ref().take(GZIP.len() as u64).read_to_end(&mut first)?;
    let is_gzip = first == GZIP;
    let input = BufReader::with_capacity(BUFFER, io::Cursor::new(first).chain(input));
    // Files put together by appending one .gz to another are common, so all members are read.
    Ok(if is_gzip { Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(input))) } else { Box::new(input) })
}

/// The number of lines after the first: at least as many as rows. [`None`] of what can be read only once.
///
/// # Errors
///
/// The operating system's.
pub fn count_lines(path: &Path) -> io::Result<Option<usize>> {
    if is_stdin(path) || !path.metadata()?.is_file() {
        return Ok(None);
    }
    let mut input = open(path)?;
    let mut newlines = 0;
    let mut last = b'\n';
    loop {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A damaged archive: what can be read of it is recorded, and then the error is told with its line.
            Err(_) => break,
        };
        let Some(&end) = bytes.last() else { break };
        last = end;
        newlines += bytes.iter().filter(|&&byte| byte == b'\n').count();
        let len = bytes.len();
        input.consume(len);
    }
    // A last line may lack its newline; the first line is not a row.
    Ok(Some((newlines + usize::from(last != b'\n')).saturating_sub(1)))
}
