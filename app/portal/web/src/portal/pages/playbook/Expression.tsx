import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useText } from "../../messages/context";
import { About } from "./fields";
import { type Known, type Offer, type Option, offered } from "./vocabulary";

interface Given {
  value: string;
  change: (value: string) => void;
  fault: string | undefined;
  known: Known;
}

const NOTHING: Offer = { from: 0, options: [] };

/** A condition in CEL. What may come next is offered while one types; the server's word on it stands below. */
export function Expression({ value, change, fault, known }: Given) {
  const say = useText();
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [{ from, options }, setOffer] = useState(NOTHING);
  const [at, setAt] = useState(0);
  const isOpen = options.length > 0;
  const close = () => setOffer(NOTHING);
  const offer = (text: string, caret: number, asked = false) => {
    setOffer(offered(text, caret, known, asked));
    setAt(0);
  };
  const take = (option: Option | undefined) => {
    const field = area.current;
    if (!option || !field) return;
    const caret = field.selectionStart;
    const rest = value.slice(caret);
    // A bracket or quotation mark that stands there already isn't written twice.
    const closing = /^["\]]+/.exec(rest)?.[0] ?? "";
    const tail = option.text.endsWith(closing) ? rest.slice(closing.length) : rest;
    const text = value.slice(0, from) + option.text + tail;
    const next = from + option.text.length;
    change(text);
    offer(text, next);
    requestAnimationFrame(() => field.setSelectionRange(next, next));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      offer(value, area.current?.selectionStart ?? value.length, true);
      return;
    }
    if (!isOpen) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setAt((at + step + options.length) % options.length);
    else if (event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) take(options[at]);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="field long expression">
      <label htmlFor={id}>{say("playbook.expression")}</label>
      <div className="expression-text">
        <textarea
          ref={area}
          id={id}
          rows={2}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          maxLength={2_000}
          data-field="expression"
          value={value}
          aria-autocomplete="list"
          aria-controls={isOpen ? `${id}-options` : undefined}
          aria-activedescendant={isOpen ? `${id}-${at}` : undefined}
          aria-invalid={fault ? true : undefined}
          aria-describedby={`${id}-about`}
          onChange={(event) => {
            change(event.target.value);
            offer(event.target.value, event.target.selectionStart);
          }}
          onKeyDown={onKeyDown}
          onClick={close}
          onBlur={close}
        />
        {isOpen && (
          <div
            id={`${id}-options`}
            className="popover completions"
            role="listbox"
            aria-label={say("playbook.completions")}
          >
            {options.map((option, place) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text's
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the text
              <div
                key={option.text}
                id={`${id}-${place}`}
                role="option"
                aria-selected={place === at}
                ref={(element) => {
                  if (place === at) element?.scrollIntoView({ block: "nearest" });
                }}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => take(option)}
              >
                <code>{option.text}</code>
                <span className="quiet">{option.about ?? say(`playbook.cel.${option.kind}`)}</span>
              </div>
            ))}
          </div>
        )}
      </div>
      <span className="unseen" role="status">
        {isOpen ? say("playbook.completions.count", { count: options.length }) : ""}
      </span>
      <span role="alert">{fault && <About id={`${id}-about`} fault={fault} />}</span>
      {!fault && <About id={`${id}-about`} fault={undefined} hint={say("playbook.expression.hint")} />}
    </div>
  );
}
