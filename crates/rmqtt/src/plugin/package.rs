//! Where a plugin comes from.

/// What a plugin's Cargo package says of itself. Fields that the manifest leaves out are empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The package's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One sentence about it.
    pub descr: &'static str,
    /// Its authors, separated by colons as Cargo gives them.
    pub authors: &'static str,
    /// Its home page.
    pub homepage: &'static str,
    /// Its licence, as an SPDX expression.
    pub license: &'static str,
    /// Where its sources are.
    pub repository: &'static str,
}

/// What is known of a plugin's package. `#[derive(Plugin)]` implements it with the Cargo package in
/// which it stands.
pub trait PackageInfo {
    /// The package.
    fn package(&self) -> Package;
}

impl Package {
    /// The authors, one by one.
    #[must_use]
    pub fn authors(&self) -> Vec<&'static str> {
        self.authors.split(':').filter(|author| !author.is_empty()).collect()
    }
}

/// The [`Package`](crate::plugin::Package) in which this stands.
#[macro_export]
macro_rules! package {
    () => {
        $crate::plugin::Package {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            descr: ::core::env!("CARGO_PKG_DESCRIPTION"),
            authors: ::core::env!("CARGO_PKG_AUTHORS"),
            homepage: ::core::env!("CARGO_PKG_HOMEPAGE"),
            license: ::core::env!("CARGO_PKG_LICENSE"),
            repository: ::core::env!("CARGO_PKG_REPOSITORY"),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_the_one_in_which_the_macro_stands() {
        let package = crate::package!();
        assert_eq!(package.name, "rmqtt");
        assert_eq!(package.version, env!("CARGO_PKG_VERSION"));
    }

    #[test]
    fn authors_are_told_one_by_one() {
        let package = Package { authors: "a <a@b>:c", ..Package::default() };
        assert_eq!(package.authors(), ["a <a@b>", "c"]);
        assert!(Package::default().authors().is_empty());
    }
}
