import { BeginDraft, PlaybookStarters } from "@operations/playbooks.graphql";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useQuery } from "urql";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { Dialog } from "../../ui/Dialog";
import { Ready, Skeleton } from "../../ui/states";
import { keyOf } from "../playbook/model";

/** A new playbook: from a template for an industry, or from nothing but a name. */
export function NewPlaybook({ close }: { close: () => void }) {
  const say = useText();
  const navigate = useNavigate();
  const [starters, again] = useQuery({ query: PlaybookStarters });
  const { act, busy } = useAct(BeginDraft);
  const [template, setTemplate] = useState("");
  const [name, setName] = useState("");
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const called = name.trim();
    if (!called) return;
    const answer = await act({
      input: {
        key: keyOf(called, []),
        name: called,
        clientMutationId: crypto.randomUUID(),
        ...(template && { templateKey: template }),
      },
    });
    const made = answer?.createPlaybook.playbook;
    if (made) void navigate({ to: `/playbooks/${made.id}` });
  };
  return (
    <Dialog title={say("playbooks.new")} close={close}>
      <Ready result={starters} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={3} />}>
        {({ playbookTemplates }) => {
          const chosen = playbookTemplates.find(({ key }) => key === template);
          return (
            <form className="form" onSubmit={(event) => void submit(event)}>
              <label className="field">
                <span>{say("playbook.name")}</span>
                <input
                  type="text"
                  autoFocus
                  autoComplete="off"
                  maxLength={200}
                  value={name}
                  onChange={(event) => setName(event.target.value)}
                />
              </label>
              <Choice
                label={say("playbooks.template")}
                options={[
                  { id: "", label: say("playbooks.template.none") },
                  ...playbookTemplates.map(({ key, name }) => ({ id: key, label: name })),
                ]}
                value={template}
                choose={setTemplate}
              />
              <p className="quiet">{chosen?.description ?? say("playbooks.template.none.about")}</p>
              <footer>
                <button type="button" className="button" onClick={close}>
                  {say("board.cancel")}
                </button>
                <button type="submit" className="button primary" disabled={busy || !name.trim()}>
                  {say("playbooks.create")}
                </button>
              </footer>
            </form>
          );
        }}
      </Ready>
    </Dialog>
  );
}
