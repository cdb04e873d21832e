//! What came of a test, and of a statement.

use std::fmt;

use serde::{Serialize, Serializer};

/// What came of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    /// It was run and holds.
    Passed,
    /// It does not hold, or nobody knows because the test never ended.
    Failed,
    /// It could not be run against this broker.
    NotApplicable,
    /// There is no test, for a reason.
    Waived,
    /// There is no test yet.
    Pending,
}

impl Outcome {
    /// The outcome that a test's own line has.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "passed" => Some(Self::Passed),
            "failed" => Some(Self::Failed),
            "not applicable" => Some(Self::NotApplicable),
            _ => None,
        }
    }

    /// Both together: a failure is one whatever else passes, and what could not be run takes nothing
    /// from what could.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (Self::Passed, _) | (_, Self::Passed) => Self::Passed,
            _ => other,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Passed => "pass",
            Self::Failed => "FAIL",
            Self::NotApplicable => "not applicable",
            Self::Waived => "waived",
            Self::Pending => "pending",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name().to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_outweighs_and_what_does_not_apply_does_not() {
        use Outcome::{Failed, NotApplicable, Passed};
        assert_eq!(Passed.and(Failed), Failed);
        assert_eq!(NotApplicable.and(Failed), Failed);
        assert_eq!(NotApplicable.and(Passed), Passed);
        assert_eq!(Passed.and(NotApplicable), Passed);
        assert_eq!(NotApplicable.and(NotApplicable), NotApplicable);
    }
}
