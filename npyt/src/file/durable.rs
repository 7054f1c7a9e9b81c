//! What the disk has of what was published. When it is to have it is up to `durability`.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::durability::Durability;
use super::io_error;
use crate::error::ErrorKind;
use crate::sys;

/// What one writer's file has on the disk.
#[derive(Debug)]
pub(super) struct Durable {
    durability: Durability,
    /// Whether the file's name may not be on the disk yet.
    is_new: bool,
    /// The end at which a sync is due.
    due: u64,
    /// What the disk answered when it refused.
    refused: Option<Refused>,
    thread: Option<Syncing>,
}

/// An error of the system, to be told more than once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Refused {
    code: Option<i32>,
    kind: io::ErrorKind,
}

impl Refused {
    pub(super) fn of(error: &io::Error) -> Self {
        Self { code: error.raw_os_error(), kind: error.kind() }
    }

    pub(super) fn error(self) -> io::Error {
        self.code.map_or_else(|| self.kind.into(), io::Error::from_raw_os_error)
    }
}

/// After so many pushes the thread that syncs is asked how it fares.
const ASKED_AFTER: u64 = 1024;

impl Durable {
    /// Of a file whose rows end at `end`. The thread's reference to the open file ends with this value.
    pub(super) fn start(durability: Durability, file: &File, end: u64) -> Result<Self, ErrorKind> {
        let thread = match durability {
            Durability::Every(time) => {
                let started = file.try_clone().and_then(|file| Syncing::start(file, time));
                Some(started.map_err(io_error("start a thread that syncs"))?)
            }
            _ => None,
        };
        let mut durable = Self { durability, is_new: false, due: u64::MAX, refused: None, thread };
        durable.set_due(end);
        Ok(durable)
    }

    /// For another file that takes the place of this one, which was synced.
    pub(super) fn start_anew(&self, file: &File, end: u64) -> Result<Self, ErrorKind> {
        Ok(Self { is_new: true, refused: self.refused, ..Self::start(self.durability, file, end)? })
    }

    /// The file's name may not be on the disk yet.
    pub(super) const fn named(&mut self) {
        self.is_new = true;
    }

    fn set_due(&mut self, end: u64) {
        self.due = match self.durability {
            Durability::EveryRows(rows) => end.saturating_add((rows as u64).max(1)),
            _ => u64::MAX,
        };
    }

    /// Whether steps of a growth are to be on the disk one after the other.
    pub(super) fn is_asked_for(&self) -> bool {
        self.durability != Durability::Manual
    }

    /// Whether the rows up to `end` are to be synced now.
    pub(super) const fn is_due(&self, end: u64) -> bool {
        // The thread knows the file, not its name.
        end >= self.due || self.is_new && matches!(self.durability, Durability::Every(_))
    }

    /// The row from which on adding a single one takes more than a store.
    pub(super) const fn quick_until(&self, end: u64) -> u64 {
        match self.durability {
            _ if self.refused.is_some() && !matches!(self.durability, Durability::Manual) => 0,
            Durability::Manual => u64::MAX,
            Durability::EveryPublish => 0,
            Durability::Every(_) if self.is_new => 0,
            Durability::EveryRows(_) => self.due.saturating_sub(1),
            Durability::Every(_) => end.saturating_add(ASKED_AFTER),
        }
    }

    /// An error where the disk has refused, now or before: a later success would say nothing about what it refused then. Rows
    /// that nobody promised to make durable may go on.
    pub(super) fn check(&mut self) -> Result<(), ErrorKind> {
        if let Some(error) = self.thread.as_ref().and_then(Syncing::take_error) {
            self.refuse(Refused::of(&error));
        }
        match self.refused {
            Some(refused) if self.is_asked_for() => Err(ErrorKind::Io {
                action: "add rows after the disk refused to make earlier ones durable",
                source: refused.error(),
            }),
            _ => Ok(()),
        }
    }

    /// Notes that the disk refused. The first time counts.
    pub(super) fn refuse(&mut self, refused: Refused) {
        self.refused.get_or_insert(refused);
    }

    /// Syncs the directory, where the name is new.
    pub(super) fn sync_name(&mut self, target: &Path) -> Result<(), ErrorKind> {
        if self.is_new {
            sys::sync_directory(target).map_err(io_error("sync the directory"))?;
            self.is_new = false;
        }
        Ok(())
    }

