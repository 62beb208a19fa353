// Decisions to be worked on: dmn-js, the diagram of requirements, tables and literal expressions.

import Modeler from 'dmn-js/lib/Modeler';

export class Editor {
  constructor(place, changed) {
    place.classList.add('editor-decisions');
    this.modeler = new Modeler({ container: place });
    // Each view is an editor of its own, made when it is first opened.
    this.modeler.on('viewer.created', ({ viewer }) => viewer.on('commandStack.changed', changed));
  }

  async open(text) {
    await this.modeler.importXML(text);
    const views = this.modeler.getViews();
    // Where there is but one decision, it is what is meant.
    const decisions = views.filter(({ element }) => element.$type === 'dmn:Decision');
    if (decisions.length === 1) await this.modeler.open(decisions[0]);
  }

  async text() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  undo() { this.modeler.getActiveViewer()?.get('commandStack').undo(); }

  redo() { this.modeler.getActiveViewer()?.get('commandStack').redo(); }

  mark() {}

  has(element) {
    return Boolean(this.view(element));
  }

  /** Opens a decision. */
  go(element) {
    if (this.has(element)) this.modeler.open(this.view(element));
  }

  view(element) {
    return this.modeler.getViews().find(({ id }) => id === element);
  }
}
