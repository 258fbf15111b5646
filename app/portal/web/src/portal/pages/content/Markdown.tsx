import { Component, type ReactNode, useDeferredValue } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { isTooMuch } from "./plain";

const PLUGINS = [remarkGfm];

/** Addresses that a reader may go to. Whatever else a text names is shown as the text that it is. */
function address(given: unknown): string | undefined {
  if (typeof given !== "string" || !/^(https?:\/\/|mailto:)/i.test(given)) return undefined;
  try {
    return new URL(given).href;
  } catch {
    return undefined;
  }
}

function Outside({ to, children }: { to: unknown; children: ReactNode }) {
  const href = address(to);
  if (!href) return <span>{children}</span>;
  return (
    <a href={href} rel="noopener noreferrer" target="_blank">
      {children}
    </a>
  );
}

/** A picture would be fetched from another host; so it is a link to it. */
function Picture({ src, alt }: { src?: unknown; alt?: string | undefined }) {
  const say = useText();
  return (
    <Outside to={src}>
      <Icon name="picture" size={14} /> {alt || say("content.picture")}
    </Outside>
  );
}

function Table({ children }: { children?: ReactNode }) {
  const say = useText();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by key
    <section className="prose-scroll" tabIndex={0} aria-label={say("content.table")}>
      <table>{children}</table>
    </section>
  );
}

/** Headings begin below that of the page. */
const COMPONENTS: Components = {
  a: ({ href, children }) => <Outside to={href}>{children}</Outside>,
  img: ({ src, alt }) => <Picture src={src} alt={alt} />,
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  h6: ({ children }) => <h6>{children}</h6>,
  input: ({ checked }) => <span aria-hidden="true">{checked ? "☑" : "☐"}</span>,
  table: ({ children }) => <Table>{children}</Table>,
};

/** The text as it stands, where it is nested so deep that it can't be drawn. */
class Readable extends Component<{ text: string; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate({ text }: { text: string }) {
    if (this.state.failed && text !== this.props.text) this.setState({ failed: false });
  }

  override render() {
    return this.state.failed ? <Plain text={this.props.text} /> : this.props.children;
  }
}

function Plain({ text }: { text: string }) {
  return <p className="prose-plain">{text}</p>;
}

/** Markdown as elements. HTML in it stays text, and nothing that it names is loaded. */
export default function Markdown({ text }: { text: string }) {
  const shown = useDeferredValue(text);
  return (
    <div className="prose">
      {isTooMuch(shown) ? (
        <Plain text={shown} />
      ) : (
        <Readable text={shown}>
          <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
            {shown}
          </ReactMarkdown>
        </Readable>
      )}
    </div>
  );
}
