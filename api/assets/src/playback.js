// The playback of a case: its course on its diagrams, and the proof of its history.

import { Board } from './board.js';
import { Player } from './player.js';
import { word } from './words.js';

const root = document.querySelector('[data-playback]');

async function load() {
  const board = new Board(root.querySelector('[data-diagram]'));
  const [answer] = await Promise.all([fetch(root.dataset.playback), board.load()]);
  if (!answer.ok) throw new Error(`the frames answered ${answer.status}`);
  const { frames, fault } = await answer.json();
  if (fault) tell(word('playback_fault').replace('{n}', fault.seq).replace('{reason}', fault.reason));
  // An address that ends with #entry-N opens there; else the case is shown as it is now.
  const wanted = frames.findIndex(({ seq }) => `#entry-${seq}` === window.location.hash);
  await new Player(root, board).take(frames, wanted < 0 ? frames.length - 1 : wanted);
}

function tell(text, kind = 'refused') {
  const place = document.querySelector('[data-proof]');
  place.textContent = text;
  place.className = `notice notice-${kind}`;
  place.hidden = false;
}

function link({ href, text }) {
  const made = document.createElement('a');
  made.href = href;
  made.download = '';
  made.textContent = text;
  return made;
}

load().then(
  () => root.setAttribute('data-ready', ''),
  () => tell(word('diagram_failed')),
);

const prove = document.querySelector('[data-prove]');
prove.addEventListener('click', async () => {
  prove.disabled = true;
  const answer = await fetch(prove.dataset.prove, { method: 'POST', headers: { 'X-CSRF-Token': prove.dataset.csrf } });
  const { ok, said, inclusion } = answer.ok ? await answer.json() : { ok: false, said: [word('offline')] };
  tell(said.join(' '), ok ? 'done' : 'refused');
  if (inclusion) document.querySelector('[data-proof]').append(' ', link(inclusion));
  prove.disabled = false;
});
