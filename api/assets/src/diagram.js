// Draws the diagrams of a page: each on its board, at once or when the dialog around it is opened.

import { Board } from './board.js';
import { word } from './words.js';

for (const root of document.querySelectorAll('[data-diagram]')) {
  const board = new Board(root);
  const load = () => board.load().then(
    () => root.setAttribute('data-drawn', ''),
    () => { board.canvas.textContent = word('diagram_failed'); },
  );
  const dialog = root.closest('dialog');
  if (dialog) dialog.addEventListener('opened', load, { once: true });
  else load();
}
