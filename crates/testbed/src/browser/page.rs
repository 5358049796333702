//! What somebody sees on a page, and does there.

use serde_json::json;
use thirtyfour::{By, WebElement};

use super::Session;
use super::waiting::{Failure, eventually};

/// A key, or a chord of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// To the next thing that can have the focus.
    Tab,
    /// To the one before.
    ShiftTab,
    /// Follows a link, sends a form, presses a button.
    Enter,
    /// Presses a button, ticks a box.
    Space,
    /// Closes.
    Escape,
    /// An arrow.
    Up,
    /// An arrow.
    Down,
    /// An arrow.
    Left,
    /// An arrow.
    Right,
    /// To the first.
    Home,
    /// To the last.
    End,
}

impl Key {
    fn code(self) -> thirtyfour::Key {
        match self {
            Self::Tab | Self::ShiftTab => thirtyfour::Key::Tab,
            Self::Enter => thirtyfour::Key::Enter,
            Self::Space => thirtyfour::Key::Space,
            Self::Escape => thirtyfour::Key::Escape,
            Self::Up => thirtyfour::Key::Up,
            Self::Down => thirtyfour::Key::Down,
            Self::Left => thirtyfour::Key::Left,
            Self::Right => thirtyfour::Key::Right,
            Self::Home => thirtyfour::Key::Home,
            Self::End => thirtyfour::Key::End,
        }
    }
}

/// Elements are named by CSS selectors; the first that fits is meant.
impl Session {
    /// Clicks on an element, as soon as it is there and nothing lies over it.
    #[track_caller]
    pub fn click(&self, css: &str) -> impl Future<Output = ()> {
        self.step(
            format!("click on {css}"),
            eventually(async move || Ok(self.find(css).await?.click().await?)),
        )
    }

    /// Clicks twice, as quickly as hands do it who always do so.
    #[track_caller]
    pub fn double_click(&self, css: &str) -> impl Future<Output = ()> {
        let double_click = async move || {
            let element = self.find(css).await?;
            element.scroll_into_view().await?;
            Ok(self.driver.action_chain().double_click_element(&element).perform().await?)
        };
        self.step(format!("double-click on {css}"), eventually(double_click))
    }

    /// Replaces what a field holds by typing.
    #[track_caller]
    pub fn fill(&self, css: &str, text: &str) -> impl Future<Output = ()> {
        let fill = async move || {
            let field = self.find(css).await?;
            field.clear().await?;
            Ok(field.send_keys(text).await?)
        };
        self.step(format!("fill {css}"), eventually(fill))
    }

    /// Types into whatever has the focus.
    #[track_caller]
    pub fn type_text(&self, text: &str) -> impl Future<Output = ()> {
        self.step("type", async move { Ok(self.driver.action_chain().send_keys(text).perform().await?) })
    }

    /// Presses a key, wherever the focus is.
    #[track_caller]
    pub fn press(&self, key: Key) -> impl Future<Output = ()> {
        use thirtyfour::Key::Shift;
        let chain = self.driver.action_chain();
        let chain = match key {
            Key::ShiftTab => chain.key_down(Shift).send_keys(key.code()).key_up(Shift),
            _ => chain.send_keys(key.code()),
        };
        self.step(format!("press {key:?}"), async move { Ok(chain.perform().await?) })
    }

    /// Whether an element that fits has the focus.
    #[track_caller]
    pub fn is_focused(&self, css: &str) -> impl Future<Output = bool> {
        self.step(format!("see whether {css} has the focus"), async move {
            let script =
                "return document.activeElement !== null && document.activeElement.matches(arguments[0])";
            Ok(self.run(script, &[json!(css)]).await? == json!(true))
        })
    }

    /// The HTML of what has the focus, without what is in it.
    #[track_caller]
    pub fn focused(&self) -> impl Future<Output = String> {
        self.step("see what has the focus", async {
            let script = "const it = document.activeElement; return it ? it.cloneNode(false).outerHTML : ''";
            Ok(self.run(script, &[]).await?.as_str().unwrap_or_default().to_owned())
        })
    }

    /// The visible text of an element, as soon as it is there.
    #[track_caller]
    pub fn text_of(&self, css: &str) -> impl Future<Output = String> {
        self.step(format!("read {css}"), eventually(async move || Ok(self.find(css).await?.text().await?)))
    }

