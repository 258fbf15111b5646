import { Link } from "@tanstack/react-router";
import { useText } from "../messages/context";
import { Icon } from "../ui/Icon";
import { useTitle } from "./Shell";

/** In the place of a page that is for others. */
export function NotAllowed() {
  const say = useText();
  useTitle(say("page.forbidden"));
  return (
    <div className="page">
      <div className="empty">
        <Icon name="lock" size={28} />
        <h1>{say("page.forbidden")}</h1>
        <p>{say("page.forbidden.about")}</p>
        <Link to="/" className="button">
          {say("page.home")}
        </Link>
      </div>
    </div>
  );
}
