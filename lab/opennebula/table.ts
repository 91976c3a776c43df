/** Tables as OpenNebula's command line prints them on a pipe: fixed widths, cut without mercy, or CSV. */
import { OneError } from './tree.ts';

export interface Column<Row> {
  name: string;
  size: number;
  left?: boolean;
  /** Never cut, and widened to the longest value. */
  adjust?: boolean;
  value: (row: Row) => string | number | undefined;
}

/** The options of `list` that shape a table. */
export interface TableOptions {
  list?: string[];
  filter?: string[];
  operator?: string;
  adjust?: string[];
  size?: string[];
  csv?: boolean;
  csv_del?: string;
  no_header?: boolean;
}

// What Ruby says when a column that does not exist is asked for.
const NO_SUCH_COLUMN = [
  "undefined method `[]' for nil:NilClass",
  '',
  '                next unless @columns[column][:adjust]',
  '                                            ^^^^^^^^^',
].join('\n');

type Test = (value: string, wanted: string) => boolean;
const OPERATORS: Record<string, Test> = {
  '=': (value, wanted) => value === wanted,
  '!=': (value, wanted) => value !== wanted,
  '<': (value, wanted) => value < wanted,
  '>': (value, wanted) => value > wanted,
  '~': (value, wanted) => value.includes(wanted),
};

// Only the default columns can be filtered on; values compare as text.
function rowFilter(names: string[], options: TableOptions): (values: string[]) => boolean {
  const tests = (options.filter ?? []).map((expression) => {
    const parts = /^(.*?)(!=|=|<|>|~)(.*)$/.exec(expression);
    if (!parts) throw new OneError(`Expression '${expression}' incorrect`);
    const [, column = '', operator = '', wanted = ''] = parts;
    const index = names.indexOf(column.toUpperCase());
    if (index < 0) throw new OneError(`Column '${column}' not found`);
    return (values: string[]) => OPERATORS[operator]?.(values[index] ?? '', wanted) ?? false;
  });
  if (options.operator?.toUpperCase() === 'OR') return (values) => tests.some((test) => test(values));
  return (values) => tests.every((test) => test(values));
}

const csvField = (value: string, separator: string): string =>
  value === '' || /["\r\n]/.test(value) || value.includes(separator) ? `"${value.replaceAll('"', '""')}"` : value;

/** The table's lines. `columns` are all there are, `defaults` the names of those shown unless `--list` says otherwise. */
export function renderTable<Row>(columns: Column<Row>[], defaults: string[], rows: Row[], options: TableOptions = {}): string[] {
  const shown = options.list?.map((name) => name.toUpperCase()) ?? defaults;
  const names = [...defaults];
  for (const name of shown) if (!names.includes(name)) names.splice(shown.indexOf(name) + 1, 0, name);

  const known = new Map(columns.map((column) => [column.name, { ...column }]));
  const values = rows.map((row) => names.map((name) => String(known.get(name)?.value(row) ?? ''))).filter(rowFilter(names, options));

  if (shown.some((name) => !known.has(name))) throw new OneError(NO_SUCH_COLUMN);
  const adjusted = [...(options.adjust ?? []).map((name) => name.toUpperCase()), ...shown.filter((name) => known.get(name)?.adjust)];
  for (const name of adjusted) {
    // OpenNebula counts this index in the shown columns, but looks it up in the row of all columns.
    const index = shown.indexOf(name);
    if (index < 0 && values.length > 0) throw new OneError('no implicit conversion from nil to integer');
    const longest = Math.max(0, ...values.map((row) => row[index]?.length ?? 0));
    const column = known.get(name);
    if (column && longest > column.size) Object.assign(column, { adjust: true, size: longest });
  }
  for (const wanted of options.size ?? []) {
    const [name = '', width = ''] = wanted.split('=');
    const column = known.get(name.toUpperCase());
    if (column) Object.assign(column, { adjust: false, size: Number.parseInt(width, 10) || 0 });
  }

  if (options.csv) {
    const separator = options.csv_del ?? ',';
    const line = (fields: string[]) => fields.map((field) => csvField(field, separator)).join(separator);
    const body = values.map((row) => line(shown.map((name) => row[names.indexOf(name)] ?? '')));
    return options.no_header ? body : [line(shown), ...body];
  }
  const cell = (name: string, value: string): string => {
    const { size, left, adjust } = known.get(name) ?? { size: 0, left: false, adjust: false };
    const cut = adjust ? value : value.slice(0, size);
    return left ? cut.padEnd(size) : cut.padStart(size);
  };
  const body = values.map((row) =>
    shown
      .map((name) => cell(name, row[names.indexOf(name)] ?? ''))
      .join(' ')
      .trimEnd(),
  );
  return options.no_header ? body : [shown.map((name) => cell(name, name)).join(' '), ...body];
}
