//! Fuzzes one parser until its time is over.

use std::{
    collections::HashSet,
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use crate::{HEAP, mutate, outcome::shape, targets::Target};

/// What a parser may take of the heap: so much for each byte of the input, and so much in any case.
const HEAP_PER_BYTE: usize = 64;
const HEAP_IN_ANY_CASE: usize = 4 * 1024 * 1024;
/// A ratio says nothing of inputs that are shorter.
const RATIO_FROM_BYTES: usize = 4 * 1024;
/// Longer inputs are not looked at for what became of them, nor kept.
const KEPT_BYTES_MAX: usize = 16 * 1024;
const CORPUS_MAX: usize = 2_000;

#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) inputs: u64,
    pub(crate) bytes: u64,
    /// How many different things they became.
    pub(crate) shapes: usize,
    pub(crate) longest: usize,
    pub(crate) heap_max: usize,
    /// Of the inputs of 4 KiB and more.
    pub(crate) heap_per_byte_max: usize,
    pub(crate) slowest: Duration,
}

pub(crate) fn run(target: &Target, seed: u64, until: Instant, found: &Path) -> anyhow::Result<Row> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut corpus = (target.seeds)();
    anyhow::ensure!(!corpus.is_empty(), "{} has no corpus", target.name);
    let mut shapes = HashSet::new();
    let mut row = Row {
        name: target.name,
        ..Row::default()
    };
    let mut seeds = corpus.clone().into_iter();
    while Instant::now() < until {
        // The corpus first, as it is.
        let seed = seeds.next();
        let input = seed.unwrap_or_else(|| mutate::next(target, &corpus, &mut rng));
        let is_new = one(target, &input, &mut row, &mut shapes).or_else(|error| {
            let path = keep(found, target.name, &input)?;
            Err(error.context(format!("the input is kept in {path}")))
        })?;
        if is_new && corpus.len() < CORPUS_MAX {
            corpus.push(input);
        } else if is_new {
            let at = rng.random_range(0..corpus.len());
            corpus[at] = input;
        }
    }
    row.shapes = shapes.len();
    Ok(row)
}

/// Whether the input became something that none before it did.
fn one(
    target: &Target,
    input: &[u8],
    row: &mut Row,
    shapes: &mut HashSet<u64>,
) -> anyhow::Result<bool> {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let began = Instant::now();
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.read)(input)));
    let took = began.elapsed();
    let heap = HEAP.peak_usage().saturating_sub(before);
    let outcome = outcome.map_err(|_| anyhow::anyhow!("{} panicked", target.name))?;
    row.heap_max = row.heap_max.max(heap);
    anyhow::ensure!(
        heap <= HEAP_IN_ANY_CASE + HEAP_PER_BYTE * input.len(),
        "{} took {heap} bytes of the heap for an input of {}",
        target.name,
        input.len()
    );

    row.inputs += 1;
    row.bytes += input.len() as u64;
    row.longest = row.longest.max(input.len());
    row.slowest = row.slowest.max(took);
    if input.len() >= RATIO_FROM_BYTES {
        row.heap_per_byte_max = row.heap_per_byte_max.max(heap.div_ceil(input.len()));
    }
    Ok(input.len() <= KEPT_BYTES_MAX && shapes.insert(shape(&outcome)))
}

fn keep(found: &Path, name: &str, input: &[u8]) -> anyhow::Result<String> {
    fs::create_dir_all(found).context("cannot make the folder of what is found")?;
    let digest = xxhash_rust::xxh3::xxh3_64(input);
    let path = found.join(format!("{name}-{digest:016x}"));
    fs::write(&path, input).context("cannot keep the input")?;
    Ok(path.display().to_string())
}
