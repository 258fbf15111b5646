import { Link } from "@tanstack/react-router";
import { useText } from "../../messages/context";

/** From the companies to their people, and back. */
export function Tabs() {
  const say = useText();
  return (
    <nav className="partners-tabs" aria-label={say("partners.tabs")}>
      <Link to="/partners" className="partners-tab" activeOptions={{ exact: true, includeSearch: false }}>
        {say("nav.partners")}
      </Link>
      <Link to="/people" className="partners-tab" activeOptions={{ exact: true, includeSearch: false }}>
        {say("people")}
      </Link>
    </nav>
  );
}
