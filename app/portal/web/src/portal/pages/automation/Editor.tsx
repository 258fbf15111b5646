import { useBlocker, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { useText } from "../../messages/context";
import { Switch } from "../../ui/Switch";
import { toast } from "../../ui/toasts";
import { Clash, Conflict, Leaving } from "./Conflict";
import { Definition } from "./Definition";
import { type Draft, draftOf, same, type Template, type Whole } from "./draft";
import { Head } from "./Head";
import { Problems, type Wrong } from "./problems";
import { Runs } from "./Runs";
import { SaveBar } from "./SaveBar";
import { PARTS, type Part, readShown, type Shown } from "./shown";
import { Try } from "./Try";
import { useCheck } from "./useCheck";
import { useSaving } from "./useSaving";

interface Given {
  stored?: Whole;
  template?: Template | undefined;
}

/** A definition being written, what it would have done, and what it did. What was typed stays until it is saved or left. */
export function Editor({ stored, template }: Given) {
  const say = useText();
  const navigate = useNavigate();
  const { part = "definition" }: Shown = readShown(useSearch({ strict: false }));
  /** What the draft is based on; behind `stored` once somebody else has saved. */
  const [base, setBase] = useState(stored);
  const [draft, setDraft] = useState<Draft>(() => draftOf(stored ?? template));
  const [refused, setRefused] = useState<readonly Wrong[]>([]);
  const [clash, setClash] = useState<Whole | null>();
  const isLeaving = useRef(false);
  const { save, busy } = useSaving();
  const { found, isChecking } = useCheck(draft);
  const problems = useMemo(() => new Problems([...refused, ...found]), [refused, found]);
  const isChanged = !same(draft, draftOf(base ?? template));
  const isOutdated = Boolean(stored && base && stored.version > base.version);
  useEffect(() => {
    if (!stored || !base || stored.version === base.version) return;
    // Nothing was typed: what others saved is shown as it is.
    if (!isChanged) {
      setBase(stored);
      setDraft(draftOf(stored));
    }
  }, [stored, base, isChanged]);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => isChanged && !isLeaving.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isChanged && !isLeaving.current,
    withResolver: true,
  });
  const change = (changes: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...changes }));
    setRefused([]);
    setClash(undefined);
  };
  const submit = async (enabled: boolean | null, over = base?.version ?? 0) => {
    const saved = await save(draft, over, enabled);
    if (saved.kind === "wrong") {
      setRefused(saved.found);
      toast(say("automation.wrong", { count: saved.found.length }), "bad");
      show("definition");
    }
    // One that is there already comes with the answer, and into the cache: it is `stored` from then on.
    if (saved.kind === "conflict" && !base) setClash(saved.theirs);
    if (saved.kind === "conflict" && base && !saved.theirs) setClash(null);
    if (saved.kind !== "saved") return;
    const { automation } = saved;
    setBase(automation);
    setDraft(draftOf(automation));
    setRefused([]);
    toast(say(saved.created ? "automation.created" : "automation.saved", { version: automation.version }), "good");
    if (stored?.id === automation.id) return;
    setClash(undefined);
    isLeaving.current = true;
    void navigate({ to: `/automations/${automation.id}`, replace: true });
  };
  const show = (next: Part) =>
    void navigate({
      to: ".",
      search: ((before: Shown) => ({ ...before, part: next === "definition" ? undefined : next })) as never,
      replace: true,
      resetScroll: false,
    });
  const parts = PARTS.filter((one) => one !== "runs" || stored);
  if (stored?.removedAt && !isChanged) {
    return (
      <>
        <Head stored={stored} name={stored.name} left={() => undefined} />
        <p className="note">{say("automation.removed.about")}</p>
        <Runs id={stored.id} />
      </>
    );
  }
  return (
    <>
      <Head stored={stored} name={draft.name || say("automations.new")} left={() => (isLeaving.current = true)} />
      <Switch
        label={say("automation.part")}
        value={part}
        options={parts.map((id) => ({ id, label: say(`automation.part.${id}`) }))}
        choose={show}
      />
      {clash !== undefined && <Clash other={clash} save={() => void submit(null, 0)} busy={busy} />}
      {isOutdated && stored && base && isChanged && (
        <Conflict
          draft={draft}
          base={base}
          theirs={stored}
          busy={busy}
          keep={() => void submit(null, stored.version)}
          take={() => {
            setBase(stored);
            setDraft(draftOf(stored));
            setRefused([]);
          }}
        />
      )}
      {part === "definition" && (
        <>
          <Definition draft={draft} isNew={!stored} problems={problems} change={change} />
          <SaveBar
            stored={stored}
            isChanged={isChanged}
            isChecking={isChecking}
            count={problems.found.length}
            busy={busy || (isOutdated && isChanged)}
            save={(enabled) => void submit(enabled)}
            undo={() => change(draftOf(base ?? template))}
          />
        </>
      )}
      {part === "try" && <Try draft={draft} isChanged={isChanged} />}
      {part === "runs" && stored && <Runs id={stored.id} />}
      {blocker.status === "blocked" && <Leaving stay={blocker.reset} leave={blocker.proceed} />}
    </>
  );
}
