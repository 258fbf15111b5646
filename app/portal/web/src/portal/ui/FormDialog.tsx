import type { FormEvent, ReactNode } from "react";
import { useText } from "../messages/context";
import { Dialog } from "./Dialog";

interface Given {
  title: string;
  /** On the button that sends it. */
  action: string;
  isDanger?: boolean;
  busy: boolean;
  isReady: boolean;
  close: () => void;
  submit: () => Promise<void>;
  children: ReactNode;
}

/** A form in a window: sent by its button or Enter, left by Escape. */
export function FormDialog({ title, action, isDanger, busy, isReady, close, submit, children }: Given) {
  const say = useText();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady && !busy) void submit();
  };
  return (
    <Dialog title={title} close={close}>
      <form className="form" onSubmit={onSubmit} noValidate>
        {children}
        <footer>
          <button type="button" className="button" onClick={close}>
            {say("board.cancel")}
          </button>
          <button type="submit" className={isDanger ? "button danger" : "button primary"} disabled={busy || !isReady}>
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
