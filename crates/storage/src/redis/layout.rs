//! How numbers lie in Redis, and how scripts read them.

use onsale_line::{CHUNK_NUMBERS, NUMBER_MAX, Number};

/// The chunk that a number, or a place, lies in.
pub(super) fn chunk_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) / CHUNK_NUMBERS
}

/// Where in its chunk it lies.
pub(super) fn offset_of(number: Number) -> usize {
    usize::try_from(number.min(NUMBER_MAX)).unwrap_or(0) % CHUNK_NUMBERS
}

/// A pass as scripts read it; -1 for one that has ended.
pub(super) fn pass_bytes(number: Number, user: uuid::Uuid, until: i64) -> Vec<u8> {
    let mut bytes = short(number).to_vec();
    bytes.extend(until.to_le_bytes());
    bytes.extend(user.as_bytes());
    bytes
}

/// A number as scripts read it.
pub(super) fn short(number: Number) -> [u8; 4] {
    u32::try_from(number).unwrap_or(0).to_le_bytes()
}

/// Numbers as Redis keeps a bitmap: the highest bit of the first byte is number 0.
pub(super) fn bitmap(numbers: &[Number]) -> Vec<u8> {
    let last = numbers.iter().copied().max().unwrap_or(0);
    let mut bytes = vec![0_u8; chunk_of(last) * CHUNK_NUMBERS / 8 + offset_of(last) / 8 + 1];
    for number in numbers {
        let index = usize::try_from(number / 8).unwrap_or(usize::MAX);
        if let Some(byte) = bytes.get_mut(index) {
            *byte |= 0x80 >> (number % 8);
        }
    }
    bytes
}
