/** The README's queries, beside the editor. */

import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { Kind, parse, print } from "graphql";
import { useEffect, useRef } from "react";
import examples from "./examples.json";

interface Example {
  title: string;
  query: string;
}

/** Whether a panel covers the editor; as `page.css` has it. */
export const NARROW = matchMedia("(max-width: 700px)").matches;

/** Written out, and with the name that a tab is called by. */
function named(query: string, name: string): string {
  const document = parse(query);
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? { ...definition, name: { kind: Kind.NAME as const, value: name } }
      : definition,
  );
  return print({ ...document, definitions });
}

export const EXAMPLES: readonly Example[] = examples.map(({ name, title, query }) => ({
  title,
  query: named(query, name),
}));

function Icon() {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <path d="M4 4.500v5l4-2.500ZM12 7h8M4 14.500v5l4-2.500ZM12 17h8" strokeLinejoin="round" />
    </svg>
  );
}

function List() {
  const { addTab, run, setVisiblePlugin } = useGraphiQLActions();
  const editor = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const query = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.query);
  const chosen = useRef<Example>(null);

  // A new tab becomes the active one with the next rendering; what it begins with is cleared then.
  useEffect(() => {
    if (chosen.current && !query?.trim()) {
      editor?.setValue(chosen.current.query);
      chosen.current = null;
    }
  }, [editor, query]);

  function open(example: Example) {
    if (NARROW) setVisiblePlugin(null);
    const untouched = !query?.trim() || EXAMPLES.some((one) => one.query.trim() === query.trim());
    if (untouched) {
      editor?.setValue(example.query);
      variables?.setValue("");
    } else {
      chosen.current = example;
      addTab();
    }
  }

  return (
    <section className="examples" aria-label="Examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <ol>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" className="graphiql-un-styled" onClick={() => open(example)}>
              {example.title}
            </button>
          </li>
        ))}
      </ol>
      <p>
        Open one, then run it with <kbd>Ctrl</kbd> <kbd>Enter</kbd> or{" "}
        <button type="button" className="graphiql-un-styled examples-run" onClick={run}>
          here
        </button>
        .
      </p>
    </section>
  );
}

export const EXAMPLES_PLUGIN: GraphiQLPlugin = { title: "Examples", icon: Icon, content: List };
