//! The statistics of a sale as operators see them, and how they are taken.

use std::sync::Arc;

use onsale_booking::ids::SaleId;

use crate::app::App;
use crate::error::AppError;
use crate::statistics::{Sample, Served};

impl App {
    /// The samples of a sale, oldest first: those of the last ten minutes in which its line was open here.
    pub fn past_of(&self, sale: SaleId) -> Vec<Arc<Sample>> {
        if sale == self.main_sale() { self.statistics.past() } else { self.sale_statistics.past(sale) }
    }

    /// A sale as it is now. What is counted over time is of the last second in which its line was open here.
    ///
    /// # Errors
    /// There is no such sale; the line or the store does not answer.
    pub async fn sample_of(&self, sale: SaleId) -> Result<Sample, AppError> {
        let line = self.line(sale).await?;
        let now = Sample::now(&line, self.seats_of(sale), self.now());
        Ok(match self.past_of(sale).last() {
            Some(latest) => Sample {
                admissions_per_minute: latest.admissions_per_minute,
                served: latest.served,
                errors_per_minute: latest.errors_per_minute,
                ..now
            },
            None => now,
        })
    }

    /// Adds a sample to the statistics of each sale whose line is open, and observes what it has to sell.
    /// `served` counts the requests of the last second. Call it every second.
    pub fn record_statistics(&self, served: Served) {
        let (main, now) = (self.main_sale(), self.now());
        self.statistics.record(&self.main_line(), self.seats_of(main), now, served);
        let open = self.open_lines().into_iter().filter(|(sale, _)| *sale != main);
        let open: Vec<_> = open.map(|(sale, line)| (sale, line, self.seats_of(sale))).collect();
        self.sale_statistics.record(&open, now, served);
        for admission in self.admissions.all() {
            admission.observe_supply(|| self.supply(admission.sale()));
        }
    }
}
