import { between } from './live.js';
import { count, say } from './words.js';

const PARTS_EVERY = 3000; // milliseconds

/**
 * Keeps up to date what the stream does not say: other parts of a large hall; and what other concerts leave
 * of a limit, once the tab is looked at again.
 */
export function watchParts(root, form, choice, isOver) {
  const url = root.dataset.parts;
  let timer;

  function showPart(n, index) {
    const part = form.querySelector(`[name=part][value="${index + 1}"] small`);
    if (part) part.textContent = say(root, 'free', { n });
    const option = form.querySelector(`option[value="${index + 1}"]`);
    if (option) option.textContent = `${option.textContent.split(' ')[0]} (${count(n)})`;
  }

  function dropTaken(no) {
    const box = form.querySelector(`.elsewhere input[value="${no}"]:checked`);
    if (box) box.checked = false;
    return Boolean(box);
  }

  function onAnswer({ available, parts, held, limit, besides, taken }) {
    parts.forEach(showPart);
    choice.countIs(available);
    choice.heldAre(held);
    choice.limitIs(limit, besides);
    choice.lost(taken.filter(dropTaken));
    choice.update();
  }

  async function ask() {
    clearTimeout(timer);
    if (isOver()) return;
    if (!document.hidden) {
      try {
        const chosen = new URLSearchParams(choice.numbers().map((no) => ['seat', no]));
        const answer = await fetch(`${url}${url.endsWith('?') ? '' : '&'}${chosen}`, { signal: AbortSignal.timeout(10_000) });
        if (answer.ok) onAnswer(await answer.json());
      } catch {
        // The stream says that the connection is lost.
      }
    }
    clearTimeout(timer);
    if ('hasParts' in root.dataset) timer = setTimeout(ask, between(PARTS_EVERY, PARTS_EVERY * 1.3));
  }
  document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
  if ('hasParts' in root.dataset) ask();
}
