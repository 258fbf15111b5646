import { PlaybookLibrary, PlaybookVersion } from "@operations/playbooks.graphql";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useClient } from "urql";
import "./playbook.css";
import { type Failure, failureOf } from "../../client/failures";
import { useText } from "../../messages/context";
import { useTitle } from "../../shell/Shell";
import { useMay, useViewer } from "../../shell/viewer";
import { Empty, Loading, Problem } from "../../ui/states";
import type { Piece } from "./Contents";
import { Editor } from "./Editor";
import { Reading } from "./Reading";
import type { Version } from "./useDraft";

/** Pages of a hundred pieces of content that are read: what is linked to a stage lies in no later one in practice. */
const MOST_PAGES = 20;

interface Loaded {
  version: Version | null;
  library: readonly Piece[];
  languages: readonly string[];
}

/** A version of a playbook: a draft to whoever may manage playbooks is for editing, all else for reading. */
export default function PlaybookPage() {
  const say = useText();
  const { id } = useParams({ strict: false }) as { id: string };
  const mayEdit = useMay("MANAGE_PLAYBOOKS");
  const { loaded, failure, load, reload } = useVersion(id);
  useTitle(loaded?.version?.name ?? say("nav.playbooks"));
  if (failure) {
    return (
      <div className="page">
        <Problem failure={failure} retry={load} />
      </div>
    );
  }
  if (!loaded) return <Loading lines={10} />;
  const { version, library, languages } = loaded;
  if (!version) {
    return (
      <div className="page">
        <Empty icon="search" title={say("problem.not-found")}>
          <Link to="/playbooks" className="button">
            {say("playbook.all")}
          </Link>
        </Empty>
      </div>
    );
  }
  const shown = { version, library, languages };
  return mayEdit && version.status === "DRAFT" ? (
    <Editor key={version.id} {...shown} reload={reload} />
  ) : (
    <Reading key={version.id} {...shown} />
  );
}

const primary = (tag: string) => tag.split("-")[0];

/**
 * A version with its content in all the languages that there is content in, so that nothing is left out of a stage
 * that is written back.
 */
function useVersion(id: string) {
  const client = useClient();
  const { user } = useViewer();
  const [loaded, setLoaded] = useState<Loaded>();
  const [failure, setFailure] = useState<Failure>();
  const shelf = useCallback(async () => {
    const pieces = new Map<string, Piece>();
    const languages = new Set(["en"]);
    let after: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const result: Awaited<ReturnType<typeof ask>> = await ask(after);
      if (!result.data) throw result.error;
      for (const { id, key, title, kind, language } of result.data.contents.nodes) {
        languages.add(language);
        const isTheirs = primary(language) === primary(user.language);
        if (!pieces.has(key) || isTheirs) pieces.set(key, { id, key, title, kind });
      }
      const { hasNextPage, endCursor } = result.data.contents.pageInfo;
      if (!hasNextPage) break;
      after = endCursor;
    }
    return { library: [...pieces.values()], languages: [...languages].sort() };

    function ask(after: string | null) {
      return client.query(PlaybookLibrary, { after }, { requestPolicy: "network-only" }).toPromise();
    }
  }, [client, user.language]);
  const read = useCallback(
    async (languages: readonly string[]) => {
      const variables = { id, languages: [...languages] };
      const { data, error } = await client
        .query(PlaybookVersion, variables, { requestPolicy: "network-only" })
        .toPromise();
      if (!data) throw error;
      return data.playbook;
    },
    [client, id],
  );
  const load = useCallback(async () => {
    setFailure(undefined);
    try {
      const found = await shelf();
      setLoaded({ ...found, version: await read(found.languages) });
    } catch (error) {
      setFailure(failureOf(error as Parameters<typeof failureOf>[0]));
    }
  }, [shelf, read]);
  useEffect(() => {
    setLoaded(undefined);
    void load();
  }, [load]);
  const languages = loaded?.languages;
  const reload = useCallback(async () => {
    const found = languages && (await read(languages).catch(() => undefined));
    return found ?? undefined;
  }, [read, languages]);
  return { loaded, failure, load: () => void load(), reload };
}
