import { SaveDraft } from "@operations/playbooks.graphql";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useClient } from "urql";
import type { PlaybookVersionQuery } from "@/generated/operations";
import { type Failure, failureOf } from "../../client/failures";
import { useViewer } from "../../shell/viewer";
import { alike, type Doc, docOf, same } from "./model";
import { changesOf, type Fault, placeOf, withoutFaulty } from "./saving";
import { told } from "./translated";

export type Version = NonNullable<PlaybookVersionQuery["playbook"]>;
export type Issue = Version["issues"][number];

/** Milliseconds without a key, after which a change is saved. */
const TYPED = 450;
const UNDOABLE = 100;

/**
 * `waiting`: there is more to save. `held`: saved, but for what is at fault. `refused`: nothing could be saved.
 * `conflict`: somebody else has saved something else.
 */
export type Phase = "saved" | "waiting" | "saving" | "held" | "refused" | "failed" | "conflict";

interface State {
  doc: Doc;
  /** As the server has it. */
  saved: Doc;
  /** The `updatedAt` of `saved`. */
  at: string;
  phase: Phase;
  faults: readonly Fault[];
  issues: readonly Issue[];
  past: readonly { doc: Doc; label: string }[];
  failure?: Failure;
  theirs?: Version;
}

interface Kept {
  at: string;
  doc: Doc;
}

type Answer =
  | { kind: "saved"; at: string; issues: readonly Issue[] }
  | { kind: "refused"; faults: readonly Fault[] }
  | { kind: "conflict" }
  | { kind: "failed"; failure: Failure };

/**
 * A draft that is saved by itself, shortly after each change. What can't be saved yet is kept in the browser's tab, and
 * parts that the server refuses wait while the others are saved. `reload` reads the draft anew.
 */
