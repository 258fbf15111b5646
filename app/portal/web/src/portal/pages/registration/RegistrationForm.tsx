import { SaveRegistrationForm, SubmitRegistrationForm } from "@operations/registrations.graphql";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useClient } from "urql";
import type { WholeRegistrationFragment } from "@/generated/operations";
import { failureOf } from "../../client/failures";
import { useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Choice } from "../../ui/Choice";
import { toast } from "../../ui/toasts";
import { fieldName } from "../registrations/Detail";
import { DEAL_TYPES, fieldOf, inputOf, type Policy, type Values, valuesOf } from "./form";
import { Hints } from "./Hints";

const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK"];

interface Given {
  policies: readonly Policy[];
  registration?: WholeRegistrationFragment;
}

/** A partner's registration: saved as a draft at any time, submitted when the policy's fields are filled in. */
export function RegistrationForm({ policies, registration: given }: Given) {
  const say = useText();
  const client = useClient();
  const navigate = useNavigate();
  const { playbooks } = useViewer();
  /** A new one is a draft as soon as it was sent, submitted or not. */
  const [drafted, setDrafted] = useState<WholeRegistrationFragment>();
  const registration = drafted && drafted.version > (given?.version ?? 0) ? drafted : given;
  const [key, setKey] = useState(registration?.policy.key ?? policies[0]?.key ?? "");
  const policy = policies.find((one) => one.key === key) ?? policies[0];
  const [values, setValues] = useState<Values>(() => valuesOf(registration, policy?.minimumAmount?.currency ?? "EUR"));
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [busy, setBusy] = useState(false);
  if (!policy) return null;
  const set = (name: string, value: string) => {
    setValues((before) => ({ ...before, [name]: value }));
    setErrors(({ [name]: _, ...others }) => others);
  };
  const isRequired = (name: string) => name === "account.name" || policy.requiredFields.includes(name);

  const told = (found: readonly { path: readonly string[]; message: string }[]) => {
    setErrors(Object.fromEntries(found.map(({ path, message }) => [fieldOf(path), message])));
    const elsewhere = found.filter(
      ({ path }) => !(fieldOf(path) in values) && !policy.requiredFields.includes(fieldOf(path)),
    );
    toast(
      elsewhere.length
        ? elsewhere.map(({ message }) => message).join(" ")
        : say("registrations.form.wrong", { count: found.length }),
      "bad",
    );
  };
  const send = async (isFinal: boolean) => {
    setBusy(true);
    setErrors({});
    const saved = await client
      .mutation(SaveRegistrationForm, { input: inputOf(values, policy, registration) })
      .toPromise();
    let { error } = saved;
    let answer = saved.data?.saveRegistration;
    if (answer?.registration && !answer.userErrors.length && isFinal) {
      const { id, version } = answer.registration;
      const input = { registrationId: id, expectedVersion: version, clientMutationId: crypto.randomUUID() };
      const submitted = await client.mutation(SubmitRegistrationForm, { input }).toPromise();
      ({ error } = submitted);
      const { registration: before } = answer;
      answer = submitted.data
        ? ({
            ...submitted.data.submitRegistration,
            registration: submitted.data.submitRegistration.registration ?? before,
          } as typeof answer)
        : undefined;
    }
    setBusy(false);
    if (answer?.registration) setDrafted(answer.registration);
    if (!answer) {
      toast(say(`problem.${error ? failureOf(error).kind : "ours"}`), "bad");
      return;
    }
    if (answer.userErrors.length) {
      told(answer.userErrors);
      return;
    }
    toast(say(isFinal ? "registrations.form.submitted" : "registrations.form.saved"), "good");
    if (!given && answer.registration) void navigate({ to: `/registrations/${answer.registration.id}`, replace: true });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(true);
  };
  const field = (name: string, more: Partial<FieldGiven> = {}) => (
    <Field
      name={name}
      label={more.label ?? fieldName(say, name, registration)}
      value={values[name] ?? ""}
      error={errors[name]}
      isRequired={isRequired(name)}
      asked={registration?.changeRequests.find((one) => one.field === name && !one.resolved)?.message}
      change={set}
      {...more}
    />
  );
  return (
    <form className="registration-form" onSubmit={submit} noValidate>
      <header className="page-head">
        <div>
          <h1>{registration ? (registration.title ?? registration.number) : say("registrations.new")}</h1>
          <p className="quiet">{registration ? registration.number : say("registrations.new.about")}</p>
        </div>
        {policies.length > 1 && !registration && (
          <Choice
            label={say("board.playbook")}
            options={policies.map((one) => ({
              id: one.key,
              label: playbooks.find((book) => book.key === one.playbookKey)?.name ?? one.key,
            }))}
            value={policy.key}
            choose={setKey}
          />
        )}
      </header>
      <div className="form-parts">
        <div className="form-main">
          <Fields title={say("registrations.form.customer")}>
            {field("account.name")}
            {field("account.domain", { hint: "example.com" })}
            {field("account.city")}
            {field("account.country", { hint: "DE" })}
            {field("account.industry")}
            {field("account.registrationNumber")}
          </Fields>
          <Fields title={say("registrations.form.deal")}>
            {field("title")}
            <Choice
              label={say("registrations.field.dealType")}
              options={DEAL_TYPES.map((id) => ({ id, label: say(`registrations.dealtype.${id}`) }))}
              value={values.dealType ?? "NET_NEW"}
              choose={(id) => set("dealType", id)}
            />
            {field("products", { hint: say("registrations.form.products") })}
            <div className="amount">
              {field("amount", { inputMode: "decimal" })}
              <Choice
                bare
                label={say("deals.currency")}
                options={[...new Set([values.currency ?? "EUR", ...CURRENCIES])].map((id) => ({ id, label: id }))}
                value={values.currency ?? "EUR"}
                choose={(id) => set("currency", id)}
              />
            </div>
            {field("expectedCloseDate", { type: "date" })}
            {field("need", { isLong: true })}
            {field("nextStep")}
            {policy.questions.map(({ key: question, label, prompt, required }) => (
              <Field
                key={question}
                name={`answers.${question}`}
                label={label}
                hint={prompt ?? undefined}
                value={values[`answers.${question}`] ?? ""}
                error={errors[`answers.${question}`]}
                isRequired={required}
                isLong
                change={set}
              />
            ))}
          </Fields>
          <Fields title={say("registrations.contact")}>
            {field("contact.name")}
            {field("contact.title")}
            {field("contact.email", { type: "email" })}
            {field("contact.phone", { type: "tel" })}
          </Fields>
        </div>
        <div className="form-side">
          <Hints values={values} own={registration?.id} />
          <div className="form-end">
            <button type="submit" className="button primary" disabled={busy}>
              {say("registrations.form.submit")}
            </button>
            <button type="button" className="button" disabled={busy} onClick={() => void send(false)}>
              {say("registrations.form.save")}
            </button>
          </div>
        </div>
      </div>
    </form>
  );
}

