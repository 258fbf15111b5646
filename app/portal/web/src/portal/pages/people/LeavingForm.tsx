import { DeactivatePerson, Leaving } from "@operations/people.graphql";
import { useState } from "react";
import { useQuery } from "urql";
import type { PersonFragment } from "@/generated/operations";
import { useAct } from "../../client/act";
import { useText } from "../../messages/context";
import { Choice } from "../../ui/Choice";
import { FormDialog } from "../../ui/FormDialog";
import { Ready, Skeleton } from "../../ui/states";
import { toast } from "../../ui/toasts";

/** Takes somebody's access away; what is in their charge goes to somebody else. */
export function LeavingForm({ person, close }: { person: PersonFragment; close: () => void }) {
  const say = useText();
  const { act, busy } = useAct(DeactivatePerson);
  const colleagues = {
    active: true,
    ...(person.partner ? { partnerId: person.partner.id } : { role: "VENDOR_ADMIN" as const }),
  };
  const [result, again] = useQuery({
    query: Leaving,
    variables: { id: person.id, colleagues },
    requestPolicy: "network-only",
  });
  const [heir, setHeir] = useState("");
  const { user } = result.data ?? {};
  const deals = user?.opportunities.totalCount ?? 0;
  const partners = user?.managedPartners.totalCount ?? 0;
  const mustHandOver = deals + partners > 0;
  const submit = async () => {
    const input = { userId: person.id, reassignTo: heir || null, clientMutationId: crypto.randomUUID() };
    const data = await act({ input });
    if (!data) return;
    const { reassigned } = data.deactivateUser;
    const { name } = person;
    toast(reassigned ? say("people.left.deals", { name, count: reassigned }) : say("people.left", { name }), "good");
    close();
  };
  return (
    <FormDialog
      title={say("people.leave.title", { name: person.name })}
      action={say("people.leave")}
      isDanger
      busy={busy}
      isReady={user != null && (!mustHandOver || heir !== "")}
      close={close}
      submit={submit}
    >
      <Ready result={result} retry={() => again({ requestPolicy: "network-only" })} waiting={<Skeleton lines={4} />}>
        {(data) => (
          <>
            <p>{say("people.leave.about", { name: person.name })}</p>
            {deals > 0 && <p>{say("people.leave.deals", { count: deals })}</p>}
            {partners > 0 && <p>{say("people.leave.partners", { count: partners })}</p>}
            {mustHandOver && (
              <Choice
                label={say("people.heir")}
                options={[
                  { id: "", label: say("people.heir.choose") },
                  ...[...data.colleagues.nodes, ...data.managers.nodes]
                    .filter(({ id, apiClient }) => id !== person.id && !apiClient)
                    .map(({ id, name, organization }) => ({ id, label: `${name}, ${organization.name}` })),
                ]}
                value={heir}
                choose={setHeir}
              />
            )}
          </>
        )}
      </Ready>
    </FormDialog>
  );
}
