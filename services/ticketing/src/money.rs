//! Money in whole öre or cents, and the VAT that a price already holds.

/// The most VAT that a rate can say: the permille of a price that is its own double.
pub const LARGEST_PERMILLE: u16 = 1000;

/// The VAT in a price that includes it, rounded half to even: `price × rate ÷ (1 + rate)`.
///
/// Half to even, because many lines rounded half up would add up to more than the whole.
pub fn vat_included(price: i64, permille: u16) -> i64 {
    let (numerator, denominator) = (
        i128::from(price) * i128::from(permille),
        1000 + i128::from(permille),
    );
    let (whole, rest) = (
        numerator.div_euclid(denominator),
        numerator.rem_euclid(denominator),
    );
    let up = match (rest * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    i64::try_from(whole + i128::from(up)).expect("VAT is not more than the price that holds it")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vat_in_well_known_prices() {
        assert_eq!(vat_included(10_600, 60), 600, "106 kronor at 6 %");
        assert_eq!(vat_included(12_500, 250), 2_500, "125 kronor at 25 %");
        assert_eq!(vat_included(11_200, 120), 1_200, "112 euro at 12 %");
        assert_eq!(
            vat_included(25_000, 60),
            1_415,
            "250 kronor at 6 %: 14.1509…"
        );
        assert_eq!((vat_included(0, 250), vat_included(9_900, 0)), (0, 0));
    }

    #[test]
    fn a_half_goes_to_the_even_side() {
        // At 100 % VAT is half of the price: 0.5, 1.5, 2.5, 3.5.
        let halves = [1, 3, 5, 7].map(|price| vat_included(price, 1000));
        assert_eq!(halves, [0, 2, 2, 4]);
    }

    proptest! {
        #[test]
        fn vat_is_within_half_a_unit_of_the_exact_amount(price in 0..=100_000_000_000_i64, permille in 0..=LARGEST_PERMILLE) {
            let vat = i128::from(vat_included(price, permille));
            let (exact_times, times) = (i128::from(price) * i128::from(permille), 1000 + i128::from(permille));
            prop_assert!((vat * times - exact_times).abs() * 2 <= times);
            prop_assert!((0..=i128::from(price)).contains(&vat));
        }

        #[test]
        fn a_higher_price_or_rate_never_holds_less_vat(price in 0..=1_000_000_i64, permille in 0..LARGEST_PERMILLE) {
            prop_assert!(vat_included(price, permille) <= vat_included(price + 1, permille));
            prop_assert!(vat_included(price, permille) <= vat_included(price, permille + 1));
        }

        #[test]
        fn rounding_of_many_lines_does_not_lean_to_one_side(permille in 1..=250_u16) {
            // Over all prices of one period the rounded sum stays within a unit of the exact one.
            let period = 2 * (1000 + i64::from(permille));
            let sum: i64 = (0..period).map(|price| vat_included(price, permille)).sum();
            let exact = (0..period).sum::<i64>() * i64::from(permille);
            prop_assert!((sum * (1000 + i64::from(permille)) - exact).abs() <= 1000 + i64::from(permille));
        }
    }
}
