import { say } from './words.js';

const form = document.getElementById('concert');
const touched = new Set();

// datetime-local values start with the largest unit, so they compare as text.
const rules = {
  name: ({ name }) => (name.trim() ? null : 'name'),
  capacity: ({ capacity }) => (/^\d+$/.test(capacity) && capacity >= 1 && capacity <= 50_000 ? null : 'capacity'),
  price: ({ price }) => (price && form.elements.price.validity.valid ? null : 'price'),
  openingAt: ({ openingAt }) => (openingAt ? null : 'time'),
  closingAt: ({ openingAt, closingAt }) => (!closingAt ? 'time' : openingAt && closingAt <= openingAt ? 'closing' : null),
  eventDate: ({ closingAt, eventDate }) => (!eventDate ? 'time' : closingAt && eventDate < closingAt ? 'event' : null),
};

/** Checks every field that was visited, or `all` fields. Returns the first bad input. */
function judge(all) {
  const values = Object.fromEntries(new FormData(form));
  let bad = null;
  for (const [name, rule] of Object.entries(rules)) {
    if (!all && !touched.has(name)) continue;
    const fault = rule(values);
    const input = form.elements[name];
    input.ariaInvalid = fault ? 'true' : null;
    document.getElementById(`${name}-error`).textContent = fault ? say(form, fault) : '';
    if (fault) bad ??= input;
  }
  return bad;
}

form?.addEventListener('focusout', ({ target }) => {
  if (!(target.name in rules)) return;
  touched.add(target.name);
  setTimeout(judge, 250); // so that a message that pushes the page down does not move a button away under a click
});
form?.addEventListener('input', () => judge());
form?.addEventListener('submit', (event) => {
  const bad = judge(true);
  if (!bad) return;
  event.preventDefault();
  bad.focus();
});
