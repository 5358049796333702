// Changing the language loads the page again. What was typed stays: in this tab, until then.
const key = `onsale-typed ${location.pathname}`;
// A code that signs in is nobody else's business: it is typed again. What the page showed stays with what was
// typed on it.
const typed =
  'main input[id]:not(#code, [type="hidden"]:not([data-kept]), [type="password"]), main textarea[id], main select[id]:not(#part)';
const isTick = (field) => field.type === 'checkbox' || field.type === 'radio';
// A form that comes back refused has in its fields what was typed, and the address has not.
const isRefused = document.querySelector('main form[data-refused]') !== null;

/** What the page came with. */
function before(field) {
  if (isTick(field)) return field.defaultChecked;
  if (field.localName === 'select') return [...field.options].find((it) => it.defaultSelected)?.value ?? field.options[0]?.value;
  return field.defaultValue;
}

const now = (field) => (isTick(field) ? field.checked : field.value);

/** What this tab may keep; nothing where the browser refuses to keep anything. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

document.querySelector('form[action="/language"]')?.addEventListener('submit', () => {
  const fields = [...document.querySelectorAll(typed)].filter((field) => isRefused || now(field) !== before(field));
  storage()?.setItem(key, JSON.stringify(fields.map((field) => [field.id, now(field)])));
});

// After every other module has begun to listen.
addEventListener('DOMContentLoaded', () => {
  for (const [id, value] of JSON.parse(storage()?.getItem(key) ?? '[]')) {
    const field = document.getElementById(id);
    if (!field?.matches(typed)) continue;
    if (isTick(field)) field.checked = value;
    else field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  storage()?.removeItem(key);
});
