// Draws a whole dashboard over what a Prometheus holds, without a Grafana server; `draw.py` opens it.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';
import {
  applyFieldOverrides, cacheFieldDisplayNames, createTheme, dateTime, FieldConfigPropertyItem, Registry, standardTransformers, standardTransformersRegistry, transformDataFrame,
} from '@grafana/data';
import * as grafana from '@grafana/ui';
import { Asked, filledIn, run } from './queries';
import { Shape } from './shapes';

const { PanelChrome, ThemeContext, GlobalStyles } = grafana as any;
const PLAIN = ['unit', 'min', 'max', 'decimals', 'displayName', 'noValue', 'links', 'thresholds', 'mappings', 'color', 'description'];
const CUSTOM = ['drawStyle', 'lineInterpolation', 'lineWidth', 'fillOpacity', 'gradientMode', 'showPoints', 'pointSize', 'stacking', 'axisPlacement', 'axisLabel',
  'spanNulls', 'lineStyle', 'hideFrom', 'scaleDistribution', 'thresholdsStyle', 'axisColorMode', 'barAlignment', 'barMaxWidth', 'barWidthFactor', 'cellOptions', 'width', 'minWidth', 'align', 'fillBelowTo', 'transform'];
const property = (id: string) => ({ id, path: id.replace('custom.', ''), name: id, isCustom: id.startsWith('custom.'), process: (value: any) => value,
  shouldApply: () => true, getItemsCount: () => 0 } as unknown as FieldConfigPropertyItem);
const REGISTRY = new Registry<FieldConfigPropertyItem>(() => [...PLAIN.map(property), ...CUSTOM.map((id) => property(`custom.${id}`))]);
// Some are listed under an old name as well.
const transformers = new Map(Object.values(standardTransformers).map((one: any) => [one.id, one]));
standardTransformersRegistry.setInit(() => [...transformers.values()].map((one) => ({ id: one.id, name: one.name, transformation: async () => one } as any)));

const given = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: given.get('theme') as 'light' | 'dark' } });
const wide = Number(given.get('width')) - 16, cell = wide / 24, line = 38;
const as_is = (text: string) => text;

async function framesOf(panel: any, asked: Asked) {
  let frames = (await Promise.all((panel.targets ?? []).map((target: any) => run(target, panel, asked)))).flat();
  if (panel.transformations?.length) { frames = await lastValueFrom(transformDataFrame(panel.transformations, frames, { interpolate: as_is } as any)); }
  const config = structuredClone(panel.fieldConfig);
  config.defaults.mappings ??= [];
  for (const step of config.defaults.thresholds?.steps ?? []) { step.value ??= -Infinity; }
  for (const override of config.overrides ?? []) {
    for (const each of override.properties.filter((one: any) => one.id === 'thresholds')) { each.value.steps.forEach((step: any) => { step.value ??= -Infinity; }); }
  }
  panel.fieldConfig = config;
  frames = applyFieldOverrides({ data: frames, fieldConfig: config, replaceVariables: as_is, theme, timeZone: 'utc', fieldConfigRegistry: REGISTRY as any });
  cacheFieldDisplayNames(frames);
  return frames;
}

const nothing = (panel: any) => <div style={{ padding: 12, opacity: 0.75, textAlign: 'center' }}>{panel.fieldConfig.defaults.noValue}</div>;

async function drawn(panel: any, asked: Asked, range: any) {
  const { x, y, w, h } = panel.gridPos;
  const box = { position: 'absolute' as const, left: x * cell, top: y * line, width: w * cell - 8, height: h * line - 8 };
  const title = filledIn(panel.title ?? '', asked, 30);
  if (panel.type === 'row') { return <h4 key={panel.id} style={{ ...box, margin: '6px 2px' }}>{title}</h4>; }
  const frames = panel.type === 'text' ? [] : await framesOf(panel, asked);
  const inside = (width: number, height: number) => panel.type === 'text' ? <div style={{ padding: 8 }}>{filledIn(panel.options.content, asked, 30).replace(/\[(.*?)\]\(.*?\)/g, '$1')}</div>
    : frames.some((frame) => frame.length) ? <Shape panel={panel} frames={frames} width={width} height={height} theme={theme} range={range} /> : nothing(panel);
  return <div key={panel.id} style={box}><PanelChrome title={title} description={panel.description} width={box.width} height={box.height}>{inside}</PanelChrome></div>;
}

async function main() {
  const dashboard = await (await fetch('dashboard.json')).json();
  const chosen = Object.fromEntries(dashboard.templating.list.map((one: any) => [one.name, one.multi ? '.+' : one.current?.value])
    .filter(([, value]: any) => value));
  const asked: Asked = { prometheus: given.get('prometheus')!, from: Number(given.get('from')), to: Number(given.get('to')),
    variables: { ...JSON.parse(given.get('variables')!), ...chosen } };
  const ends = { from: dateTime(asked.from * 1000), to: dateTime(asked.to * 1000) }, range = { ...ends, raw: ends };
  const panels = await Promise.all(dashboard.panels.map((panel: any) => drawn(panel, asked, range)));
  const high = Math.max(...dashboard.panels.map((panel: any) => (panel.gridPos.y + panel.gridPos.h) * line));
  const bar = dashboard.templating.list.map((one: any) => `${one.label}: ${asked.variables[one.name] === '.+' ? 'All' : asked.variables[one.name]}`).join('   ');
  document.body.style.cssText = `background:${theme.colors.background.canvas};color:${theme.colors.text.primary};font:14px Inter,Helvetica,Arial,sans-serif;margin:8px`;
  createRoot(document.getElementById('root')!).render(<ThemeContext.Provider value={theme}><GlobalStyles />
    <h3 style={{ margin: '2px 2px 4px' }}>{dashboard.title}</h3><p style={{ margin: '0 2px 10px', opacity: 0.7, whiteSpace: 'pre' }}>{bar}</p>
    <div style={{ position: 'relative', height: high }}>{panels}</div></ThemeContext.Provider>);
  setTimeout(() => { document.body.id = 'drawn'; }, 1500);
}
main().catch((error) => { console.error(String(error.stack)); document.body.id = 'drawn'; });
