// The inbox: kept up to date by asking for changes, and the bar for what was chosen.

/** Milliseconds between two questions; when the server does not answer, longer and longer up to LONGEST. */
const PAUSE = 1500;
const LONGEST = 30_000;

const inbox = document.getElementById('inbox');
const bulk = document.getElementById('bulk');
const state = document.getElementById('live');
const picks = () => [...inbox.querySelectorAll('input[name=task]')];

// -- what was chosen -----------------------------------------------------------------------------------

function chosen() {
  const some = picks().filter(({ checked }) => checked);
  const kinds = new Set(some.map(({ dataset }) => dataset.element));
  bulk.hidden = some.length === 0;
  bulk.querySelector('[data-bulk-count]').textContent = String(some.length);
  bulk.querySelector('[data-bulk-complete]').disabled = kinds.size !== 1;
  bulk.querySelector('[data-bulk-hint]').hidden = kinds.size < 2;
  bulk.querySelector('[data-bulk-claim]').disabled = some.some(({ dataset }) => !('free' in dataset));
  const all = inbox.querySelector('[data-pick-all]');
  if (all) {
    all.checked = some.length > 0 && some.length === picks().length;
    all.indeterminate = some.length > 0 && !all.checked;
  }
}

inbox.addEventListener('change', ({ target }) => {
  if (target.matches('[data-pick-all]')) {
    for (const box of picks()) box.checked = target.checked && !box.closest('tr').hidden;
  }
  chosen();
});
bulk.querySelector('[data-bulk-clear]').addEventListener('click', () => {
  for (const box of picks()) box.checked = false;
  chosen();
});
bulk.querySelector('[data-bulk-complete]').addEventListener('click', ({ currentTarget }) => {
  const tasks = picks().filter(({ checked }) => checked).map(({ value }) => ['task', value]);
  window.location.assign(`${currentTarget.dataset.bulkComplete}?${new URLSearchParams(tasks)}`);
});
window.addEventListener('pageshow', chosen);

// -- kept up to date -----------------------------------------------------------------------------------

let tag = null;
let pause = PAUSE;
const said = state?.textContent;

/** Puts the new rows in place; what was chosen and where the focus was stays. */
function replace(text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html');
  const kept = new Set(picks().filter(({ checked }) => checked).map(({ value }) => value));
  const focused = document.activeElement;
  const row = inbox.contains(focused) ? focused.closest('[data-row]') : null;
  const at = row ? [...inbox.querySelectorAll('[data-row]')].indexOf(row) : -1;
  const control = row && ['.row-link', '.row-actions button', 'input[name=task]'].find((kind) => focused.matches(kind));
  inbox.replaceChildren(...fresh.body.childNodes);
  for (const box of picks()) box.checked = kept.has(box.value);
  if (row) {
    const rows = [...inbox.querySelectorAll('[data-row]')];
    const next = rows.find(({ dataset }) => dataset.id === row.dataset.id) ?? rows[Math.min(at, rows.length - 1)];
    (next?.querySelector(control ?? '.row-link') ?? next?.querySelector('.row-link'))?.focus({ preventScroll: true });
  }
  document.dispatchEvent(new CustomEvent('rows-replaced'));
  chosen();
}

async function ask() {
  const headers = tag ? { 'If-None-Match': tag } : {};
  const answer = await fetch(inbox.dataset.liveUrl, { headers, redirect: 'manual', cache: 'no-store' });
  if (answer.type === 'opaqueredirect') return false;
  if (!answer.ok && answer.status !== 304) throw new Error(String(answer.status));
  // A form of these rows is on its way: what it changes will be on the next page. A dialog gives the focus back to where
  // it was, when it is closed.
  if (answer.ok && !inbox.querySelector('form[data-sent]') && !document.querySelector('dialog[open]')) {
    const text = await answer.text();
    tag = answer.headers.get('ETag');
    replace(text);
  }
  return true;
}

async function go() {
  if (!document.hidden) {
    try {
      if (!await ask()) {
        state.textContent = state.dataset.over;
        state.classList.add('live-off');
        return;
      }
      pause = PAUSE;
      state.textContent = said;
      state.classList.remove('live-off');
    } catch {
      pause = Math.min(pause * 2, LONGEST);
      state.textContent = state.dataset.offline;
      state.classList.add('live-off');
    }
  }
  setTimeout(go, pause);
}

if (inbox.dataset.liveUrl) setTimeout(go, PAUSE);