function Fields({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="panel form-fields">
      <legend className="unseen">{title}</legend>
      <p className="form-title" aria-hidden="true">
        {title}
      </p>
      {children}
    </fieldset>
  );
}

interface FieldGiven {
  name: string;
  label: string;
  value: string;
  change: (name: string, value: string) => void;
  error?: string | undefined;
  hint?: string | undefined;
  /** What the reviewer asks for. */
  asked?: string | undefined;
  isRequired?: boolean;
  isLong?: boolean;
  type?: "text" | "date" | "email" | "tel";
  inputMode?: "decimal";
}

function Field({
  name,
  label,
  value,
  change,
  error,
  hint,
  asked,
  isRequired,
  isLong,
  type = "text",
  inputMode,
}: FieldGiven) {
  const say = useText();
  const id = useId();
  const about = [error && `${id}-error`, asked && `${id}-asked`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const common = {
    id,
    name,
    value,
    "aria-invalid": error ? true : undefined,
    "aria-required": isRequired || undefined,
    "aria-describedby": about || undefined,
    onChange: (event: { target: { value: string } }) => change(name, event.target.value),
  };
  return (
    <div className={isLong ? "field long" : "field"}>
      <label htmlFor={id}>
        {label}
        {isRequired && (
          <span className="required" title={say("registrations.form.required")} aria-hidden="true">
            *
          </span>
        )}
      </label>
      {isLong ? (
        <textarea rows={3} {...common} />
      ) : (
        <input type={type} inputMode={inputMode} autoComplete="off" {...common} />
      )}
      {asked && (
        <p id={`${id}-asked`} className="field-asked">
          {asked}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {value.trim() ? error : say("registrations.form.required")}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="field-hint">
          {hint}
        </p>
      )}
    </div>
  );
}
