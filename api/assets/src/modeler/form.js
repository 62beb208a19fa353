// A form to be worked on: the editor of form-js.

import { FormEditor } from '@bpmn-io/form-js-editor';

export class Editor {
  constructor(place, changed) {
    place.classList.add('editor-form');
    this.editor = new FormEditor({ container: place });
    this.editor.on('commandStack.changed', changed);
  }

  async open(text) {
    await this.editor.importSchema(JSON.parse(text));
  }

  async text() {
    return `${JSON.stringify(this.editor.saveSchema(), null, 2)}\n`;
  }

  undo() { this.editor.get('commandStack').undo(); }

  redo() { this.editor.get('commandStack').redo(); }

  mark() {}

  has(element) {
    return Boolean(this.field(element));
  }

  /** Selects a field. */
  go(element) {
    if (this.has(element)) this.editor.get('selection').set(this.field(element));
  }

  field(element) {
    return this.editor.get('formFieldRegistry').getAll().find(({ id, key }) => element && (id === element || key === element));
  }
}
