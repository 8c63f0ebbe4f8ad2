//! Line numbers of a Dockerfile.

/// Where lines begin, and the number of the first.
#[derive(Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
    first: u32,
}

impl Lines {
    /// Those of a text whose first line has this number.
    pub(super) fn of(text: &str, first: u32) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { starts: breaks.collect(), first }
    }

    /// The number of the line that a byte is in.
    pub(super) fn at(&self, byte: usize) -> u32 {
        let before = self.starts.partition_point(|start| *start <= byte);
        self.first.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_are_counted_from_the_first() {
        let lines = Lines::of("a\nb\n\nc", 10);
        assert_eq!([0, 1, 2, 4, 5, 99].map(|at| lines.at(at)), [10, 10, 11, 12, 13, 13]);
    }
}
