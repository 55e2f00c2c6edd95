//! Looks for personal data in the bytes of files, in each form that a program might have given it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use aho_corasick::AhoCorasick;
use base64::{Engine as _, prelude::BASE64_STANDARD_NO_PAD};

/// What is looked for, and the words that the patterns stand for.
pub(super) struct Scanner {
    patterns: AhoCorasick,
    named: Vec<String>,
}

impl Scanner {
    pub(super) fn new(words: &[&str]) -> Self {
        let mut forms = Vec::new();
        for word in words {
            for (form, bytes) in forms_of(word) {
                forms.push((format!("{word} in {form}"), bytes));
            }
        }
        Self {
            patterns: AhoCorasick::new(forms.iter().map(|(_, bytes)| bytes)).unwrap(),
            named: forms.into_iter().map(|(name, _)| name).collect(),
        }
    }

    pub(super) fn of_bytes(&self, bytes: &[u8]) -> BTreeSet<&str> {
        let found = self.patterns.find_overlapping_iter(bytes);
        found
            .map(|found| self.named[found.pattern().as_usize()].as_str())
            .collect()
    }

    /// What is found in the files below these folders, and how many bytes were looked at.
    pub(super) fn of_files(&self, folders: &[&Path]) -> (Vec<String>, u64) {
        let (mut found, mut looked_at) = (Vec::new(), 0);
        for file in folders.iter().flat_map(|folder| files(folder)) {
            // A file that is gone was of no use to anybody.
            let Ok(bytes) = fs::read(&file) else { continue };
            looked_at += bytes.len() as u64;
            for name in self.of_bytes(&bytes) {
                found.push(format!("{name}: {}", file.display()));
            }
        }
        (found, looked_at)
    }
}

fn forms_of(word: &str) -> Vec<(&'static str, Vec<u8>)> {
    let hex = word
        .bytes()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let utf16 = |bytes: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(bytes).collect();
    vec![
        ("UTF-8", word.into()),
        ("capitals", word.to_uppercase().into()),
        ("UTF-16", utf16(u16::to_le_bytes)),
        ("big-endian UTF-16", utf16(u16::to_be_bytes)),
        ("capital hex", hex.to_uppercase().into()),
        ("hex", hex.into()),
        ("base64", base64(word, 0)),
        ("base64, one byte in", base64(word, 1)),
        ("base64, two bytes in", base64(word, 2)),
    ]
}

/// What is the same wherever the word begins at this place of three bytes, and whatever surrounds it.
fn base64(word: &str, place: usize) -> Vec<u8> {
    let encoded = BASE64_STANDARD_NO_PAD.encode([&vec![0; place], word.as_bytes()].concat());
    let first = (place * 8).div_ceil(6);
    let last = (place + word.len()) * 8 / 6;
    encoded.as_bytes()[first..last].to_vec()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return files;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else {
            files.push(path);
        }
    }
    files
}

#[test]
fn what_is_planted_is_found_in_every_form() {
    const WORD: &str = "zwxq7canary";
    let scanner = Scanner::new(&[WORD, "another"]);
    let folder = tempfile::tempdir().unwrap();
    for (index, (form, bytes)) in forms_of(WORD).into_iter().enumerate() {
        let file = folder.path().join(index.to_string());
        fs::write(&file, [b"before".as_slice(), &bytes, b"after"].concat()).unwrap();
        let (found, _) = scanner.of_files(&[folder.path()]);
        let expected = format!("{WORD} in {form}: {}", file.display());
        assert!(found.contains(&expected), "{expected} is not in {found:?}");
        fs::remove_file(file).unwrap();
    }
    for before in 0..3 {
        let text = format!("{}My name is {WORD}, and more", "-".repeat(before));
        let encoded = BASE64_STANDARD_NO_PAD.encode(&text);
        assert_eq!(scanner.of_bytes(encoded.as_bytes()).len(), 1, "{text}");
    }
    assert!(scanner.of_bytes(b"zwxq7 canary").is_empty());
}
