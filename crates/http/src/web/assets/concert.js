import { say } from './words.js';

const form = document.getElementById('concert');
const visited = new Set();

/** A whole number, perhaps in groups of three; otherwise NaN. */
function whole(text) {
  const plain = text.normalize('NFKC').trim();
  return /^(\d+|\d{1,3}([,. '’]\d{3})+)$/.test(plain) ? Number(plain.replace(/\D/g, '')) : NaN;
}

// Only the server reads amounts. A text without a digit, or with a sign, is none in any currency.
const amount = /^[^+-]*\d[^+-]*$/;

// A name has something visible, and no character that breaks a line or turns the direction of the text.
const visible = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;
const refused = /[\p{Cc}\p{Co}\p{Zl}\p{Zp}\p{Bidi_Control}\ufff9-\ufffd]/u;
const isName = (text) => visible.test(text) && !refused.test(text) && [...text.normalize().trim()].length <= 200;

// datetime-local values start with the largest unit, so they compare as text.
const rules = {
  name: ({ name }) => (isName(name) ? null : 'name'),
  capacity: ({ capacity }) => (whole(capacity) >= 1 && whole(capacity) <= 50_000 ? null : 'capacity'),
  price: ({ price }) => (amount.test(price.normalize('NFKC')) ? null : 'price'),
  openingAt: ({ openingAt }) => (openingAt ? null : 'time'),
  closingAt: ({ openingAt, closingAt }) => (!closingAt ? 'time' : openingAt && closingAt <= openingAt ? 'closing' : null),
  eventDate: ({ closingAt, eventDate }) => (!eventDate ? 'time' : closingAt && eventDate < closingAt ? 'event' : null),
};

/** Checks every visited field, or `all` fields. Returns the first invalid input. */
function check(all) {
  const values = Object.fromEntries(new FormData(form));
  let invalid = null;
  for (const [name, rule] of Object.entries(rules)) {
    if (!all && !visited.has(name)) continue;
    const error = rule(values);
    const input = form.elements[name];
    input.ariaInvalid = error ? 'true' : null;
    document.getElementById(`${name}-error`).textContent = error ? say(form, error) : '';
    if (error) invalid ??= input;
  }
  return invalid;
}

form?.addEventListener('focusout', ({ target }) => {
  if (!(target.name in rules)) return;
  visited.add(target.name);
  // A message moves the page down. The delay keeps it from moving a button that is being clicked.
  setTimeout(check, 250);
});
form?.addEventListener('input', () => check());
form?.addEventListener('submit', (event) => {
  const invalid = check(true);
  if (!invalid) return;
  event.preventDefault();
  invalid.focus();
});
