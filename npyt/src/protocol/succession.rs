//! From one file of a directory to the next, without leaving a row behind.
//!
//! No file says that it is at its end; nobody has to live to say so. What says it is that there is a later one:
//!
//! 1. the writer publishes the last row of a file,
//! 2. writes the next file, its first rows and their `end` included,
//! 3. gives it its name (Release: whoever finds the name sees 1 and 2),
//! 4. and from then on adds rows to the next one only.

/// What a reader is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn<N> {
    /// Take the rows up to this end.
    Rows(u64),
    /// Come again: there is nothing new.
    Wait,
    /// Go to the next file: there will be no more rows in this one.
    Next(N),
}

/// What a reader is to do that has read the rows below `position` of a file.
///
/// `look` says where the rows of the file end; `next` which file comes after it, if there is one, by an acquiring look at what
/// made it known.
///
/// `next` is asked before the look that decides: an end that was seen earlier may have been left behind by rows that were
/// there before the next file was.
pub(crate) fn turn<N, E>(
    position: u64,
    mut look: impl FnMut() -> Result<u64, E>,
    next: impl FnOnce() -> Result<Option<N>, E>,
) -> Result<Turn<N>, E> {
    let end = look()?;
    if end > position {
        return Ok(Turn::Rows(end));
    }
    let Some(next) = next()? else { return Ok(Turn::Wait) };
    // Who knows the name of the next file sees the last end of this one.
    let end = look()?;
    Ok(if end > position { Turn::Rows(end) } else { Turn::Next(next) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A turn at row 5, where the file shows these ends one after the other.
    fn at_5(
        ends: &[Result<u64, &'static str>],
        next: Result<Option<char>, &'static str>,
    ) -> Result<Turn<char>, &'static str> {
        let mut ends = ends.iter();
        let result = turn(5, || *ends.next().expect("as many looks"), || next);
        assert_eq!(ends.next(), None, "a look was left out");
        result
    }

    #[test]
    fn rows_come_before_anything_else() {
        let asked = || -> Result<Option<char>, ()> { unreachable!("there are rows") };
        assert_eq!(turn(5, || Ok(6), asked), Ok(Turn::Rows(6)));
        assert_eq!(at_5(&[Ok(5)], Ok(None)), Ok(Turn::Wait));
        assert_eq!(at_5(&[Ok(5), Ok(7)], Ok(Some('b'))), Ok(Turn::Rows(7)));
        assert_eq!(at_5(&[Ok(5), Ok(5)], Ok(Some('b'))), Ok(Turn::Next('b')));
    }

    #[test]
    fn an_error_of_any_step_is_the_result() {
        assert_eq!(at_5(&[Err("first")], Ok(Some('b'))), Err("first"));
        assert_eq!(at_5(&[Ok(5)], Err("next")), Err("next"));
        assert_eq!(at_5(&[Ok(5), Err("second")], Ok(Some('b'))), Err("second"));
    }
}
