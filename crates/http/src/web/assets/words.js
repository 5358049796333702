// Sentences are in the markup (data-say-*), so only the server has translations.
const lang = document.documentElement.lang || undefined;
const whole = new Intl.NumberFormat(lang);
const list = new Intl.ListFormat(lang, { type: 'conjunction' });

/** A number in the format of the page's language. */
export const count = (n) => whole.format(n);

/** Several seat numbers as one phrase: "7, 8 and 1107", or "7, 8, 1107" before a Korean counter. */
export const listed = (numbers) => (lang === 'ko' ? numbers.join(', ') : list.format(numbers.map(String)));

/**
 * An amount in minor units. Its decimals and its format are those of the server (data-decimals and
 * data-say-money of `root`): browsers have other decimals and symbols for some currencies.
 */
export function money(root, amount) {
  const decimals = Number(root.dataset.decimals);
  const unit = 10 ** decimals;
  const fraction = decimals ? `.${String(amount % unit).padStart(decimals, '0')}` : '';
  return say(root, 'money', { amount: count(Math.floor(amount / unit)) + fraction });
}

/**
 * The sentence data-say-<key> of `root` with its {names} filled in.
 * For n = 0 and n = 1 it is data-say-<key>-zero and data-say-<key>-one, if there is one.
 */
export function say(root, key, values = {}) {
  const form = { 0: 'zero', 1: 'one' }[values.n];
  const special = form ? root.getAttribute(`data-say-${key}-${form}`) : null;
  const words = special ?? root.getAttribute(`data-say-${key}`) ?? '';
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
