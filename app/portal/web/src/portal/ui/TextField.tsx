import { useId } from "react";

interface Given {
  label: string;
  value: string;
  change: (value: string) => void;
  error?: string | undefined;
  hint?: string | undefined;
  type?: "text" | "email";
  isRequired?: boolean;
  longest?: number;
}

/** A line of text with its label, a hint below, and what is wrong with it. */
export function TextField({ label, value, change, error, hint, type = "text", isRequired, longest = 200 }: Given) {
  const id = useId();
  const about = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {isRequired && (
          <span className="required" aria-hidden="true">
            *
          </span>
        )}
      </label>
      <input
        id={id}
        type={type}
        value={value}
        maxLength={longest}
        autoComplete="off"
        aria-invalid={error ? true : undefined}
        aria-required={isRequired || undefined}
        aria-describedby={about || undefined}
        onChange={(event) => change(event.target.value)}
      />
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}
