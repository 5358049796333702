// Counts down to the opening of a sale, and loads the page again when a sale opens or closes.
import { countDown } from './countdown.js';
import { between } from './live.js';
import { say } from './words.js';

/** A wait in the unit that the server would choose. */
function wait(root, seconds) {
  const minutes = Math.max(1, Math.floor((seconds + 30) / 60));
  if (seconds <= 1) return say(root, 'second');
  if (seconds <= 90) return say(root, 'seconds', { n: seconds });
  if (minutes <= 90) return say(root, 'minutes', { n: minutes });
  return say(root, 'hours', { h: Math.floor(minutes / 60), m: minutes % 60 });
}

for (const sale of document.querySelectorAll('[data-changes-in]')) {
  countDown(Number(sale.dataset.changesIn), (left) => {
    if (left === 0) setTimeout(() => location.reload(), between(0, 1000));
    else if (sale.dataset.sayAhead) sale.textContent = say(sale, 'ahead', { wait: wait(sale, left) });
  });
}
