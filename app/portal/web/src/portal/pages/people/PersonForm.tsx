import { PeoplePartners, SavePerson } from "@operations/people.graphql";
import { useState } from "react";
import { useQuery } from "urql";
import type { PersonFragment, Role } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useFaults } from "../../client/faults";
import { useText } from "../../messages/context";
import { LANGUAGES } from "../../messages/messages";
import { useMay } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { FormDialog } from "../../ui/FormDialog";
import { TextField } from "../../ui/TextField";
import { toast } from "../../ui/toasts";

const FIELDS = ["name", "email"];
const OF_VENDOR: readonly Role[] = ["VENDOR_ADMIN", "CHANNEL_MANAGER"];
const OF_PARTNER: readonly Role[] = ["PARTNER_MANAGER", "PARTNER_SELLER"];
/** Stand among the companies for the vendor, and for none chosen yet. */
const VENDOR = "";
const NONE = "?";

interface Given {
  /** Without it, somebody new. */
  person?: PersonFragment;
  /** Where somebody new works; without it, the form asks. */
  partner?: { id: string; name: string } | undefined;
  close: () => void;
  saved?: () => void;
}

/** Somebody invited, or changed: a name, an address, and what they may do. */
export function PersonForm({ person, partner, close, saved }: Given) {
  const say = useText();
  const mayAdminister = useMay("ADMINISTER");
  const isFixed = Boolean(person || partner);
  const [partners] = useQuery({ query: PeoplePartners, pause: isFixed });
  const companies = [
    { id: NONE, label: say("people.partner.choose") },
    ...(mayAdminister ? [{ id: VENDOR, label: say("people.vendor.own") }] : []),
    ...(partners.data?.partners.nodes ?? []).map(({ id, name }) => ({ id, label: name })),
  ];
  const { faults, told } = useFaults(FIELDS);
  const { act, busy } = useAct(SavePerson, told);
  const [name, setName] = useState(person?.name ?? "");
  const [email, setEmail] = useState(person?.email ?? "");
  const [language, setLanguage] = useState<string>(person?.language ?? "en");
  const [company, setCompany] = useState<string>(person ? (person.partner?.id ?? VENDOR) : (partner?.id ?? NONE));
  const roles = company === VENDOR ? OF_VENDOR : OF_PARTNER;
  const [wanted, setRole] = useState<Role>(person?.role ?? "PARTNER_SELLER");
  const role = roles.includes(wanted) ? wanted : (roles.at(-1) ?? wanted);
  const languages = [...new Set([...Object.keys(LANGUAGES), language])];
  const submit = async () => {
    const input = {
      clientMutationId: crypto.randomUUID(),
      name: name.trim(),
      role,
      language,
      ...(email.trim() !== (person?.email ?? "") && { email: email.trim() || null }),
      ...(person ? { userId: person.id } : { partnerId: company || null }),
    };
    const data = await act({ input });
    if (!data) return;
    toast(say(person ? "people.saved" : "people.invited", { name: name.trim() }), "good");
    close();
    saved?.();
  };
  return (
    <FormDialog
      title={person ? say("people.edit.title", { name: person.name }) : say("people.invite")}
      action={say(person ? "people.save" : "people.invite.do")}
      busy={busy}
      isReady={name.trim() !== "" && (person !== undefined || email.trim() !== "") && company !== NONE}
      close={close}
      submit={submit}
    >
      <TextField label={say("people.name")} value={name} change={setName} error={faults.name} isRequired />
      <TextField
        label={say("people.email")}
        hint={say("people.email.hint")}
        type="email"
        value={email}
        change={setEmail}
        error={faults.email}
        isRequired={!person}
        longest={320}
      />
      <div className="form-grid">
        {!isFixed && <Choice label={say("people.partner")} options={companies} value={company} choose={setCompany} />}
        <Choice
          label={say("people.role")}
          options={roles.map((id) => ({ id, label: say(`role.${id}`) }))}
          value={role}
          choose={(id) => setRole(id as Role)}
        />
        <Choice
          label={say("preference.language")}
          options={languages.map((id) => ({ id, label: LANGUAGES[id as keyof typeof LANGUAGES] ?? id }))}
          value={language}
          choose={setLanguage}
        />
      </div>
      <p className="quiet">{say(`people.about.${role}`)}</p>
    </FormDialog>
  );
}
