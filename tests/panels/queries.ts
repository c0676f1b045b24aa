// Sends a panel's queries to Prometheus as Grafana would, and makes its data frames of the answers.
import { DataFrame, FieldType, toDataFrame } from '@grafana/data';

export interface Asked { prometheus: string; from: number; to: number; variables: Record<string, string> }
interface Series { metric: Record<string, string>; value?: [number, string]; values?: Array<[number, string]> }

export function filledIn(text: string, { from, to, variables }: Asked, step: number): string {
  const known: Record<string, string> = {
    ...variables, __rate_interval: `${Math.max(step + 30, 120)}s`, __interval: `${step}s`, __range: `${to - from}s`, __range_s: `${to - from}`,
  };
  return text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (all, long, short) => known[long ?? short] ?? all);
}

export async function run(target: any, panel: any, asked: Asked): Promise<DataFrame[]> {
  const step = Math.max(30, parseInt(panel.interval ?? '0', 10) * 60, Math.ceil((asked.to - asked.from) / 300));
  const query = encodeURIComponent(filledIn(target.expr, asked, step));
  const when = target.instant ? `query?time=${asked.to}` : `query_range?start=${asked.from}&end=${asked.to}&step=${step}`;
  const answer = await (await fetch(`${asked.prometheus}/api/v1/${when}&query=${query}`)).json();
  if (answer.status !== 'success') { throw new Error(`${target.expr}: ${answer.error}`); }
  const found: Series[] = answer.data.result;
  if (target.format === 'table') { return found.length ? [asTable(target, found, panel.targets.length > 1)] : []; }
  const ordered = target.format === 'heatmap' ? [...found].sort((a, b) => edge(a) - edge(b)) : found;
  return ordered.map((series) => asFrame(target, series, asked, step));
}

const edge = (series: Series) => (series.metric.le === '+Inf' ? Infinity : Number(series.metric.le));

function asTable(target: any, found: Series[], isOneOfSeveral: boolean): DataFrame {
  const labels = [...new Set(found.flatMap((series) => Object.keys(series.metric)))].sort();
  return toDataFrame({ refId: target.refId, fields: [
    { name: 'Time', type: FieldType.time, values: found.map((series) => series.value![0] * 1000) },
    ...labels.map((name) => ({ name, type: FieldType.string, values: found.map((series) => series.metric[name] ?? '') })),
    { name: isOneOfSeveral ? `Value #${target.refId}` : 'Value', type: FieldType.number, values: found.map((series) => Number(series.value![1])) },
  ] });
}

function asFrame(target: any, series: Series, asked: Asked, step: number): DataFrame {
  const { __name__, ...labels } = series.metric;
  const name = filledIn(target.legendFormat ?? '', asked, step).replace(/\{\{\s*(\w+)\s*\}\}/g, (_: string, label: string) => labels[label] ?? '')
    || (Object.keys(labels).length ? JSON.stringify(labels) : __name__ || 'Value');
  const points = target.instant ? [series.value!] : withGaps(series.values!, step);
  return toDataFrame({ refId: target.refId, name, fields: [
    { name: 'Time', type: FieldType.time, values: points.map((point) => point[0] * 1000) },
    { name: 'Value', type: FieldType.number, labels, config: { displayNameFromDS: name },
      values: points.map((point) => (point[1] === null ? null : Number(point[1]))) },
  ] });
}

// Where a course has no value there is a gap, and no line across it.
function withGaps(values: Array<[number, string]>, step: number): Array<[number, string | null]> {
  return values.flatMap((point, at) => at && point[0] - values[at - 1][0] > step * 1.5
    ? [[values[at - 1][0] + step, null] as [number, null], point] : [point]);
}
