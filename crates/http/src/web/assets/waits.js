import { say } from './words.js';

/** A wait in the unit that the server would choose: see `Times::wait`. */
export function wait(seconds) {
  const words = document.getElementById('wait-words');
  const text = (key, values) => say(words, key, values);
  const minutes = Math.max(1, Math.floor((seconds + 30) / 60));
  const hours = Math.floor(minutes / 60);
  const [d, h, m] = [Math.floor(hours / 24), hours % 24, minutes % 60];
  if (seconds <= 1) return text('second');
  if (seconds <= 90) return text('seconds', { n: seconds });
  if (minutes <= 90) return text('minutes', { n: minutes });
  if (hours < 24) return m ? text('hours-minutes', { h: hours, m }) : text('hours', { h: hours });
  if (d === 1) return h ? text('day-hours', { h }) : text('day');
  return d < 7 && h ? text('days-hours', { d, h }) : text('days', { d });
}
