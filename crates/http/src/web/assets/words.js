// Sentences are in the markup (data-say-*), so only the server has translations.
const lang = document.documentElement.lang || undefined;
const whole = new Intl.NumberFormat(lang);
const list = new Intl.ListFormat(lang, { type: 'conjunction' });

/** A number in the format of the page's language. */
export const count = (n) => whole.format(n);

/** Several seat numbers as one phrase: "7, 8 and 1107". */
export const listed = (numbers) => list.format(numbers.map(String));

/** An amount in minor units; without a currency, the bare number. */
export function money(amount, currency) {
  if (!currency) return count(amount);
  const format = new Intl.NumberFormat(lang, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/**
 * The sentence data-say-<key> of `root` with its {names} filled in.
 * For n = 1 it is data-say-<key>-one, if there is one.
 */
export function say(root, key, values = {}) {
  const one = values.n === 1 ? root.getAttribute(`data-say-${key}-one`) : null;
  const words = one ?? root.getAttribute(`data-say-${key}`) ?? '';
  return words.replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? count(value) : value;
  });
}

/** Sets the text of every [data-show=name] of `root` that differs. */
export function show(root, name, text) {
  for (const el of root.querySelectorAll(`[data-show="${name}"]`)) {
    if (el.textContent !== text) el.textContent = text;
  }
}

/** Announces `text` in the live region with this id. Repeated text is announced again. */
export function announce(id, text) {
  const region = document.getElementById(id);
  if (!region) return;
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 60);
}
