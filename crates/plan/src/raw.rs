//! The file as serde reads it: only what matters, everything else is skipped.
//!
//! Two schemas are about: the first had `width`, `height` and a plain `text` in an area; the present one has
//! `shape`, an object for it, and an object for the text. Numbers may be fractions. `null` means absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

#[derive(Deserialize)]
pub(crate) struct RawPlan<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) size: Option<Object<RawSize>>,
    #[serde(borrow)]
    pub(crate) categories: Option<List<Object<RawCategory<'a>>>>,
    #[serde(borrow)]
    pub(crate) zones: List<Object<RawZone<'a>>>,
}

#[derive(Deserialize)]
pub(crate) struct RawSize {
    pub(crate) width: Option<f64>,
    pub(crate) height: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct RawCategory<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) color: Option<Text<'a>>,
}

#[derive(Deserialize)]
pub(crate) struct RawZone<'a> {
    #[serde(borrow)]
    pub(crate) name: Option<Text<'a>>,
    pub(crate) position: Option<Object<RawPosition>>,
    #[serde(borrow)]
    pub(crate) rows: Option<List<Object<RawRow<'a>>>>,
    #[serde(borrow)]
    pub(crate) areas: Option<List<Object<RawArea<'a>>>>,
    pub(crate) zones: Option<IgnoredAny>,
    pub(crate) seats: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(crate) struct RawRow<'a> {
    #[serde(borrow)]
    pub(crate) row_number: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) row_label: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) seat_label: Option<Text<'a>>,
    pub(crate) position: Option<Object<RawPosition>>,
    #[serde(borrow)]
    pub(crate) seats: Option<List<Object<RawSeat<'a>>>>,
    pub(crate) rows: Option<IgnoredAny>,
    pub(crate) zones: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(crate) struct RawSeat<'a> {
    #[serde(borrow)]
    pub(crate) seat_guid: Text<'a>,
    #[serde(borrow)]
    pub(crate) seat_number: Option<Text<'a>>,
    pub(crate) position: Option<Object<RawPosition>>,
    #[serde(borrow)]
    pub(crate) category: Option<Text<'a>>,
    pub(crate) radius: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct RawPosition {
    pub(crate) x: Option<f64>,
    pub(crate) y: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct RawArea<'a> {
    #[serde(borrow)]
    pub(crate) shape: Option<Text<'a>>,
    pub(crate) position: Option<Object<RawPosition>>,
    pub(crate) rotation: Option<f64>,
    #[serde(borrow)]
    pub(crate) color: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) border_color: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) text: Option<RawText<'a>>,
    pub(crate) rectangle: Option<Object<RawSize>>,
    pub(crate) circle: Option<Object<RawCircle>>,
    pub(crate) ellipse: Option<Object<RawEllipse>>,
    pub(crate) polygon: Option<Object<RawPolygon>>,
    pub(crate) width: Option<f64>,
    pub(crate) height: Option<f64>,
    pub(crate) radius: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct RawCircle {
    pub(crate) radius: Option<f64>,
}

#[derive(Deserialize)]
pub(crate) struct RawEllipse {
    pub(crate) radius: Option<Object<RawPosition>>,
}

#[derive(Deserialize)]
pub(crate) struct RawPolygon {
    pub(crate) points: Option<List<Object<RawPosition>>>,
}

/// An area's text: a string in the first schema, an object in the present one.
pub(crate) enum RawText<'a> {
    Plain(Cow<'a, str>),
    Full(RawTextObject<'a>),
}

#[derive(Deserialize)]
pub(crate) struct RawTextObject<'a> {
    #[serde(borrow)]
    pub(crate) text: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) color: Option<Text<'a>>,
    pub(crate) size: Option<f64>,
    pub(crate) position: Option<Object<RawPosition>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for RawText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = RawText<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an object")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(RawText::Plain(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(RawText::Plain(Cow::Owned(text.to_owned())))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                RawTextObject::deserialize(MapAccessDeserializer::new(map)).map(RawText::Full)
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A string, or a number that a program wrote where a string belongs.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(number.to_string())))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// The text, or an empty one.
pub(crate) fn text<'a>(text: Option<&'a Text<'_>>) -> &'a str {
    text.map_or("", |text| text.0.as_ref())
}

/// A JSON object. Serde alone would also read a struct from a list of its fields' values.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// A JSON list.
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = list.next_element()? {
                    all.push(item);
                }
                Ok(List(all))
            }
        }
        deserializer.deserialize_seq(Reader(PhantomData))
    }
}

/// What serde says of a value of the wrong type, in plain English; without what it would say of the place.
pub(crate) fn plain_english(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(before, _)| before);
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("the field {} is missing", field.trim_matches('`'));
    }
    if let Some(field) = message.strip_prefix("duplicate field ") {
        return format!("the field {} is there twice", field.trim_matches('`'));
    }
    let wrong = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: "));
    let Some((found, expected)) = wrong.and_then(|wrong| wrong.rsplit_once(", expected ")) else {
        return message.to_owned();
    };
    let expected = if expected == "f64" { "a number" } else { expected };
    let found = match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer", number)) => format!("the number {}", number.trim_matches('`')),
        Some(("floating", number)) => {
            format!("the number {}", number.trim_start_matches("point ").trim_matches('`'))
        }
        Some(("boolean", truth)) => truth.trim_matches('`').to_owned(),
        _ if found == "map" => "an object".to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    };
    format!("{expected} belongs here, not {found}")
}

/// Whether serde gave up on a number that no f64 can hold, such as 1e999.
pub(crate) fn is_number_out_of_range(error: &serde_json::Error) -> bool {
    error.is_syntax() && error.to_string().starts_with("number out of range")
}
