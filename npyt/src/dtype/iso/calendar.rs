/// A day of the calendar that ISO 8601 uses for all times, also those before it was introduced.
#[derive(Clone, Copy)]
pub(super) struct Date {
    pub(super) year: i128,
    /// From 1.
    pub(super) month: i128,
    /// From 1.
    pub(super) day: i128,
}

/// The calendar repeats after 400 years.
pub(super) const CYCLE: i128 = 146_097;
/// From the first of March of the year 0 to 1970. Years that begin in March have the leap day at their end.
const TO_1970: i128 = 719_468;

impl Date {
    pub(super) fn of(days_since_1970: i128) -> Self {
        let days = days_since_1970 + TO_1970;
        let (cycle, day) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
        // Without the leap day that ends each four years, but for that of each hundred, all years have 365 days.
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        // From March on, five months have 153 days.
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let year = cycle * 400 + year;
        if month < 10 { Self { year, month: month + 3, day } } else { Self { year: year + 1, month: month - 9, day } }
    }

    pub(super) fn since_1970(self) -> i128 {
        let (year, month) = if self.month > 2 { (self.year, self.month - 3) } else { (self.year - 1, self.month + 9) };
        let (cycle, year) = (year.div_euclid(400), year.rem_euclid(400));
        let day = year * 365 + year / 4 - year / 100 + (153 * month + 2) / 5 + self.day - 1;
        cycle * CYCLE + day - TO_1970
    }

    pub(super) fn exists(self) -> bool {
        let days = match self.month {
            2 if self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return false,
        };
        (1..=days).contains(&self.day)
    }
}
