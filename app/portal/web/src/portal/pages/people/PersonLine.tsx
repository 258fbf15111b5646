import { SavePerson } from "@operations/people.graphql";
import { Link } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import type { PersonFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { useMay, useViewer } from "../../shell/viewer";
import { initials } from "../../ui/initials";
import { toast } from "../../ui/toasts";
import { LeavingForm } from "./LeavingForm";
import { PersonForm } from "./PersonForm";

export function PersonLine({ person, isWithin }: { person: PersonFragment; isWithin?: boolean | undefined }) {
  const say = useText();
  const { id, name, email, role, active, apiClient, organization, partner } = person;
  return (
    <li className="line person-line" data-user={id}>
      <span className="initials" aria-hidden="true">
        {initials(name)}
      </span>
      <span className="line-text">
        <span className="line-title">
          {name}
          {apiClient ? (
            <span className="badge">{say("people.client")}</span>
          ) : (
            !active && <span className="badge bad">{say("people.inactive")}</span>
          )}
        </span>
        <span className="line-about">
          <span>{say(`role.${role}`)}</span>
          {!isWithin &&
            (partner ? <Link to={`/partners/${partner.id}`}>{partner.name}</Link> : <span>{organization.name}</span>)}
          {email && <a href={`mailto:${email}`}>{email}</a>}
        </span>
      </span>
      <Steps person={person} />
    </li>
  );
}

/** What the viewer may change of somebody: nobody of themselves, of the vendor's people administrators alone. */
function Steps({ person }: { person: PersonFragment }) {
  const say = useText();
  const { user } = useViewer();
  const mayManage = useMay("MANAGE_USERS");
  const mayAdminister = useMay("ADMINISTER");
  const [open, setOpen] = useState<"edit" | "leave">();
  const close = useCallback(() => setOpen(undefined), []);
  const { act, busy } = useAct(SavePerson);
  const { id, name, active, apiClient, organization } = person;
  const may = mayManage && !apiClient && id !== user.id && (organization.kind === "PARTNER" || mayAdminister);
  if (!may) return null;
  const activate = async () => {
    const input = { userId: id, active: true, clientMutationId: crypto.randomUUID() };
    if (await act({ input })) toast(say("people.activated", { name }), "good");
  };
  const of = <span className="unseen">: {name}</span>;
  return (
    <span className="person-steps">
      <button type="button" className="button small" onClick={() => setOpen("edit")}>
        {say("deal.edit")}
        {of}
      </button>
      {active ? (
        <button type="button" className="button small" onClick={() => setOpen("leave")}>
          {say("people.leave")}
          {of}
        </button>
      ) : (
        <button type="button" className="button small" disabled={busy} onClick={() => void activate()}>
          {say("people.activate")}
          {of}
        </button>
      )}
      {open === "edit" && <PersonForm person={person} close={close} />}
      {open === "leave" && <LeavingForm person={person} close={close} />}
    </span>
  );
}
