// A file that is worked on as the text that it is, such as a notice.

import { word } from '../words.js';

export class Editor {
  constructor(place, changed) {
    this.area = document.createElement('textarea');
    this.area.className = 'form-control editor-text';
    this.area.spellcheck = false;
    this.area.ariaLabel = word('modeler_text');
    this.area.addEventListener('input', changed);
    place.append(this.area);
  }

  async open(text) { this.area.value = text; }

  async text() { return this.area.value; }

  // As the browser does it.
  undo() { this.area.focus(); document.execCommand('undo'); }

  redo() { this.area.focus(); document.execCommand('redo'); }

  mark() {}

  has() { return false; }

  go() {}
}
