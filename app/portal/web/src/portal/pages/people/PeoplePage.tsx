import { PeoplePartners } from "@operations/people.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery } from "urql";
import "../partners/partners.css";
import "./people.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useMay, useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { Switch } from "../../ui/Switch";
import { SearchField } from "../partners/SearchField";
import { Tabs } from "../partners/Tabs";
import { type People, ROLES, readPeople } from "./filters";
import { PeopleList } from "./PeopleList";
import { PersonForm } from "./PersonForm";

type Choose = (changes: { [Name in keyof People]?: People[Name] | undefined }) => void;

/** People: all for the vendor; for a partner its own, and whom it deals with at the vendor. */
export default function PeoplePage() {
  const say = useText();
  const navigate = useNavigate();
  const { user } = useViewer();
  const mayInvite = useMay("MANAGE_USERS");
  const shown: People = readPeople(useSearch({ strict: false }));
  const [isNew, setNew] = useState(false);
  const [invited, setInvited] = useState(0);
  useTitle(say("people"));
  const choose: Choose = (changes) =>
    void navigate({ to: "/people", search: { ...shown, ...changes } as never, replace: true, resetScroll: false });
  const close = useCallback(() => setNew(false), []);
  const own = shown.of ? undefined : user.partner?.id;
  const asked = own ? { ...shown, partner: own } : shown;
  return (
    <div className="page people-page">
      <header className="page-head">
        <h1>{say("people")}</h1>
        <div className="page-tools">
          <Tabs />
          {mayInvite && (
            <button type="button" className="button primary" onClick={() => setNew(true)}>
              {say("people.invite")}
            </button>
          )}
        </div>
      </header>
      <Tools shown={shown} choose={choose} />
      <PeopleList key={`${invited} ${JSON.stringify(asked)}`} shown={asked} isFresh={invited > 0} />
      {isNew && <PersonForm close={close} saved={() => setInvited((before) => before + 1)} />}
    </div>
  );
}

function Tools({ shown, choose }: { shown: People; choose: Choose }) {
  const say = useText();
  const isVendor = useIsVendor();
  const [partners] = useQuery({ query: PeoplePartners, pause: !isVendor });
  const all = { id: "", label: say("board.all") };
  return (
    <div className="list-tools">
      <SearchField label={say("people.search")} value={shown.q ?? ""} choose={(q) => choose({ q: q || undefined })} />
      {!isVendor && (
        <Switch
          label={say("people.whose")}
          value={shown.of ?? "own"}
          options={[
            { id: "own", label: say("day.company") },
            { id: "all", label: say("people.vendor") },
          ]}
          choose={(of) => choose({ of: of === "all" ? of : undefined })}
        />
      )}
      {isVendor && (
        <Choice
          label={say("people.partner")}
          options={[all, ...(partners.data?.partners.nodes ?? []).map(({ id, name }) => ({ id, label: name }))]}
          value={shown.partner ?? ""}
          choose={(id) => choose({ partner: id || undefined })}
        />
      )}
      <Choice
        label={say("people.role")}
        options={[all, ...ROLES.map((id) => ({ id, label: say(`role.${id}`) }))]}
        value={shown.role ?? ""}
        choose={(id) => choose({ role: ROLES.find((one) => one === id) })}
      />
      <Choice
        label={say("people.access")}
        options={[
          { id: "", label: say("people.access.active") },
          { id: "none", label: say("people.access.none") },
          { id: "any", label: say("board.all") },
        ]}
        value={shown.access ?? ""}
        choose={(id) => choose({ access: id === "none" || id === "any" ? id : undefined })}
      />
      <Choice
        label={say("deals.order")}
        options={[
          { id: "", label: say("partners.order.name") },
          { id: "newest", label: say("partners.order.newest") },
        ]}
        value={shown.order ?? ""}
        choose={(id) => choose({ order: id === "newest" ? id : undefined })}
      />
    </div>
  );
}
