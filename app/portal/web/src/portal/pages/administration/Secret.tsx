import { useState } from "react";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";

interface Given {
  label: string;
  value: string;
}

/** A text to be copied whole. */
export function Copied({ label, value }: Given) {
  const say = useText();
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(value).then(
      () => setCopied(true),
      () => setCopied(false), // the text can be selected by hand
    );
  };
  return (
    <div className="copied">
      <input type="text" readOnly value={value} aria-label={label} onFocus={(event) => event.target.select()} />
      <button type="button" className="button" onClick={copy}>
        <Icon name={copied ? "check" : "copy"} size={16} /> {say(copied ? "copied" : "copy")}
      </button>
    </div>
  );
}

/** A secret that was just made: it is on the screen this once, and nowhere else in the browser. */
export function Secret({ value, done }: { value: string; done: () => void }) {
  const say = useText();
  return (
    <section className="panel secret" role="alert">
      <Icon name="lock" size={20} />
      <div>
        <h2>{say("webhooks.secret")}</h2>
        <p>{say("webhooks.secret.about")}</p>
        <Copied label={say("webhooks.secret")} value={value} />
        <p>
          <button type="button" className="button primary" onClick={done}>
            {say("webhooks.secret.done")}
          </button>
        </p>
      </div>
    </section>
  );
}
