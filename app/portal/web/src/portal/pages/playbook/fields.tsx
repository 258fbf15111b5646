/** Fields of the editor: each with its label, and below it what the server says against its value. */

import { type ReactNode, useEffect, useId, useState } from "react";
import { useText } from "../../messages/context";
import { Choice, type Option } from "../../ui/Choice";

interface Common {
  label: string;
  /** By which a finding or a difference leads here. */
  name?: string | undefined;
  fault?: string | undefined;
  hint?: ReactNode;
}

interface TextGiven extends Common {
  value: string;
  change: (value: string) => void;
  isLong?: boolean;
  /** One line, as wide as the form. */
  isWide?: boolean;
  type?: "text" | "date";
  maxLength?: number;
}

export function Text({ label, name, fault, hint, value, change, isLong, isWide, type = "text", maxLength }: TextGiven) {
  const say = useText();
  const id = useId();
  const wrong = fault && !value.trim() ? say("playbook.needed") : fault;
  const common = {
    id,
    value,
    "data-field": name,
    "aria-invalid": wrong ? true : undefined,
    "aria-describedby": wrong || hint ? `${id}-about` : undefined,
    ...(maxLength && { maxLength }),
    onChange: (event: { target: { value: string } }) => change(event.target.value),
  };
  return (
    <div className={isLong || isWide ? "field long" : "field"}>
      <label htmlFor={id}>{label}</label>
      {isLong ? <textarea rows={2} {...common} /> : <input type={type} autoComplete="off" {...common} />}
      <About id={`${id}-about`} fault={wrong} hint={hint} />
    </div>
  );
}

export function About({ id, fault, hint }: { id: string; fault: string | undefined; hint?: ReactNode }) {
  if (!fault && !hint) return null;
  return (
    <p id={id} className={fault ? "fault" : "field-hint"}>
      {fault ?? hint}
    </p>
  );
}

interface NumberGiven extends Common {
  value: number | null;
  change: (value: number | null) => void;
  unit: string;
  most: number;
  least?: number;
  /** Whether nothing is a value, too. */
  isOptional?: boolean;
}

/** Keeps what is typed, and tells of it where it is a number in range. */
export function Figure({ label, name, fault, hint, value, change, unit, most, least = 0, isOptional }: NumberGiven) {
  const id = useId();
  const [typed, setTyped] = useState(value === null ? "" : String(value));
  useEffect(
    () => setTyped((before) => (read(before) === value ? before : value === null ? "" : String(value))),
    [value],
  );
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <span className="figure-field">
        <input
          id={id}
          type="text"
          inputMode="decimal"
          autoComplete="off"
          data-field={name}
          aria-invalid={fault || !isFine(typed) ? true : undefined}
          aria-describedby={fault || hint ? `${id}-about` : undefined}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            if (isFine(event.target.value)) change(read(event.target.value) as number | null);
          }}
          onBlur={() => isFine(typed) || setTyped(value === null ? "" : String(value))}
        />
        <span className="quiet" aria-hidden="true">
          {unit}
        </span>
      </span>
      <About id={`${id}-about`} fault={fault} hint={hint} />
    </div>
  );

  function isFine(text: string): boolean {
    const found = read(text);
    return found === null ? Boolean(isOptional) : found !== undefined && found >= least && found <= most;
  }
}

function read(text: string): number | null | undefined {
  const plain = text.trim().replace(",", ".");
  if (!plain) return null;
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : undefined;
}

export function Select<Id extends string>(given: {
  label: string;
  options: readonly (Option & { id: Id })[];
  value: Id;
  change: (id: Id) => void;
}) {
  const { label, options, value, change } = given;
  return (
    <div className="field select-field">
      <Choice label={label} options={options} value={value} choose={(id) => change(id as Id)} />
    </div>
  );
}

interface CheckGiven {
  label: string;
  value: boolean;
  change: (value: boolean) => void;
  isWide?: boolean;
}

export function Check({ label, value, change, isWide }: CheckGiven) {
  return (
    <label className={isWide ? "toggle long" : "toggle"}>
      <input type="checkbox" checked={value} onChange={(event) => change(event.target.checked)} />
      {label}
    </label>
  );
}

/** A line for the name of something new; Enter adds it, and the line is empty for the next. */
export function Add({ label, button, add }: { label: string; button: string; add: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="add-line"
      onSubmit={(event) => {
        event.preventDefault();
        if (!text.trim()) return;
        add(text.trim());
        setText("");
      }}
    >
      <input
        type="text"
        autoComplete="off"
        aria-label={label}
        placeholder={label}
        value={text}
        maxLength={200}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="button small">
        {button}
      </button>
    </form>
  );
}