    /// The visible texts of all that fit at this moment.
    #[track_caller]
    pub fn texts_of(&self, css: &str) -> impl Future<Output = Vec<String>> {
        let read = async move || {
            let mut texts = Vec::new();
            for element in self.find_all(css).await? {
                texts.push(element.text().await?);
            }
            Ok(texts)
        };
        self.step(format!("read every {css}"), eventually(read))
    }

    /// All visible text of the page.
    #[track_caller]
    pub fn text(&self) -> impl Future<Output = String> {
        self.step("read the page", eventually(async || self.visible_text().await))
    }

    /// An attribute of an element, as soon as that is there.
    #[track_caller]
    pub fn attribute_of(&self, css: &str, name: &str) -> impl Future<Output = Option<String>> {
        self.step(
            format!("read {name} of {css}"),
            eventually(async move || Ok(self.find(css).await?.attr(name).await?)),
        )
    }

    /// What a field holds, as soon as it is there.
    #[track_caller]
    pub fn value_of(&self, css: &str) -> impl Future<Output = String> {
        let read = async move || Ok(self.find(css).await?.prop("value").await?.unwrap_or_default());
        self.step(format!("read the value of {css}"), eventually(read))
    }

    /// How many fit at this moment, visible or not.
    #[track_caller]
    pub fn count(&self, css: &str) -> impl Future<Output = usize> {
        self.step(format!("count {css}"), async move { Ok(self.find_all(css).await?.len()) })
    }

    /// Whether one that fits can be seen at this moment.
    #[track_caller]
    pub fn is_shown(&self, css: &str) -> impl Future<Output = bool> {
        self.step(format!("look for {css}"), eventually(async move || self.any_shown(css).await))
    }

    /// Waits until one that fits can be seen.
    #[track_caller]
    pub fn wait_for(&self, css: &str) -> impl Future<Output = ()> {
        self.step(
            format!("wait for {css}"),
            eventually(
                async move || {
                    if self.any_shown(css).await? { Ok(()) } else { not_yet("it cannot be seen") }
                },
            ),
        )
    }

    /// Waits until none that fits can be seen.
    #[track_caller]
    pub fn wait_until_gone(&self, css: &str) -> impl Future<Output = ()> {
        self.step(
            format!("wait for the end of {css}"),
            eventually(
                async move || {
                    if self.any_shown(css).await? { not_yet("it can be seen") } else { Ok(()) }
                },
            ),
        )
    }

    /// Waits until the page's visible text holds `text`.
    #[track_caller]
    pub fn wait_for_text(&self, text: &str) -> impl Future<Output = ()> {
        self.wait_for_text_in("body", text)
    }

    /// Waits until an element's visible text holds `text`.
    #[track_caller]
    pub fn wait_for_text_in(&self, css: &str, text: &str) -> impl Future<Output = ()> {
        self.step(
            format!("wait for \"{text}\" in {css}"),
            eventually(async move || {
                let found = self.find(css).await?.text().await?;
                if found.contains(text) { Ok(()) } else { not_yet("it is not there") }
            }),
        )
    }

    /// Waits until it is at this path, query included.
    #[track_caller]
    pub fn wait_for_path(&self, path: &str) -> impl Future<Output = ()> {
        self.step(
            format!("wait for {path}"),
            eventually(
                async move || {
                    if self.current_path().await? == path { Ok(()) } else { not_yet("it is elsewhere") }
                },
            ),
        )
    }

    pub(super) async fn visible_text(&self) -> Result<String, Failure> {
        Ok(self.find("body").await?.text().await?)
    }

    async fn find(&self, css: &str) -> Result<WebElement, Failure> {
        Ok(self.driver.find(By::Css(css)).await?)
    }

    async fn find_all(&self, css: &str) -> Result<Vec<WebElement>, Failure> {
        Ok(self.driver.find_all(By::Css(css)).await?)
    }

    async fn any_shown(&self, css: &str) -> Result<bool, Failure> {
        for element in self.find_all(css).await? {
            if element.is_displayed().await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn not_yet<T>(why: &str) -> Result<T, Failure> {
    Err(Failure::NotYet(why.to_owned()))
}
