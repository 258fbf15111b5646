import { PartnerChoices } from "@operations/partners.graphql";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useState } from "react";
import { useQuery } from "urql";
import "./partners.css";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useIsVendor, useMay, useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { Icon } from "../../ui/Icon";
import { isFiltered, KINDS, type Partners, readPartners, STATUSES, TIERS } from "./filters";
import { PartnerForm } from "./PartnerForm";
import { PartnerTable } from "./PartnerTable";
import { SearchField } from "./SearchField";
import { Tabs } from "./Tabs";

type Choose = (changes: { [Name in keyof Partners]?: Partners[Name] | undefined }) => void;

/** Companies of the programme: all for the vendor; for a partner, its own and those that it has to do with. */
export default function PartnersPage() {
  const say = useText();
  const navigate = useNavigate();
  const mayManage = useMay("MANAGE_PARTNERS");
  const shown: Partners = readPartners(useSearch({ strict: false }));
  const [isNew, setNew] = useState(false);
  useTitle(say("nav.partners"));
  const choose: Choose = (changes) =>
    void navigate({ to: "/partners", search: { ...shown, ...changes } as never, replace: true, resetScroll: false });
  const close = useCallback(() => setNew(false), []);
  return (
    <div className="page partners-page">
      <header className="page-head">
        <h1>{say("nav.partners")}</h1>
        <div className="page-tools">
          <Tabs />
          {mayManage && (
            <button type="button" className="button primary" onClick={() => setNew(true)}>
              {say("partners.new")}
            </button>
          )}
        </div>
      </header>
      <Tools shown={shown} choose={choose} />
      <PartnerTable key={JSON.stringify(shown)} shown={shown} />
      {isNew && <PartnerForm close={close} saved={(id) => void navigate({ to: `/partners/${id}` })} />}
    </div>
  );
}

function Tools({ shown, choose }: { shown: Partners; choose: Choose }) {
  const say = useText();
  const isVendor = useIsVendor();
  const { user } = useViewer();
  const [choices] = useQuery({ query: PartnerChoices, pause: !isVendor });
  const { managers, administrators } = choices.data ?? {};
  const others = [...(managers?.nodes ?? []), ...(administrators?.nodes ?? [])].filter(({ id }) => id !== user.id);
  const all = { id: "", label: say("board.all") };
  return (
    <div className="list-tools">
      <SearchField label={say("partners.search")} value={shown.q ?? ""} choose={(q) => choose({ q: q || undefined })} />
      <Choice
        label={say("partners.status")}
        options={[all, ...STATUSES.map((id) => ({ id, label: say(`partners.status.${id}`) }))]}
        value={shown.status ?? ""}
        choose={(id) => choose({ status: STATUSES.find((one) => one === id) })}
      />
      <Choice
        label={say("partners.tier")}
        options={[all, ...TIERS.map((id) => ({ id, label: say(`partners.tier.${id}`) }))]}
        value={shown.tier ?? ""}
        choose={(id) => choose({ tier: TIERS.find((one) => one === id) })}
      />
      <Choice
        label={say("partners.kind")}
        options={[all, ...KINDS.map((id) => ({ id, label: say(`partners.kind.${id}`) }))]}
        value={shown.kind ?? ""}
        choose={(id) => choose({ kind: KINDS.find((one) => one === id) })}
      />
      {isVendor && (
        <Choice
          label={say("partners.manager")}
          options={[
            all,
            { id: user.id, label: say("partners.mine") },
            ...others.map(({ id, name }) => ({ id, label: name })),
          ]}
          value={shown.manager ?? ""}
          choose={(id) => choose({ manager: id || undefined })}
        />
      )}
      <Choice
        label={say("deals.order")}
        options={[
          { id: "", label: say("partners.order.name") },
          { id: "newest", label: say("partners.order.newest") },
        ]}
        value={shown.order ?? ""}
        choose={(id) => choose({ order: id === "newest" ? id : undefined })}
      />
      {isFiltered(shown) && (
        <button
          type="button"
          className="button small"
          onClick={() =>
            choose({ q: undefined, status: undefined, tier: undefined, kind: undefined, manager: undefined })
          }
        >
          <Icon name="close" size={14} /> {say("board.clear")}
        </button>
      )}
    </div>
  );
}
