// A diagram to be drawn on: bpmn-js with its properties panel.

import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule } from 'bpmn-js-properties-panel';
import ZeebeBehaviorsModule from 'camunda-bpmn-js-behaviors/lib/camunda-cloud';
import zeebe from 'zeebe-bpmn-moddle/resources/zeebe.json';

export class Editor {
  constructor(place, changed) {
    place.classList.add('editor-two');
    const [canvas, panel] = [document.createElement('div'), document.createElement('div')];
    canvas.className = 'editor-canvas';
    panel.className = 'editor-panel';
    place.append(canvas, panel);
    this.modeler = new Modeler({
      container: canvas,
      propertiesPanel: { parent: panel },
      additionalModules: [BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, ZeebePropertiesProviderModule, ZeebeBehaviorsModule],
      moddleExtensions: { zeebe },
    });
    this.modeler.on('commandStack.changed', changed);
  }

  async open(text) {
    await this.modeler.importXML(text);
    const canvas = this.modeler.get('canvas');
    canvas.zoom('fit-viewport', 'auto');
    // Beside the palette, not under it.
    canvas.scroll({ dx: 120, dy: 0 });
  }

  async text() {
    return (await this.modeler.saveXML({ format: true })).xml;
  }

  undo() { this.modeler.get('commandStack').undo(); }

  redo() { this.modeler.get('commandStack').redo(); }

  /** Draws what is amiss on the elements. */
  mark(problems) {
    const [overlays, canvas, registry] = ['overlays', 'canvas', 'elementRegistry'].map((name) => this.modeler.get(name));
    overlays.remove({ type: 'problem' });
    registry.forEach(({ id }) => ['amiss-error', 'amiss-warning'].forEach((marker) => canvas.removeMarker(id, marker)));
    for (const { element, severity, message } of problems) {
      if (!this.has(element)) continue;
      canvas.addMarker(element, `amiss-${severity}`);
      const label = document.createElement('span');
      Object.assign(label, { className: `note note-${severity}`, textContent: '!', title: message });
      overlays.add(element, 'problem', { position: { bottom: 10, left: -10 }, html: label });
    }
  }

  has(element) {
    return Boolean(element && this.modeler.get('elementRegistry').get(element));
  }

  /** Brings an element into view, and selects it. */
  go(element) {
    if (!this.has(element)) return;
    this.modeler.get('canvas').scrollToElement(element);
    this.modeler.get('selection').select(this.modeler.get('elementRegistry').get(element));
  }
}
