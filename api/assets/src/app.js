// What every page does: dialogs, filters, keys in tables, one answer for one press of a button.

import { newKey } from './sending.js';

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/** The rows of a table that are shown and lead somewhere. */
const rows = (table) => (table ? $$('[data-row]', table).filter((row) => !row.hidden && row.querySelector('.row-link')) : []);

// On a phone the parts of the site may be wider than the screen: the one that is open is in sight.
{
  const here = document.querySelector('.top-nav [aria-current]');
  const line = here?.parentElement;
  if (line) line.scrollLeft = here.offsetLeft - line.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

// -- dialogs ----------------------------------------------------------------------------------------

/** A dialog that many buttons open is told by each where it sends, what it is about, and what it begins with. */
function prepare(dialog, { action, about, set }) {
  const form = dialog.querySelector('form:not([method=dialog])');
  if (action) form.action = action;
  for (const place of dialog.querySelectorAll('[data-about]')) place.textContent = about ?? '';
  if (form && (set || about !== undefined)) {
    form.reset();
    for (const field of form.querySelectorAll('[name=replaces]')) field.value = '';
    for (const [name, value] of Object.entries(JSON.parse(set ?? '{}'))) form.elements[name].value = value;
  }
}

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-open]');
  if (opener) {
    const dialog = document.querySelector(opener.dataset.open);
    prepare(dialog, opener.dataset);
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent('opened'));
  }
  if (event.target.closest('[data-close]')) event.target.closest('dialog').close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  if (event.target.closest('[data-print]')) window.print();
  for (const menu of $$('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});

// A form that was refused comes again: its dialog opens, and the address is the page's, which can be read anew.
for (const refusal of $$('[data-again]')) {
  window.history.replaceState(null, '', refusal.dataset.again);
  refusal.closest('dialog')?.showModal();
  refusal.focus();
}

document.addEventListener('keydown', (event) => {
  const menu = event.key === 'Escape' && document.querySelector('details.menu[open]');
  if (menu) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});

// -- the demonstration office's people, ready to log in ------------------------------------------------

for (const choice of $$('[data-username]')) {
  choice.addEventListener('click', () => {
    document.getElementById('username').value = choice.dataset.username;
    document.getElementById('password').value = choice.dataset.password;
    document.querySelector('form.card button').focus();
  });
}

// -- forms that must not be sent twice ----------------------------------------------------------------

for (const form of $$('form[data-once]')) {
  const key = document.createElement('input');
  Object.assign(key, { type: 'hidden', name: 'once', value: newKey() });
  form.append(key);
}

document.addEventListener('submit', (event) => {
  if (event.target.method !== 'post') return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = 'yes';
});

// Back brings the page as it was left: what was sent then may be sent anew.
window.addEventListener('pageshow', () => $$('form[data-sent]').forEach((form) => delete form.dataset.sent));

// -- filters ------------------------------------------------------------------------------------------

for (const input of $$('input[data-filter]')) {
  const filter = () => {
    const table = document.querySelector(input.dataset.filter);
    input.disabled = !table && !input.value;
    if (!table) return;
    const sought = input.value.trim().toLowerCase().split(/\s+/);
    for (const row of $$('[data-row]', table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !sought.every((part) => text.includes(part));
    }
    table.parentElement.querySelector('[data-no-match]').hidden = rows(table).length > 0;
  };
  filter();
  input.addEventListener('input', filter);
  document.addEventListener('rows-replaced', filter);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') moveTo(rows(document.querySelector(input.dataset.filter))[0], event);
  });
}

// A choice in a line of filters filters at once.
for (const form of $$('form[data-filters]')) {
  form.addEventListener('change', () => form.requestSubmit());
}

for (const form of $$('form[data-live]')) {
  let waiting;
  let latest = 0;
  const refresh = async () => {
    const turn = (latest += 1);
    const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address, { headers: { Accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const fresh = page.querySelector(form.dataset.live);
    if (turn === latest && fresh) document.querySelector(form.dataset.live).replaceWith(document.adoptNode(fresh));
  };
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(refresh, 150);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') moveTo(rows(document.querySelector(form.dataset.live))[0], event);
  });
  // Enter goes to what was found: where it is one, to that itself.
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    clearTimeout(waiting);
    await refresh();
    const found = rows(document.querySelector(form.dataset.live));
    if (found.length === 1) window.location.assign(found[0].querySelector('.row-link').href);
    else moveTo(found[0], event);
  });
}

// -- keys in tables: they work on the row that has the focus; a list of work begins with its first row --

const work = () => document.querySelector('table[data-work]');
const DOWN = ['ArrowDown', 'j'];
const UP = ['ArrowUp', 'k'];

function moveTo(row, event) {
  if (!row) return;
  event.preventDefault();
  row.querySelector('.row-link').focus();
}

document.addEventListener('keydown', (event) => {
  const { key, target } = event;
  if (event.ctrlKey || event.altKey || event.metaKey || document.querySelector('dialog[open]')) return;
  if (target.matches?.('input:not([type=checkbox]), textarea, select, [contenteditable]')) return;
  const table = target.closest?.('table') ?? work();
  const row = target.closest?.('[data-row]');
  const all = rows(table);
  const here = row ? all.indexOf(row) : -1;
  if (DOWN.includes(key)) {
    if (row || target === document.body) moveTo(all[here + 1], event);
  } else if (UP.includes(key)) {
    if (row || target === document.body) moveTo(all[here - 1] ?? (row ? undefined : all[0]), event);
  } else if (key.toLowerCase() === 'c') {
    row?.querySelector('.row-actions form')?.requestSubmit();
  } else if (key.toLowerCase() === 'x') {
    row?.querySelector('.pick input')?.click();
  } else if (key === '/' && document.querySelector('input[data-filter], form[role=search] input[type=search]')) {
    event.preventDefault();
    document.querySelector('input[data-filter], form[role=search] input[type=search]').focus();
  } else if (key === '?') {
    document.getElementById('keys-dialog')?.showModal();
  }
});

if (work() && [document.body, null].includes(document.activeElement)) {
  rows(work())[0]?.querySelector('.row-link').focus({ preventScroll: true });
}

// A click anywhere in a row opens it; selecting text does not.
document.addEventListener('click', (event) => {
  const row = event.target.closest('[data-row]');
  if (!row || event.target.closest('a, button, form, summary, input, label') || String(window.getSelection())) return;
  row.querySelector('.row-link')?.click();
});
