// What every page does: dialogs, filters, keys in tables, one answer for one press of a button.

import { newKey } from './sending.js';

const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// -- dialogs ----------------------------------------------------------------------------------------

document.addEventListener('click', (event) => {
  const opener = event.target.closest('[data-open]');
  if (opener) {
    const dialog = document.querySelector(opener.dataset.open);
    dialog.showModal();
    dialog.dispatchEvent(new CustomEvent('opened'));
  }
  if (event.target.closest('[data-close]')) event.target.closest('dialog').close();
  if (event.target instanceof HTMLDialogElement) event.target.close();
  if (event.target.closest('[data-print]')) window.print();
  for (const menu of $$('details.menu[open]')) if (!menu.contains(event.target)) menu.open = false;
});

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
  const table = document.querySelector(input.dataset.filter);
  if (!table) {
    input.disabled = true;
    continue;
  }
  const noMatch = table.parentElement.querySelector('[data-no-match]');
  input.addEventListener('input', () => {
    const sought = input.value.trim().toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of $$('[data-row]', table)) {
      const text = row.textContent.toLowerCase();
      row.hidden = !sought.every((part) => text.includes(part));
      if (!row.hidden) shown += 1;
    }
    noMatch.hidden = shown > 0;
  });
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') moveTo(rows(table)[0], event);
  });
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
}

// -- keys in tables: they work on the row that has the focus; a list of work begins with its first row -------------------------------------------

const rows = (table) => (table ? $$('[data-row]', table).filter((row) => !row.hidden && row.querySelector('.row-link')) : []);

function moveTo(row, event) {
  if (!row) return;
  event.preventDefault();
  row.querySelector('.row-link').focus();
}

document.addEventListener('keydown', (event) => {
  const row = event.target.closest?.('[data-row]');
  if (!row || event.ctrlKey || event.altKey || event.metaKey || event.target.matches('input, textarea, select')) return;
  const all = rows(row.closest('table'));
  const here = all.indexOf(row);
  if (event.key === 'ArrowDown') moveTo(all[here + 1], event);
  if (event.key === 'ArrowUp') moveTo(all[here - 1], event);
  if (event.key.toLowerCase() === 'c') row.querySelector('.row-actions form')?.requestSubmit();
});

const work = document.querySelector('table[data-work]');
if (work && [document.body, null].includes(document.activeElement)) {
  rows(work)[0]?.querySelector('.row-link').focus({ preventScroll: true });
}

// And where the focus got lost, by a click beside it.
document.addEventListener('keydown', (event) => {
  if (event.target === document.body && ['ArrowDown', 'ArrowUp'].includes(event.key)) moveTo(rows(work)[0], event);
});

// A click anywhere in a row opens it; selecting text does not.
document.addEventListener('click', (event) => {
  const row = event.target.closest('[data-row]');
  if (!row || event.target.closest('a, button, form, summary') || String(window.getSelection())) return;
  row.querySelector('.row-link')?.click();
});
