import { ContentStages, SaveContent } from "@operations/content.graphql";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { type FormEvent, lazy, Suspense, useEffect, useState } from "react";
import { useClient, useQuery } from "urql";
import type { PartnerTier, WholeContentFragment } from "@/generated/operations";
import { failureOf } from "../../client/failures";
import { useLocale, useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Dialog } from "../../ui/Dialog";
import { Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";
import { KINDS, PHASES, TIERS } from "../library/shown";
import { Check, Select, Text } from "../playbook/fields";
import { readers } from "../playbook/names";
import { inputOf, type Values, valuesOf } from "./form";
import { Stages } from "./Stages";
import "../playbook/fields.css";
import "./content.css";

const Markdown = lazy(() => import("./Markdown"));
const LANGUAGES = ["en", "de", "es", "fr"];

interface Given {
  /** What is changed; without it, a new piece is made. */
  content?: WholeContentFragment;
  close?: () => void;
}

/** A piece of content, its text beside how it will look. What isn't saved is kept in the browser's tab. */
export function PieceForm({ content, close }: Given) {
  const say = useText();
  const client = useClient();
  const navigate = useNavigate();
  const { language } = useLocale();
  const { user } = useViewer();
  const keep = `stagepath:content:${user.id}:${content?.id ?? "new"}`;
  const [start] = useState(() => valuesOf(content, language));
  const [values, setValues] = useState<Values>(() => kept(keep) ?? start);
  const [version, setVersion] = useState(content?.version ?? 0);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [isConflict, setConflict] = useState(false);
  const [busy, setBusy] = useState(false);
  const [isDone, setDone] = useState(false);
  const [stages] = useQuery({ query: ContentStages });
  const isChanged = !isDone && JSON.stringify(values) !== JSON.stringify(start);
  useEffect(() => {
    if (isChanged) sessionStorage.setItem(keep, JSON.stringify(values));
    else sessionStorage.removeItem(keep);
  }, [isChanged, keep, values]);
  const blocker = useBlocker({
    shouldBlockFn: () => isChanged,
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  });
  const set = <Name extends keyof Values>(name: Name, value: Values[Name]) => {
    setValues((before) => ({ ...before, [name]: value }));
    setErrors(({ [name]: _, ...others }) => others);
  };
  const leave = (saved?: WholeContentFragment) => {
    setDone(true);
    sessionStorage.removeItem(keep);
    if (close) close();
    else
      setTimeout(
        () => void navigate({ to: saved ? `/content/${saved.id}` : "/content", replace: true, ignoreBlocker: true }),
      );
  };
  const save = async (over = version) => {
    setBusy(true);
    setErrors({});
    const { data, error } = await client.mutation(SaveContent, { input: inputOf(values, content, over) }).toPromise();
    setBusy(false);
    if (!data) {
      const { kind, requestId } = { requestId: undefined, ...(error ? failureOf(error) : { kind: "ours" as const }) };
      toast(
        [say(`problem.${kind}`), requestId && `${say("problem.request")} ${requestId}`].filter(Boolean).join(" "),
        "bad",
      );
      return;
    }
    const { content: stored, userErrors } = data.upsertContent;
    if (content && userErrors.some(({ code }) => code === "CONFLICT")) {
      setConflict(true);
      if (stored) setVersion(stored.version);
      return;
    }
    if (userErrors.length) {
      const isTaken = userErrors.some(({ code }) => code === "CONFLICT");
      const found = Object.fromEntries(userErrors.map(({ path, message }) => [path[0] ?? "", message]));
      setErrors(isTaken ? { title: say("content.taken") } : found);
      if (isTaken) return;
      const elsewhere = userErrors.filter(({ path }) => !(path[0] && path[0] in values));
      toast(elsewhere[0]?.message ?? say("content.wrong"), "bad");
      return;
    }
    toast(say("content.saved"), "good");
    leave(stored ?? undefined);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void save();
  };
  return (
    <form className="page content-page" onSubmit={submit} noValidate>
      <header className="page-head">
        <h1>{content ? say("content.edit.title", { name: content.title }) : say("library.new")}</h1>
        <div className="page-tools">
          <button type="button" className="button" onClick={() => leave()}>
            {say("board.cancel")}
          </button>
          <button type="submit" className="button primary" disabled={busy || !values.title.trim()}>
            {say("deal.save")}
          </button>
        </div>
      </header>
      {isConflict && (
        <section className="panel conflict" role="alert" aria-label={say("content.conflict")}>
          <p>{say("content.conflict")}</p>
          <div className="conflict-ways">
            <button type="button" className="button" onClick={() => leave(content)}>
              {say("content.conflict.theirs")}
            </button>
            <button
              type="button"
              className="button primary"
              disabled={busy}
              onClick={() => {
                setConflict(false);
                void save(version);
              }}
            >
              {say("content.conflict.mine")}
            </button>
          </div>
        </section>
      )}
      <section className="panel edit-part" aria-label={say("content.facts")}>
        <div className="edit-fields">
          <Text
            label={say("content.title")}
            isWide
            value={values.title}
            fault={errors.title ?? errors.key}
            maxLength={200}
            change={(title) => set("title", title)}
          />
          <Select
            label={say("content.kind")}
            options={KINDS.map((id) => ({ id, label: say(`content.kind.${id}`) }))}
            value={values.kind}
            change={(kind) => set("kind", kind)}
          />
          <Select
            label={say("content.phase")}
            options={PHASES.map((id) => ({ id, label: say(`content.phase.${id}`) }))}
            value={values.lifecyclePhase}
            change={(phase) => set("lifecyclePhase", phase)}
          />
          <Select
            label={say("content.reader")}
            options={readers(say)}
            value={values.reader}
            change={(reader) => set("reader", reader)}
          />
          {!content && (
            <Select
              label={say("content.language")}
              options={[...new Set([values.language, ...LANGUAGES])].map((id) => ({
                id,
                label: new Intl.DisplayNames([language], { type: "language" }).of(id) ?? id,
              }))}
              value={values.language}
              change={(tag) => set("language", tag)}
            />
          )}
          <Text
            label={say("content.industries")}
            value={values.industries}
            fault={errors.industries}
            hint={say("content.industries.hint")}
            change={(industries) => set("industries", industries)}
          />
          <Text
            label={say("content.summary")}
            isLong
            value={values.summary}
            fault={errors.summary}
            change={(summary) => set("summary", summary)}
          />
          <Text
            label={say("content.url")}
            isWide
            value={values.url}
            fault={errors.url}
            hint={say("content.url.hint")}
            change={(url) => set("url", url)}
          />
          <fieldset className="long locks">
            <legend>{say("content.tier.only")}</legend>
            {TIERS.map((tier) => (
              <Check
                key={tier}
                label={say(`content.tier.${tier}`)}
                value={values.audience.includes(tier)}
                change={(isMeant) => set("audience", withTier(values.audience, tier, isMeant))}
              />
            ))}
          </fieldset>
          {stages.data && (
            <Stages
              playbooks={stages.data.playbooks.nodes}
              chosen={values.stages}
              choose={(links) => set("stages", links)}
            />
          )}
        </div>
      </section>
      <section className="panel edit-part" aria-label={say("content.text")}>
        <header>
          <h2>{say("content.text")}</h2>
        </header>
        <div className="writing">
          <label className="field">
            <span>{say("content.markdown")}</span>
            <textarea
              className="writing-text"
              rows={18}
              aria-invalid={errors.body ? true : undefined}
              aria-describedby={errors.body ? "content-body-fault" : undefined}
              value={values.body}
              onChange={(event) => set("body", event.target.value)}
            />
            {errors.body && (
              <span id="content-body-fault" className="fault">
                {errors.body}
              </span>
            )}
          </label>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by key */}
          <section className="writing-preview" tabIndex={0} aria-label={say("content.preview")}>
            <p className="quiet" aria-hidden="true">
              {say("content.preview")}
            </p>
            <Suspense fallback={<Skeleton lines={8} />}>
              <Markdown text={values.body} />
            </Suspense>
          </section>
        </div>
      </section>
      {blocker.status === "blocked" && (
        <Dialog title={say("playbook.leave.title")} close={blocker.reset}>
          <p>{say("content.leave")}</p>
          <footer>
            <button type="button" className="button" onClick={blocker.proceed}>
              {say("playbook.leave")}
            </button>
            <button type="button" className="button primary" onClick={blocker.reset}>
              {say("playbook.stay")}
            </button>
          </footer>
        </Dialog>
      )}
    </form>
  );
}

function kept(keep: string): Values | undefined {
  const text = sessionStorage.getItem(keep);
  return text ? (JSON.parse(text) as Values) : undefined;
}

function withTier(tiers: readonly PartnerTier[], tier: PartnerTier, isMeant: boolean): PartnerTier[] {
  return TIERS.filter((one) => (one === tier ? isMeant : tiers.includes(one)));
}
