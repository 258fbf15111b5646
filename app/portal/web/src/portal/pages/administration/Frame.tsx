import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import "./administration.css";
import { useText } from "../../messages/context";
import { options, under } from "../../options";
import { useTitle } from "../../shell/Shell";
import { useViewer } from "../../shell/viewer";
import { Icon } from "../../ui/Icon";
import { PARTS, type Part } from "./parts";

interface Given {
  part: Part;
  about: string;
  tools?: ReactNode;
  children: ReactNode;
}

/** What is around every part: its name, the way to the others, and to GraphiQL where the server has it. */
export function Frame({ part, about, tools, children }: Given) {
  const say = useText();
  const { permissions } = useViewer();
  const title = say(`administration.${part}`);
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    tabs.current?.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  useTitle(`${title} · ${say("nav.administration")}`);
  return (
    <div className="page administration-page">
      <nav ref={tabs} className="admin-tabs" aria-label={say("nav.administration")}>
        {PARTS.filter(({ may }) => permissions.includes(may)).map(({ id }) => (
          <Link
            key={id}
            to={`/administration/${id}`}
            className="admin-tab"
            activeProps={{ className: "admin-tab active" }}
            activeOptions={{ includeSearch: false }}
          >
            {say(`administration.${id}`)}
          </Link>
        ))}
        {options.explorer && (
          <a className="admin-tab tab-out" href={under("graphql")} target="_blank" rel="noreferrer">
            GraphiQL <Icon name="out" size={14} />
          </a>
        )}
      </nav>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          <p className="quiet">{about}</p>
        </div>
        {tools && <div className="page-tools">{tools}</div>}
      </header>
      {children}
    </div>
  );
}
