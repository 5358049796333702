// Counts down to the opening of a sale, and loads the page again when a sale opens or closes.
import { countDown } from './countdown.js';
import { between, reload } from './live.js';
import { wait } from './waits.js';
import { say } from './words.js';

for (const sale of document.querySelectorAll('[data-changes-in]')) {
  countDown(Number(sale.dataset.changesIn), (left) => {
    if (left === 0) setTimeout(reload, between(0, 2000));
    else if (sale.dataset.sayAhead) sale.textContent = say(sale, 'ahead', { wait: wait(left) });
  });
}