    /// Notes the result of a sync, of rows up to `end`. Never a success again once one was refused.
    pub(super) fn synced(&mut self, result: Result<(), ErrorKind>, end: u64) -> Result<(), ErrorKind> {
        if let Err(ErrorKind::Io { source, .. }) = &result {
            self.refuse(Refused::of(source));
        }
        if let Some(error) = self.thread.as_ref().and_then(Syncing::settled_error) {
            self.refuse(Refused::of(&error));
        }
        result?;
        if let Some(refused) = self.refused {
            return Err(ErrorKind::Io { action: "sync", source: refused.error() });
        }
        self.set_due(end);
        Ok(())
    }
}

/// The thread behind [`Durability::Every`]; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Syncing {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stop: bool,
    /// The disk has been asked and has not answered.
    asking: bool,
    /// So often it has answered.
    answers: u64,
    error: Option<io::Error>,
}

impl Syncing {
    /// Syncs `file` each time that so much time is over. The file is one more reference to the open file, and with it to its
    /// locks, until this is dropped.
    pub(super) fn start(file: File, every: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let thread = thread::Builder::new().name("npyt sync".to_owned()).spawn(move || theirs.run(&file, every))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The error of a sync that failed, once.
    pub(super) fn take_error(&self) -> Option<io::Error> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).error.take()
    }

    /// The same, after the answer that the thread is waiting for at this moment. The system tells an error once, to who asked
    /// first; so another's success says nothing before that answer is known.
    fn settled_error(&self) -> Option<io::Error> {
        let state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = state.answers;
        let settled = self.shared.changed.wait_while(state, |state| state.asking && state.answers == answers);
        settled.unwrap_or_else(PoisonError::into_inner).error.take()
    }
}

impl Shared {
    fn run(&self, file: &File, every: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // An error ends it: what the disk refused once it may have dropped, and a later success would say nothing.
        while !state.stop && state.error.is_none() {
            let waited = self.changed.wait_timeout_while(state, every, |state| !state.stop);
            waited.unwrap_or_else(PoisonError::into_inner).0.asking = true;
            let synced = file.sync_data();
            state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.asking = false;
            state.answers += 1;
            state.error = synced.err();
            self.changed.notify_all();
        }
    }
}

impl Drop for Syncing {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It doesn't panic, and if it did there is nobody to tell.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtype::DType;
    use crate::element::NpyElement;
    use crate::error::Error;
    use crate::file::{Create, Existing, Growth, Room, Ways, Writer};
    use crate::header::Form;
    use crate::protocol::{PUBLISH, Words};
    use crate::rows;
    use crate::tail::TailLayout;
    use std::sync::atomic::Ordering;
    use std::time::Instant;

    const ROW: DType = u64::DTYPE;

    /// A file with room for 1000 rows.
    fn writer(folder: &Path, durability: Durability) -> Writer {
        writer_that(folder, durability, false)
    }

    fn writer_that(folder: &Path, durability: Durability, wake: bool) -> Writer {
        let (capacity, form, tail) = (1_000, Form::Aligned, TailLayout::V0_4);
        let create = Create {
            row: &ROW,
            alignment: 8,
            capacity,
            form,
            tail,
            sparse: true,
            existing: Existing::Refuse,
            base: None,
        };
        let growth = Growth::Double;
        let ways = Ways { reserve: false, prefault: false, growth, durability, wake };
        Writer::create(&folder.join("a.npy"), &create, ways).unwrap()
    }

    /// Rows one by one, as `NpytMut::push` adds them.
    fn push(writer: &mut Writer, rows: u64) -> Result<(), Error> {
        (0..rows).try_for_each(|row| {
            let (slots, next) = writer.next();
            if let Some(slot) = rows::put(slots, next, &row) {
                slot.store_end(next + 1, PUBLISH);
                writer.go_on_at(next + 1);
                return Ok(());
            }
            match writer.room(1)? {
                Room::Map(slots, next) => assert!(rows::put_all(slots, next, &[row])),
                Room::Words(map, at) => assert!(rows::put_words(map, at, &row)),
                Room::File(file, at) => rows::write_all(file, at, &[row]).unwrap(),
            }
            writer.publish(1)
        })
    }

    /// A disk that refuses every sync, and takes whatever is written.
    fn broken(writer: &mut Writer) -> File {
        let null = File::options().read(true).write(true).open("/dev/null").unwrap();
        std::mem::replace(&mut writer.medium.file, null)
    }

    /// A thread that was refused a sync.
    fn refused() -> Syncing {
        let thread = Syncing::start(File::open("/dev/null").unwrap(), Duration::ZERO).unwrap();
        let began = Instant::now();
        while thread.shared.state.lock().unwrap().error.is_none() {
            assert!(began.elapsed() < Duration::from_secs(60), "it doesn't sync");
            thread::yield_now();
        }
        thread
    }

