// Sends a form only once, however often its button is pressed.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.ariaBusy === 'true') {
    event.preventDefault();
    return;
  }
  form.ariaBusy = 'true';
  // Disabled after the event, because a disabled button would not send its name and value.
  setTimeout(() => {
    for (const button of form.elements) {
      if (button.type !== 'submit' || button.disabled) continue;
      button.disabled = true;
      button.dataset.once = '';
    }
  });
});

addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[aria-busy]')) form.ariaBusy = null;
  for (const button of document.querySelectorAll('[data-once]')) {
    button.disabled = false;
    delete button.dataset.once;
  }
});

// Quick amounts need this module, so they stay hidden without it.
for (const quick of document.querySelectorAll('[data-quick]')) {
  quick.hidden = false;
  quick.addEventListener('click', (event) => {
    const { fill } = event.target.closest('[data-fill]')?.dataset ?? {};
    if (!fill) return;
    const input = quick.closest('form').elements.amount;
    input.value = fill;
    input.focus();
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => print());
}

// The result of a form is shown once: a page that the browser kept must not show it again.
addEventListener('pageshow', (event) => { if (event.persisted) document.querySelector('[data-notice]')?.remove(); });
