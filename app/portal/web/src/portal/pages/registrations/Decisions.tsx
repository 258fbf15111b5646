import { ApproveReviewed, AskForChanges, BeginReview, RejectReviewed } from "@operations/registrations.graphql";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import type { RegistrationStepKind, RejectionCode } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { toast } from "../../ui/toasts";
import { fieldName, type Whole } from "./Detail";

type Asked = "APPROVE" | "REJECT" | "REQUEST_CHANGES";

/** By key, while the focus is in the registration or its list. */
const KEYS: Record<string, Asked> = { a: "APPROVE", r: "REJECT", c: "REQUEST_CHANGES" };
const LETTERS: Record<Asked, string> = { APPROVE: "A", REJECT: "R", REQUEST_CHANGES: "C" };

interface Given {
  registration: Whole;
  decided: () => void;
}

/** The reviewer's ways on. */
export function Decisions({ registration, decided }: Given) {
  const say = useText();
  const [asked, setAsked] = useState<Asked>();
  const begin = useAct(BeginReview);
  const { allowedSteps, id, version } = registration;
  const may = (step: RegistrationStepKind) => allowedSteps.includes(step);
  const keys = allowedSteps.join();
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const step = KEYS[event.key];
      if (!step || !keys.split(",").includes(step) || event.metaKey || event.ctrlKey || event.altKey) return;
      if (!target.closest(".beside, .registration") || target.closest("input, textarea, [role=dialog]")) return;
      event.preventDefault();
      setAsked(step);
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, [keys]);
  const steps = (["APPROVE", "REQUEST_CHANGES", "REJECT"] as const).filter(may);
  if (!steps.length && !may("START_REVIEW")) return null;
  const close = () => setAsked(undefined);
  const done = (step: Asked) => {
    close();
    toast(say(`registrations.done.${step}`, { number: registration.number }), "good");
    decided();
  };
  return (
    <div className="decisions">
      {steps.map((step) => (
        <button
          key={step}
          type="button"
          className={step === "APPROVE" ? "button primary" : "button"}
          aria-keyshortcuts={LETTERS[step]}
          onClick={() => setAsked(step)}
        >
          {say(`registrations.step.do.${step}`)}{" "}
          <span className="kbd" aria-hidden="true">
            {LETTERS[step]}
          </span>
        </button>
      ))}
      {may("START_REVIEW") && registration.status === "SUBMITTED" && (
        <button
          type="button"
          className="button"
          disabled={begin.busy}
          onClick={() =>
            void begin.act({
              input: { registrationId: id, expectedVersion: version, clientMutationId: crypto.randomUUID() },
            })
          }
        >
          {say("registrations.step.do.START_REVIEW")}
        </button>
      )}
      {asked === "APPROVE" && <Approval registration={registration} close={close} done={() => done("APPROVE")} />}
      {asked === "REJECT" && <Rejection registration={registration} close={close} done={() => done("REJECT")} />}
      {asked === "REQUEST_CHANGES" && (
        <Request registration={registration} close={close} done={() => done("REQUEST_CHANGES")} />
      )}
    </div>
  );
}

interface FormGiven {
  registration: Whole;
  close: () => void;
  done: () => void;
}

/** What every step on a registration says: which, in which version, once. */
function stepOf({ id, version }: Whole) {
  return { registrationId: id, expectedVersion: version, clientMutationId: crypto.randomUUID() };
}

function Approval({ registration, close, done }: FormGiven) {
  const say = useText();
  const { act, busy } = useAct(ApproveReviewed);
  const [reason, setReason] = useState("");
  const [note, setNote] = useState("");
  const [override, setOverride] = useState(false);
  const isBlocked = registration.conflicts.some(({ blocks }) => blocks);
  const isReady = !isBlocked || (override && note.trim() !== "");
  const submit = async () => {
    const said = { ...(reason.trim() && { reason: reason.trim() }), ...(note.trim() && { note: note.trim() }) };
    if (await act({ input: { ...stepOf(registration), ...said, ...(isBlocked && { override }) } })) done();
  };
  return (
    <Form
      title={say("registrations.approve.title", { number: registration.number })}
      step="APPROVE"
      busy={busy}
      isReady={isReady}
      close={close}
      submit={submit}
    >
      {isBlocked && (
        <label className="toggle">
          <input type="checkbox" checked={override} onChange={(event) => setOverride(event.target.checked)} />
          {say("registrations.override")}
        </label>
      )}
      <Text label={say("registrations.message")} value={reason} change={setReason} />
      <Text label={say(isBlocked ? "registrations.note.needed" : "registrations.note")} value={note} change={setNote} />
    </Form>
  );
}

