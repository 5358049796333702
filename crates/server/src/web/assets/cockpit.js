import { between, stream } from './live.js';
import { count, say, show } from './words.js';

const root = document.getElementById('cockpit');
const SPAN = 600; // seconds a chart shows

const tidy = (n) => (Number.isInteger(n) ? count(n) : count(Math.round(n * 10) / 10));

/** Draws the chart from rows of [unix seconds, value, ...]: the same picture the server drew. */
function draw(chart) {
  const { rows, svg } = chart;
  const last = rows.at(-1)[0];
  const top = Math.max(...rows.flatMap((row) => row.slice(1)), svg.dataset.top ?? 1);
  svg.querySelectorAll('.line').forEach((line, i) => {
    const xy = rows.map((row) => `${(SPAN - last + row[0]).toFixed(0)},${(156 - (row[i + 1] / top) * 152).toFixed(1)}`);
    line.setAttribute('points', xy.join(' '));
  });
  show(svg.closest('figure'), 'top', tidy(top));
}

function figures(charts, now) {
  const at = Date.parse(now.at) / 1000;
  for (const [name, value] of Object.entries(now)) {
    if (typeof value === 'number') show(root, name, tidy(value));
  }
  const minutes = now.wait ? Math.max(1, Math.round(now.wait.p50 / 60)) : 0;
  show(root, 'wait', now.wait ? say(root, 'wait', { n: minutes }) : say(root, 'wait-unknown'));
  root.querySelector('.paused').hidden = !now.paused;
  for (const el of root.querySelectorAll('[data-when]')) el.hidden = (el.dataset.when === 'paused') !== now.paused;

  const seats = now.free + now.held + now.sold || 1;
  let x = 0;
  for (const part of ['free', 'held', 'sold']) {
    const rect = root.querySelector(`.part-${part}[width]`);
    const width = (now[part] / seats) * 600;
    rect.setAttribute('x', x);
    rect.setAttribute('width', width);
    x += width;
  }
  for (const chart of charts) {
    chart.rows.push([at, ...chart.keys.map((key) => now[key])]);
    while (chart.rows.length > SPAN || chart.rows[0][0] < at - SPAN) chart.rows.shift();
    draw(chart);
  }
}

/** Every change is shown before it is made: fetches the effect of a form into the box. */
function effects(box) {
  let asked = 0;
  let timer;
  async function ask(form) {
    const mine = ++asked;
    box.ariaBusy = 'true';
    for (const button of box.querySelectorAll('button')) button.disabled = true;
    try {
      const answer = await fetch(`/operator/effect?${new URLSearchParams(new FormData(form))}`);
      const html = await answer.text();
      if (mine !== asked) return;
      if (answer.ok) box.innerHTML = html; // our own server's fragment, escaped there
      else box.textContent = say(box, answer.status === 401 ? 'signed-out' : 'refused');
    } catch {
      if (mine === asked) box.textContent = say(box, 'failed');
    }
    if (mine === asked) box.ariaBusy = 'false';
  }
  for (const form of document.querySelectorAll('form[data-effect]')) {
    form.addEventListener('input', () => {
      clearTimeout(timer);
      if (form.checkValidity()) timer = setTimeout(ask, 250, form);
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(timer);
      ask(form);
    });
  }
  for (const button of document.querySelectorAll('[data-without-js]')) button.hidden = true;
}

if (root) {
  const charts = [...root.querySelectorAll('svg[data-points]')].map((svg) => ({
    svg, keys: svg.dataset.keys.split(' '), rows: JSON.parse(svg.dataset.points),
  }));
  for (const chart of charts) if (chart.rows.length) draw(chart);
  const heard = (now) => figures(charts, now);
  const listen = () => stream('/operator/events', 'figures', { heard, closed: () => setTimeout(listen, between(2000, 5000)) });
  listen();
  effects(document.getElementById('effect'));
}
