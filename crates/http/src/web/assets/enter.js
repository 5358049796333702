// A personal link has its code behind the `#`, which browsers send to nobody. It is put into the form.
const code = document.getElementById('code');
const language = document.querySelector('form[action^="/language"]');

function take() {
  const linked = location.hash.slice(1);
  if (linked) code.value = linked;
  const isLinked = linked !== '';
  for (const part of document.querySelectorAll('[data-typed]')) part.hidden = isLinked;
  for (const part of document.querySelectorAll('[data-linked]')) part.hidden = !isLinked;
  // When an answer redirects, browsers keep the `#` of the form's address, so the next page has it.
  language.action = code.value ? `/language#${code.value}` : '/language';
}

take();
// Another link, opened in the same tab, changes only what is behind the `#`.
addEventListener('hashchange', take);
code.addEventListener('input', () => { language.action = `/language#${code.value.trim()}`; });

// A code that was sent does not stay in the browser's history.
code.form.addEventListener('submit', () => history.replaceState(null, '', location.pathname));
