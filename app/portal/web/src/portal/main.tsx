import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/lists.css";
import "./styles/figures.css";
import { App } from "./App";
import { firstLanguage } from "./messages/context";
import { load } from "./messages/messages";
import { show, theme } from "./shell/theme";

show(theme());

// Its address is relative to that of the page, which changes under the router.
for (const link of document.querySelectorAll<HTMLLinkElement>("link[rel=icon]")) link.setAttribute("href", link.href);

const language = firstLanguage();
await load(language);

const place = document.getElementById("portal");
if (place) {
  createRoot(place).render(
    <StrictMode>
      <App language={language} />
    </StrictMode>,
  );
}
