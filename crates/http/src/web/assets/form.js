// Sends a form only once, however often its button is pressed. A submit that the browser gave up, or that
// somebody stopped, leaves the page as it is: then the buttons work again.
const BUSY_FOR = 8000; // milliseconds

const isPost = (form, button) => (button?.getAttribute('formmethod') ?? form.method) === 'post';

function release(form) {
  form.removeAttribute('aria-busy');
  for (const button of form.querySelectorAll('[data-once]')) {
    button.disabled = false;
    delete button.dataset.once;
  }
}

const releaseAll = () => document.querySelectorAll('form[aria-busy]').forEach(release);

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (event.defaultPrevented || !isPost(form, event.submitter)) return;
  if (form.hasAttribute('aria-busy')) {
    event.preventDefault();
    return;
  }
  form.setAttribute('aria-busy', 'true');
  // Disabled after the event, because a disabled button would not send its name and value.
  setTimeout(() => {
    for (const button of form.elements) {
      if (button.type !== 'submit' || button.disabled) continue;
      button.disabled = true;
      button.dataset.once = '';
    }
  });
  setTimeout(() => release(form), BUSY_FOR);
});

addEventListener('keydown', ({ key }) => { if (key === 'Escape') releaseAll(); });
addEventListener('pageshow', releaseAll);

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
