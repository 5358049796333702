import { between } from './live.js';
import { count, say } from './words.js';

const PARTS_EVERY = 3000; // milliseconds

/** Keeps up to date what the stream does not say, in a hall of several parts. */
export function watchParts(root, form, choice, isOver) {
  const url = root.dataset.parts;
  if (!url) return;

  function showPart(n, index) {
    const part = form.querySelector(`[name=block][value="${index + 1}"] small`);
    if (part) part.textContent = say(root, 'free', { n });
    const option = form.querySelector(`option[value="${index + 1}"]`);
    if (option) option.textContent = `${option.textContent.split(' ')[0]} (${count(n)})`;
  }

  function dropTaken(no) {
    const box = form.querySelector(`.elsewhere input[value="${no}"]:checked`);
    if (box) box.checked = false;
    return Boolean(box);
  }

  async function ask() {
    if (isOver()) return;
    if (!document.hidden) {
      try {
        const chosen = new URLSearchParams(choice.numbers().map((no) => ['seat', no]));
        const answer = await fetch(`${url}?${chosen}`, { signal: AbortSignal.timeout(10_000) });
        if (answer.ok) {
          const { available, parts, held, taken } = await answer.json();
          parts.forEach(showPart);
          choice.countIs(available);
          choice.heldAre(held);
          choice.lost(taken.filter(dropTaken));
          choice.update();
        }
      } catch {
        // The stream says that the connection is lost.
      }
    }
    setTimeout(ask, between(PARTS_EVERY, PARTS_EVERY * 1.3));
  }
  ask();
}
