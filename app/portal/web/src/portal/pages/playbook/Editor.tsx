import { DropDraft } from "@operations/playbooks.graphql";
import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { Switch } from "../../ui/Switch";
import { toast } from "../../ui/toasts";
import { Back } from "./Back";
import { Changes } from "./Changes";
import { Conflict } from "./Conflict";
import type { Piece } from "./Contents";
import { Findings } from "./Findings";
import { HEAD_FIELDS, HeadForm } from "./HeadForm";
import { History } from "./History";
import { Publish } from "./Publish";
import { Saved } from "./Saved";
import { StageForm } from "./StageForm";
import { StageList } from "./StageList";
import type { Place } from "./saving";
import { BESIDE, type Beside, readShown, type Shown } from "./shown";
import { useDraft, type Version } from "./useDraft";

interface Given {
  version: Version;
  library: readonly Piece[];
  languages: readonly string[];
  reload: () => Promise<Version | undefined>;
}

/** A draft: its stages, the one that is open, and beside it what the review, the version in force and history say. */
export function Editor({ version, library, languages, reload }: Given) {
  const say = useText();
  const navigate = useNavigate();
  const { user } = useViewer();
  const draft = useDraft(version, reload);
  const { doc, faults, issues, phase, change } = draft;
  const { stage: chosen, beside = "findings" }: Shown = readShown(useSearch({ strict: false }));
  const [asked, setAsked] = useState<"publish" | "drop">();
  const drop = useAct(DropDraft);
  const isGone = useRef(false);
  const stage = doc.stages.find(({ key }) => key === chosen);
  const show = useCallback(
    (next: Shown) =>
      void navigate({ to: `/playbooks/${version.id}`, search: next as never, replace: true, resetScroll: false }),
    [navigate, version.id],
  );
  const choose = (key: string | undefined) => show({ beside, ...(key && { stage: key }) });
  const root = useLead(choose);
  const titles = useMemo(() => new Map(library.map(({ key, title }) => [key, title])), [library]);
  const titleOf = (key: string) => titles.get(key) ?? key;
  const known = useMemo(
    () => ({ stages: doc.stages, questions: version.qualificationQuestions }),
    [doc.stages, version.qualificationQuestions],
  );
  const found = new Map<string | undefined, number>();
  for (const issue of issues) found.set(issue.stage?.key, (found.get(issue.stage?.key) ?? 0) + 1);
  const isUnsaved = () => !isGone.current && phase !== "saved";
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      current.pathname !== next.pathname && isUnsaved() && phase !== "waiting" && phase !== "saving",
    enableBeforeUnload: isUnsaved,
    withResolver: true,
  });
  const isTranslated = [version, ...version.stages].some(({ translations }) =>
    translations.some(({ language }) => language.split("-")[0] === user.language.split("-")[0]),
  );
  const refreshed = async () => {
    const next = await reload();
    if (next) draft.take(next);
  };
  return (
    <div ref={root.element} className="page playbook-page">
      <header className="page-head">
        <div>
          <p>
            <Back />
          </p>
          <h1>{doc.name || version.key}</h1>
          <p className="quiet head-line">
            <span className="badge accent">{say("playbook.status.DRAFT")}</span>
            <span>{say("playbook.version", { version: version.version })}</span>
            <Saved draft={draft} />
          </p>
        </div>
        <div className="page-tools">
          <button type="button" className="button" disabled={!draft.past.length} onClick={draft.undo}>
            <Icon name="undo" size={16} /> {say("playbook.undo")}
          </button>
          <button type="button" className="button" onClick={() => setAsked("drop")}>
            {say("playbook.drop")}
          </button>
          <button
            type="button"
            className="button primary"
            disabled={phase !== "saved"}
            onClick={() => setAsked("publish")}
          >
            {say("playbook.publish")}
          </button>
        </div>
      </header>
      {faults
        .filter((fault) => !fault.stage && !HEAD_FIELDS.has(fault.field ?? ""))
        .map(({ message }) => (
          <p key={message} className="note fault" role="alert">
            {message}
          </p>
        ))}
      {draft.theirs && <Conflict draft={draft} theirs={draft.theirs} titleOf={titleOf} />}
      {isTranslated && version.language.split("-")[0] !== user.language.split("-")[0] && (
        <p className="note">{say("playbook.translated", { language: nameOf(version.language, user.language) })}</p>
      )}
      <div className="editor-columns">
        <StageList doc={doc} chosen={stage?.key} choose={choose} change={change} faults={faults} findings={found} />
        <div className="editor-main">
          {stage ? (
            <StageForm
              key={stage.key}
              doc={doc}
              stage={stage}
              change={change}
              faults={faults}
              known={known}
              language={user.language}
              library={library}
              removed={() => choose(undefined)}
            />
          ) : (
            <HeadForm doc={doc} change={change} faults={faults} language={user.language} />
          )}
        </div>
        <aside className="panel editor-side" aria-label={say("playbook.beside")}>
          <Switch
            label={say("playbook.beside")}
            value={beside}
            options={BESIDE.map((id) => ({
              id,
              label: id === "findings" ? say("playbook.findings", { count: issues.length }) : say(`playbook.${id}`),
            }))}
            choose={(next: Beside) => show({ beside: next, ...(stage && { stage: stage.key }) })}
          />
          {beside === "findings" && <Findings issues={issues} lead={root.lead} />}
          {beside === "changes" && (
            <Changes playbookKey={version.key} doc={doc} languages={languages} titleOf={titleOf} lead={root.lead} />
          )}
          {beside === "history" && (
            <History
              playbookKey={version.key}
              doc={doc}
              updatedAt={draft.at}
              isReady={phase === "saved"}
              applied={() => {
                toast(say("playbook.history.applied"), "good");
                void refreshed();
              }}
            />
          )}
        </aside>
      </div>
      {asked === "publish" && (
        <Publish
          playbookId={version.id}
          version={version.version}
          updatedAt={draft.at}
          doc={doc}
          close={() => setAsked(undefined)}
          published={({ movedCount }) => {
            isGone.current = true;
            toast(say("playbook.published", { version: version.version, count: movedCount ?? 0 }), "good");
            void navigate({ to: "/playbooks" });
          }}
        />
      )}
      {asked === "drop" && (
        <Dialog title={say("playbook.drop.title")} close={() => setAsked(undefined)}>
          <p>{say("playbook.drop.about", { version: version.version })}</p>
          <footer>
            <button type="button" className="button" onClick={() => setAsked(undefined)}>
              {say("board.cancel")}
            </button>
            <button
              type="button"
              className="button danger"
              disabled={drop.busy}
              onClick={() =>
                void drop.act({ input: { playbookId: version.id } }).then((done) => {
                  if (!done) return;
                  isGone.current = true;
                  toast(say("playbook.dropped"), "good");
                  void navigate({ to: "/playbooks" });
                })
              }
            >
              {say("playbook.drop")}
            </button>
          </footer>
        </Dialog>
      )}
      {blocker.status === "blocked" && (
        <Dialog title={say("playbook.leave.title")} close={blocker.reset}>
          <p>{say("playbook.leave.about")}</p>
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
    </div>
  );
}

function nameOf(language: string, reader: string): string {
  return new Intl.DisplayNames([reader], { type: "language" }).of(language) ?? language;
}

/** Leads to a place: opens its stage, and puts the focus where it is mended. */
function useLead(choose: (stage: string | undefined) => void) {
  const element = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState<Place>();
  const lead = (place: Place) => {
    choose(place.stage);
    setWanted({ ...place });
  };
  useEffect(() => {
    if (!wanted) return undefined;
    const frame = requestAnimationFrame(() => {
      const main = element.current?.querySelector(".editor-main");
      const selectors = [
        wanted.part && `[data-part="${CSS.escape(wanted.part)}"]`,
        wanted.field && `[data-field="${CSS.escape(wanted.field)}"]`,
        ".edit-part",
      ];
      const found = selectors.map((one) => one && main?.querySelector<HTMLElement>(one)).find(Boolean);
      if (!found) return;
      const target = found.matches("input, textarea, button")
        ? found
        : (found.querySelector<HTMLElement>("textarea, input, button") ?? found);
      target.focus({ preventScroll: true });
      found.scrollIntoView({ block: "center" });
      setWanted(undefined);
    });
    return () => cancelAnimationFrame(frame);
  }, [wanted]);
  return { element, lead };
}
