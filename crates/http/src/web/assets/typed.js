// Changing the language loads the page again. What was typed stays: in this tab, until then.
const key = `onsale-typed ${location.pathname}`;
// A code is nobody else's business: it is typed again.
const typed = 'main input[id]:not(#code, [type="hidden"], [type="password"], [type="checkbox"]), main textarea[id]';

/** What this tab may keep; nothing where the browser refuses to keep anything. */
function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

document.querySelector('form[action="/language"]')?.addEventListener('submit', () => {
  const fields = [...document.querySelectorAll(typed)].filter((field) => field.value !== field.defaultValue);
  storage()?.setItem(key, JSON.stringify(fields.map(({ id, value }) => [id, value])));
});

// After every other module has begun to listen.
addEventListener('DOMContentLoaded', () => {
  for (const [id, value] of JSON.parse(storage()?.getItem(key) ?? '[]')) {
    const field = document.getElementById(id);
    if (!field?.matches(typed)) continue;
    field.value = value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
  storage()?.removeItem(key);
});
