// Draws one panel: by Grafana's own components where npm has them, else as plainly as its colours and words allow.
import React from 'react';
import { dateTimeFormat, FieldDisplay, getDisplayProcessor, getFieldDisplayValues, GrafanaTheme2, DataFrame, Field } from '@grafana/data';
import * as grafana from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';

const { TimeSeries, BigValue } = grafana as any;
export interface Drawn { panel: any; frames: DataFrame[]; width: number; height: number; theme: GrafanaTheme2; range: any }

export function Shape(drawn: Drawn) {
  const draw = { timeseries: Lines, stat: Tiles, table: Rows, 'state-timeline': Timeline, heatmap: Heat }[drawn.panel.type as string];
  if (!draw) { throw new Error(`no way to draw ${drawn.panel.type}`); }
  return draw(drawn);
}

function Lines({ panel, frames, width, height, range }: Drawn) {
  return <TimeSeries frames={frames} timeRange={range} timeZone="utc" width={width} height={height} options={panel.options}
    structureRev={1} legend={panel.options.legend}>{() => null}</TimeSeries>;
}

function Tiles({ panel, frames, width, height, theme }: Drawn) {
  const tiles: FieldDisplay[] = getFieldDisplayValues({ fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions,
    replaceVariables: (text: string) => text, theme, data: frames, timeZone: 'utc' } as any);
  return <div style={{ display: 'flex', gap: 4 }}>{tiles.map((tile, at) => <BigValue key={at} value={tile.display}
    width={width / tiles.length - 4} height={height} theme={theme} colorMode={panel.options.colorMode} graphMode="none"
    justifyMode={panel.options.justifyMode} textMode={panel.options.textMode} count={tiles.length} />)}</div>;
}

function Rows({ panel, frames, width, height, range }: Drawn) {
  return <TableNG data={frames[0]} width={width} height={height} timeRange={range} structureRev={1} fieldConfig={panel.fieldConfig}
    sortBy={panel.options.sortBy} />;
}

const numbers = (frames: DataFrame[]): Array<[DataFrame, Field]> =>
  frames.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').map((field) => [frame, field] as [DataFrame, Field]));

function Axis({ range, left, width }: { range: any; left: number; width: number }) {
  const at = [0, 0.25, 0.5, 0.75].map((part) => range.from.valueOf() + part * (range.to.valueOf() - range.from.valueOf()));
  return <div style={{ marginLeft: left, display: 'flex', width }}>{at.map((when) =>
    <span key={when} style={{ flex: 1, opacity: 0.7 }}>{dateTimeFormat(when, { timeZone: 'utc', format: 'HH:mm' })}</span>)}</div>;
}

function Timeline({ frames, width, height, theme, range }: Drawn) {
  const rows = numbers(frames), left = 130, high = Math.min(26, (height - 44) / rows.length);
  const span = range.to.valueOf() - range.from.valueOf(), meant = new Map<string, string>();
  const bars = rows.map(([frame, field], at) => {
    const show = field.display ?? getDisplayProcessor({ field, theme }), times = frame.fields[0].values;
    return <div key={at} style={{ position: 'relative', height: high - 3, marginBottom: 3 }}>
      <span style={{ position: 'absolute', width: left - 8, textAlign: 'right', whiteSpace: 'nowrap', lineHeight: `${high - 3}px` }}>{field.config.displayNameFromDS}</span>
      {field.values.map((value, k) => {
        if (value === null || (k && value === field.values[k - 1])) { return null; }
        const said = show(value), after = field.values.findIndex((other, later) => later > k && other !== value);
        const next = after < 0 ? times[times.length - 1] + 30_000 : times[after];
        meant.set(said.text, said.color!);
        return <i key={k} style={{ position: 'absolute', left: left + (times[k] - range.from.valueOf()) / span * (width - left),
          width: Math.min(next - times[k], range.to.valueOf() - times[k]) / span * (width - left) + 0.5, top: 0, bottom: 0, background: said.color, opacity: 0.85 }} />;
      })}</div>;
  });
  const named = [...meant].filter(([text]) => !text.endsWith('%'));
  return <div style={{ font: '12px Inter, sans-serif' }}>{bars}<Axis range={range} left={left} width={width - left} />
    <div>{named.map(([text, color]) => <span key={text} style={{ marginRight: 14 }}><i style={{ display: 'inline-block', width: 12, height: 4, margin: '0 5px 3px 0', background: color }} />{text}</span>)}</div></div>;
}

// Cumulated buckets become the counts between two edges, as Grafana's transformation does.
function Heat({ frames, width, height, theme, range }: Drawn) {
  const rows = numbers(frames), left = 52, high = (height - 22) / rows.length, most = { count: 0 };
  const counts = rows.map(([frame, field], row) => new Map(frame.fields[0].values.map((time: number, k: number) => {
    const below = row ? rows[row - 1][1].values[rows[row - 1][0].fields[0].values.indexOf(time)] ?? 0 : 0;
    const count = Math.max(0, field.values[k] - below);
    most.count = Math.max(most.count, count);
    return [time, count] as [number, number];
  })));
  const span = range.to.valueOf() - range.from.valueOf(), wide = 30_000 / span * (width - left);
  const show = getDisplayProcessor({ field: { type: 'number', config: { unit: 's' } } as any, theme });
  const named = (text: string) => { if (text === '+Inf') { return '+Inf'; } const said = show(Number(text)); return `${said.text}${said.suffix ?? ''}`; };
  const cells = counts.flatMap((row, at) => [...row].filter(([, count]) => count > 1e-9).map(([time, count]) =>
    <i key={`${at} ${time}`} style={{ position: 'absolute', left: left + (time - range.from.valueOf()) / span * (width - left), width: wide - 1,
      top: (rows.length - 1 - at) * high, height: high - 1, background: theme.isDark ? '#8ab8ff' : '#1f60c4', opacity: Math.sqrt(count / most.count) * 0.9 + 0.1 }} />));
  return <div style={{ font: '11px Inter, sans-serif' }}><div style={{ position: 'relative', height: height - 22 }}>
    {rows.map(([, field], at) => <span key={at} style={{ position: 'absolute', top: (rows.length - 1 - at) * high - 6, width: left - 6, textAlign: 'right', opacity: 0.7 }}>{named(field.config.displayNameFromDS!)}</span>)}
    {cells}</div><Axis range={range} left={left} width={width - left} /></div>;
}