    #[test]
    fn a_sync_is_due_after_so_many_rows_also_where_rows_were_taken_back() {
        for rows in [0, 30] {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path(), Durability::EveryRows(10));
            push(&mut writer, 200).unwrap();
            writer.truncate(rows).unwrap();
            let _file = broken(&mut writer);
            push(&mut writer, 9).unwrap();
            assert!(matches!(push(&mut writer, 1).unwrap_err().kind(), ErrorKind::NotDurable { .. }));
            assert_eq!(writer.end(), rows + 10);
        }
    }

    #[test]
    fn no_row_is_added_after_any_sync_was_refused() {
        for durability in [Durability::EveryRows(100), Durability::Every(Duration::from_secs(1_000))] {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path(), durability);
            push(&mut writer, 5).unwrap();
            let file = broken(&mut writer);
            writer.sync().unwrap_err();
            writer.medium.file = file;
            push(&mut writer, 1).unwrap_err();
            writer.sync().unwrap_err();
            assert_eq!(writer.end(), 5);
        }
    }

    #[test]
    fn the_error_of_the_thread_stops_all_ways_of_adding_rows_once_it_is_known() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), Durability::Every(Duration::from_secs(1_000)));
        push(&mut writer, 5).unwrap();
        writer.durable.thread = Some(refused());
        // A batch asks; a push would some rows later.
        writer.room(1).unwrap_err();
        push(&mut writer, 1).unwrap_err();
        assert_eq!(writer.end(), 5);
    }

    #[test]
    fn a_sync_that_was_refused_in_a_growth_is_remembered() {
        for rows in [5, 1_000] {
            let folder = tempfile::tempdir().unwrap();
            let mut writer = writer(folder.path(), Durability::EveryRows(10_000));
            push(&mut writer, rows).unwrap();
            let file = broken(&mut writer);
            writer.reserve(2_000).unwrap_err();
            writer.medium.file = file;
            assert_eq!(writer.capacity(), 1_000);
            push(&mut writer, 1).unwrap_err();
            writer.sync().unwrap_err();
            assert_eq!(writer.end(), rows);
        }
    }

    #[test]
    fn a_sync_that_was_refused_in_a_shrink_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), Durability::Manual);
        push(&mut writer, 5).unwrap();
        // Locks are asked for on the file itself: only what is below them.
        let file = broken(&mut writer);
        writer.go_to(5).unwrap_err();
        writer.medium.file = file;
        writer.sync().unwrap_err();
        // Nobody promised more: rows go on.
        push(&mut writer, 2_000).unwrap();
    }

    #[test]
    fn the_thread_of_a_new_file_does_not_leave_its_name_to_chance() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), Durability::Every(Duration::from_secs(1_000)));
        push(&mut writer, 1).unwrap();
        assert!(!writer.durable.is_new);
        push(&mut writer, 1).unwrap();
        assert!(writer.medium.map.quick() > 2);
    }

    #[test]
    fn a_success_waits_for_the_answer_that_the_thread_may_have_got_in_its_place() {
        let file = tempfile::tempfile().unwrap();
        let mut durable = Durable::start(Durability::Every(Duration::from_secs(1_000)), &file, 0).unwrap();
        let shared = Arc::clone(&durable.thread.as_ref().unwrap().shared);
        shared.state.lock().unwrap().asking = true;
        thread::scope(|scope| {
            scope.spawn(|| {
                (0..1_000).for_each(|_| thread::yield_now());
                let mut state = shared.state.lock().unwrap();
                (state.asking, state.answers) = (false, 1);
                state.error = Some(io::ErrorKind::StorageFull.into());
                shared.changed.notify_all();
            });
            durable.synced(Ok(()), 0).unwrap_err();
        });
    }

    #[test]
    fn a_tail_stays_good_until_the_disk_has_the_digits_that_abandon_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer_that(folder.path(), Durability::Every(Duration::from_secs(1_000)), true);
        push(&mut writer, 5).unwrap();
        let (counters, capacity) = (writer.counters.unwrap(), writer.capacity());
        // The sync behind the digits is refused; the one before them was not.
        writer.durable.thread = Some(refused());
        writer.reserve(2_000).unwrap_err();
        assert!(writer.capacity() > capacity);
        assert_eq!(writer.medium.load(counters.end_word(), Ordering::Relaxed), 5);
        // By hand nothing is promised, and nothing waited for.
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer_that(folder.path(), Durability::Manual, true);
        push(&mut writer, 5).unwrap();
        let counters = writer.counters.unwrap();
        writer.reserve(2_000).unwrap();
        assert_eq!(writer.medium.load(counters.end_word(), Ordering::Relaxed), !5);
    }
}
