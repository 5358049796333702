// The keyboard on the seat map: Tab stops at one seat, and arrow keys move by the position of seats on the
// screen.

const middle = (box) => box.left + box.width / 2;

/** The seat of `all` to which a key leads from `from`. */
function target(all, from, key) {
  const at = from.getBoundingClientRect();
  const row = all.filter((el) => Math.abs(el.getBoundingClientRect().top - at.top) < 8);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
  if (step) return all[all.indexOf(from) + step];
  if (key === 'Home') return row[0];
  if (key === 'End') return row.at(-1);
  const direction = { ArrowUp: -1, ArrowDown: 1 }[key];
  const distance = (el) => {
    const box = el.getBoundingClientRect();
    return Math.abs(middle(box) - middle(at)) * 3 + Math.abs(box.top - at.top);
  };
  return direction && all
    .filter((el) => (el.getBoundingClientRect().top - at.top) * direction > 8)
    .reduce((best, el) => (best && distance(best) <= distance(el) ? best : el), undefined);
}

/** Makes a grid of seats one stop of the Tab key. Call `setTabStop` after seats have changed. */
export function roving(grid) {
  const stops = () => [...grid.querySelectorAll('input:enabled, a.seat')];
  let stop = null;

  function setTabStop(to) {
    const all = stops();
    stop = to ?? (all.includes(stop) ? stop : all[0]);
    for (const el of all) el.tabIndex = el === stop ? 0 : -1;
  }

  /** Moves the focus to this seat, or to the next one that can have it. */
  function refocus(seat) {
    const all = stops();
    const after = (el) => seat.compareDocumentPosition(el) & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY);
    const to = all.find((el) => el === seat || after(el)) ?? all.at(-1);
    setTabStop(to);
    to?.focus();
  }

  grid.addEventListener('keydown', (event) => {
    // In a form, Enter would press the first button.
    if (event.key === 'Enter' && event.target.matches('input')) event.preventDefault();
    if (event.ctrlKey || event.metaKey || event.altKey || !/^(Arrow|Home|End)/.test(event.key)) return;
    const from = event.target.closest('input, a');
    event.preventDefault();
    const to = from && target(stops(), from, event.key);
    if (to) {
      setTabStop(to);
      to.focus();
    }
  });
  grid.addEventListener('focusin', ({ target: seat }) => { if (stops().includes(seat)) setTabStop(seat); });
  setTabStop();
  return { setTabStop, refocus };
}
