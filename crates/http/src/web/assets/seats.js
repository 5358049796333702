import { Choice } from './choice.js';
import { between } from './live.js';
import { marks } from './marks.js';
import { watchParts } from './parts.js';
import { roving } from './roving.js';
import { stream } from './stream.js';
import { Turn } from './turn.js';

const root = document.getElementById('seats');
if (root) open();

function open() {
  const form = root.querySelector('form');
  const grid = root.querySelector('.grid');
  const choice = new Choice(root, form, grid);
  if (choice.restore()) return;
  const keys = roving(grid);
  const showSeats = marks(root, grid, keys);
  const url = new URL(root.dataset.events, location.href);
  let stop = () => {};

  const turn = new Turn(root, form, () => {
    stop();
    return choice.numbers().length;
  });

  function onSeats({ version, available, seats }) {
    url.searchParams.set('version', version);
    const taken = showSeats(seats);
    choice.countIs(available);
    keys.setTabStop();
    choice.update();
    choice.lost(taken);
  }

  function listen() {
    stop = stream(() => url, 'seats', { onEvent: onSeats, onClosed: retry, onEnded: () => turn.end() });
  }

  // A refused stream may mean that the turn is over.
  async function retry() {
    await turn.ask();
    if (!turn.isOver) setTimeout(listen, between(2000, 5000));
  }

  choice.update();
  listen();
  watchParts(root, form, choice, () => turn.isOver);
  root.querySelector('nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
}
