//! What is measured.

/// Where a [`super::Monitor`] gets its numbers. A reading that is not available is `None`, and
/// its bound is then neither reached nor left.
pub trait Readings: Send {
    /// Load average of the last minute.
    fn load_average(&mut self) -> Option<f32>;

    /// Use of all processors together since the last call, percent.
    fn cpu_percent(&mut self) -> Option<f32>;

    /// Memory that the process has allocated, bytes.
    fn memory_bytes(&mut self) -> Option<u64>;
}

impl<R: Readings + ?Sized> Readings for Box<R> {
    fn load_average(&mut self) -> Option<f32> {
        (**self).load_average()
    }

    fn cpu_percent(&mut self) -> Option<f32> {
        (**self).cpu_percent()
    }

    fn memory_bytes(&mut self) -> Option<u64> {
        (**self).memory_bytes()
    }
}
