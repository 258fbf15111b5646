import { type ReactNode, useId } from "react";
import "./labelled.css";
import { Choice, type Option } from "./Choice";

interface About {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  isRequired?: boolean | undefined;
}

interface TextGiven extends About {
  value: string;
  change: (value: string) => void;
  /** As many lines as it has to begin with; without, it is one line. */
  lines?: number;
  /** In letters of one width, as conditions are. */
  isCode?: boolean;
  type?: "text" | "number" | "date" | "datetime-local" | "url";
  most?: number;
  list?: string;
  name?: string;
}

/** A text with its label, a hint below, and what is wrong with it. */
export function LabelledText(given: TextGiven) {
  const { label, hint, error, isRequired, value, change, lines, isCode, type = "text", most, list, name } = given;
  const id = useId();
  const common = {
    id,
    name,
    value,
    maxLength: most,
    className: isCode ? "code" : undefined,
    spellCheck: isCode ? false : undefined,
    "aria-invalid": error ? (true as const) : undefined,
    "aria-required": isRequired || undefined,
    "aria-describedby": [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined,
    onChange: (event: { target: { value: string } }) => change(event.target.value),
  };
  return (
    <div className="labelled">
      <label htmlFor={id}>
        {label}
        {isRequired && (
          <span className="labelled-required" aria-hidden="true">
            *
          </span>
        )}
      </label>
      {lines ? <textarea rows={lines} {...common} /> : <input type={type} autoComplete="off" list={list} {...common} />}
      <Below id={id} error={error} hint={hint} />
    </div>
  );
}

interface ChoiceGiven extends About {
  options: readonly Option[];
  value: string;
  choose: (id: string) => void;
}

/** One of several, with the same things around it. */
export function LabelledChoice({ label, hint, error, options, value, choose }: ChoiceGiven) {
  const id = useId();
  return (
    <div className="labelled">
      <Choice label={label} options={options} value={value} choose={choose} />
      <Below id={id} error={error} hint={hint} />
    </div>
  );
}

/** Several things under one name. */
export function LabelledGroup({ label, hint, error, children }: About & { children: ReactNode }) {
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend can't be laid out in a grid
    <div className="labelled" role="group" aria-labelledby={id}>
      <span id={id} className="labelled-name">
        {label}
      </span>
      {children}
      <Below id={id} error={error} hint={hint} />
    </div>
  );
}

function Below({ id, error, hint }: { id: string; error?: string | undefined; hint?: ReactNode }) {
  return (
    <>
      {error && (
        <p id={`${id}-error`} className="labelled-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="labelled-hint">
          {hint}
        </p>
      )}
    </>
  );
}
