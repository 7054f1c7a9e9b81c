//! Words that were probably meant.

/// The one of the words that is near to what was found, if any is.
pub(crate) fn near<'a>(found: &str, words: &[&'a str]) -> Option<&'a str> {
    let most = (found.chars().count() / 2).clamp(1, 2);
    let found = found.to_lowercase();
    words
        .iter()
        .map(|word| (distance(&found, &word.to_lowercase()), *word))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// ` (did you mean "list"?)`, or nothing.
pub(crate) fn text(found: &str, words: &[&str]) -> String {
    near(found, words).map_or_else(String::new, |word| format!(" (did you mean {word:?}?)"))
}

/// How many characters have to be changed, added or taken away to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let changed = before + usize::from(from != *to);
            before = row[j + 1];
            row[j + 1] = changed.min(before + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