const CODES: readonly RejectionCode[] = [
  "DUPLICATE",
  "EXISTING_OPPORTUNITY",
  "INCOMPLETE",
  "NOT_QUALIFIED",
  "OUT_OF_TERRITORY",
  "PARTNER_NOT_ELIGIBLE",
  "PRODUCT_EXCLUDED",
  "TENDER_PUBLISHED",
  "VENDOR_ALREADY_ENGAGED",
  "OTHER",
];
const EXPLAINED = new Set<RejectionCode>(["OTHER", "NOT_QUALIFIED", "INCOMPLETE"]);

function Rejection({ registration, close, done }: FormGiven) {
  const say = useText();
  const { act, busy } = useAct(RejectReviewed);
  const [code, setCode] = useState<RejectionCode>("DUPLICATE");
  const [reason, setReason] = useState("");
  const isReady = !EXPLAINED.has(code) || reason.trim() !== "";
  const submit = async () => {
    if (await act({ input: { ...stepOf(registration), code, ...(reason.trim() && { reason: reason.trim() }) } }))
      done();
  };
  return (
    <Form
      title={say("registrations.reject.title", { number: registration.number })}
      step="REJECT"
      busy={busy}
      isReady={isReady}
      close={close}
      submit={submit}
    >
      <Choice
        label={say("registrations.code")}
        options={CODES.map((id) => ({ id, label: say(`registrations.code.${id}`) }))}
        value={code}
        choose={(id) => setCode(id as RejectionCode)}
      />
      <Text
        label={say(EXPLAINED.has(code) ? "registrations.message.needed" : "registrations.message")}
        value={reason}
        change={setReason}
      />
    </Form>
  );
}

const FIELDS = [
  "account.name",
  "account.domain",
  "account.country",
  "amount",
  "expectedCloseDate",
  "products",
  "need",
  "contact.name",
] as const;

function Request({ registration, close, done }: FormGiven) {
  const say = useText();
  const { act, busy } = useAct(AskForChanges);
  const fields: string[] = [...FIELDS, ...registration.answers.map(({ questionKey }) => `answers.${questionKey}`)];
  const [field, setField] = useState<string>("need");
  const [message, setMessage] = useState("");
  const submit = async () => {
    if (await act({ input: { ...stepOf(registration), requests: [{ field, message: message.trim() }] } })) done();
  };
  return (
    <Form
      title={say("registrations.request.title", { number: registration.number })}
      step="REQUEST_CHANGES"
      busy={busy}
      isReady={message.trim() !== ""}
      close={close}
      submit={submit}
    >
      <Choice
        label={say("registrations.request.field")}
        options={fields.map((id) => ({ id, label: fieldName(say, id, registration) }))}
        value={field}
        choose={setField}
      />
      <Text label={say("registrations.request.message")} value={message} change={setMessage} />
    </Form>
  );
}

function Text({ label, value, change }: { label: string; value: string; change: (value: string) => void }) {
  return (
    <label className="field">
      <span>{label}</span>
      <textarea rows={3} maxLength={2_000} value={value} onChange={(event) => change(event.target.value)} />
    </label>
  );
}

interface AskedGiven {
  title: string;
  step: Asked;
  busy: boolean;
  isReady: boolean;
  close: () => void;
  submit: () => Promise<void>;
  children: ReactNode;
}

function Form({ title, step, busy, isReady, close, submit, children }: AskedGiven) {
  const say = useText();
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) void submit();
  };
  return (
    <Dialog title={title} close={close}>
      <form className="form" onSubmit={onSubmit}>
        {children}
        <footer>
          <button type="button" className="button" onClick={close}>
            {say("board.cancel")}
          </button>
          <button
            type="submit"
            className={step === "REJECT" ? "button danger" : "button primary"}
            disabled={busy || !isReady}
          >
            {say(`registrations.step.do.${step}`)}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
