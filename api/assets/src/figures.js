// Plots the figures of the page: bars over a period, limits kept, time by element; each is to be had as SVG.

import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

const style = getComputedStyle(document.documentElement);
const colour = (name) => style.getPropertyValue({
  done: '--done', late: '--late', warn: '--warn', soft: '--line', primary: '--tblr-primary',
}[name]).trim();

/** Bars that lie: names are read better on the left than under an axis. */
const LYING = new Set(['kept', 'elements']);

const plots = new Map();

function draw(place) {
  const { labels, series } = JSON.parse(place.dataset.values);
  const lying = LYING.has(place.dataset.plot);
  const font = { color: style.getPropertyValue('--ink-soft').trim(), fontFamily: getComputedStyle(document.body).fontFamily };
  const names = { type: 'category', data: labels, inverse: lying, axisLabel: { ...font, width: 150, overflow: 'truncate' }, axisTick: { show: false } };
  const numbers = { type: 'value', minInterval: lying ? 0 : 1, axisLabel: font, splitLine: { lineStyle: { color: colour('soft') } } };
  if (lying) place.style.height = `${Math.max(labels.length * 26 + 70, 140)}px`;
  const plot = init(place, null, { renderer: 'svg' });
  plot.setOption({
    animation: false,
    grid: { left: 8, right: 24, top: series.length > 1 ? 36 : 12, bottom: 8, containLabel: true },
    legend: series.length > 1 ? { top: 4, textStyle: font } : undefined,
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, renderMode: 'richText' },
    xAxis: lying ? numbers : names,
    yAxis: lying ? names : numbers,
    series: series.map(({ name, colour: hue, values }) => ({
      name, type: 'bar', stack: 'all', data: values, barMaxWidth: 34, itemStyle: { color: colour(hue) },
    })),
  });
  new ResizeObserver(() => plot.resize()).observe(place);
  plots.set(place.dataset.plot, plot);
}

document.querySelectorAll('[data-plot]').forEach(draw);
document.documentElement.setAttribute('data-plotted', '');

for (const button of document.querySelectorAll('[data-save]')) {
  button.addEventListener('click', () => {
    const link = document.createElement('a');
    const svg = new Blob([plots.get(button.dataset.save).renderToSVGString()], { type: 'image/svg+xml' });
    Object.assign(link, { href: URL.createObjectURL(svg), download: `yichuang-${button.dataset.save}.svg` });
    link.click();
    URL.revokeObjectURL(link.href);
  });
}