export function useDraft(playbook: Version, reload: () => Promise<Version | undefined>) {
  const client = useClient();
  const { user } = useViewer();
  const keep = `stagepath:draft:${user.id}:${playbook.id}`;
  const [state, setState] = useState<State>(() => begun(playbook, keep));
  const now = useRef(state);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isBusy = useRef(false);
  /** As it was read: what translations of a text are of. */
  const start = useRef(state.saved);
  const { language } = user;
  const tried = useRef({ doc: state.doc, at: "", id: "" });

  const set = useCallback(
    (next: State) => {
      now.current = next;
      setState(next);
      if (alike(told(next.doc, start.current, next.saved, language), next.saved)) sessionStorage.removeItem(keep);
      else sessionStorage.setItem(keep, JSON.stringify({ at: next.at, doc: next.doc } satisfies Kept));
    },
    [keep, language],
  );

  /** Sends again under the id of before what may have arrived already. */
  const put = useCallback(
    async (doc: Doc, saved: Doc, at: string): Promise<Answer> => {
      const isAgain = same(tried.current.doc, doc) && tried.current.at === at;
      if (!isAgain) tried.current = { doc, at, id: crypto.randomUUID() };
      const input = {
        ...changesOf(doc, saved),
        playbookId: playbook.id,
        expectedUpdatedAt: at,
        clientMutationId: tried.current.id,
      };
      const { data, error } = await client.mutation(SaveDraft, { input }).toPromise();
      if (!data) return { kind: "failed", failure: error ? failureOf(error) : { kind: "ours" } };
      const { playbook: stored, userErrors } = data.updatePlaybook;
      if (userErrors.some(({ code }) => code === "CONFLICT")) return { kind: "conflict" };
      if (userErrors.length || !stored) {
        const faults = userErrors.map(({ message, path }) => ({ message, ...placeOf(doc, path) }));
        return { kind: "refused", faults };
      }
      return { kind: "saved", at: stored.updatedAt, issues: stored.issues };
    },
    [client, playbook.id],
  );

  const save = useCallback(async (): Promise<void> => {
    clearTimeout(timer.current);
    const begin = now.current;
    if (isBusy.current || begin.phase === "conflict") return;
    const whole = told(begin.doc, start.current, begin.saved, language);
    if (alike(whole, begin.saved)) {
      set({ ...begin, phase: "saved", faults: [] });
      return;
    }
    isBusy.current = true;
    set({ ...begin, phase: "saving" });
    let sent = whole;
    let answer = await put(sent, begin.saved, begin.at);
    let faults: readonly Fault[] = [];
    let isRestSaved = false;
    if (answer.kind === "refused") {
      faults = answer.faults;
      const rest = withoutFaulty(whole, begin.saved, faults);
      isRestSaved = rest !== undefined && alike(rest, begin.saved);
      if (rest && !isRestSaved) {
        const second = await put(rest, begin.saved, begin.at);
        if (second.kind !== "refused") {
          sent = rest;
          answer = second;
        }
      }
    }
    const theirs = answer.kind === "conflict" ? await reload() : undefined;
    isBusy.current = false;
    const { failure: _, theirs: __, ...current } = now.current;
    const isOld = current.doc !== begin.doc;
    if (answer.kind === "saved") {
      const phase = faults.length ? "held" : "saved";
      const saved = told(sent, start.current, sent, language);
      set({ ...current, saved, at: answer.at, issues: answer.issues, faults, phase: isOld ? "waiting" : phase });
    } else if (answer.kind === "refused") {
      set({ ...current, faults, phase: isOld ? "waiting" : isRestSaved ? "held" : "refused" });
    } else if (answer.kind === "failed") {
      set({ ...current, phase: "failed", failure: answer.failure });
      return;
    } else if (theirs && alike(docOf(theirs), begin.saved)) {
      // Something else about it changed, such as what content is linked to its stages from there.
      set({ ...current, at: theirs.updatedAt, issues: theirs.issues, phase: "waiting" });
      await again.current();
      return;
    } else {
      set(
        theirs
          ? { ...current, phase: "conflict", theirs }
          : { ...current, phase: "failed", failure: { kind: "not-found" } },
      );
      return;
    }
    if (isOld) await again.current();
  }, [put, reload, set, language]);

  const again = useRef(save);
  again.current = save;

  const change = useCallback(
    (label: string, next: (doc: Doc) => Doc) => {
      const before = now.current;
      const doc = next(before.doc);
      if (doc === before.doc) return;
      const isTyping = label !== "" && before.past.at(-1)?.label === label;
      const past = isTyping ? before.past : [...before.past, { doc: before.doc, label }].slice(-UNDOABLE);
      set({ ...before, doc, past, phase: before.phase === "conflict" ? "conflict" : "waiting" });
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void again.current(), TYPED);
    },
    [set],
  );

  const undo = useCallback(() => {
    const before = now.current;
    const last = before.past.at(-1);
    if (!last) return;
    set({ ...before, doc: last.doc, past: before.past.slice(0, -1), phase: "waiting" });
    clearTimeout(timer.current);
    timer.current = setTimeout(() => void again.current(), TYPED);
  }, [set]);

  /** Goes on from what the other one saved: with it, or over it with one's own. */
  const settle = useCallback(
    (whose: "mine" | "theirs") => {
      const { theirs, ...before } = now.current;
      if (!theirs) return;
      const saved = docOf(theirs);
      const doc = whose === "mine" ? before.doc : saved;
      start.current = saved;
      set({ ...before, doc, saved, at: theirs.updatedAt, issues: theirs.issues, faults: [], phase: "waiting" });
      void again.current();
    },
    [set],
  );

  /** Takes over what something else than the editor has changed. */
  const take = useCallback((version: Version) => set({ ...begun(version, ""), past: now.current.past }), [set]);

  useEffect(() => {
    if (now.current.phase === "waiting") void again.current();
    const retry = () => now.current.phase === "failed" && void again.current();
    const flush = () => now.current.phase === "waiting" && void again.current();
    addEventListener("online", retry);
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("online", retry);
      removeEventListener("pagehide", flush);
      flush();
    };
  }, []);

  return useMemo(() => ({ ...state, change, undo, save, settle, take }), [state, change, undo, save, settle, take]);
}

export type Draft = ReturnType<typeof useDraft>;

/** As the server has it, with what an earlier visit to the page left unsaved. */
function begun(playbook: Version, keep: string): State {
  const saved = docOf(playbook);
  const start = { doc: saved, saved, at: playbook.updatedAt, faults: [], issues: playbook.issues, past: [] };
  const kept = keep && sessionStorage.getItem(keep);
  if (!kept) return { ...start, phase: "saved" };
  const { at, doc } = JSON.parse(kept) as Kept;
  if (alike(doc, saved)) return { ...start, phase: "saved" };
  if (at === playbook.updatedAt) return { ...start, doc, phase: "waiting" };
  return { ...start, doc, phase: "conflict", theirs: playbook };
}
