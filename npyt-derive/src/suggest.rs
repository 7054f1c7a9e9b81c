//! Words that were probably meant.

/// `; did you mean "..."?` where one of the words is near, else nothing.
pub(crate) fn near(found: &str, words: &[&str]) -> String {
    let most = found.chars().count().clamp(1, 6) / 2;
    words
        .iter()
        .map(|word| (distance(&found.to_lowercase(), &word.to_lowercase()), word))
        .filter(|(distance, _)| *distance <= most.clamp(1, 2))
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(String::new, |(_, word)| format!("; did you mean `{word}`?"))
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
