//! The order of names in a reader's language, as bytes that the database can compare.
use icu_collator::options::CollatorOptions;
use icu_collator::{Collator, CollatorBorrowed};
use icu_locale_core::locale;

/// Languages for which sort keys are kept.
pub(crate) const LANGUAGES: [&str; 4] = ["sv", "en", "nl", "fr"];

/// Makes sort keys.
pub(crate) struct Orders([CollatorBorrowed<'static>; 4]);

impl Orders {
    pub(crate) fn new() -> Self {
        let locales = [locale!("sv"), locale!("en"), locale!("nl"), locale!("fr")];
        Self(locales.map(|locale| {
            Collator::try_new(locale.into(), CollatorOptions::default())
                .expect("the order of every language is compiled in")
        }))
    }

    /// The key of a text in the order of one of [`LANGUAGES`].
    pub(crate) fn key(&self, language: usize, text: &str) -> Vec<u8> {
        let mut key = Vec::with_capacity(text.len() * 2);
        let Ok(()) = self.0[language].write_sort_key_to(text, &mut key);
        key
    }
}

/// Which of [`LANGUAGES`] a language is ordered by; those without an own column as English.
pub(crate) fn column(language: &str) -> usize {
    LANGUAGES.iter().position(|l| *l == language).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swedish_list_ends_in_å_ä_ö_and_a_french_one_does_not() {
        let sorted = |language: &str| {
            let orders = Orders::new();
            let mut names = ["Östen", "Zara", "Åsa", "Ärla", "Adam", "åke"];
            names.sort_by_key(|n| orders.key(column(language), n));
            names
        };
        assert_eq!(
            sorted("sv"),
            ["Adam", "Zara", "åke", "Åsa", "Ärla", "Östen"]
        );
        assert_eq!(
            sorted("fr"),
            ["Adam", "åke", "Ärla", "Åsa", "Östen", "Zara"]
        );
    }
}
