import { useCallback, useState } from "react";
import "./people.css";
import { useText } from "../../messages/context";
import { useMay } from "../../shell/viewer";
import { Part } from "../partner/Part";
import { PeopleList } from "./PeopleList";
import { PersonForm } from "./PersonForm";

/** The people of one company, those without access as well. */
export function PeopleOf({ partner }: { partner: { id: string; name: string } }) {
  const say = useText();
  const mayInvite = useMay("MANAGE_USERS");
  const [isNew, setNew] = useState(false);
  const [invited, setInvited] = useState(0);
  const close = useCallback(() => setNew(false), []);
  return (
    <Part
      title={say("people")}
      end={
        mayInvite && (
          <button type="button" className="button small" onClick={() => setNew(true)}>
            {say("people.invite")}
          </button>
        )
      }
    >
      <PeopleList key={invited} shown={{ partner: partner.id, access: "any" }} isFresh={invited > 0} isWithin />
      {isNew && <PersonForm partner={partner} close={close} saved={() => setInvited((before) => before + 1)} />}
    </Part>
  );
}
