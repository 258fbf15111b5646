import { CommentOnDeal } from "@operations/deal.graphql";
import { type FormEvent, useState } from "react";
import { useMutation } from "urql";
import type { CommentAudience } from "@/generated/operations";
import { useFormats, useText } from "../../messages/context";
import { useViewer } from "../../shell/viewer";
import { initials } from "../../ui/initials";
import { Ready, Skeleton } from "../../ui/states";
import { useSaved } from "./DealPage";
import { useWork } from "./Tasks";

export function Comments({ id, changes }: { id: string; changes: number }) {
  const say = useText();
  const formats = useFormats();
  const [result, again] = useWork(id, changes);
  return (
    <section className="panel deal-part" aria-labelledby="comments">
      <header>
        <h2 id="comments">{say("deal.comments")}</h2>
      </header>
      <Ready result={result} retry={again} waiting={<Skeleton lines={2} />}>
        {({ opportunity }) => (
          <ul className="comments">
            {opportunity?.comments.nodes.map((comment) => (
              <li key={comment.id}>
                <span className="initials" aria-hidden="true">
                  {initials(comment.author?.name ?? comment.organization?.name ?? "?")}
                </span>
                <div>
                  <p className="comment-head">
                    <strong>{comment.author?.name ?? comment.organization?.name}</strong>
                    <span className="quiet">
                      {formats.ago(comment.createdAt)}
                      {comment.editedAt && ` · ${say("deal.edited")}`}
                    </span>
                    {comment.audience === "OWN_ORGANIZATION" && <span className="badge">{say("deal.internal")}</span>}
                  </p>
                  <p className={comment.removedAt ? "quiet" : "comment-body"}>
                    {comment.removedAt ? say("deal.removed") : comment.body}
                  </p>
                </div>
              </li>
            ))}
          </ul>
        )}
      </Ready>
      <Write id={id} again={again} />
    </section>
  );
}

function Write({ id, again }: { id: string; again: () => void }) {
  const say = useText();
  const saved = useSaved();
  const { organization } = useViewer();
  const [{ fetching }, add] = useMutation(CommentOnDeal);
  const [isInternal, setInternal] = useState(false);
  const [body, setBody] = useState("");
  const send = async (event: FormEvent) => {
    event.preventDefault();
    const audience: CommentAudience = isInternal ? "OWN_ORGANIZATION" : "EVERYONE_ON_IT";
    const { data } = await add({ input: { opportunityId: id, body: body.trim(), audience } });
    if (!saved(data?.addComment.userErrors)) return;
    setBody("");
    again();
  };
  return (
    <form className="comment-form" onSubmit={(event) => void send(event)}>
      <textarea
        rows={2}
        maxLength={10000}
        required
        value={body}
        placeholder={say("deal.comment.new")}
        aria-label={say("deal.comment.new")}
        onChange={(event) => setBody(event.target.value)}
      />
      <div>
        <label className="toggle">
          <input type="checkbox" checked={isInternal} onChange={(event) => setInternal(event.target.checked)} />
          {say("deal.only", { name: organization.name })}
        </label>
        <button type="submit" className="button small" disabled={fetching || !body.trim()}>
          {say("deal.comment")}
        </button>
      </div>
    </form>
  );
}
