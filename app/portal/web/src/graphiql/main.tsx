import "./workers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./page.css";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { EXAMPLES, EXAMPLES_PLUGIN, NARROW } from "./examples";
import { fetcher } from "./fetcher";
import { current, headersOf, meet, type Person } from "./people";
import { Chooser } from "./person";
import { storage } from "./storage";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];
const WITHOUT_TOKEN = JSON.stringify({ Authorization: "Bearer " }, null, 2);

function Page({ people }: { people: Person[] }) {
  const person = current();
  const headers = person ? headersOf(person) : WITHOUT_TOKEN;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      {...(NARROW ? {} : { visiblePlugin: EXAMPLES_PLUGIN })}
      defaultQuery={EXAMPLES[0]?.query ?? ""}
      defaultHeaders={headers}
      initialHeaders={headers}
      defaultEditorToolsVisibility={NARROW ? false : "headers"}
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
    >
      <GraphiQL.Logo>
        {people.length ? (
          <Chooser people={people} />
        ) : (
          <span className="person">Put a token into the headers: `stagepath token --role ROLE` prints one.</span>
        )}
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const place = document.getElementById("page");
if (place) {
  const people = await meet();
  createRoot(place).render(
    <StrictMode>
      <Page people={people} />
    </StrictMode>,
  );
}
