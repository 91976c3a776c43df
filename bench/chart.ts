/** The chart of docs/bench.md: how long an audit and the other tools take, by the number of hypervisor hosts. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { type Figures, LARGEST } from './figures.ts';

/** Seconds that two labels are apart at least, as a part of the longest time. */
const APART = 0.042;
const COLORS: Readonly<Record<string, string>> = { audit: '#0b57d0', 'its logins alone': '#7aa7ec' };
const OTHER = '#8a8f98';

/** An SVG. */
export async function chart(figures: readonly Figures[]): Promise<string> {
  // What is drawn last lies on top.
  const shown = figures.filter(({ hosts }) => hosts <= LARGEST).toSorted((a, b) => Number(a.tool === 'audit') - Number(b.tool === 'audit'));
  const color = { condition: Object.entries(COLORS).map(([tool, value]) => ({ test: `datum.tool == '${tool}'`, value })), value: OTHER };
  const axis = {
    gridColor: '#e6e8eb',
    domainColor: '#8a8f98',
    tickColor: '#8a8f98',
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  } as const;
  const spec: TopLevelSpec = {
    ...{ width: 560, height: 360, background: 'white', padding: 12, config: { view: { stroke: null }, font: 'sans-serif' } },
    title: { text: 'How long an audit takes, and tools that only run three commands on each host', anchor: 'start', fontSize: 14 },
    encoding: {
      x: {
        field: 'hosts',
        type: 'quantitative',
        title: 'hypervisor hosts',
        axis: { ...axis, values: [...new Set(shown.map(({ hosts }) => hosts))] },
      },
    },
    layer: [
      {
        data: { values: [...shown] },
        mark: { type: 'line', point: true },
        encoding: {
          y: { field: 'seconds', type: 'quantitative', title: 'seconds', axis },
          detail: { field: 'tool' },
          color,
          strokeWidth: { condition: { test: "datum.tool == 'audit'", value: 4 }, value: 1.5 },
        },
      },
      {
        data: { values: labels(shown) },
        mark: { type: 'text', align: 'left', baseline: 'middle', dx: 10, fontSize: 12, clip: false },
        encoding: { y: { field: 'at', type: 'quantitative' }, text: { field: 'text' }, color },
      },
    ],
  };
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  return `${svg}\n`;
}

/** What stands at the right end of each line, where no label lies upon another. */
function labels(figures: readonly Figures[]): { tool: string; hosts: number; at: number; text: string }[] {
  const most = Math.max(...figures.map(({ hosts }) => hosts));
  const ends = figures.filter(({ hosts }) => hosts === most).toSorted((a, b) => a.seconds - b.seconds);
  const apart = APART * Math.max(...ends.map(({ seconds }) => seconds));
  let below = Number.NEGATIVE_INFINITY;
  return ends.map(({ tool, hosts, seconds }) => {
    below = Math.max(seconds, below + apart);
    return { tool, hosts, at: below, text: `${tool}, ${seconds.toFixed(0)} s` };
  });
}
