//! No input makes loading panic, hang or print a secret. Seeded and bounded.

use crate::common::Folder;
use curbwatch_config::example;

const ROUNDS: usize = 600;

/// Bytes that mean something in TOML and CSV, and some that mean nothing.
const TOKENS: [&str; 24] = [
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    "\"",
    "'",
    "\"\"\"",
    "#",
    ",",
    ";",
    "\n",
    "\r\n",
    ".",
    "-",
    "\\u",
    "1e999",
    "nan",
    "0x",
    "1979-05-27",
    "\u{0}",
    "东",
];

fn mutated(rng: &mut fastrand::Rng, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.usize(1..6) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..5) {
            0 => drop(bytes.splice(at..at, TOKENS[rng.usize(..TOKENS.len())].bytes())),
            1 => bytes.truncate(at.max(bytes.len() / 2)),
            2 => {
                let end = (at + rng.usize(..40)).min(bytes.len());
                drop(bytes.drain(at..end));
            }
            3 => {
                let end = (at + rng.usize(..200)).min(bytes.len());
                let copy = bytes[at..end].to_vec();
                let to = rng.usize(..=bytes.len());
                drop(bytes.splice(to..to, copy));
            }
            _ => {
                let end = (at + 1).min(bytes.len());
                drop(bytes.splice(at..end, [rng.u8(..)]));
            }
        }
    }
    bytes
}

#[test]
fn no_input_panics() {
    let mut rng = fastrand::Rng::with_seed(45);
    let whole = example().replace("\n#", "\n").replace("password_file", "#");
    let csv = "id,name,url,look_every_secs\n1,\"a \"\"b\"\"\",rsp://h/x,5\n2;\"\n\",,\n";
    let main = "include = [\"a.csv\", \"b.toml\"]\n[inference]\nmodel = \"model.toml\"\n".to_owned();
    for round in 0..ROUNDS {
        let noise: Vec<u8> = (0..rng.usize(..300)).map(|_| rng.u8(..)).collect();
        let words: Vec<u8> = (0..rng.usize(..60))
            .flat_map(|_| TOKENS[rng.usize(..TOKENS.len())].bytes())
            .collect();
        let inputs = [
            mutated(&mut rng, &example()),
            mutated(&mut rng, &whole),
            noise.clone(),
            words.clone(),
        ];
        let folder = Folder::with(&[
            ("c.toml", inputs[round % 4].clone()),
            ("main.toml", main.clone().into_bytes()),
            (
                "a.csv",
                if round % 2 == 0 {
                    mutated(&mut rng, csv)
                } else {
                    words
                },
            ),
            (
                "b.toml",
                if round % 3 == 0 {
                    noise
                } else {
                    mutated(&mut rng, &whole)
                },
            ),
        ]);
        for file in ["c.toml", "main.toml"] {
            if let Err(problems) = folder.load(file) {
                assert!(
                    !problems.0.is_empty(),
                    "round {round}: an error without a problem"
                );
                let is_whole = |p: &curbwatch_config::Problem| {
                    p.line >= 1 && p.column >= 1 && !p.message.is_empty() && !p.hint.is_empty()
                };
                assert!(problems.0.iter().all(is_whole), "round {round}: {problems}");
                assert_eq!(
                    problems.to_string().lines().count(),
                    problems.0.len() + 1,
                    "round {round}"
                );
            }
        }
    }
}

#[test]
fn deep_and_wide_input_is_refused_in_bounded_time() {
    let model = "[inference]\nmodel = \"model.toml\"\n";
    let rows = [
        (
            "deep list",
            format!("{model}model_dirs = {}\n", "[".repeat(100_000)),
        ),
        ("deep table", format!("{model}[a{}]\n", ".a".repeat(50_000))),
        (
            "deep inline table",
            format!("{model}x = {}\n", "{a=".repeat(100_000)),
        ),
        (
            "wide",
            (0..50_000).fold(model.to_owned(), |text, n| text + &format!("k{n} = 1\n")),
        ),
        (
            "many points",
            format!(
                "{model}[[zones]]\ncamera = \"a\"\nid = \"a\"\nkind = \"ignore\"\npolygon = [{}]\n",
                "[0,0],".repeat(100_000)
            ),
        ),
    ];
    for (what, text) in rows {
        let folder = Folder::with(&[("c.toml", text)]);
        assert!(!folder.problems("c.toml").is_empty(), "{what}");
    }
}
