use std::ops::Deref;
use std::sync::Arc;

/// Borrowed for the life of the program, or counted.
///
/// A derived record's description is a constant, one read from a file is made at run time; with this both are the same
/// type, and cloning either is cheap.
pub(crate) enum Shared<T: ?Sized + 'static> {
    Static(&'static T),
    Counted(Arc<T>),
}

impl<T: ?Sized> Shared<T> {
    /// The value, in a constant: there it is never counted, and if it were, the panic would be a compile error.
    #[expect(clippy::panic, reason = "only ever evaluated in constants")]
    pub(crate) const fn in_const(&self) -> &'static T {
        match self {
            Self::Static(value) => value,
            Self::Counted(_) => panic!("a counted value can't exist in a constant"),
        }
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Counted(value) => value,
        }
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(value) => Self::Static(value),
            Self::Counted(value) => Self::Counted(Arc::clone(value)),
        }
    }
}

impl From<String> for Shared<str> {
    fn from(text: String) -> Self {
        Self::Counted(text.into())
    }
}
