import { PartnerChoices, SavePartner } from "@operations/partners.graphql";
import { useState } from "react";
import { useQuery } from "urql";
import type {
  PartnerKind,
  PartnerStatus,
  PartnerTier,
  UpsertPartnerInput,
  WholePartnerFragment,
} from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFaults } from "../../client/faults";
import { useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { FormDialog } from "../../ui/FormDialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toasts";
import { KINDS, STATUSES, TIERS } from "./filters";

const FIELDS = ["name", "region", "regions", "industries", "externalId"];

interface Given {
  /** Without it, a new one. */
  partner?: WholePartnerFragment;
  close: () => void;
  saved?: (id: string) => void;
}

/** A partner as the vendor keeps it. */
export function PartnerForm({ partner, close, saved }: Given) {
  const say = useText();
  const { user } = useViewer();
  const { faults, told } = useFaults(FIELDS);
  const { act, busy } = useAct(SavePartner, told);
  const [choices] = useQuery({ query: PartnerChoices });
  const [values, setValues] = useState(() => valuesOf(partner, user.id));
  const set = (changes: Partial<Values>) => setValues((before) => ({ ...before, ...changes }));
  const { managers, administrators, distributors } = choices.data ?? {};
  const looksAfter = listed(partner?.channelManager, managers?.nodes, administrators?.nodes, [user]);
  const above = listed(partner?.parent, distributors?.nodes).filter(({ id }) => id !== partner?.id);
  const submit = async () => {
    const data = await act({ input: inputOf(values, partner) });
    const id = data?.upsertPartner.partner?.id;
    if (!id) return;
    toast(say("partners.saved", { name: values.name.trim() }), "good");
    close();
    saved?.(id);
  };
  return (
    <FormDialog
      title={partner ? say("partners.edit.title", { name: partner.name }) : say("partners.new")}
      action={say(partner ? "people.save" : "partners.add")}
      busy={busy}
      isReady={values.name.trim() !== ""}
      close={close}
      submit={submit}
    >
      <TextField
        label={say("partners.name")}
        value={values.name}
        change={(name) => set({ name })}
        error={faults.name}
        isRequired
      />
      <div className="form-grid">
        <Choice
          label={say("partners.status")}
          options={STATUSES.map((id) => ({ id, label: say(`partners.status.${id}`) }))}
          value={values.status}
          choose={(id) => set({ status: id as PartnerStatus })}
        />
        <Choice
          label={say("partners.tier")}
          options={TIERS.map((id) => ({ id, label: say(`partners.tier.${id}`) }))}
          value={values.tier}
          choose={(id) => set({ tier: id as PartnerTier })}
        />
        <Choice
          label={say("partners.kind")}
          options={KINDS.map((id) => ({ id, label: say(`partners.kind.${id}`) }))}
          value={values.kind}
          choose={(id) => set({ kind: id as PartnerKind })}
        />
        <Choice
          label={say("partners.manager")}
          options={looksAfter}
          value={values.manager}
          choose={(manager) => set({ manager })}
        />
        <Choice
          label={say("partners.parent")}
          options={[{ id: "", label: say("partners.parent.none") }, ...above]}
          value={values.parent}
          choose={(parent) => set({ parent })}
        />
      </div>
      {(values.status === "SUSPENDED" || values.status === "ENDED") && values.status !== partner?.status && (
        <p className="note">{say(`partners.note.${values.status}`)}</p>
      )}
      <TextField
        label={say("partners.region")}
        value={values.region}
        change={(region) => set({ region })}
        error={faults.region}
      />
      <TextField
        label={say("partners.regions")}
        hint={say("partners.regions.hint")}
        value={values.regions}
        change={(regions) => set({ regions })}
        error={faults.regions}
        longest={2_000}
      />
      <TextField
        label={say("partners.industries")}
        hint={say("partners.industries.hint")}
        value={values.industries}
        change={(industries) => set({ industries })}
        error={faults.industries}
        longest={2_000}
      />
      <TextField
        label={say("partners.external")}
        value={values.externalId}
        change={(externalId) => set({ externalId })}
        error={faults.externalId}
      />
    </FormDialog>
  );
}

interface Values {
  name: string;
  status: PartnerStatus;
  tier: PartnerTier | "";
  kind: PartnerKind | "";
  manager: string;
  parent: string;
  region: string;
  /** By commas, as the next one. */
  regions: string;
  industries: string;
  externalId: string;
}

function valuesOf(partner: WholePartnerFragment | undefined, own: string): Values {
  return {
    name: partner?.name ?? "",
    status: partner?.status ?? "ONBOARDING",
    tier: partner ? (partner.tier ?? "") : "REGISTERED",
    kind: partner ? (partner.kind ?? "") : "RESELLER",
    manager: partner ? (partner.channelManager?.id ?? "") : own,
    parent: partner?.parent?.id ?? "",
    region: partner?.region ?? "",
    regions: partner?.regions.join(", ") ?? "",
    industries: partner?.industries.join(", ") ?? "",
    externalId: partner?.externalId ?? "",
  };
}

/** What differs from `partner`, so that what others changed meanwhile stays. */
function inputOf(values: Values, partner: WholePartnerFragment | undefined): UpsertPartnerInput {
  const before = partner ? valuesOf(partner, "") : undefined;
  const isChanged = (name: keyof Values) => values[name].trim() !== (before?.[name] ?? "");
  const parts = (text: string) =>
    text
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  return {
    clientMutationId: crypto.randomUUID(),
    ...(partner && { partnerId: partner.id }),
    ...(isChanged("name") && { name: values.name.trim() }),
    ...(isChanged("status") && { status: values.status }),
    ...(isChanged("tier") && values.tier && { tier: values.tier }),
    ...(isChanged("kind") && values.kind && { kind: values.kind }),
    ...(isChanged("manager") && { channelManagerId: values.manager }),
    ...(isChanged("parent") && { parentId: values.parent || null }),
    ...(isChanged("region") && { region: values.region.trim() || null }),
    ...(isChanged("regions") && { regions: parts(values.regions) }),
    ...(isChanged("industries") && { industries: parts(values.industries) }),
    ...(isChanged("externalId") && { externalId: values.externalId.trim() || null }),
  };
}

interface Named {
  id: string;
  name: string;
}

function listed(now: Named | null | undefined, ...others: (readonly Named[] | undefined)[]) {
  const found = new Map<string, string>();
  for (const { id, name } of [...(now ? [now] : []), ...others.flatMap((one) => one ?? [])]) found.set(id, name);
  return [...found].map(([id, label]) => ({ id, label }));
}
