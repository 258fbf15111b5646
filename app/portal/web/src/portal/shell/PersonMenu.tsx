import { ChooseLanguage } from "@operations/shell.graphql";
import { useEffect } from "react";
import { Button, Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useMutation } from "urql";
import { useLocale, useText } from "../messages/context";
import { languageOf } from "../messages/messages";
import { useLeave } from "../session/context";
import { Icon } from "../ui/Icon";
import { initials } from "../ui/initials";
import { Preferences } from "./Preferences";
import { useViewer } from "./viewer";

/** Who is there, in which language and theme, and the way out. */
export function PersonMenu() {
  const say = useText();
  const { user, organization } = useViewer();
  const leave = useLeave();
  const { language, choose } = useLocale();
  const [, save] = useMutation(ChooseLanguage);
  const theirs = languageOf(user.language);
  useEffect(() => {
    if (localStorage.getItem("stagepath:language") === null && theirs !== language) choose(theirs);
  }, [theirs, language, choose]);
  return (
    <DialogTrigger>
      <Button className="person">
        <span className="initials" aria-hidden="true">
          {initials(user.name)}
        </span>
        <span className="person-lines">
          <span className="person-name">{user.name}</span>
          <span className="quiet">{organization.name}</span>
        </span>
      </Button>
      <Popover className="popover" placement="top start">
        <Dialog className="person-card" aria-label={user.name}>
          <p className="person-name">{user.name}</p>
          <p className="quiet">
            {say(`role.${user.role}` as never)} · {organization.name}
          </p>
          <Preferences chosen={(tag) => void save({ input: { language: tag } })} />
          <button type="button" className="button" onClick={leave}>
            <Icon name="leave" size={16} /> {say("signout")}
          </button>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
