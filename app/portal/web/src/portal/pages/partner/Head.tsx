import { Link } from "@tanstack/react-router";
import { type ReactNode, useCallback, useState } from "react";
import { useFormats, useText } from "../../messages/context";
import { useMay } from "../../shell/viewer";
import { PartnerForm } from "../partners/PartnerForm";
import { Standing, Tier } from "../partners/Standing";
import type { Partner } from "./PartnerPage";

export function Head({ partner }: { partner: Partner }) {
  const say = useText();
  const formats = useFormats();
  const mayManage = useMay("MANAGE_PARTNERS");
  const [isEdited, setEdited] = useState(false);
  const close = useCallback(() => setEdited(false), []);
  const { name, kind, region, channelManager, parent, createdAt, regions, industries, externalId } = partner;
  const facts: [string, ReactNode][] = [
    [say("partners.manager"), channelManager?.name],
    [say("partners.parent"), parent && <Link to={`/partners/${parent.id}`}>{parent.name}</Link>],
    [say("partners.joined"), formats.date(createdAt)],
    [say("partners.regions"), regions.join(", ")],
    [say("partners.industries"), industries.join(", ")],
    [say("partners.external"), externalId],
  ];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>{name}</h1>
          <p className="partner-about">
            <Standing status={partner.status} />
            <Tier tier={partner.tier} />
            <span className="quiet">{[kind && say(`partners.kind.${kind}`), region].filter(Boolean).join(" · ")}</span>
          </p>
        </div>
        {mayManage && (
          <button type="button" className="button" onClick={() => setEdited(true)}>
            {say("deal.edit")}
          </button>
        )}
      </header>
      <dl className="panel partner-facts">
        {facts
          .filter(([, value]) => value)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {isEdited && <PartnerForm partner={partner} close={close} />}
    </>
  );
}
