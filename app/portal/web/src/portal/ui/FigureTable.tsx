import type { ReactNode } from "react";
import { useText } from "../messages/context";
import { type Cell, download } from "./csv";
import { Icon } from "./Icon";

export interface Column<Row> {
  label: string;
  /** As it stands in the file; shown so as well, unless `show` says otherwise. */
  cell: (row: Row) => Cell;
  show?: (row: Row) => ReactNode;
  isNumber?: boolean;
}

interface Given<Row> {
  /** Of the table, and of its file. */
  title: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
}

/** Figures in rows, to be had as CSV. The first column names the row. */
export function FigureTable<Row>({ title, columns, rows, rowKey }: Given<Row>) {
  const say = useText();
  const save = () =>
    download(title, [columns.map(({ label }) => label), ...rows.map((row) => columns.map(({ cell }) => cell(row)))]);
  return (
    <div className="figures">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by key */}
      <section className="figures-scroll" tabIndex={0} aria-label={say("figures", { title })}>
        <table>
          <thead>
            <tr>
              {columns.map(({ label, isNumber }) => (
                <th key={label} scope="col" data-number={isNumber || undefined}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={rowKey(row)}>
                {columns.map(({ label, cell, show, isNumber }, place) => {
                  const shown = show ? show(row) : (cell(row) ?? "–");
                  return place === 0 ? (
                    <th key={label} scope="row">
                      {shown}
                    </th>
                  ) : (
                    <td key={label} data-number={isNumber || undefined}>
                      {shown}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <button type="button" className="button small figures-save" onClick={save} aria-label={`${say("csv")}: ${title}`}>
        <Icon name="document" size={14} /> {say("csv")}
      </button>
    </div>
  );
}
