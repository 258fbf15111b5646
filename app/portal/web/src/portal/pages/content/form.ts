import type {
  ContentKind,
  LifecyclePhase,
  PartnerTier,
  Reader,
  UpsertContentInput,
  WholeContentFragment,
} from "@/generated/operations";
import { keyOf } from "../playbook/model";

/** A piece of content as it is typed. */
export interface Values {
  title: string;
  summary: string;
  kind: ContentKind;
  lifecyclePhase: LifecyclePhase;
  reader: Reader;
  language: string;
  audience: PartnerTier[];
  /** By commas. */
  industries: string;
  body: string;
  url: string;
  /** `PLAYBOOK/STAGE` by keys. */
  stages: string[];
}

export function valuesOf(content: WholeContentFragment | undefined, language: string): Values {
  return {
    title: content?.title ?? "",
    summary: content?.summary ?? "",
    kind: content?.kind ?? "TEMPLATE",
    lifecyclePhase: content?.lifecyclePhase ?? "SELL",
    reader: content?.reader ?? "PARTNER",
    language: content?.language ?? language,
    audience: [...(content?.audience ?? [])],
    industries: content?.industries.join(", ") ?? "",
    body: content?.body ?? "",
    url: content?.url ?? "",
    stages: linksOf(content),
  };
}

/** Those that a change of links is about: what versions out of use are linked to stays. */
export function linksOf(content: WholeContentFragment | undefined): string[] {
  const found = (content?.stages ?? [])
    .filter(({ playbook }) => playbook.status !== "ARCHIVED")
    .map(({ key, playbook }) => `${playbook.key}/${key}`);
  return [...new Set(found)].sort();
}

export function inputOf(values: Values, before: WholeContentFragment | undefined, version: number): UpsertContentInput {
  const links = [...values.stages].sort();
  const isLinkedAnew = links.join() !== linksOf(before).join();
  return {
    key: before?.key ?? keyOf(values.title, []),
    language: before?.language ?? values.language,
    title: values.title.trim(),
    summary: values.summary.trim(),
    kind: values.kind,
    lifecyclePhase: values.lifecyclePhase,
    reader: values.reader,
    audience: values.audience,
    industries: values.industries
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean),
    body: values.body || null,
    url: values.url.trim() || null,
    archived: false,
    expectedVersion: version,
    clientMutationId: crypto.randomUUID(),
    ...(isLinkedAnew && {
      stages: links.map((link) => {
        const [playbookKey = "", stageKey = ""] = link.split("/");
        return { playbookKey, stageKey };
      }),
    }),
  };
}
