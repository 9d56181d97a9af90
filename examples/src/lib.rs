//! Runnable stories: see the examples of this package.
