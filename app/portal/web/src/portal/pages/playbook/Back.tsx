import { Link } from "@tanstack/react-router";
import { useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";

export function Back() {
  const say = useText();
  return (
    <Link to="/playbooks" className="button small back-link">
      <Icon name="arrow" size={14} /> {say("playbook.all")}
    </Link>
  );
}
