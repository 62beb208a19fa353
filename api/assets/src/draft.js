// Keeps what is typed into a form while it is typed: a draft, seen by its writer alone.

import { typed } from './forms.js';
import { word } from './words.js';

/** Milliseconds after the last keystroke until the draft is saved. */
const PAUSE = 1500;

/** Watches a form; returns a function that stops it, for when the form itself is sent. */
export function keepDraft(form, place) {
  const state = place.querySelector('.draft-state');
  const discard = place.querySelector('button');
  const { url, csrf } = place.dataset;
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRF-Token': csrf };
  let kept = typed(form);
  let timer = null;
  let watching = true;

  async function save() {
    clearTimeout(timer);
    timer = null;
    const data = typed(form);
    if (!watching || data === kept) return;
    const before = kept;
    kept = data;
    const body = `{"data":${data}}`;
    const answer = await fetch(url, { method: 'PUT', headers, body, keepalive: body.length < 60_000 }).catch(() => null);
    if (!watching) return;
    if (answer?.ok) {
      // By the office's clock, in the office's zone: the answer's time is RFC 3339.
      const { saved } = await answer.json();
      state.textContent = word('draft_saved').replace('{at}', saved.slice(11, 16));
      discard.hidden = false;
    } else {
      kept = before;
      state.textContent = word('draft_failed');
    }
  }

  form.on('changed', () => {
    clearTimeout(timer);
    if (watching) timer = setTimeout(save, PAUSE);
  });
  // Whoever leaves the page at once keeps what was typed last, too: a field tells the form of it when it is left.
  window.addEventListener('pagehide', () => {
    document.activeElement?.blur();
    save();
  });
  discard.addEventListener('click', async () => {
    watching = false;
    const answer = await fetch(url, { method: 'DELETE', headers }).catch(() => null);
    if (answer?.ok) window.location.reload();
    else state.textContent = word('offline');
  });

  return () => {
    watching = false;
    clearTimeout(timer);
    return () => {
      watching = true;
    };
  };
}
