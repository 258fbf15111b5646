import { VerifyAudit } from "@operations/administration.graphql";
import { useEffect, useRef, useState } from "react";
import { type Client, useClient } from "urql";
import type { VerifyAuditQuery } from "@/generated/operations";
import { type Failure, failureOf } from "../../client/failures";
import { useFormats, useText } from "../../messages/context";
import { Icon } from "../../ui/Icon";
import { LabelledText } from "../../ui/Labelled";
import { Problem } from "../../ui/states";
import { Copied } from "../administration/Secret";

type Part = NonNullable<VerifyAuditQuery["auditVerification"]>;

/** Goes through the whole chain, part after part, and says how far it has come and whether it holds. */
export function Verification() {
  const say = useText();
  const client = useClient();
  const [kept, setKept] = useState("");
  const [part, setPart] = useState<Part>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const isThere = useRef(true);
  useEffect(() => {
    isThere.current = true;
    return () => {
      isThere.current = false;
    };
  }, []);
  const verify = async () => {
    setBusy(true);
    setPart(undefined);
    setFailure(undefined);
    const expected = kept.trim() || null;
    let after: Part["head"] | null = null;
    while (isThere.current) {
      const { data, error } = await partAfter(client, after, expected);
      const next = data?.auditVerification;
      if (!next) {
        setFailure(error ? failureOf(error) : { kind: "ours" });
        break;
      }
      setPart(next);
      // A part that came no further would come no further the next time.
      if (next.complete || next.problem || next.head === after) break;
      after = next.head;
    }
    setBusy(false);
  };
  return (
    <section className="panel admin-part" aria-label={say("audit.verification")}>
      <h2>{say("audit.verification")}</h2>
      <p className="quiet">{say("audit.verification.about")}</p>
      <div className="verify">
        <button type="button" className="button primary" disabled={busy} onClick={() => void verify()}>
          {say("audit.verify")}
        </button>
        <LabelledText
          label={say("audit.kept")}
          value={kept}
          change={setKept}
          hint={say("audit.kept.about")}
          most={100}
        />
      </div>
      {busy && <Progress part={part} />}
      {failure && <Problem failure={failure} retry={() => void verify()} />}
      {part && !busy && !failure && <Outcome part={part} />}
    </section>
  );
}

function partAfter(client: Client, after: string | null, expected: string | null) {
  return client.query(VerifyAudit, { after, expected }, { requestPolicy: "network-only" }).toPromise();
}

function Progress({ part }: { part: Part | undefined }) {
  const say = useText();
  const formats = useFormats();
  const { link = 0, lastLink = 0, sinceLink = 0 } = part ?? {};
  return (
    <div className="admin-progress" role="status">
      <progress
        aria-label={say("audit.verification")}
        {...(part && { value: link - sinceLink, max: Math.max(1, lastLink - sinceLink) })}
      />
      <span>{say("audit.progress", { link: formats.number(link), last: formats.number(lastLink) })}</span>
    </div>
  );
}

function Outcome({ part }: { part: Part }) {
  const say = useText();
  const formats = useFormats();
  const { problem, complete, head, link, sinceLink, unsealed, resealed } = part;
  return (
    <div className="admin-part-inner" role="status">
      {problem && (
        <p className="admin-bad">
          <Icon name="alert" size={16} /> {say("audit.broken", { problem })}
        </p>
      )}
      {complete && (
        <>
          <p>
            <span className="badge good">{say("audit.holds")}</span>{" "}
            {say("audit.links", { count: link - sinceLink, number: formats.number(link - sinceLink) })}
            {sinceLink > 0 && ` ${say("audit.since", { link: formats.number(sinceLink) })}`}{" "}
            {unsealed > 0 && say("audit.waiting", { count: unsealed, number: formats.number(unsealed) })}
          </p>
          {resealed.map((one) => (
            <p key={one.at} className="quiet">
              {say("audit.resealed", {
                link: formats.number(one.link),
                when: formats.time(one.at),
                count: one.entries,
                reason: one.reason,
              })}
            </p>
          ))}
          <p className="quiet">{say("audit.head.about")}</p>
          <Copied label={say("audit.head")} value={head} />
        </>
      )}
    </div>
  );
}
