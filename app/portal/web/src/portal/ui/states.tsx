/** How a page looks while it has nothing to show yet, or nothing at all. */

import type { CombinedError } from "@urql/core";
import { Component, type ReactNode } from "react";
import { type Failure, failureOf } from "../client/failures";
import { useText } from "../messages/context";
import { ROOT } from "../options";
import { Icon, type IconName } from "./Icon";

/** Grey bars in the place of lines to come. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="skeleton" aria-hidden="true">
      {Array.from({ length: lines }, (_, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <span key={place} />
      ))}
    </div>
  );
}

export function Loading({ lines = 6 }: { lines?: number }) {
  const say = useText();
  return (
    <div className="page" role="status">
      <span className="unseen">{say("state.loading")}</span>
      <Skeleton lines={lines} />
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** What went wrong, in a sentence; a button to try again; and the request's id, for whoever asks an operator. */
export function Problem({ failure, retry }: { failure: Failure; retry?: (() => void) | undefined }) {
  const say = useText();
  return (
    <div className="problem" role="alert">
      <Icon name="alert" size={24} />
      <div>
        <p className="problem-title">{say(`problem.${failure.kind}`)}</p>
        {failure.message && failure.kind !== "ours" && failure.kind !== "address" && <p>{failure.message}</p>}
        {failure.requestId && (
          <p className="quiet">
            {say("problem.request")} <code>{failure.requestId}</code>
          </p>
        )}
        {failure.kind === "address" ? (
          <WayOn />
        ) : (
          retry && (
            <button type="button" className="button" onClick={retry}>
              {say("problem.retry")}
            </button>
          )
        )}
      </div>
    </div>
  );
}

/** From an address that asks for what can't be: without its filters, or away from it. */
function WayOn() {
  const say = useText();
  return location.search ? (
    <a className="button" href={location.pathname}>
      {say("problem.unfiltered")}
    </a>
  ) : (
    <a className="button" href={ROOT.pathname}>
      {say("page.home")}
    </a>
  );
}

interface Result<Data> {
  data?: Data | undefined;
  error?: CombinedError | undefined;
}

/** A query's data once they are there; until then a skeleton, or what went wrong. Data that are shown stay. */
export function Ready<Data>(given: {
  result: Result<Data>;
  retry: () => void;
  waiting?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const { result, retry, waiting, children } = given;
  if (result.data) return children(result.data);
  if (result.error) return <Problem failure={failureOf(result.error)} retry={retry} />;
  return waiting ?? <Loading />;
}

interface Caught {
  failed: boolean;
}

/** Keeps the rest of the page when a part of it breaks. */
export class Boundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { failed: false };

  static getDerivedStateFromError(): Caught {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return <Problem failure={{ kind: "ours" }} retry={() => this.setState({ failed: false })} />;
  }
}
