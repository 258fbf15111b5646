import { BeginDraft, PlaybookDraft, RetirePlaybook } from "@operations/playbooks.graphql";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { useAct } from "../../client/act";
import { useFormats, useText } from "../../messages/context";
import { useMay } from "../../shell/viewer";
import { Dialog } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { toast } from "../../ui/toasts";
import { Back } from "./Back";
import type { Piece } from "./Contents";
import { History } from "./History";
import { docOf } from "./model";
import { ReadStage } from "./ReadStage";
import { StageList } from "./StageList";
import { readShown, type Shown } from "./shown";
import type { Version } from "./useDraft";

interface Given {
  version: Version;
  library: readonly Piece[];
}

/** A version that is in force or out of use; whoever may manage playbooks begins the next one from it. */
export function Reading({ version, library }: Given) {
  const say = useText();
  const formats = useFormats();
  const navigate = useNavigate();
  const mayEdit = useMay("MANAGE_PLAYBOOKS");
  const { stage: chosen }: Shown = readShown(useSearch({ strict: false }));
  const [doc] = useState(() => docOf(version));
  const stage = version.stages.find(({ key }) => key === chosen) ?? version.stages[0];
  const choose = (key: string | undefined) =>
    void navigate({
      to: `/playbooks/${version.id}`,
      search: (key ? { stage: key } : {}) as never,
      replace: true,
      resetScroll: false,
    });
  return (
    <div className="page playbook-page">
      <header className="page-head">
        <div>
          <p>
            <Back />
          </p>
          <h1>{version.name}</h1>
          <p className="quiet head-line">
            <span className={version.status === "PUBLISHED" ? "badge good" : "badge"}>
              {say(`playbook.status.${version.status}`)}
            </span>
            <span>{say("playbook.version", { version: version.version })}</span>
            {version.reviewDueAt && (
              <span>{say("playbook.review.until", { date: formats.date(version.reviewDueAt) })}</span>
            )}
          </p>
        </div>
        {mayEdit && <Begin version={version} />}
      </header>
      {version.description && <p className="playbook-description">{version.description}</p>}
      <div className="editor-columns" data-reading={mayEdit ? "manager" : "reader"}>
        <StageList doc={doc} chosen={stage?.key} choose={choose} isReading />
        <div className="editor-main">{stage && <ReadStage key={stage.id} stage={stage} library={library} />}</div>
        {mayEdit && version.status === "PUBLISHED" && (
          <aside className="panel editor-side" aria-label={say("playbook.history")}>
            <h2 className="side-title">{say("playbook.history")}</h2>
            <History
              playbookKey={version.key}
              doc={doc}
              updatedAt={undefined}
              isReady
              applied={(id) => {
                toast(say("playbook.history.applied"), "good");
                void navigate({ to: `/playbooks/${id}`, search: { beside: "changes" } as never });
              }}
            />
          </aside>
        )}
      </div>
    </div>
  );
}

/** The ways on: to the draft that there is, or to a new one; or out of use. */
function Begin({ version }: { version: Version }) {
  const say = useText();
  const navigate = useNavigate();
  const [drafts] = useQuery({
    query: PlaybookDraft,
    variables: { key: version.key },
    requestPolicy: "cache-and-network",
  });
  const begin = useAct(BeginDraft);
  const retire = useAct(RetirePlaybook);
  const [isAsked, setAsked] = useState(false);
  const draft = drafts.data?.playbooks.nodes[0];
  const start = async () => {
    const answer = await begin.act({ input: { copyOf: version.id, clientMutationId: crypto.randomUUID() } });
    const made = answer?.createPlaybook.playbook;
    if (made) void navigate({ to: `/playbooks/${made.id}` });
  };
  return (
    <div className="page-tools">
      {version.status === "PUBLISHED" && (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          {say("playbook.retire")}
        </button>
      )}
      {draft ? (
        <Link to={`/playbooks/${draft.id}`} className="button primary">
          <Icon name="edit" size={16} /> {say("playbook.continue", { version: draft.version })}
        </Link>
      ) : (
        drafts.data && (
          <button type="button" className="button primary" disabled={begin.busy} onClick={() => void start()}>
            <Icon name="edit" size={16} /> {say("playbook.begin")}
          </button>
        )
      )}
      {isAsked && (
        <Dialog title={say("playbook.retire.title", { name: version.name })} close={() => setAsked(false)}>
          <p>{say("playbook.retire.about")}</p>
          <footer>
            <button type="button" className="button" onClick={() => setAsked(false)}>
              {say("board.cancel")}
            </button>
            <button
              type="button"
              className="button danger"
              disabled={retire.busy}
              onClick={() =>
                void retire
                  .act({ input: { playbookId: version.id, expectedUpdatedAt: version.updatedAt } })
                  .then((done) => {
                    if (!done) return;
                    toast(say("playbook.retired", { count: done.archivePlaybook.remainingCount ?? 0 }), "good");
                    void navigate({ to: "/playbooks" });
                  })
              }
            >
              {say("playbook.retire")}
            </button>
          </footer>
        </Dialog>
      )}
    </div>
  );
}
