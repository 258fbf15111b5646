import { SaveContent } from "@operations/content.graphql";
import type { WholeContentFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { inputOf, valuesOf } from "./form";

interface Given {
  content: WholeContentFragment;
  isArchived: boolean;
  archived: (isArchived: boolean) => void;
}

/** Takes a piece out of the library, and puts it back as long as the page is open. */
export function Archive({ content, isArchived, archived }: Given) {
  const say = useText();
  const { act, busy } = useAct(SaveContent);
  const set = async (isArchived: boolean) => {
    const input = inputOf(valuesOf(content, content.language), content, content.version);
    if (await act({ input: { ...input, archived: isArchived } })) archived(isArchived);
  };
  return (
    <button type="button" className="button" disabled={busy} onClick={() => void set(!isArchived)}>
      {say(isArchived ? "content.restore" : "content.archive")}
    </button>
  );
}
