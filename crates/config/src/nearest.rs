//! Which name was meant: the remedies for misspelt keys, columns, words and names.

/// The remedy for a key that is not among `names`.
pub(crate) fn unknown_key_hint(key: &str, names: &[&str]) -> String {
    let secret = ["password", "token"].into_iter().find(|stem| {
        key.to_ascii_lowercase().contains(stem) && names.contains(&format!("{stem}_env").as_str())
    });
    if let Some(stem) = secret {
        return format!("a secret is given by reference: `{stem}_env` or `{stem}_file`");
    }
    match nearest(key, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", names.join(", ")),
    }
}

/// The name nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'n>(word: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let rate = |name: &'n str| {
        let limit = (name.chars().count().max(3) / 3).min(4);
        let distance = edit_distance(&word, name);
        let is_stem = word.len() >= 4 && (name.starts_with(&word) || word.starts_with(name));
        (distance <= limit || is_stem).then_some((distance, name))
    };
    names.filter_map(rate).min().map(|(_, name)| name)
}

/// Insertions, deletions, changes and swaps of neighbours that make one word the other (optimal string
/// alignment distance), in characters.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_one_that_can_be_meant() {
        let names = ["look_every_secs", "url", "user", "transport", "view", "group"];
        let rows = [
            ("look_evry_secs", Some("look_every_secs")),
            ("look-every-secs", Some("look_every_secs")),
            ("LOOK_EVERY", Some("look_every_secs")),
            ("ulr", Some("url")),
            ("usre", Some("user")),
            ("transports", Some("transport")),
            ("colour", None),
            ("", None),
            ("x", None),
        ];
        for (word, want) in rows {
            assert_eq!(nearest(word, names.into_iter()), want, "{word}");
        }
    }
}
